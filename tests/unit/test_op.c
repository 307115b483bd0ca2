/*
 * Operations: exactly one completion, later; deadlines; cancelling; waiting.
 */
#include "fake_op.h"

static void completes_once_and_later(void **state)
{
    (void)state;
    aw_runtime *runtime = runtime_started(1);
    struct gate delivered = GATE;
    atomic_int destroyed = 0;
    struct fake *fake = fake_new(runtime, FAKE_AT_ONCE, AW_OK);
    aw_op handle = 0;

    fake->delivered = &delivered;
    fake->destroyed = &destroyed;
    assert_int_equal(aw__op_start(&fake->op, 0, NULL, &handle, NULL), AW_OK);
    assert_int_not_equal(handle, 0);
    gate_pass(&delivered);
    settle(runtime);
    assert_int_equal(fake->starts, 1);
    assert_int_equal(fake->stops, 0);
    assert_int_equal(fake->deliveries, 1);
    assert_int_equal(fake->code_delivered, AW_OK);
    assert_true(fake->inside_when_delivered);
    assert_int_equal(aw_runtime_in_flight(runtime), 0);
    assert_int_equal(aw_op_cancel(runtime, handle), AW_E_NOT_FOUND);
    assert_int_equal(atomic_load(&destroyed), 0);
    fake_unref(fake);
    assert_int_equal(atomic_load(&destroyed), 1);
    aw_runtime_free(runtime);
}

struct from_loop {
    struct fake *fake;
    int deliveries_at_return;
    int run_rc;
};

static void start_on_loop(void *arg)
{
    struct from_loop *mine = arg;

    aw__op_start(&mine->fake->op, 0, NULL, NULL, NULL);
    mine->deliveries_at_return = mine->fake->deliveries;
}

static void never_before_return_on_the_loop_either(void **state)
{
    (void)state;
    aw_runtime *runtime = runtime_started(1);
    struct gate delivered = GATE;
    struct from_loop mine = {.fake = fake_new(runtime, FAKE_AT_ONCE, AW_OK)};

    mine.fake->delivered = &delivered;
    on_loop(runtime, start_on_loop, &mine);
    gate_pass(&delivered);
    settle(runtime);
    assert_int_equal(mine.deliveries_at_return, 0);
    assert_int_equal(mine.fake->deliveries, 1);
    fake_unref(mine.fake);
    aw_runtime_free(runtime);
}

static void failures_reach_who_asked(void **state)
{
    (void)state;
    aw_runtime *runtime = runtime_started(1);
    struct fake *fake = fake_new(runtime, FAKE_AT_ONCE, AW_E_STORE);
    aw_error err = {0};

    assert_int_equal(aw__op_run(&fake->op, 0, NULL, &err), AW_E_STORE);
    assert_int_equal(err.code, AW_E_STORE);
    assert_string_equal(err.message, "a failure of its own");
    assert_int_equal(fake->deliveries, 1);
    assert_int_equal(fake->code_delivered, AW_E_STORE);
    fake_unref(fake);
    fake = fake_new(runtime, FAKE_AT_ONCE, AW_E_STORE);
    assert_int_equal(aw__op_run(&fake->op, 0, NULL, NULL), AW_E_STORE);
    fake_unref(fake);
    aw_runtime_free(runtime);
}

static void success_leaves_the_error_alone(void **state)
{
    (void)state;
    aw_runtime *runtime = runtime_started(1);
    struct fake *fake = fake_new(runtime, FAKE_AT_ONCE, AW_OK);
    aw_error err = {.code = 7};

    assert_int_equal(aw__op_run(&fake->op, 1000, NULL, &err), AW_OK);
    assert_int_equal(err.code, 7);
    fake_unref(fake);
    aw_runtime_free(runtime);
}

static void cancel_stops_once(void **state)
{
    (void)state;
    aw_runtime *runtime = runtime_started(1);
    struct gate delivered = GATE;
    struct fake *fake = fake_new(runtime, FAKE_UNDOES, AW_OK);
    aw_op handle;

    fake->delivered = &delivered;
    assert_int_equal(aw__op_start(&fake->op, 60 * 1000, NULL, &handle, NULL), AW_OK);
    settle(runtime);
    assert_int_equal(fake->starts, 1);
    assert_int_equal(aw_op_cancel(runtime, handle), AW_OK);
    aw_op_cancel(runtime, handle); /* undoing still, or finished: either is right */
    gate_pass(&delivered);
    settle(runtime);
    assert_int_equal(fake->stops, 1);
    assert_int_equal(fake->stopped_with, AW_E_CANCELED);
    assert_int_equal(fake->deliveries, 1);
    assert_int_equal(fake->code_delivered, AW_E_CANCELED); /* though undoing ended with another error */
    assert_string_equal(fake->message, "fake was canceled");
    assert_int_equal(aw_op_cancel(runtime, handle), AW_E_NOT_FOUND);
    fake_unref(fake);
    aw_runtime_free(runtime);
}

static void what_succeeds_though_stopped_has_succeeded(void **state)
{
    (void)state;
    aw_runtime *runtime = runtime_started(1);
    struct gate delivered = GATE;
    struct fake *fake = fake_new(runtime, FAKE_DEAF, AW_OK);
    aw_op handle;

    fake->delivered = &delivered;
    aw__op_start(&fake->op, 0, NULL, &handle, NULL);
    settle(runtime);
    aw_op_cancel(runtime, handle);
    gate_pass(&delivered);
    settle(runtime);
    assert_int_equal(fake->stops, 1);
    assert_int_equal(fake->code_delivered, AW_OK);
    fake_unref(fake);
    aw_runtime_free(runtime);
}

static void unknown_handles_are_harmless(void **state)
{
    (void)state;
    aw_runtime *runtime = runtime_started(1);

    assert_int_equal(aw_op_cancel(NULL, 1), AW_E_INVALID);
    assert_int_equal(aw_op_cancel(runtime, 0), AW_E_NOT_FOUND);
    assert_int_equal(aw_op_cancel(runtime, 1), AW_E_NOT_FOUND);
    assert_int_equal(aw_op_cancel(runtime, UINT64_MAX), AW_E_NOT_FOUND);
    aw_runtime_free(runtime);
}

/* Canceled between its start and the loop's next round: it never begins. */
static void canceled_before_the_loop_saw_it(void **state)
{
    (void)state;
    aw_runtime *runtime = runtime_idle(1);
    struct fake *fake = fake_new(runtime, FAKE_HANGS, AW_OK);
    aw_op handle;

    aw__op_start(&fake->op, 0, NULL, &handle, NULL);
    struct fake *next = fake_new(runtime, FAKE_HANGS, AW_OK);

    assert_int_equal(aw_op_cancel(runtime, handle + 1), AW_E_NOT_FOUND);
    aw__op_start(&next->op, 0, NULL, NULL, NULL);
    assert_int_equal(aw_op_cancel(runtime, handle), AW_OK);
    assert_int_equal(aw_op_cancel(runtime, handle + 1), AW_OK);
    assert_int_equal(aw_runtime_process(runtime), AW_OK);
    assert_int_equal(fake->starts + next->starts, 0);
    assert_int_equal(fake->code_delivered, AW_E_CANCELED);
    assert_int_equal(next->code_delivered, AW_E_CANCELED);
    assert_int_equal(aw_runtime_in_flight(runtime), 0);
    fake_unref(fake);
    fake_unref(next);
    aw_runtime_free(runtime);
}

static void the_deadline_stops(void **state)
{
    (void)state;
    aw_runtime *runtime = runtime_started(1);
    struct fake *fake = fake_new(runtime, FAKE_HANGS, AW_OK);
    aw_error err = {0};

    assert_int_equal(aw__op_run(&fake->op, 50, NULL, &err), AW_E_TIMEOUT);
    assert_int_equal(err.code, AW_E_TIMEOUT);
    assert_true(err.retriable);
    assert_int_equal(fake->stops, fake->starts); /* 0 on a machine that was busy for so long */
    assert_int_equal(fake->stopped_with, fake->starts ? AW_E_TIMEOUT : 0);
    assert_int_equal(fake->deliveries, 1);
    fake_unref(fake);
    aw_runtime_free(runtime);
}

/* The time counts from the start, not from when the loop came to it. */
static void out_of_time_before_its_turn(void **state)
{
    (void)state;
    aw_runtime *runtime = runtime_idle(1);
    struct fake *fake = fake_new(runtime, FAKE_AT_ONCE, AW_OK);

    aw__op_start(&fake->op, 5, NULL, NULL, NULL);
    sleep_ms(20);
    aw_runtime_process(runtime);
    assert_int_equal(fake->starts, 0);
    assert_int_equal(fake->stops, 0);
    assert_int_equal(fake->code_delivered, AW_E_TIMEOUT);
    fake_unref(fake);
    aw_runtime_free(runtime);
}

static void finish_again(struct fake *fake, const aw_error *err)
{
    (void)err;
    aw__op_finish(&fake->op, NULL);
}

static void finishing_twice_does_nothing(void **state)
{
    (void)state;
    aw_runtime *runtime = runtime_started(1);
    struct fake *fake = fake_new(runtime, FAKE_AT_ONCE, AW_E_STORE);

    fake->on_delivered = finish_again;
    assert_int_equal(aw__op_run(&fake->op, 0, NULL, NULL), AW_E_STORE);
    assert_int_equal(fake->deliveries, 1);
    fake_unref(fake);
    aw_runtime_free(runtime);
}

static void run_on_loop(void *arg)
{
    struct from_loop *mine = arg;

    mine->run_rc = aw__op_run(&mine->fake->op, 0, NULL, NULL);
}

static void waiting_on_the_loop_is_refused(void **state)
{
    (void)state;
    aw_runtime *runtime = runtime_started(1);
    struct from_loop mine = {.fake = fake_new(runtime, FAKE_AT_ONCE, AW_OK)};

    on_loop(runtime, run_on_loop, &mine);
    assert_int_equal(mine.run_rc, AW_E_REENTRANT);
    assert_int_equal(mine.fake->deliveries, 0);
    assert_int_equal(aw_runtime_in_flight(runtime), 0);
    fake_unref(mine.fake);
    aw_runtime_free(runtime);
}

/* Handles count up: the table may grow, shrink and run out of memory for growing. */
static void many_at_once_without_memory_to_grow(void **state)
{
    (void)state;
    enum { MANY = 3000 };
    aw_runtime *runtime = runtime_idle(1);
    struct fake **fakes = test_calloc(MANY, sizeof(struct fake *));
    aw_op *handles = test_calloc(MANY, sizeof(aw_op));

    for (int i = 0; i < MANY; i++)
        fakes[i] = fake_new(runtime, FAKE_HANGS, AW_OK);
    aw__alloc_fail_at(1, true);
    for (int i = 0; i < MANY; i++) {
        if (i == MANY / 2)
            aw__alloc_fail_at(0, false);
        assert_int_equal(aw__op_start(&fakes[i]->op, 3600 * 1000, NULL, &handles[i], NULL), AW_OK);
        assert_true(i == 0 || handles[i] > handles[i - 1]);
    }
    assert_int_equal(aw_runtime_in_flight(runtime), MANY);
    aw_runtime_process(runtime);
    for (int i = 0; i < MANY; i += 2)
        assert_int_equal(aw_op_cancel(runtime, handles[i]), AW_OK);
    aw_runtime_process(runtime);
    assert_int_equal(aw_runtime_in_flight(runtime), MANY / 2);
    for (int i = 0; i < MANY; i++) {
        assert_int_equal(fakes[i]->deliveries, i % 2 == 0);
        assert_int_equal(aw_op_cancel(runtime, handles[i]), i % 2 ? AW_OK : AW_E_NOT_FOUND);
    }
    aw_runtime_process(runtime);
    assert_int_equal(aw_runtime_in_flight(runtime), 0);
    for (int i = 0; i < MANY; i++)
        fake_unref(fakes[i]);
    test_free(handles);
    test_free(fakes);
    aw_runtime_free(runtime);
}

/* An operation costs its own block and nothing else. */
static void no_allocation_beyond_the_operation(void **state)
{
    (void)state;
    enum { MANY = 5000 };
    aw_runtime *runtime = runtime_started(1);

    aw__alloc_fail_at(0, false);
    for (int i = 0; i < MANY; i++) {
        struct fake *fake = fake_new(runtime, FAKE_AT_ONCE, AW_OK);

        assert_int_equal(aw__op_run(&fake->op, 3600 * 1000, NULL, NULL), AW_OK);
        fake_unref(fake);
    }
    assert_int_equal(aw__alloc_count(), MANY);
    aw_runtime_free(runtime);
}

/* ---- Many threads ---- */

enum { THREADS = 4, ROUNDS = 300 };

struct crowd {
    aw_runtime *runtime;
    atomic_int destroyed, delivered, started, wrong;
    _Atomic aw_op newest;
};

static void count_delivery(struct fake *fake, const aw_error *err)
{
    struct crowd *crowd = fake->ud;
    bool stopped = err && (err->code == AW_E_CANCELED || err->code == AW_E_TIMEOUT || err->code == AW_E_CLOSED);

    atomic_fetch_add(&crowd->wrong, fake->deliveries != 1 || (err && !stopped));
    atomic_fetch_add(&crowd->delivered, 1);
}

static struct fake *crowd_fake(struct crowd *crowd, unsigned kind)
{
    static const enum fake_way ways[] = {FAKE_AT_ONCE, FAKE_HANGS, FAKE_UNDOES, FAKE_DEAF};
    struct fake *fake = fake_new(crowd->runtime, ways[kind % 4], AW_OK);

    fake->ud = crowd;
    fake->on_delivered = count_delivery;
    fake->destroyed = &crowd->destroyed;
    return fake;
}

/* Starts, waits, and cancels its own and others' operations, finished ones among them. */
static void *mingle(void *arg)
{
    struct crowd *crowd = arg;

    for (unsigned i = 0; i < ROUNDS; i++) {
        struct fake *fake = crowd_fake(crowd, i);
        aw_op handle = 0;
        int rc;

        if (i % 5 == 0)
            rc = aw__op_run(&fake->op, 1 + (int)(i % 3), NULL, NULL);
        else
            rc = aw__op_start(&fake->op, 1 + (int)(i % 7), NULL, &handle, NULL);
        atomic_fetch_add(&crowd->wrong, rc != AW_OK && rc != AW_E_TIMEOUT && rc != AW_E_CANCELED);
        atomic_fetch_add(&crowd->started, 1);
        if (i % 3 == 0)
            aw_op_cancel(crowd->runtime, handle);
        aw_op_cancel(crowd->runtime, atomic_exchange(&crowd->newest, handle));
        aw__op_unref(&fake->op);
    }
    return NULL;
}

static void mingle_all(struct crowd *crowd)
{
    pthread_t threads[THREADS];

    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, mingle, crowd), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    aw_runtime_free(crowd->runtime);
    assert_int_equal(atomic_load(&crowd->started), THREADS * ROUNDS);
    assert_int_equal(atomic_load(&crowd->delivered), THREADS * ROUNDS);
    assert_int_equal(atomic_load(&crowd->destroyed), THREADS * ROUNDS);
    assert_int_equal(atomic_load(&crowd->wrong), 0);
}

/* Freed while the last operations are under way: these end with AW_E_CLOSED. */
static void many_threads_and_a_started_runtime(void **state)
{
    (void)state;
    struct crowd crowd = {.runtime = runtime_started(2)};

    mingle_all(&crowd);
}

/* Nobody runs the loop but those who wait, in turns. */
static void many_threads_and_nobody_elses_loop(void **state)
{
    (void)state;
    struct crowd crowd = {.runtime = runtime_idle(2)};

    mingle_all(&crowd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(completes_once_and_later),
        cmocka_unit_test(never_before_return_on_the_loop_either),
        cmocka_unit_test(failures_reach_who_asked),
        cmocka_unit_test(success_leaves_the_error_alone),
        cmocka_unit_test(cancel_stops_once),
        cmocka_unit_test(what_succeeds_though_stopped_has_succeeded),
        cmocka_unit_test(unknown_handles_are_harmless),
        cmocka_unit_test(canceled_before_the_loop_saw_it),
        cmocka_unit_test(the_deadline_stops),
        cmocka_unit_test(out_of_time_before_its_turn),
        cmocka_unit_test(finishing_twice_does_nothing),
        cmocka_unit_test(waiting_on_the_loop_is_refused),
        cmocka_unit_test(many_at_once_without_memory_to_grow),
        cmocka_unit_test(no_allocation_beyond_the_operation),
        cmocka_unit_test(many_threads_and_a_started_runtime),
        cmocka_unit_test(many_threads_and_nobody_elses_loop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
