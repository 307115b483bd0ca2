/*
 * Rows that are read before they are written anew: what cannot be understood is replaced, and what a failing database
 * has not given stays.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "actor/peer_profile.h"
#include "actor/permission_own.h"
#include "base/error.h"
#include "store/attributes.h"
#include "support/site.h"

static test_site *t;
static aw_error err;

/* In the linker's place of the store's. */
static enum { ANSWERS, IS_AWAY, IS_NOT_UNDERSTOOD } store;

int __real_aw__attributes_get(aw_database *database, aw__arena *arena, const char *actor_id, const char *bucket,
                              const char *name, aw__attribute_row *ret_row, aw_error *why);
int __wrap_aw__attributes_get(aw_database *database, aw__arena *arena, const char *actor_id, const char *bucket,
                              const char *name, aw__attribute_row *ret_row, aw_error *why);

int __wrap_aw__attributes_get(aw_database *database, aw__arena *arena, const char *actor_id, const char *bucket,
                              const char *name, aw__attribute_row *ret_row, aw_error *why)
{
    if (store == ANSWERS)
        return __real_aw__attributes_get(database, arena, actor_id, bucket, name, ret_row, why);
    aw__fail(why, AW_E_STORE, "as told");
    why->retriable = store == IS_AWAY;
    return AW_E_STORE;
}

static int set_up(void **state)
{
    (void)state;
    t = test_site_new();
    test_site_add_trust(t, "bob", "http://127.0.0.1:9/bob");
    err = (aw_error){0};
    store = ANSWERS;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    test_site_free(t);
    return 0;
}

static int set_permissions(const char *text)
{
    json_t *object = json_loads(text, 0, NULL);
    int rc = aw__permission_set(&t->site, t->actor_id, "bob", object, NULL, &err);

    json_decref(object);
    return rc;
}

static int keep_profile(const char *text)
{
    static const char *const items[] = {"colour", "size"};
    aw__profile_names names = {items, sizeof(items) / sizeof(*items)};
    json_t *properties = json_loads(text, 0, NULL), *row = NULL;
    int rc = aw__peer_profile_keep(&t->site, t->actor_id, "bob", properties, &names, &row, &err);

    json_decref(row);
    json_decref(properties);
    return rc;
}

/* Changes a row that is there, first with the database away. In the end it holds `replaced`, and not `first`. */
static void check(int change(const char *text), const char *text, const char *first, const char *other,
                  const char *replaced)
{
    assert_int_equal(change(text), AW_OK);
    char *before = test_site_snapshot(t);

    assert_non_null(strstr(before, first));
    store = IS_AWAY;
    assert_int_equal(change(other), AW_E_STORE);
    assert_int_equal(err.code, AW_E_STORE);
    assert_true(err.retriable);
    char *after = test_site_snapshot(t);

    assert_string_equal(after, before);
    free(after);
    free(before);
    store = IS_NOT_UNDERSTOOD;
    assert_int_equal(change(other), AW_OK);
    after = test_site_snapshot(t);
    assert_null(strstr(after, first));
    assert_non_null(strstr(after, replaced));
    free(after);
}

static void test_permissions(void **state)
{
    (void)state;
    check(set_permissions, "{\"notes\":\"first note\"}", "first note", "{\"created_by\":\"someone\"}", "someone");
}

static void test_profiles(void **state)
{
    (void)state;
    check(keep_profile, "{\"colour\":\"first colour\"}", "first colour", "{\"size\":\"of another\"}", "of another");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_permissions, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_profiles, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
