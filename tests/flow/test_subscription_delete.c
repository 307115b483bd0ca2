/*
 * The conversations "delete remote subscription" and "unsubscribe".
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actor/callback.h"
#include "flow/subscription_delete.h"
#include "support/subscribed.h"

static aw_error err;
static char at_subscriptions[160], at_callbacks[160]; /* of the subscription "sub" */

static int set_up(void **state)
{
    json_t *data = json_pack("{s:s}", "mood", "good");
    aw__callback_outcome outcome;

    pair_set_up_trusting(state);
    snprintf(at_subscriptions, sizeof(at_subscriptions), "/subscriptions/%s/sub", t->actor_id);
    snprintf(at_callbacks, sizeof(at_callbacks), "/callbacks/subscriptions/%s/sub", t->actor_id);
    outbound("sub", NULL, NULL);
    aw__callback callback = {.actor_id = t->actor_id, .peer_id = "bob", .subscription_id = "sub", .sequence = 1,
                             .data = data};

    assert_int_equal(aw__callback_receive(&t->site, &callback, &outcome, NULL, &err), AW_OK);
    json_decref(data);
    return 0;
}

static int end(const char *id)
{
    aw__flow *flow = NULL;
    int rc = aw__subscription_delete_new(&t->site, t->actor_id,
                                         AW_WITH(subscription_delete_remote, .peer_id = "bob", .subscription_id = id),
                                         &flow, &err);

    return run_flow(rc, flow, NULL, &err);
}

static int unsubscribe(const char *id)
{
    aw__flow *flow = NULL;
    int rc = aw__subscription_unsubscribe_new(
        &t->site, t->actor_id, AW_WITH(subscription_unsubscribe, .peer_id = "bob", .subscription_id = id), &flow, &err);

    return run_flow(rc, flow, NULL, &err);
}

static void test_as_the_specification_has_it(void **state)
{
    (void)state;
    assert_int_equal(end("sub"), AW_OK);
    aw_fake_peer_request request = bob_heard_request("DELETE", at_subscriptions, 0);

    assert_true(request_has(&request, "Authorization: Bearer secret-of-bob"));
    assert_int_equal(aw_fake_peer_count(bob), 1);
    assert_int_equal(sequence_of("bob", "sub"), -1);
    assert_string_equal(kept("mood"), "\"good\""); /* the data stays */
}

static void test_as_the_reference_has_it(void **state)
{
    static const int unknown[] = {404, 405};

    for (size_t i = 0; i < 2; i++) {
        bob_answers("DELETE", "/subscriptions", unknown[i], NULL);
        assert_int_equal(end("sub"), AW_OK);
        assert_int_equal(bob_heard("DELETE", at_subscriptions), 1);
        assert_int_equal(bob_heard("DELETE", at_callbacks), 1);
        assert_int_equal(sequence_of("bob", "sub"), -1);
        pair_tear_down(state);
        set_up(state);
    }
}

static void test_known_at_neither(void **state)
{
    (void)state;
    bob_answers("DELETE", NULL, 404, NULL);
    assert_int_equal(end("sub"), AW_OK);
    assert_int_equal(sequence_of("bob", "sub"), -1);
}

static void test_a_peer_that_refuses(void **state)
{
    static const int refusals[] = {403, 500, 302};

    (void)state;
    char *before = test_site_snapshot(t);

    for (size_t i = 0; i < 3; i++) {
        bob_answers("DELETE", NULL, refusals[i], NULL);
        assert_int_equal(end("sub"), AW_E_HTTP);
        assert_int_equal(err.http_status, refusals[i]);
    }
    aw_fake_peer_reset_rules(bob);
    bob_answers("DELETE", "/subscriptions", 404, NULL);
    bob_answers("DELETE", "/callbacks", 405, NULL);
    assert_int_equal(end("sub"), AW_E_HTTP);
    bob_fails("DELETE", NULL, AW_FAKE_RESET);
    assert_int_equal(end("sub"), AW_E_CONNECT);
    char *after = test_site_snapshot(t);

    assert_string_equal(before, after);
    free(before);
    free(after);
}

static void test_unsubscribing_takes_the_data_with_the_last(void **state)
{
    (void)state;
    outbound("sub2", "mood", NULL);
    assert_int_equal(unsubscribe("sub2"), AW_OK);
    assert_string_equal(kept("mood"), "\"good\"");
    assert_int_equal(unsubscribe("sub"), AW_OK);
    assert_string_equal(kept(NULL), "{}");
}

/* One that bob has here: he hears of it below his callbacks, or as the reference has it the other way round. */
static void test_ending_a_peers_subscription(void **state)
{
    char path[160];

    (void)state;
    test_id theirs = inbound("bob", NULL, NULL, "high");

    set_property("mood", "\"good\"");
    snprintf(path, sizeof(path), "/callbacks/subscriptions/%s/%s", t->actor_id, theirs.text);
    assert_int_equal(end(theirs.text), AW_OK);
    assert_int_equal(bob_heard("DELETE", path), 1);
    assert_int_equal(aw_fake_peer_count(bob), 1);
    assert_int_equal(sequence_of("bob", theirs.text), -1);
    assert_int_equal(diff_count(theirs.text), 0);
    assert_int_equal(sequence_of("bob", "sub"), 1);

    theirs = inbound("bob", NULL, NULL, "high");
    bob_answers("DELETE", "/callbacks", 404, NULL);
    snprintf(path, sizeof(path), "/subscriptions/%s/%s", t->actor_id, theirs.text);
    assert_int_equal(unsubscribe(theirs.text), AW_OK);
    assert_int_equal(bob_heard("DELETE", path), 1);
    assert_string_equal(kept("mood"), "\"good\""); /* it was not the last one that brings data */
}

static void test_wrong_params(void **state)
{
    (void)state;
    assert_int_equal(end("no-such"), AW_E_NOT_FOUND);
    assert_int_equal(end(NULL), AW_E_INVALID);
    assert_int_equal(end(".."), AW_E_INVALID);
    assert_int_equal(unsubscribe(""), AW_E_INVALID);
    assert_int_equal(aw_fake_peer_count(bob), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_as_the_specification_has_it, set_up, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_as_the_reference_has_it, set_up, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_known_at_neither, set_up, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_a_peer_that_refuses, set_up, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_unsubscribing_takes_the_data_with_the_last, set_up, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_ending_a_peers_subscription, set_up, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_wrong_params, set_up, pair_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
