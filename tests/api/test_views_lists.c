/*
 * Views and lists: each function asks for the permission that the wire asks for.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/views.h"

static aw_error err;

static void assert_list_rights(aw_actor *view, const char *name, bool reads, bool writes, bool deletes)
{
    json_t *item = json_integer(1), *items = json_pack("[O]", item), *value = NULL;
    aw_list_entry *entries = NULL;
    aw_list_info *info = NULL;
    aw_list_edit edit = {0, item}, removal = {0, NULL}, both[] = {{0, item}, {0, NULL}};
    size_t count = 0;
    int reading = reads ? AW_OK : AW_E_DENIED, writing = writes ? AW_OK : AW_E_DENIED;
    int deleting = deletes ? AW_OK : AW_E_DENIED;

    assert_int_equal(aw_list_create(view, AW_WITH(list_create, .name = name), &err), writing);
    if (!writes)
        assert_int_equal(aw_list_create(alice, AW_WITH(list_create, .name = name), &err), AW_OK);
    assert_int_equal(aw_list_append(view, name, item, NULL, &err), writing);
    assert_int_equal(aw_list_append(alice, name, item, NULL, &err), AW_OK);
    assert_int_equal(aw_list_extend(view, name, items, &err), writing);
    assert_int_equal(aw_list_insert(view, AW_WITH(list_insert, .name = name, .item = item), &err), writing);
    assert_int_equal(aw_list_set(view, AW_WITH(list_set, .name = name, .item = item), &err), writing);
    assert_int_equal(aw_list_edit_all(view, AW_WITH(list_edit_all, .name = name, .edits = &edit, .count = 1), &err),
                     writing);
    assert_int_equal(aw_list_remove(view, AW_WITH(list_remove, .name = name, .position = -1), &err), deleting);
    assert_int_equal(aw_list_edit_all(view, AW_WITH(list_edit_all, .name = name, .edits = both, .count = 2), &err),
                     deleting);
    assert_int_equal(aw_list_edit_all(view, AW_WITH(list_edit_all, .name = name, .edits = &removal, .count = 1), &err),
                     deleting);
    assert_int_equal(aw_list_describe(view, AW_WITH(list_describe, .name = name, .description = "x"), &err), writing);
    if (!writes)
        assert_int_equal(aw_list_get_info(alice, name, &info, &err), AW_OK);
    if (!writes)
        assert_true(info->count == 1 && !*info->description); /* nothing has happened */
    aw_list_infos_free(info, 1);
    info = NULL;
    assert_int_equal(aw_list_get(view, name, &value, &err), reading);
    json_decref(value);
    value = NULL;
    assert_int_equal(aw_list_get_item(view, AW_WITH(list_get_item, .name = name), &value, &err), reading);
    json_decref(value);
    assert_int_equal(aw_list_entries(view, name, &entries, &count, &err), reading);
    aw_list_entries_free(entries, count);
    assert_int_equal(aw_list_get_info(view, name, &info, &err), reading);
    aw_list_infos_free(info, 1);
    assert_int_equal(aw_list_infos(view, &info, &count, &err), AW_OK);
    assert_int_equal(count, reads);
    aw_list_infos_free(info, count);
    assert_int_equal(aw_list_clear(view, name, &err), deleting);
    assert_int_equal(aw_list_delete(view, name, &err), deleting);
    (void)aw_list_delete(alice, name, &err);
    json_decref(items);
    json_decref(item);
}

static void lists_are_properties_by_their_names(void **state)
{
    static const struct {
        const char *relationship, *name;
        bool approved, reads, writes, deletes;
    } rights[] = {
        {"friend", "groceries", true, true, true, false},    {"friend", "groceries", false, false, false, false},
        {"friend", "private/notes", true, false, false, false}, {"admin", "groceries", true, true, true, true},
        {"viewer", "public/notes", true, true, false, false}, {"viewer", "groceries", true, false, false, false},
        {"unheard-of", "groceries", true, false, false, false},
    };

    (void)state;
    assert_int_equal(aw_property_delete(alice, NULL, &err), AW_OK);
    for (size_t i = 0; i < sizeof(rights) / sizeof(*rights); i++) {
        add_trust("bob", rights[i].relationship, rights[i].approved, "");
        aw_actor *view = view_of("bob");

        assert_list_rights(view, rights[i].name, rights[i].reads, rights[i].writes, rights[i].deletes);
        aw_actor_unref(view);
        remove_trust("bob");
    }
    aw_list_info *infos = NULL;
    size_t count = 0;

    add_trust("bob", "friend", true, "");
    aw_actor *view = view_of("bob");

    assert_int_equal(aw_list_create(alice, AW_WITH(list_create, .name = "a"), &err), AW_OK);
    assert_int_equal(aw_list_create(alice, AW_WITH(list_create, .name = "private/b"), &err), AW_OK);
    assert_int_equal(aw_list_create(alice, AW_WITH(list_create, .name = "z"), &err), AW_OK);
    assert_int_equal(aw_list_infos(view, &infos, &count, &err), AW_OK);
    assert_int_equal(count, 2);
    assert_string_equal(infos[1].name, "z");
    aw_list_infos_free(infos, count);
    remove_trust("bob");
    assert_int_equal(aw_list_infos(view, &infos, &count, &err), AW_E_DENIED);
    aw_actor_unref(view);
    assert_int_equal(aw_property_delete(alice, NULL, &err), AW_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_are_properties_by_their_names),
    };

    return cmocka_run_group_tests(tests, views_open, views_close);
}
