/*
 * Attributes through the public API: values in buckets, expiry, changes that depend on what is there, and which buckets
 * an application has no business to write to.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "actor/handle.h"
#include "store/attributes.h"
#include "support/apps.h"

static test_app app;
static aw_actor *alice;
static aw_error err;

static int open_all(void **state)
{
    (void)state;
    test_app_new(&app, NULL);
    alice = test_app_actor(&app, "alice");
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    aw_actor_unref(alice);
    test_app_close(&app);
    return 0;
}

/* ---- in the words of the tests ---- */

static int set(const char *bucket, const char *name, const char *json)
{
    json_t *value = json_loads(json, JSON_DECODE_ANY, NULL);
    int rc = aw_attribute_set(alice, AW_WITH(attribute_set, .bucket = bucket, .name = name, .value = value), &err);

    assert_non_null(value);
    json_decref(value);
    return rc;
}

static int set_if(const char *name, const char *json, const char *expected, bool only_if_absent)
{
    json_t *value = json_loads(json, JSON_DECODE_ANY, NULL);
    json_t *before = expected ? json_loads(expected, JSON_DECODE_ANY, NULL) : NULL;
    int rc = aw_attribute_set(alice,
                              AW_WITH(attribute_set, .bucket = "things", .name = name, .value = value,
                                      .expected = before, .only_if_absent = only_if_absent),
                              &err);

    json_decref(value);
    json_decref(before);
    return rc;
}

static void assert_value(const char *bucket, const char *name, const char *json)
{
    json_t *value = NULL;

    assert_int_equal(aw_attribute_get(alice, bucket, name, &value, &err), AW_OK);
    char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);

    assert_string_equal(text, json);
    free(text);
    json_decref(value);
}

static void assert_absent(const char *bucket, const char *name)
{
    json_t *value = (json_t *)&err;

    assert_int_equal(aw_attribute_get(alice, bucket, name, &value, &err), AW_E_NOT_FOUND);
    assert_ptr_equal(value, &err);
}

static void assert_bucket(const char *bucket, const char *json)
{
    json_t *values = NULL;

    assert_int_equal(aw_attribute_list(alice, bucket, &values, &err), AW_OK);
    char *text = json_dumps(values, JSON_SORT_KEYS | JSON_COMPACT);

    assert_string_equal(text, json);
    free(text);
    json_decref(values);
}

/* What the library itself keeps; expires_s is a moment. */
struct row {
    const char *bucket, *name;
    int64_t expires_s;
};

static int put_row(aw_database *database, void *arg, aw_error *error)
{
    const struct row *row = arg;

    return aw__attributes_set(database, alice->id, row->bucket, row->name, "\"kept\"", row->expires_s, error);
}

static void put(const char *bucket, const char *name, int64_t expires_s)
{
    struct row row = {bucket, name, expires_s};

    assert_int_equal(aw__store_write(alice->site->store, put_row, &row, &err), AW_OK);
}

/* ---- the tests ---- */

static void values_of_any_kind(void **state)
{
    static const char *const values[] = {"null", "true", "0", "\"\"", "[1,2]", "{\"a\":{\"b\":null}}"};

    (void)state;
    for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++) {
        assert_int_equal(set("kinds", "one:two", values[i]), AW_OK);
        assert_value("kinds", "one:two", values[i]);
    }
    assert_int_equal(aw_attribute_delete(alice, "kinds", "one:two", &err), AW_OK);
    assert_absent("kinds", "one:two");
    assert_int_equal(aw_attribute_delete(alice, "kinds", "one:two", &err), AW_OK);
}

static void buckets(void **state)
{
    (void)state;
    assert_bucket("fruit", "{}");
    assert_int_equal(set("fruit", "apple", "1"), AW_OK);
    assert_int_equal(set("fruit", "pear", "2"), AW_OK);
    assert_int_equal(set("fruits", "plum", "3"), AW_OK);
    assert_bucket("fruit", "{\"apple\":1,\"pear\":2}");
    assert_bucket(NULL, "{\"fruit\":{\"apple\":1,\"pear\":2},\"fruits\":{\"plum\":3}}");
    assert_int_equal(aw_attribute_delete_bucket(alice, "fruit", &err), AW_OK);
    assert_bucket("fruit", "{}");
    assert_bucket("fruits", "{\"plum\":3}");
    assert_int_equal(aw_attribute_delete_bucket(alice, "fruits", &err), AW_OK);
}

static void what_has_expired_is_not_there(void **state)
{
    json_t *value = json_string("for a while");

    (void)state;
    assert_int_equal(aw_attribute_set(alice,
                                      AW_WITH(attribute_set, .bucket = "short", .name = "lived", .value = value,
                                              .expires_after_s = 3600),
                                      &err),
                     AW_OK);
    assert_value("short", "lived", "\"for a while\"");
    put("short", "lived", 1);
    assert_absent("short", "lived");
    assert_bucket("short", "{}");
    assert_int_equal(aw_attribute_set(alice,
                                      AW_WITH(attribute_set, .bucket = "short", .name = "lived", .value = value,
                                              .only_if_absent = true),
                                      &err),
                     AW_OK);
    assert_value("short", "lived", "\"for a while\"");
    json_decref(value);
}

static void changes_that_depend(void **state)
{
    (void)state;
    assert_int_equal(set_if("count", "1", "0", false), AW_E_CONFLICT);
    assert_absent("things", "count");
    assert_int_equal(set_if("count", "1", NULL, true), AW_OK);
    assert_int_equal(set_if("count", "5", NULL, true), AW_E_EXISTS);
    assert_int_equal(set_if("count", "2", "1", false), AW_OK);
    assert_int_equal(set_if("count", "3", "1", false), AW_E_CONFLICT);
    assert_int_equal(set_if("count", "3", "2", true), AW_E_INVALID);
    assert_value("things", "count", "2");
    assert_int_equal(set_if("count", "{\"a\":1,\"b\":2}", "2", false), AW_OK);
    assert_int_equal(set_if("count", "null", "{\"b\":2,\"a\":1}", false), AW_OK);
    assert_int_equal(set_if("count", "4", "null", false), AW_OK);
    assert_value("things", "count", "4");
}

static void the_librarys_own(void **state)
{
    static const char *const ours[] = {"_internal", "_", "remote:bob", "remote", "mcp_tokens", "spa_access_tokens"};

    (void)state;
    for (size_t i = 0; i < sizeof(ours) / sizeof(*ours); i++) {
        put(ours[i], "mine", 0);
        assert_int_equal(set(ours[i], "mine", "1"), AW_E_DENIED);
        assert_int_equal(aw_attribute_delete(alice, ours[i], "mine", &err), AW_E_DENIED);
        assert_int_equal(aw_attribute_delete_bucket(alice, ours[i], &err), AW_E_DENIED);
        assert_value(ours[i], "mine", "\"kept\"");
    }
}

static void wrong_arguments(void **state)
{
    char long_text[512];
    json_t *value = json_true();
    json_t *got = NULL;

    (void)state;
    memset(long_text, 'a', sizeof(long_text) - 1);
    long_text[sizeof(long_text) - 1] = 0;
    assert_int_equal(set("a:b", "c", "1"), AW_E_INVALID);
    assert_int_equal(set("", "c", "1"), AW_E_INVALID);
    assert_int_equal(set(NULL, "c", "1"), AW_E_INVALID);
    assert_int_equal(set("a", NULL, "1"), AW_E_INVALID);
    assert_int_equal(set(long_text, "c", "1"), AW_E_INVALID);
    assert_int_equal(set("a", long_text, "1"), AW_E_INVALID);
    assert_int_equal(set("a", "\xff", "1"), AW_E_INVALID);
    assert_int_equal(aw_attribute_set(alice, AW_WITH(attribute_set, .bucket = "a", .name = "b"), &err), AW_E_INVALID);
    assert_int_equal(aw_attribute_set(alice, NULL, &err), AW_E_INVALID);
    assert_int_equal(
        aw_attribute_set(
            alice, AW_WITH(attribute_set, .bucket = "a", .name = "b", .value = value, .expires_after_s = -1), &err),
        AW_E_INVALID);
    assert_int_equal(aw_attribute_set(alice,
                                      AW_WITH(attribute_set, .bucket = "a", .name = "b", .value = value,
                                              .expires_after_s = INT64_MAX),
                                      &err),
                     AW_E_INVALID);
    assert_int_equal(aw_attribute_set(NULL, AW_WITH(attribute_set, .bucket = "a"), &err), AW_E_INVALID);
    assert_int_equal(aw_attribute_get(NULL, "a", "b", &got, &err), AW_E_INVALID);
    assert_int_equal(aw_attribute_get(alice, NULL, "b", &got, &err), AW_E_INVALID);
    assert_int_equal(aw_attribute_get(alice, "a", "", &got, &err), AW_E_INVALID);
    assert_int_equal(aw_attribute_get(alice, "a", "b", NULL, &err), AW_E_INVALID);
    assert_int_equal(aw_attribute_list(alice, "", &got, &err), AW_E_INVALID);
    assert_int_equal(aw_attribute_list(alice, "a", NULL, &err), AW_E_INVALID);
    assert_int_equal(aw_attribute_delete(alice, "a", NULL, &err), AW_E_INVALID);
    assert_int_equal(aw_attribute_delete_bucket(alice, NULL, &err), AW_E_INVALID);
    assert_null(got);
    assert_bucket("a", "{}");
}

static void too_deep(void **state)
{
    json_t *value = json_array();

    (void)state;
    for (int i = 0; i < 64; i++)
        value = json_pack("[o]", value);
    assert_int_equal(aw_attribute_set(alice, AW_WITH(attribute_set, .bucket = "a", .name = "b", .value = value), &err),
                     AW_E_TOO_LARGE);
    json_decref(value);
    assert_absent("a", "b");
}

static void of_an_actor_that_is_gone(void **state)
{
    aw_actor *gone = test_app_actor(&app, "gone");
    json_t *value = json_true();

    (void)state;
    assert_int_equal(aw_actor_delete(gone, NULL, &err), AW_OK);
    assert_int_equal(aw_attribute_set(gone, AW_WITH(attribute_set, .bucket = "a", .name = "b", .value = value), &err),
                     AW_E_NOT_FOUND);
    aw_actor_unref(gone);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(buckets),
        cmocka_unit_test(values_of_any_kind),
        cmocka_unit_test(what_has_expired_is_not_there),
        cmocka_unit_test(changes_that_depend),
        cmocka_unit_test(the_librarys_own),
        cmocka_unit_test(wrong_arguments),
        cmocka_unit_test(too_deep),
        cmocka_unit_test(of_an_actor_that_is_gone),
    };

    return cmocka_run_group_tests(tests, open_all, close_all);
}
