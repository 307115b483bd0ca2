/*
 * Suspension, as subscribers see it: the callbacks of a resync, and when they come.
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

#include "actor/capability.h"
#include "actor/subscription.h"
#include "actor/suspension.h"
#include "base/clock.h"
#include "flow/delivery.h"
#include "support/lists.h"
#include "support/subscribed.h"

static aw_error err;

static int set_up_with(void **state, aw_delivery delivery)
{
    pair_set_up_trusting(state);
    t->site.config.delivery = delivery;
    t->site.config.delivery_backoff_ms = 20;
    t->site.config.delivery_backoff_max_ms = 50;
    t->site.config.breaker_open_ms = 200;
    assert_int_equal(aw__delivery_open(&t->site, &err), AW_OK);
    return 0;
}

static int set_up_once(void **state)
{
    return set_up_with(state, AW_DELIVERY_ONCE);
}

static int set_up_durable(void **state)
{
    return set_up_with(state, AW_DELIVERY_DURABLE);
}

static int tear_down(void **state)
{
    aw__delivery_close(&t->site);
    return pair_tear_down(state);
}

static void suspend(const char *subtarget)
{
    assert_int_equal(aw__suspension_begin(&t->site, t->actor_id, "properties", subtarget, NULL, &err), AW_OK);
}

static void resume(const char *subtarget)
{
    assert_int_equal(aw__suspension_end(&t->site, t->actor_id, "properties", subtarget, NULL, &err), AW_OK);
}

static void know(const char *supported)
{
    aw_trust *trust = NULL;

    assert_int_equal(aw__capability_keep(&t->site, t->actor_id, "bob", supported, "1.0", &trust, &err), AW_OK);
    aw_trust_free(trust);
}

static bool outbox_empties(void)
{
    uint64_t end = aw__now_ms() + 10000;

    while (outbox_count() && aw__now_ms() < end)
        usleep(5000);
    return outbox_count() == 0;
}

/* The index-th callback that bob has had; the caller's. */
static json_t *callback(size_t index)
{
    assert_true(bob_hears("POST", "/callbacks", index + 1));
    aw_fake_peer_request request = bob_heard_request("POST", "/callbacks", index);
    json_t *body = json_loadb(request.body, request.body_bytes, 0, NULL);

    assert_non_null(body);
    return body;
}

static const char *text_at(const json_t *body, const char *key)
{
    const char *text = json_string_value(json_object_get(body, key));

    return text ? text : "";
}

static int64_t sequence_in(const json_t *body)
{
    return json_integer_value(json_object_get(body, "sequence"));
}

static void test_the_callback(void **state)
{
    char url[200];
    int64_t sent_us;

    (void)state;
    know("subscriptionresync");
    test_id id = inbound("bob", NULL, NULL, "high");

    suspend(NULL);
    set_property("a", "1");
    resume(NULL);
    json_t *body = callback(0);

    assert_string_equal(text_at(body, "type"), "resync");
    assert_string_equal(text_at(body, "id"), t->actor_id);
    assert_string_equal(text_at(body, "subscriptionid"), id.text);
    assert_string_equal(text_at(body, "target"), "properties");
    assert_string_equal(text_at(body, "granularity"), "high");
    assert_true(json_is_null(json_object_get(body, "subtarget")));
    assert_int_equal(sequence_in(body), 1);
    snprintf(url, sizeof(url), "%s%s/properties", t->root, t->actor_id);
    assert_string_equal(text_at(body, "url"), url);
    assert_non_null(strstr(text_at(body, "timestamp"), "+00:00"));
    assert_true(aw__timestamp_parse(text_at(body, "timestamp"), &sent_us));
    assert_int_equal(json_object_size(body), 9);
    json_decref(body);
    assert_true(outbox_empties());
}

static void assert_place(size_t index, const char *subtarget, const char *path)
{
    json_t *body = callback(index);
    char url[200];

    snprintf(url, sizeof(url), "%s%s/properties/%s", t->root, t->actor_id, path);
    assert_string_equal(text_at(body, "url"), url);
    assert_string_equal(text_at(body, "subtarget"), subtarget);
    json_decref(body);
}

static void test_the_place(void **state)
{
    (void)state;
    know("subscriptionresync");
    test_id id = inbound("bob", "a b", "x/y", "high");

    suspend(NULL);
    resume(NULL);
    assert_place(0, "a b", "a%20b/x/y");
    assert_int_equal(aw__subscription_remove(&t->site, t->actor_id, "bob", id.text, 0, false, NULL, &err), AW_OK);
    inbound("bob", NULL, NULL, "low");
    suspend("c");
    list_with("c", "[1]");
    resume("c");
    assert_place(1, "c", "c");
}

static void test_in_order_with_what_comes_later(void **state)
{
    (void)state;
    know("subscriptionresync");
    inbound("bob", NULL, NULL, "high");
    set_property("a", "1");
    suspend("a");
    set_property("a", "2");
    resume("a");
    set_property("a", "3");
    int64_t last = 0;

    for (size_t i = 0; last < 3; i++) {
        json_t *body = callback(i);

        /* What the delivery found in the outbox at its start may come twice. */
        assert_in_range(sequence_in(body), 1, last + 1);
        if (sequence_in(body) > last)
            last++;
        assert_string_equal(text_at(body, "type"), sequence_in(body) == 2 ? "resync" : "");
        json_decref(body);
    }
    assert_true(outbox_empties());
}

/* What was committed is sent by the process that comes after this one, whatever the delivery is. */
static void test_across_a_restart(void **state)
{
    (void)state;
    know("subscriptionresync");
    inbound("bob", NULL, NULL, "high");
    suspend(NULL);
    set_property("a", "1");
    aw__delivery_close(&t->site);
    resume(NULL);
    assert_int_equal(outbox_count(), 1);
    assert_int_equal(aw__delivery_open(&t->site, &err), AW_OK);
    json_t *body = callback(0);

    assert_string_equal(text_at(body, "type"), "resync");
    json_decref(body);
    assert_true(outbox_empties());
}

static void test_tried_again(void **state)
{
    (void)state;
    know("subscriptionresync");
    inbound("bob", NULL, NULL, "high");
    assert_int_equal(aw_fake_peer_rule(bob, AW_WITH(fake_peer_rule, .method = "POST", .path = "/bob/callbacks",
                                                    .status = 503, .times = 2)), 0);
    suspend(NULL);
    resume(NULL);
    assert_true(bob_hears("POST", "/callbacks", 3));
    assert_true(outbox_empties());
}

static void test_one_who_does_not_understand(void **state)
{
    char url[200];

    (void)state;
    know("callbacks");
    test_id id = inbound("bob", NULL, NULL, "high");

    suspend(NULL);
    set_property("a", "1");
    resume(NULL);
    set_property("b", "1");
    json_t *body = callback(0);

    assert_string_equal(text_at(body, "type"), "");
    assert_string_equal(text_at(body, "granularity"), "low");
    snprintf(url, sizeof(url), "%s%s/subscriptions/bob/%s/1", t->root, t->actor_id, id.text);
    assert_string_equal(text_at(body, "url"), url);
    assert_null(json_object_get(body, "data"));
    json_decref(body);
    body = callback(1);
    assert_string_equal(text_at(body, "granularity"), "high");
    json_decref(body);
    assert_string_equal(diff_of(id.text, 1), "{\"a\":1}");
    assert_true(outbox_empties());
}

/* It is assumed to, and asked for the next time. */
static void test_one_of_whom_nothing_is_known(void **state)
{
    (void)state;
    inbound("bob", NULL, NULL, "high");
    suspend(NULL);
    resume(NULL);
    json_t *body = callback(0);

    assert_string_equal(text_at(body, "type"), "resync");
    json_decref(body);
    assert_true(bob_hears("GET", "/meta/actingweb/version", 1));
    usleep(50000);
}

#define ONCE(test)    cmocka_unit_test_setup_teardown(test, set_up_once, tear_down)
#define DURABLE(test) cmocka_unit_test_setup_teardown(test, set_up_durable, tear_down)
#define BOTH(test)    ONCE(test), DURABLE(test)

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOTH(test_the_callback),
        BOTH(test_the_place),
        BOTH(test_in_order_with_what_comes_later),
        BOTH(test_across_a_restart),
        DURABLE(test_tried_again),
        BOTH(test_one_who_does_not_understand),
        ONCE(test_one_of_whom_nothing_is_known),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
