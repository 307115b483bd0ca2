/*
 * What is told of changes of lists: the specification's shape, who is told, and that a subscriber who applies it has
 * what the publisher has.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actor/remote.h"
#include "actor/trust.h"
#include "base/json.h"
#include "support/lists.h"
#include "support/random.h"
#include "support/subscribed.h"

static size_t told;

static void note(aw__site *site, const aw__notice *notices, size_t count)
{
    (void)site;
    (void)notices;
    told += count;
}

static int set_up(void **state)
{
    pair_set_up_trusting(state);
    t->site.notify = note;
    told = 0;
    return 0;
}

static void befriend(const char *peer_id, const char *relationship, bool approved)
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

static void test_each_change_has_its_shape(void **state)
{
    (void)state;
    test_id one = inbound("bob", "notes", NULL, "high");

    list_create("notes");
    assert_string_equal(diff_of(one.text, 1), "{\"length\":0,\"list\":\"notes\",\"operation\":\"metadata\"}");
    list_add("notes", "{\"n\":1}");
    assert_string_equal(diff_of(one.text, 2),
                        "{\"index\":0,\"item\":{\"n\":1},\"length\":1,\"list\":\"notes\",\"operation\":\"append\"}");
    list_extend("notes", "[2,null]");
    assert_string_equal(diff_of(one.text, 3),
                        "{\"items\":[2,null],\"length\":3,\"list\":\"notes\",\"operation\":\"extend\"}");
    list_insert("notes", -2, "\"i\"");
    assert_string_equal(diff_of(one.text, 4),
                        "{\"index\":1,\"item\":\"i\",\"length\":4,\"list\":\"notes\",\"operation\":\"insert\"}");
    list_set("notes", -1, "null");
    assert_string_equal(diff_of(one.text, 5),
                        "{\"index\":3,\"item\":null,\"length\":4,\"list\":\"notes\",\"operation\":\"update\"}");
    list_set("notes", 4, "5");
    assert_string_equal(diff_of(one.text, 6),
                        "{\"index\":4,\"item\":5,\"length\":5,\"list\":\"notes\",\"operation\":\"append\"}");
    list_remove("notes", 0);
    assert_string_equal(diff_of(one.text, 7),
                        "{\"index\":0,\"length\":4,\"list\":\"notes\",\"operation\":\"delete\"}");
    list_describe("notes", "what", NULL);
    assert_string_equal(diff_of(one.text, 8), "{\"length\":4,\"list\":\"notes\",\"operation\":\"metadata\"}");
    list_clear("notes");
    assert_string_equal(diff_of(one.text, 9), "{\"length\":0,\"list\":\"notes\",\"operation\":\"clear\"}");
    list_delete("notes");
    assert_string_equal(diff_of(one.text, 10), "{\"length\":0,\"list\":\"notes\",\"operation\":\"delete_all\"}");
    assert_int_equal(told, 10);
}

static void test_a_handle_tells_its_position(void **state)
{
    (void)state;
    list_with("notes", "[0,1,2]");
    test_id one = inbound("bob", "notes", NULL, "high");

    list_set_handle("notes", list_handle_at("notes", 2), "\"two\"");
    list_remove_handle("notes", list_handle_at("notes", 1));
    assert_string_equal(diff_of(one.text, 1),
                        "{\"index\":2,\"item\":\"two\",\"length\":3,\"list\":\"notes\",\"operation\":\"update\"}");
    assert_string_equal(diff_of(one.text, 2),
                        "{\"index\":1,\"length\":2,\"list\":\"notes\",\"operation\":\"delete\"}");
}

static void test_many_edits_are_told_one_by_one(void **state)
{
    (void)state;
    list_with("notes", "[0,1,2]");
    test_id one = inbound("bob", "notes", NULL, "high");

    list_bulk("notes", "[[0],[1,\"x\"],[3,\"y\"],[2]]");
    assert_int_equal(diff_count(one.text), 4);
    assert_string_equal(diff_of(one.text, 1),
                        "{\"index\":1,\"item\":\"x\",\"length\":3,\"list\":\"notes\",\"operation\":\"update\"}");
    assert_string_equal(diff_of(one.text, 2),
                        "{\"index\":3,\"item\":\"y\",\"length\":4,\"list\":\"notes\",\"operation\":\"append\"}");
    assert_string_equal(diff_of(one.text, 3),
                        "{\"index\":2,\"length\":3,\"list\":\"notes\",\"operation\":\"delete\"}");
    assert_string_equal(diff_of(one.text, 4),
                        "{\"index\":0,\"length\":2,\"list\":\"notes\",\"operation\":\"delete\"}");
}

static void test_what_changes_nothing_is_not_told(void **state)
{
    (void)state;
    list_with("notes", "[]");
    test_id all = inbound("bob", NULL, NULL, "high");

    assert_int_equal(list_extend("notes", "[]"), AW_OK);
    assert_int_equal(list_clear("notes"), AW_OK);
    assert_int_equal(list_bulk("notes", "[[7]]"), AW_OK);
    assert_int_equal(list_describe("notes", "", NULL), AW_OK);
    assert_int_equal(list_remove("notes", 0), AW_E_NOT_FOUND);
    assert_int_equal(list_create("notes"), AW_E_EXISTS);
    assert_int_equal(diff_count(all.text), 0);
    assert_int_equal(told, 0);
}

static void test_who_asks_for_more_sees_its_name(void **state)
{
    (void)state;
    test_id all = inbound("bob", NULL, NULL, "high");
    test_id other = inbound("bob", "note", NULL, "high");
    test_id below = inbound("bob", "notes", "item", "high"); /* nothing is below a list */

    list_with("notes", "[7]");
    assert_string_equal(diff_of(all.text, 2),
                        "{\"notes\":{\"items\":[7],\"length\":1,\"list\":\"notes\",\"operation\":\"extend\"}}");
    assert_int_equal(diff_count(other.text), 0);
    assert_int_equal(diff_count(below.text), 0);
}

static void test_all_lists_deleted_are_told_each(void **state)
{
    (void)state;
    list_with("a", "[1]");
    list_with("b", "[2]");
    set_property("c", "3");
    befriend("carol", "friend", true);
    test_id all = inbound("bob", NULL, NULL, "high");
    test_id one = inbound("carol", "b", NULL, "high");

    delete_property("");
    assert_int_equal(diff_count(all.text), 3);
    assert_string_equal(diff_of(all.text, 1), "{\"c\":\"\"}");
    assert_string_equal(diff_of(all.text, 2),
                        "{\"a\":{\"length\":0,\"list\":\"a\",\"operation\":\"delete_all\"}}");
    assert_string_equal(diff_of(one.text, 1), "{\"length\":0,\"list\":\"b\",\"operation\":\"delete_all\"}");
}

/* ---- who may know ---- */

/* A viewer reads "public/" and all below it, but no list "public", nor parts of what is told of one. */
static void test_who_may_not_read_the_list_is_told_nothing(void **state)
{
    (void)state;
    befriend("viewer", "viewer", true);
    befriend("stranger", "friend", false);
    test_id friends = inbound("bob", NULL, NULL, "high");
    test_id viewers = inbound("viewer", NULL, NULL, "high");
    test_id named = inbound("viewer", "public", NULL, "high");
    test_id strangers = inbound("stranger", NULL, NULL, "high");

    list_with("public", "[1]");
    list_with("private/list", "[2]");
    list_remove("public", 0);
    list_delete("public");
    list_with("public/list", "[3]");
    assert_int_equal(diff_count(friends.text), 6);
    assert_int_equal(diff_count(viewers.text), 2);
    assert_string_equal(
        diff_of(viewers.text, 2),
        "{\"public/list\":{\"items\":[3],\"length\":1,\"list\":\"public/list\",\"operation\":\"extend\"}}");
    assert_int_equal(diff_count(named.text), 0);
    assert_int_equal(diff_count(strangers.text), 0);
}

/* ---- there and back ---- */

static struct delivery {
    const char *peer_id;
    const char *subtarget;
    json_t *data;
    bool exact;
} delivery;

static int deliver(aw_database *database, void *arg, aw_error *err)
{
    (void)arg;
    delivery.exact = true;
    return aw__remote_apply(database, t->actor_id, delivery.peer_id, delivery.subtarget, "", delivery.data, true,
                            &delivery.exact, err);
}

/* The diffs from *next on are applied to what is kept of peer_id. */
static void follow(test_id id, int64_t *next, const char *peer_id, const char *subtarget)
{
    for (const char *text; *(text = diff_of(id.text, *next)); ++*next) {
        aw_error err = {0};

        delivery = (struct delivery){peer_id, subtarget, json_loads(text, JSON_DECODE_ANY, NULL), true};
        assert_int_equal(aw__store_write(t->site.store, deliver, NULL, &err), AW_OK);
        assert_true(delivery.exact);
        json_decref(delivery.data);
    }
}

static void assert_followed(const char *peer_id, const char *name)
{
    json_t *value = NULL;
    aw_error err = {0};
    int rc = aw__remote_get(&t->site, t->actor_id, peer_id, name, &value, &err);
    char *text = rc ? NULL : aw__json_text(value);

    assert_true(rc == AW_OK || rc == AW_E_NOT_FOUND);
    assert_string_equal(text ? text : "-", list_items(name));
    aw__free(text);
    json_decref(value);
}

static void any_change(random_source *source, int step)
{
    int64_t at = (int64_t)random_below(source, 12) - 4; /* often out of range: nothing changes, and nothing is told */
    char item[64], edits[160];

    snprintf(item, sizeof(item), "{\"same\":null,\"step\":%d}", random_one_in(source, 2) ? step : 0);
    switch (random_below(source, 14)) {
    case 0:
        list_delete("notes");
        list_create("notes");
        break;
    case 1:
        list_clear("notes");
        break;
    case 2:
    case 3:
    case 4:
        list_insert("notes", at, item);
        break;
    case 5:
    case 6:
        list_set("notes", at, item);
        break;
    case 7:
    case 8:
        list_remove("notes", at);
        break;
    case 9:
        list_extend("notes", "[null,\"\",{\"list\":\"x\",\"operation\":\"clear\"}]");
        break;
    case 10:
        snprintf(edits, sizeof(edits), "[[%d],[%d,%s],[%d],[0,%d]]", (int)random_below(source, 6),
                 (int)random_below(source, 6), item, (int)random_below(source, 6), step);
        list_bulk("notes", edits);
        break;
    case 11:
        list_describe("notes", item, NULL);
        break;
    default:
        list_add("notes", item);
        break;
    }
}

static void test_a_subscriber_has_what_the_publisher_has(void **state)
{
    random_source source = random_begin("changes of a list, applied by subscribers");
    int64_t next_of_all = 1, next_of_one = 1;

    (void)state;
    befriend("carol", "friend", true);
    test_id all = inbound("bob", NULL, NULL, "high");
    test_id one = inbound("carol", "notes", NULL, "high");

    list_create("notes");
    for (int step = 0; step < 400; step++) {
        any_change(&source, step);
        follow(all, &next_of_all, "bob", "");
        follow(one, &next_of_one, "carol", "notes");
        assert_followed("bob", "notes");
        assert_followed("carol", "notes");
    }
    list_delete("notes");
    follow(all, &next_of_all, "bob", "");
    follow(one, &next_of_one, "carol", "notes");
    assert_followed("bob", "notes");
    assert_followed("carol", "notes");
    assert_true(next_of_all > 200);
    assert_int_equal(next_of_all, next_of_one);
}

/* A name becomes a list, and a simple property again. */
static void test_a_name_that_changes_its_kind_is_followed(void **state)
{
    test_id all = inbound("bob", NULL, NULL, "high");
    int64_t next = 1;

    (void)state;
    set_property("notes", "{\"a\":1}");
    follow(all, &next, "bob", "");
    delete_property("notes");
    list_with("notes", "[1]");
    follow(all, &next, "bob", "");
    assert_string_equal(kept("notes"), "[1]");
    delete_property("notes");
    set_property("notes", "{\"b\":2}");
    follow(all, &next, "bob", "");
    assert_string_equal(kept("notes"), "{\"b\":2}");
}

#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, set_up, pair_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_change_has_its_shape),
        TEST(a_handle_tells_its_position),
        TEST(many_edits_are_told_one_by_one),
        TEST(what_changes_nothing_is_not_told),
        TEST(who_asks_for_more_sees_its_name),
        TEST(all_lists_deleted_are_told_each),
        TEST(who_may_not_read_the_list_is_told_nothing),
        TEST(a_subscriber_has_what_the_publisher_has),
        TEST(a_name_that_changes_its_kind_is_followed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
