/*
 * What each change of a list does, and what is told of it. The transaction around it is list_change.c's.
 */
#include <stdlib.h>
#include <string.h>

#include "actor/list_edit.h"
#include "base/error.h"
#include "base/json.h"
#include "store/properties.h"

/* A change under way. */
struct applying {
    aw__list_editing editing;
    aw__list_change *change;
    aw__changes *changes;
    bool written; /* the meta row has to follow */
};

/* ---- what is told ---- */

/* {"list","operation","length"}, then "index" unless it is negative, then value under its key unless that is NULL. */
static int tell_of(aw__changes *changes, const char *name, const char *operation, int64_t length, int64_t index,
                   const char *key, json_t *value, aw_error *err)
{
    json_t *told = json_pack("{s:s, s:s, s:I}", "list", name, "operation", operation, "length", (json_int_t)length);

    if (!told || (key && json_object_set(told, key, value)) ||
        (index >= 0 && json_object_set_new(told, "index", json_integer(index)))) {
        json_decref(told);
        return aw__fail_nomem(err);
    }
    aw__change change = {.target = "properties", .subtarget = name, .value = told, .list = true};

    return aw__changes_add(changes, &change, err);
}

static int tell(struct applying *a, const char *operation, int64_t index, const char *key, json_t *value, aw_error *err)
{
    a->written = true;
    return tell_of(a->changes, a->change->name, operation, a->change->length, index, key, value, err);
}

/* ---- the list ---- */

/* *ret_changed: one of them is another text than before. */
static int set_texts(struct applying *a, bool *ret_changed, aw_error *err)
{
    const char *const keys[] = {"description", "explanation"};
    const char *const texts[] = {a->change->description, a->change->explanation};
    bool changed = false;

    for (size_t i = 0; i < 2; i++) {
        if (!texts[i] || !strcmp(texts[i], aw__list_meta_text(&a->editing.meta, keys[i])))
            continue;
        if (aw__json_set_text(a->editing.meta.json, keys[i], texts[i]))
            return aw__fail_nomem(err);
        changed = true;
    }
    *ret_changed = changed;
    return AW_OK;
}

static int count_items(struct applying *a, aw_error *err)
{
    return aw__list_rows_count(&a->editing.rows, NULL, &a->change->length, err);
}

static int describe(struct applying *a, aw_error *err)
{
    bool changed = false;
    int rc = set_texts(a, &changed, err);

    if (rc == AW_OK)
        rc = count_items(a, err);
    return rc || !changed ? rc : tell(a, "metadata", -1, NULL, NULL, err);
}

static int refuse_simple(const struct applying *a, aw_error *err)
{
    const aw__list_rows *rows = &a->editing.rows;
    const char *ignored;
    aw_error why = {0};
    int rc = aw__properties_get(rows->database, rows->arena, rows->actor_id, rows->name, &ignored, &why);

    if (rc == AW_OK)
        return aw__fail(err, AW_E_CONFLICT, "this name is that of a simple property");
    if (rc != AW_E_NOT_FOUND)
        *err = why;
    return rc == AW_E_NOT_FOUND ? AW_OK : rc;
}

static int make(struct applying *a, aw_error *err)
{
    bool ignored;
    int rc = refuse_simple(a, err);

    if (rc == AW_OK)
        rc = aw__list_rows_clear(&a->editing.rows, err); /* of a list that somebody deleted by halves */
    if (rc == AW_OK)
        rc = aw__list_meta_new(&a->editing.meta, err);
    if (rc == AW_OK)
        rc = set_texts(a, &ignored, err);
    a->change->created = true;
    return rc ? rc : tell(a, "metadata", -1, NULL, NULL, err);
}

static int create(struct applying *a, aw_error *err)
{
    aw_error why = {0};
    int rc = aw__list_edit_open(&a->editing, &why);

    if (rc == AW_E_NOT_FOUND)
        return make(a, err);
    if (rc) {
        *err = why;
        return rc;
    }
    return a->change->may_exist ? describe(a, err) : aw__fail(err, AW_E_EXISTS, "this list is there already");
}

static int clear(struct applying *a, aw_error *err)
{
    int64_t before = 0;
    int rc = aw__list_rows_count(&a->editing.rows, NULL, &before, err);

    if (rc || !before)
        return rc;
    rc = aw__list_rows_clear(&a->editing.rows, err);
    return rc ? rc : tell(a, "clear", -1, NULL, NULL, err);
}

static int delete(struct applying *a, aw_error *err)
{
    int rc = aw__list_rows_clear(&a->editing.rows, err);

    if (rc == AW_OK)
        rc = aw__list_rows_delete_meta(&a->editing.rows, err);
    return rc ? rc : tell_of(a->changes, a->change->name, "delete_all", 0, -1, NULL, NULL, err);
}

/* ---- items ---- */

/* How many there are before something is added. All items need not be counted when whoever wrote last has noted it;
 * that is off by a few at most, when it was the reference, until something is inserted or deleted here. */
static int known_length(struct applying *a, int64_t *ret_length, aw_error *err)
{
    if (a->editing.meta.hint < 0)
        return aw__list_rows_count(&a->editing.rows, NULL, ret_length, err);
    *ret_length = a->editing.meta.hint;
    return AW_OK;
}

static int add_at(struct applying *a, int64_t length, char *text, json_t *item, aw_error *err)
{
    int rc = aw__list_edit_add(&a->editing, &text, 1, &a->change->handle, err);

    a->change->position = length;
    a->change->length = length + 1;
    return rc ? rc : tell(a, "append", length, "item", item, err);
}

static int add(struct applying *a, aw_error *err)
{
    int64_t length = 0;
    int rc = known_length(a, &length, err);

    return rc ? rc : add_at(a, length, a->change->texts[0], a->change->item, err);
}

static int extend(struct applying *a, aw_error *err)
{
    size_t count = a->change->text_count;
    const char *ignored;
    int rc = known_length(a, &a->change->length, err);

    if (rc || !count)
        return rc;
    rc = aw__list_edit_add(&a->editing, a->change->texts, count, &ignored, err);
    a->change->position = a->change->length;
    a->change->length += (int64_t)count;
    return rc ? rc : tell(a, "extend", -1, "items", a->change->items, err);
}

static int insert(struct applying *a, aw_error *err)
{
    aw__list_spot spot;
    aw__list_place place = {.position = a->change->place.position};
    int rc = aw__list_edit_find(&a->editing, &place, &spot, err);

    if (rc)
        return rc;
    if (spot.position == spot.length)
        return add_at(a, spot.length, a->change->texts[0], a->change->item, err);
    rc = aw__list_edit_insert(&a->editing, spot.position, a->change->texts[0], &a->change->handle, err);
    a->change->position = spot.position;
    a->change->length = spot.length + 1;
    return rc ? rc : tell(a, "insert", spot.position, "item", a->change->item, err);
}

static int set(struct applying *a, aw_error *err)
{
    aw__list_spot spot;
    int rc = aw__list_edit_find(&a->editing, &a->change->place, &spot, err);

    if (rc)
        return rc;
    if (!spot.rank && a->change->must_exist)
        return aw__fail(err, AW_E_NOT_FOUND, "no such item: the list has %lld", (long long)spot.length);
    a->change->created = !spot.rank;
    if (!spot.rank)
        return add_at(a, spot.length, a->change->texts[0], a->change->item, err);
    rc = aw__list_rows_set(&a->editing.rows, spot.rank, a->change->texts[0], err);
    a->change->handle = spot.rank;
    a->change->position = spot.position;
    a->change->length = spot.length;
    return rc ? rc : tell(a, "update", spot.position, "item", a->change->item, err);
}

static int remove_at(struct applying *a, const char *rank, int64_t position, int64_t length, aw_error *err)
{
    int rc = aw__list_rows_delete(&a->editing.rows, rank, err);

    a->change->length = length - 1;
    return rc ? rc : tell(a, "delete", position, NULL, NULL, err);
}

static int remove_item(struct applying *a, aw_error *err)
{
    aw__list_spot spot;
    int rc = aw__list_edit_find(&a->editing, &a->change->place, &spot, err);

    if (rc)
        return rc;
    if (!spot.rank)
        return aw__fail(err, AW_E_NOT_FOUND, "no such item: the list has %lld", (long long)spot.length);
    a->change->position = spot.position;
    return remove_at(a, spot.rank, spot.position, spot.length, err);
}

/* ---- many items ---- */

/* The list's ranks, which grow with what the edits add. */
struct ranks {
    aw__list_row *rows;
    int64_t length;
};

static int read_ranks(struct applying *a, struct ranks *ranks, aw_error *err)
{
    aw__list_row *read = NULL;
    size_t count = 0;
    int rc = aw__list_rows_ranks(&a->editing.rows, &read, &count, err);

    if (rc)
        return rc;
    ranks->rows = aw__arena_alloc(a->editing.rows.arena, (count + a->change->edit_count + 1) * sizeof(*ranks->rows));
    if (!ranks->rows)
        return aw__fail_nomem(err);
    if (count)
        memcpy(ranks->rows, read, count * sizeof(*read));
    ranks->length = (int64_t)count;
    a->editing.renumbered = false;
    return AW_OK;
}

static int edit_one(struct applying *a, struct ranks *ranks, const aw__list_edit *edit, char *text, aw_error *err)
{
    int64_t position = edit->position;
    int rc;

    if (position > ranks->length)
        return aw__fail(err, AW_E_INVALID, "edits: position %lld is beyond the list's length, %lld",
                        (long long)position, (long long)ranks->length);
    a->change->set_count++;
    if (position < ranks->length) {
        a->change->length = ranks->length;
        rc = aw__list_rows_set(&a->editing.rows, ranks->rows[position].rank, text, err);
        return rc ? rc : tell(a, "update", position, "item", edit->item, err);
    }
    rc = add_at(a, position, text, edit->item, err);
    if (rc)
        return rc;
    if (a->editing.renumbered)
        return read_ranks(a, ranks, err);
    ranks->rows[ranks->length++].rank = a->change->handle;
    return AW_OK;
}

static int highest_first(const void *left, const void *right)
{
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;

    return (a < b) - (a > b);
}

/* The last ones first, so that the positions of the others hold; one that is named twice is deleted once. */
static int delete_some(struct applying *a, const struct ranks *ranks, int64_t *positions, size_t count, aw_error *err)
{
    int64_t length = ranks->length;

    if (count)
        qsort(positions, count, sizeof(*positions), highest_first);
    for (size_t i = 0; i < count; i++) {
        if (positions[i] >= ranks->length || (i && positions[i] == positions[i - 1]))
            continue;
        int rc = remove_at(a, ranks->rows[positions[i]].rank, positions[i], length--, err);

        if (rc)
            return rc;
        a->change->delete_count++;
    }
    a->change->length = length;
    return AW_OK;
}

static int bulk(struct applying *a, aw_error *err)
{
    const aw__list_change *change = a->change;
    struct ranks ranks;
    size_t printed = 0, deletions = 0;
    int64_t *positions = aw__arena_alloc(a->editing.rows.arena, (change->edit_count + 1) * sizeof(*positions));
    int rc = positions ? read_ranks(a, &ranks, err) : aw__fail_nomem(err);

    for (size_t i = 0; rc == AW_OK && i < change->edit_count; i++) {
        if (change->edits[i].item)
            rc = edit_one(a, &ranks, &change->edits[i], change->texts[printed++], err);
        else
            positions[deletions++] = change->edits[i].position;
    }
    return rc ? rc : delete_some(a, &ranks, positions, deletions, err);
}

/* ---- all of them ---- */

static int (*const operations[])(struct applying *a, aw_error *err) = {
    [AW__LIST_CREATE] = create, [AW__LIST_DESCRIBE] = describe, [AW__LIST_ADD] = add,
    [AW__LIST_EXTEND] = extend, [AW__LIST_INSERT] = insert,     [AW__LIST_SET] = set,
    [AW__LIST_REMOVE] = remove_item, [AW__LIST_BULK] = bulk,    [AW__LIST_CLEAR] = clear,
    [AW__LIST_DELETE] = delete,
};

static void clear_results(aw__list_change *change)
{
    change->created = false;
    change->handle = NULL;
    change->position = change->length = 0;
    change->set_count = change->delete_count = 0;
}

int aw__list_apply(aw_database *database, const char *actor_id, aw__list_change *change, aw__changes *changes,
                   aw_error *err)
{
    struct applying a = {.editing.rows = {database, changes->arena, actor_id, change->name},
                         .change = change,
                         .changes = changes};
    const char *ignored;
    int rc = AW_OK;

    clear_results(change);
    if (change->operation == AW__LIST_DELETE) /* of an older list nothing need be converted */
        rc = aw__list_rows_get_meta(&a.editing.rows, &ignored, err);
    else if (change->operation != AW__LIST_CREATE)
        rc = aw__list_edit_open(&a.editing, err);
    if (rc == AW_OK)
        rc = operations[change->operation](&a, err);
    if (rc == AW_OK && (a.written || a.editing.upgraded))
        rc = aw__list_meta_write(&a.editing.rows, &a.editing.meta, change->length, err);
    aw__list_meta_dispose(&a.editing.meta);
    return rc;
}

int aw__list_delete_every(aw_database *database, const char *actor_id, aw__changes *changes, aw_error *err)
{
    aw__list_any_row *rows = NULL;
    size_t count = 0;
    int rc = aw__list_rows_every(database, changes->arena, actor_id, false, &rows, &count, err);

    for (size_t i = 0; rc == AW_OK && i < count; i++)
        if (rows[i].kind == AW__LIST_ROW_META)
            rc = tell_of(changes, rows[i].list, "delete_all", 0, -1, NULL, NULL, err);
    return rc || !count ? rc : aw__list_rows_delete_every(database, actor_id, err);
}
