/*
 * Lists of the test site's actor.
 */
#include "support/lists.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "store/properties.h"

aw_error list_err;
aw__list_change list_done;
char list_handle[200];

static json_t *parsed(const char *text)
{
    json_t *value = json_loads(text, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);

    assert_non_null(value);
    return value;
}

/* ---- changes ---- */

int list_run(test_site *site, aw__list_change *change)
{
    aw__arena *arena = aw__arena_new();
    aw_error err = {0};

    assert_non_null(arena);
    int rc = aw__list_change_run(&site->site, arena, site->actor_id, change, NULL, &err);

    assert_int_equal(rc, err.code);
    list_err = err;
    list_done = *change;
    snprintf(list_handle, sizeof(list_handle), "%s", rc == AW_OK && change->handle ? change->handle : "");
    aw__arena_free(arena);
    return rc;
}

static int run_item(aw__list_change change, const char *item)
{
    change.item = parsed(item);
    int rc = list_run(t, &change);

    json_decref(change.item);
    return rc;
}

int list_create(const char *name)
{
    return list_run(t, &(aw__list_change){.operation = AW__LIST_CREATE, .name = name});
}

int list_add(const char *name, const char *item)
{
    return run_item((aw__list_change){.operation = AW__LIST_ADD, .name = name}, item);
}

int list_extend(const char *name, const char *items)
{
    aw__list_change change = {.operation = AW__LIST_EXTEND, .name = name, .items = parsed(items)};
    int rc = list_run(t, &change);

    json_decref(change.items);
    return rc;
}

int list_insert(const char *name, int64_t position, const char *item)
{
    return run_item((aw__list_change){.operation = AW__LIST_INSERT, .name = name, .place.position = position}, item);
}

int list_set(const char *name, int64_t position, const char *item)
{
    return run_item((aw__list_change){.operation = AW__LIST_SET, .name = name, .place.position = position}, item);
}

int list_set_handle(const char *name, const char *handle, const char *item)
{
    return run_item((aw__list_change){.operation = AW__LIST_SET, .name = name, .place.handle = handle}, item);
}

int list_remove(const char *name, int64_t position)
{
    return list_run(t, &(aw__list_change){.operation = AW__LIST_REMOVE, .name = name, .place.position = position});
}

int list_remove_handle(const char *name, const char *handle)
{
    return list_run(t, &(aw__list_change){.operation = AW__LIST_REMOVE, .name = name, .place.handle = handle});
}

int list_clear(const char *name)
{
    return list_run(t, &(aw__list_change){.operation = AW__LIST_CLEAR, .name = name});
}

int list_delete(const char *name)
{
    return list_run(t, &(aw__list_change){.operation = AW__LIST_DELETE, .name = name});
}

int list_describe(const char *name, const char *description, const char *explanation)
{
    return list_run(t, &(aw__list_change){.operation = AW__LIST_DESCRIBE,
                                          .name = name,
                                          .description = description,
                                          .explanation = explanation});
}

int list_bulk(const char *name, const char *edits)
{
    json_t *all = parsed(edits), *one;
    aw__list_edit *made = calloc(json_array_size(all) + 1, sizeof(*made));
    size_t i;

    assert_non_null(made);
    json_array_foreach(all, i, one) {
        made[i].position = json_integer_value(json_array_get(one, 0));
        made[i].item = json_array_get(one, 1);
    }
    int rc = list_run(t, &(aw__list_change){.operation = AW__LIST_BULK,
                                            .name = name,
                                            .edits = made,
                                            .edit_count = json_array_size(all)});

    free(made);
    json_decref(all);
    return rc;
}

void list_with(const char *name, const char *items)
{
    assert_int_equal(list_create(name), AW_OK);
    assert_int_equal(list_extend(name, items), AW_OK);
}

/* ---- what there is ---- */

static const char *shown(int rc, json_t *value)
{
    static char text[1 << 16];
    char *printed = rc ? NULL : aw__json_text(value);

    snprintf(text, sizeof(text), "%s", printed ? printed : "-");
    aw__free(printed);
    if (!rc)
        json_decref(value);
    return text;
}

const char *list_items(const char *name)
{
    json_t *items = NULL;

    list_err = (aw_error){0};
    int rc = aw__list_get_items(&t->site, (aw__list_source){.actor_id = t->actor_id, .name = name}, &items, &list_err);

    assert_true(rc == AW_OK || rc == AW_E_NOT_FOUND);
    return shown(rc, items);
}

const char *list_item(const char *name, int64_t position)
{
    json_t *item = NULL;
    aw__list_place place = {.position = position};

    list_err = (aw_error){0};
    int rc = aw__list_get_item(&t->site, (aw__list_source){.actor_id = t->actor_id, .name = name}, &place, &item,
                               &list_err);

    assert_true(rc == AW_OK || rc == AW_E_NOT_FOUND);
    return shown(rc, item);
}

const char *list_handle_at(const char *name, size_t position)
{
    static char kept[8][200];
    static size_t next;
    aw__list_entry *entries = NULL;
    size_t count = 0;
    char *handle = kept[next++ % 8];
    aw__list_source source = {.arena = aw__arena_new(), .actor_id = t->actor_id, .name = name};

    assert_int_equal(aw__list_get_entries(&t->site, source, &entries, &count, &list_err), AW_OK);
    assert_true(position < count);
    snprintf(handle, sizeof(kept[0]), "%s", entries[position].handle);
    aw__arena_free(source.arena);
    return handle;
}

int64_t list_count(const char *name)
{
    aw__list_info info;
    aw__list_source source = {.arena = aw__arena_new(), .actor_id = t->actor_id, .name = name};

    assert_int_equal(aw__list_get_info(&t->site, source, &info, &list_err), AW_OK);
    aw__arena_free(source.arena);
    return info.count;
}

struct row {
    const char *name;
    const char *value;
    char *found;
};

static int store_row(aw_database *database, void *arg, aw_error *err)
{
    struct row *row = arg;

    return aw__properties_set(database, t->actor_id, row->name, row->value, err);
}

void list_store_row(const char *row_name, const char *value)
{
    struct row row = {row_name, value, NULL};

    assert_int_equal(aw__store_write(t->site.store, store_row, &row, &list_err), AW_OK);
}

static int read_row(aw_database *database, void *arg, aw_error *err)
{
    struct row *row = arg;
    aw__arena *arena = aw__arena_new();
    const char *value = "-";
    int rc = aw__properties_get(database, arena, t->actor_id, row->name, &value, err);

    row->found = strdup(value);
    aw__arena_free(arena);
    return rc == AW_E_NOT_FOUND ? AW_OK : rc;
}

const char *list_row(const char *row_name)
{
    static char text[4096];
    struct row row = {row_name, NULL, NULL};

    assert_int_equal(aw__store_read(t->site.store, read_row, &row, &list_err), AW_OK);
    snprintf(text, sizeof(text), "%s", row.found);
    free(row.found);
    return text;
}
