/*
 * Callbacks received: order, duplicates, gaps, limits, and what a baseline does to those that wait.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "actor/callback.h"
#include "actor/subscription.h"
#include "support/subscribed.h"

static aw_error err;

static int receive_any(const char *id, const char *peer_id, int64_t sequence, const char *json, bool resync,
                       aw__callback_outcome *ret_outcome)
{
    json_t *data = json ? json_loads(json, JSON_DECODE_ANY, NULL) : NULL;
    aw__callback callback = {.actor_id = t->actor_id, .peer_id = peer_id, .subscription_id = id, .sequence = sequence,
                             .data = data, .whole = true, .resync = resync};
    int rc = aw__callback_receive(&t->site, &callback, ret_outcome, NULL, &err);

    json_decref(data);
    return rc;
}

static aw__callback_outcome receive(int64_t sequence, const char *json)
{
    aw__callback_outcome outcome = AW__CALLBACK_FULL;

    if (receive_any("sub", "bob", sequence, json, false, &outcome))
        fail_msg("not received: %s", err.message);
    return outcome;
}

/* {"n":sequence}, so that order shows. */
static aw__callback_outcome receive_number(int64_t sequence)
{
    char json[64];

    snprintf(json, sizeof(json), "{\"n\":%lld,\"n%lld\":1}", (long long)sequence, (long long)sequence);
    return receive(sequence, json);
}

static int64_t hold(void)
{
    int64_t number = 0;

    assert_int_equal(aw__callback_hold(&t->site, t->actor_id, "bob", "sub", 0, &number, &err), AW_OK);
    return number;
}

static void resynced(int64_t number, int64_t sequence, const char *json)
{
    json_t *baseline = json_loads(json, 0, NULL);
    aw__callback_settling done = AW__CALLBACK_OPEN;

    assert_int_equal(aw__callback_resynced(&t->site, t->actor_id, "bob", "sub", number,
                                           &(aw__callback_baseline){.sequence = sequence, .exact = true, .data = baseline},
                                           &done, &err),
                     AW_OK);
    assert_true(done);
    json_decref(baseline);
}

static int64_t oldest_ms(void)
{
    aw__callback_standing standing;

    assert_int_equal(aw__callback_state(&t->site, t->actor_id, "bob", "sub", &standing, &err), AW_OK);
    assert_int_equal(standing.sequence, sequence_of("bob", "sub"));
    return standing.oldest_pending_ms;
}

static int set_up(void **state)
{
    pair_set_up_trusting(state);
    outbound("sub", NULL, NULL);
    return 0;
}

/* ---- */

static void test_in_order(void **state)
{
    (void)state;
    assert_int_equal(receive_number(1), AW__CALLBACK_APPLIED);
    assert_int_equal(receive_number(2), AW__CALLBACK_APPLIED);
    assert_int_equal(sequence_of("bob", "sub"), 2);
    assert_string_equal(kept("n"), "2");
}

static void test_a_duplicate_is_dropped(void **state)
{
    (void)state;
    receive_number(1);
    assert_int_equal(receive(1, "{\"n\":\"again\"}"), AW__CALLBACK_DUPLICATE);
    assert_string_equal(kept("n"), "1");
    assert_int_equal(receive_number(3), AW__CALLBACK_QUEUED);
    assert_int_equal(receive(3, "{\"n\":\"again\"}"), AW__CALLBACK_DUPLICATE);
    receive_number(2);
    assert_string_equal(kept("n"), "3");
}

static void test_a_gap_is_waited_for(void **state)
{
    (void)state;
    assert_int_equal(oldest_ms(), -1);
    assert_int_equal(receive_number(3), AW__CALLBACK_QUEUED);
    assert_int_equal(receive_number(2), AW__CALLBACK_QUEUED);
    assert_int_equal(receive_number(5), AW__CALLBACK_QUEUED);
    assert_string_equal(kept(NULL), "{}");
    assert_true(oldest_ms() >= 0);
    assert_int_equal(receive_number(1), AW__CALLBACK_APPLIED);
    assert_int_equal(sequence_of("bob", "sub"), 3);
    assert_string_equal(kept("n"), "3");
    assert_string_equal(kept("n5"), "");
    assert_int_equal(receive_number(4), AW__CALLBACK_APPLIED);
    assert_int_equal(sequence_of("bob", "sub"), 5);
    assert_int_equal(oldest_ms(), -1);
}

static void test_a_gap_that_stays(void **state)
{
    (void)state;
    t->site.config.gap_timeout_ms = 20;
    receive_number(2);
    usleep(60000);
    assert_int_equal(receive_number(4), AW__CALLBACK_RESYNC);
    /* Nothing was given up yet: the missing ones may still come. */
    assert_int_equal(receive_number(1), AW__CALLBACK_APPLIED);
    assert_int_equal(receive_number(3), AW__CALLBACK_APPLIED);
    assert_int_equal(sequence_of("bob", "sub"), 4);
}

static void test_too_many(void **state)
{
    (void)state;
    t->site.config.max_pending = 3;
    for (int i = 2; i <= 4; i++)
        assert_int_equal(receive_number(i), AW__CALLBACK_QUEUED);
    assert_int_equal(receive_number(5), AW__CALLBACK_FULL);
    assert_int_equal(receive_number(1), AW__CALLBACK_APPLIED);
    assert_int_equal(receive_number(5), AW__CALLBACK_APPLIED);
    assert_int_equal(sequence_of("bob", "sub"), 5);
}

static void test_no_more_than_so_much_of_one_peer(void **state)
{
    char json[4096];
    aw__callback_outcome outcome;
    int i = 1;

    (void)state;
    t->site.config.max_kept_bytes = 20000;
    memset(json, 'x', sizeof(json));
    for (int rc = AW_OK; rc == AW_OK; i++) {
        assert_true(i < 20);
        snprintf(json, 32, "{\"n%d\":\"", i);
        json[strlen(json)] = 'x';
        snprintf(json + 3000, 8, "\"}");
        rc = receive_any("sub", "bob", i, json, false, &outcome);
        assert_true(rc == AW_OK || rc == AW_E_TOO_LARGE);
    }
    /* Nothing of what was too much is kept, and what makes room has room. */
    assert_int_equal(sequence_of("bob", "sub"), i - 2);
    assert_int_equal(receive(i - 1, "{\"n1\":\"\",\"n2\":\"\"}"), AW__CALLBACK_APPLIED);
    assert_int_equal(receive(i, "{\"small\":1}"), AW__CALLBACK_APPLIED);
    assert_string_equal(kept("small"), "1");
    assert_string_equal(kept("n1"), "");
}

static void test_too_much(void **state)
{
    size_t bytes = 3 << 20;
    char *large = malloc(bytes + 64);

    (void)state;
    sprintf(large, "{\"n\":\"");
    memset(large + 6, 'x', bytes);
    strcpy(large + 6 + bytes, "\"}");
    assert_int_equal(receive(2, large), AW__CALLBACK_QUEUED);
    assert_int_equal(receive(3, large), AW__CALLBACK_FULL);
    assert_int_equal(receive_number(1), AW__CALLBACK_APPLIED);
    assert_int_equal(sequence_of("bob", "sub"), 2);
    free(large);
}

static void test_a_baseline(void **state)
{
    (void)state;
    receive_number(1);
    receive_number(4);
    receive_number(6);
    receive_number(9);
    int64_t number = hold();

    /* What comes meanwhile waits, be it the next one. */
    assert_int_equal(receive_number(2), AW__CALLBACK_QUEUED);
    assert_int_equal(receive_number(7), AW__CALLBACK_QUEUED);
    assert_int_equal(receive_number(1), AW__CALLBACK_DUPLICATE);
    assert_string_equal(kept("n"), "1");
    resynced(number, 5, "{\"n\":5,\"base\":true}");
    assert_int_equal(sequence_of("bob", "sub"), 7);
    assert_string_equal(kept(NULL), "{\"base\":true,\"n\":7,\"n6\":1,\"n7\":1}");
    assert_int_equal(receive_number(8), AW__CALLBACK_APPLIED);
    assert_int_equal(sequence_of("bob", "sub"), 9);
}

static void test_a_baseline_of_unknown_sequence(void **state)
{
    (void)state;
    receive_number(1);
    receive_number(4);
    resynced(hold(), -1, "{\"n\":4}");
    assert_int_equal(sequence_of("bob", "sub"), 4);
    assert_int_equal(receive_number(5), AW__CALLBACK_APPLIED);
    resynced(hold(), -1, "{\"n\":5}");
    assert_int_equal(sequence_of("bob", "sub"), 5);
}

static void test_the_latest_hold_counts(void **state)
{
    (void)state;
    receive_number(1);
    int64_t first = hold();
    int64_t second = hold();

    resynced(first, 1, "{\"from\":\"first\"}");
    assert_string_equal(kept("from"), "");
    assert_int_equal(aw__callback_release(&t->site, t->actor_id, "bob", "sub", first, &err), AW_OK);
    assert_int_equal(receive_number(2), AW__CALLBACK_QUEUED); /* held still */
    resynced(second, 1, "{\"from\":\"second\"}");
    assert_string_equal(kept("from"), "\"second\"");
    assert_int_equal(sequence_of("bob", "sub"), 2);
    resynced(second, 9, "{}"); /* too late */
    assert_int_equal(sequence_of("bob", "sub"), 2);
}

static void test_no_baseline_came(void **state)
{
    (void)state;
    receive_number(1);
    int64_t number = hold();

    receive_number(2);
    receive_number(4);
    assert_int_equal(aw__callback_release(&t->site, t->actor_id, "bob", "sub", number, &err), AW_OK);
    assert_int_equal(sequence_of("bob", "sub"), 2);
    assert_string_equal(kept("n"), "2");
    assert_int_equal(receive_number(3), AW__CALLBACK_APPLIED);
    assert_int_equal(sequence_of("bob", "sub"), 4);
    assert_int_equal(aw__callback_release(&t->site, t->actor_id, "bob", "no-such", number, &err), AW_OK);
}

static void test_a_hold_that_nobody_ends(void **state)
{
    (void)state;
    t->site.config.gap_timeout_ms = 20;
    hold();
    assert_int_equal(receive_number(1), AW__CALLBACK_QUEUED);
    usleep(60000);
    assert_int_equal(receive_number(2), AW__CALLBACK_RESYNC);
    resynced(hold(), 2, "{\"n\":2}");
    assert_int_equal(receive_number(3), AW__CALLBACK_APPLIED);
}

static void test_the_peer_asks_for_a_resync(void **state)
{
    aw__callback_outcome outcome;

    (void)state;
    receive_number(1);
    assert_int_equal(receive_any("sub", "bob", 7, NULL, true, &outcome), AW_OK);
    assert_int_equal(outcome, AW__CALLBACK_RESYNC);
    assert_int_equal(sequence_of("bob", "sub"), 1);
}

static void test_whose_subscription(void **state)
{
    aw__callback_outcome outcome;
    test_id theirs = inbound("bob", NULL, NULL, "high");

    (void)state;
    assert_int_equal(receive_any("no-such", "bob", 1, "{}", false, &outcome), AW_E_NOT_FOUND);
    assert_int_equal(receive_any("sub", "carol", 1, "{}", false, &outcome), AW_E_NOT_FOUND);
    assert_int_equal(receive_any(theirs.text, "bob", 1, "{}", false, &outcome), AW_E_NOT_FOUND); /* the other direction */
}

static void test_malformed(void **state)
{
    aw__callback_outcome outcome;

    (void)state;
    outbound("part", "mood", NULL);
    assert_int_equal(receive_any("sub", "bob", 0, "{}", false, &outcome), AW_E_INVALID);
    assert_int_equal(receive_any("sub", "bob", -1, "{}", false, &outcome), AW_E_INVALID);
    assert_int_equal(receive_any("sub", "bob", 1, NULL, false, &outcome), AW_E_INVALID);
    assert_int_equal(receive_any("sub", "bob", 1, "\"good\"", false, &outcome), AW_E_INVALID);
    assert_int_equal(receive_any("sub", "bob", 1, "[1]", false, &outcome), AW_E_INVALID);
    assert_int_equal(sequence_of("bob", "sub"), 0);
    assert_int_equal(receive_any("part", "bob", 1, "\"good\"", false, &outcome), AW_OK);
    assert_string_equal(kept("mood"), "\"good\"");
}

static void test_without_processing(void **state)
{
    aw__callback_outcome outcome;

    (void)state;
    t->site.config.subscription_processing = false;
    assert_int_equal(receive_number(1), AW__CALLBACK_APPLIED);
    assert_int_equal(receive_number(9), AW__CALLBACK_APPLIED);
    assert_int_equal(sequence_of("bob", "sub"), 0);
    assert_string_equal(kept(NULL), "{}");
    assert_int_equal(receive_any("no-such", "bob", 1, "{}", false, &outcome), AW_E_NOT_FOUND);
}

static void test_a_subscription_that_ends(void **state)
{
    bool existed = false;

    (void)state;
    receive_number(1);
    receive_number(3);
    outbound("sub2", "mood", NULL);
    assert_int_equal(aw__subscription_remove(&t->site, t->actor_id, "bob", "sub", 0, true, &existed, &err), AW_OK);
    assert_false(existed); /* it is in the other direction */
    assert_int_equal(aw__subscription_remove(&t->site, t->actor_id, "bob", "sub", 1, true, &existed, &err), AW_OK);
    assert_true(existed);
    assert_string_equal(kept("n"), "1"); /* another one is left */
    char *rows = test_site_snapshot(t);

    assert_null(strstr(rows, "_callback_state"));
    free(rows);
    assert_int_equal(aw__subscription_remove(&t->site, t->actor_id, "bob", "sub2", 1, false, NULL, &err), AW_OK);
    assert_string_equal(kept("n"), "1");
    outbound("sub3", NULL, NULL);
    assert_int_equal(aw__subscription_remove(&t->site, t->actor_id, "bob", "sub3", -1, true, NULL, &err), AW_OK);
    assert_string_equal(kept(NULL), "{}");
}

/* The data and the sequence go together. */
static void test_out_of_memory(void **state)
{
    int rc = AW_E_NOMEM;

    (void)state;
    receive_number(2);
    for (long n = 1; rc; n++) {
        json_t *data = json_loads("{\"n\":1}", 0, NULL);
        aw__callback callback = {.actor_id = t->actor_id, .peer_id = "bob", .subscription_id = "sub", .sequence = 1,
                                 .data = data};
        aw__callback_outcome outcome;

        aw__alloc_fail_at(n, false);
        rc = aw__callback_receive(&t->site, &callback, &outcome, NULL, &err);
        aw__alloc_fail_at(0, false);
        json_decref(data);
        assert_true(rc == AW_OK || rc == AW_E_NOMEM);
        assert_int_equal(sequence_of("bob", "sub"), rc ? 0 : 2);
        assert_string_equal(kept("n"), rc ? "" : "2");
        assert_true(n < 10000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_in_order, set_up, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_a_duplicate_is_dropped, set_up, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_a_gap_is_waited_for, set_up, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_a_gap_that_stays, set_up, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_too_many, set_up, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_no_more_than_so_much_of_one_peer, set_up, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_too_much, set_up, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_a_baseline, set_up, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_a_baseline_of_unknown_sequence, set_up, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_the_latest_hold_counts, set_up, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_no_baseline_came, set_up, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_a_hold_that_nobody_ends, set_up, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_the_peer_asks_for_a_resync, set_up, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_whose_subscription, set_up, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_malformed, set_up, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_without_processing, set_up, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_a_subscription_that_ends, set_up, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_out_of_memory, set_up, pair_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
