/*
 * The HTTP client with peers that misbehave, and with peers it must not talk to.
 */
#include "client_support.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

static void fault_is(struct world *world, const aw_fake_peer_rule_params *rule, int timeout_ms, int code,
                     const char *words)
{
    struct attempt attempt = {.request = {.method = "POST", .body = "{}", .body_bytes = 2, .timeout_ms = timeout_ms}};
    char peer[40];

    aw_fake_peer_reset_rules(world->peer);
    assert_int_equal(aw_fake_peer_rule(world->peer, rule), 0);
    if (attempt_run(&attempt, world, "bob/trust/friend?secret=1") != code)
        fail_msg("%s, not %s: %s (status %d)", aw_code_name(attempt.code), aw_code_name(code), attempt.message,
                 attempt.status);
    assert_true(attempt.sent);
    snprintf(peer, sizeof(peer), "127.0.0.1:%d", aw_fake_peer_port(world->peer));
    assert_non_null(strstr(attempt.message, peer));
    assert_non_null(strstr(attempt.message, words));
    assert_null(strstr(attempt.message, "secret"));
    assert_int_equal(attempt.retriable, code == AW_E_CONNECT || code == AW_E_TIMEOUT);
}

static void faults(void **state)
{
    struct world world;

    (void)state;
    world_open(&world, WORLD(.max_response_bytes = 100000));
    fault_is(&world, AW_WITH(fake_peer_rule, .fault = AW_FAKE_RESET), 0, AW_E_CONNECT, "reset");
    fault_is(&world, AW_WITH(fake_peer_rule, .fault = AW_FAKE_CLOSE), 0, AW_E_CONNECT, "without an answer");
    fault_is(&world, AW_WITH(fake_peer_rule, .status = 200, .body = "0123456789", .fault = AW_FAKE_TRUNCATE), 0,
             AW_E_CONNECT, "middle of its answer");
    fault_is(&world, AW_WITH(fake_peer_rule, .fault = AW_FAKE_HANG), 200, AW_E_TIMEOUT, "within 200 ms");
    fault_is(&world, AW_WITH(fake_peer_rule, .fault = AW_FAKE_DRIBBLE, .dribble_ms = 50), 300, AW_E_TIMEOUT, "300 ms");
    fault_is(&world, AW_WITH(fake_peer_rule, .fault = AW_FAKE_GARBAGE), 0, AW_E_PROTOCOL, "not HTTP");
    fault_is(&world, AW_WITH(fake_peer_rule, .fault = AW_FAKE_ENDLESS), 0, AW_E_TOO_LARGE, "larger");
    fault_is(&world, AW_WITH(fake_peer_rule, .status = 200, .headers = "Content-Length: 100001\r\n"), 2000,
             AW_E_TOO_LARGE, "larger");
    fault_is(&world, AW_WITH(fake_peer_rule, .status = 200, .headers = "Content-Length: ten\r\n"), 0, AW_E_PROTOCOL,
             "not HTTP");
    fault_is(
        &world,
        AW_WITH(fake_peer_rule, .status = 200, .headers = "Transfer-Encoding: chunked\r\n", .body = "zz\r\nno\r\n"), 0,
        AW_E_PROTOCOL, "not HTTP");
    world_close(&world);
}

static void slow_bytes_do_arrive(void **state)
{
    struct attempt attempt = {0};
    struct world world;

    (void)state;
    world_open(&world, WORLD());
    aw_fake_peer_rule(
        world.peer, AW_WITH(fake_peer_rule, .status = 200, .body = "slow", .fault = AW_FAKE_DRIBBLE, .dribble_ms = 1));
    assert_int_equal(attempt_run(&attempt, &world, "bob"), AW_OK);
    assert_string_equal(attempt.body, "slow");
    world_close(&world);
}

static void limits(void **state)
{
    char *body = malloc(5002);
    char *header = malloc(70010);
    struct attempt fits = {0}, large = {0}, heads = {0};
    struct world world;

    (void)state;
    assert_true(body && header);
    memset(body, 'x', 5001);
    body[5001] = '\0';
    memcpy(header, "X: ", 3);
    memset(header + 3, 'h', 70000);
    memcpy(header + 70003, "\r\n", 3);
    world_open(&world, WORLD(.max_response_bytes = 5000));
    aw_fake_peer_rule(world.peer, AW_WITH(fake_peer_rule, .path = "/large", .status = 200, .body = body));
    aw_fake_peer_rule(world.peer, AW_WITH(fake_peer_rule, .path = "/fits", .status = 200, .body = body + 1));
    aw_fake_peer_rule(world.peer, AW_WITH(fake_peer_rule, .path = "/heads", .status = 200, .headers = header));
    assert_int_equal(attempt_run(&fits, &world, "fits"), AW_OK);
    assert_int_equal(fits.body_bytes, 5000);
    assert_int_equal(attempt_run(&large, &world, "large"), AW_E_TOO_LARGE);
    assert_int_equal(attempt_run(&heads, &world, "heads"), AW_E_TOO_LARGE);
    assert_false(heads.retriable);
    world_close(&world);
    free(body);
    free(header);
}

static void redirects_are_not_followed(void **state)
{
    struct attempt attempt = {0};
    struct world world;

    (void)state;
    world_open(&world, WORLD());
    aw_fake_peer_rule(world.peer, AW_WITH(fake_peer_rule, .status = 302, .headers = "Location: /bob/meta\r\n"));
    assert_int_equal(attempt_run(&attempt, &world, "bob"), AW_OK);
    assert_int_equal(attempt.status, 302);
    assert_string_equal(attempt.location, "/bob/meta");
    assert_int_equal(aw_fake_peer_count(world.peer), 1);
    world_close(&world);
}

static void refused(void **state)
{
    struct attempt attempt = {0}, later = {0};
    struct world world;
    char words[64];

    (void)state;
    world_open(&world, WORLD());
    aw_fake_peer_refuse(world.peer);
    assert_int_equal(attempt_run(&attempt, &world, "bob/meta?secret"), AW_E_CONNECT);
    assert_false(attempt.sent);
    assert_true(attempt.retriable);
    snprintf(words, sizeof(words), "cannot connect to 127.0.0.1:%d: Connection refused", aw_fake_peer_port(world.peer));
    assert_string_equal(attempt.message, words);
    assert_int_equal(aw_fake_peer_accept(world.peer), 0);
    assert_int_equal(attempt_run(&later, &world, "bob/meta"), AW_OK);
    world_close(&world);
}

/* Somebody who listens and whose queue is full: connecting hangs. */
static int full_listener(struct sockaddr_in *address, int clients[8])
{
    socklen_t bytes = sizeof(*address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    *address = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    assert_int_equal(bind(fd, (struct sockaddr *)address, sizeof(*address)), 0);
    assert_int_equal(listen(fd, 0), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)address, &bytes), 0);
    for (int i = 0; i < 8; i++) {
        clients[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        connect(clients[i], (struct sockaddr *)address, sizeof(*address));
    }
    return fd;
}

static void no_connection_in_time(void **state)
{
    struct sockaddr_in address;
    struct attempt attempt = {.request = {.connect_timeout_ms = 200}};
    struct world world;
    int clients[8];
    int fd = full_listener(&address, clients);

    (void)state;
    world_open(&world, WORLD());
    attempt.world = &world;
    snprintf(attempt.url, sizeof(attempt.url), "http://127.0.0.1:%d/", ntohs(address.sin_port));
    on_loop(world.runtime, attempt_start_here, &attempt);
    attempt_wait(&attempt);
    assert_int_equal(attempt.code, AW_E_TIMEOUT);
    assert_false(attempt.sent);
    assert_non_null(strstr(attempt.message, "no connection"));
    assert_non_null(strstr(attempt.message, "200 ms"));
    world_close(&world);
    for (int i = 0; i < 8; i++)
        close(clients[i]);
    close(fd);
}

static void special_addresses_are_refused(void **state)
{
    static const char *const urls[] = {"http://127.0.0.1:%d/bob/meta",  "http://localhost:%d/bob/meta",
                                       "http://[::ffff:127.0.0.1]:%d/", "http://0.0.0.0:%d/",
                                       "http://2130706433:%d/",         "http://0x7f.1:%d/"};
    struct world world;

    (void)state;
    world_open(&world, (aw_runtime_params){.allow_private_peers = false});
    for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
        struct attempt attempt = {.world = &world};

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        snprintf(attempt.url, sizeof(attempt.url), urls[i], aw_fake_peer_port(world.peer));
#pragma GCC diagnostic pop
        on_loop(world.runtime, attempt_start_here, &attempt);
        attempt_wait(&attempt);
        assert_int_equal(attempt.code, AW_E_ADDRESS);
        assert_false(attempt.sent);
        assert_false(attempt.retriable);
        assert_non_null(strstr(attempt.message, "allow_private_peers"));
    }
    assert_int_equal(aw_fake_peer_connections(world.peer), 0);
    world_close(&world);
}

/* ---- Connections that were kept and turn out to be closed ---- */

static void closed_while_idle(void **state)
{
    struct attempt first = {0};
    struct attempt second = {.request = {.method = "POST", .body = "{\"a\":1}", .body_bytes = 7}};
    aw_fake_peer_request request;
    struct world world;

    (void)state;
    world_open(&world, WORLD());
    assert_int_equal(attempt_run(&first, &world, "bob/meta"), AW_OK);
    aw_fake_peer_refuse(world.peer); /* closes what is idle */
    assert_int_equal(aw_fake_peer_accept(world.peer), 0);
    assert_int_equal(attempt_run(&second, &world, "bob/properties"), AW_OK);
    assert_true(aw_fake_peer_get(world.peer, 1, &request));
    assert_string_equal(request.body, "{\"a\":1}");
    assert_int_equal(aw_fake_peer_connections(world.peer), 2);
    world_close(&world);
}

static void closed_in_the_moment_of_reuse(void **state)
{
    struct attempt first = {0};
    struct attempt second = {.request = {.method = "POST", .body = "{\"a\":1}", .body_bytes = 7}};
    aw_fake_peer_request request;
    struct world world;

    (void)state;
    world_open(&world, WORLD());
    aw_fake_peer_rule(world.peer, AW_WITH(fake_peer_rule, .after = 1, .times = 1, .fault = AW_FAKE_CLOSE));
    assert_int_equal(attempt_run(&first, &world, "bob/meta"), AW_OK);
    assert_int_equal(attempt_run(&second, &world, "bob/properties"), AW_OK);
    assert_int_equal(second.status, 201);
    assert_true(aw_fake_peer_get(world.peer, 2, &request));
    assert_string_equal(request.body, "{\"a\":1}");
    assert_int_equal(aw_fake_peer_connections(world.peer), 2);
    world_close(&world);
}

/* ---- Everything at once ---- */

static void many_troubles_together(void **state)
{
    static struct attempt attempts[300];
    static const aw_fake_peer_fault kinds[] = {AW_FAKE_NONE, AW_FAKE_RESET,   AW_FAKE_CLOSE,   AW_FAKE_TRUNCATE,
                                               AW_FAKE_HANG, AW_FAKE_DRIBBLE, AW_FAKE_GARBAGE, AW_FAKE_ENDLESS};
    struct world world;
    char path[16];

    (void)state;
    world_open(&world, WORLD(.max_response_bytes = 20000, .max_connections_per_peer = 50, .max_idle_connections = 10));
    for (size_t i = 0; i < 8; i++) {
        snprintf(path, sizeof(path), "/%zu/", i);
        aw_fake_peer_rule(world.peer, AW_WITH(fake_peer_rule, .path = path, .fault = kinds[i], .delay_ms = (int)i * 3));
    }
    memset(attempts, 0, sizeof(attempts));
    for (size_t i = 0; i < 300; i++) {
        attempts[i].request.timeout_ms = 1500;
        snprintf(path, sizeof(path), "%zu/meta", i % 8);
        attempt_start(&attempts[i], &world, path);
    }
    for (size_t i = 0; i < 300; i += 7)
        on_loop(world.runtime, attempt_abort_here, &attempts[i]);
    for (size_t i = 0; i < 300; i++) {
        if (i % 7 == 0 && !attempt_over(&attempts[i]))
            continue; /* aborted */
        attempt_wait(&attempts[i]);
        assert_int_equal(atomic_load(&attempts[i].completions), 1);
        if (i % 8 == 0 && attempts[i].code != AW_E_TIMEOUT) /* it may have waited too long for a slot */
            assert_int_equal(attempts[i].status, 200);
    }
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(faults),
        cmocka_unit_test(slow_bytes_do_arrive),
        cmocka_unit_test(limits),
        cmocka_unit_test(redirects_are_not_followed),
        cmocka_unit_test(refused),
        cmocka_unit_test(no_connection_in_time),
        cmocka_unit_test(special_addresses_are_refused),
        cmocka_unit_test(closed_while_idle),
        cmocka_unit_test(closed_in_the_moment_of_reuse),
        cmocka_unit_test(many_troubles_together),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
