/*
 * What is wrong with properties, row by row: a list's description is looked at where it comes, together with how many
 * items there are, and its items where they come. A list counts once for each kind, however many of its rows are wrong.
 */
#include "actor/verify_properties.h"

#include <string.h>

#include "actor/list_mend.h"
#include "actor/stored.h"
#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "model/rank.h"
#include "store/list_rows.h"

#define BASE62 "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

#define OF_LISTS "r.name" AW__BYTEWISE " >= 'list:' AND r.name" AW__BYTEWISE " < 'list;'"
#define IS_META  OF_LISTS " AND substr(r.name, length(r.name) - 4) = '-meta'"
/* "list:{name}-", of a meta row's name, and of an item's. */
#define META_BASE "substr(r.name, 1, length(r.name) - 4)"
#define ITEM_BASE "rtrim(rtrim(r.name, '" BASE62 "'), '#')"

#define COUNT_RANKED                                                                                                   \
    "(SELECT count(*) FROM properties i WHERE i.id = r.id AND i.name" AW__BYTEWISE " > " META_BASE " || '#'"           \
    " AND i.name" AW__BYTEWISE " < " META_BASE " || '$' AND i.name NOT LIKE '%-#%-%')"
#define COUNT_INDEXED                                                                                                  \
    "(SELECT count(*) FROM properties i WHERE i.id = r.id AND i.name" AW__BYTEWISE " >= " META_BASE " || '0'"          \
    " AND i.name" AW__BYTEWISE " < " META_BASE " || ':'"                                                               \
    " AND rtrim(substr(i.name, length(r.name) - 3), '0123456789') = '')"

enum { OUR_ORPHAN = 1, LOST, META, LEFTOVER, RANK, COUNT, LENGTH, ITEM, STRAY, TEXT };
enum { ID, NAME };

/* What look() finds behind the fault. */
enum { CHARACTERS, VALUE, RANKED, INDEXED };

/* ---- reading ---- */

static int value_of(aw_database *database, aw__arena *arena, const aw__verify_fault *fault, const char **ret_text,
                    aw_error *err)
{
    aw__statement s = aw__sql(database, "SELECT value FROM properties WHERE id = $1 AND name = $2", err);

    aw__bind_text(&s, fault->texts[ID]);
    aw__bind_text(&s, fault->texts[NAME]);
    *ret_text = aw__row(&s) ? aw__column_dup(&s, arena, 0) : "null";
    return aw__finish(&s);
}

/* The row's value, which is not in the page when it is long: that one is in an arena of its own. */
static json_t *parse(aw__statement *row, int column, const aw__verify_fault *fault, bool *ret_damaged)
{
    aw__arena *arena = NULL;
    json_t *value = NULL;
    const char *text = "null";
    int rc = AW_OK;

    if (!aw__column_null(row, column + VALUE)) {
        text = aw__column_text(row, column + VALUE);
    } else {
        arena = aw__arena_new();
        rc = arena ? value_of(row->database, arena, fault, &text, row->err) : aw__fail_nomem(row->err);
    }
    if (rc == AW_OK)
        rc = aw__json_parse_own(text, strlen(text), &value, NULL);
    *ret_damaged = rc == AW_E_INVALID;
    if (rc && rc != AW_E_INVALID && rc != AW_E_TOO_LARGE)
        aw__statement_fail(row, rc);
    aw__arena_free(arena);
    return value;
}

/* ---- lists ---- */

static void add(aw__verify_page *page, aw__statement *row, const aw__verify_fault *fault, const char *list, size_t kind)
{
    aw__verify_fault found = *fault;

    found.kind = kind;
    found.texts[NAME] = list;
    if (!row->rc && !aw__verify_seen(page, &found))
        aw__verify_add(page, row, &found);
}

static void look_at_meta(aw__verify_page *page, aw__statement *row, int column, const aw__verify_fault *fault,
                         const char *list)
{
    int64_t ranked = aw__column_int(row, column + RANKED), indexed = aw__column_int(row, column + INDEXED);
    bool damaged = false;
    json_t *value = parse(row, column, fault, &damaged);
    int64_t format = 1, length = 0, hint = -1;

    (void)aw__json_get_int(value, "format", &format);
    (void)aw__json_get_int(value, "length", &length);
    (void)aw__json_get_int(value, "count_hint", &hint);
    if (!json_is_object(value))
        add(page, row, fault, list, META);
    else if (format == 2 ? indexed > 0 : ranked > 0)
        add(page, row, fault, list, LEFTOVER);
    else if (format == 2 && hint != ranked)
        add(page, row, fault, list, COUNT);
    else if (format != 2 && length != indexed)
        add(page, row, fault, list, LENGTH);
    json_decref(value);
}

/* SQL knows whether there is a description only where the rank is made of the right characters. */
static bool is_lost(aw__statement *row, const aw__verify_fault *fault, const aw__list_any_row *item)
{
    if (item->kind != AW__LIST_ROW_RANKED || !item->rank[strspn(item->rank, BASE62)])
        return fault->kind == LOST;
    aw__statement s = aw__sql(
        row->database, "SELECT 1 FROM properties WHERE id = $1 AND name = 'list:' || $2 || '-meta'", row->err);

    aw__bind_text(&s, fault->texts[ID]);
    aw__bind_text(&s, item->list);
    bool found = aw__row(&s);
    int rc = aw__finish(&s);

    if (rc)
        aw__statement_fail(row, rc);
    return !found;
}

static void look_at_item(aw__verify_page *page, aw__statement *row, int column, const aw__verify_fault *fault,
                         const aw__list_any_row *item)
{
    bool damaged = false;

    if (is_lost(row, fault, item))
        add(page, row, fault, item->list, LOST);
    else if (item->kind == AW__LIST_ROW_RANKED && !aw__rank_valid(item->rank))
        add(page, row, fault, item->list, RANK);
    json_decref(parse(row, column, fault, &damaged));
    if (damaged)
        add(page, row, fault, item->list, ITEM);
}

static void look(aw__verify_page *page, aw__statement *row, int column, aw__verify_fault *fault)
{
    aw__list_any_row parts = {NULL};
    bool text = false;

    if (fault->kind == OUR_ORPHAN) {
        aw__verify_add(page, row, fault);
    } else if (!aw__text_starts(fault->texts[NAME], "list:")) {
        json_decref(parse(row, column, fault, &text));
        if (text)
            add(page, row, fault, fault->texts[NAME], TEXT);
    } else {
        char *name = aw__arena_strdup(aw__verify_arena(page), fault->texts[NAME]);

        if (!name)
            aw__statement_fail(row, AW_E_NOMEM);
        else if (!aw__list_row_split(name, &parts))
            add(page, row, fault, fault->texts[NAME], STRAY);
        else if (parts.kind == AW__LIST_ROW_META)
            look_at_meta(page, row, column, fault, parts.list);
        else
            look_at_item(page, row, column, fault, &parts);
    }
}

/* ---- mending ---- */

static int mend_list(aw_database *database, const aw__verify_fault *fault, aw_error *err)
{
    aw__list_rows rows = {
        .database = database, .arena = aw__arena_new(), .actor_id = fault->texts[ID], .name = fault->texts[NAME]};
    int rc = rows.arena ? aw__list_mend(&rows, err) : aw__fail_nomem(err);

    aw__arena_free(rows.arena);
    return rc;
}

const aw__verify_pass aw__verify_properties = {
    .table = "properties",
    .sql = "SELECT r.id, r.name, CASE WHEN " AW__VERIFY_ORPHAN("r.id") " THEN 1"
           " WHEN " OF_LISTS " AND"
           " (SELECT 1 FROM properties m WHERE m.id = r.id AND m.name = " ITEM_BASE " || 'meta' LIMIT 1) IS NULL"
           " THEN 2 ELSE 0 END,"
           " length(r.value), CASE WHEN length(r.value) <= " AW__VERIFY_SHORT " THEN r.value END,"
           " CASE WHEN " IS_META " THEN " COUNT_RANKED " ELSE 0 END,"
           " CASE WHEN " IS_META " THEN " COUNT_INDEXED " ELSE 0 END"
           " FROM properties r WHERE (r.id, r.name) > ($1, $2) ORDER BY r.id, r.name LIMIT $3",
    .keys = 2,
    .texts = 2,
    .look = look,
    .kinds =
        {
            [OUR_ORPHAN - 1] = {
                .name = "property-without-actor",
                .what = "properties of actors that are not there",
                .mend = "deleted",
                .sql = {"DELETE FROM properties WHERE id = $1 AND name = $2 AND " AW__VERIFY_STILL_ORPHAN},
                .binds = 2,
            },
            [LOST - 1] = {
                .name = "list-without-description",
                .what = "lists of which there are items, but no description, so that nobody sees them",
                .mend = "given a description",
                .fn = mend_list,
            },
            [META - 1] = {
                .name = "list-description",
                .what = "lists whose description cannot be read",
                .mend = "given a new description",
                .fn = mend_list,
            },
            [LEFTOVER - 1] = {
                .name = "list-leftover",
                .what = "lists with rows that are left of another layout, which no reader sees",
                .mend = "freed of those rows",
                .fn = mend_list,
            },
            [RANK - 1] = {
                .name = "list-rank",
                .what = "lists with items whose rank is none, so that nothing can be inserted beside them",
                .mend = "given new ranks in the same order",
                .fn = mend_list,
            },
            [COUNT - 1] = {
                .name = "list-count",
                .what = "lists that have another number of items than their description says",
                .mend = "counted",
                .fn = mend_list,
            },
            [LENGTH - 1] = {
                .name = "list-length",
                .what = "lists in the older layout with items missing, or more than their length",
                .mend = "given the newer layout, with the items that there are up to the length",
                .fn = mend_list,
            },
            [ITEM - 1] = {
                .name = "list-item",
                .what = "lists with an item that is no JSON; set it anew, or delete it",
            },
            [STRAY - 1] = {
                .name = "property-like-list",
                .what = "properties that are named like rows of a list and are none; they are not served",
                .note = true,
            },
            [TEXT - 1] = {
                .name = "property-text",
                .what = "properties whose value is plain text; Python applications store such",
                .note = true,
            },
        },
};
