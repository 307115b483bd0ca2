/*
 * Groups: turns, the common deadline, cancelling, waiting, and the callback when all is done.
 */
#include "fake_op.h"

enum { MEMBERS = 40 };

struct party {
    aw_runtime *runtime;
    aw_group *group;
    struct fake *fakes[MEMBERS];
    int in_flight, most_in_flight, delivered;
    int began[MEMBERS], begun;
    /* on_done */
    struct gate done;
    int done_calls, delivered_before_done;
    bool done_inside;
    int rc_of_late_member;
    aw_group_result result;
};

static struct party *party_new(aw_runtime *runtime, const aw_group_params *params)
{
    struct party *party = test_calloc(1, sizeof(*party));

    party->runtime = runtime;
    pthread_mutex_init(&party->done.lock, NULL);
    pthread_cond_init(&party->done.opened, NULL);
    party->group = aw__group_new(runtime, params);
    assert_non_null(party->group);
    return party;
}

static void party_free(struct party *party)
{
    for (int i = 0; i < MEMBERS; i++)
        if (party->fakes[i])
            fake_unref(party->fakes[i]);
    aw_group_free(party->group);
    aw_runtime_free(party->runtime);
    test_free(party);
}

static void count_delivery(struct fake *fake, const aw_error *err)
{
    struct party *party = fake->ud;

    (void)err;
    party->delivered++;
}

static int invite(struct party *party, int i, enum fake_way way, int code, int timeout_ms)
{
    party->fakes[i] = fake_new(party->runtime, way, code);
    party->fakes[i]->ud = party;
    party->fakes[i]->on_delivered = count_delivery;
    return aw__op_start(&party->fakes[i]->op, timeout_ms, party->group, NULL, NULL);
}

static void on_done(aw_group *group, const aw_group_result *result, void *ud)
{
    struct party *party = ud;
    struct fake *late = fake_new(party->runtime, FAKE_AT_ONCE, AW_OK);

    party->done_calls++;
    party->delivered_before_done = party->delivered;
    party->done_inside = aw__runtime_inside(party->runtime);
    party->result = *result;
    party->rc_of_late_member = aw__op_start(&late->op, 0, group, NULL, NULL);
    fake_unref(late);
    gate_open(&party->done);
}

static void each_counts_and_none_touches_another(void **state)
{
    (void)state;
    struct party *party = party_new(runtime_started(1), NULL);
    static const int codes[] = {AW_OK, AW_E_STORE, AW_E_CANCELED, AW_E_TIMEOUT};
    aw_group_result result;

    for (int i = 0; i < MEMBERS; i++)
        assert_int_equal(invite(party, i, FAKE_AT_ONCE, codes[i % 4], 0), AW_OK);
    assert_int_equal(aw_group_wait(party->group, &result, NULL), AW_OK);
    assert_int_equal(result.succeeded, MEMBERS / 4);
    assert_int_equal(result.failed, MEMBERS / 4);
    assert_int_equal(result.canceled, MEMBERS / 4);
    assert_int_equal(result.timed_out, MEMBERS / 4);
    for (int i = 0; i < MEMBERS; i++)
        assert_int_equal(party->fakes[i]->code_delivered, codes[i % 4]);
    party_free(party);
}

static void done_comes_once_and_last(void **state)
{
    (void)state;
    struct party *party = party_new(runtime_started(1), NULL);
    aw_group_result result;

    for (int i = 0; i < MEMBERS; i++)
        invite(party, i, i % 2 ? FAKE_AT_ONCE : FAKE_HANGS, AW_OK, i % 2 ? 0 : 1 + i % 20);
    assert_int_equal(aw_group_on_done(party->group, on_done, party), AW_OK);
    assert_int_equal(aw_group_on_done(party->group, on_done, party), AW_E_EXISTS);
    assert_int_equal(aw_group_on_done(party->group, NULL, NULL), AW_E_INVALID);
    assert_int_equal(aw_group_on_done(NULL, on_done, NULL), AW_E_INVALID);
    assert_int_equal(aw_group_wait(party->group, &result, NULL), AW_OK);
    settle(party->runtime);
    assert_int_equal(party->done_calls, 1);
    assert_int_equal(party->delivered_before_done, MEMBERS);
    assert_true(party->done_inside);
    assert_int_equal(party->rc_of_late_member, AW_E_CLOSED);
    assert_int_equal(party->result.succeeded, MEMBERS / 2);
    assert_int_equal(party->result.timed_out, MEMBERS / 2);
    assert_memory_equal(&party->result, &result, sizeof(result));
    party_free(party);
}

static void set_done(void *arg)
{
    struct party *party = arg;

    aw_group_on_done(party->group, on_done, party);
    party->delivered = party->done_calls; /* 0: not inside aw_group_on_done() */
}

static void an_empty_group_is_done_later(void **state)
{
    (void)state;
    struct party *party = party_new(runtime_started(1), NULL);
    aw_group_result none = {0}, result;

    assert_int_equal(aw_group_wait(party->group, &result, NULL), AW_OK);
    on_loop(party->runtime, set_done, party);
    gate_pass(&party->done);
    settle(party->runtime);
    assert_int_equal(party->delivered, 0);
    assert_int_equal(party->done_calls, 1);
    assert_memory_equal(&party->result, &none, sizeof(none));
    assert_memory_equal(&result, &none, sizeof(none));
    party_free(party);
}

/* Sealed by on-done, the group takes members from members' callbacks only. */
static void bring_another(struct fake *fake, const aw_error *err)
{
    struct party *party = fake->ud;
    int next = ++party->delivered;

    (void)err;
    if (next < MEMBERS && invite(party, next, FAKE_AT_ONCE, AW_OK, 0) == AW_OK)
        party->fakes[next]->on_delivered = bring_another;
}

static void members_may_bring_members(void **state)
{
    (void)state;
    struct party *party = party_new(runtime_idle(1), NULL);
    struct fake *stranger = fake_new(party->runtime, FAKE_AT_ONCE, AW_OK);

    assert_int_equal(invite(party, 0, FAKE_AT_ONCE, AW_OK, 0), AW_OK);
    party->fakes[0]->on_delivered = bring_another;
    assert_int_equal(aw_group_on_done(party->group, on_done, party), AW_OK);
    assert_int_equal(aw__op_start(&stranger->op, 0, party->group, NULL, NULL), AW_E_CLOSED);
    assert_int_equal(aw_group_wait(party->group, NULL, NULL), AW_OK);
    assert_int_equal(stranger->deliveries, 0);
    assert_int_equal(party->done_calls, 1);
    assert_int_equal(party->delivered_before_done, MEMBERS);
    assert_int_equal(party->result.succeeded, MEMBERS);
    fake_unref(stranger);
    party_free(party);
}

/* ---- Turns ---- */

struct slow {
    aw__op op;
    aw__timer timer;
    struct party *party;
    int number;
};

static void slow_end(void *arg)
{
    struct slow *slow = arg;

    slow->party->in_flight--;
    aw__op_finish(&slow->op, NULL);
}

static void slow_start(aw__op *op)
{
    struct slow *slow = (struct slow *)op;
    struct party *party = slow->party;

    party->began[party->begun++] = slow->number;
    if (++party->in_flight > party->most_in_flight)
        party->most_in_flight = party->in_flight;
    /* Some finish at once, some soon. */
    if (slow->number % 3)
        aw__timer_start(op->runtime, &slow->timer, 1, slow_end, slow);
    else
        slow_end(slow);
}

static void slow_stop(aw__op *op, int code)
{
    aw_error err;

    aw__timer_stop(op->runtime, &((struct slow *)op)->timer);
    aw__fail(&err, code, "stopped");
    aw__op_finish(op, &err);
}

static void slow_deliver(aw__op *op, const aw_error *err)
{
    (void)op;
    (void)err;
}

static void slow_destroy(aw__op *op)
{
    aw__free(op);
}

static const aw__op_class slow_class = {"slow", slow_start, slow_stop, slow_deliver, slow_destroy};

static void turns_in_order_and_no_more_at_once(void **state)
{
    (void)state;
    struct party *party = party_new(runtime_started(1), AW_WITH(group, .max_in_flight = 5));

    for (int i = 0; i < MEMBERS; i++) {
        struct slow *slow = aw__calloc(1, sizeof(*slow));

        aw__op_init(&slow->op, &slow_class, party->runtime);
        slow->party = party;
        slow->number = i;
        assert_int_equal(aw__op_start(&slow->op, 0, party->group, NULL, NULL), AW_OK);
        aw__op_unref(&slow->op);
    }
    assert_int_equal(aw_group_wait(party->group, NULL, NULL), AW_OK);
    assert_int_equal(party->begun, MEMBERS);
    assert_in_range(party->most_in_flight, 1, 5);
    for (int i = 0; i < MEMBERS; i++)
        assert_int_equal(party->began[i], i);
    party_free(party);
}

/* A member that finishes where it begins starts the next: fifty thousand of them need no deep stack. */
static void a_long_queue_needs_no_deep_stack(void **state)
{
    (void)state;
    enum { LONG = 50000 };
    struct party *party = party_new(runtime_idle(1), AW_WITH(group, .max_in_flight = 1));
    struct fake *first = fake_new(party->runtime, FAKE_HANGS, AW_OK);
    aw_group_result result;
    aw_op handle;

    assert_int_equal(aw__op_start(&first->op, 0, party->group, &handle, NULL), AW_OK);
    fake_unref(first);
    for (int i = 0; i < LONG; i++) {
        struct fake *fake = fake_new(party->runtime, FAKE_AT_ONCE, AW_OK);

        assert_int_equal(aw__op_start(&fake->op, 0, party->group, NULL, NULL), AW_OK);
        fake_unref(fake);
    }
    aw_op_cancel(party->runtime, handle);
    assert_int_equal(aw_group_wait(party->group, &result, NULL), AW_OK);
    assert_int_equal(result.succeeded, LONG);
    assert_int_equal(result.canceled, 1);
    party_free(party);
}

struct tell {
    struct party *party;
    struct gate *gate;
};

static void tell_second(void *arg)
{
    struct tell *tell = arg;

    tell->party->fakes[1]->delivered = tell->gate;
    if (tell->party->fakes[1]->deliveries)
        gate_open(tell->gate);
}

static void a_members_own_deadline_counts_while_it_waits(void **state)
{
    (void)state;
    struct party *party = party_new(runtime_started(1), AW_WITH(group, .max_in_flight = 1));
    struct gate second = GATE;
    aw_group_result result;

    invite(party, 0, FAKE_HANGS, AW_OK, 0);
    invite(party, 1, FAKE_AT_ONCE, AW_OK, 5);
    on_loop(party->runtime, tell_second, &(struct tell){party, &second});
    gate_pass(&second);
    settle(party->runtime);
    assert_int_equal(party->fakes[0]->deliveries, 0);
    assert_int_equal(aw_op_cancel(party->runtime, party->fakes[0]->op.handle), AW_OK);
    assert_int_equal(aw_group_wait(party->group, &result, NULL), AW_OK);
    assert_int_equal(party->fakes[1]->starts, 0);
    assert_int_equal(party->fakes[1]->code_delivered, AW_E_TIMEOUT);
    assert_int_equal(party->fakes[0]->starts, 1);
    assert_int_equal(party->fakes[0]->code_delivered, AW_E_CANCELED);
    party_free(party);
}

/* ---- Stopping all ---- */

static void the_deadline_ends_running_and_waiting_members(void **state)
{
    (void)state;
    struct party *party = party_new(runtime_started(1), AW_WITH(group, .deadline_ms = 30, .max_in_flight = 3));
    aw_group_result result;

    for (int i = 0; i < MEMBERS; i++)
        invite(party, i, i % 2 ? FAKE_UNDOES : FAKE_HANGS, AW_OK, 0);
    assert_int_equal(aw_group_wait(party->group, &result, NULL), AW_OK);
    assert_int_equal(result.timed_out, MEMBERS);
    for (int i = 0; i < MEMBERS; i++) {
        assert_in_range(party->fakes[i]->starts, 0, i < 3);
        assert_int_equal(party->fakes[i]->stops, party->fakes[i]->starts);
        assert_int_equal(party->fakes[i]->code_delivered, AW_E_TIMEOUT);
    }
    party_free(party);
}

static void after_the_deadline_nothing_begins(void **state)
{
    (void)state;
    struct party *party = party_new(runtime_started(1), AW_WITH(group, .deadline_ms = 1));

    sleep_ms(10);
    assert_int_equal(invite(party, 0, FAKE_AT_ONCE, AW_OK, 0), AW_OK);
    assert_int_equal(aw_group_wait(party->group, NULL, NULL), AW_OK);
    assert_int_equal(party->fakes[0]->starts, 0);
    assert_int_equal(party->fakes[0]->code_delivered, AW_E_TIMEOUT);
    party_free(party);
}

static void canceling_what_is_out_of_time_changes_nothing(void **state)
{
    (void)state;
    struct party *party = party_new(runtime_idle(1), AW_WITH(group, .deadline_ms = 20));
    aw_group_result result;

    invite(party, 0, FAKE_UNDOES, AW_OK, 0);
    aw_runtime_process(party->runtime);
    sleep_ms(30);
    aw_runtime_process(party->runtime); /* now it is undoing */
    aw_group_cancel(party->group);
    assert_int_equal(aw_group_wait(party->group, &result, NULL), AW_OK);
    assert_int_equal(result.timed_out, 1);
    assert_in_range(party->fakes[0]->stops, 0, 1);
    party_free(party);
}

static void cancel_ends_all_and_refuses_later_ones(void **state)
{
    (void)state;
    struct party *party = party_new(runtime_started(1), AW_WITH(group, .max_in_flight = 3));
    aw_group_result result;
    aw_error err = {0};

    for (int i = 0; i < MEMBERS - 1; i++)
        invite(party, i, i % 2 ? FAKE_UNDOES : FAKE_HANGS, AW_OK, 0);
    aw_group_cancel(party->group);
    aw_group_cancel(party->group);
    aw_group_cancel(NULL);
    assert_int_equal(invite(party, MEMBERS - 1, FAKE_AT_ONCE, AW_OK, 0), AW_E_CLOSED);
    assert_int_equal(aw__op_run(&party->fakes[MEMBERS - 1]->op, 0, party->group, &err), AW_E_CLOSED);
    assert_int_equal(err.code, AW_E_CLOSED);
    assert_int_equal(aw_group_wait(party->group, &result, NULL), AW_OK);
    assert_int_equal(result.canceled, MEMBERS - 1);
    for (int i = 0; i < MEMBERS - 1; i++)
        assert_int_equal(party->fakes[i]->code_delivered, AW_E_CANCELED);
    assert_int_equal(party->fakes[MEMBERS - 1]->deliveries, 0);
    assert_int_equal(aw_runtime_in_flight(party->runtime), 0);
    party_free(party);
}

static void the_handle_may_go_before_the_members(void **state)
{
    (void)state;
    struct party *party = party_new(runtime_started(1), AW_WITH(group, .deadline_ms = 3600 * 1000));

    for (int i = 0; i < MEMBERS; i++)
        invite(party, i, FAKE_HANGS, AW_OK, 5);
    aw_group_on_done(party->group, on_done, party);
    aw_group_free(party->group);
    party->group = NULL;
    gate_pass(&party->done);
    settle(party->runtime);
    assert_int_equal(party->result.timed_out, MEMBERS);
    party_free(party);
}

static void a_group_outlives_its_runtime(void **state)
{
    (void)state;
    struct party *party = party_new(runtime_started(1), AW_WITH(group, .deadline_ms = 3600 * 1000));

    for (int i = 0; i < MEMBERS; i++)
        invite(party, i, FAKE_UNDOES, AW_OK, 0);
    aw_group_on_done(party->group, on_done, party);
    aw_runtime_free(party->runtime);
    party->runtime = NULL;
    assert_int_equal(party->done_calls, 1);
    assert_int_equal(party->result.failed, MEMBERS);
    assert_int_equal(party->fakes[0]->code_delivered, AW_E_CLOSED);
    aw_group_cancel(party->group);
    party_free(party);
}

static void wait_on_loop(void *arg)
{
    struct party *party = arg;

    party->begun = aw_group_wait(party->group, NULL, NULL);
}

static void what_cannot_be(void **state)
{
    (void)state;
    struct party *party = party_new(runtime_started(1), NULL);
    aw_runtime *other = runtime_idle(1);
    struct fake *fake = fake_new(other, FAKE_AT_ONCE, AW_OK);
    aw_group_params unsized = {0};
    aw_group *group;

    on_loop(party->runtime, wait_on_loop, party);
    assert_int_equal(party->begun, AW_E_REENTRANT);
    assert_int_equal(aw_group_wait(NULL, NULL, NULL), AW_E_INVALID);
    assert_int_equal(aw__op_start(&fake->op, 0, party->group, NULL, NULL), AW_E_INVALID);
    assert_null(aw__group_new(NULL, NULL));
    assert_null(aw__group_new(other, &unsized));
    aw__alloc_fail_at(1, false);
    assert_null(aw__group_new(other, NULL));
    aw__alloc_fail_at(0, false);
    group = aw__group_new(NULL, AW_WITH(group, .runtime = other));
    assert_non_null(group);
    aw_group_free(group);
    aw_group_free(NULL);
    fake_unref(fake);
    aw_runtime_free(other);
    party_free(party);
}

/* ---- Many threads ---- */

enum { THREADS = 4, ROUNDS = 40 };

struct crowd {
    aw_runtime *runtime;
    aw_group *shared;
    atomic_int delivered, accepted, wrong, done;
};

static void count_in_crowd(struct fake *fake, const aw_error *err)
{
    struct crowd *crowd = fake->ud;

    (void)err;
    atomic_fetch_add(&crowd->delivered, 1);
}

static void crowd_done(aw_group *group, const aw_group_result *result, void *ud)
{
    struct crowd *crowd = ud;

    (void)group;
    (void)result;
    atomic_fetch_add(&crowd->done, 1);
}

static void add_some(struct crowd *crowd, aw_group *group, int count)
{
    static const enum fake_way ways[] = {FAKE_AT_ONCE, FAKE_HANGS, FAKE_UNDOES};

    for (int i = 0; i < count; i++) {
        struct fake *fake = fake_new(crowd->runtime, ways[i % 3], AW_OK);

        fake->ud = crowd;
        fake->on_delivered = count_in_crowd;
        if (aw__op_start(&fake->op, 1 + i % 10, group, NULL, NULL) == AW_OK)
            atomic_fetch_add(&crowd->accepted, 1);
        aw__op_unref(&fake->op);
    }
}

/* Groups of its own, canceled, waited for and let go of, and one that all threads share. */
static void *mingle(void *arg)
{
    struct crowd *crowd = arg;

    for (int i = 0; i < ROUNDS; i++) {
        aw_group *mine =
            aw__group_new(crowd->runtime, AW_WITH(group, .deadline_ms = i % 4 ? 0 : 3, .max_in_flight = i % 3));
        aw_group_result result = {0};

        add_some(crowd, mine, 10);
        add_some(crowd, crowd->shared, 3);
        if (i % 2)
            aw_group_cancel(mine);
        aw_group_on_done(mine, crowd_done, crowd);
        if (i % 3) {
            aw_group_wait(mine, &result, NULL);
            size_t ended = result.succeeded + result.canceled + result.timed_out;

            atomic_fetch_add(&crowd->wrong, ended != 10 || result.failed);
        }
        aw_group_free(mine);
    }
    aw_group_wait(crowd->shared, NULL, NULL);
    return NULL;
}

static void mingle_all(aw_runtime *runtime)
{
    struct crowd crowd = {.runtime = runtime, .shared = aw__group_new(runtime, AW_WITH(group, .max_in_flight = 2))};
    pthread_t threads[THREADS];

    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, mingle, &crowd), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    aw_group_wait(crowd.shared, NULL, NULL);
    /* Groups that were let go of may still have members. */
    aw_runtime_free(runtime);
    aw_group_free(crowd.shared);
    assert_int_equal(atomic_load(&crowd.accepted), THREADS * ROUNDS * 13);
    assert_int_equal(atomic_load(&crowd.delivered), THREADS * ROUNDS * 13);
    assert_int_equal(atomic_load(&crowd.done), THREADS * ROUNDS);
    assert_int_equal(atomic_load(&crowd.wrong), 0);
}

static void many_threads_and_a_started_runtime(void **state)
{
    (void)state;
    mingle_all(runtime_started(1));
}

static void many_threads_and_nobody_elses_loop(void **state)
{
    (void)state;
    mingle_all(runtime_idle(1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_counts_and_none_touches_another),
        cmocka_unit_test(done_comes_once_and_last),
        cmocka_unit_test(an_empty_group_is_done_later),
        cmocka_unit_test(members_may_bring_members),
        cmocka_unit_test(turns_in_order_and_no_more_at_once),
        cmocka_unit_test(a_long_queue_needs_no_deep_stack),
        cmocka_unit_test(a_members_own_deadline_counts_while_it_waits),
        cmocka_unit_test(the_deadline_ends_running_and_waiting_members),
        cmocka_unit_test(after_the_deadline_nothing_begins),
        cmocka_unit_test(canceling_what_is_out_of_time_changes_nothing),
        cmocka_unit_test(cancel_ends_all_and_refuses_later_ones),
        cmocka_unit_test(the_handle_may_go_before_the_members),
        cmocka_unit_test(a_group_outlives_its_runtime),
        cmocka_unit_test(what_cannot_be),
        cmocka_unit_test(many_threads_and_a_started_runtime),
        cmocka_unit_test(many_threads_and_nobody_elses_loop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
