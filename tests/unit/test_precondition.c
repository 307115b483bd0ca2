/*
 * Preconditions of changes: looked at in the change's transaction, before anything is written.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "actor/property.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/json.h"
#include "http/etag.h"
#include "support/site.h"

static test_site *t;

static int set_up(void **state)
{
    (void)state;
    t = test_site_new();
    return t ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    test_site_free(t);
    return 0;
}

/* What is shown, as a test wants it: a text, nothing (NULL), or a failure. */
struct shown {
    const char *text;
    int rc;
    int asked;
};

static int show(aw_database *database, void *arg, char **ret_text, aw_error *err)
{
    struct shown *shown = arg;

    assert_non_null(database);
    shown->asked++;
    if (shown->rc)
        return aw__fail(err, shown->rc, "as the test says");
    if (!shown->text)
        return aw__fail(err, AW_E_NOT_FOUND, "nothing");
    *ret_text = aw__strdup(shown->text);
    return *ret_text ? AW_OK : aw__fail_nomem(err);
}

static int set(const char *if_match, const char *if_none_match, struct shown *shown)
{
    static const char *const path[] = {"a"};
    aw__precondition condition = {if_match, if_none_match, show, shown, true};
    json_t *value = json_true();
    aw_error err = {0};
    int rc = aw__property_set(&t->site, t->actor_id, path, 1, value, &condition, &err);

    assert_int_equal(rc, err.code);
    assert_int_equal(shown->asked, 1);
    assert_int_equal(condition.failed, rc == AW_E_CONFLICT);
    return rc;
}

static bool written(void)
{
    static const char *const path[] = {"a"};
    json_t *value = NULL;
    int rc = aw__property_get(&t->site, t->actor_id, path, 1, &value, NULL);

    json_decref(value);
    return rc == AW_OK;
}

static void what_holds(void **state)
{
    char etag[AW__ETAG_BYTES];

    (void)state;
    assert_int_equal(aw__etag_make("x", 1, etag), AW_OK);
    assert_int_equal(set(etag, NULL, &(struct shown){.text = "x"}), AW_OK);
    assert_true(written());
    assert_int_equal(set("*", NULL, &(struct shown){.text = "x"}), AW_OK);
    assert_int_equal(set(NULL, "*", &(struct shown){0}), AW_OK);
    assert_int_equal(set(NULL, etag, &(struct shown){.text = "y"}), AW_OK);
    assert_int_equal(set(etag, "\"other\"", &(struct shown){.text = "x"}), AW_OK);
}

static void what_does_not_hold(void **state)
{
    char etag[AW__ETAG_BYTES];

    (void)state;
    assert_int_equal(aw__etag_make("x", 1, etag), AW_OK);
    assert_int_equal(set(etag, NULL, &(struct shown){.text = "y"}), AW_E_CONFLICT);
    assert_int_equal(set(etag, NULL, &(struct shown){0}), AW_E_CONFLICT);
    assert_int_equal(set("*", NULL, &(struct shown){0}), AW_E_CONFLICT);
    assert_int_equal(set(NULL, "*", &(struct shown){.text = ""}), AW_E_CONFLICT);
    assert_int_equal(set(NULL, etag, &(struct shown){.text = "x"}), AW_E_CONFLICT);
    assert_int_equal(set(etag, etag, &(struct shown){.text = "x"}), AW_E_CONFLICT);
    assert_false(written());
}

static void what_cannot_be_known(void **state)
{
    (void)state;
    assert_int_equal(set("*", NULL, &(struct shown){.rc = AW_E_STORE}), AW_E_STORE);
    assert_int_equal(set(NULL, "*", &(struct shown){.rc = AW_E_NOMEM}), AW_E_NOMEM);
    assert_false(written());
}

static void every_change_has_it(void **state)
{
    static const char *const path[] = {"a", "b"};
    struct shown shown = {.text = "x"};
    aw__precondition condition = {.if_match = "\"other\"", .represent = show, .arg = &shown};
    json_t *object = json_pack("{s:{s:i}}", "a", "b", 1);

    (void)state;
    assert_int_equal(aw__property_set_all(&t->site, t->actor_id, object, NULL, 0, NULL, NULL), AW_OK);
    assert_int_equal(aw__property_set_all(&t->site, t->actor_id, object, NULL, 0, &condition, NULL), AW_E_CONFLICT);
    for (size_t depth = 1; depth <= 2; depth++)
        assert_int_equal(aw__property_set(&t->site, t->actor_id, path, depth, object, &condition, NULL), AW_E_CONFLICT);
    for (size_t depth = 0; depth <= 2; depth++)
        assert_int_equal(aw__property_delete(&t->site, t->actor_id, path, depth, NULL, &condition, NULL), AW_E_CONFLICT);
    assert_int_equal(shown.asked, 6);
    json_t *all = NULL;

    assert_int_equal(aw__property_get(&t->site, t->actor_id, NULL, 0, &all, NULL), AW_OK);
    assert_true(json_equal(all, object));
    json_decref(all);
    json_decref(object);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_holds, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_does_not_hold, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_cannot_be_known, set_up, tear_down),
        cmocka_unit_test_setup_teardown(every_change_has_it, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
