/*
 * aw_list_*: the operations as an application calls them, and what each refuses.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "support/apps.h"

static test_app app;
static aw_actor *alice;
static aw_error err;

static int set_up(void **state)
{
    (void)state;
    test_app_open(&app, AW_DEFAULTS(app));
    err = (aw_error){0};
    return aw_actor_create(app.app, NULL, &alice, &err);
}

static int tear_down(void **state)
{
    (void)state;
    aw_actor_unref(alice);
    test_app_close(&app);
    return 0;
}

static void assert_items(const char *expected)
{
    json_t *items = NULL;

    assert_int_equal(aw_list_get(alice, "notes", &items, &err), AW_OK);
    char *text = json_dumps(items, JSON_COMPACT);

    assert_string_equal(text, expected);
    free(text);
    json_decref(items);
}

static void by_position(void **state)
{
    json_t *one = json_integer(1), *two = json_integer(2), *text = json_string("x"), *more = json_pack("[i,i]", 3, 4);
    json_t *item = NULL;
    int64_t position = -1;

    (void)state;
    assert_int_equal(aw_list_create(alice, AW_WITH(list_create, .name = "notes", .description = "d"), &err), AW_OK);
    assert_int_equal(aw_list_append(alice, "notes", one, NULL, &err), AW_OK);
    assert_int_equal(aw_list_append(alice, "notes", two, &position, &err), AW_OK);
    assert_int_equal(position, 1);
    assert_int_equal(aw_list_extend(alice, "notes", more, &err), AW_OK);
    assert_int_equal(aw_list_insert(alice, AW_WITH(list_insert, .name = "notes", .position = 1, .item = text), &err),
                     AW_OK);
    assert_items("[1,\"x\",2,3,4]");
    assert_int_equal(aw_list_set(alice, AW_WITH(list_set, .name = "notes", .position = -1, .item = text), &err), AW_OK);
    assert_int_equal(aw_list_remove(alice, AW_WITH(list_remove, .name = "notes"), &err), AW_OK);
    assert_items("[\"x\",2,3,\"x\"]");
    assert_int_equal(aw_list_get_item(alice, AW_WITH(list_get_item, .name = "notes", .position = 1), &item, &err),
                     AW_OK);
    assert_int_equal(json_integer_value(item), 2);
    json_decref(item);
    assert_int_equal(aw_list_get_item(alice, AW_WITH(list_get_item, .name = "notes", .position = 4), &item, &err),
                     AW_E_NOT_FOUND);
    aw_list_edit edits[] = {{0, NULL}, {4, one}, {1, two}};

    assert_int_equal(aw_list_edit_all(alice, AW_WITH(list_edit_all, .name = "notes", .edits = edits, .count = 3), &err),
                     AW_OK);
    assert_items("[2,3,\"x\",1]");
    assert_int_equal(aw_list_clear(alice, "notes", &err), AW_OK);
    assert_items("[]");
    json_decref(one);
    json_decref(two);
    json_decref(text);
    json_decref(more);
}

static void by_handle(void **state)
{
    json_t *items = json_pack("[s,s,s]", "a", "b", "c"), *new_item = json_string("B");
    aw_list_entry *entries = NULL;
    json_t *item = NULL;
    size_t count = 0;

    (void)state;
    aw_list_create(alice, AW_WITH(list_create, .name = "notes"), &err);
    aw_list_extend(alice, "notes", items, &err);
    assert_int_equal(aw_list_entries(alice, "notes", &entries, &count, &err), AW_OK);
    assert_int_equal(count, 3);
    assert_string_equal(json_string_value(entries[1].item), "b");
    assert_int_equal(aw_list_remove(alice, AW_WITH(list_remove, .name = "notes", .handle = entries[0].handle), &err),
                     AW_OK);
    assert_int_equal(
        aw_list_set(alice, AW_WITH(list_set, .name = "notes", .handle = entries[1].handle, .item = new_item), &err),
        AW_OK);
    assert_int_equal(
        aw_list_get_item(alice, AW_WITH(list_get_item, .name = "notes", .handle = entries[1].handle), &item, &err),
        AW_OK);
    assert_string_equal(json_string_value(item), "B");
    json_decref(item);
    assert_items("[\"B\",\"c\"]");
    assert_int_equal(aw_list_remove(alice, AW_WITH(list_remove, .name = "notes", .handle = entries[0].handle), &err),
                     AW_E_NOT_FOUND);
    assert_string_equal(json_string_value(entries[0].item), "a"); /* it is the caller's */
    aw_list_entries_free(entries, count);
    aw_list_entries_free(NULL, 0);
    json_decref(items);
    json_decref(new_item);
}

static void what_there_is(void **state)
{
    aw_list_info *infos = NULL;
    size_t count = 7;

    (void)state;
    assert_int_equal(aw_list_infos(alice, &infos, &count, &err), AW_OK);
    assert_int_equal(count, 0);
    aw_list_infos_free(infos, count);
    aw_list_create(alice, AW_WITH(list_create, .name = "b", .description = "what", .explanation = "why"), &err);
    aw_list_create(alice, AW_WITH(list_create, .name = "a"), &err);
    aw_list_append(alice, "a", json_null(), NULL, &err);
    assert_int_equal(aw_list_describe(alice, AW_WITH(list_describe, .name = "b", .description = "that"), &err), AW_OK);
    assert_int_equal(aw_list_infos(alice, &infos, &count, &err), AW_OK);
    assert_int_equal(count, 2);
    assert_string_equal(infos[0].name, "a");
    assert_int_equal(infos[0].count, 1);
    assert_string_equal(infos[1].description, "that");
    assert_string_equal(infos[1].explanation, "why");
    aw_list_infos_free(infos, count);
    assert_int_equal(aw_list_get_info(alice, "a", &infos, &err), AW_OK);
    assert_string_equal(infos->name, "a");
    assert_string_equal(infos->description, "");
    aw_list_infos_free(infos, 1);
    assert_int_equal(aw_list_delete(alice, "a", &err), AW_OK);
    assert_int_equal(aw_property_delete(alice, "b", &err), AW_OK);
    assert_int_equal(aw_list_get_info(alice, "a", &infos, &err), AW_E_NOT_FOUND);
    assert_int_equal(aw_list_get_info(alice, "b", &infos, &err), AW_E_NOT_FOUND);
}

static void names_are_of_one_kind(void **state)
{
    json_t *value = json_integer(1);

    (void)state;
    aw_property_set(alice, "colour", value, &err);
    assert_int_equal(aw_list_create(alice, AW_WITH(list_create, .name = "colour"), &err), AW_E_CONFLICT);
    aw_list_create(alice, AW_WITH(list_create, .name = "notes"), &err);
    assert_int_equal(aw_list_create(alice, AW_WITH(list_create, .name = "notes"), &err), AW_E_EXISTS);
    assert_int_equal(aw_property_set(alice, "notes", value, &err), AW_E_CONFLICT);
    assert_int_equal(aw_list_create(alice, AW_WITH(list_create, .name = "no#tes"), &err), AW_E_INVALID);
    json_decref(value);
}

/* ---- what is refused ---- */

#define REFUSES(code_, call)                                                                                           \
    do {                                                                                                               \
        err = (aw_error){0};                                                                                           \
        assert_int_equal(call, code_);                                                                                 \
        assert_int_equal(err.code, code_);                                                                             \
        assert_true(*err.message);                                                                                     \
    } while (0)

static void calls_are_checked(void **state)
{
    json_t *item = json_integer(1), *got = NULL;
    aw_list_entry *entries = NULL;
    aw_list_info *infos = NULL;
    size_t count = 0;

    (void)state;
    aw_list_create(alice, AW_WITH(list_create, .name = "notes"), &err);
    REFUSES(AW_E_INVALID, aw_list_get(NULL, "notes", &got, &err));
    REFUSES(AW_E_INVALID, aw_list_get(alice, NULL, &got, &err));
    REFUSES(AW_E_INVALID, aw_list_get(alice, "", &got, &err));
    REFUSES(AW_E_INVALID, aw_list_get(alice, "notes", NULL, &err));
    REFUSES(AW_E_NOT_FOUND, aw_list_get(alice, "none", &got, &err));
    REFUSES(AW_E_INVALID, aw_list_get_item(alice, NULL, &got, &err));
    REFUSES(AW_E_INVALID, aw_list_get_item(alice, AW_DEFAULTS(list_get_item), &got, &err));
    REFUSES(AW_E_INVALID, aw_list_get_item(alice, AW_WITH(list_get_item, .name = "notes"), NULL, &err));
    REFUSES(AW_E_INVALID, aw_list_get_item(alice, &(aw_list_get_item_params){.name = "notes"}, &got, &err));
    REFUSES(AW_E_INVALID, aw_list_entries(NULL, "notes", &entries, &count, &err));
    REFUSES(AW_E_INVALID, aw_list_entries(alice, "notes", NULL, &count, &err));
    REFUSES(AW_E_INVALID, aw_list_entries(alice, "notes", &entries, NULL, &err));
    REFUSES(AW_E_INVALID, aw_list_get_info(alice, "notes", NULL, &err));
    REFUSES(AW_E_INVALID, aw_list_infos(NULL, &infos, &count, &err));
    REFUSES(AW_E_INVALID, aw_list_infos(alice, NULL, &count, &err));
    REFUSES(AW_E_INVALID, aw_list_infos(alice, &infos, NULL, &err));
    REFUSES(AW_E_INVALID, aw_list_create(alice, NULL, &err));
    REFUSES(AW_E_INVALID, aw_list_create(NULL, AW_WITH(list_create, .name = "x"), &err));
    REFUSES(AW_E_INVALID, aw_list_create(alice, AW_WITH(list_create, .name = "list:x"), &err));
    REFUSES(AW_E_INVALID, aw_list_create(alice, AW_WITH(list_create, .name = "x", .description = "\xff"), &err));
    REFUSES(AW_E_INVALID, aw_list_describe(alice, AW_DEFAULTS(list_describe), &err));
    REFUSES(AW_E_INVALID, aw_list_append(alice, "notes", NULL, NULL, &err));
    REFUSES(AW_E_INVALID, aw_list_append(alice, NULL, item, NULL, &err));
    REFUSES(AW_E_NOT_FOUND, aw_list_append(alice, "none", item, NULL, &err));
    REFUSES(AW_E_INVALID, aw_list_extend(alice, "notes", item, &err));
    REFUSES(AW_E_INVALID, aw_list_insert(alice, AW_WITH(list_insert, .name = "notes"), &err));
    REFUSES(AW_E_NOT_FOUND, aw_list_insert(alice, AW_WITH(list_insert, .name = "notes", .position = 1, .item = item),
                                           &err));
    REFUSES(AW_E_INVALID, aw_list_set(alice, AW_WITH(list_set, .name = "notes"), &err));
    REFUSES(AW_E_INVALID, aw_list_remove(alice, AW_DEFAULTS(list_remove), &err));
    REFUSES(AW_E_NOT_FOUND, aw_list_remove(alice, AW_WITH(list_remove, .name = "notes"), &err));
    REFUSES(AW_E_INVALID, aw_list_edit_all(alice, AW_WITH(list_edit_all, .name = "notes", .count = 1), &err));
    REFUSES(AW_E_INVALID, aw_list_clear(alice, NULL, &err));
    REFUSES(AW_E_INVALID, aw_list_delete(NULL, "notes", &err));
    assert_null(got);
    assert_items("[]");
    json_decref(item);
}

static void store_calls_on_loop(const aw_error *none, void *ud)
{
    json_t *value = NULL;
    aw_list_entry *entries = NULL;
    aw_list_info *infos = NULL;
    size_t count = 0;

    (void)none;
    REFUSES(AW_E_REENTRANT, aw_list_get(alice, "notes", &value, &err));
    REFUSES(AW_E_REENTRANT, aw_list_get_item(alice, AW_WITH(list_get_item, .name = "notes"), &value, &err));
    REFUSES(AW_E_REENTRANT, aw_list_entries(alice, "notes", &entries, &count, &err));
    REFUSES(AW_E_REENTRANT, aw_list_infos(alice, &infos, &count, &err));
    REFUSES(AW_E_REENTRANT, aw_list_create(alice, AW_WITH(list_create, .name = "notes"), &err));
    REFUSES(AW_E_REENTRANT, aw_list_append(alice, "notes", json_null(), NULL, &err));
    REFUSES(AW_E_REENTRANT, aw_list_remove(alice, AW_WITH(list_remove, .name = "notes"), &err));
    REFUSES(AW_E_REENTRANT, aw_list_delete(alice, "notes", &err));
    *(bool *)ud = true;
}

static int nothing(void *arg, aw_error *why)
{
    (void)arg;
    (void)why;
    return AW_OK;
}

static void the_loop_does_not_wait(void **state)
{
    bool checked = false;
    aw_group *group = aw_group_new(alice, NULL);

    (void)state;
    assert_int_equal(aw_offload_async(aw_app_runtime(app.app), AW_WITH(offload, .fn = nothing, .group = group),
                                      store_calls_on_loop, &checked, NULL),
                     AW_OK);
    assert_int_equal(aw_group_wait(group, NULL, &err), AW_OK);
    aw_group_free(group);
    assert_true(checked);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(by_position), TEST(by_handle), TEST(what_there_is), TEST(names_are_of_one_kind), TEST(calls_are_checked),
        TEST(the_loop_does_not_wait),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
