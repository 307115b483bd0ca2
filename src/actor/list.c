/*
 * List properties, read. They are changed in list_change.c; how rows are found is src/store/list_rows.c's.
 */
#include "actor/list.h"

#include <string.h>

#include "actor/list_meta.h"
#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "store/list_rows.h"

static aw__list_rows rows_of(const aw__list_source *source)
{
    return (aw__list_rows){source->database, source->arena, source->actor_id, source->name};
}

/* Text that is no JSON counts as a text, as in properties. */
static int parse(const char *text, json_t **ret_item, aw_error *err)
{
    int rc = aw__json_parse_own(text, strlen(text), ret_item, err);

    if (rc != AW_E_INVALID)
        return rc;
    json_t *item = json_string(text);

    if (!item)
        return aw__fail_nomem(err);
    *ret_item = item;
    return AW_OK;
}

/* How many of an older list's items, which are sorted by index, the list holds. */
static size_t within(const aw__list_row *rows, size_t count, int64_t length)
{
    int64_t index;

    while (count && !aw__text_to_int(rows[count - 1].rank, 0, length - 1, &index))
        count--;
    return count;
}

/* All items in their order. */
static int read_rows(const aw__list_source *source, aw__list_row **ret_rows, size_t *ret_count, aw_error *err)
{
    aw__list_rows rows = rows_of(source);
    aw__list_meta meta = {.json = NULL};
    int rc = aw__list_meta_read(&rows, &meta, err);

    if (rc == AW_OK && meta.ranked) {
        rc = aw__list_rows_all(&rows, ret_rows, ret_count, err);
    } else if (rc == AW_OK) {
        rc = aw__list_rows_indexed(&rows, ret_rows, ret_count, err);
        if (rc == AW_OK)
            *ret_count = within(*ret_rows, *ret_count, meta.length);
    }
    aw__list_meta_dispose(&meta);
    return rc;
}

static int array_of(const aw__list_row *rows, size_t count, json_t **ret_items, aw_error *err)
{
    json_t *items = json_array();
    int rc = items ? AW_OK : aw__fail_nomem(err);

    for (size_t i = 0; rc == AW_OK && i < count; i++) {
        json_t *item = NULL;

        rc = parse(rows[i].value, &item, err);
        if (rc == AW_OK && json_array_append_new(items, item))
            rc = aw__fail_nomem(err);
    }
    if (rc) {
        json_decref(items);
        return rc;
    }
    *ret_items = items;
    return AW_OK;
}

int aw__list_read_items(const aw__list_source *source, json_t **ret_items, aw_error *err)
{
    aw__list_row *rows = NULL;
    size_t count = 0;
    int rc = read_rows(source, &rows, &count, err);

    return rc ? rc : array_of(rows, count, ret_items, err);
}

/* An older list's, whose items are few, or it would have been converted. */
static int find_indexed(const aw__list_source *source, const aw__list_place *place, aw__list_row *ret_row,
                        aw_error *err)
{
    aw__list_row *rows = NULL;
    size_t count = 0;
    int rc = read_rows(source, &rows, &count, err);

    if (rc)
        return rc;
    int64_t position = place->position < 0 ? place->position + (int64_t)count : place->position;

    for (size_t i = 0; i < count; i++)
        if (place->handle ? !strcmp(rows[i].rank, place->handle) : (int64_t)i == position) {
            *ret_row = rows[i];
            return AW_OK;
        }
    return aw__fail(err, AW_E_NOT_FOUND, "no such item");
}

int aw__list_read_item(const aw__list_source *source, const aw__list_place *place, json_t **ret_item, aw_error *err)
{
    aw__list_rows rows = rows_of(source);
    aw__list_meta meta = {.json = NULL};
    aw__list_row row = {NULL, NULL};
    int rc = aw__list_meta_read(&rows, &meta, err);

    if (rc == AW_OK && !meta.ranked)
        rc = find_indexed(source, place, &row, err);
    else if (rc == AW_OK)
        rc = place->handle ? aw__list_rows_find(&rows, place->handle, &row, err)
                           : aw__list_rows_at(&rows, place->position, &row, err);
    aw__list_meta_dispose(&meta);
    return rc ? rc : parse(row.value, ret_item, err);
}

static void release_json(void *value)
{
    json_decref(value);
}

int aw__list_read_entries(const aw__list_source *source, aw__list_entry **ret_entries, size_t *ret_count,
                          aw_error *err)
{
    aw__list_row *rows = NULL;
    size_t count = 0;
    int rc = read_rows(source, &rows, &count, err);

    if (rc)
        return rc;
    aw__list_entry *entries = aw__arena_alloc(source->arena, (count + 1) * sizeof(*entries));

    if (!entries)
        return aw__fail_nomem(err);
    for (size_t i = 0; i < count; i++) {
        entries[i].handle = rows[i].rank;
        rc = parse(rows[i].value, &entries[i].item, err);
        if (rc == AW_OK && aw__arena_defer(source->arena, release_json, entries[i].item))
            rc = aw__fail_nomem(err);
        if (rc)
            return rc;
    }
    *ret_entries = entries;
    *ret_count = count;
    return AW_OK;
}

/* ---- what there is ---- */

static int describe(aw__arena *arena, const aw__list_meta *meta, aw__list_info *info, aw_error *err)
{
    info->description = aw__arena_strdup(arena, aw__list_meta_text(meta, "description"));
    info->explanation = aw__arena_strdup(arena, aw__list_meta_text(meta, "explanation"));
    return info->description && info->explanation ? AW_OK : aw__fail_nomem(err);
}

int aw__list_read_info(const aw__list_source *source, aw__list_info *ret_info, aw_error *err)
{
    aw__list_rows rows = rows_of(source);
    aw__list_meta meta = {.json = NULL};
    aw__list_info info = {.name = source->name};
    aw__list_row *indexed = NULL;
    size_t count = 0;
    int rc = aw__list_meta_read(&rows, &meta, err);

    if (rc == AW_OK)
        rc = describe(source->arena, &meta, &info, err);
    if (rc == AW_OK && meta.ranked)
        rc = aw__list_rows_count(&rows, NULL, &info.count, err);
    else if (rc == AW_OK)
        rc = aw__list_rows_indexed(&rows, &indexed, &count, err);
    if (rc == AW_OK && !meta.ranked)
        info.count = (int64_t)within(indexed, count, meta.length);
    aw__list_meta_dispose(&meta);
    if (rc == AW_OK)
        *ret_info = info;
    return rc;
}

int aw__list_exists(const aw__list_source *source, bool *ret_exists, aw_error *err)
{
    aw__list_rows rows = rows_of(source);
    const char *text = NULL;
    aw_error why = {0};
    int rc = aw__list_rows_get_meta(&rows, &text, &why);

    if (rc && rc != AW_E_NOT_FOUND) {
        *err = why;
        return rc;
    }
    *ret_exists = rc == AW_OK;
    return AW_OK;
}

/* The rows of one list among all rows: its meta row first. */
struct group {
    const aw__list_any_row *rows;
    size_t count;
};

static struct group next_group(const aw__list_any_row *rows, size_t count)
{
    size_t n = 1;

    while (n < count && !strcmp(rows[n].list, rows[0].list))
        n++;
    return (struct group){rows, n};
}

/* The items among them that the list's layout has, counted; with values also gathered. */
static int gather(struct group group, const aw__list_meta *meta, aw__list_info *info, aw__list_row *items,
                  aw_error *err)
{
    aw__list_row_kind kind = meta->ranked ? AW__LIST_ROW_RANKED : AW__LIST_ROW_INDEXED;
    size_t count = 0;

    for (size_t i = 1; i < group.count; i++) {
        const aw__list_any_row *row = &group.rows[i];
        int64_t index;

        if (row->kind != kind || (!meta->ranked && !aw__text_to_int(row->rank, 0, meta->length - 1, &index)))
            continue;
        info->total_bytes += row->characters;
        if (items)
            items[count] = (aw__list_row){row->rank, row->value};
        count++;
    }
    info->count = (int64_t)count;
    return items ? array_of(items, count, &info->items, err) : AW_OK;
}

static int read_group(aw__arena *arena, struct group group, bool with_items, aw__list_info *info, aw_error *err)
{
    aw__list_meta meta = {.json = NULL};
    aw__list_row *items = with_items ? aw__arena_alloc(arena, group.count * sizeof(*items)) : NULL;

    if (with_items && !items)
        return aw__fail_nomem(err);
    int rc = aw__list_meta_parse(group.rows[0].value, &meta, err);

    *info = (aw__list_info){.name = group.rows[0].list};
    if (rc == AW_OK)
        rc = describe(arena, &meta, info, err);
    if (rc == AW_OK)
        rc = gather(group, &meta, info, items, err);
    aw__list_meta_dispose(&meta);
    if (rc == AW_OK && info->items && aw__arena_defer(arena, release_json, info->items))
        rc = aw__fail_nomem(err);
    return rc;
}

int aw__list_read_infos(const aw__list_source *source, bool with_items, aw__list_info **ret_infos, size_t *ret_count,
                        aw_error *err)
{
    aw__list_any_row *rows = NULL;
    size_t count = 0, lists = 0;
    int rc = aw__list_rows_every(source->database, source->arena, source->actor_id, with_items, &rows, &count, err);

    if (rc)
        return rc;
    for (size_t i = 0; i < count; i++)
        lists += rows[i].kind == AW__LIST_ROW_META;
    aw__list_info *infos = aw__arena_alloc(source->arena, (lists + 1) * sizeof(*infos));

    if (!infos)
        return aw__fail_nomem(err);
    lists = 0;
    for (size_t i = 0; i < count;) {
        struct group group = next_group(rows + i, count - i);

        i += group.count;
        if (group.rows[0].kind != AW__LIST_ROW_META)
            continue; /* items whose list is gone */
        rc = read_group(source->arena, group, with_items, &infos[lists++], err);
        if (rc)
            return rc;
    }
    *ret_infos = infos;
    *ret_count = lists;
    return AW_OK;
}
