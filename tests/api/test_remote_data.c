/*
 * Remote data through the public API: values and lists of a peer, as its changes have made them, read and forgotten.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "actor/handle.h"
#include "actor/remote.h"
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

static int apply_data(aw_database *database, void *data, aw_error *error)
{
    bool exact = true;

    return aw__remote_apply(database, alice->id, "bob", "", "", data, true, &exact, error);
}

static int replace_data(aw_database *database, void *data, aw_error *error)
{
    return aw__remote_replace(database, alice->id, "bob", "", "", data, error);
}

/* What bob sends: a diff, or (with replace_data) a baseline. */
static void arrives(aw__store_fn *how, const char *json)
{
    json_t *data = json_loads(json, 0, NULL);

    assert_non_null(data);
    assert_int_equal(aw__store_write(alice->site->store, how, data, &err), AW_OK);
    json_decref(data);
}

/* Takes value. */
static void assert_is(json_t *value, const char *json)
{
    char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_SORT_KEYS | JSON_COMPACT);

    assert_string_equal(text, json);
    free(text);
    json_decref(value);
}

static void assert_kept(const char *name, const char *json)
{
    json_t *value = NULL;

    assert_int_equal(aw_remote_get(alice, "bob", name, &value, &err), AW_OK);
    assert_is(value, json);
}

static void assert_info(const char *name, const char *json)
{
    json_t *info = NULL;

    assert_int_equal(aw_remote_info(alice, "bob", name, &info, &err), AW_OK);
    assert_is(info, json);
}

static int item(const char *name, int64_t index, json_t **ret_item)
{
    return aw_remote_get_item(alice, AW_WITH(remote_get_item, .peer_id = "bob", .name = name, .index = index), ret_item,
                              &err);
}

static void assert_item(int64_t index, const char *json)
{
    json_t *value = NULL;

    assert_int_equal(item("songs", index, &value), AW_OK);
    assert_is(value, json);
}

static void start_over(void)
{
    assert_int_equal(aw_remote_wipe(alice, "bob", &err), AW_OK);
    arrives(replace_data,
            "{\"colour\":\"green\",\"pair\":[1,2],\"home\":{\"city\":\"Oslo\"},\"songs\":{\"_list\":true,\"items\":[]}}");
    arrives(apply_data, "{\"songs\":{\"list\":\"songs\",\"operation\":\"extend\",\"length\":3,"
                        "\"items\":[\"a\",{\"b\":1},\"c\"]}}");
}

#define A_LIST(count) "{\"_list\":true,\"count\":" count ",\"description\":\"\",\"explanation\":\"\"}"

/* ---- the tests ---- */

static void values_and_what_there_is(void **state)
{
    json_t *value = (json_t *)&err;

    (void)state;
    start_over();
    assert_kept("colour", "\"green\"");
    assert_kept("home", "{\"city\":\"Oslo\"}");
    assert_info("colour", "{\"_list\":false}");
    assert_int_equal(aw_remote_get(alice, "bob", "size", &value, &err), AW_E_NOT_FOUND);
    assert_int_equal(aw_remote_info(alice, "bob", "size", &value, &err), AW_E_NOT_FOUND);
    assert_int_equal(aw_remote_info(alice, "carol", "colour", &value, &err), AW_E_NOT_FOUND);
    assert_ptr_equal(value, &err);
    json_t *nothing = NULL;

    assert_int_equal(aw_remote_info(alice, "carol", NULL, &nothing, &err), AW_OK);
    assert_is(nothing, "{}");
}

static void lists_follow_the_changes_of_the_peer(void **state)
{
    json_t *value = (json_t *)&err;

    (void)state;
    start_over();
    assert_info("songs", A_LIST("3"));
    assert_kept("songs", "[\"a\",{\"b\":1},\"c\"]");
    assert_item(0, "\"a\"");
    assert_item(1, "{\"b\":1}");
    assert_item(-1, "\"c\"");
    assert_item(-3, "\"a\"");
    assert_int_equal(item("songs", 3, &value), AW_E_NOT_FOUND);
    assert_int_equal(item("songs", -4, &value), AW_E_NOT_FOUND);
    assert_int_equal(item("songs", INT64_MIN, &value), AW_E_NOT_FOUND);
    assert_int_equal(item("none", 0, &value), AW_E_NOT_FOUND);
    assert_int_equal(item("colour", 0, &value), AW_E_CONFLICT);
    assert_ptr_equal(value, &err);
    arrives(apply_data,
            "{\"songs\":{\"list\":\"songs\",\"operation\":\"insert\",\"length\":4,\"index\":1,\"item\":\"new\"}}");
    assert_item(1, "\"new\"");
    assert_info("songs", A_LIST("4"));
    arrives(apply_data,
            "{\"songs\":{\"list\":\"songs\",\"operation\":\"delete\",\"length\":3,\"index\":0,\"item\":\"a\"}}");
    assert_kept("songs", "[\"new\",{\"b\":1},\"c\"]");
    arrives(apply_data, "{\"songs\":{\"list\":\"songs\",\"operation\":\"clear\",\"length\":0}}");
    assert_kept("songs", "[]");
    assert_info("songs", A_LIST("0"));
    assert_int_equal(item("songs", 0, &value), AW_E_NOT_FOUND);
}

static void forgetting(void **state)
{
    json_t *value = NULL;

    (void)state;
    start_over();
    assert_int_equal(aw_remote_delete(alice, "bob", "colour", &err), AW_OK);
    assert_int_equal(aw_remote_delete(alice, "bob", "colour", &err), AW_OK);
    assert_int_equal(aw_remote_delete(alice, "bob", "songs", &err), AW_OK);
    assert_int_equal(aw_remote_get(alice, "bob", "songs", &value, &err), AW_E_NOT_FOUND);
    assert_int_equal(aw_remote_delete(alice, "bob", "pair", &err), AW_OK);
    assert_kept(NULL, "{\"home\":{\"city\":\"Oslo\"}}");
    arrives(apply_data, "{\"colour\":\"red\"}");
    assert_kept("colour", "\"red\"");
    assert_int_equal(aw_remote_wipe(alice, "bob", &err), AW_OK);
    assert_kept(NULL, "{}");
}

static void wrong_arguments(void **state)
{
    json_t *value = NULL;

    (void)state;
    assert_int_equal(aw_remote_info(NULL, "bob", NULL, &value, &err), AW_E_INVALID);
    assert_int_equal(aw_remote_info(alice, "", NULL, &value, &err), AW_E_INVALID);
    assert_int_equal(aw_remote_info(alice, "bob", NULL, NULL, &err), AW_E_INVALID);
    assert_int_equal(aw_remote_get_item(alice, NULL, &value, &err), AW_E_INVALID);
    assert_int_equal(aw_remote_get_item(NULL, AW_WITH(remote_get_item, .peer_id = "bob"), &value, &err), AW_E_INVALID);
    assert_int_equal(aw_remote_get_item(alice, AW_WITH(remote_get_item, .peer_id = "bob"), &value, &err),
                     AW_E_INVALID);
    assert_int_equal(aw_remote_get_item(alice, AW_WITH(remote_get_item, .name = "songs"), &value, &err), AW_E_INVALID);
    assert_int_equal(item("songs", 0, NULL), AW_E_INVALID);
    assert_int_equal(aw_remote_delete(alice, "bob", NULL, &err), AW_E_INVALID);
    assert_int_equal(aw_remote_delete(alice, NULL, "songs", &err), AW_E_INVALID);
    assert_int_equal(aw_remote_wipe(alice, NULL, &err), AW_E_INVALID);
    assert_int_equal(aw_remote_wipe(NULL, "bob", &err), AW_E_INVALID);
    assert_null(value);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_and_what_there_is),
        cmocka_unit_test(lists_follow_the_changes_of_the_peer),
        cmocka_unit_test(forgetting),
        cmocka_unit_test(wrong_arguments),
    };

    return cmocka_run_group_tests(tests, open_all, close_all);
}
