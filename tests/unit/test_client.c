/*
 * The HTTP client with a well-behaved peer: what is sent, what comes back, calls within calls, and aborting. Sharing
 * connections is in test_client_connections.c, misbehaving peers are in test_client_faults.c.
 */
#include "client_support.h"

static void answers(void **state)
{
    struct attempt attempt = {0};
    struct world world;

    (void)state;
    world_open(&world, WORLD());
    aw_fake_peer_rule(world.peer,
                      AW_WITH(fake_peer_rule, .path = "/bob/x", .status = 429, .body = "{\"error\":\"wait\"}",
                              .headers = "Location: http://bob/there\r\nRetry-After: 7\r\n"));
    assert_int_equal(attempt_run(&attempt, &world, "bob/x?token=1"), AW_OK);
    assert_int_equal(attempt.status, 429);
    assert_int_equal(attempt.retry_after_ms, 7000);
    assert_string_equal(attempt.location, "http://bob/there");
    assert_string_equal(attempt.body, "{\"error\":\"wait\"}");
    assert_true(attempt.sent);
    world_close(&world);
}

static bool received(struct world *world, size_t index, const char *line)
{
    aw_fake_peer_request request;

    assert_true(aw_fake_peer_get(world->peer, index, &request));
    return strstr(request.headers, line);
}

static void sends_what_was_asked(void **state)
{
    static const char *const headers[] = {"Authorization: Bearer s3cret", "Content-Type: application/json",
                                          "X-Empty:", "Accept: text/plain", NULL};
    struct attempt post = {.request = {.method = "POST", .headers = headers, .body = "{\"a\":1}", .body_bytes = 7}};
    struct attempt put = {.request = {.method = "PUT", .body = "x\0y", .body_bytes = 3}};
    struct attempt nothing_to_post = {.request = {.method = "POST"}};
    struct attempt delete = {.request = {.method = "DELETE"}};
    struct attempt head = {.request = {.method = "HEAD"}};
    struct attempt odd = {.request = {.method = "PROPFIND"}};
    aw_fake_peer_request request;
    struct world world;

    (void)state;
    world_open(&world, WORLD());
    aw_fake_peer_rule(world.peer, AW_WITH(fake_peer_rule, .status = 200, .body = "hello"));
    assert_int_equal(attempt_run(&post, &world, "bob/../a%2Fb/./c?q=%20"), AW_OK);
    assert_true(aw_fake_peer_get(world.peer, 0, &request));
    assert_string_equal(request.method, "POST");
    assert_string_equal(request.path, "/bob/../a%2Fb/./c?q=%20");
    assert_string_equal(request.body, "{\"a\":1}");
    assert_true(received(&world, 0, "Authorization: Bearer s3cret\r\n"));
    assert_true(received(&world, 0, "Content-Type: application/json\r\n"));
    assert_true(received(&world, 0, "User-Agent: actingweb/" AW_VERSION_STRING "\r\n"));
    assert_true(received(&world, 0, "Accept: text/plain\r\n"));
    assert_true(received(&world, 0, "X-Empty:\r\n"));
    assert_true(received(&world, 0, "Content-Length: 7\r\n"));
    assert_int_equal(attempt_run(&put, &world, "b"), AW_OK);
    assert_true(aw_fake_peer_get(world.peer, 1, &request));
    assert_int_equal(request.body_bytes, 3);
    assert_memory_equal(request.body, "x\0y", 3);
    assert_false(received(&world, 1, "Content-Type"));
    assert_false(received(&world, 1, "Authorization"));
    assert_int_equal(attempt_run(&nothing_to_post, &world, "b"), AW_OK);
    assert_true(received(&world, 2, "Content-Length: 0\r\n"));
    assert_int_equal(attempt_run(&delete, &world, "b"), AW_OK);
    assert_string_equal(delete.body, "hello");
    assert_int_equal(attempt_run(&head, &world, "b"), AW_OK);
    assert_int_equal(head.body_bytes, 0);
    assert_int_equal(attempt_run(&odd, &world, "b"), AW_OK);
    assert_true(aw_fake_peer_get(world.peer, 5, &request));
    assert_string_equal(request.method, "PROPFIND");
    for (size_t i = 0; i < 6; i++)
        assert_false(received(&world, i, "Expect") || received(&world, i, "Cookie"));
    assert_int_equal(aw_fake_peer_connections(world.peer), 1);
    world_close(&world);
}

static void large_bodies(void **state)
{
    size_t bytes = 3 * 1024 * 1024;
    char *body = malloc(bytes + 1);
    struct attempt attempt = {.request = {.method = "POST", .body = body, .body_bytes = bytes}};
    aw_fake_peer_request request;
    struct world world;

    (void)state;
    assert_non_null(body);
    memset(body, 'b', bytes);
    body[bytes] = '\0';
    world_open(&world, WORLD());
    assert_int_equal(attempt_run(&attempt, &world, "bob/properties"), AW_OK); /* echoes */
    assert_int_equal(attempt.status, 201);
    assert_int_equal(attempt.body_bytes, bytes);
    assert_true(aw_fake_peer_get(world.peer, 0, &request));
    assert_int_equal(request.body_bytes, bytes);
    assert_string_equal(request.body, body);
    assert_false(received(&world, 0, "Expect"));
    world_close(&world);
    free(body);
}

static void refuses_bad_requests(void **state)
{
    static const char *const split[] = {"X: a\r\nY: b", NULL};
    static const char *const nameless[] = {": a", NULL};
    static const char *const spaced[] = {"X Y: a", NULL};
    static const char *const bare[] = {"X", NULL};
    static const char *const length[] = {"content-length: 3", NULL};
    static const aw__http_request bad[] = {
        {.method = "GET", .url = "ftp://bob/"},
        {.method = "GET", .url = "http://bob/a b"},
        {.method = "GET X", .url = "http://bob/"},
        {.method = "", .url = "http://bob/"},
        {.method = "GET", .url = "http://bob/", .headers = split},
        {.method = "GET", .url = "http://bob/", .headers = nameless},
        {.method = "GET", .url = "http://bob/", .headers = spaced},
        {.method = "GET", .url = "http://bob/", .headers = bare},
        {.method = "GET", .url = "http://bob/", .headers = length},
        {.method = "POST", .url = "http://bob/", .body_bytes = 3},
    };
    struct world world;

    (void)state;
    world_open(&world, WORLD());
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct attempt attempt = {.world = &world, .request = bad[i]};

        on_loop(world.runtime, attempt_start_here, &attempt);
        assert_int_equal(attempt.start_rc, AW_E_INVALID);
        assert_true(attempt.message[0]);
        assert_null(attempt.call);
    }
    world_close(&world);
}

/* ---- Calls within calls ---- */

static void start_next(struct attempt *attempt)
{
    attempt_start_here(attempt->more);
}

static void starts_inside_done(void **state)
{
    struct attempt attempts[5] = {0};
    struct world world;

    (void)state;
    world_open(&world, WORLD());
    for (int i = 0; i < 5; i++) {
        attempt_aim(&attempts[i], &world, "bob/meta");
        if (i < 4) {
            attempts[i].then = start_next;
            attempts[i].more = &attempts[i + 1];
        }
    }
    on_loop(world.runtime, attempt_start_here, &attempts[0]);
    for (int i = 0; i < 5; i++) {
        attempt_wait(&attempts[i]);
        assert_int_equal(attempts[i].status, 200);
    }
    assert_int_equal(aw_fake_peer_connections(world.peer), 1);
    world_close(&world);
}

static void abort_other(struct attempt *attempt)
{
    attempt_abort_here(attempt->more);
}

static void aborts_inside_done(void **state)
{
    struct attempt victims[3] = {0};
    struct attempt killer = {.then = abort_other};
    struct attempt itself = {.then = abort_other};
    struct world world;

    (void)state;
    world_open(&world, WORLD());
    aw_fake_peer_rule(world.peer, AW_WITH(fake_peer_rule, .path = "/slow", .fault = AW_FAKE_HANG));
    itself.more = &itself;
    assert_int_equal(attempt_run(&itself, &world, "bob/meta"), AW_OK);
    for (int i = 0; i < 3; i++) {
        attempt_start(&victims[i], &world, "slow");
        killer = (struct attempt){.then = abort_other, .more = &victims[i]};
        if (i != 1) /* the other one has perhaps not connected yet */
            assert_true(aw_fake_peer_wait_for(world.peer, NULL, "/slow", i ? 2 : 1, PATIENCE_MS));
        assert_int_equal(attempt_run(&killer, &world, "bob/meta"), AW_OK);
    }
    settle(world.runtime);
    for (int i = 0; i < 3; i++)
        assert_false(attempt_over(&victims[i]));
    world_close(&world);
}

static void start_both(void *arg)
{
    struct attempt *attempt = arg;

    attempt_start_here(attempt);
    attempt_start_here(attempt->more);
}

/* Two calls whose answers come in the same moment: the first done() aborts the other. */
static void abort_when_both_are_done(void **state)
{
    struct world world;

    (void)state;
    world_open(&world, WORLD());
    for (int round = 0; round < 20; round++) {
        struct attempt a = {.then = abort_other};
        struct attempt b = {.then = abort_other};

        a.more = &b;
        b.more = &a;
        attempt_aim(&a, &world, "bob/meta");
        attempt_aim(&b, &world, "bob/meta");
        on_loop(world.runtime, start_both, &a);
        while (!attempt_over(&a) && !attempt_over(&b))
            sleep_ms(1);
        settle(world.runtime);
        assert_int_equal(atomic_load(&a.completions) + atomic_load(&b.completions), 1);
    }
    world_close(&world);
}

/* Aborted after 0, 1, 2... ms: before it connects, while it does, while it waits, while it reads. */
static void aborts_at_any_moment(void **state)
{
    struct world world;

    (void)state;
    world_open(&world, WORLD(.max_connections_per_peer = 2));
    aw_fake_peer_rule(world.peer, AW_WITH(fake_peer_rule, .fault = AW_FAKE_DRIBBLE, .dribble_ms = 1, .delay_ms = 5));
    for (int ms = 0; ms < 24; ms++) {
        struct attempt attempts[3] = {0};

        for (int i = 0; i < 3; i++)
            attempt_start(&attempts[i], &world, "bob/meta/id");
        sleep_ms(ms);
        for (int i = 0; i < 3; i++)
            on_loop(world.runtime, attempt_abort_here, &attempts[i]);
        settle(world.runtime);
        for (int i = 0; i < 3; i++)
            assert_false(attempt_over(&attempts[i]));
    }
    aw_fake_peer_reset_rules(world.peer);
    struct attempt last = {0};

    assert_int_equal(attempt_run(&last, &world, "bob/meta"), AW_OK);
    world_close(&world);
}

static void start_and_abort(void *arg)
{
    struct attempt *attempt = arg;

    attempt_start_here(attempt);
    aw__http_abort(attempt->call);
    aw__http_abort(NULL);
}

static void aborts_at_once(void **state)
{
    struct attempt attempt = {0};
    struct world world;

    (void)state;
    world_open(&world, WORLD());
    attempt_aim(&attempt, &world, "bob/meta");
    for (int i = 0; i < 300; i++)
        on_loop(world.runtime, start_and_abort, &attempt);
    settle(world.runtime);
    assert_false(attempt_over(&attempt));
    world_close(&world);
}

static void ends_without_a_word(void **state)
{
    struct attempt first = {0};
    struct attempt waiting = {0};
    struct world world;

    (void)state;
    world_open(&world, WORLD(.max_connections_per_peer = 1));
    aw_fake_peer_rule(world.peer, AW_WITH(fake_peer_rule, .fault = AW_FAKE_HANG));
    attempt_start(&first, &world, "bob/meta");
    attempt_start(&waiting, &world, "bob/meta");
    assert_true(aw_fake_peer_wait_for(world.peer, NULL, NULL, 1, PATIENCE_MS));
    world_close(&world); /* with one asked and one waiting for its turn */
    assert_false(attempt_over(&first));
    assert_false(attempt_over(&waiting));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers),
        cmocka_unit_test(sends_what_was_asked),
        cmocka_unit_test(large_bodies),
        cmocka_unit_test(refuses_bad_requests),
        cmocka_unit_test(starts_inside_done),
        cmocka_unit_test(aborts_inside_done),
        cmocka_unit_test(abort_when_both_are_done),
        cmocka_unit_test(aborts_at_any_moment),
        cmocka_unit_test(aborts_at_once),
        cmocka_unit_test(ends_without_a_word),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
