/*
 * The driver of flows: the order of steps, what a step can say, undoing, and what peers do. How flows are stopped is in
 * test_driver_stop.c, flows within flows are in test_driver_members.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include <actingweb/log.h>

#include "support/steps.h"

/* ---- what steps say ---- */

CONVERSATION(plain, {"a", AW_STORE, step_a, NULL, step_a_undo}, {"one", AW_PEER, step_one, NULL, step_one_undo},
             {"two", AW_PEER, step_two, step_two_reply, step_two_undo}, {"b", AW_STORE, step_b, NULL, step_b_undo});

static void test_steps_run_in_order(void **state)
{
    (void)state;
    expect(&plain, AW_OK, "a 1 2 2r b");
    assert_int_equal(aw_fake_peer_count(bob), 2);
}

CONVERSATION(skipping, {"s", AW_STORE, step_skipped, NULL, step_a_undo},
             {"f", AW_STORE, step_failing, NULL, step_failing_undo});

static void test_a_skipped_step_is_not_undone(void **state)
{
    (void)state;
    expect(&skipping, AW_E_CONFLICT, "s f -f");
}

CONVERSATION(repeating, {"three", AW_STORE, step_thrice, NULL, NULL}, {"fin", AW_STORE, step_finish, NULL, NULL},
             {"b", AW_STORE, step_b, NULL, NULL});

static void test_again_repeats_and_finish_ends(void **state)
{
    (void)state;
    expect(&repeating, AW_OK, "3 3 3 !");
}

CONVERSATION(failing, {"a", AW_STORE, step_a, NULL, step_a_undo}, {"one", AW_PEER, step_one, NULL, step_one_undo},
             {"b", AW_STORE, step_b, NULL, step_b_undo}, {"two", AW_PEER, step_two, NULL, step_two_undo},
             {"f", AW_STORE, step_failing, NULL, step_failing_undo});

static void test_undo_is_in_reverse_store_first(void **state)
{
    (void)state;
    expect(&failing, AW_E_CONFLICT, "a 1 b 2 f -f -b -a -2 -1");
    assert_int_equal(aw_fake_peer_count_of(bob, "DELETE", "/x/one"), 1);
    assert_int_equal(aw_fake_peer_count_of(bob, "DELETE", "/x/two"), 1);
}

CONVERSATION(not_telling, {"one", AW_PEER, step_one, NULL, step_undo_skipped},
             {"f", AW_STORE, step_failing, NULL, NULL});

static void test_an_undo_may_skip(void **state)
{
    (void)state;
    expect(&not_telling, AW_E_CONFLICT, "1 f -skip");
    assert_int_equal(aw_fake_peer_count_of(bob, "DELETE", NULL), 0);
}

/* ---- what peers do ---- */

static void test_a_refusal_fails_with_the_peers_reason(void **state)
{
    aw__flow *flow = make_flow(&plain, 0);
    aw_error err = {0};

    (void)state;
    aw_fake_peer_rule(bob, AW_WITH(fake_peer_rule, .method = "POST", .path = "/x/two", .status = 503,
                                   .headers = "Retry-After: 7\r\nContent-Type: application/json\r\n",
                                   .body = "{\"error\":{\"code\":503,\"message\":\"closed for lunch\"}}"));
    assert_int_equal(aw__flow_run(flow, NULL, &err), AW_E_HTTP);
    assert_int_equal(err.http_status, 503);
    assert_true(err.retriable);
    assert_int_equal(err.retry_after_ms, 7000);
    assert_non_null(strstr(err.message, "closed for lunch"));
    assert_string_equal(marks(flow), "a 1 2 2r -a -2 -1");
    free_flow(flow);
}

static void test_a_repeated_secret_is_not_shown(void **state)
{
    aw__flow *flow = make_flow(&plain, 0);
    aw_error err = {0};

    (void)state;
    aw_fake_peer_rule(bob, AW_WITH(fake_peer_rule, .path = "/x/one", .status = 400, .body = "what is secret?"));
    assert_int_equal(aw__flow_run(flow, NULL, &err), AW_E_HTTP);
    assert_null(strstr(err.message, "secret?"));
    free_flow(flow);
}

static void test_what_never_reached_the_peer_is_not_undone_there(void **state)
{
    aw__flow *flow = make_flow(&plain, 0);
    aw_error err = {0};

    (void)state;
    aw_fake_peer_refuse(bob);
    assert_int_equal(aw__flow_run(flow, NULL, &err), AW_E_CONNECT);
    assert_string_equal(marks(flow), "a 1 -a");
    free_flow(flow);
}

static void test_no_answer_is_undone_at_the_peer(void **state)
{
    (void)state;
    x_fails("POST", "/x/one", AW_FAKE_RESET);
    expect(&plain, AW_E_CONNECT, "a 1 -a -1");
    assert_int_equal(aw_fake_peer_count_of(bob, "DELETE", "/x/one"), 1);
}

static void test_an_undo_that_the_peer_refuses_changes_nothing(void **state)
{
    (void)state;
    x_answers("POST", "/x/two", 500);
    x_answers("DELETE", "/x/two", 500);
    x_fails("DELETE", "/x/one", AW_FAKE_CLOSE);
    expect(&plain, AW_E_HTTP, "a 1 2 2r -a -2 -1");
}

CONVERSATION(forgiving, {"one", AW_PEER, step_one, NULL, step_one_undo, true},
             {"two", AW_PEER, step_two, step_two_reply, NULL, true}, {"b", AW_STORE, step_b, NULL, NULL});

static void test_an_optional_step_may_fail(void **state)
{
    (void)state;
    x_fails("POST", "/x/one", AW_FAKE_CLOSE);
    x_answers("POST", "/x/two", 500);
    expect(&forgiving, AW_OK, "1 2 2r b");
}

CONVERSATION(tolerant, {"one", AW_PEER, step_one, NULL, step_one_undo, false, AW_E_CONNECT},
             {"b", AW_STORE, step_b, NULL, NULL});

/* That failure, and no other. */
static void test_a_step_may_fail_in_one_way(void **state)
{
    (void)state;
    x_fails("POST", "/x/one", AW_FAKE_CLOSE);
    expect(&tolerant, AW_OK, "1 b");
    x_answers("POST", "/x/one", 500);
    expect(&tolerant, AW_E_HTTP, "1 -1");
}

/* ---- the rest ---- */

static bool refused;

static void run_inside(aw__flow *flow, const aw_error *err, void *ud)
{
    aw__flow *other = make_flow(&plain, 0);
    aw_error why = {0};

    refused = aw__flow_run(other, NULL, &why) == AW_E_REENTRANT;
    free_flow(other);
    test_outcome_set(flow, err, ud);
}

static void test_waiting_inside_the_loop_is_refused(void **state)
{
    aw__flow *flow = make_flow(&plain, 0);
    test_outcome outcome;
    aw_error err = {0};

    (void)state;
    test_outcome_init(&outcome);
    assert_int_equal(aw__flow_start(flow, run_inside, NULL, &outcome, NULL, &err), AW_OK);
    assert_int_equal(test_outcome_wait(&outcome), AW_OK);
    assert_true(refused);
    free_flow(flow);
    test_outcome_free(&outcome);
}

static char traced[1024];

static void keep_line(aw_log_level level, const char *line, void *ud)
{
    (void)ud;
    if (level == AW_LOG_TRACE && strlen(traced) + strlen(line) + 2 < sizeof(traced)) {
        strcat(traced, line);
        strcat(traced, "\n");
    }
}

static void test_steps_are_traced(void **state)
{
    (void)state;
    aw_log_to(keep_line, AW_LOG_TRACE, NULL);
    expect(&plain, AW_OK, "a 1 2 2r b");
    aw_log_to(NULL, AW_LOG_ERROR, NULL);
    assert_non_null(strstr(traced, "plain/a -> one "));
    assert_non_null(strstr(traced, "plain/two -> b "));
    assert_non_null(strstr(traced, "plain/b -> done "));
    assert_non_null(strstr(traced, " ms\n"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, steps_set_up, pair_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(steps_run_in_order),
        TEST(a_skipped_step_is_not_undone),
        TEST(again_repeats_and_finish_ends),
        TEST(undo_is_in_reverse_store_first),
        TEST(an_undo_may_skip),
        TEST(a_refusal_fails_with_the_peers_reason),
        TEST(a_repeated_secret_is_not_shown),
        TEST(what_never_reached_the_peer_is_not_undone_there),
        TEST(no_answer_is_undone_at_the_peer),
        TEST(an_undo_that_the_peer_refuses_changes_nothing),
        TEST(an_optional_step_may_fail),
        TEST(a_step_may_fail_in_one_way),
        TEST(waiting_inside_the_loop_is_refused),
        TEST(steps_are_traced),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
