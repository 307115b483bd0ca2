/*
 * A list's rows, edited: which rank an item gets, and what happens when there is no room for one.
 */
#include "actor/list_edit.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"

static int no_room(aw_error *err)
{
    return aw__fail(err, AW_E_TOO_LARGE, "the store holds keys of this list's items beyond which there is no room");
}

/* ---- older lists ---- */

/* Its items get ranks; what has an index beyond the length is no item, and goes. */
static int upgrade(aw__list_editing *editing, aw_error *err)
{
    const aw__list_rows *rows = &editing->rows;
    aw__list_row *items = NULL;
    size_t count = 0, kept = 0;
    char rank[AW__RANK_SIZE];
    int64_t index;
    int rc = aw__list_rows_indexed(rows, &items, &count, err);

    while (rc == AW_OK && kept < count && aw__text_to_int(items[kept].rank, 0, editing->meta.length - 1, &index)) {
        if (aw__rank_between(kept ? rank : NULL, NULL, rank))
            return no_room(err);
        rc = aw__list_rows_upgrade(rows, items[kept++].rank, rank, err);
    }
    if (rc == AW_OK && kept < count)
        rc = aw__list_rows_clear_indexed(rows, err);
    editing->meta.hint = (int64_t)kept;
    editing->upgraded = true;
    return rc ? rc : aw__list_meta_upgrade(&editing->meta, err);
}

int aw__list_edit_open(aw__list_editing *editing, aw_error *err)
{
    int rc = aw__list_meta_read(&editing->rows, &editing->meta, err);

    return rc || editing->meta.ranked ? rc : upgrade(editing, err);
}

/* ---- ranks ---- */

/* New ranks for all, beyond those that they have, so that an old handle leads to nothing and never to another item. */
static int renumber(aw__list_editing *editing, aw_error *err)
{
    aw__list_row *items = NULL;
    size_t count = 0;
    char rank[AW__RANK_SIZE];
    int rc = aw__list_rows_ranks(&editing->rows, &items, &count, err);

    for (size_t i = 0; rc == AW_OK && i < count; i++) {
        if (i ? aw__rank_between(rank, NULL, rank) : aw__rank_beyond(items[count - 1].rank, rank))
            return no_room(err);
        rc = aw__list_rows_rename(&editing->rows, items[i].rank, rank, err);
    }
    editing->renumbered = true;
    return rc;
}

/* The item at a position; *ret_rank NULL: there is none. */
static int rank_at(const aw__list_editing *editing, int64_t position, const char **ret_rank, aw_error *err)
{
    aw__list_row row = {NULL, NULL};
    aw_error why = {0};
    int rc = aw__list_rows_at(&editing->rows, position, &row, &why);

    if (rc && rc != AW_E_NOT_FOUND) {
        *err = why;
        return rc;
    }
    *ret_rank = row.rank;
    return AW_OK;
}

enum { LAST = -1, NOWHERE = -2 };

/* A rank between the items at two positions, of which either may be missing, or NOWHERE. */
static int rank_between(const aw__list_editing *editing, int64_t before, int64_t after, char rank[AW__RANK_SIZE],
                        int *ret_said, aw_error *err)
{
    const char *low = NULL, *high = NULL;
    int rc = before == NOWHERE ? AW_OK : rank_at(editing, before, &low, err);

    if (rc == AW_OK && after != NOWHERE)
        rc = rank_at(editing, after, &high, err);
    if (rc == AW_OK)
        *ret_said = aw__rank_between(low, high, rank);
    return rc;
}

static int make_rank(aw__list_editing *editing, int64_t before, int64_t after, char rank[AW__RANK_SIZE], aw_error *err)
{
    int said = AW_OK;
    int rc = rank_between(editing, before, after, rank, &said, err);

    if (rc || said == AW_OK)
        return rc;
    rc = renumber(editing, err);
    if (rc == AW_OK)
        rc = rank_between(editing, before, after, rank, &said, err);
    return rc || said == AW_OK ? rc : no_room(err);
}

static int put(const aw__list_editing *editing, const char *rank, const char *text, const char **ret_rank,
               aw_error *err)
{
    *ret_rank = aw__arena_strdup(editing->rows.arena, rank);
    return *ret_rank ? aw__list_rows_set(&editing->rows, rank, text, err) : aw__fail_nomem(err);
}

int aw__list_edit_add(aw__list_editing *editing, char *const *texts, size_t count, const char **ret_rank,
                      aw_error *err)
{
    char rank[AW__RANK_SIZE];
    int rc = AW_OK;

    for (size_t i = 0; rc == AW_OK && i < count; i++) {
        if (!i || aw__rank_between(rank, NULL, rank))
            rc = make_rank(editing, LAST, NOWHERE, rank, err);
        if (rc == AW_OK)
            rc = put(editing, rank, texts[i], ret_rank, err);
    }
    return rc;
}

int aw__list_edit_insert(aw__list_editing *editing, int64_t position, const char *text, const char **ret_rank,
                         aw_error *err)
{
    char rank[AW__RANK_SIZE];
    int rc = make_rank(editing, position ? position - 1 : NOWHERE, position, rank, err);

    return rc ? rc : put(editing, rank, text, ret_rank, err);
}

/* ---- places ---- */

static int find_handle(const aw__list_editing *editing, const char *handle, aw__list_spot *spot, aw_error *err)
{
    aw__list_row row;
    int rc = aw__list_rows_find(&editing->rows, handle, &row, err);

    spot->rank = handle;
    return rc ? rc : aw__list_rows_count(&editing->rows, handle, &spot->position, err);
}

int aw__list_edit_find(aw__list_editing *editing, const aw__list_place *place, aw__list_spot *ret_spot, aw_error *err)
{
    aw__list_spot spot = {.rank = NULL};
    int rc = aw__list_rows_count(&editing->rows, NULL, &spot.length, err);

    if (rc)
        return rc;
    if (place->handle) {
        rc = find_handle(editing, place->handle, &spot, err);
    } else {
        spot.position = place->position < 0 ? place->position + spot.length : place->position;
        if (spot.position < 0 || spot.position > spot.length)
            return aw__fail(err, AW_E_NOT_FOUND, "no such item: the list has %lld", (long long)spot.length);
        if (spot.position < spot.length)
            rc = rank_at(editing, spot.position, &spot.rank, err);
    }
    if (rc == AW_OK)
        *ret_spot = spot;
    return rc;
}
