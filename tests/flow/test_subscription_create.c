/*
 * The conversation "create remote subscription".
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actor/trust.h"
#include "flow/subscription_create.h"
#include "support/subscribed.h"

#define ID "0123456789abcdef0123456789abcdef"

static aw_error err;
static char path[128]; /* "/subscriptions/{us}" */

static int set_up(void **state)
{
    pair_set_up_trusting(state);
    snprintf(path, sizeof(path), "/subscriptions/%s", t->actor_id);
    return 0;
}

static int create(const aw_subscription_create_remote_params *params, aw_subscription **ret_subscription)
{
    aw__flow *flow = NULL;
    int rc = aw__subscription_create_new(&t->site, t->actor_id, params, &flow, &err);

    return run_flow(rc, flow, (void **)ret_subscription, &err);
}

static int create_plain(void)
{
    aw_subscription *made = NULL;
    int rc = create(AW_WITH(subscription_create_remote, .peer_id = "bob", .target = "properties"), &made);

    aw_subscription_free(made);
    return rc;
}

static void test_both_halves(void **state)
{
    aw_subscription *made = NULL;
    char location[256];

    (void)state;
    assert_int_equal(create(AW_WITH(subscription_create_remote, .peer_id = "bob", .target = "properties",
                                    .subtarget = "profile", .resource = "address/city", .granularity = "low"), &made),
                     AW_OK);
    aw_fake_peer_request request = bob_heard_request("POST", path, 0);

    assert_true(request_has(&request, "Authorization: Bearer secret-of-bob"));
    json_t *body = json_loadb(request.body, request.body_bytes, 0, NULL);

    assert_string_equal(json_string_value(json_object_get(body, "id")), t->actor_id);
    assert_string_equal(json_string_value(json_object_get(body, "target")), "properties");
    assert_string_equal(json_string_value(json_object_get(body, "subtarget")), "profile");
    assert_string_equal(json_string_value(json_object_get(body, "resource")), "address/city");
    assert_string_equal(json_string_value(json_object_get(body, "granularity")), "low");
    json_decref(body);

    assert_string_equal(aw_subscription_peer_id(made), "bob");
    assert_string_equal(aw_subscription_target(made), "properties");
    assert_string_equal(aw_subscription_subtarget(made), "profile");
    assert_string_equal(aw_subscription_resource(made), "address/city");
    assert_string_equal(aw_subscription_granularity(made), "low");
    assert_true(aw_subscription_outbound(made));
    assert_int_equal(aw_subscription_sequence(made), 0);
    snprintf(location, sizeof(location), "%s%s/%s", bob_url, path, aw_subscription_id(made));
    assert_string_equal(aw_subscription_url(made), location);
    assert_int_equal(sequence_of("bob", aw_subscription_id(made)), 0);
    aw_subscription_free(made);
    assert_int_equal(bob_heard("GET", NULL), 0); /* nothing is fetched */
}

static void test_what_is_not_asked_for_is_not_said(void **state)
{
    (void)state;
    assert_int_equal(create_plain(), AW_OK);
    aw_fake_peer_request request = bob_heard_request("POST", path, 0);
    json_t *body = json_loadb(request.body, request.body_bytes, 0, NULL);

    assert_int_equal(json_object_size(body), 3);
    assert_string_equal(json_string_value(json_object_get(body, "granularity")), "high");
    json_decref(body);
}

static void test_wrong_params(void **state)
{
    (void)state;
    assert_int_equal(create(NULL, NULL), AW_E_INVALID);
    assert_int_equal(create(AW_WITH(subscription_create_remote, .target = "properties"), NULL), AW_E_INVALID);
    assert_int_equal(create(AW_WITH(subscription_create_remote, .peer_id = "bob"), NULL), AW_E_INVALID);
    assert_int_equal(create(AW_WITH(subscription_create_remote, .peer_id = "bob", .target = ".."), NULL), AW_E_INVALID);
    assert_int_equal(create(AW_WITH(subscription_create_remote, .peer_id = "bob", .target = "properties",
                                    .resource = "r"), NULL), AW_E_INVALID);
    assert_int_equal(create(AW_WITH(subscription_create_remote, .peer_id = "bob", .target = "properties",
                                    .subtarget = "a", .resource = "x/../y"), NULL), AW_E_INVALID);
    assert_int_equal(create(AW_WITH(subscription_create_remote, .peer_id = "bob", .target = "properties",
                                    .granularity = "much"), NULL), AW_E_INVALID);
    assert_int_equal(create(AW_WITH(subscription_create_remote, .peer_id = "carol", .target = "properties"), NULL),
                     AW_E_NOT_FOUND);
    assert_int_equal(aw_fake_peer_count(bob), 0);
}

static void test_answers_that_are_no_subscription(void **state)
{
    static const struct {
        int status;
        const char *body;
        int code;
    } answers[] = {
        {403, "{\"error\":\"no\"}", AW_E_HTTP},
        {404, NULL, AW_E_HTTP},
        {500, NULL, AW_E_HTTP},
        {302, NULL, AW_E_HTTP},
        {200, "{\"subscriptionid\":\"" ID "\"}", AW_E_HTTP},
        {201, "not json", AW_E_PROTOCOL},
        {201, "[]", AW_E_PROTOCOL},
        {201, "{}", AW_E_PROTOCOL},
        {201, "{\"subscriptionid\":7}", AW_E_PROTOCOL},
        {201, "{\"subscriptionid\":\"../x\"}", AW_E_PROTOCOL},
        {201, "{\"subscriptionid\":\"\"}", AW_E_PROTOCOL},
    };
    char *before = test_site_snapshot(t);

    (void)state;
    for (size_t i = 0; i < sizeof(answers) / sizeof(*answers); i++) {
        bob_answers("POST", path, answers[i].status, answers[i].body);
        assert_int_equal(create_plain(), answers[i].code);
        aw_fake_peer_reset_rules(bob);
    }
    char *after = test_site_snapshot(t);

    assert_string_equal(before, after);
    free(before);
    free(after);
    assert_int_equal(bob_heard("DELETE", NULL), 0); /* nobody knows what */
}

static void test_a_location_alone_is_not_enough(void **state)
{
    char headers[256], url[200];

    (void)state;
    snprintf(headers, sizeof(headers), "Location: %s%s/%s\r\n", bob_url, path, ID);
    snprintf(url, sizeof(url), "%s/%s", path, ID);
    aw_fake_peer_rule(bob, AW_WITH(fake_peer_rule, .method = "POST", .status = 201, .headers = headers));
    assert_int_equal(create_plain(), AW_E_PROTOCOL);
    assert_int_equal(bob_heard("DELETE", url), 1); /* but enough to take it back */
}

static void test_a_foreign_location_is_left_alone(void **state)
{
    (void)state;
    aw_fake_peer_rule(bob, AW_WITH(fake_peer_rule, .method = "POST", .status = 201,
                                   .headers = "Location: http://127.0.0.1:1/steal\r\n"));
    assert_int_equal(create_plain(), AW_E_PROTOCOL);
    assert_int_equal(bob_heard("DELETE", NULL), 0);
}

static void test_a_location_that_leads_away_is_left_alone(void **state)
{
    char headers[256];

    (void)state;
    snprintf(headers, sizeof(headers), "Location: %s%s/%%2e%%2E/%%2e./trust/friend/x\r\n", bob_url, path);
    aw_fake_peer_rule(bob, AW_WITH(fake_peer_rule, .method = "POST", .status = 201, .headers = headers));
    assert_int_equal(create_plain(), AW_E_PROTOCOL);
    assert_int_equal(bob_heard("DELETE", NULL), 0);
}

static void test_faults(void **state)
{
    static const struct {
        aw_fake_peer_fault fault;
        int code;
    } faults[] = {
        {AW_FAKE_RESET, AW_E_CONNECT},
        {AW_FAKE_CLOSE, AW_E_CONNECT},
        {AW_FAKE_GARBAGE, AW_E_PROTOCOL},
        {AW_FAKE_ENDLESS, AW_E_TOO_LARGE},
        {AW_FAKE_HANG, AW_E_TIMEOUT},
    };
    char *before = test_site_snapshot(t);

    (void)state;
    for (size_t i = 0; i < sizeof(faults) / sizeof(*faults); i++) {
        aw_subscription *made = NULL;

        bob_fails("POST", path, faults[i].fault);
        assert_int_equal(create(AW_WITH(subscription_create_remote, .peer_id = "bob", .target = "properties",
                                        .timeout_ms = faults[i].fault == AW_FAKE_HANG ? 200 : 5000), &made),
                         faults[i].code);
        assert_null(made);
        aw_fake_peer_reset_rules(bob);
    }
    aw_fake_peer_refuse(bob);
    assert_int_equal(create_plain(), AW_E_CONNECT);
    assert_true(err.retriable);
    char *after = test_site_snapshot(t);

    assert_string_equal(before, after);
    free(before);
    free(after);
}

/* Between asking and recording the trust ends: bob must not keep his half. */
static void test_our_half_cannot_be_stored(void **state)
{
    char half[200];
    aw__flow *flow = NULL;
    test_outcome outcome;

    (void)state;
    snprintf(half, sizeof(half), "%s/%s", path, ID);
    aw_fake_peer_rule(bob, AW_WITH(fake_peer_rule, .method = "POST", .status = 201, .delay_ms = 300,
                                   .headers = "Content-Type: application/json\r\n",
                                   .body = "{\"subscriptionid\":\"" ID "\"}"));
    assert_int_equal(aw__subscription_create_new(&t->site, t->actor_id,
                                                 AW_WITH(subscription_create_remote, .peer_id = "bob",
                                                         .target = "properties"), &flow, &err), AW_OK);
    test_outcome_init(&outcome);
    assert_int_equal(aw__flow_start(flow, test_outcome_set, NULL, &outcome, NULL, &err), AW_OK);
    assert_true(bob_hears("POST", path, 1));
    assert_int_equal(aw__trust_remove(&t->site, t->actor_id, "bob", NULL, NULL, &err), AW_OK);
    assert_int_equal(test_outcome_wait(&outcome), AW_E_NOT_FOUND);
    assert_true(bob_hears("DELETE", half, 1));
    assert_int_equal(sequence_of("bob", ID), -1);
    test_outcome_free(&outcome);
}

/* A peer that gives one id twice: the subscription that has it stays as it is, here and there. */
static void test_an_id_that_is_known(void **state)
{
    (void)state;
    outbound(ID, "mood", NULL);
    bob_answers("POST", path, 201, "{\"subscriptionid\":\"" ID "\"}");
    char *before = test_site_snapshot(t);

    assert_int_equal(create_plain(), AW_E_EXISTS);
    char *after = test_site_snapshot(t);

    assert_string_equal(before, after);
    assert_int_equal(bob_heard("DELETE", NULL), 0);
    free(before);
    free(after);
}

static void test_many_at_once(void **state)
{
    enum { COUNT = 200 };
    static test_outcome outcomes[COUNT];

    (void)state;
    for (int i = 0; i < COUNT; i++) {
        aw__flow *flow = NULL;

        assert_int_equal(aw__subscription_create_new(&t->site, t->actor_id,
                                                     AW_WITH(subscription_create_remote, .peer_id = "bob",
                                                             .target = "properties"), &flow, &err), AW_OK);
        test_outcome_init(&outcomes[i]);
        assert_int_equal(aw__flow_start(flow, test_outcome_set, NULL, &outcomes[i], NULL, &err), AW_OK);
    }
    for (int i = 0; i < COUNT; i++) {
        assert_int_equal(test_outcome_wait(&outcomes[i]), AW_OK);
        test_outcome_free(&outcomes[i]);
    }
    assert_int_equal(bob_heard("POST", path), COUNT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_both_halves, set_up, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_what_is_not_asked_for_is_not_said, set_up, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_wrong_params, set_up, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_answers_that_are_no_subscription, set_up, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_a_location_alone_is_not_enough, set_up, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_a_foreign_location_is_left_alone, set_up, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_a_location_that_leads_away_is_left_alone, set_up, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_faults, set_up, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_our_half_cannot_be_stored, set_up, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_an_id_that_is_known, set_up, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_many_at_once, set_up, pair_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
