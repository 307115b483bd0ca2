/*
 * Remote data: what diffs and baselines make of what is kept of a peer.
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
#include "store/attributes.h"
#include "support/subscribed.h"

static aw_error err;

struct step {
    const char *subtarget;
    const char *resource;
    json_t *data;
    bool baseline;
    bool whole;
    bool exact; /* what it says of itself */
};

static int take_step(aw_database *database, void *arg, aw_error *error)
{
    struct step *step = arg;

    step->exact = true;
    return step->baseline ? aw__remote_replace(database, t->actor_id, "bob", step->subtarget, step->resource, step->data,
                                               error)
                          : aw__remote_apply(database, t->actor_id, "bob", step->subtarget, step->resource, step->data,
                                             step->whole, &step->exact, error);
}

static int take(const char *subtarget, const char *resource, const char *json, bool baseline)
{
    struct step step = {.subtarget = subtarget,
                        .resource = resource,
                        .data = json ? json_loads(json, JSON_DECODE_ANY, NULL) : NULL,
                        .baseline = baseline,
                        .whole = true};

    assert_true(!json || step.data);
    int rc = aw__store_write(t->site.store, take_step, &step, &err);

    json_decref(step.data);
    return rc;
}

static void apply(const char *json)
{
    assert_int_equal(take("", "", json, false), AW_OK);
}

static void replace(const char *json)
{
    assert_int_equal(take("", "", json, true), AW_OK);
}

struct row {
    const char *name;
    char data[512];
};

static int read_row(aw_database *database, void *arg, aw_error *error)
{
    struct row *row = arg;
    aw__arena *arena = aw__arena_new();
    aw__attribute_row found = {0};
    int rc = aw__attributes_get(database, arena, t->actor_id, "remote:bob", row->name, &found, error);

    snprintf(row->data, sizeof(row->data), "%s", rc ? "" : found.data);
    aw__arena_free(arena);
    return rc == AW_E_NOT_FOUND ? AW_OK : rc;
}

/* As the store has it, without the spaces that PostgreSQL puts between; "" when absent. */
static const char *stored(const char *name)
{
    static struct row row;
    json_t *value;
    char *text;

    row.name = name;
    assert_int_equal(aw__store_read(t->site.store, read_row, &row, &err), AW_OK);
    value = json_loads(row.data, JSON_DECODE_ANY, NULL);
    text = value ? json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
    if (text)
        snprintf(row.data, sizeof(row.data), "%s", text);
    free(text);
    json_decref(value);
    return row.data;
}

static int write_row(aw_database *database, void *arg, aw_error *error)
{
    const struct row *row = arg;

    return aw__attributes_set(database, t->actor_id, "remote:bob", row->name, row->data, 0, error);
}

/* As the reference would have written it. */
static void store(const char *name, const char *data)
{
    struct row row = {.name = name};

    snprintf(row.data, sizeof(row.data), "%s", data);
    assert_int_equal(aw__store_write(t->site.store, write_row, &row, &err), AW_OK);
}

/* ---- */

static void test_shapes_of_the_reference(void **state)
{
    (void)state;
    apply("{\"mood\":\"good\",\"profile\":{\"city\":\"Oslo\"},\"tags\":[1,2],\"on\":true,\"temp\":{\"value\":21.5}}");
    assert_string_equal(stored("mood"), "{\"value\":\"good\"}");
    assert_string_equal(stored("profile"), "{\"city\":\"Oslo\"}");
    assert_string_equal(stored("tags"), "{\"value\":[1,2]}");
    assert_string_equal(stored("temp"), "{\"value\":{\"value\":21.5}}");
    assert_string_equal(kept("mood"), "\"good\"");
    assert_string_equal(kept("profile"), "{\"city\":\"Oslo\"}");
    assert_string_equal(kept("tags"), "[1,2]");
    assert_string_equal(kept("on"), "true");
    assert_string_equal(kept("temp"), "{\"value\":21.5}");
    assert_string_equal(kept(NULL), "{\"mood\":\"good\",\"on\":true,\"profile\":{\"city\":\"Oslo\"},\"tags\":[1,2],"
                                    "\"temp\":{\"value\":21.5}}");
    assert_string_equal(kept("no-such"), "");
}

static void test_nothing_is_kept(void **state)
{
    (void)state;
    assert_string_equal(kept(NULL), "{}");
    assert_string_equal(kept("mood"), "");
}

static void test_a_diff_replaces_and_deletes(void **state)
{
    (void)state;
    apply("{\"mood\":\"good\",\"profile\":{\"city\":\"Oslo\",\"zip\":\"0150\"}}");
    apply("{\"profile\":{\"city\":\"Bergen\"},\"mood\":\"\"}");
    assert_string_equal(kept("profile"), "{\"city\":\"Bergen\"}");
    assert_string_equal(kept("mood"), "");
    apply("{\"profile\":null}");
    assert_string_equal(kept(NULL), "{}");
    assert_int_equal(take("", "", "\"text\"", false), AW_E_INVALID);
}

static void test_subtarget_and_resource(void **state)
{
    (void)state;
    assert_int_equal(take("profile", "", "{\"city\":\"Oslo\"}", false), AW_OK);
    assert_string_equal(kept("profile"), "{\"city\":\"Oslo\"}");
    assert_int_equal(take("profile", "", "{\"rooms\":3}", false), AW_OK); /* the whole, not a part to be merged */
    assert_string_equal(kept("profile"), "{\"rooms\":3}");
    assert_int_equal(take("profile", "", "{\"city\":\"Oslo\"}", false), AW_OK);
    assert_int_equal(take("profile", "address/zip", "\"0150\"", false), AW_OK);
    assert_string_equal(kept("profile"), "{\"address\":{\"zip\":\"0150\"},\"city\":\"Oslo\"}");
    assert_int_equal(take("profile", "address", "{\"street\":\"Storgata\"}", false), AW_OK);
    assert_string_equal(kept("profile"), "{\"address\":{\"street\":\"Storgata\"},\"city\":\"Oslo\"}");
    assert_int_equal(take("profile", "address", "\"\"", false), AW_OK);
    assert_string_equal(kept("profile"), "{\"city\":\"Oslo\"}");
    /* What was a value gives way to what lies below it. */
    assert_int_equal(take("mood", "", "\"good\"", false), AW_OK);
    assert_int_equal(take("mood", "today", "\"better\"", false), AW_OK);
    assert_string_equal(kept("mood"), "{\"today\":\"better\"}");
    assert_int_equal(take("mood", "", "\"\"", false), AW_OK);
    assert_string_equal(kept("mood"), "");
}

static void test_a_baseline_replaces_all(void **state)
{
    (void)state;
    apply("{\"old\":1,\"mood\":\"good\"}");
    replace("{\"mood\":\"bad\",\"new\":2,\"pets\":{\"_list\":true,\"items\":[\"cat\",\"dog\"]}}");
    assert_string_equal(kept(NULL), "{\"mood\":\"bad\",\"new\":2,\"pets\":[\"cat\",\"dog\"]}");
    replace("{\"pets\":{\"_list\":true,\"count\":2}}"); /* a list whose items could not be had is as it was */
    assert_string_equal(kept(NULL), "{\"pets\":[\"cat\",\"dog\"]}");
    replace("{\"pets\":\"none\"}"); /* and is no list any more */
    assert_string_equal(kept(NULL), "{\"pets\":\"none\"}");
    assert_string_equal(stored("list:pets:meta"), "");
    replace("{}");
    assert_string_equal(kept(NULL), "{}");
    assert_int_equal(take("", "", "[]", true), AW_E_PROTOCOL);
}

static void test_a_baseline_of_a_part(void **state)
{
    (void)state;
    apply("{\"other\":1,\"profile\":{\"city\":\"Oslo\",\"zip\":\"0150\"}}");
    assert_int_equal(take("profile", "city", "\"Bergen\"", true), AW_OK);
    assert_string_equal(kept("profile"), "{\"city\":\"Bergen\",\"zip\":\"0150\"}");
    assert_int_equal(take("profile", "city", NULL, true), AW_OK);
    assert_string_equal(kept("profile"), "{\"zip\":\"0150\"}");
    assert_int_equal(take("profile", "", NULL, true), AW_OK);
    assert_string_equal(kept(NULL), "{\"other\":1}");
    assert_int_equal(take("pets", "", "[\"cat\"]", true), AW_OK);
    assert_string_equal(kept(NULL), "{\"other\":1,\"pets\":[\"cat\"]}");
}

static void test_lists_as_the_reference_has_them(void **state)
{
    char name[32], item[32];

    (void)state;
    store("list:pets:meta", "{\"length\":12,\"version\":\"1.0\"}");
    for (int i = 0; i < 12; i++) {
        snprintf(name, sizeof(name), "list:pets:%d", i);
        snprintf(item, sizeof(item), "{\"n\":%d}", i);
        store(name, item);
    }
    store("list:a:b:meta", "{\"length\":0}");
    store("list:pets:more:meta", "{\"length\":1}");
    store("list:pets:more:0", "1");
    assert_string_equal(kept("pets"), "[{\"n\":0},{\"n\":1},{\"n\":2},{\"n\":3},{\"n\":4},{\"n\":5},{\"n\":6},{\"n\":7},"
                                      "{\"n\":8},{\"n\":9},{\"n\":10},{\"n\":11}]");
    assert_string_equal(kept("a:b"), "[]");
    assert_string_equal(kept("pets:more"), "[1]");
    apply("{\"pets\":\"\"}");
    assert_string_equal(kept(NULL), "{\"a:b\":[],\"pets:more\":[1]}");
}

static void test_changes_of_a_list(void **state)
{
    static const struct {
        const char *change;
        const char *then;
    } changes[] = {
        {"{\"list\":\"pets\",\"operation\":\"append\",\"item\":\"cat\"}", "[\"cat\"]"},
        {"{\"list\":\"pets\",\"operation\":\"extend\",\"items\":[\"dog\",\"emu\"]}", "[\"cat\",\"dog\",\"emu\"]"},
        {"{\"list\":\"pets\",\"operation\":\"insert\",\"index\":1,\"item\":\"bat\"}",
         "[\"cat\",\"bat\",\"dog\",\"emu\"]"},
        {"{\"list\":\"pets\",\"operation\":\"update\",\"index\":0,\"item\":\"ant\"}",
         "[\"ant\",\"bat\",\"dog\",\"emu\"]"},
        {"{\"list\":\"pets\",\"operation\":\"update\",\"index\":0,\"old_item\":\"dog\",\"item\":\"cow\"}",
         "[\"ant\",\"bat\",\"cow\",\"emu\"]"},
        {"{\"list\":\"pets\",\"operation\":\"delete\",\"index\":1}", "[\"ant\",\"cow\",\"emu\"]"},
        {"{\"list\":\"pets\",\"operation\":\"delete\",\"index\":7}", "[\"ant\",\"cow\",\"emu\"]"},
        {"{\"list\":\"pets\",\"operation\":\"update\",\"index\":9,\"item\":\"x\"}", "[\"ant\",\"cow\",\"emu\"]"},
        {"{\"list\":\"pets\",\"operation\":\"pop\"}", "[\"ant\",\"cow\"]"},
        {"{\"list\":\"pets\",\"operation\":\"remove\",\"item\":\"ant\"}", "[\"cow\"]"},
        {"{\"list\":\"pets\",\"operation\":\"metadata\"}", "[\"cow\"]"},
        {"{\"list\":\"pets\",\"operation\":\"no-such\"}", "[\"cow\"]"},
        {"{\"action\":\"add\",\"index\":1,\"value\":\"dog\"}", "[\"cow\",\"dog\"]"},
        {"{\"action\":\"update\",\"index\":0,\"value\":\"cat\"}", "[\"cat\",\"dog\"]"},
        {"{\"index\":2,\"value\":\"emu\"}", "[\"cat\",\"dog\",\"emu\"]"},
        {"{\"action\":\"delete\",\"index\":0}", "[\"dog\",\"emu\"]"},
        {"{\"action\":\"metadata_update\",\"description\":\"d\"}", "[\"dog\",\"emu\"]"},
        {"\"[Bulk update: 1 items updated, 0 items deleted]\"", "[\"dog\",\"emu\"]"},
        {"[\"one\"]", "[\"one\"]"},
        {"{\"list\":\"pets\",\"operation\":\"clear\"}", "[]"},
        {"{\"list\":\"pets\",\"operation\":\"delete_all\"}", ""},
    };
    char diff[256];

    (void)state;
    for (size_t i = 0; i < sizeof(changes) / sizeof(*changes); i++) {
        snprintf(diff, sizeof(diff), "{\"pets\":%s}", changes[i].change);
        apply(diff);
        assert_string_equal(kept("pets"), changes[i].then);
    }
}

/* Whether what is kept afterwards is what a publisher must have that says so; its values are not known to be whole. */
static bool is_exact(const char *json)
{
    struct step step = {.subtarget = "", .resource = "", .data = json_loads(json, 0, NULL)};

    assert_non_null(step.data);
    assert_int_equal(aw__store_write(t->site.store, take_step, &step, &err), AW_OK);
    json_decref(step.data);
    return step.exact;
}

static void test_a_part_or_the_whole(void **state)
{
    (void)state;
    assert_true(is_exact("{\"a\":{\"x\":1,\"y\":{\"z\":2}},\"b\":3}"));
    assert_true(is_exact("{\"a\":{\"x\":2,\"y\":{\"z\":3,\"more\":4},\"new\":5}}")); /* nothing went */
    assert_true(is_exact("{\"b\":{\"c\":1}}"));
    assert_true(is_exact("{\"b\":4}"));
    assert_true(is_exact("{\"a\":\"\"}"));
    apply("{\"a\":{\"x\":1,\"y\":{\"z\":2,\"more\":3}}}");
    assert_false(is_exact("{\"a\":{\"x\":2}}")); /* is y still there? */
    assert_string_equal(kept("a"), "{\"x\":2}");
    apply("{\"a\":{\"x\":1,\"y\":{\"z\":2,\"more\":3}}}");
    assert_false(is_exact("{\"a\":{\"x\":1,\"y\":{\"z\":2}}}"));
    apply("{\"a\":{\"x\":1,\"y\":{\"z\":2,\"more\":3}}}");
    assert_false(is_exact("{\"a\":{\"x\":1,\"y\":2}}"));
    assert_false(is_exact("{\"a\":{\"x\":1,\"y\":\"\"}}")); /* deleted */
}

static void test_what_lists_leave_open(void **state)
{
    (void)state;
    apply("{\"pets\":{\"_list\":true,\"items\":[\"cat\",\"dog\"]}}");
    assert_true(is_exact("{\"pets\":{\"list\":\"pets\",\"operation\":\"append\",\"length\":3,\"item\":\"emu\"}}"));
    assert_true(is_exact("{\"pets\":{\"action\":\"delete\",\"index\":2}}"));
    assert_true(is_exact("{\"pets\":{\"list\":\"pets\",\"operation\":\"metadata\",\"length\":2}}"));
    assert_string_equal(kept("pets"), "[\"cat\",\"dog\"]");
    /* What does not fit, and what fits and cannot have been all. */
    assert_false(is_exact("{\"pets\":{\"action\":\"delete\",\"index\":2}}"));
    assert_false(is_exact("{\"pets\":{\"list\":\"pets\",\"operation\":\"remove\",\"length\":1,\"item\":\"emu\"}}"));
    assert_false(is_exact("{\"pets\":{\"list\":\"pets\",\"operation\":\"append\",\"length\":9,\"item\":\"emu\"}}"));
    assert_string_equal(kept("pets"), "[\"cat\",\"dog\",\"emu\"]");
    assert_false(is_exact("{\"pets\":\"[Bulk update: 1 items updated, 0 items deleted]\"}"));
    assert_false(is_exact("{\"pets\":{\"_list\":true,\"count\":4}}"));
    /* The same of lists that nobody has told of. */
    assert_false(is_exact("{\"new\":\"[Empty list property created]\"}"));
    assert_false(is_exact("{\"new\":{\"action\":\"add\",\"index\":0,\"value\":1}}"));
    assert_false(is_exact("{\"other\":{\"index\":0,\"value\":1}}"));
    assert_false(is_exact("{\"third\":{\"list\":\"third\",\"operation\":\"append\",\"length\":2,\"item\":1}}"));
}

static void test_what_cannot_be_kept_is_left_out(void **state)
{
    char deep[512] = "{\"ok\":1,\"deep\":", name[400];

    (void)state;
    for (int i = 0; i < 60; i++)
        strcat(deep, "[");
    for (int i = 0; i < 60; i++)
        strcat(deep, "]");
    strcat(deep, "}");
    apply(deep);
    assert_string_equal(kept(NULL), "{\"ok\":1}");
    memset(name, 'x', sizeof(name));
    snprintf(name + 300, sizeof(name) - 300, "\":2,\"fine\":3}");
    memcpy(name, "{\"", 2);
    apply(name);
    apply("{\"\":4}");
    assert_string_equal(kept(NULL), "{\"fine\":3,\"ok\":1}");
}

static int wipe(aw_database *database, void *arg, aw_error *error)
{
    return aw__remote_wipe(database, t->actor_id, arg, error);
}

static void test_wiping(void **state)
{
    char peer[] = "bob", other[] = "carol";

    (void)state;
    apply("{\"mood\":\"good\"}");
    assert_int_equal(aw__store_write(t->site.store, wipe, other, &err), AW_OK);
    assert_string_equal(kept("mood"), "\"good\"");
    assert_int_equal(aw__store_write(t->site.store, wipe, peer, &err), AW_OK);
    assert_string_equal(kept(NULL), "{}");
}

/* A baseline is all or nothing. */
static void test_out_of_memory(void **state)
{
    int rc = AW_E_NOMEM;

    (void)state;
    apply("{\"old\":1,\"pets\":{\"_list\":true,\"items\":[1,2,3]}}");
    for (long n = 1; rc; n++) {
        struct step step = {"", "", json_loads("{\"new\":2,\"pets\":{\"_list\":true,\"items\":[1]}}", 0, NULL), true};

        aw__alloc_fail_at(n, false);
        rc = aw__store_write(t->site.store, take_step, &step, &err);
        aw__alloc_fail_at(0, false);
        json_decref(step.data);
        assert_true(rc == AW_OK || rc == AW_E_NOMEM);
        assert_string_equal(kept(NULL), rc ? "{\"old\":1,\"pets\":[1,2,3]}" : "{\"new\":2,\"pets\":[1]}");
        assert_true(n < 10000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_shapes_of_the_reference, pair_set_up, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_nothing_is_kept, pair_set_up, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_a_diff_replaces_and_deletes, pair_set_up, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_subtarget_and_resource, pair_set_up, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_a_baseline_replaces_all, pair_set_up, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_a_baseline_of_a_part, pair_set_up, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_lists_as_the_reference_has_them, pair_set_up, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_changes_of_a_list, pair_set_up, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_a_part_or_the_whole, pair_set_up, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_what_lists_leave_open, pair_set_up, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_what_cannot_be_kept_is_left_out, pair_set_up, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_wiping, pair_set_up, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_out_of_memory, pair_set_up, pair_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
