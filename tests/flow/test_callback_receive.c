/*
 * The conversation "callback received", as the subscriber.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flow/callback_receive.h"
#include "flow/delivery.h"
#include "support/subscribed.h"

static aw_error err;
static char sub_path[160]; /* "/subscriptions/{us}/sub" */

static int set_up(void **state)
{
    pair_set_up_trusting(state);
    snprintf(sub_path, sizeof(sub_path), "/subscriptions/%s/sub", t->actor_id);
    outbound("sub", NULL, NULL);
    return 0;
}

/* Takes the reference of body. *ret_outcome is untouched on failure. */
static int receive(json_t *body, aw__callback_outcome *ret_outcome)
{
    aw__flow *flow = NULL;
    int rc = aw__callback_receive_new(&t->site, t->actor_id, "bob", "sub", body, true, &flow, &err);

    json_decref(body);
    if (rc)
        return rc;
    aw__op_ref(&flow->op);
    rc = aw__flow_run(flow, NULL, &err);
    if (rc == AW_OK && ret_outcome)
        *ret_outcome = *(const aw__callback_outcome *)flow->result;
    aw__flow_unref(flow);
    return rc;
}

/* Low granularity: only a link. */
static json_t *link_body(int64_t sequence, const char *url)
{
    json_t *body = callback_body("sub", sequence, NULL);

    json_object_set_new(body, "granularity", json_string("low"));
    json_object_set_new(body, "url", json_string(url));
    return body;
}

static const char *link_to(int64_t sequence)
{
    static char url[300];

    snprintf(url, sizeof(url), "%s%s/%lld", bob_url, sub_path, (long long)sequence);
    return url;
}

static void bob_has_diff(int64_t sequence, const char *data)
{
    char path[200], body[300];

    snprintf(path, sizeof(path), "%s/%lld", sub_path, (long long)sequence);
    snprintf(body, sizeof(body), "{\"sequence\":%lld,\"data\":%s}", (long long)sequence, data);
    bob_answers("GET", path, 200, body);
}

static json_t *resync_body(int64_t sequence)
{
    json_t *body = link_body(sequence, "http://somewhere.invalid/");

    json_object_set_new(body, "type", json_string("resync"));
    return body;
}

/* ---- */

static void test_high_granularity(void **state)
{
    aw__callback_outcome outcome = AW__CALLBACK_FULL;

    (void)state;
    assert_int_equal(receive(callback_body("sub", 1, "{\"mood\":\"good\"}"), &outcome), AW_OK);
    assert_int_equal(outcome, AW__CALLBACK_APPLIED);
    assert_string_equal(kept("mood"), "\"good\"");
    assert_int_equal(aw_fake_peer_count(bob), 0);
}

static void test_which_callbacks_are_local(void **state)
{
    aw__callback_outcome outcome = AW__CALLBACK_FULL;
    json_t *body = callback_body("sub", 1, "{\"mood\":\"good\"}");

    (void)state;
    assert_true(aw__callback_is_local(body));
    assert_int_equal(aw__callback_receive_now(&t->site, t->actor_id, "bob", "sub", body, true, &outcome, &err), AW_OK);
    assert_int_equal(outcome, AW__CALLBACK_APPLIED);
    json_object_set_new(body, "url", json_string("http://x/"));
    assert_true(aw__callback_is_local(body)); /* the data is there */
    json_object_del(body, "data");
    assert_false(aw__callback_is_local(body));
    assert_int_equal(aw__callback_receive_now(&t->site, t->actor_id, "bob", "sub", body, true, &outcome, &err),
                     AW_E_INVALID);
    json_object_del(body, "url");
    assert_true(aw__callback_is_local(body)); /* and wrong */
    assert_int_equal(aw__callback_receive_now(&t->site, t->actor_id, "bob", "sub", body, true, &outcome, &err),
                     AW_E_INVALID);
    json_decref(body);
    body = resync_body(1);
    assert_false(aw__callback_is_local(body));
    json_decref(body);
    body = json_array();
    assert_int_equal(aw__callback_receive_now(&t->site, t->actor_id, "bob", "sub", body, true, &outcome, &err),
                     AW_E_INVALID);
    json_decref(body);
}

static void test_malformed(void **state)
{
    json_t *body = callback_body("sub", 1, "{}");

    (void)state;
    json_object_del(body, "sequence");
    assert_int_equal(receive(body, NULL), AW_E_INVALID);
    assert_int_equal(receive(json_array(), NULL), AW_E_INVALID);
    assert_int_equal(receive(callback_body("sub", 1, NULL), NULL), AW_E_INVALID);
    assert_int_equal(receive(callback_body("sub", 1, "\"text\""), NULL), AW_E_INVALID);
    assert_int_equal(receive(callback_body("sub", -3, "{}"), NULL), AW_E_INVALID);
}

static void test_low_granularity(void **state)
{
    aw__callback_outcome outcome = AW__CALLBACK_FULL;

    (void)state;
    bob_has_diff(1, "{\"mood\":\"good\"}");
    assert_int_equal(receive(link_body(1, link_to(1)), &outcome), AW_OK);
    assert_int_equal(outcome, AW__CALLBACK_APPLIED);
    assert_string_equal(kept("mood"), "\"good\"");
    aw_fake_peer_request request = bob_heard_request("GET", sub_path, 0);

    assert_true(request_has(&request, "Authorization: Bearer secret-of-bob"));
    request = bob_heard_request("PUT", sub_path, 0);
    assert_true(request_has(&request, "Authorization: Bearer secret-of-bob"));
    assert_string_equal(request.body, "{\"sequence\":1}");
}

static void test_an_acknowledgement_that_fails(void **state)
{
    (void)state;
    bob_has_diff(1, "{\"mood\":\"good\"}");
    bob_answers("PUT", NULL, 500, NULL);
    assert_int_equal(receive(link_body(1, link_to(1)), NULL), AW_OK);
    assert_string_equal(kept("mood"), "\"good\"");
}

/* Acknowledged is only what has been applied with all that came before it. */
static void test_low_granularity_out_of_order(void **state)
{
    aw__callback_outcome outcome = AW__CALLBACK_FULL;

    (void)state;
    bob_has_diff(1, "{\"n\":1}");
    bob_has_diff(2, "{\"n\":2}");
    assert_int_equal(receive(link_body(2, link_to(2)), &outcome), AW_OK);
    assert_int_equal(outcome, AW__CALLBACK_QUEUED);
    assert_int_equal(receive(link_body(2, link_to(2)), &outcome), AW_OK); /* once more */
    assert_int_equal(outcome, AW__CALLBACK_DUPLICATE);
    assert_int_equal(bob_heard("PUT", NULL), 0);
    assert_int_equal(receive(link_body(1, link_to(1)), &outcome), AW_OK);
    assert_int_equal(outcome, AW__CALLBACK_APPLIED);
    assert_string_equal(kept("n"), "2");
    assert_int_equal(bob_heard("PUT", NULL), 1);
    /* One that is known is not fetched, but acknowledged. */
    aw_fake_peer_clear(bob);
    assert_int_equal(receive(link_body(2, link_to(2)), &outcome), AW_OK);
    assert_int_equal(outcome, AW__CALLBACK_DUPLICATE);
    assert_int_equal(bob_heard("GET", NULL), 0);
    assert_string_equal(bob_heard_request("PUT", sub_path, 0).body, "{\"sequence\":2}");
}

static void test_a_link_that_cannot_be_fetched(void **state)
{
    static const struct {
        int status;
        const char *body;
        int code;
    } answers[] = {
        {404, NULL, AW_E_HTTP},     {500, NULL, AW_E_HTTP},       {302, NULL, AW_E_HTTP},
        {200, "{", AW_E_PROTOCOL},  {200, "{}", AW_E_PROTOCOL},   {200, "[]", AW_E_PROTOCOL},
        {200, "{\"data\":null}", AW_E_PROTOCOL},
    };
    char *before = test_site_snapshot(t);

    (void)state;
    for (size_t i = 0; i < sizeof(answers) / sizeof(*answers); i++) {
        aw_fake_peer_reset_rules(bob);
        bob_answers("GET", sub_path, answers[i].status, answers[i].body);
        assert_int_equal(receive(link_body(1, link_to(1)), NULL), answers[i].code);
    }
    bob_fails("GET", sub_path, AW_FAKE_RESET);
    assert_int_equal(receive(link_body(1, link_to(1)), NULL), AW_E_CONNECT);
    char *after = test_site_snapshot(t);

    assert_string_equal(before, after); /* the publisher tries again */
    assert_int_equal(bob_heard("PUT", NULL), 0);
    free(before);
    free(after);
}

/* The secret goes to bob's own address and nowhere else. */
static void test_a_link_to_somebody_else(void **state)
{
    aw_fake_peer *mallory = aw_fake_peer_new();
    char urls[12][300];
    const char *root = aw_fake_peer_root(bob), *foreign = aw_fake_peer_root(mallory);

    (void)state;
    snprintf(urls[0], sizeof(urls[0]), "%sbob/subscriptions/x/sub/1", foreign);  /* another port */
    snprintf(urls[1], sizeof(urls[1]), "%smallory/subscriptions/x", root);       /* another actor of that host */
    snprintf(urls[2], sizeof(urls[2]), "%sbobby/subscriptions/x", root);         /* whose name begins like bob's */
    snprintf(urls[3], sizeof(urls[3]), "%sbob/../mallory/x", root);
    snprintf(urls[4], sizeof(urls[4]), "%sbob/%%2e%%2e/mallory/x", root);
    snprintf(urls[5], sizeof(urls[5]), "https://127.0.0.1:%d/bob/x", aw_fake_peer_port(bob)); /* another scheme */
    snprintf(urls[6], sizeof(urls[6]), "http://127.0.0.1:%d@localhost/bob/x", aw_fake_peer_port(bob));
    snprintf(urls[7], sizeof(urls[7]), "file:///etc/passwd");
    snprintf(urls[8], sizeof(urls[8]), "/bob/subscriptions/x");
    snprintf(urls[9], sizeof(urls[9]), "%s", root);
    snprintf(urls[10], sizeof(urls[10]), "%sbob", root);
    snprintf(urls[11], sizeof(urls[11]), "http://localhost:%d/bob/x", aw_fake_peer_port(bob)); /* another name */
    for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
        assert_int_equal(receive(link_body(1, urls[i]), NULL), AW_E_INVALID);
        assert_null(strstr(err.message, "secret-of-bob"));
    }
    assert_int_equal(aw_fake_peer_count(bob), 0);
    assert_int_equal(aw_fake_peer_count(mallory), 0);
    assert_int_equal(aw_fake_peer_connections(mallory), 0);
    assert_int_equal(sequence_of("bob", "sub"), 0);
    aw_fake_peer_free(mallory);
}

static void test_a_link_that_redirects(void **state)
{
    aw_fake_peer *mallory = aw_fake_peer_new();
    char headers[200];

    (void)state;
    snprintf(headers, sizeof(headers), "Location: %ssteal\r\n", aw_fake_peer_root(mallory));
    aw_fake_peer_rule(bob, AW_WITH(fake_peer_rule, .method = "GET", .status = 302, .headers = headers));
    assert_int_equal(receive(link_body(1, link_to(1)), NULL), AW_E_HTTP);
    assert_int_equal(aw_fake_peer_connections(mallory), 0);
    aw_fake_peer_free(mallory);
}

static void test_a_resync(void **state)
{
    aw__callback_outcome outcome = AW__CALLBACK_FULL;

    (void)state;
    receive(callback_body("sub", 1, "{\"old\":1}"), NULL);
    receive(callback_body("sub", 4, "{\"n\":4}"), NULL);
    receive(callback_body("sub", 8, "{\"n\":8}"), NULL);
    bob_answers("GET", "/properties", 200, "{\"mood\":\"good\"}");
    assert_int_equal(receive(resync_body(7), &outcome), AW_OK);
    assert_int_equal(outcome, AW__CALLBACK_RESYNC);
    assert_string_equal(kept(NULL), "{\"mood\":\"good\",\"n\":8}");
    assert_int_equal(sequence_of("bob", "sub"), 8);
    assert_int_equal(bob_heard("PUT", NULL), 0);
    assert_int_equal(bob_heard("GET", NULL), 1); /* the link of a resync is not needed */
}

static void test_a_resync_that_fails(void **state)
{
    (void)state;
    receive(callback_body("sub", 1, "{\"old\":1}"), NULL);
    bob_answers("GET", "/properties", 500, NULL);
    assert_int_equal(receive(resync_body(7), NULL), AW_E_HTTP);
    assert_string_equal(kept(NULL), "{\"old\":1}");
    assert_int_equal(sequence_of("bob", "sub"), 1);
    assert_int_equal(receive(callback_body("sub", 2, "{\"n\":2}"), NULL), AW_OK); /* and nothing is held */
    assert_int_equal(sequence_of("bob", "sub"), 2);
}

static void test_without_processing(void **state)
{
    aw__callback_outcome outcome = AW__CALLBACK_FULL;

    (void)state;
    t->site.config.subscription_processing = false;
    assert_int_equal(receive(callback_body("sub", 1, "{\"n\":1}"), &outcome), AW_OK);
    assert_int_equal(outcome, AW__CALLBACK_APPLIED);
    assert_int_equal(receive(link_body(2, link_to(2)), NULL), AW_OK);
    assert_int_equal(receive(resync_body(7), NULL), AW_OK);
    assert_int_equal(receive(link_body(3, "http://localhost:1/"), NULL), AW_E_INVALID); /* wrong in any case */
    assert_int_equal(aw_fake_peer_count(bob), 0);
    assert_string_equal(kept(NULL), "{}");
    assert_int_equal(sequence_of("bob", "sub"), 0);
}

static void test_a_full_queue(void **state)
{
    aw__callback_outcome outcome = AW__CALLBACK_APPLIED;

    (void)state;
    t->site.config.max_pending = 1;
    assert_int_equal(receive(callback_body("sub", 3, "{}"), &outcome), AW_OK);
    assert_int_equal(outcome, AW__CALLBACK_QUEUED);
    assert_int_equal(receive(callback_body("sub", 4, "{}"), &outcome), AW_OK);
    assert_int_equal(outcome, AW__CALLBACK_FULL);
}

/* A gap is seen to without another callback having to come. */
static void test_a_gap_ends_by_itself(void **state)
{
    aw__callback_outcome outcome;
    json_t *body = callback_body("sub", 3, "{\"n\":3}");

    (void)state;
    t->site.config.gap_timeout_ms = 50;
    assert_int_equal(aw__delivery_open(&t->site, &err), AW_OK);
    bob_answers("GET", sub_path, 200, "{\"sequence\":3,\"data\":[]}");
    bob_answers("GET", "/properties", 200, "{\"n\":3,\"m\":2}");
    assert_int_equal(aw__callback_receive_now(&t->site, t->actor_id, "bob", "sub", body, true, &outcome, &err), AW_OK);
    assert_int_equal(outcome, AW__CALLBACK_QUEUED);
    json_decref(body);
    assert_true(bob_hears("GET", "/properties", 1));
    aw__delivery_close(&t->site);
    assert_int_equal(bob_heard("GET", sub_path), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_high_granularity, set_up, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_which_callbacks_are_local, set_up, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_malformed, set_up, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_low_granularity, set_up, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_an_acknowledgement_that_fails, set_up, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_low_granularity_out_of_order, set_up, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_a_link_that_cannot_be_fetched, set_up, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_a_link_to_somebody_else, set_up, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_a_link_that_redirects, set_up, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_a_resync, set_up, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_a_resync_that_fails, set_up, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_without_processing, set_up, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_a_full_queue, set_up, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_a_gap_ends_by_itself, set_up, pair_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
