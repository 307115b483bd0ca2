/*
 * Timers: order, stopping, moving, and what their functions may do to them.
 */
#include "loop_support.h"

#include <stdlib.h>

#include "base/clock.h"
#include "runtime/timer.h"

enum { MANY = 2000 };

struct alarm_clock {
    aw__timer timer;
    struct bench *bench;
    uint64_t due_ms;
    bool stopped;
    int rang;
};

struct bench {
    aw_runtime *runtime;
    struct alarm_clock clocks[MANY];
    uint64_t last_due_ms;
    int out_of_order, early, expected;
    atomic_int rang;
    struct gate all_rang;
};

static struct bench *bench_new(aw_runtime *runtime)
{
    struct bench *bench = test_calloc(1, sizeof(*bench));

    bench->runtime = runtime;
    pthread_mutex_init(&bench->all_rang.lock, NULL);
    pthread_cond_init(&bench->all_rang.opened, NULL);
    for (int i = 0; i < MANY; i++)
        bench->clocks[i].bench = bench;
    return bench;
}

static void bench_free(struct bench *bench)
{
    aw_runtime_free(bench->runtime);
    test_free(bench);
}

static void ring(void *arg)
{
    struct alarm_clock *clock = arg;
    struct bench *bench = clock->bench;

    clock->rang++;
    bench->early += aw__now_ms() < clock->due_ms;
    bench->out_of_order += clock->due_ms < bench->last_due_ms;
    bench->last_due_ms = clock->due_ms;
    if (atomic_fetch_add(&bench->rang, 1) + 1 == bench->expected)
        gate_open(&bench->all_rang);
}

static void set(struct alarm_clock *clock, uint64_t delay_ms)
{
    aw__timer_start(clock->bench->runtime, &clock->timer, delay_ms, ring, clock);
    clock->due_ms = clock->timer.due_ms;
}

/* Many at random, a third of them stopped and a third moved, in a random order. */
static void set_many(void *arg)
{
    struct bench *bench = arg;

    srand(7);
    for (int i = 0; i < MANY; i++)
        set(&bench->clocks[i], (uint64_t)(rand() % 150));
    for (int i = 0; i < MANY; i++) {
        struct alarm_clock *clock = &bench->clocks[rand() % MANY];

        if (i % 3 == 0 && clock->timer.armed) {
            aw__timer_stop(bench->runtime, &clock->timer);
            clock->stopped = true;
        } else if (i % 3 == 1 && clock->timer.armed) {
            set(clock, (uint64_t)(rand() % 150));
        }
    }
    for (int i = 0; i < MANY; i++)
        bench->expected += !bench->clocks[i].stopped;
}

static void many_ring_in_order_and_once(void **state)
{
    (void)state;
    struct bench *bench = bench_new(runtime_started(1));

    on_loop(bench->runtime, set_many, bench);
    gate_pass(&bench->all_rang);
    settle(bench->runtime);
    assert_true(bench->expected > MANY / 2 && bench->expected < MANY);
    assert_int_equal(bench->out_of_order, 0);
    assert_int_equal(bench->early, 0);
    for (int i = 0; i < MANY; i++) {
        assert_int_equal(bench->clocks[i].rang, !bench->clocks[i].stopped);
        assert_false(bench->clocks[i].timer.armed);
    }
    bench_free(bench);
}

static void stop_unarmed(void *arg)
{
    struct bench *bench = arg;

    aw__timer_stop(bench->runtime, &bench->clocks[0].timer);
    set(&bench->clocks[0], 3600 * 1000);
    aw__timer_stop(bench->runtime, &bench->clocks[0].timer);
    aw__timer_stop(bench->runtime, &bench->clocks[0].timer);
}

static void stopping_twice_is_harmless(void **state)
{
    (void)state;
    struct bench *bench = bench_new(runtime_started(1));

    on_loop(bench->runtime, stop_unarmed, bench);
    assert_int_equal(bench->clocks[0].rang, 0);
    assert_false(bench->clocks[0].timer.armed);
    bench_free(bench);
}

/* Stops the next one, which is due as well, and starts itself again until it rang five times. */
static void meddle(void *arg)
{
    struct alarm_clock *clock = arg;
    struct bench *bench = clock->bench;

    aw__timer_stop(bench->runtime, &bench->clocks[1].timer);
    if (++clock->rang < 5)
        aw__timer_start(bench->runtime, &clock->timer, 1, meddle, clock);
    else
        gate_open(&bench->all_rang);
}

static void set_meddler(void *arg)
{
    struct bench *bench = arg;

    aw__timer_start(bench->runtime, &bench->clocks[0].timer, 5, meddle, &bench->clocks[0]);
    aw__timer_start(bench->runtime, &bench->clocks[1].timer, 6, ring, &bench->clocks[1]);
    sleep_ms(20); /* both are due when the loop looks again */
}

static void a_timer_may_start_itself_and_stop_others(void **state)
{
    (void)state;
    struct bench *bench = bench_new(runtime_started(1));

    on_loop(bench->runtime, set_meddler, bench);
    gate_pass(&bench->all_rang);
    settle(bench->runtime);
    assert_int_equal(bench->clocks[0].rang, 5);
    assert_int_equal(bench->clocks[1].rang, 0);
    bench_free(bench);
}

static void set_far_then_near(void *arg)
{
    struct bench *bench = arg;

    set(&bench->clocks[0], 3600 * 1000);
    set(&bench->clocks[1], 10);
    bench->expected = 1;
}

/* The earliest is what an outer loop waits for. */
static void the_timeout_is_that_of_the_earliest(void **state)
{
    (void)state;
    struct bench *bench = bench_new(runtime_idle(1));
    struct visit visit = {.fn = set_far_then_near, .arg = bench, .done = GATE};
    int ms;

    assert_int_equal(aw_runtime_timeout_ms(bench->runtime), -1);
    aw__runtime_post(bench->runtime, &visit.post, visit_run, &visit);
    aw_runtime_process(bench->runtime);
    ms = aw_runtime_timeout_ms(bench->runtime);
    assert_in_range(ms, 0, 10);
    assert_true(embed_until(bench->runtime, &bench->rang, 1, NO_NAP_MS));
    ms = aw_runtime_timeout_ms(bench->runtime);
    assert_in_range(ms, 60 * 1000, 3600 * 1000);
    bench_free(bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_ring_in_order_and_once),
        cmocka_unit_test(stopping_twice_is_harmless),
        cmocka_unit_test(a_timer_may_start_itself_and_stop_others),
        cmocka_unit_test(the_timeout_is_that_of_the_earliest),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
