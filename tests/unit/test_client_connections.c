/*
 * The HTTP client's connections: used again, limited per peer and when idle, and very many at once.
 */
#include "client_support.h"

#include <sys/resource.h>

static void reuses_connections(void **state)
{
    struct world world;

    (void)state;
    world_open(&world, WORLD());
    for (int i = 0; i < 30; i++) {
        struct attempt attempt = {.request = {.method = i % 2 ? "POST" : "GET"}};

        assert_int_equal(attempt_run(&attempt, &world, "bob/properties"), AW_OK);
    }
    assert_int_equal(aw_fake_peer_connections(world.peer), 1);
    world_close(&world);
}

static void run_many(struct world *world, struct attempt *attempts, int count)
{
    memset(attempts, 0, (size_t)count * sizeof(*attempts));
    for (int i = 0; i < count; i++)
        attempt_start(&attempts[i], world, "bob/meta");
    for (int i = 0; i < count; i++) {
        attempt_wait(&attempts[i]);
        assert_int_equal(attempts[i].code, AW_OK);
        assert_int_equal(attempts[i].status, 200);
    }
}

static void caps_connections_per_peer(void **state)
{
    static struct attempt attempts[40];
    struct world world;

    (void)state;
    world_open(&world, WORLD(.max_connections_per_peer = 3));
    aw_fake_peer_rule(world.peer, AW_WITH(fake_peer_rule, .delay_ms = 10));
    run_many(&world, attempts, 40);
    assert_in_range(aw_fake_peer_connections(world.peer), 1, 3);
    world_close(&world);
}

static void waiting_does_not_count_as_connecting(void **state)
{
    struct attempt first = {0};
    struct attempt second = {.request = {.connect_timeout_ms = 100}};
    struct attempt third = {.request = {.timeout_ms = 100}};
    struct world world;

    (void)state;
    world_open(&world, WORLD(.max_connections_per_peer = 1));
    aw_fake_peer_rule(world.peer, AW_WITH(fake_peer_rule, .delay_ms = 1500));
    attempt_start(&first, &world, "bob/meta");
    attempt_start(&second, &world, "bob/meta");
    attempt_start(&third, &world, "bob/meta");
    attempt_wait(&third);
    assert_false(attempt_over(&first));
    assert_int_equal(third.code, AW_E_TIMEOUT);
    assert_false(third.sent);
    attempt_wait(&second);
    assert_int_equal(second.code, AW_OK);
    assert_int_equal(aw_fake_peer_count(world.peer), 2);
    world_close(&world);
}

static void caps_idle_connections(void **state)
{
    static struct attempt attempts[20];
    struct world world;

    (void)state;
    world_open(&world, WORLD(.max_idle_connections = 4));
    aw_fake_peer_rule(world.peer, AW_WITH(fake_peer_rule, .delay_ms = 1000));
    run_many(&world, attempts, 20);
    assert_int_equal(aw_fake_peer_connections(world.peer), 20);
    run_many(&world, attempts, 20);
    assert_in_range(aw_fake_peer_connections(world.peer), 36, 39); /* 1 to 4 had been kept */
    world_close(&world);
}

static void hundreds_at_once(void **state)
{
    static struct attempt attempts[400];
    struct world world;

    (void)state;
    world_open(&world, WORLD(.max_idle_connections = 1000));
    aw_fake_peer_rule(world.peer, AW_WITH(fake_peer_rule, .delay_ms = 50));
    run_many(&world, attempts, 400);
    run_many(&world, attempts, 400);
    assert_int_equal(aw_fake_peer_count(world.peer), 800);
    assert_true(aw_fake_peer_connections(world.peer) < 800);
    world_close(&world);
}

/* More than one of libcurl's handles is made for. */
static void thousands_at_once(void **state)
{
    static struct attempt attempts[2000];
    struct rlimit limit;
    struct world world;

    (void)state;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur < 5000)
        skip();
    world_open(&world, WORLD(.max_connections_per_peer = 10000, .max_idle_connections = 1));
    aw_fake_peer_rule(world.peer, AW_WITH(fake_peer_rule, .delay_ms = 800));
    memset(attempts, 0, sizeof(attempts));
    for (int i = 0; i < 2000; i++)
        attempt_start(&attempts[i], &world, "bob/meta");
    assert_true(aw_fake_peer_wait_for(world.peer, NULL, NULL, 1500, PATIENCE_MS));
    for (int i = 0; i < 2000; i += 2)
        on_loop(world.runtime, attempt_abort_here, &attempts[i]);
    for (int i = 1; i < 2000; i += 2) {
        attempt_wait(&attempts[i]);
        assert_int_equal(attempts[i].status, 200);
    }
    aw_fake_peer_reset_rules(world.peer);
    run_many(&world, attempts, 20);
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reuses_connections),
        cmocka_unit_test(caps_connections_per_peer),
        cmocka_unit_test(waiting_does_not_count_as_connecting),
        cmocka_unit_test(caps_idle_connections),
        cmocka_unit_test(hundreds_at_once),
        cmocka_unit_test(thousands_at_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
