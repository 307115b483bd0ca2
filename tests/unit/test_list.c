/*
 * List properties: what each change does to the items, and how they are stored. What is told of it is in
 * test_list_diffs.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actor/property.h"
#include "model/rank.h"
#include "support/lists.h"
#include "support/random.h"
#include "support/subscribed.h"

#define META_OF(count) "\"count_hint\":" #count ",\"description\":\"\",\"explanation\":\"\",\"format_ever_changed\":false}"

static void test_a_list_is_made_empty(void **state)
{
    (void)state;
    assert_string_equal(list_items("notes"), "-");
    assert_int_equal(list_create("notes"), AW_OK);
    assert_true(list_done.created);
    assert_string_equal(list_items("notes"), "[]");
    assert_int_equal(list_count("notes"), 0);
    assert_int_equal(list_create("notes"), AW_E_EXISTS);
}

static void test_rows_are_the_references(void **state)
{
    const char *meta;

    (void)state;
    list_with("notes", "[\"a\",{\"b\":[1]}]");
    assert_string_equal(list_row("list:notes-#a0"), "\"a\"");
    assert_string_equal(list_row("list:notes-#a1"), "{\"b\":[1]}");
    meta = list_row("list:notes-meta");
    assert_int_equal(strncmp(meta, "{\"format\":2,\"created_at\":\"20", 28), 0);
    assert_non_null(strstr(meta, ",\"item_type\":\"json\",\"chunk_size\":1,\"version\":\"1.0\"," META_OF(2)));
}

static void test_items_come_at_the_end(void **state)
{
    (void)state;
    list_create("notes");
    assert_int_equal(list_add("notes", "1"), AW_OK);
    assert_int_equal(list_done.position, 0);
    assert_int_equal(list_add("notes", "null"), AW_OK);
    assert_int_equal(list_done.position, 1);
    assert_int_equal(list_done.length, 2);
    assert_int_equal(list_extend("notes", "[[3],{\"n\":4}]"), AW_OK);
    assert_int_equal(list_done.position, 2);
    assert_int_equal(list_done.length, 4);
    assert_int_equal(list_extend("notes", "[]"), AW_OK);
    assert_string_equal(list_items("notes"), "[1,null,[3],{\"n\":4}]");
    assert_int_equal(list_count("notes"), 4);
}

static void test_positions_count_from_either_end(void **state)
{
    (void)state;
    list_with("notes", "[0,1,2]");
    assert_string_equal(list_item("notes", 0), "0");
    assert_string_equal(list_item("notes", 2), "2");
    assert_string_equal(list_item("notes", -1), "2");
    assert_string_equal(list_item("notes", -3), "0");
    assert_string_equal(list_item("notes", 3), "-");
    assert_string_equal(list_item("notes", -4), "-");
    assert_string_equal(list_item("notes", INT64_MIN), "-");
    assert_string_equal(list_item("notes", INT64_MAX), "-");
    assert_string_equal(list_item("nothing", 0), "-");
}

static void test_items_are_inserted(void **state)
{
    (void)state;
    list_with("notes", "[0,1]");
    assert_int_equal(list_insert("notes", 1, "\"m\""), AW_OK);
    assert_int_equal(list_done.position, 1);
    assert_int_equal(list_done.length, 3);
    assert_int_equal(list_insert("notes", 0, "\"f\""), AW_OK);
    assert_int_equal(list_insert("notes", 4, "\"l\""), AW_OK);
    assert_int_equal(list_insert("notes", -1, "\"b\""), AW_OK);
    assert_string_equal(list_items("notes"), "[\"f\",0,\"m\",1,\"b\",\"l\"]");
    assert_int_equal(list_insert("notes", 7, "1"), AW_E_NOT_FOUND);
    assert_int_equal(list_insert("notes", -7, "1"), AW_E_NOT_FOUND);
    assert_int_equal(list_count("notes"), 6);
}

static void test_items_are_replaced(void **state)
{
    (void)state;
    list_with("notes", "[0,1,2]");
    assert_int_equal(list_set("notes", 1, "\"one\""), AW_OK);
    assert_false(list_done.created);
    assert_int_equal(list_set("notes", -1, "\"two\""), AW_OK);
    assert_int_equal(list_done.position, 2);
    assert_int_equal(list_set("notes", 3, "\"three\""), AW_OK); /* at the length, so it is added */
    assert_true(list_done.created);
    assert_int_equal(list_set("notes", 5, "1"), AW_E_NOT_FOUND);
    assert_int_equal(list_set("notes", -5, "1"), AW_E_NOT_FOUND);
    assert_string_equal(list_items("notes"), "[0,\"one\",\"two\",\"three\"]");
}

static void test_items_are_removed(void **state)
{
    (void)state;
    list_with("notes", "[0,1,2,3]");
    assert_int_equal(list_remove("notes", 1), AW_OK);
    assert_int_equal(list_done.position, 1);
    assert_int_equal(list_done.length, 3);
    assert_int_equal(list_remove("notes", -1), AW_OK);
    assert_string_equal(list_items("notes"), "[0,2]");
    assert_int_equal(list_remove("notes", 2), AW_E_NOT_FOUND);
    assert_int_equal(list_remove("notes", -3), AW_E_NOT_FOUND);
    assert_int_equal(list_remove("notes", 0), AW_OK);
    assert_int_equal(list_remove("notes", 0), AW_OK);
    assert_int_equal(list_remove("notes", 0), AW_E_NOT_FOUND);
    assert_string_equal(list_items("notes"), "[]");
}

static void test_a_handle_follows_its_item(void **state)
{
    const char *one;

    (void)state;
    list_with("notes", "[0,1,2]");
    one = list_handle_at("notes", 1);
    list_insert("notes", 0, "\"new\"");
    list_remove("notes", 1);
    list_insert("notes", 1, "\"newer\"");
    assert_int_equal(list_set_handle("notes", one, "\"found\""), AW_OK);
    assert_int_equal(list_done.position, 2);
    assert_string_equal(list_items("notes"), "[\"new\",\"newer\",\"found\",2]");
    assert_int_equal(list_remove_handle("notes", one), AW_OK);
    assert_int_equal(list_done.position, 2);
    assert_int_equal(list_remove_handle("notes", one), AW_E_NOT_FOUND);
    assert_int_equal(list_set_handle("notes", one, "1"), AW_E_NOT_FOUND);
    assert_int_equal(list_set_handle("notes", "", "1"), AW_E_NOT_FOUND);
    assert_int_equal(list_set_handle("notes", "no-such-#a0", "1"), AW_E_NOT_FOUND);
    assert_string_equal(list_items("notes"), "[\"new\",\"newer\",2]");
    list_add("notes", "\"last\"");
    assert_string_equal(list_handle, list_handle_at("notes", 3));
}

static void test_many_are_edited_at_once(void **state)
{
    (void)state;
    list_with("notes", "[0,1,2,3]");
    /* All positions are those of before; what is added may be set again, and a deletion beyond the end does nothing. */
    assert_int_equal(list_bulk("notes", "[[0],[1,\"one\"],[2],[2],[4,\"four\"],[5,\"five\"],[5,\"FIVE\"],[9]]"), AW_OK);
    assert_int_equal(list_done.set_count, 4);
    assert_int_equal(list_done.delete_count, 2);
    assert_int_equal(list_done.length, 4);
    assert_string_equal(list_items("notes"), "[\"one\",3,\"four\",\"FIVE\"]");
    assert_int_equal(list_bulk("notes", "[[4,1],[4]]"), AW_OK);
    assert_string_equal(list_items("notes"), "[\"one\",3,\"four\",\"FIVE\"]");
    assert_int_equal(list_bulk("notes", "[]"), AW_OK);
}

static void test_many_are_edited_all_or_none(void **state)
{
    (void)state;
    list_with("notes", "[0,1]");
    assert_int_equal(list_bulk("notes", "[[0,\"x\"],[3,\"beyond\"]]"), AW_E_INVALID);
    assert_int_equal(list_bulk("notes", "[[0,\"x\"],[-1,\"y\"]]"), AW_E_INVALID);
    assert_int_equal(list_bulk("notes", "[[0,\"x\"],[-1]]"), AW_E_INVALID);
    assert_string_equal(list_items("notes"), "[0,1]");
}

static void test_a_list_is_emptied_and_deleted(void **state)
{
    (void)state;
    list_with("notes", "[0,1]");
    list_with("notes-2", "[2]");
    list_with("note", "[3]");
    assert_int_equal(list_clear("notes"), AW_OK);
    assert_string_equal(list_items("notes"), "[]");
    list_add("notes", "4");
    assert_int_equal(list_delete("notes"), AW_OK);
    assert_string_equal(list_items("notes"), "-");
    assert_string_equal(list_row("list:notes-#a0"), "-");
    assert_string_equal(list_items("notes-2"), "[2]");
    assert_string_equal(list_items("note"), "[3]");
    assert_int_equal(list_create("notes"), AW_OK);
    assert_string_equal(list_items("notes"), "[]");
}

static void test_texts_are_set_one_by_one(void **state)
{
    aw__list_source source = {.arena = aw__arena_new(), .actor_id = t->actor_id, .name = "notes"};
    aw__list_info info;

    (void)state;
    list_with("notes", "[1]");
    assert_int_equal(list_describe("notes", "what", NULL), AW_OK);
    assert_int_equal(list_describe("notes", NULL, "why"), AW_OK);
    assert_int_equal(aw__list_get_info(&t->site, source, &info, &list_err), AW_OK);
    assert_string_equal(info.name, "notes");
    assert_string_equal(info.description, "what");
    assert_string_equal(info.explanation, "why");
    assert_int_equal(info.count, 1);
    aw__arena_free(source.arena);
    assert_int_equal(list_describe("notes", "\xff", NULL), AW_E_INVALID);
}

static void test_all_lists_are_told_at_once(void **state)
{
    aw__list_source source = {.arena = aw__arena_new(), .actor_id = t->actor_id};
    aw__list_info *infos = NULL;
    size_t count = 0;

    (void)state;
    list_with("b", "[\"x\",22]");
    list_with("b-meta", "[]");
    list_with("a", "[1,2,3]");
    list_describe("a", "first", NULL);
    set_property("simple", "1");
    list_store_row("list:gone-#a0", "1"); /* somebody was interrupted */
    assert_int_equal(aw__list_get_infos(&t->site, source, false, &infos, &count, &list_err), AW_OK);
    assert_int_equal(count, 3);
    assert_string_equal(infos[0].name, "a");
    assert_string_equal(infos[0].description, "first");
    assert_int_equal(infos[0].count, 3);
    assert_int_equal(infos[0].total_bytes, 3);
    assert_null(infos[0].items);
    assert_string_equal(infos[1].name, "b");
    assert_int_equal(infos[1].total_bytes, 5);
    assert_string_equal(infos[2].name, "b-meta");
    assert_int_equal(infos[2].count, 0);
    assert_int_equal(aw__list_get_infos(&t->site, source, true, &infos, &count, &list_err), AW_OK);
    assert_int_equal(json_array_size(infos[0].items), 3);
    assert_int_equal(json_integer_value(json_array_get(infos[1].items, 1)), 22);
    aw__arena_free(source.arena);
}

static void test_a_name_is_one_of_both(void **state)
{
    json_t *value = json_integer(1);
    aw_error err = {0};

    (void)state;
    set_property("colour", "\"red\"");
    assert_int_equal(list_create("colour"), AW_E_CONFLICT);
    list_create("notes");
    assert_int_equal(aw__property_set(&t->site, t->actor_id, (const char *[]){"notes"}, 1, value, NULL, &err),
                     AW_E_CONFLICT);
    json_decref(value);
    assert_string_equal(list_items("notes"), "[]");
    assert_string_equal(list_items("colour"), "-");
}

static void test_names_are_checked(void **state)
{
    (void)state;
    assert_int_equal(list_create("a#b"), AW_E_INVALID);
    assert_non_null(strstr(list_err.message, "#"));
    assert_int_equal(list_create(""), AW_E_INVALID);
    assert_int_equal(list_create("list:a"), AW_E_INVALID);
    assert_int_equal(list_create("a\nb"), AW_E_INVALID);
    assert_int_equal(list_create("\xc3\xb8-\xe2\x82\xac"), AW_OK); /* substr() counts characters */
    list_extend("\xc3\xb8-\xe2\x82\xac", "[1,2]");
    assert_string_equal(list_items("\xc3\xb8-\xe2\x82\xac"), "[1,2]");
}

static void test_what_is_not_there_is_not_changed(void **state)
{
    (void)state;
    assert_int_equal(list_add("notes", "1"), AW_E_NOT_FOUND);
    assert_int_equal(list_set("notes", 0, "1"), AW_E_NOT_FOUND);
    assert_int_equal(list_remove("notes", 0), AW_E_NOT_FOUND);
    assert_int_equal(list_clear("notes"), AW_E_NOT_FOUND);
    assert_int_equal(list_delete("notes"), AW_E_NOT_FOUND);
    assert_int_equal(list_describe("notes", "x", NULL), AW_E_NOT_FOUND);
    assert_int_equal(list_bulk("notes", "[[0]]"), AW_E_NOT_FOUND);
    assert_string_equal(list_row("list:notes-meta"), "-");
    set_property("notes", "[1]"); /* an array is a simple property */
    assert_int_equal(list_add("notes", "1"), AW_E_NOT_FOUND);
}

static void test_items_have_limits(void **state)
{
    json_t *deep = json_integer(1);

    (void)state;
    list_create("notes");
    for (int i = 0; i < 45; i++)
        deep = json_pack("[o]", deep);
    aw__list_change change = {.operation = AW__LIST_ADD, .name = "notes", .item = deep};

    assert_int_equal(list_run(t, &change), AW_OK);
    deep = json_pack("[o]", deep);
    change.item = deep;
    assert_int_equal(list_run(t, &change), AW_E_TOO_LARGE);
    change.item = NULL;
    assert_int_equal(list_run(t, &change), AW_E_INVALID);
    change.operation = AW__LIST_EXTEND;
    assert_int_equal(list_run(t, &change), AW_E_INVALID);
    json_decref(deep);
    assert_int_equal(list_count("notes"), 1);
}

static void test_deleting_all_properties_deletes_lists(void **state)
{
    (void)state;
    list_with("notes", "[1]");
    set_property("colour", "\"red\"");
    delete_property("");
    assert_string_equal(list_items("notes"), "-");
    assert_string_equal(list_row("list:notes-#a0"), "-");
    list_with("notes", "[2]");
    delete_property("notes");
    assert_string_equal(list_items("notes"), "-");
    assert_string_equal(list_row("list:notes-#a0"), "-");
}

/* ---- rows that others wrote ---- */

static void test_an_older_list_is_read_and_converted(void **state)
{
    const char *const before = "[\"i0\",\"i1\",\"i2\",\"i3\",\"i4\",\"i5\",\"i6\",\"i7\",\"i8\",\"i9\",\"i10\"]";

    (void)state;
    for (int i = 0; i < 12; i++) { /* the last of them is beyond the length, as after a deletion that broke off */
        char name[32], value[16];

        snprintf(name, sizeof(name), "list:old-%d", i);
        snprintf(value, sizeof(value), "\"i%d\"", i);
        list_store_row(name, value);
    }
    list_store_row("list:old-5-0", "\"another list's\"");
    list_store_row("list:old-meta", "{\"length\":11,\"created_at\":\"2020\",\"description\":\"d\",\"mine\":1}");
    assert_string_equal(list_items("old"), before);
    assert_string_equal(list_item("old", 10), "\"i10\"");
    assert_string_equal(list_item("old", -11), "\"i0\"");
    assert_string_equal(list_item("old", 11), "-");
    assert_string_equal(list_handle_at("old", 3), "3");
    assert_int_equal(list_count("old"), 11);
    assert_string_equal(list_row("list:old-0"), "\"i0\""); /* reading has changed nothing */

    assert_int_equal(list_remove("old", 0), AW_OK);
    assert_int_equal(list_insert("old", 0, "\"i0\""), AW_OK);
    assert_string_equal(list_items("old"), before);
    assert_string_equal(list_row("list:old-0"), "-");
    assert_string_equal(list_row("list:old-11"), "-");
    assert_string_equal(list_row("list:old-5-0"), "\"another list's\"");
    assert_string_equal(list_row("list:old-#aA"), "\"i10\"");
    const char *meta = list_row("list:old-meta");

    assert_null(strstr(meta, "length"));
    assert_non_null(strstr(meta, "\"created_at\":\"2020\",\"description\":\"d\",\"mine\":1,\"format\":2,"
                                 "\"format_ever_changed\":true,"));
    assert_non_null(strstr(meta, "\"count_hint\":11"));
}

static void test_an_older_list_is_converted_by_what_changes_nothing(void **state)
{
    (void)state;
    list_store_row("list:old-0", "1");
    list_store_row("list:old-meta", "{\"length\":1}");
    assert_int_equal(list_extend("old", "[]"), AW_OK);
    assert_string_equal(list_items("old"), "[1]");
    assert_string_equal(list_row("list:old-#a0"), "1");
    assert_int_equal(list_delete("old"), AW_OK);
    assert_string_equal(list_row("list:old-#a0"), "-");
}

static void test_all_lists_include_older_ones(void **state)
{
    aw__list_source source = {.arena = aw__arena_new(), .actor_id = t->actor_id};
    aw__list_info *infos = NULL;
    size_t count = 0;

    (void)state;
    for (int i = 0; i < 11; i++) {
        char name[32], value[16];

        snprintf(name, sizeof(name), "list:old-%d", i);
        snprintf(value, sizeof(value), "%d", i);
        list_store_row(name, value);
    }
    list_store_row("list:old-meta", "{\"length\":11}");
    list_store_row("list:foo-#bar-0", "\"sibling\"");
    list_store_row("list:foo-#bar-meta", "{\"length\":1}");
    list_with("foo", "[1]");
    assert_int_equal(aw__list_get_infos(&t->site, source, true, &infos, &count, &list_err), AW_OK);
    assert_int_equal(count, 3);
    assert_string_equal(infos[0].name, "foo");
    assert_int_equal(infos[0].count, 1);
    assert_string_equal(infos[1].name, "foo-#bar");
    assert_int_equal(infos[1].count, 1);
    assert_int_equal(infos[2].count, 11);
    assert_int_equal(json_integer_value(json_array_get(infos[2].items, 10)), 10);
    aw__arena_free(source.arena);

    assert_string_equal(list_items("foo"), "[1]");
    assert_int_equal(list_add("foo-#bar", "1"), AW_E_INVALID);
    assert_int_equal(list_clear("foo"), AW_OK);
    assert_string_equal(list_items("foo-#bar"), "[\"sibling\"]");
    assert_int_equal(list_delete("foo-#bar"), AW_OK);
    assert_string_equal(list_row("list:foo-#bar-0"), "-");
}

static void test_damaged_rows_are_said(void **state)
{
    json_t *items = NULL;

    (void)state;
    list_store_row("list:odd-meta", "[]");
    assert_int_equal(list_add("odd", "1"), AW_E_STORE);
    assert_int_equal(
        aw__list_get_items(&t->site, (aw__list_source){.actor_id = t->actor_id, .name = "odd"}, &items, &list_err),
        AW_E_STORE);
    list_with("notes", "[1]");
    list_store_row("list:notes-#a0", "no JSON"); /* is a text, as of properties */
    assert_string_equal(list_items("notes"), "[\"no JSON\"]");
}

/* ---- renumbering ---- */

static void test_a_full_place_is_renumbered(void **state)
{
    const char *first, *last;

    (void)state;
    list_with("notes", "[\"first\",\"last\"]");
    first = list_handle_at("notes", 0);
    last = list_handle_at("notes", 1);
    for (int i = 0; i < 1200; i++) {
        char item[16];

        snprintf(item, sizeof(item), "%d", i);
        assert_int_equal(list_insert("notes", 1, item), AW_OK);
    }
    assert_int_equal(list_count("notes"), 1202);
    assert_string_equal(list_item("notes", 0), "\"first\"");
    assert_string_equal(list_item("notes", 1), "1199");
    assert_string_equal(list_item("notes", 1200), "0");
    assert_string_equal(list_item("notes", -1), "\"last\"");
    /* The old handles lead to nothing, and never to another item. */
    assert_int_equal(list_remove_handle("notes", first), AW_E_NOT_FOUND);
    assert_int_equal(list_remove_handle("notes", last), AW_E_NOT_FOUND);
    assert_true(strlen(list_handle_at("notes", 1201)) < 5);
}

static void test_foreign_ranks_are_renumbered_when_they_must(void **state)
{
    (void)state;
    list_with("notes", "[]");
    list_store_row("list:notes-#0", "\"a\"");  /* base 62, so it is an item, but no key that another could follow */
    list_store_row("list:notes-#b0", "\"b\"");
    list_store_row("list:notes-#x-0", "\"none\"");
    assert_string_equal(list_items("notes"), "[\"a\",\"b\"]");
    assert_int_equal(list_insert("notes", 1, "\"m\""), AW_OK);
    assert_int_equal(list_add("notes", "\"c\""), AW_OK);
    assert_string_equal(list_items("notes"), "[\"a\",\"m\",\"b\",\"c\"]");
    list_store_row("list:notes-#z", "\"z\""); /* nothing is beyond it */
    assert_int_equal(list_add("notes", "1"), AW_E_TOO_LARGE);
    assert_string_equal(list_items("notes"), "[\"a\",\"m\",\"b\",\"c\",\"z\"]");
}

/* ---- against a model: an array in memory ---- */

enum { STEPS = 3000 };

static void model_step(random_source *source, json_t *model, int step)
{
    int64_t count = (int64_t)json_array_size(model);
    int64_t at = (int64_t)random_below(source, (size_t)count + 1);
    int64_t said = at < count && random_one_in(source, 3) ? at - count : at; /* the same from the end */
    json_t *item = json_integer(step);
    char text[16];

    snprintf(text, sizeof(text), "%d", step);
    switch (random_below(source, 8)) {
    case 0:
    case 1:
        assert_int_equal(list_add("m", text), AW_OK);
        assert_int_equal(list_done.position, count);
        json_array_append(model, item);
        break;
    case 2:
    case 3:
        assert_int_equal(list_insert("m", said, text), AW_OK);
        json_array_insert(model, (size_t)at, item);
        break;
    case 4:
        assert_int_equal(list_set("m", said, text), AW_OK);
        at == count ? json_array_append(model, item) : json_array_set(model, (size_t)at, item);
        break;
    case 5:
        if (at < count) {
            assert_int_equal(list_set_handle("m", list_handle_at("m", (size_t)at), text), AW_OK);
            json_array_set(model, (size_t)at, item);
        }
        break;
    default:
        assert_int_equal(list_remove("m", said), at < count ? AW_OK : AW_E_NOT_FOUND);
        json_array_remove(model, (size_t)at);
        break;
    }
    if (list_err.code == AW_OK)
        assert_int_equal(list_done.length, json_array_size(model));
    json_decref(item);
}

static void test_any_sequence_gives_what_an_array_would(void **state)
{
    random_source source = random_begin("list against an array");
    json_t *model = json_array();

    (void)state;
    list_create("m");
    for (int step = 0; step < STEPS; step++) {
        model_step(&source, model, step);
        if (step % 100 == 0) {
            char *expected = json_dumps(model, JSON_COMPACT);

            assert_string_equal(list_items("m"), expected);
            free(expected);
        }
    }
    assert_int_equal(list_count("m"), json_array_size(model));
    json_decref(model);
}

#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, pair_set_up, pair_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_list_is_made_empty),
        TEST(rows_are_the_references),
        TEST(items_come_at_the_end),
        TEST(positions_count_from_either_end),
        TEST(items_are_inserted),
        TEST(items_are_replaced),
        TEST(items_are_removed),
        TEST(a_handle_follows_its_item),
        TEST(many_are_edited_at_once),
        TEST(many_are_edited_all_or_none),
        TEST(a_list_is_emptied_and_deleted),
        TEST(texts_are_set_one_by_one),
        TEST(all_lists_are_told_at_once),
        TEST(a_name_is_one_of_both),
        TEST(names_are_checked),
        TEST(what_is_not_there_is_not_changed),
        TEST(items_have_limits),
        TEST(deleting_all_properties_deletes_lists),
        TEST(an_older_list_is_read_and_converted),
        TEST(an_older_list_is_converted_by_what_changes_nothing),
        TEST(all_lists_include_older_ones),
        TEST(damaged_rows_are_said),
        TEST(a_full_place_is_renumbered),
        TEST(foreign_ranks_are_renumbered_when_they_must),
        TEST(any_sequence_gives_what_an_array_would),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
