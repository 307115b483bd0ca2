/*
 * The conversation "resync", and the watch that starts it. Two servers at one gap are in test_resync_servers.c.
 */
#include "flow/resyncing.h"

static bool needs_baseline(void)
{
    aw__callback_standing standing;

    assert_int_equal(aw__callback_state(&t->site, t->actor_id, "bob", "sub", &standing, &err), AW_OK);
    return standing.needs_baseline;
}

static int64_t oldest_pending_ms(void)
{
    aw__callback_standing standing;

    assert_int_equal(aw__callback_state(&t->site, t->actor_id, "bob", "sub", &standing, &err), AW_OK);
    return standing.oldest_pending_ms;
}

/* ---- the conversation ---- */

static void test_the_baseline_closes_the_gap(void **state)
{
    (void)state;
    receive(1);
    receive(4);
    receive(5);
    assert_int_equal(resync("sub"), AW_OK);
    assert_string_equal(kept(NULL), "{\"base\":true}");
    assert_int_equal(sequence_of("bob", "sub"), 5);
    /* The sequence is asked for first: what changes in between comes once more as a callback. */
    aw_fake_peer_request first, second;

    assert_true(aw_fake_peer_get(bob, 0, &first) && aw_fake_peer_get(bob, 1, &second));
    assert_non_null(strstr(first.path, "/subscriptions/"));
    assert_non_null(strstr(second.path, "/properties"));
    assert_true(request_has(&first, "Authorization: Bearer secret-of-bob"));
    assert_true(request_has(&second, "Authorization: Bearer secret-of-bob"));
}

/* The diffs that the peer still has are applied like callbacks, and no baseline is needed. */
static void test_the_diffs_close_the_gap(void **state)
{
    (void)state;
    bob_answers("GET", sub_path, 200,
                "{\"sequence\":6,\"data\":[{\"sequence\":2,\"data\":{\"n2\":1}},{\"sequence\":1,\"data\":{\"n1\":\"again\"}},"
                "{\"sequence\":3,\"data\":{\"n3\":1}},{\"sequence\":5,\"data\":{\"n5\":1}}]}");
    receive(1);
    receive(4);
    receive(6);
    assert_int_equal(resync("sub"), AW_OK);
    assert_string_equal(kept(NULL), "{\"n1\":1,\"n2\":1,\"n3\":1,\"n4\":1,\"n5\":1,\"n6\":1}");
    assert_int_equal(sequence_of("bob", "sub"), 6);
    assert_int_equal(bob_heard("GET", "/properties"), 0);
    assert_int_equal(receive(7), AW__CALLBACK_APPLIED); /* nothing is held */
    /* The peer may forget them. */
    aw_fake_peer_request put = bob_heard_request("PUT", sub_path, 0);

    assert_non_null(strstr(put.body, "{\"sequence\":6}"));
}

static void test_diffs_that_do_not_close_the_gap(void **state)
{
    static const char *const answers[] = {
        "{\"sequence\":5,\"data\":[{\"sequence\":2,\"data\":{\"n2\":1}},{\"sequence\":3,\"data\":{\"n3\":1}}]}",
        "{\"sequence\":5,\"data\":[{\"sequence\":2,\"data\":{\"n2\":1}},{\"sequence\":3,\"data\":\"text\"},"
        "{\"sequence\":5,\"data\":{\"n5\":1}}]}",
        "{\"sequence\":5,\"data\":[{\"sequence\":\"x\"},7,null]}",
        "{\"sequence\":5,\"data\":7}",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(answers) / sizeof(*answers); i++) {
        bob_answers("GET", sub_path, 200, answers[i]);
        receive(1);
        receive(4);
        assert_int_equal(resync("sub"), AW_OK);
        assert_int_equal(bob_heard("GET", "/properties"), i + 1);
        assert_string_equal(kept(NULL), "{\"base\":true}");
        assert_int_equal(sequence_of("bob", "sub"), 5);
        assert_int_equal(aw__subscription_remove(&t->site, t->actor_id, "bob", "sub", 1, true, NULL, &err), AW_OK);
        outbound("sub", NULL, NULL);
    }
}

/* Items of lists came with the baseline that come as a change once more: so both have to be of the same moment. */
static void test_lists_that_change_meanwhile(void **state)
{
    (void)state;
    receive(1);
    receive(4);
    bob_answers("GET", sub_path, 200, "{\"sequence\":7,\"data\":[]}");
    aw_fake_peer_rule(bob, AW_WITH(fake_peer_rule, .method = "GET", .path = sub_url(), .status = 200,
                                   .body = "{\"sequence\":5,\"data\":[]}", .times = 1));
    bob_answers("GET", "/properties", 200, "{\"n\":{\"_list\":true,\"count\":1}}");
    bob_answers("GET", "/properties/n", 200, "[1]");
    assert_int_equal(resync("sub"), AW_OK);
    assert_string_equal(kept(NULL), "{\"n\":[1]}");
    assert_int_equal(sequence_of("bob", "sub"), 7);
    assert_int_equal(bob_heard("GET", "/properties/n"), 2);
    assert_false(needs_baseline());
}

static void test_lists_that_never_rest(void **state)
{
    static const char *const answers[] = {"{\"sequence\":8}", "{\"sequence\":7}", "{\"sequence\":6}", "{\"sequence\":5}"};

    (void)state;
    receive(1);
    receive(4);
    for (size_t i = 0; i < sizeof(answers) / sizeof(*answers); i++)
        aw_fake_peer_rule(bob, AW_WITH(fake_peer_rule, .method = "GET", .path = sub_url(), .status = 200,
                                       .body = answers[i], .times = 1));
    bob_answers("GET", "/properties", 200, "{\"n\":{\"_list\":true,\"count\":1}}");
    bob_answers("GET", "/properties/n", 200, "[1]");
    assert_int_equal(resync("sub"), AW_OK);
    assert_string_equal(kept(NULL), "{\"n\":[1]}");
    assert_true(needs_baseline()); /* and the watch sees to it */
}

/* The peer begins to count anew: nothing that it sends would be taken for new. */
static void test_a_peer_that_begins_anew(void **state)
{
    (void)state;
    for (int i = 1; i <= 9; i++)
        receive(i);
    assert_int_equal(resync("sub"), AW_OK);
    assert_int_equal(sequence_of("bob", "sub"), 5);
    assert_int_equal(receive(6), AW__CALLBACK_APPLIED);
    assert_string_equal(kept(NULL), "{\"base\":true,\"n6\":1}");
    /* What waited from before is not waited for. */
    assert_int_equal(receive(20), AW__CALLBACK_QUEUED);
    bob_answers("GET", sub_path, 200, "{\"sequence\":3,\"data\":[]}");
    assert_int_equal(resync("sub"), AW_OK);
    assert_int_equal(sequence_of("bob", "sub"), 3);
    assert_int_equal(oldest_pending_ms(), -1);
}

static void test_a_peer_that_does_not_tell_the_sequence(void **state)
{
    (void)state;
    bob_answers("GET", sub_path, 403, NULL);
    receive(1);
    receive(4);
    assert_int_equal(resync("sub"), AW_OK);
    assert_string_equal(kept(NULL), "{\"base\":true}");
    assert_int_equal(sequence_of("bob", "sub"), 4);
}

/* The reference keeps every diff until it is told that it need not, so they may become more than is read. */
static void test_a_peer_that_keeps_too_many_diffs(void **state)
{
    enum { BYTES = 5 << 20 };
    char *answer = malloc(BYTES + 100);

    (void)state;
    assert_non_null(answer);
    int at = sprintf(answer, "{\"sequence\":4,\"data\":[{\"sequence\":1,\"data\":{\"n\":\"");
    memset(answer + at, 'x', BYTES);
    strcpy(answer + at + BYTES, "\"}}]}");
    bob_answers("GET", sub_path, 200, answer);
    bob_answers("PUT", sub_path, 204, NULL);
    receive(1);
    receive(4);
    assert_int_equal(resync("sub"), AW_OK);
    assert_string_equal(kept(NULL), "{\"base\":true}");
    assert_int_equal(sequence_of("bob", "sub"), 4);
    assert_int_equal(aw_fake_peer_count_of(bob, "PUT", sub_url()), 1);
    free(answer);
}

static void test_failures_leave_all_as_it_was(void **state)
{
    (void)state;
    receive(1);
    receive(4);
    char *before = kept(NULL) ? strdup(kept(NULL)) : NULL;

    bob_answers("GET", "/properties", 500, NULL);
    assert_int_equal(resync("sub"), AW_E_HTTP);
    bob_fails("GET", "/properties", AW_FAKE_TRUNCATE);
    assert_int_equal(resync("sub"), AW_E_CONNECT);
    bob_answers("GET", sub_path, 503, NULL);
    assert_int_equal(resync("sub"), AW_E_HTTP);
    assert_string_equal(kept(NULL), before);
    assert_int_equal(sequence_of("bob", "sub"), 1);
    assert_int_equal(receive(2), AW__CALLBACK_APPLIED);
    assert_int_equal(receive(3), AW__CALLBACK_APPLIED);
    assert_int_equal(sequence_of("bob", "sub"), 4);
    free(before);
}

static void test_what_cannot_be_resynced(void **state)
{
    (void)state;
    test_id theirs = inbound("bob", NULL, NULL, "high");

    assert_int_equal(resync("no-such"), AW_E_NOT_FOUND);
    assert_int_equal(resync(theirs.text), AW_E_NOT_FOUND);
    assert_int_equal(aw_fake_peer_count(bob), 0);
}

static void test_the_subscription_ends_meanwhile(void **state)
{
    aw__flow *flow = NULL;
    test_outcome outcome;

    (void)state;
    aw_fake_peer_rule(bob, AW_WITH(fake_peer_rule, .path = "/bob/properties", .status = 200, .body = "{}",
                                   .delay_ms = 200));
    test_outcome_init(&outcome);
    assert_int_equal(aw__resync_new(&t->site, t->actor_id, "bob", "sub", 0, &flow, &err), AW_OK);
    assert_int_equal(aw__flow_start(flow, test_outcome_set, NULL, &outcome, NULL, &err), AW_OK);
    assert_true(bob_hears("GET", "/properties", 1));
    assert_int_equal(aw__subscription_remove(&t->site, t->actor_id, "bob", "sub", 1, true, NULL, &err), AW_OK);
    assert_int_equal(test_outcome_wait(&outcome), AW_E_NOT_FOUND);
    test_outcome_free(&outcome);
    char *rows = test_site_snapshot(t);

    assert_null(strstr(rows, "_callback_state"));
    free(rows);
}

/* ---- the watch ---- */

static void test_a_gap_is_resynced_in_time(void **state)
{
    (void)state;
    receive(1);
    assert_int_equal(receive(5), AW__CALLBACK_QUEUED);
    assert_true(reaches(5));
    assert_string_equal(kept(NULL), "{\"base\":true}");
    assert_int_equal(bob_heard("GET", sub_path), 1);
}

static void test_a_gap_that_closes_in_time(void **state)
{
    uint64_t begin = aw__now_ms();

    (void)state;
    assert_int_equal(receive(2), AW__CALLBACK_QUEUED);
    assert_int_equal(receive(1), AW__CALLBACK_APPLIED);
    if (aw__now_ms() - begin >= 50)
        return; /* this machine is too busy to be in time */
    usleep(200000);
    assert_int_equal(aw_fake_peer_count(bob), 0);
}

static void test_one_at_a_time(void **state)
{
    (void)state;
    aw_fake_peer_rule(bob, AW_WITH(fake_peer_rule, .path = "/bob/properties", .status = 200, .body = "{\"base\":1}",
                                   .headers = "Content-Type: application/json\r\n", .delay_ms = 1000));
    for (int i = 0; i < 20; i++)
        aw__resync_start(&t->site, t->actor_id, "bob", "sub");
    assert_true(bob_hears("GET", "/properties", 1));
    for (int i = 0; i < 20; i++)
        aw__resync_start(&t->site, t->actor_id, "bob", "sub");
    assert_true(reaches(5));
    usleep(150000);
    assert_int_equal(bob_heard("GET", "/properties"), 1);
}

static void test_a_peer_that_is_down_for_a_while(void **state)
{
    (void)state;
    aw_fake_peer_rule(bob, AW_WITH(fake_peer_rule, .path = "/bob/properties", .status = 503, .times = 2));
    receive(3);
    assert_true(reaches(5));
    assert_int_equal(bob_heard("GET", "/properties"), 3);
}

static void test_a_peer_that_refuses(void **state)
{
    (void)state;
    bob_answers("GET", "/properties", 403, NULL);
    receive(3);
    assert_true(bob_hears("GET", "/properties", 1));
    usleep(200000);
    assert_int_equal(bob_heard("GET", "/properties"), 1); /* not again by itself */
    bob_answers("GET", "/properties", 200, "{}");
    assert_int_equal(receive(4), AW__CALLBACK_RESYNC);
    assert_true(reaches(5));
}

/* The state is in the store: after a restart the gap is found there, though no other callback comes. */
static void test_across_a_restart(void **state)
{
    (void)state;
    aw__delivery_close(&t->site);
    receive(5);
    usleep(100000);
    assert_int_equal(aw_fake_peer_count(bob), 0); /* nobody watches */
    assert_int_equal(aw__delivery_open(&t->site, &err), AW_OK);
    assert_true(reaches(5));
    assert_string_equal(kept(NULL), "{\"base\":true}");
}

/* A baseline was being fetched when the server ended. */
static void test_a_hold_across_a_restart(void **state)
{
    int64_t hold;

    (void)state;
    aw__delivery_close(&t->site);
    assert_int_equal(aw__callback_hold(&t->site, t->actor_id, "bob", "sub", 0, &hold, &err), AW_OK);
    assert_int_equal(aw__delivery_open(&t->site, &err), AW_OK);
    assert_true(reaches(5));
}

/* More than are fetched at once: the others have their turn. */
static void test_many_gaps(void **state)
{
    char id[16];
    json_t *body;

    (void)state;
    bob_answers("GET", "/subscriptions/", 403, NULL);
    for (int i = 0; i < 100; i++) {
        aw__callback_outcome outcome;

        snprintf(id, sizeof(id), "sub%d", i);
        outbound(id, "some", NULL);
        body = callback_body(id, 3, "3");
        assert_int_equal(
            aw__callback_receive_now(&t->site, t->actor_id, "bob", id, body, true, &outcome, &err), AW_OK);
        assert_int_equal(outcome, AW__CALLBACK_QUEUED);
        json_decref(body);
    }
    for (int i = 0; i < 100; i++) {
        uint64_t end = aw__now_ms() + 20000;

        snprintf(id, sizeof(id), "sub%d", i);
        while (sequence_of("bob", id) != 3 && aw__now_ms() < end)
            usleep(5000);
        assert_int_equal(sequence_of("bob", id), 3);
    }
}

/* A callback that was applied and leaves something open. */
static void test_a_change_that_does_not_fit(void **state)
{
    aw__callback_outcome outcome;
    json_t *body = callback_body("sub", 1, "{\"n\":{\"action\":\"add\",\"index\":4,\"value\":1}}");

    (void)state;
    bob_answers("GET", sub_path, 200, "{\"sequence\":1,\"data\":[{\"sequence\":1,\"data\":{}}]}");
    bob_answers("GET", "/properties", 200, "{\"n\":{\"_list\":true,\"items\":[0,0,0,0,1]}}");
    assert_int_equal(aw__callback_receive_now(&t->site, t->actor_id, "bob", "sub", body, false, &outcome, &err), AW_OK);
    assert_int_equal(outcome, AW__CALLBACK_RESYNC);
    uint64_t end = aw__now_ms() + 10000;

    while (strcmp(kept("n"), "[0,0,0,0,1]") != 0 && aw__now_ms() < end)
        usleep(5000);
    assert_string_equal(kept("n"), "[0,0,0,0,1]");
    usleep(200000);
    assert_int_equal(bob_heard("GET", "/properties"), 1); /* and that was all */
    json_decref(body);
}

static void test_closing_while_it_hangs(void **state)
{
    (void)state;
    bob_fails("GET", "/properties", AW_FAKE_HANG);
    receive(6);
    receive(8);
    assert_true(bob_hears("GET", "/properties", 1));
    aw__delivery_close(&t->site);
    assert_int_equal(receive(1), AW__CALLBACK_APPLIED); /* nothing is held */
    aw__resync_start(&t->site, t->actor_id, "bob", "sub"); /* too late, and harmless */
}

static void test_subscriptions_that_are_none(void **state)
{
    (void)state;
    aw__resync_watch(&t->site, t->actor_id, "bob", "no-such");
    aw__resync_start(&t->site, t->actor_id, "bob", "no-such");
    aw__resync_start(&t->site, "no-such", "bob", "sub");
    usleep(150000);
    assert_int_equal(aw_fake_peer_count(bob), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_the_baseline_closes_the_gap, set_up, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_the_diffs_close_the_gap, set_up, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_diffs_that_do_not_close_the_gap, set_up, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_lists_that_change_meanwhile, set_up, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_lists_that_never_rest, set_up, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_a_peer_that_begins_anew, set_up, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_a_peer_that_does_not_tell_the_sequence, set_up, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_a_peer_that_keeps_too_many_diffs, set_up, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_failures_leave_all_as_it_was, set_up, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_what_cannot_be_resynced, set_up, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_the_subscription_ends_meanwhile, set_up, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_a_gap_is_resynced_in_time, set_up_watching, tear_down_watching),
        cmocka_unit_test_setup_teardown(test_a_gap_that_closes_in_time, set_up_watching, tear_down_watching),
        cmocka_unit_test_setup_teardown(test_one_at_a_time, set_up_watching, tear_down_watching),
        cmocka_unit_test_setup_teardown(test_a_peer_that_is_down_for_a_while, set_up_watching, tear_down_watching),
        cmocka_unit_test_setup_teardown(test_a_peer_that_refuses, set_up_watching, tear_down_watching),
        cmocka_unit_test_setup_teardown(test_across_a_restart, set_up_watching, tear_down_watching),
        cmocka_unit_test_setup_teardown(test_a_hold_across_a_restart, set_up_watching, tear_down_watching),
        cmocka_unit_test_setup_teardown(test_many_gaps, set_up_watching, tear_down_watching),
        cmocka_unit_test_setup_teardown(test_a_change_that_does_not_fit, set_up_watching, tear_down_watching),
        cmocka_unit_test_setup_teardown(test_closing_while_it_hangs, set_up_watching, tear_down_watching),
        cmocka_unit_test_setup_teardown(test_subscriptions_that_are_none, set_up_watching, tear_down_watching),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
