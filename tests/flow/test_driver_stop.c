/*
 * The driver of flows: cancelling, deadlines, and the end of the runtime or the site.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <unistd.h>

#include "base/clock.h"
#include "support/steps.h"

CONVERSATION(plain, {"a", AW_STORE, step_a, NULL, step_a_undo}, {"one", AW_PEER, step_one, NULL, step_one_undo},
             {"two", AW_PEER, step_two, step_two_reply, step_two_undo}, {"b", AW_STORE, step_b, NULL, step_b_undo});

static void test_cancel_while_the_peer_hangs(void **state)
{
    aw__flow *flow = make_flow(&plain, 0);
    test_outcome outcome;

    (void)state;
    x_fails("POST", "/x/two", AW_FAKE_HANG);
    x_answers("DELETE", "/x/two", 204);
    ((struct marks *)flow->state)->early = &outcome;
    aw_op op = start_flow(flow, &outcome);

    assert_true(aw_fake_peer_wait_for(bob, "POST", "/x/two", 1, 10000));
    assert_int_equal(aw_op_cancel(t->site.runtime, op), AW_OK);
    assert_int_equal(test_outcome_wait(&outcome), AW_E_CANCELED);
    assert_true(aw_fake_peer_wait_for(bob, "DELETE", "/x/two", 1, 10000));
    assert_true(aw_fake_peer_wait_for(bob, "DELETE", "/x/one", 1, 10000));
    aw_runtime_free(t->site.runtime);
    t->site.runtime = NULL;
    assert_int_equal(test_outcome_completions(&outcome), 1);
    assert_string_equal(marks(flow), "a 1 2 -a -2 -1");
    free_flow(flow);
    test_outcome_free(&outcome);
}

static void test_deadline_while_the_peer_hangs(void **state)
{
    aw__flow *flow = make_flow(&plain, 1000);
    aw_error err = {0};

    (void)state;
    x_fails("POST", "/x/one", AW_FAKE_HANG);
    assert_int_equal(aw__flow_run(flow, NULL, &err), AW_E_TIMEOUT);
    assert_true(err.retriable);
    assert_true(aw_fake_peer_wait_for(bob, "DELETE", "/x/one", 1, 10000));
    free_flow(flow);
}

/* The operation does not wait for the undo longer than its deadline; the undo goes on without it. */
static void test_deadline_while_undoing_at_the_peer(void **state)
{
    aw__flow *flow = make_flow(&plain, 2000);
    aw_error err = {0};

    (void)state;
    x_answers("POST", "/x/two", 500);
    aw_fake_peer_rule(bob, AW_WITH(fake_peer_rule, .method = "DELETE", .path = "/x/two", .times = 1,
                                   .fault = AW_FAKE_HANG));
    assert_int_equal(aw__flow_run(flow, NULL, &err), AW_E_TIMEOUT);
    assert_true(aw_fake_peer_wait_for(bob, "DELETE", "/x/two", 2, 10000));
    assert_true(aw_fake_peer_wait_for(bob, "DELETE", "/x/one", 1, 10000));
    free_flow(flow);
}

CONVERSATION(waiting, {"a", AW_STORE, step_a, NULL, step_a_undo}, {"w", AW_STORE, step_wait, NULL, step_wait_undo},
             {"b", AW_STORE, step_b, NULL, step_b_undo});

static void test_a_store_step_that_has_begun_is_waited_for(void **state)
{
    aw__flow *flow = make_flow(&waiting, 0);
    test_outcome outcome;

    (void)state;
    aw_op op = start_flow(flow, &outcome);

    wait_until_begun(flow);
    assert_int_equal(aw_op_cancel(t->site.runtime, op), AW_OK);
    usleep(50000);
    assert_int_equal(test_outcome_completions(&outcome), 0);
    let_go(flow);
    assert_int_equal(test_outcome_wait(&outcome), AW_E_CANCELED);
    assert_string_equal(marks(flow), "a w -w -a");
    free_flow(flow);
    test_outcome_free(&outcome);
}

CONVERSATION(waiting_last, {"a", AW_STORE, step_a, NULL, step_a_undo},
             {"w", AW_STORE, step_wait, NULL, step_wait_undo});

static void test_a_stop_during_the_last_step_comes_too_late(void **state)
{
    aw__flow *flow = make_flow(&waiting_last, 0);
    test_outcome outcome;

    (void)state;
    aw_op op = start_flow(flow, &outcome);

    wait_until_begun(flow);
    aw_op_cancel(t->site.runtime, op);
    usleep(50000);
    let_go(flow);
    assert_int_equal(test_outcome_wait(&outcome), AW_OK);
    assert_string_equal(marks(flow), "a w");
    free_flow(flow);
    test_outcome_free(&outcome);
}

/* Both workers of the site are held, so the third flow's step cannot begin. */
static void test_a_store_step_that_has_not_begun_is_withdrawn(void **state)
{
    aw__flow *held[2], *flow;
    test_outcome outcomes[2], outcome;

    (void)state;
    for (int i = 0; i < 2; i++) {
        held[i] = make_flow(&waiting_last, 0);
        start_flow(held[i], &outcomes[i]);
        wait_until_begun(held[i]);
    }
    flow = make_flow(&plain, 0);
    aw_op op = start_flow(flow, &outcome);

    usleep(50000);
    aw_op_cancel(t->site.runtime, op);
    assert_int_equal(test_outcome_wait(&outcome), AW_E_CANCELED);
    assert_string_equal(marks(flow), "");
    for (int i = 0; i < 2; i++) {
        let_go(held[i]);
        assert_int_equal(test_outcome_wait(&outcomes[i]), AW_OK);
        free_flow(held[i]);
        test_outcome_free(&outcomes[i]);
    }
    free_flow(flow);
    test_outcome_free(&outcome);
}

static void test_freeing_the_runtime_undoes_the_store_and_asks_nobody(void **state)
{
    aw__flow *flow = make_flow(&plain, 0);
    test_outcome outcome;

    (void)state;
    x_fails("POST", "/x/one", AW_FAKE_HANG);
    start_flow(flow, &outcome);
    assert_true(aw_fake_peer_wait_for(bob, "POST", "/x/one", 1, 10000));
    aw_runtime_free(t->site.runtime);
    t->site.runtime = NULL;
    assert_int_equal(test_outcome_completions(&outcome), 1);
    assert_int_equal(outcome.error.code, AW_E_CLOSED);
    assert_string_equal(marks(flow), "a 1 -a");
    free_flow(flow);
    test_outcome_free(&outcome);
}

static void test_freeing_the_runtime_ends_an_undo_in_the_background(void **state)
{
    aw__flow *flow = make_flow(&plain, 1000);
    aw_error err = {0};
    uint64_t before;

    (void)state;
    x_fails("POST", "/x/one", AW_FAKE_HANG);
    x_fails("DELETE", "/x/one", AW_FAKE_HANG);
    assert_int_equal(aw__flow_run(flow, NULL, &err), AW_E_TIMEOUT);
    assert_true(aw_fake_peer_wait_for(bob, "DELETE", "/x/one", 1, 10000));
    before = aw__now_ms();
    aw_runtime_free(t->site.runtime);
    t->site.runtime = NULL;
    assert_true(aw__now_ms() - before < AW__FLOW_UNDO_MS / 2);
    free_flow(flow);
}

/* A hanging flow, one that still undoes at the peer, and the end of their site, whose runtime lives on. */
static void end_site(bool embedded)
{
    test_outcome outcomes[2];
    aw__flow *flows[2];

    if (embedded) {
        test_site_free(t);
        t = test_site_new_embedded();
    }
    x_fails("POST", "/x/", AW_FAKE_HANG);
    x_fails("DELETE", "/x/", AW_FAKE_HANG);
    for (int i = 0; i < 2; i++) {
        flows[i] = make_flow(&plain, 0);
        aw_op op = start_flow(flows[i], &outcomes[i]);

        while (embedded && aw_fake_peer_count_of(bob, "POST", "/x/one") < (size_t)i + 1)
            test_site_pump(t);
        assert_true(aw_fake_peer_wait_for(bob, "POST", "/x/one", (size_t)i + 1, 10000));
        if (i == 0)
            aw_op_cancel(t->site.runtime, op);
        while (embedded && i == 0 && !aw_fake_peer_count_of(bob, "DELETE", "/x/one"))
            test_site_pump(t);
    }
    assert_true(aw_fake_peer_wait_for(bob, "DELETE", "/x/one", 1, 10000));
    for (int i = 0; i < 2; i++)
        free_flow(flows[i]);
    aw__flow_close_all(&t->site);
    assert_int_equal(aw_runtime_in_flight(t->site.runtime), 0);
    assert_int_equal(test_outcome_wait(&outcomes[0]), AW_E_CANCELED);
    assert_int_equal(test_outcome_wait(&outcomes[1]), AW_E_CLOSED);
    for (int i = 0; i < 2; i++)
        test_outcome_free(&outcomes[i]);
}

static void test_the_end_of_a_site(void **state)
{
    (void)state;
    end_site(false);
    expect(&plain, AW_E_CLOSED, "");
}

static void test_the_end_of_an_embedded_site(void **state)
{
    (void)state;
    end_site(true);
}

#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, steps_set_up, pair_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(cancel_while_the_peer_hangs),
        TEST(deadline_while_the_peer_hangs),
        TEST(deadline_while_undoing_at_the_peer),
        TEST(a_store_step_that_has_begun_is_waited_for),
        TEST(a_stop_during_the_last_step_comes_too_late),
        TEST(a_store_step_that_has_not_begun_is_withdrawn),
        TEST(freeing_the_runtime_undoes_the_store_and_asks_nobody),
        TEST(freeing_the_runtime_ends_an_undo_in_the_background),
        TEST(the_end_of_a_site),
        TEST(the_end_of_an_embedded_site),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
