/*
 * Lists, with each allocation of each operation failing in turn: the store is as before, and then the operation
 * succeeds.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "actor/property.h"
#include "base/alloc.h"
#include "support/json_memory.h"
#include "support/lists.h"
#include "support/subscribed.h"

enum { MOST_ALLOCATIONS = 5000 };

typedef int attempt(aw_error *err);

/* What is to be changed; its values are made beforehand, as only the change itself is to fail. */
static aw__list_change change;

static int run_change(aw_error *err)
{
    aw__arena *arena = aw__arena_new();
    aw__list_change mine = change;
    int rc = arena ? aw__list_change_run(&t->site, arena, t->actor_id, &mine, NULL, err) : AW_E_NOMEM;

    if (!arena)
        err->code = rc;
    aw__arena_free(arena);
    return rc;
}

static aw__list_source source_of(const char *name)
{
    return (aw__list_source){.arena = aw__arena_new(), .actor_id = t->actor_id, .name = name};
}

static int no_arena(aw_error *err)
{
    err->code = AW_E_NOMEM;
    return AW_E_NOMEM;
}

static int read_items(aw_error *err)
{
    json_t *items = NULL;
    int rc = aw__list_get_items(&t->site, (aw__list_source){.actor_id = t->actor_id, .name = "notes"}, &items, err);

    json_decref(items);
    return rc;
}

static int read_item(aw_error *err)
{
    json_t *item = NULL;
    int rc = aw__list_get_item(&t->site, (aw__list_source){.actor_id = t->actor_id, .name = "notes"},
                               &(aw__list_place){.position = -1}, &item, err);

    json_decref(item);
    return rc;
}

static int read_entries(aw_error *err)
{
    aw__list_source source = source_of("notes");
    aw__list_entry *entries;
    size_t count;
    int rc = source.arena ? aw__list_get_entries(&t->site, source, &entries, &count, err) : no_arena(err);

    aw__arena_free(source.arena);
    return rc;
}

static int read_info(aw_error *err)
{
    aw__list_source source = source_of("notes");
    aw__list_info info;
    int rc = source.arena ? aw__list_get_info(&t->site, source, &info, err) : no_arena(err);

    aw__arena_free(source.arena);
    return rc;
}

static int read_infos(aw_error *err)
{
    aw__list_source source = source_of(NULL);
    aw__list_info *infos;
    size_t count;
    int rc = source.arena ? aw__list_get_infos(&t->site, source, true, &infos, &count, err) : no_arena(err);

    aw__arena_free(source.arena);
    return rc;
}

static int delete_all(aw_error *err)
{
    return aw__property_delete(&t->site, t->actor_id, NULL, 0, NULL, NULL, err);
}

static void fail_each_allocation(attempt *operation)
{
    char *before = test_site_snapshot(t);
    int rc = AW_E_NOMEM;

    for (long n = 1; rc; n++) {
        aw_error err = {0};

        aw__alloc_fail_at(n, false);
        rc = operation(&err);
        aw__alloc_fail_at(0, false);
        assert_int_equal(rc, err.code);
        assert_true(n < MOST_ALLOCATIONS);
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

static void fail_change(aw__list_change what)
{
    change = what;
    fail_each_allocation(run_change);
}

static void test_changes(void **state)
{
    json_t *item = json_pack("{s:[i]}", "a", 1), *items = json_pack("[i,s]", 1, "two");
    const aw__list_edit edits[] = {{0, item}, {1, NULL}, {5, item}, {3, NULL}};

    (void)state;
    (void)inbound("bob", NULL, NULL, "high");
    (void)inbound("bob", "notes", NULL, "high");
    fail_change((aw__list_change){.operation = AW__LIST_CREATE, .name = "notes", .description = "d"});
    fail_change((aw__list_change){.operation = AW__LIST_CREATE, .name = "notes", .explanation = "e", .may_exist = true});
    fail_change((aw__list_change){.operation = AW__LIST_DESCRIBE, .name = "notes", .description = "other"});
    fail_change((aw__list_change){.operation = AW__LIST_ADD, .name = "notes", .item = item});
    fail_change((aw__list_change){.operation = AW__LIST_EXTEND, .name = "notes", .items = items});
    fail_change((aw__list_change){.operation = AW__LIST_INSERT, .name = "notes", .place.position = 1, .item = item});
    fail_change((aw__list_change){.operation = AW__LIST_SET, .name = "notes", .place.position = 4, .item = item});
    fail_change((aw__list_change){.operation = AW__LIST_SET, .name = "notes", .place.handle = "a0", .item = item});
    fail_change((aw__list_change){.operation = AW__LIST_BULK, .name = "notes", .edits = edits, .edit_count = 4});
    assert_string_equal(list_items("notes"), "[{\"a\":[1]},1,{\"a\":[1]},{\"a\":[1]}]");
    fail_change((aw__list_change){.operation = AW__LIST_REMOVE, .name = "notes", .place.position = -1});
    fail_each_allocation(read_items);
    fail_each_allocation(read_item);
    fail_each_allocation(read_entries);
    fail_each_allocation(read_info);
    fail_each_allocation(read_infos);
    fail_change((aw__list_change){.operation = AW__LIST_CLEAR, .name = "notes"});
    fail_change((aw__list_change){.operation = AW__LIST_DELETE, .name = "notes"});
    list_with("notes", "[1]");
    set_property("colour", "\"red\"");
    fail_each_allocation(delete_all);
    assert_string_equal(list_items("notes"), "-");
    json_decref(item);
    json_decref(items);
}

static void test_an_older_list(void **state)
{
    json_t *item = json_integer(3);

    (void)state;
    (void)inbound("bob", NULL, NULL, "high");
    list_store_row("list:notes-0", "1");
    list_store_row("list:notes-1", "2");
    list_store_row("list:notes-2", "\"beyond\"");
    list_store_row("list:notes-meta", "{\"length\":2}");
    fail_each_allocation(read_items);
    fail_each_allocation(read_item);
    fail_each_allocation(read_info);
    fail_each_allocation(read_infos);
    fail_change((aw__list_change){.operation = AW__LIST_INSERT, .name = "notes", .place.position = 0, .item = item});
    assert_string_equal(list_items("notes"), "[3,1,2]");
    json_decref(item);
}

static void test_renumbering(void **state)
{
    json_t *item = json_integer(3);

    (void)state;
    list_with("notes", "[]");
    list_store_row("list:notes-#0", "1");
    list_store_row("list:notes-#b0", "2");
    fail_change((aw__list_change){.operation = AW__LIST_INSERT, .name = "notes", .place.position = 1, .item = item});
    assert_string_equal(list_items("notes"), "[1,3,2]");
    json_decref(item);
}

#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, pair_set_up_trusting, pair_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(changes),
        TEST(an_older_list),
        TEST(renumbering),
    };

    json_memory_use();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
