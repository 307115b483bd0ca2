/*
 * Diffs: who is told what of a change, and what becomes due.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actor/diff.h"
#include "actor/property.h"
#include "actor/subscription.h"
#include "actor/trust.h"
#include "store/subscriptions.h"
#include "support/subscribed.h"

/* The notices that were told, one "peer:sequence" after another. */
static char told[65536];
static size_t told_count;

static void note(aw__site *site, const aw__notice *notices, size_t count)
{
    assert_ptr_equal(site, &t->site);
    for (size_t i = 0; i < count; i++) {
        size_t at = strlen(told);

        assert_string_equal(notices[i].actor_id, t->actor_id);
        snprintf(told + at, sizeof(told) - at, "%s%s:%lld", at ? " " : "", notices[i].peer_id,
                 (long long)notices[i].sequence);
        told_count++;
    }
}

static int set_up(void **state)
{
    pair_set_up_trusting(state);
    told[0] = '\0';
    told_count = 0;
    t->site.notify = note;
    return 0;
}

static void trust_as(const char *peer_id, const char *relationship, bool approved)
{
    aw_trust row = {.actor_id = t->actor_id, .peer_id = peer_id, .baseuri = "http://127.0.0.1:9/x", .type = "urn:x",
                    .relationship = relationship, .secret = peer_id, .desc = "", .verification_token = "",
                    .peer_identifier = "", .established_via = "trust", .created_at = "", .last_accessed = "",
                    .last_connected_via = "", .client_name = "", .client_version = "", .client_platform = "",
                    .oauth_client_id = "", .aw_supported = "", .aw_version = "", .capabilities_fetched_at = "",
                    .approved = approved, .peer_approved = true, .verified = true};
    aw_error err = {0};

    assert_int_equal(aw__trust_add(&t->site, &row, &err), AW_OK);
}

static void test_each_level_sees_its_part(void **state)
{
    (void)state;
    test_id all = inbound("bob", NULL, NULL, "none");
    test_id one = inbound("bob", "profile", NULL, "none");
    test_id part = inbound("bob", "profile", "address/city", "none");
    test_id other = inbound("bob", "mood", NULL, "none");

    set_property("profile", "{\"address\":{\"city\":\"Oslo\"},\"n\":1}");
    assert_string_equal(diff_of(all.text, 1), "{\"profile\":{\"address\":{\"city\":\"Oslo\"},\"n\":1}}");
    assert_string_equal(diff_of(one.text, 1), "{\"address\":{\"city\":\"Oslo\"},\"n\":1}");
    assert_string_equal(diff_of(part.text, 1), "\"Oslo\"");
    assert_int_equal(diff_count(other.text), 0);
    assert_int_equal(sequence_of("bob", all.text), 1);
    assert_int_equal(sequence_of("bob", other.text), 0);
}

static void test_a_nested_change_shows_the_whole_property(void **state)
{
    (void)state;
    test_id all = inbound("bob", NULL, NULL, "none");
    test_id one = inbound("bob", "profile", NULL, "none");
    test_id part = inbound("bob", "profile", "address", "none");
    test_id name = inbound("bob", "profile", "name", "none");

    set_property("profile", "{\"address\":{\"city\":\"Oslo\",\"zip\":\"0150\"},\"name\":\"Kari\"}");
    set_property("profile/address/city", "\"Bergen\"");
    assert_string_equal(diff_of(all.text, 2),
                        "{\"profile\":{\"address\":{\"city\":\"Bergen\",\"zip\":\"0150\"},\"name\":\"Kari\"}}");
    assert_string_equal(diff_of(one.text, 2),
                        "{\"address\":{\"city\":\"Bergen\",\"zip\":\"0150\"},\"name\":\"Kari\"}");
    assert_string_equal(diff_of(part.text, 2), "{\"city\":\"Bergen\",\"zip\":\"0150\"}");
    assert_int_equal(diff_count(name.text), 1); /* its name is as it was */

    delete_property("profile/address/city");
    assert_string_equal(diff_of(all.text, 3), "{\"profile\":{\"address\":{\"zip\":\"0150\"},\"name\":\"Kari\"}}");
}

static void test_deletions_are_told_at_every_level(void **state)
{
    (void)state;
    test_id all = inbound("bob", NULL, NULL, "none");
    test_id one = inbound("bob", "mood", NULL, "high");

    set_property("mood", "\"good\"");
    delete_property("mood");
    assert_string_equal(diff_of(all.text, 2), "{\"mood\":\"\"}");
    assert_string_equal(diff_of(one.text, 2), "\"\"");
    assert_string_equal(told, "bob:1 bob:2");
}

static int count_back(aw_database *database, void *arg, aw_error *err)
{
    const test_id *id = arg;

    return aw__subscriptions_set_sequence(database, t->actor_id, "bob", id->text, 1, err);
}

/* Another implementation on the same database has set the sequence to what it was before the last diffs. */
static void test_diffs_beyond_the_sequence(void **state)
{
    (void)state;
    aw_error err = {0};
    test_id id = inbound("bob", NULL, NULL, "high");

    for (const char *const *value = (const char *const[]){"1", "2", "3", NULL}; *value; value++)
        set_property("a", *value);
    assert_int_equal(aw__store_write(t->site.store, count_back, &id, &err), AW_OK);
    set_property("a", "4");
    assert_int_equal(sequence_of("bob", id.text), 4);
    assert_string_equal(diff_of(id.text, 2), "{\"a\":2}");
    assert_string_equal(diff_of(id.text, 4), "{\"a\":4}");
    assert_string_equal(told, "bob:1 bob:2 bob:3 bob:4");
    set_property("a", "5");
    assert_string_equal(diff_of(id.text, 5), "{\"a\":5}");
}

static void test_values_set_together_make_one_diff(void **state)
{
    (void)state;
    test_id all = inbound("bob", NULL, NULL, "high");
    test_id one = inbound("bob", "b", NULL, "none");
    json_t *object = json_pack("{s:i, s:i, s:i}", "a", 1, "b", 2, "c", 3);
    aw_error err = {0};

    assert_int_equal(aw__property_set_all(&t->site, t->actor_id, object, NULL, 0, NULL, &err), AW_OK);
    json_decref(object);
    assert_string_equal(diff_of(all.text, 1), "{\"a\":1,\"b\":2,\"c\":3}");
    assert_int_equal(diff_count(all.text), 1);
    assert_string_equal(diff_of(one.text, 1), "2");

    /* Deleting all of them tells of each. */
    assert_int_equal(aw__property_delete(&t->site, t->actor_id, NULL, 0, NULL, NULL, &err), AW_OK);
    assert_int_equal(diff_count(all.text), 4);
    assert_string_equal(diff_of(all.text, 2), "{\"a\":\"\"}");
    assert_int_equal(diff_count(one.text), 2);
}

static void test_who_may_not_read_is_not_told(void **state)
{
    (void)state;
    trust_as("unapproved", "friend", false);
    trust_as("associate", "associate", true);
    trust_as("stranger", "no-such-relationship", true);
    test_id friend = inbound("bob", NULL, NULL, "high");
    test_id unapproved = inbound("unapproved", NULL, NULL, "high");
    test_id associate = inbound("associate", NULL, NULL, "high");
    test_id below = inbound("associate", "public", "motto", "none");
    test_id stranger = inbound("stranger", NULL, NULL, "high");

    set_property("mood", "\"good\"");
    set_property("private", "{\"diary\":\"dear me\"}");
    assert_string_equal(diff_of(friend.text, 1), "{\"mood\":\"good\"}");
    assert_int_equal(diff_count(friend.text), 1); /* private/ is for nobody */
    assert_int_equal(diff_count(unapproved.text), 0);
    assert_int_equal(diff_count(associate.text), 0);
    assert_int_equal(diff_count(stranger.text), 0);
    assert_int_equal(sequence_of("associate", associate.text), 0);

    set_property("public", "{\"motto\":\"be kind\"}");
    assert_string_equal(diff_of(associate.text, 1), "{\"public\":{\"motto\":\"be kind\"}}");
    assert_string_equal(diff_of(below.text, 1), "\"be kind\"");
    assert_int_equal(diff_count(unapproved.text), 0);
    assert_int_equal(diff_count(stranger.text), 0);
}

static void post(const char *json)
{
    json_t *object = json_loads(json, 0, NULL);
    aw_error err = {0};

    assert_int_equal(aw__property_set_all(&t->site, t->actor_id, object, NULL, 0, NULL, &err), AW_OK);
    json_decref(object);
}

static void test_one_callback_for_a_change(void **state)
{
    (void)state;
    t->site.config.delivery = AW_DELIVERY_DURABLE;
    trust_as("carol", "friend", true);
    test_id all = inbound("bob", NULL, NULL, "high");
    test_id one = inbound("bob", "config", NULL, "low");
    test_id part = inbound("bob", "config", "theme", "high");
    test_id carols = inbound("carol", NULL, NULL, "high");

    set_property("profile", "1"); /* only one of bob's matches */
    assert_string_equal(diff_of(all.text, 1), "{\"profile\":1}");
    set_property("config", "{\"theme\":\"dark\"}"); /* the narrowest that sees all of it */
    assert_string_equal(diff_of(one.text, 1), "{\"theme\":\"dark\"}");
    set_property("config/theme", "\"light\"");
    assert_string_equal(diff_of(part.text, 1), "\"light\"");
    delete_property("config/theme");
    assert_string_equal(diff_of(part.text, 2), "\"\"");
    delete_property("config");
    assert_string_equal(diff_of(one.text, 2), "\"\"");
    set_property("profile", "2"); /* and there is no gap for those that were not told */
    assert_string_equal(diff_of(all.text, 2), "{\"profile\":2}");
    assert_int_equal(sequence_of("bob", all.text), 2);
    assert_int_equal(sequence_of("bob", one.text), 2);
    assert_int_equal(sequence_of("bob", part.text), 2);
    assert_int_equal(sequence_of("carol", carols.text), 6);
    assert_int_equal(told_count, 12);
    assert_int_equal(outbox_count(), 12);
}

static void test_each_part_of_a_post_is_told_once(void **state)
{
    (void)state;
    test_id all = inbound("bob", NULL, NULL, "high");
    test_id one = inbound("bob", "a", NULL, "high");
    test_id polled = inbound("bob", NULL, NULL, "none");

    post("{\"a\":1,\"b\":2,\"c\":3}");
    assert_string_equal(diff_of(all.text, 1), "{\"b\":2,\"c\":3}");
    assert_string_equal(diff_of(one.text, 1), "1");
    assert_string_equal(diff_of(polled.text, 1), "{\"a\":1,\"b\":2,\"c\":3}");
    post("{\"a\":2}");
    assert_int_equal(diff_count(all.text), 1);
    assert_string_equal(diff_of(one.text, 2), "2");
    assert_int_equal(diff_count(polled.text), 2);
    assert_int_equal(told_count, 3);
}

/* What is told instead of another one comes back when it ends. */
static void test_when_the_narrower_one_ends(void **state)
{
    aw_error err = {0};

    (void)state;
    test_id all = inbound("bob", NULL, NULL, "high");
    test_id older = inbound("bob", "a", NULL, "high");
    test_id newer = inbound("bob", "a", NULL, "high");

    set_property("a", "1");
    assert_int_equal(diff_count(older.text), 0);
    assert_string_equal(diff_of(newer.text, 1), "1");
    assert_int_equal(aw__subscription_remove(&t->site, t->actor_id, "bob", newer.text, 0, false, NULL, &err), AW_OK);
    set_property("a", "2");
    assert_string_equal(diff_of(older.text, 1), "2");
    assert_int_equal(aw__subscription_remove(&t->site, t->actor_id, "bob", older.text, 0, false, NULL, &err), AW_OK);
    set_property("a", "3");
    assert_string_equal(diff_of(all.text, 1), "{\"a\":3}");
}

static void test_diffs_that_nobody_clears_are_bounded(void **state)
{
    (void)state;
    test_id polled = inbound("bob", NULL, NULL, "none");

    for (int i = 0; i < 1003; i++)
        set_property("n", i == 3 ? "3" : "0");
    assert_int_equal(diff_count(polled.text), 1000);
    assert_string_equal(diff_of(polled.text, 3), "");
    assert_string_equal(diff_of(polled.text, 4), "{\"n\":3}");
    assert_int_equal(sequence_of("bob", polled.text), 1003);
}

static void test_diffs_that_are_to_be_delivered_stay(void **state)
{
    (void)state;
    t->site.config.delivery = AW_DELIVERY_DURABLE;
    test_id high = inbound("bob", NULL, NULL, "high");

    for (int i = 0; i < 1003; i++)
        set_property("n", "0");
    assert_int_equal(diff_count(high.text), 1003);
}

static void test_granularity_none_is_stored_and_not_told(void **state)
{
    (void)state;
    t->site.config.delivery = AW_DELIVERY_DURABLE;
    test_id none = inbound("bob", NULL, NULL, "none");
    test_id low = inbound("bob", NULL, NULL, "low");

    set_property("mood", "\"good\"");
    assert_string_equal(diff_of(none.text, 1), "{\"mood\":\"good\"}");
    assert_string_equal(diff_of(low.text, 1), "{\"mood\":\"good\"}");
    assert_int_equal(told_count, 1);
    assert_int_equal(outbox_count(), 1);
}

static void test_the_outbox_is_for_durable_delivery(void **state)
{
    (void)state;
    inbound("bob", NULL, NULL, "high");
    set_property("mood", "\"good\"");
    assert_int_equal(outbox_count(), 0);
    t->site.config.delivery = AW_DELIVERY_DURABLE;
    set_property("mood", "\"better\"");
    assert_int_equal(outbox_count(), 1);
}

static int fail_later(aw_database *database, void *arg, aw_error *err)
{
    json_t *value = json_string("lost");
    aw__notices *notices = arg;
    aw__change change = {.target = "properties", .subtarget = "mood", .value = value};

    aw__notices_clear(notices);
    int rc = aw__diff_register(&t->site, database, t->actor_id, &change, 1, notices, err);

    json_decref(value);
    assert_int_equal(rc, AW_OK);
    assert_int_equal(notices->count, 1);
    err->code = AW_E_CONFLICT;
    return AW_E_CONFLICT;
}

static void test_a_change_that_is_rolled_back_leaves_no_diff(void **state)
{
    (void)state;
    t->site.config.delivery = AW_DELIVERY_DURABLE;
    test_id all = inbound("bob", NULL, NULL, "high");
    aw__notices notices = {.arena = aw__arena_new()};
    aw_error err = {0};
    char *before = test_site_snapshot(t);

    assert_int_equal(aw__store_write(t->site.store, fail_later, &notices, &err), AW_E_CONFLICT);
    char *after = test_site_snapshot(t);

    assert_string_equal(before, after);
    assert_int_equal(diff_count(all.text), 0);
    assert_int_equal(outbox_count(), 0);
    free(before);
    free(after);
    aw__arena_free(notices.arena);
}

static void test_many_subscriptions(void **state)
{
    char peer[32];

    (void)state;
    for (int i = 0; i < 200; i++) {
        snprintf(peer, sizeof(peer), "peer-%d", i);
        trust_as(peer, "friend", true);
        inbound(peer, NULL, NULL, "high");
    }
    set_property("mood", "\"good\"");
    assert_int_equal(told_count, 200);
}

struct appending {
    const char *id;
    json_t *data;
    int64_t sequence;
};

static int append(aw_database *database, void *arg, aw_error *err)
{
    struct appending *appending = arg;

    return aw__diff_append(&t->site, database, t->actor_id, "bob", appending->id, appending->data, NULL,
                           &appending->sequence, err);
}

static void test_one_diff_of_the_application(void **state)
{
    (void)state;
    t->site.config.delivery = AW_DELIVERY_DURABLE;
    test_id all = inbound("bob", NULL, NULL, "high");
    aw_error err = {0};
    struct appending appending = {all.text, json_pack("{s:i, s:i}", "mood", 1, "private", 2), -1};

    assert_int_equal(aw__store_write(t->site.store, append, &appending, &err), AW_OK);
    assert_int_equal(appending.sequence, 1);
    assert_string_equal(diff_of(all.text, 1), "{\"mood\":1}"); /* what bob may read of it */
    assert_int_equal(outbox_count(), 0);                       /* its sender sees to it */
    json_object_del(appending.data, "mood");
    assert_int_equal(aw__store_write(t->site.store, append, &appending, &err), AW_E_DENIED);
    appending.id = "no-such";
    assert_int_equal(aw__store_write(t->site.store, append, &appending, &err), AW_E_NOT_FOUND);
    json_decref(appending.data);
}

static void test_clearing(void **state)
{
    (void)state;
    t->site.config.delivery = AW_DELIVERY_DURABLE;
    test_id one = inbound("bob", NULL, NULL, "high");
    trust_as("carol", "friend", true);
    test_id two = inbound("carol", NULL, NULL, "high");
    aw_error err = {0};

    for (int i = 0; i < 70; i++)
        set_property("mood", i % 2 ? "\"good\"" : "\"bad\"");
    assert_int_equal(aw__subscription_clear(&t->site, t->actor_id, "bob", one.text, 68, &err), AW_OK);
    assert_int_equal(diff_count(one.text), 2);
    assert_int_equal(diff_count(two.text), 70);
    assert_int_equal(outbox_count(), 72);
    assert_int_equal(aw__subscription_clear(&t->site, t->actor_id, "bob", one.text, 0, &err), AW_OK);
    assert_int_equal(diff_count(one.text), 0);
    assert_int_equal(outbox_count(), 70);
    assert_int_equal(aw__subscription_clear(&t->site, t->actor_id, "bob", "no-such", 0, &err), AW_E_NOT_FOUND);
    assert_int_equal(aw__subscription_clear(&t->site, t->actor_id, "bob", two.text, 0, &err), AW_E_NOT_FOUND);
    assert_int_equal(aw__subscription_clear(&t->site, t->actor_id, "carol", two.text, -1, &err), AW_E_INVALID);
}

static void test_how_many_subscriptions_a_peer_may_have(void **state)
{
    aw_subscription *made = NULL;
    aw_error err = {0};

    (void)state;
    trust_as("carol", "friend", true);
    test_id first = inbound("bob", NULL, NULL, "none");

    for (int i = 1; i < 1000; i++)
        inbound("bob", "a", NULL, "none");
    assert_int_equal(aw__subscription_accept(&t->site, t->actor_id, "bob", "properties", NULL, NULL, NULL, &made, &err),
                     AW_E_DENIED);
    assert_null(made);
    inbound("carol", NULL, NULL, "none");
    assert_int_equal(aw__subscription_remove(&t->site, t->actor_id, "bob", first.text, 0, false, NULL, &err), AW_OK);
    inbound("bob", NULL, NULL, "none");
}

static void test_what_can_be_subscribed_to(void **state)
{
    aw_subscription *made = NULL;
    aw_error err = {0};
    aw__site *site = &t->site;

    (void)state;
    assert_int_equal(aw__subscription_accept(site, t->actor_id, "bob", "", NULL, NULL, NULL, &made, &err), AW_E_INVALID);
    assert_int_equal(aw__subscription_accept(site, t->actor_id, "bob", "properties", NULL, "r", NULL, &made, &err),
                     AW_E_INVALID);
    assert_int_equal(aw__subscription_accept(site, t->actor_id, "bob", "properties", NULL, NULL, "some", &made, &err),
                     AW_E_INVALID);
    assert_int_equal(aw__subscription_accept(site, t->actor_id, "carol", "properties", NULL, NULL, NULL, &made, &err),
                     AW_E_NOT_FOUND);
    assert_null(made);
    assert_int_equal(aw__subscription_accept(site, t->actor_id, "bob", "properties", NULL, NULL, NULL, &made, &err),
                     AW_OK);
    assert_string_equal(aw_subscription_granularity(made), "none");
    assert_int_equal(strlen(aw_subscription_id(made)), 32);
    assert_false(aw_subscription_outbound(made));
    aw_subscription_free(made);
}

/* However memory runs out: the change with all its diffs, or nothing of it. */
static void test_out_of_memory(void **state)
{
    const char *path[] = {"mood"};
    json_t *value = json_string("good");
    aw_error err = {0};
    int rc = AW_E_NOMEM;

    (void)state;
    t->site.config.delivery = AW_DELIVERY_DURABLE;
    test_id all = inbound("bob", NULL, NULL, "none");
    test_id one = inbound("bob", "mood", NULL, "low");

    for (long n = 1; rc; n++) {
        aw__alloc_fail_at(n, false);
        rc = aw__property_set(&t->site, t->actor_id, path, 1, value, NULL, &err);
        aw__alloc_fail_at(0, false);
        assert_true(rc == AW_OK || rc == AW_E_NOMEM);
        assert_int_equal(diff_count(all.text), rc ? 0 : 1);
        assert_int_equal(diff_count(one.text), rc ? 0 : 1);
        assert_int_equal(outbox_count(), rc ? 0 : 1);
        assert_true(n < 10000);
    }
    json_decref(value);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_each_level_sees_its_part, set_up, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_a_nested_change_shows_the_whole_property, set_up, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_deletions_are_told_at_every_level, set_up, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_diffs_beyond_the_sequence, set_up, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_values_set_together_make_one_diff, set_up, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_who_may_not_read_is_not_told, set_up, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_one_callback_for_a_change, set_up, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_each_part_of_a_post_is_told_once, set_up, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_when_the_narrower_one_ends, set_up, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_diffs_that_nobody_clears_are_bounded, set_up, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_diffs_that_are_to_be_delivered_stay, set_up, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_granularity_none_is_stored_and_not_told, set_up, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_the_outbox_is_for_durable_delivery, set_up, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_a_change_that_is_rolled_back_leaves_no_diff, set_up, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_many_subscriptions, set_up, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_one_diff_of_the_application, set_up, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_clearing, set_up, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_how_many_subscriptions_a_peer_may_have, set_up, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_what_can_be_subscribed_to, set_up, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_out_of_memory, set_up, pair_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
