/*
 * Properties by path, and the diffs and notices of their changes. What HTTP makes of it is in tests/wire.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "actor/diff.h"
#include "actor/property.h"
#include "actor/subscription.h"
#include "base/json.h"
#include "store/properties.h"
#include "support/site.h"

#define PATH(...)  ((const char *const[]){__VA_ARGS__})
#define DEPTH(...) (sizeof(PATH(__VA_ARGS__)) / sizeof(char *))

static test_site *t;
static size_t told; /* notices */

static void count_notices(aw__site *site, const aw__notice *notices, size_t count)
{
    (void)site;
    (void)notices;
    told += count;
}

static int set_up(void **state)
{
    (void)state;
    t = test_site_new();
    t->site.notify = count_notices;
    told = 0;
    return t ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    test_site_free(t);
    return 0;
}

static json_t *json(const char *text)
{
    json_t *value = json_loads(text, JSON_DECODE_ANY, NULL);

    assert_non_null(value);
    return value;
}

static int set_path(const char *const *path, size_t depth, const char *text)
{
    json_t *value = json(text);
    aw_error err = {0};
    int rc = aw__property_set(&t->site, t->actor_id, path, depth, value, NULL, &err);

    assert_int_equal(rc, err.code);
    json_decref(value);
    return rc;
}

#define set(text, ...) set_path(PATH(__VA_ARGS__), DEPTH(__VA_ARGS__), text)

static void assert_all(const char *expected)
{
    json_t *all = NULL;
    aw_error err = {0};

    assert_int_equal(aw__property_get(&t->site, t->actor_id, NULL, 0, &all, &err), AW_OK);
    char *text = aw__json_text(all);

    assert_string_equal(text, expected);
    aw__free(text);
    json_decref(all);
}

static int get(const char *const *path, size_t depth, json_t **ret_value)
{
    aw_error err = {0};
    int rc = aw__property_get(&t->site, t->actor_id, path, depth, ret_value, &err);

    assert_int_equal(rc, err.code);
    return rc;
}

static int delete_path(const char *const *path, size_t depth)
{
    aw_error err = {0};
    int rc = aw__property_delete(&t->site, t->actor_id, path, depth, NULL, NULL, &err);

    assert_int_equal(rc, err.code);
    return rc;
}

static int set_all(const char *text)
{
    json_t *object = json(text);
    aw_error err = {0};
    int rc = aw__property_set_all(&t->site, t->actor_id, object, NULL, 0, NULL, &err);

    assert_int_equal(rc, err.code);
    json_decref(object);
    return rc;
}

struct row {
    const char *actor_id, *name, *value;
};

static int insert_row(aw_database *database, void *arg, aw_error *err)
{
    const struct row *row = arg;

    return aw__properties_set(database, row->actor_id, row->name, row->value, err);
}

/* As another server has stored it. */
static void store_row(const char *name, const char *value)
{
    struct row row = {t->actor_id, name, value};
    aw_error err = {0};

    assert_int_equal(aw__store_write(t->site.store, insert_row, &row, &err), AW_OK);
}

/* ---- values ---- */

static void objects_grow_by_paths(void **state)
{
    (void)state;
    assert_int_equal(set("1", "a", "b", "c"), AW_OK);
    assert_int_equal(set("{\"x\":{\"y\":2}}", "a", "b"), AW_OK);
    assert_all("{\"a\":{\"b\":{\"c\":1,\"x\":{\"y\":2}}}}");
    assert_int_equal(set("{\"b\":0}", "a"), AW_OK); /* at the top nothing is merged */
    assert_all("{\"a\":{\"b\":0}}");
    assert_int_equal(set("1", "a", "b", "c"), AW_E_CONFLICT);
    assert_int_equal(set("[1]", "l"), AW_OK);
    assert_int_equal(set("1", "l", "0"), AW_E_CONFLICT);
}

static void bad_names_and_values(void **state)
{
    char over[257];
    json_t *value = NULL;

    (void)state;
    memset(over, 'a', sizeof(over) - 1);
    over[sizeof(over) - 1] = '\0';
    assert_int_equal(set("null", "a"), AW_E_INVALID);
    assert_int_equal(set("1", ""), AW_E_INVALID);
    assert_int_equal(set("1", "a", ""), AW_E_INVALID);
    assert_int_equal(set("1", "list:a"), AW_E_INVALID);
    assert_int_equal(set("1", "a\n"), AW_E_INVALID);
    assert_int_equal(set("1", "\xC3"), AW_E_INVALID);
    assert_int_equal(set("1", over), AW_E_TOO_LARGE);
    assert_int_equal(set_path(NULL, 0, "1"), AW_E_INVALID);
    assert_int_equal(get(PATH("list:a"), 1, &value), AW_E_NOT_FOUND);
    assert_null(value);
    assert_all("{}");
}

static void raw_text_reads_as_a_text_and_gives_way_to_objects(void **state)
{
    json_t *value = NULL;

    (void)state;
    store_row("raw", "just {words");
    assert_int_equal(get(PATH("raw"), 1, &value), AW_OK);
    assert_string_equal(json_string_value(value), "just {words");
    json_decref(value);
    assert_int_equal(get(PATH("raw", "x"), 2, &value), AW_E_NOT_FOUND);
    assert_int_equal(delete_path(PATH("raw", "x"), 2), AW_E_NOT_FOUND);
    assert_int_equal(set("1", "raw", "x"), AW_OK);
    assert_all("{\"raw\":{\"x\":1}}");
}

static void lists_are_not_overwritten(void **state)
{
    (void)state;
    store_row("list:n-meta", "{\"format\":2}");
    store_row("list:n-#a0", "1");
    assert_int_equal(set("1", "n"), AW_E_CONFLICT);
    assert_int_equal(set("1", "n", "x"), AW_E_CONFLICT);
    assert_int_equal(set_all("{\"m\":1,\"n\":2}"), AW_E_CONFLICT);
    assert_all("{}");
    assert_int_equal(delete_path(PATH("n"), 1), AW_OK);
    assert_int_equal(set("1", "n"), AW_OK);
}

static void deleting(void **state)
{
    (void)state;
    assert_int_equal(set_all("{\"a\":{\"b\":{\"c\":1}},\"d\":2}"), AW_OK);
    assert_int_equal(delete_path(PATH("a", "b", "c"), 3), AW_OK);
    assert_all("{\"a\":{\"b\":{}},\"d\":2}");
    assert_int_equal(delete_path(PATH("a", "b", "c"), 3), AW_E_NOT_FOUND);
    assert_int_equal(delete_path(PATH("d", "e"), 2), AW_E_NOT_FOUND);
    assert_int_equal(delete_path(PATH("absent"), 1), AW_OK);
    assert_int_equal(delete_path(PATH("a"), 1), AW_OK);
    assert_all("{\"d\":2}");
    assert_int_equal(delete_path(NULL, 0), AW_OK);
    assert_all("{}");
}

static void several_are_stored_together(void **state)
{
    (void)state;
    assert_int_equal(set_all("{\"a\":1,\"b\":\"x\"}"), AW_OK);
    assert_int_equal(set_all("{\"a\":\"\",\"c\":[2]}"), AW_OK);
    assert_all("{\"b\":\"x\",\"c\":[2]}");
    assert_int_equal(set_all("{\"d\":1,\"e\":null}"), AW_E_INVALID);
    assert_int_equal(set_all("{\"d\":1,\"\":1}"), AW_E_INVALID);
    assert_int_equal(set_all("[]"), AW_E_INVALID);
    assert_int_equal(set_all("{}"), AW_OK);
    assert_all("{\"b\":\"x\",\"c\":[2]}");
}

static void an_unknown_actor_has_none(void **state)
{
    json_t *value = json("1");
    aw_error err = {0};

    (void)state;
    assert_int_equal(aw__property_set(&t->site, "nobody", PATH("a"), 1, value, NULL, &err), AW_E_NOT_FOUND);
    assert_int_equal(aw__property_delete(&t->site, "nobody", PATH("a"), 1, NULL, NULL, &err), AW_E_NOT_FOUND);
    json_decref(value);
}

/* ---- diffs ---- */

static char subscription_id[64];

static void subscribe(const char *subtarget, const char *resource)
{
    aw_subscription *made = NULL;
    aw_error err = {0};

    test_site_add_trust(t, "bob", "http://127.0.0.1:9/bob");
    assert_int_equal(
        aw__subscription_accept(&t->site, t->actor_id, "bob", "properties", subtarget, resource, "high", &made, &err),
        AW_OK);
    snprintf(subscription_id, sizeof(subscription_id), "%s", aw_subscription_id(made));
    aw_subscription_free(made);
}

/* All diffs, joined by "|". */
static void assert_diffs(const char *expected)
{
    aw__arena *arena = aw__arena_new();
    aw__diff_row *rows = NULL;
    size_t count = 0;
    aw_error err = {0};
    const char *text = "";

    assert_int_equal(aw__subscription_diffs(&t->site, arena, t->actor_id, subscription_id, &rows, &count, &err), AW_OK);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(rows[i].sequence, i + 1);
        text = aw__arena_printf(arena, "%s%s%s", text, *text ? "|" : "", rows[i].data);
    }
    assert_string_equal(text, expected);
    assert_int_equal(told, count);
    aw__arena_free(arena);
}

static void every_change_has_its_diff(void **state)
{
    (void)state;
    subscribe(NULL, NULL);
    assert_int_equal(set("1", "a"), AW_OK);
    assert_int_equal(set("2", "o", "x", "y"), AW_OK);
    assert_int_equal(set("{\"z\":3}", "o", "x"), AW_OK);
    assert_int_equal(delete_path(PATH("a"), 1), AW_OK);
    assert_int_equal(delete_path(PATH("a"), 1), AW_OK); /* nothing changes */
    assert_diffs("{\"a\":1}|{\"o\":{\"x\":{\"y\":2}}}|{\"o\":{\"x\":{\"y\":2,\"z\":3}}}|{\"a\":\"\"}");
}

static void a_subtarget_sees_its_own_changes(void **state)
{
    (void)state;
    subscribe("a", NULL);
    assert_int_equal(set("1", "b"), AW_OK);
    assert_int_equal(set("1", "a"), AW_OK);
    assert_diffs("1");
}

static void what_fails_leaves_no_diff(void **state)
{
    (void)state;
    subscribe(NULL, NULL);
    store_row("list:n-meta", "{}");
    assert_int_equal(set_all("{\"a\":1,\"n\":2}"), AW_E_CONFLICT);
    assert_int_equal(set("1", "n"), AW_E_CONFLICT);
    assert_int_equal(delete_path(PATH("a", "b"), 2), AW_E_NOT_FOUND);
    assert_diffs("");
}

/* ---- out of memory ---- */

static json_t *new_value; /* parsed beforehand: only the change itself is to fail */

static int change_nested(aw_error *err)
{
    return aw__property_set(&t->site, t->actor_id, PATH("a", "b"), 2, new_value, NULL, err);
}

static int change_several(aw_error *err)
{
    return aw__property_set_all(&t->site, t->actor_id, new_value, NULL, 0, NULL, err);
}

static int change_by_deleting(aw_error *err)
{
    return aw__property_delete(&t->site, t->actor_id, NULL, 0, NULL, NULL, err);
}

static int read_all(aw_error *err)
{
    json_t *all = NULL;
    int rc = aw__property_get(&t->site, t->actor_id, NULL, 0, &all, err);

    json_decref(all);
    return rc;
}

static void fail_each_allocation(int (*change)(aw_error *err))
{
    char *before = test_site_snapshot(t);
    int rc = AW_E_NOMEM;

    for (long n = 1; rc; n++) {
        aw_error err = {0};

        aw__alloc_fail_at(n, false);
        rc = change(&err);
        aw__alloc_fail_at(0, false);
        assert_int_equal(rc, err.code);
        assert_true(n < 2000);
        if (rc && rc != AW_E_NOMEM)
            fail_msg("allocation %ld: %s", n, err.message);
        if (rc) {
            char *after = test_site_snapshot(t);

            assert_string_equal(after, before);
            free(after);
        }
    }
    free(before);
}

static void out_of_memory(void **state)
{
    (void)state;
    subscribe(NULL, NULL);
    new_value = json("{\"c\":1}");
    fail_each_allocation(change_nested);
    json_decref(new_value);
    new_value = json("{\"a\":{\"b\":{\"c\":1}},\"x\":\"\"}");
    fail_each_allocation(change_several);
    json_decref(new_value);
    fail_each_allocation(read_all);
    fail_each_allocation(change_by_deleting);
    assert_all("{}");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(objects_grow_by_paths),
        TEST(bad_names_and_values),
        TEST(raw_text_reads_as_a_text_and_gives_way_to_objects),
        TEST(lists_are_not_overwritten),
        TEST(deleting),
        TEST(several_are_stored_together),
        TEST(an_unknown_actor_has_none),
        TEST(every_change_has_its_diff),
        TEST(a_subtarget_sees_its_own_changes),
        TEST(what_fails_leaves_no_diff),
        TEST(out_of_memory),
    };

    json_set_alloc_funcs(aw__malloc, aw__free); /* its allocations fail as well */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
