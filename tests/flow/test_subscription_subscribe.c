/*
 * The conversation "subscribe with baseline".
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
#include "flow/subscription_subscribe.h"
#include "support/subscribed.h"

#define ID "0123456789abcdef0123456789abcdef"

static aw_error err;
static char path[128];     /* "/subscriptions/{us}" */
static char one_path[200]; /* of the subscription ID */

static int set_up(void **state)
{
    pair_set_up_trusting(state);
    snprintf(path, sizeof(path), "/subscriptions/%s", t->actor_id);
    snprintf(one_path, sizeof(one_path), "%s/" ID, path);
    bob_answers("POST", path, 201, "{\"subscriptionid\":\"" ID "\",\"sequence\":0}");
    return 0;
}

static aw__flow *flow_of(const char *subtarget, const char *resource, int timeout_ms)
{
    aw__flow *flow = NULL;

    if (aw__subscription_subscribe_new(&t->site, t->actor_id,
                                       AW_WITH(subscription_subscribe_to_peer, .peer_id = "bob", .subtarget = subtarget,
                                               .resource = resource, .timeout_ms = timeout_ms), &flow, &err))
        fail_msg("%s", err.message);
    return flow;
}

static int subscribe(const char *subtarget, const char *resource)
{
    aw_subscription *made = NULL;
    int rc = run_flow(AW_OK, flow_of(subtarget, resource, 0), (void **)&made, &err);

    if (rc == AW_OK)
        assert_string_equal(aw_subscription_id(made), ID);
    aw_subscription_free(made);
    return rc;
}

/* ---- */

static void test_the_baseline_is_kept(void **state)
{
    (void)state;
    bob_answers("GET", "/properties", 200, "{\"mood\":\"good\",\"profile\":{\"city\":\"Oslo\"}}");
    bob_answers("GET", one_path, 200, "{\"sequence\":7,\"data\":[]}");
    assert_int_equal(subscribe(NULL, NULL), AW_OK);
    assert_string_equal(kept(NULL), "{\"mood\":\"good\",\"profile\":{\"city\":\"Oslo\"}}");
    assert_int_equal(sequence_of("bob", ID), 7);
    aw_fake_peer_request request = bob_heard_request("GET", "/properties", 0);

    assert_true(request_has(&request, "Authorization: Bearer secret-of-bob"));
}

static void test_lists_are_fetched_each(void **state)
{
    (void)state;
    bob_answers("GET", "/properties", 200, "{\"mood\":\"good\",\"pets\":{\"_list\":true,\"count\":2},"
                                           "\"gone\":{\"_list\":true,\"count\":1},\"a b\":{\"_list\":true,\"count\":1}}");
    bob_answers("GET", "/properties/pets", 200, "[\"cat\",{\"kind\":\"dog\"}]");
    bob_answers("GET", "/properties/a%20b", 200, "[]");
    bob_answers("GET", "/properties/gone", 404, NULL);
    assert_int_equal(subscribe(NULL, NULL), AW_OK);
    assert_string_equal(kept(NULL), "{\"a b\":[],\"mood\":\"good\",\"pets\":[\"cat\",{\"kind\":\"dog\"}]}");
}

static void test_a_list_that_cannot_be_had(void **state)
{
    (void)state;
    bob_answers("GET", "/properties", 200, "{\"pets\":{\"_list\":true,\"count\":2}}");
    bob_answers("GET", "/properties/pets", 200, "{\"no\":\"array\"}");
    assert_int_equal(subscribe(NULL, NULL), AW_E_PROTOCOL);
    assert_true(bob_hears("DELETE", one_path, 1));
}

/* Each answer is within its limit, and there is no end of them. */
static void test_lists_without_end(void **state)
{
    enum { LISTS = 40, LIST_BYTES = 1 << 20 };
    static char list[LIST_BYTES + 1], place[LISTS * 40];
    char *at = place;

    (void)state;
    memset(list, 'x', LIST_BYTES);
    memcpy(list, "[\"", 2);
    memcpy(list + LIST_BYTES - 2, "\"]", 2);
    for (int i = 0; i < LISTS; i++)
        at += sprintf(at, "%c\"list%d\":{\"_list\":true}", i ? ',' : '{', i);
    strcpy(at, "}");
    bob_answers("GET", "/properties", 200, place);
    bob_answers("GET", "/properties/list", 200, list);
    assert_int_equal(subscribe(NULL, NULL), AW_E_TOO_LARGE);
    assert_true(bob_hears("DELETE", one_path, 1));
    assert_string_equal(kept(NULL), "{}");
}

static void test_parts(void **state)
{
    (void)state;
    bob_answers("GET", "/properties/profile/address/city", 200, "\"Oslo\"");
    assert_int_equal(subscribe("profile", "address/city"), AW_OK);
    assert_string_equal(kept(NULL), "{\"profile\":{\"address\":{\"city\":\"Oslo\"}}}");
}

static void test_a_property_by_itself(void **state)
{
    (void)state;
    bob_answers("GET", "/properties/mood", 200, "good"); /* stored without quotes, the reference sends it so */
    assert_int_equal(subscribe("mood", NULL), AW_OK);
    assert_string_equal(kept(NULL), "{\"mood\":\"good\"}");
}

static void test_a_list_by_itself(void **state)
{
    (void)state;
    bob_answers("GET", "/properties/pets", 200, "[\"cat\"]");
    assert_int_equal(subscribe("pets", NULL), AW_OK);
    assert_string_equal(kept(NULL), "{\"pets\":[\"cat\"]}");
}

static void test_nothing_there_yet(void **state)
{
    (void)state;
    bob_answers("GET", "/properties", 404, NULL);
    assert_int_equal(subscribe("mood", NULL), AW_OK);
    assert_string_equal(kept(NULL), "{}");
    assert_int_equal(sequence_of("bob", ID), 0);
}

static void test_peers_that_do_not_tell_the_sequence(void **state)
{
    static const int statuses[] = {403, 404};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        bob_answers("GET", one_path, statuses[i], NULL);
        assert_int_equal(subscribe(NULL, NULL), AW_OK);
        assert_int_equal(sequence_of("bob", ID), 0);
        pair_tear_down(state);
        set_up(state);
    }
}

/* After the specification a new subscription has the sequence 1, and its first diff as well. */
static void test_peers_that_count_from_one(void **state)
{
    (void)state;
    bob_answers("GET", one_path, 200, "{\"sequence\":1,\"data\":[]}");
    assert_int_equal(subscribe(NULL, NULL), AW_OK);
    assert_int_equal(sequence_of("bob", ID), 0);
    pair_tear_down(state);
    set_up(state);
    bob_answers("GET", one_path, 200, "{\"sequence\":1,\"data\":[{\"sequence\":1,\"data\":{\"a\":1}}]}");
    assert_int_equal(subscribe(NULL, NULL), AW_OK);
    assert_int_equal(sequence_of("bob", ID), 1);
}

/* Whatever fails after bob has subscribed us: both halves end and nothing is kept. */
static void test_a_baseline_that_fails(void **state)
{
    static const struct {
        const char *path; /* NULL: one_path */
        int status;
        const char *body;
        int code;
    } failures[] = {
        {"/properties", 500, NULL, AW_E_HTTP},   {"/properties", 403, NULL, AW_E_HTTP},
        {"/properties", 200, "[]", AW_E_PROTOCOL}, {"/properties", 200, "{", AW_E_PROTOCOL},
        {NULL, 500, NULL, AW_E_HTTP},            {NULL, 200, "[]", AW_E_PROTOCOL},
    };
    char *before = test_site_snapshot(t);

    (void)state;
    for (size_t i = 0; i < sizeof(failures) / sizeof(*failures); i++) {
        aw_fake_peer_reset_rules(bob);
        aw_fake_peer_clear(bob);
        bob_answers("POST", path, 201, "{\"subscriptionid\":\"" ID "\"}");
        bob_answers("GET", failures[i].path ? failures[i].path : one_path, failures[i].status, failures[i].body);
        assert_int_equal(subscribe(NULL, NULL), failures[i].code);
        assert_int_equal(bob_heard("DELETE", one_path), 1);
        char *after = test_site_snapshot(t);

        assert_string_equal(before, after);
        free(after);
    }
    free(before);
}

static void test_out_of_time(void **state)
{
    char *before = test_site_snapshot(t);

    (void)state;
    bob_fails("GET", "/properties", AW_FAKE_HANG);
    assert_int_equal(run_flow(AW_OK, flow_of(NULL, NULL, 300), NULL, &err), AW_E_TIMEOUT);
    char *after = test_site_snapshot(t);

    assert_string_equal(before, after);
    free(before);
    free(after);
    assert_true(bob_hears("DELETE", one_path, 1)); /* in the background */
}

/* A callback that overtakes the baseline is not lost and not overwritten by it. */
static void test_a_callback_meanwhile(void **state)
{
    json_t *data = json_pack("{s:s}", "mood", "better");
    aw__callback callback = {.actor_id = t->actor_id, .peer_id = "bob", .subscription_id = ID, .sequence = 8,
                             .data = data};
    aw__callback_outcome outcome;
    test_outcome done;

    (void)state;
    bob_answers("GET", one_path, 200, "{\"sequence\":7,\"data\":[]}");
    aw_fake_peer_rule(bob, AW_WITH(fake_peer_rule, .method = "GET", .path = "/bob/properties", .status = 200,
                                   .body = "{\"mood\":\"good\"}", .headers = "Content-Type: application/json\r\n",
                                   .delay_ms = 300));
    test_outcome_init(&done);
    assert_int_equal(aw__flow_start(flow_of(NULL, NULL, 0), test_outcome_set, NULL, &done, NULL, &err), AW_OK);
    assert_true(bob_hears("GET", "/properties", 1));
    assert_int_equal(aw__callback_receive(&t->site, &callback, &outcome, NULL, &err), AW_OK);
    assert_int_equal(outcome, AW__CALLBACK_QUEUED);
    assert_int_equal(test_outcome_wait(&done), AW_OK);
    assert_string_equal(kept("mood"), "\"better\"");
    assert_int_equal(sequence_of("bob", ID), 8);
    test_outcome_free(&done);
    json_decref(data);
}

/* What was kept before stays when it fails. */
static void test_data_of_another_subscription(void **state)
{
    (void)state;
    bob_answers("GET", "/properties/mood", 200, "\"good\"");
    assert_int_equal(subscribe("mood", NULL), AW_OK);
    bob_answers("POST", path, 201, "{\"subscriptionid\":\"other\"}");
    bob_answers("GET", "/properties/profile", 500, NULL);
    assert_int_equal(run_flow(AW_OK, flow_of("profile", NULL, 0), NULL, &err), AW_E_HTTP);
    assert_string_equal(kept(NULL), "{\"mood\":\"good\"}");
}

static void test_a_name_that_would_lead_elsewhere(void **state)
{
    (void)state;
    bob_answers("GET", "/properties", 200, "{\"..\":{\"_list\":true,\"count\":1},\"ok\":1}");
    assert_int_equal(subscribe(NULL, NULL), AW_OK);
    assert_int_equal(aw_fake_peer_count_of(bob, "GET", NULL), 2);
    assert_string_equal(kept("ok"), "1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_the_baseline_is_kept, set_up, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_lists_are_fetched_each, set_up, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_a_list_that_cannot_be_had, set_up, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_lists_without_end, set_up, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_parts, set_up, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_a_property_by_itself, set_up, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_a_list_by_itself, set_up, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_nothing_there_yet, set_up, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_peers_that_do_not_tell_the_sequence, set_up, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_peers_that_count_from_one, set_up, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_a_baseline_that_fails, set_up, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_out_of_time, set_up, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_a_callback_meanwhile, set_up, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_data_of_another_subscription, set_up, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_a_name_that_would_lead_elsewhere, set_up, pair_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
