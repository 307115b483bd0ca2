/*
 * The conversation "callback": one diff to one subscriber.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actor/capability.h"
#include "actor/subscription.h"
#include "actor/trust.h"
#include "base/clock.h"
#include "flow/callback_send.h"
#include "http/gzip.h"
#include "support/random.h"
#include "support/subscribed.h"

static aw_error err;

static int send_params(const aw_subscription_callback_params *params)
{
    aw__flow *flow = NULL;
    int rc = aw__callback_send_new(&t->site, t->actor_id, params, &flow, &err);

    return run_flow(rc, flow, NULL, &err);
}

static int send_one(const char *id, int64_t sequence)
{
    return send_params(AW_WITH(subscription_callback, .peer_id = "bob", .subscription_id = id, .sequence = sequence));
}

static json_t *body_of(aw_fake_peer_request request)
{
    json_t *body = json_loadb(request.body, request.body_bytes, 0, NULL);

    assert_non_null(body);
    return body;
}

static const char *text_at(const json_t *body, const char *key)
{
    return json_string_value(json_object_get(body, key));
}

static void test_high_granularity(void **state)
{
    char path[160];
    int64_t made_us;

    (void)state;
    test_id id = inbound("bob", NULL, NULL, "high");

    set_property("mood", "\"good\"");
    assert_int_equal(send_one(id.text, 1), AW_OK);
    snprintf(path, sizeof(path), "/callbacks/subscriptions/%s/%s", t->actor_id, id.text);
    aw_fake_peer_request request = bob_heard_request("POST", path, 0);

    assert_true(request_has(&request, "Authorization: Bearer secret-of-bob"));
    assert_true(request_has(&request, "Content-Type: application/json"));
    json_t *body = body_of(request);

    assert_string_equal(text_at(body, "id"), t->actor_id);
    assert_string_equal(text_at(body, "subscriptionid"), id.text);
    assert_string_equal(text_at(body, "target"), "properties");
    assert_string_equal(text_at(body, "granularity"), "high");
    assert_int_equal(json_integer_value(json_object_get(body, "sequence")), 1);
    assert_string_equal(text_at(json_object_get(body, "data"), "mood"), "good");
    assert_int_equal(json_object_size(body), 7); /* no subtarget, no resource, no url */
    const char *timestamp = text_at(body, "timestamp");

    assert_int_equal(strlen(timestamp), strlen("2026-11-22 01:25:30.835806"));
    assert_int_equal(timestamp[10], ' ');
    assert_true(aw__timestamp_parse(timestamp, &made_us));
    json_decref(body);
    assert_int_equal(diff_count(id.text), 1); /* stays until the subscriber clears it */
}

static void test_low_granularity(void **state)
{
    char url[300];

    (void)state;
    test_id id = inbound("bob", "profile", "city", "low");

    set_property("profile", "{\"city\":\"Oslo\"}");
    assert_int_equal(send_one(id.text, 1), AW_OK);
    json_t *body = body_of(bob_heard_request("POST", "/callbacks", 0));

    snprintf(url, sizeof(url), "%s%s/subscriptions/bob/%s/1", t->root, t->actor_id, id.text);
    assert_string_equal(text_at(body, "url"), url);
    assert_string_equal(text_at(body, "subtarget"), "profile");
    assert_string_equal(text_at(body, "resource"), "city");
    assert_null(json_object_get(body, "data"));
    json_decref(body);
}

static void test_granularity_none(void **state)
{
    (void)state;
    test_id id = inbound("bob", NULL, NULL, "none");

    set_property("mood", "\"good\"");
    assert_int_equal(send_one(id.text, 1), AW_OK);
    assert_int_equal(aw_fake_peer_count(bob), 0);
}

static void test_a_new_diff(void **state)
{
    json_t *data = json_pack("{s:s, s:s}", "note", "hello", "private", "no");

    (void)state;
    test_id id = inbound("bob", NULL, NULL, "high");

    assert_int_equal(send_params(AW_WITH(subscription_callback, .peer_id = "bob", .subscription_id = id.text,
                                         .data = data)), AW_OK);
    json_t *body = body_of(bob_heard_request("POST", "/callbacks", 0));

    assert_string_equal(text_at(json_object_get(body, "data"), "note"), "hello");
    assert_null(json_object_get(json_object_get(body, "data"), "private"));
    assert_int_equal(json_integer_value(json_object_get(body, "sequence")), 1);
    assert_string_equal(diff_of(id.text, 1), "{\"note\":\"hello\"}");
    json_decref(body);
    json_decref(data);
}

static void test_wrong_params(void **state)
{
    json_t *data = json_object();

    (void)state;
    test_id id = inbound("bob", NULL, NULL, "high");

    assert_int_equal(send_one(id.text, 0), AW_E_INVALID);
    assert_int_equal(send_one(id.text, -1), AW_E_INVALID);
    assert_int_equal(send_one(NULL, 1), AW_E_INVALID);
    assert_int_equal(send_params(AW_WITH(subscription_callback, .peer_id = "bob", .subscription_id = id.text,
                                         .sequence = 1, .data = data)), AW_E_INVALID);
    assert_int_equal(send_one(id.text, 1), AW_E_NOT_FOUND);    /* no such diff */
    assert_int_equal(send_one("no-such", 1), AW_E_NOT_FOUND);
    outbound("ours", NULL, NULL);
    assert_int_equal(send_one("ours", 1), AW_E_NOT_FOUND);     /* the other direction */
    assert_int_equal(aw_fake_peer_count(bob), 0);
    json_decref(data);
}

/* What bob may see is looked at again when it is sent. */
static void test_a_subscriber_that_is_not_approved_any_more(void **state)
{
    aw_trust *trust = NULL;

    (void)state;
    test_id id = inbound("bob", NULL, NULL, "high");

    set_property("mood", "\"good\"");
    assert_int_equal(aw__trust_change(&t->site, t->actor_id, "bob", &(aw__trust_edit){.approved = AW_CLEAR}, &trust,
                                      NULL, &err), AW_OK);
    aw_trust_free(trust);
    assert_int_equal(send_one(id.text, 1), AW_E_DENIED);
    assert_int_equal(aw_fake_peer_count(bob), 0);
}

static void test_what_the_outcome_means(void **state)
{
    static const struct {
        int status;
        aw__callback_fate fate;
    } fates[] = {
        {204, AW__FATE_ACCEPTED}, {200, AW__FATE_ACCEPTED}, {404, AW__FATE_UNKNOWN},   {410, AW__FATE_OVER},
        {400, AW__FATE_OVER},     {403, AW__FATE_OVER},     {429, AW__FATE_RETRIABLE}, {500, AW__FATE_RETRIABLE},
        {503, AW__FATE_RETRIABLE},
    };

    (void)state;
    test_id id = inbound("bob", NULL, NULL, "high");

    set_property("mood", "\"good\"");
    for (size_t i = 0; i < sizeof(fates) / sizeof(*fates); i++) {
        aw__flow *flow = NULL;

        aw_fake_peer_reset_rules(bob);
        bob_answers("POST", "/callbacks", fates[i].status, NULL);
        assert_int_equal(aw__callback_send_new(&t->site, t->actor_id,
                                               AW_WITH(subscription_callback, .peer_id = "bob",
                                                       .subscription_id = id.text, .sequence = 1), &flow, &err),
                         AW_OK);
        aw__op_ref(&flow->op);
        int rc = aw__flow_run(flow, NULL, &err);

        assert_int_equal(aw__callback_send_fate(flow, rc ? &err : NULL), fates[i].fate);
        assert_true(aw__callback_send_age_ms(flow) >= 0);
        aw__flow_unref(flow);
    }
    aw_fake_peer_refuse(bob);
    assert_int_equal(send_one(id.text, 1), AW_E_CONNECT);
    assert_true(err.retriable);
}

static void test_which_ends_are_for_good(void **state)
{
    aw__flow *flow = NULL;

    (void)state;
    assert_int_equal(aw__callback_send_new(&t->site, t->actor_id,
                                           AW_WITH(subscription_callback, .peer_id = "bob", .subscription_id = "x",
                                                   .sequence = 1), &flow, &err), AW_OK);
    aw__op_ref(&flow->op);
    assert_int_equal(aw__flow_run(flow, NULL, &err), AW_E_NOT_FOUND);
    assert_int_equal(aw__callback_send_fate(flow, &err), AW__FATE_ENDED);
    assert_int_equal(aw__callback_send_fate(flow, &(aw_error){.code = AW_E_NOMEM}), AW__FATE_LOCAL);
    assert_int_equal(aw__callback_send_fate(flow, &(aw_error){.code = AW_E_CANCELED}), AW__FATE_LOCAL);
    /* Nothing was sent: the peer has no part in it. */
    assert_int_equal(aw__callback_send_fate(flow, &(aw_error){.code = AW_E_BUSY, .retriable = true}), AW__FATE_LOCAL);
    assert_int_equal(aw__callback_send_fate(flow, &(aw_error){.code = AW_E_TIMEOUT, .retriable = true}), AW__FATE_LOCAL);
    aw__flow_unref(flow);
}

/* ---- large ones ---- */

static void know_that_bob_supports(const char *supported)
{
    aw_trust *trust = NULL;

    assert_int_equal(aw__capability_keep(&t->site, t->actor_id, "bob", supported, "1.0", &trust, &err), AW_OK);
    aw_trust_free(trust);
}

/* A text property of that many bytes, which can hardly be compressed. */
static void set_bytes(const char *name, size_t bytes)
{
    random_source source = random_begin("callback bodies");
    char *json = malloc(bytes + 3);

    assert_non_null(json);
    json[0] = json[bytes + 1] = '"';
    json[bytes + 2] = '\0';
    for (size_t i = 1; i <= bytes; i++)
        json[i] = (char)('a' + random_below(&source, 16));
    set_property(name, json);
    free(json);
}

static void test_too_large_for_a_callback(void **state)
{
    char url[300];

    (void)state;
    test_id id = inbound("bob", NULL, NULL, "high");

    set_bytes("story", 300 * 1024);
    set_bytes("note", 200 * 1024);
    assert_int_equal(send_one(id.text, 1), AW_OK);
    assert_int_equal(send_one(id.text, 2), AW_OK);
    aw_fake_peer_request request = bob_heard_request("POST", "/callbacks", 0);
    json_t *body = body_of(request);

    assert_true(request_has(&request, "X-ActingWeb-Granularity-Downgraded: true"));
    assert_string_equal(text_at(body, "granularity"), "low");
    assert_null(json_object_get(body, "data"));
    snprintf(url, sizeof(url), "%s%s/subscriptions/bob/%s/1", t->root, t->actor_id, id.text);
    assert_string_equal(text_at(body, "url"), url);
    assert_int_equal(json_integer_value(json_object_get(body, "sequence")), 1);
    json_decref(body);
    request = bob_heard_request("POST", "/callbacks", 1);
    assert_false(request_has(&request, "X-ActingWeb-Granularity-Downgraded: true"));
    assert_true(request.body_bytes > 200 * 1024);
}

static void assert_unpacks(const aw_fake_peer_request *request, const char *name)
{
    aw__buffer text = {.limit = 1 << 20};

    assert_int_equal(aw__gzip_unpack(request->body, request->body_bytes, &text), AW_OK);
    json_t *body = json_loadb(text.data, text.bytes, 0, NULL);

    assert_non_null(json_object_get(json_object_get(body, "data"), name));
    json_decref(body);
    aw__buffer_free(&text);
}

static void test_compressed(void **state)
{
    static const char *const tags[] = {"callbackcompression", "www,compression"};

    (void)state;
    test_id id = inbound("bob", NULL, NULL, "high");

    set_bytes("small", 100);
    set_bytes("note", 5000);
    for (size_t i = 0; i < 2; i++) {
        aw_fake_peer_clear(bob);
        know_that_bob_supports(tags[i]);
        assert_int_equal(send_one(id.text, 1), AW_OK);
        assert_int_equal(send_one(id.text, 2), AW_OK);
        aw_fake_peer_request request = bob_heard_request("POST", "/callbacks", 0);

        assert_false(request_has(&request, "Content-Encoding: gzip")); /* not worth it */
        json_decref(body_of(request));
        request = bob_heard_request("POST", "/callbacks", 1);
        assert_true(request_has(&request, "Content-Encoding: gzip"));
        assert_true(request_has(&request, "Content-Type: application/json"));
        assert_true(request.body_bytes < 4000);
        assert_unpacks(&request, "note");
    }
}

static void test_not_compressed(void **state)
{
    (void)state;
    test_id id = inbound("bob", NULL, NULL, "high");

    set_bytes("note", 5000);
    assert_int_equal(send_one(id.text, 1), AW_OK); /* nothing is known of bob */
    know_that_bob_supports("callbacks,callbackcompressions");
    assert_int_equal(send_one(id.text, 1), AW_OK);
    for (size_t i = 0; i < 2; i++) {
        aw_fake_peer_request request = bob_heard_request("POST", "/callbacks", i);

        assert_false(request_has(&request, "Content-Encoding: gzip"));
        json_decref(body_of(request));
    }
}

/* One who cannot read it after all gets it as it is, in the same try. */
static void test_compressed_and_refused(void **state)
{
    static const int refusals[] = {400, 415};

    (void)state;
    test_id id = inbound("bob", NULL, NULL, "high");

    know_that_bob_supports("callbackcompression");
    set_bytes("note", 5000);
    for (size_t i = 0; i < 2; i++) {
        aw_fake_peer_clear(bob);
        assert_int_equal(aw_fake_peer_rule(bob, AW_WITH(fake_peer_rule, .method = "POST", .path = "/bob/callbacks",
                                                        .status = refusals[i], .times = 1)), 0);
        assert_int_equal(send_one(id.text, 1), AW_OK);
        assert_int_equal(bob_heard("POST", "/callbacks"), 2);
        aw_fake_peer_request request = bob_heard_request("POST", "/callbacks", 1);

        assert_false(request_has(&request, "Content-Encoding: gzip"));
        json_decref(body_of(request));
    }
    bob_answers("POST", "/callbacks", 400, NULL);
    assert_int_equal(send_one(id.text, 1), AW_E_HTTP);
    assert_int_equal(bob_heard("POST", "/callbacks"), 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_high_granularity, pair_set_up_trusting, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_low_granularity, pair_set_up_trusting, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_granularity_none, pair_set_up_trusting, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_a_new_diff, pair_set_up_trusting, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_wrong_params, pair_set_up_trusting, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_a_subscriber_that_is_not_approved_any_more, pair_set_up_trusting,
                                        pair_tear_down),
        cmocka_unit_test_setup_teardown(test_what_the_outcome_means, pair_set_up_trusting, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_which_ends_are_for_good, pair_set_up_trusting, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_too_large_for_a_callback, pair_set_up_trusting, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_compressed, pair_set_up_trusting, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_not_compressed, pair_set_up_trusting, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_compressed_and_refused, pair_set_up_trusting, pair_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
