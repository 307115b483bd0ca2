/*
 * The HTTP server: requests as handlers see them, and answers as clients do. Its limits are in test_server_limits.c,
 * late answers in test_server_deferred.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "support/http_fixture.h"
#include "support/raw_http.h"

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

static void path_and_query_stay_as_sent(void **state)
{
    http_fixture *fixture = *state;

    assert_int_equal(raw_get(fixture->port, "/echo/a%2Fb%20c//d+e?x=1&y=%26+&&z", &answer), 200);
    assert_string_equal(raw_header(&answer, "X-Method"), "GET");
    assert_string_equal(raw_header(&answer, "X-Path"), "/echo/a%2Fb%20c//d+e");
    assert_string_equal(raw_header(&answer, "X-Query"), "x=1&y=%26+&&z");
    assert_int_equal(raw_get(fixture->port, "/echo?", &answer), 200);
    assert_string_equal(raw_header(&answer, "X-Path"), "/echo");
    assert_string_equal(raw_header(&answer, "X-Query"), "");
    assert_int_equal(raw_get(fixture->port, "/echo??a=b?c", &answer), 200);
    assert_string_equal(raw_header(&answer, "X-Query"), "?a=b?c");
}

static void query_of_very_many_arguments_stays_whole(void **state)
{
    http_fixture *fixture = *state;
    char target[4096];
    size_t bytes = (size_t)snprintf(target, sizeof(target), "/echo?");

    while (bytes < sizeof(target) - 8)
        bytes += (size_t)snprintf(target + bytes, sizeof(target) - bytes, "&a");
    assert_int_equal(raw_get(fixture->port, target, &answer), 200);
    assert_string_equal(raw_header(&answer, "X-Query"), strchr(target, '?') + 1);
}

static void whole_urls_mean_their_path(void **state)
{
    http_fixture *fixture = *state;

    assert_int_equal(raw_get(fixture->port, "http://test:80/echo/a?b=c", &answer), 200);
    assert_string_equal(raw_header(&answer, "X-Path"), "/echo/a");
    assert_string_equal(raw_header(&answer, "X-Query"), "b=c");
    assert_int_equal(raw_get(fixture->port, "https://test?b=c", &answer), 200);
    assert_string_equal(raw_header(&answer, "X-Path"), "/");
    assert_string_equal(raw_header(&answer, "X-Query"), "b=c");
}

static void any_method_reaches_the_handler(void **state)
{
    http_fixture *fixture = *state;
    const char *const methods[] = {"GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "BREW"};
    raw_http *client = raw_open(fixture->port);

    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
        char request[128];

        snprintf(request, sizeof(request), "%s /echo HTTP/1.1\r\nHost: test\r\nContent-Length: 0\r\n\r\n", methods[i]);
        assert_int_equal(raw_exchange(client, request, &answer), 200);
        assert_string_equal(raw_header(&answer, "X-Method"), methods[i]);
    }
    raw_close(client);
}

static void headers_are_found_in_any_case_and_the_first_counts(void **state)
{
    http_fixture *fixture = *state;
    raw_http *client = raw_open(fixture->port);

    assert_int_equal(raw_exchange(client,
                                  "GET /header HTTP/1.1\r\nHost: test\r\nX-Testing: no\r\nX-Test:  one two \r\n"
                                  "x-test: three\r\n\r\n",
                                  &answer),
                     200);
    assert_string_equal(answer.body, "one two");
    assert_int_equal(raw_exchange(client, "GET /header HTTP/1.1\r\nHost: test\r\n\r\n", &answer), 404);
    raw_close(client);
}

static void cookies_are_found_by_name(void **state)
{
    http_fixture *fixture = *state;
    raw_http *client = raw_open(fixture->port);

    assert_int_equal(raw_exchange(client,
                                  "GET /cookie HTTP/1.1\r\nHost: test\r\nCookie: a=b; session=abc=d%20; c=d\r\n\r\n",
                                  &answer),
                     200);
    assert_string_equal(answer.body, "abc=d%20");
    assert_int_equal(raw_exchange(client,
                                  "GET /cookie HTTP/1.1\r\nHost: test\r\nCookie: a=b\r\nCookie: session=2\r\n\r\n",
                                  &answer),
                     200);
    assert_string_equal(answer.body, "2");
    assert_int_equal(raw_exchange(client, "GET /cookie HTTP/1.1\r\nHost: test\r\nCookie: xsession=2\r\n\r\n", &answer),
                     404);
    raw_close(client);
}

static void bodies_of_either_form_arrive_whole(void **state)
{
    http_fixture *fixture = *state;
    raw_http *client = raw_open(fixture->port);

    assert_int_equal(
        raw_exchange(client, "POST /echo HTTP/1.1\r\nHost: test\r\nContent-Length: 11\r\n\r\nhello\nworld", &answer),
        200);
    assert_string_equal(answer.body, "hello\nworld");
    assert_int_equal(raw_exchange(client,
                                  "POST /echo HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n"
                                  "5\r\nhello\r\n6;ext=1\r\n world\r\n0\r\nX-Trailer: 1\r\n\r\n",
                                  &answer),
                     200);
    assert_string_equal(answer.body, "hello world");
    raw_close(client);
}

static void body_in_small_pieces(void **state)
{
    http_fixture *fixture = *state;
    raw_http *client = raw_open(fixture->port);
    char body[10001];

    memset(body, 'b', sizeof(body) - 1);
    body[sizeof(body) - 1] = '\0';
    raw_send(client, "PUT /echo HTTP/1.1\r\nHo");
    raw_send(client, "st: test\r\nContent-Length: 10000\r\n\r\n");
    for (int i = 0; i < 10; i++)
        assert_true(raw_try_send(client, body + i * 1000, 1000));
    assert_true(raw_receive(client, &answer));
    assert_int_equal(answer.status, 200);
    assert_int_equal(answer.body_bytes, 10000);
    assert_string_equal(answer.body, body);
    raw_close(client);
}

static void client_that_expects_is_told_to_continue(void **state)
{
    http_fixture *fixture = *state;
    raw_http *client = raw_open(fixture->port);

    raw_send(client, "POST /echo HTTP/1.1\r\nHost: test\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
    assert_true(raw_receive(client, &answer));
    assert_int_equal(answer.status, 100);
    raw_send(client, "body");
    assert_true(raw_receive(client, &answer));
    assert_int_equal(answer.status, 200);
    assert_string_equal(answer.body, "body");
    raw_close(client);
}

static void connection_is_kept_for_many_requests(void **state)
{
    http_fixture *fixture = *state;
    raw_http *client = raw_open(fixture->port);

    for (int i = 0; i < 100; i++) {
        char request[128], expected[32];

        snprintf(expected, sizeof(expected), "body %d", i);
        snprintf(request, sizeof(request), "POST /echo HTTP/1.1\r\nHost: test\r\nContent-Length: %zu\r\n\r\n%s",
                 strlen(expected), expected);
        assert_int_equal(raw_exchange(client, request, &answer), 200);
        assert_string_equal(answer.body, expected);
        assert_string_equal(raw_header(&answer, "Connection"), "");
    }
    raw_close(client);
}

static void pipelined_requests_are_answered_in_order(void **state)
{
    http_fixture *fixture = *state;
    raw_http *client = raw_open(fixture->port);

    raw_send(client, "POST /echo HTTP/1.1\r\nHost: test\r\nContent-Length: 3\r\n\r\none"
                     "GET /soon HTTP/1.1\r\nHost: test\r\n\r\n"
                     "POST /echo HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nthree\r\n0\r\n\r\n"
                     "GET /early HTTP/1.1\r\nHost: test\r\n\r\n"
                     "GET /status/204 HTTP/1.1\r\nHost: test\r\n\r\n"
                     "POST /echo HTTP/1.1\r\nHost: test\r\nContent-Length: 3\r\n\r\nsix");
    const char *const expected[] = {"one", "soon", "three", "early", "", "six"};

    for (int i = 0; i < 6; i++) {
        assert_true(raw_receive(client, &answer));
        assert_int_equal(answer.status, i == 4 ? 204 : 200);
        assert_string_equal(answer.body, expected[i]);
    }
    raw_close(client);
}

static void head_has_the_length_but_no_body(void **state)
{
    http_fixture *fixture = *state;
    raw_http *client = raw_open(fixture->port);

    raw_send(client, "HEAD /self HTTP/1.1\r\nHost: test\r\n\r\n");
    assert_true(raw_receive_head(client, &answer));
    assert_int_equal(answer.status, 200);
    assert_string_equal(raw_header(&answer, "Content-Length"), "4");
    assert_int_equal(raw_exchange(client, "GET /self HTTP/1.1\r\nHost: test\r\n\r\n", &answer), 200);
    assert_string_equal(answer.body, "self");
    raw_close(client);
}

static void answers_without_a_body(void **state)
{
    http_fixture *fixture = *state;
    raw_http *client = raw_open(fixture->port);

    assert_int_equal(raw_exchange(client, "GET /status/204 HTTP/1.1\r\nHost: test\r\n\r\n", &answer), 204);
    assert_string_equal(raw_header(&answer, "Content-Length"), "");
    assert_int_equal(raw_exchange(client, "GET /status/304 HTTP/1.1\r\nHost: test\r\n\r\n", &answer), 304);
    assert_int_equal(raw_exchange(client, "GET /status/404 HTTP/1.1\r\nHost: test\r\n\r\n", &answer), 404);
    assert_string_equal(raw_header(&answer, "Content-Length"), "0");
    assert_string_equal(raw_header(&answer, "Content-Type"), "");
    raw_close(client);
}

static void old_clients_get_one_answer_and_the_end(void **state)
{
    http_fixture *fixture = *state;
    raw_http *client = raw_open(fixture->port);

    assert_int_equal(raw_exchange(client, "GET /early HTTP/1.0\r\n\r\n", &answer), 200);
    assert_string_equal(answer.body, "early");
    assert_true(raw_ended(client));
    raw_close(client);
}

static void close_is_honoured(void **state)
{
    http_fixture *fixture = *state;
    raw_http *client = raw_open(fixture->port);

    assert_int_equal(
        raw_exchange(client, "GET /echo HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n", &answer), 200);
    assert_string_equal(raw_header(&answer, "Connection"), "close");
    assert_true(raw_ended(client));
    raw_close(client);
}

static void forgotten_answer_is_500(void **state)
{
    http_fixture *fixture = *state;

    assert_int_equal(raw_get(fixture->port, "/nothing", &answer), 500);
    assert_true(http_fixture_wait(&fixture->ended, 1));
}

static void request_ends_before_its_answer_is_seen(void **state)
{
    http_fixture *fixture = *state;

    for (int i = 1; i <= 20; i++) {
        assert_int_equal(raw_get(fixture->port, i % 2 ? "/soon" : "/echo", &answer), 200);
        assert_int_equal(atomic_load(&fixture->ended), i);
    }
}

static void answer_headers_cannot_be_split(void **state)
{
    http_fixture *fixture = *state;
    raw_http *client = raw_open(fixture->port);

    raw_send(client, "GET /hold HTTP/1.1\r\nHost: test\r\n\r\n");
    aw__exchange *exchange = http_fixture_take(fixture);

    assert_int_equal(aw__exchange_add_header(exchange, "X-One", "a\r\nX-Two: b"), -1);
    assert_int_equal(aw__exchange_add_header(exchange, "X One", "a"), -1);
    assert_int_equal(aw__exchange_add_header(exchange, "", "a"), -1);
    assert_int_equal(aw__exchange_add_header(exchange, "Content-Length", "99"), -1);
    assert_int_equal(aw__exchange_add_header(exchange, "transfer-encoding", "chunked"), -1);
    assert_int_equal(aw__exchange_add_header(exchange, "Location", "http://test/a\tb"), 0);
    assert_int_equal(aw__exchange_add_header(exchange, "Set-Cookie", "a=b"), 0);
    assert_int_equal(aw__exchange_add_header(exchange, "Set-Cookie", "c=d"), 0);
    assert_int_equal(aw__exchange_add_header(exchange, "X-Empty", ""), 0);
    http_fixture_answer(exchange, 201, "made");
    assert_true(raw_receive(client, &answer));
    assert_int_equal(answer.status, 201);
    assert_string_equal(answer.body, "made");
    assert_null(strstr(answer.head, "X-Two"));
    assert_string_equal(raw_header(&answer, "Location"), "http://test/a\tb");
    assert_non_null(strstr(answer.head, "Set-Cookie: a=b\r\n"));
    assert_non_null(strstr(answer.head, "Set-Cookie: c=d\r\n"));
    raw_close(client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(path_and_query_stay_as_sent, start, stop),
        cmocka_unit_test_setup_teardown(query_of_very_many_arguments_stays_whole, start, stop),
        cmocka_unit_test_setup_teardown(whole_urls_mean_their_path, start, stop),
        cmocka_unit_test_setup_teardown(any_method_reaches_the_handler, start, stop),
        cmocka_unit_test_setup_teardown(headers_are_found_in_any_case_and_the_first_counts, start, stop),
        cmocka_unit_test_setup_teardown(cookies_are_found_by_name, start, stop),
        cmocka_unit_test_setup_teardown(bodies_of_either_form_arrive_whole, start, stop),
        cmocka_unit_test_setup_teardown(body_in_small_pieces, start, stop),
        cmocka_unit_test_setup_teardown(client_that_expects_is_told_to_continue, start, stop),
        cmocka_unit_test_setup_teardown(connection_is_kept_for_many_requests, start, stop),
        cmocka_unit_test_setup_teardown(pipelined_requests_are_answered_in_order, start, stop),
        cmocka_unit_test_setup_teardown(head_has_the_length_but_no_body, start, stop),
        cmocka_unit_test_setup_teardown(answers_without_a_body, start, stop),
        cmocka_unit_test_setup_teardown(old_clients_get_one_answer_and_the_end, start, stop),
        cmocka_unit_test_setup_teardown(close_is_honoured, start, stop),
        cmocka_unit_test_setup_teardown(forgotten_answer_is_500, start, stop),
        cmocka_unit_test_setup_teardown(request_ends_before_its_answer_is_seen, start, stop),
        cmocka_unit_test_setup_teardown(answer_headers_cannot_be_split, start, stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
