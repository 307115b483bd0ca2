/*
 * What the HTTP server refuses by itself, what it can run out of, and where it listens.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http/listen.h"
#include "support/http_fixture.h"
#include "support/raw_http.h"
#include <actingweb/log.h>

enum { MAX_BODY = 16 * 1024 }; /* the fixture's */

static raw_answer answer;

static int start(void **state)
{
    *state = http_fixture_new(NULL);
    return 0;
}

static int stop(void **state)
{
    http_fixture_free(*state);
    return 0;
}

static void assert_refused(const http_fixture *fixture, int status)
{
    char expected[32];

    snprintf(expected, sizeof(expected), "{\"status\":%d,", status);
    assert_int_equal(answer.status, status);
    assert_string_equal(raw_header(&answer, "Content-Type"), "application/json");
    assert_memory_equal(answer.body, expected, strlen(expected));
    assert_int_equal(atomic_load(&fixture->handled), 0);
}

static void announced_body_over_the_limit_is_refused_unread(void **state)
{
    http_fixture *fixture = *state;
    raw_http *client = raw_open(fixture->port);

    assert_int_equal(
        raw_exchange(client, "POST /echo HTTP/1.1\r\nHost: test\r\nContent-Length: 16385\r\n\r\n", &answer), 413);
    assert_refused(fixture, 413);
    assert_true(raw_ended(client));
    raw_close(client);
    client = raw_open(fixture->port);
    assert_int_equal(raw_exchange(client,
                                  "POST /echo HTTP/1.1\r\nHost: test\r\nExpect: 100-continue\r\n"
                                  "Content-Length: 9223372036854775807\r\n\r\n",
                                  &answer),
                     413);
    assert_refused(fixture, 413);
    raw_close(client);
}

static void body_of_exactly_the_limit_is_taken(void **state)
{
    http_fixture *fixture = *state;
    raw_http *client = raw_open(fixture->port);
    char *body = calloc(1, MAX_BODY);

    assert_non_null(body);
    memset(body, 'x', MAX_BODY);
    raw_send(client, "POST /echo HTTP/1.1\r\nHost: test\r\nContent-Length: 16384\r\n\r\n");
    assert_true(raw_try_send(client, body, MAX_BODY));
    assert_true(raw_receive(client, &answer));
    assert_int_equal(answer.status, 200);
    assert_int_equal(answer.body_bytes, MAX_BODY);
    raw_send(client, "POST /echo HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n4000\r\n");
    assert_true(raw_try_send(client, body, MAX_BODY));
    raw_send(client, "\r\n0\r\n\r\n");
    assert_true(raw_receive(client, &answer));
    assert_int_equal(answer.status, 200);
    assert_int_equal(answer.body_bytes, MAX_BODY);
    free(body);
    raw_close(client);
}

static void chunked_body_over_the_limit_is_refused_at_its_end(void **state)
{
    http_fixture *fixture = *state;
    raw_http *client = raw_open(fixture->port);
    char chunk[0x1000 + 1];

    memset(chunk, 'x', sizeof(chunk));
    raw_send(client, "POST /echo HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (int i = 0; i < 5; i++) {
        raw_send(client, "1000\r\n");
        assert_true(raw_try_send(client, chunk, 0x1000));
        raw_send(client, "\r\n");
    }
    raw_send(client, "0\r\n\r\n");
    assert_true(raw_receive(client, &answer));
    assert_refused(fixture, 413);
    assert_int_equal(raw_exchange(client, "GET /echo HTTP/1.1\r\nHost: test\r\n\r\n", &answer), 200);
    raw_close(client);
}

static void endless_body_is_cut(void **state)
{
    http_fixture *fixture = *state;
    raw_http *client = raw_open(fixture->port);
    char chunk[0x1000 + 8] = "1000\r\n";
    int sent = 0;

    memset(chunk + 6, 'x', 0x1000);
    memcpy(chunk + 6 + 0x1000, "\r\n", 2);
    raw_send(client, "POST /echo HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n");
    while (sent < 100000 && raw_try_send(client, chunk, sizeof(chunk)))
        sent++;
    assert_true(sent < 100000);
    assert_true(raw_receive(client, &answer)); /* it had been told */
    assert_refused(fixture, 413);
    assert_string_equal(raw_header(&answer, "Connection"), "close");
    raw_close(client);
}

static void long_path_is_refused(void **state)
{
    http_fixture *fixture = *state;
    char target[8 * 1024];

    memset(target, 'a', sizeof(target));
    target[0] = '/';
    target[4097] = '\0';
    assert_int_equal(raw_get(fixture->port, target, &answer), 414);
    assert_refused(fixture, 414);
    target[4096] = '?'; /* the query does not count */
    target[4097] = 'a';
    target[6000] = '\0';
    assert_int_equal(raw_get(fixture->port, target, &answer), 200);
}

static void huge_head_is_refused(void **state)
{
    http_fixture *fixture = *state;
    raw_http *client = raw_open(fixture->port);
    char line[1024];

    snprintf(line, sizeof(line), "X-Big: %01000d\r\n", 0);
    raw_send(client, "GET /echo HTTP/1.1\r\nHost: test\r\n");
    for (int i = 0; i < 100 && raw_try_send(client, line, strlen(line)); i++)
        ;
    raw_receive(client, &answer);
    assert_int_equal(answer.status, 431);
    assert_int_equal(atomic_load(&fixture->handled), 0);
    raw_close(client);
}

static void ambiguous_requests_are_refused(void **state)
{
    http_fixture *fixture = *state;
    const struct {
        const char *headers;
        int status;
    } cases[] = {
        {"Host: test\r\nContent-Length: 3\r\nContent-Length: 4\r\n", 400},
        {"Host: test\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n", 400},
        {"Host: test\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", 400},
        {"Host: test\r\nHost: other\r\nContent-Length: 3\r\n", 400},
        {"Host: test\r\nTransfer-Encoding: gzip, chunked\r\n", 501},
        {"Host: test\r\nContent-Length : 3\r\n", 400},
        {"Host: test\r\nX(Y): 3\r\n", 400},
        {"X-Host: test\r\n", 400},
    };

    assert_int_equal(raw_get(fixture->port, "/echo /b", &answer), 400);
    assert_refused(fixture, 400);
    assert_int_equal(raw_get(fixture->port, "/echo?a\vb", &answer), 400);
    assert_refused(fixture, 400);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char request[256];
        raw_http *client = raw_open(fixture->port);

        snprintf(request, sizeof(request), "POST /echo HTTP/1.1\r\n%s\r\nabc", cases[i].headers);
        assert_int_equal(raw_exchange(client, request, &answer), cases[i].status);
        assert_refused(fixture, cases[i].status);
        raw_close(client);
    }
}

static void count_line(aw_log_level level, const char *line, void *ud)
{
    (void)level;
    if (strncmp(line, "server: ", 8) == 0)
        atomic_fetch_add((atomic_int *)ud, 1);
}

static void garbage_never_reaches_the_handler(void **state)
{
    static atomic_int lines;
    http_fixture *fixture = *state;
    const char *const requests[] = {
        "\x16\x03\x01\x02\x01\x01\xfc\r\n\r\n",
        "GET\r\n\r\n",
        "GET /echo HTTP/3.7\r\nHost: test\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: test\r\nContent-Length: -1\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: test\r\nContent-Length: 3x\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: test\r\nContent-Length: 99999999999999999999\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "POST /echo HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n",
    };

    aw_log_to(count_line, AW_LOG_TRACE, &lines);
    for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
        raw_http *client = raw_open(fixture->port);
        int status = raw_exchange(client, requests[i], &answer);

        assert_true(status == 0 || status == 400 || status == 413 || status == 505);
        raw_close(client);
    }
    assert_int_equal(atomic_load(&fixture->handled), 0);
    aw_log_to(NULL, AW_LOG_ERROR, NULL);
    assert_true(atomic_load(&lines) > 0);
    assert_int_equal(raw_get(fixture->port, "/echo", &answer), 200);
}

static void connections_over_the_limit_wait(void **state)
{
    http_fixture *fixture = http_fixture_new(&(aw__http_server_params){.max_connections = 3});
    raw_http *client[5];

    (void)state;
    for (int i = 0; i < 5; i++) {
        client[i] = raw_open(fixture->port);
        raw_send(client[i], "GET /echo HTTP/1.1\r\nHost: test\r\n\r\n");
        if (i < 3)
            assert_true(raw_receive(client[i], &answer));
    }
    assert_true(raw_silent(client[3], 100));
    assert_true(raw_silent(client[4], 0));
    raw_close(client[0]);
    raw_close(client[1]);
    for (int i = 3; i < 5; i++) {
        assert_true(raw_receive(client[i], &answer));
        assert_int_equal(answer.status, 200);
    }
    for (int i = 2; i < 5; i++)
        raw_close(client[i]);
    http_fixture_free(fixture);
}

static void connections_wait_for_descriptors(void **state)
{
    http_fixture *fixture = *state;
    struct rlimit before, tight;
    int next = dup(STDIN_FILENO);

    close(next);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    tight = before;
    tight.rlim_cur = (rlim_t)next + 1; /* room for the client's end only */
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &tight), 0);
    raw_http *client = raw_open(fixture->port);

    raw_send(client, "GET /echo HTTP/1.1\r\nHost: test\r\n\r\n");
    bool silent = raw_silent(client, 150);

    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_true(silent);
    assert_true(raw_receive(client, &answer));
    assert_int_equal(answer.status, 200);
    raw_close(client);
}

static void idle_connections_are_closed(void **state)
{
    http_fixture *fixture = http_fixture_new(&(aw__http_server_params){.idle_timeout_s = 1, .threads = 1});
    raw_http *idle = raw_open(fixture->port), *slow = raw_open(fixture->port), *waiting = raw_open(fixture->port);

    (void)state;
    raw_send(slow, "POST /echo HTTP/1.1\r\nHost: test\r\nContent-Length: 3\r\n\r\na");
    raw_send(waiting, "GET /hold HTTP/1.1\r\nHost: test\r\n\r\n");
    assert_true(raw_ended(idle));
    assert_true(raw_ended(slow));
    http_fixture_answer(http_fixture_take(fixture), 200, "waited"); /* waiting for us is not being idle */
    assert_true(raw_receive(waiting, &answer));
    assert_string_equal(answer.body, "waited");
    raw_close(idle);
    raw_close(slow);
    raw_close(waiting);
    http_fixture_free(fixture);
}

/* Every allocation of a request fails once: it is answered, with an error if need be, or its connection is closed; and
 * the server goes on. */
static void request_survives_lack_of_memory(void **state)
{
    http_fixture *fixture = *state;
    const char *const targets[] = {"/echo/a?b=c", "/soon", "/cookie", "/self"};

    for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
        char request[512];
        bool reached = true;

        snprintf(request, sizeof(request),
                 "POST %s HTTP/1.1\r\nHost: test\r\nCookie: session=1\r\nContent-Length: 4\r\n\r\nbody", targets[i]);
        for (long n = 1; reached; n++) {
            raw_http *client = raw_open(fixture->port);

            aw__alloc_fail_at(n, false);
            int status = raw_exchange(client, request, &answer);

            reached = aw__alloc_count() >= n;
            aw__alloc_fail_at(0, false);
            assert_true(status == 0 || status == 200 || status == 404 || status == 500);
            assert_true(reached || status == 200);
            raw_close(client);
        }
    }
    aw__alloc_fail_at(1, true);
    assert_int_equal(raw_get(fixture->port, "/echo", &answer), 500);
    assert_memory_equal(answer.body, "{\"status\":500,", 14);
    aw__alloc_fail_at(0, false);
    assert_int_equal(raw_get(fixture->port, "/echo", &answer), 200);
}

static char *no_refusal(int status, const char *message)
{
    (void)status;
    (void)message;
    return aw__strdup("");
}

static void ignore(aw__exchange *exchange, void *arg)
{
    (void)exchange;
    (void)arg;
}

static void start_survives_lack_of_memory(void **state)
{
    http_fixture *fixture = *state;
    aw__http_server_params params = {
        .host = "127.0.0.1", .runtime = fixture->runtime, .handle = ignore, .refusal = no_refusal};
    aw__http_server *server = NULL;
    int rc = AW_E_NOMEM;

    for (long n = 1; rc; n++) {
        aw_error err = {0};

        aw__alloc_fail_at(n, false);
        rc = aw__http_server_start(&params, &server, &err);
        aw__alloc_fail_at(0, false);
        if (rc) {
            assert_int_equal(rc, AW_E_NOMEM);
            assert_int_equal(err.code, rc);
            assert_null(server);
        }
    }
    aw__http_server_free(server);
    aw__http_server_free(NULL);
}

static int start_on(const char *host, int port, aw_error *err)
{
    aw__http_server_params params = {.host = host, .port = port, .handle = ignore, .refusal = no_refusal};
    aw__http_server *server = NULL;
    int rc = aw__http_server_start(&params, &server, err);

    assert_true(rc == AW_OK || !server);
    aw__http_server_free(server);
    return rc;
}

static void wrong_addresses_are_refused(void **state)
{
    http_fixture *fixture = *state;
    aw_error err = {0};

    assert_int_equal(start_on("127.0.0.1", fixture->port, &err), AW_E_BUSY);
    assert_non_null(strstr(err.message, "127.0.0.1"));
    assert_int_equal(start_on("localhost", fixture->port, &err), AW_E_BUSY);
    assert_int_equal(start_on("no.such.host.test", 0, &err), AW_E_INVALID);
    assert_int_equal(start_on("127.0.0.1", 70000, &err), AW_E_INVALID);
    assert_int_equal(start_on("127.0.0.1", -1, &err), AW_E_INVALID);
    assert_int_equal(start_on("192.0.2.1", 0, &err), AW_E_UNSUPPORTED); /* not ours */
}

static bool connects_v6(int port)
{
    struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
    int fd = socket(AF_INET6, SOCK_STREAM, 0);

    address.sin6_addr = in6addr_loopback;
    bool ok = fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0;

    if (fd >= 0)
        close(fd);
    return ok;
}

static void localhost_and_all_interfaces_take_both_families(void **state)
{
    const char *const hosts[] = {"localhost", "", "*"};
    int sockets[AW__LISTEN_MAX], count, port;
    bool has_v6 = aw__listen_open("::1", 0, sockets, &count, &port, NULL) == AW_OK;

    (void)state;
    if (has_v6)
        close(sockets[0]);
    for (int i = 0; i < 3; i++) {
        http_fixture *fixture = http_fixture_new(&(aw__http_server_params){.host = hosts[i]});

        assert_int_equal(raw_get(fixture->port, "/echo", &answer), 200);
        assert_int_equal(connects_v6(fixture->port), has_v6);
        http_fixture_free(fixture);
    }
    if (has_v6)
        assert_int_equal(start_on("[::1]", 0, NULL), AW_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(announced_body_over_the_limit_is_refused_unread, start, stop),
        cmocka_unit_test_setup_teardown(body_of_exactly_the_limit_is_taken, start, stop),
        cmocka_unit_test_setup_teardown(chunked_body_over_the_limit_is_refused_at_its_end, start, stop),
        cmocka_unit_test_setup_teardown(endless_body_is_cut, start, stop),
        cmocka_unit_test_setup_teardown(long_path_is_refused, start, stop),
        cmocka_unit_test_setup_teardown(huge_head_is_refused, start, stop),
        cmocka_unit_test_setup_teardown(ambiguous_requests_are_refused, start, stop),
        cmocka_unit_test_setup_teardown(garbage_never_reaches_the_handler, start, stop),
        cmocka_unit_test(connections_over_the_limit_wait),
        cmocka_unit_test_setup_teardown(connections_wait_for_descriptors, start, stop),
        cmocka_unit_test(idle_connections_are_closed),
        cmocka_unit_test_setup_teardown(request_survives_lack_of_memory, start, stop),
        cmocka_unit_test_setup_teardown(start_survives_lack_of_memory, start, stop),
        cmocka_unit_test_setup_teardown(wrong_addresses_are_refused, start, stop),
        cmocka_unit_test(localhost_and_all_interfaces_take_both_families),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
