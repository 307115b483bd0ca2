/*
 * List properties in the table properties. A range of names leads to an item; the order is the bytes', whatever
 * collation the database has. What shares the range and has another "-" behind the "#" is of an older list whose name
 * goes on behind this one's ("notes-#1" beside "notes"), and is left alone. LIKE says so at a fifth of what trimming
 * costs, and neither sign has a case in which databases could differ.
 */
#include "store/list_rows.h"

#include <stdlib.h>
#include <string.h>

#include "store/rows.h"
#include "store/statement.h"

#define DECIMALS "0123456789"

/* The rank in a row's name. */
#define RANK "substr(name, length($2) + 8)"
/* The rows of list $2's items. */
#define ITEMS                                                                                                          \
    " FROM properties WHERE id = $1 AND name" AW__BYTEWISE " > 'list:' || $2 || '-#' AND name" AW__BYTEWISE            \
    " < 'list:' || $2 || '-$' AND name NOT LIKE '%-#%-%'"

#define INDEX "substr(name, length($2) + 7)"
#define INDEXED                                                                                                        \
    " FROM properties WHERE id = $1 AND name" AW__BYTEWISE " >= 'list:' || $2 || '-0' AND name" AW__BYTEWISE           \
    " < 'list:' || $2 || '-:' AND rtrim(" INDEX ", '" DECIMALS "') = ''"

/* Of every list. */
#define EVERY " FROM properties WHERE id = $1 AND name" AW__BYTEWISE " >= 'list:' AND name" AW__BYTEWISE " < 'list;'"

static aw__statement begin(const aw__list_rows *rows, const char *sql, aw_error *err)
{
    aw__statement s = aw__sql(rows->database, sql, err);

    aw__bind_text(&s, rows->actor_id);
    aw__bind_text(&s, rows->name);
    return s;
}

/* ---- the meta row ---- */

int aw__list_rows_get_meta(const aw__list_rows *rows, const char **ret_text, aw_error *err)
{
    aw__statement s =
        begin(rows, "SELECT value FROM properties WHERE id = $1 AND name = 'list:' || $2 || '-meta'", err);
    bool found = aw__row(&s);
    const char *text = found ? aw__column_dup(&s, rows->arena, 0) : NULL;
    int rc = aw__finish_found(&s, found, "list");

    if (!rc)
        *ret_text = text;
    return rc;
}

int aw__list_rows_set_meta(const aw__list_rows *rows, const char *text, aw_error *err)
{
    aw__statement s = begin(rows,
                            "INSERT INTO properties (id, name, value) VALUES ($1, 'list:' || $2 || '-meta', $3)"
                            " ON CONFLICT (id, name) DO UPDATE SET value = excluded.value",
                            err);

    aw__bind_text(&s, text);
    return aw__finish(&s);
}

int aw__list_rows_delete_meta(const aw__list_rows *rows, aw_error *err)
{
    aw__statement s = begin(rows, "DELETE FROM properties WHERE id = $1 AND name = 'list:' || $2 || '-meta'", err);

    return aw__finish(&s);
}

/* ---- items, read ---- */

/* The rest of a statement that selects ranks and values. */
static int finish_rows(aw__statement *s, const aw__list_rows *rows, bool values, aw__list_row **ret_rows,
                       size_t *ret_count)
{
    aw__list_row *found = NULL;
    size_t count = 0;

    while (aw__row(s)) {
        found = aw__rows_grow(s, rows->arena, found, count, sizeof(*found));
        if (!found)
            break;
        found[count].rank = aw__column_dup(s, rows->arena, 0);
        found[count].value = values ? aw__column_dup(s, rows->arena, 1) : NULL;
        count++;
    }
    int rc = aw__finish(s);

    if (rc)
        return rc;
    *ret_rows = found;
    *ret_count = count;
    return AW_OK;
}

static int finish_one(aw__statement *s, const aw__list_rows *rows, aw__list_row *ret_row)
{
    aw__list_row row = {NULL, NULL};
    bool found = aw__row(s);

    if (found) {
        row.rank = aw__column_dup(s, rows->arena, 0);
        row.value = aw__column_dup(s, rows->arena, 1);
    }
    int rc = aw__finish_found(s, found, "item");

    if (!rc)
        *ret_row = row;
    return rc;
}

int aw__list_rows_all(const aw__list_rows *rows, aw__list_row **ret_rows, size_t *ret_count, aw_error *err)
{
    aw__statement s = begin(rows, "SELECT " RANK ", value" ITEMS " ORDER BY name" AW__BYTEWISE, err);

    return finish_rows(&s, rows, true, ret_rows, ret_count);
}

int aw__list_rows_ranks(const aw__list_rows *rows, aw__list_row **ret_rows, size_t *ret_count, aw_error *err)
{
    aw__statement s = begin(rows, "SELECT " RANK ITEMS " ORDER BY name" AW__BYTEWISE, err);

    return finish_rows(&s, rows, false, ret_rows, ret_count);
}

int aw__list_rows_count(const aw__list_rows *rows, const char *below, int64_t *ret_count, aw_error *err)
{
    aw__statement s = below ? begin(rows,
                                    "SELECT count(*)" ITEMS " AND name" AW__BYTEWISE " < 'list:' || $2 || '-#' || $3",
                                    err)
                            : begin(rows, "SELECT count(*)" ITEMS, err);

    if (below)
        aw__bind_text(&s, below);
    int64_t count = aw__row(&s) ? aw__column_int(&s, 0) : 0;
    int rc = aw__finish(&s);

    if (!rc)
        *ret_count = count;
    return rc;
}

int aw__list_rows_at(const aw__list_rows *rows, int64_t position, aw__list_row *ret_row, aw_error *err)
{
    aw__statement s =
        position >= 0
            ? begin(rows, "SELECT " RANK ", value" ITEMS " ORDER BY name" AW__BYTEWISE " LIMIT 1 OFFSET $3", err)
            : begin(rows, "SELECT " RANK ", value" ITEMS " ORDER BY name" AW__BYTEWISE " DESC LIMIT 1 OFFSET $3", err);

    aw__bind_int(&s, position >= 0 ? position : -(position + 1));
    return finish_one(&s, rows, ret_row);
}

int aw__list_rows_find(const aw__list_rows *rows, const char *rank, aw__list_row *ret_row, aw_error *err)
{
    aw__statement s = begin(rows, "SELECT " RANK ", value" ITEMS " AND name = 'list:' || $2 || '-#' || $3", err);

    aw__bind_text(&s, rank);
    return finish_one(&s, rows, ret_row);
}

/* ---- items, written ---- */

int aw__list_rows_set(const aw__list_rows *rows, const char *rank, const char *value, aw_error *err)
{
    aw__statement s = begin(rows,
                            "INSERT INTO properties (id, name, value) VALUES ($1, 'list:' || $2 || '-#' || $3, $4)"
                            " ON CONFLICT (id, name) DO UPDATE SET value = excluded.value",
                            err);

    aw__bind_text(&s, rank);
    aw__bind_text(&s, value);
    return aw__finish(&s);
}

int aw__list_rows_rename(const aw__list_rows *rows, const char *rank, const char *new_rank, aw_error *err)
{
    aw__statement s = begin(rows,
                            "UPDATE properties SET name = 'list:' || $2 || '-#' || $4"
                            " WHERE id = $1 AND name = 'list:' || $2 || '-#' || $3",
                            err);

    aw__bind_text(&s, rank);
    aw__bind_text(&s, new_rank);
    return aw__finish(&s);
}

int aw__list_rows_upgrade(const aw__list_rows *rows, const char *index, const char *rank, aw_error *err)
{
    aw__statement s = begin(rows,
                            "UPDATE properties SET name = 'list:' || $2 || '-#' || $4"
                            " WHERE id = $1 AND name = 'list:' || $2 || '-' || $3",
                            err);

    aw__bind_text(&s, index);
    aw__bind_text(&s, rank);
    return aw__finish(&s);
}

int aw__list_rows_delete(const aw__list_rows *rows, const char *rank, aw_error *err)
{
    aw__statement s =
        begin(rows, "DELETE FROM properties WHERE id = $1 AND name = 'list:' || $2 || '-#' || $3", err);

    aw__bind_text(&s, rank);
    return aw__finish(&s);
}

int aw__list_rows_clear(const aw__list_rows *rows, aw_error *err)
{
    aw__statement ranked = begin(rows, "DELETE" ITEMS, err);
    int rc = aw__finish(&ranked);

    return rc ? rc : aw__list_rows_clear_indexed(rows, err);
}

/* ---- older lists ---- */

int aw__list_rows_clear_indexed(const aw__list_rows *rows, aw_error *err)
{
    aw__statement s = begin(rows, "DELETE" INDEXED, err);

    return aw__finish(&s);
}

int aw__list_rows_indexed(const aw__list_rows *rows, aw__list_row **ret_rows, size_t *ret_count, aw_error *err)
{
    aw__statement s =
        begin(rows, "SELECT " INDEX ", value" INDEXED " ORDER BY length(name), name" AW__BYTEWISE, err);

    return finish_rows(&s, rows, true, ret_rows, ret_count);
}

/* ---- all lists ---- */

bool aw__list_row_split(char *row_name, aw__list_any_row *ret_row)
{
    char *tail = strrchr(row_name, '-');

    if (!tail || tail <= row_name + 5)
        return false;
    *tail++ = '\0';
    ret_row->list = row_name + 5;
    ret_row->rank = "";
    if (!strcmp(tail, "meta")) {
        ret_row->kind = AW__LIST_ROW_META;
    } else if (*tail == '#' && tail[1]) {
        ret_row->kind = AW__LIST_ROW_RANKED;
        ret_row->rank = tail + 1;
    } else if (*tail && !tail[strspn(tail, DECIMALS)]) {
        ret_row->kind = AW__LIST_ROW_INDEXED;
        ret_row->rank = tail;
    } else {
        return false;
    }
    return true;
}

static int compare(const void *left, const void *right)
{
    const aw__list_any_row *a = left, *b = right;
    int order = strcmp(a->list, b->list);

    if (!order)
        order = (a->kind > b->kind) - (a->kind < b->kind);
    if (!order && a->kind == AW__LIST_ROW_INDEXED) /* a shorter number is a lower one */
        order = (strlen(a->rank) > strlen(b->rank)) - (strlen(a->rank) < strlen(b->rank));
    return order ? order : strcmp(a->rank, b->rank);
}

int aw__list_rows_every(aw_database *database, aw__arena *arena, const char *actor_id, bool values,
                        aw__list_any_row **ret_rows, size_t *ret_count, aw_error *err)
{
    aw__statement s =
        values ? aw__sql(database, "SELECT name, length(value), value" EVERY, err)
               : aw__sql(database,
                         "SELECT name, length(value), CASE WHEN substr(name, length(name) - 4) = '-meta' THEN value END"
                         EVERY, err);
    aw__list_any_row *rows = NULL;
    size_t count = 0;

    aw__bind_text(&s, actor_id);
    while (aw__row(&s)) {
        aw__list_any_row row = {.characters = aw__column_int(&s, 1)};
        char *name = aw__arena_strdup(arena, aw__column_text(&s, 0));

        if (!name)
            aw__statement_fail(&s, AW_E_NOMEM);
        if (!name || !aw__list_row_split(name, &row))
            continue;
        row.value = aw__column_null(&s, 2) ? NULL : aw__column_dup(&s, arena, 2);
        rows = aw__rows_grow(&s, arena, rows, count, sizeof(*rows));
        if (!rows)
            break;
        rows[count++] = row;
    }
    int rc = aw__finish(&s);

    if (rc)
        return rc;
    if (count)
        qsort(rows, count, sizeof(*rows), compare);
    *ret_rows = rows;
    *ret_count = count;
    return AW_OK;
}

int aw__list_rows_delete_every(aw_database *database, const char *actor_id, aw_error *err)
{
    aw__statement s = aw__sql(database, "DELETE" EVERY, err);

    aw__bind_text(&s, actor_id);
    return aw__finish(&s);
}
