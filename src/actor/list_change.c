/*
 * Changing list properties: the input checked, and the transaction. What a change does is list_apply.c's.
 */
#include "actor/list.h"

#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "model/path.h"
#include "store/actors.h"

enum {
    ITEM_MAX_BYTES = 16 << 20,
    TEXT_MAX_BYTES = 65536,
    /* Of an item below all properties: the list, or in a diff the change and its array of items. */
    ITEM_DEPTH = 3
};

/* ---- the input ---- */

static int check_name(const aw__list_change *change, aw_error *err)
{
    int rc = aw__path_check(&change->name, 1, err);

    /* One that the reference made so long ago can be got rid of. */
    if (rc || change->operation == AW__LIST_DELETE || !strchr(change->name, '#'))
        return rc;
    return aw__fail(err, AW_E_INVALID, "the name of a list cannot hold \"#\"");
}

static int check_text(const char *name, const char *text, aw_error *err)
{
    size_t bytes = text ? strlen(text) : 0;

    if (bytes > TEXT_MAX_BYTES)
        return aw__fail(err, AW_E_TOO_LARGE, "%s: must not be longer than %d bytes", name, TEXT_MAX_BYTES);
    if (!aw__text_utf8(text ? text : "", bytes))
        return aw__fail(err, AW_E_INVALID, "%s: must be UTF-8 text", name);
    return AW_OK;
}

static void release_text(void *text)
{
    aw__free(text);
}

static int print_item(aw__arena *arena, aw__list_change *change, const json_t *item, aw_error *err)
{
    if (!item)
        return aw__fail(err, AW_E_INVALID, "item: is required");
    int rc = json_is_null(item) ? AW_OK : aw__path_check_value(ITEM_DEPTH, item, err);
    char *text = rc ? NULL : aw__json_text(item);

    if (rc)
        return rc;
    if (!text || aw__arena_defer(arena, release_text, text))
        return aw__fail_nomem(err);
    if (strlen(text) > ITEM_MAX_BYTES)
        return aw__fail(err, AW_E_TOO_LARGE, "an item must not be larger than %d bytes", ITEM_MAX_BYTES);
    change->texts[change->text_count++] = text;
    return AW_OK;
}

static int print_edits(aw__arena *arena, aw__list_change *change, aw_error *err)
{
    int rc = AW_OK;

    for (size_t i = 0; rc == AW_OK && i < change->edit_count; i++) {
        if (change->edits[i].position < 0)
            return aw__fail(err, AW_E_INVALID, "edits: a position must not be negative");
        if (change->edits[i].item)
            rc = print_item(arena, change, change->edits[i].item, err);
    }
    return rc;
}

static int print_items(aw__arena *arena, aw__list_change *change, aw_error *err)
{
    int rc = AW_OK;
    size_t i;
    json_t *item;

    json_array_foreach(change->items, i, item) {
        rc = print_item(arena, change, item, err);
        if (rc)
            break;
    }
    return rc;
}

int aw__list_prepare(aw__arena *arena, aw__list_change *change, aw_error *err)
{
    size_t room = change->operation == AW__LIST_EXTEND ? json_array_size(change->items)
                  : change->operation == AW__LIST_BULK ? change->edit_count
                                                       : 1;
    int rc = check_name(change, err);

    if (rc == AW_OK)
        rc = check_text("description", change->description, err);
    if (rc == AW_OK)
        rc = check_text("explanation", change->explanation, err);
    if (rc)
        return rc;
    change->text_count = 0;
    change->texts = aw__arena_alloc(arena, (room + 1) * sizeof(*change->texts));
    if (!change->texts)
        return aw__fail_nomem(err);
    switch (change->operation) {
    case AW__LIST_ADD:
    case AW__LIST_INSERT:
    case AW__LIST_SET:
        return print_item(arena, change, change->item, err);
    case AW__LIST_EXTEND:
        return json_is_array(change->items) ? print_items(arena, change, err)
                                            : aw__fail(err, AW_E_INVALID, "items: must be an array");
    case AW__LIST_BULK:
        return print_edits(arena, change, err);
    default:
        return AW_OK;
    }
}

/* ---- who may ---- */

/* The operations, as bits. */
static unsigned needs(const aw__list_change *change)
{
    unsigned needed = 0;

    switch (change->operation) {
    case AW__LIST_REMOVE:
    case AW__LIST_CLEAR:
    case AW__LIST_DELETE:
        return AW__OPERATION_DELETE;
    case AW__LIST_BULK:
        for (size_t i = 0; i < change->edit_count; i++)
            needed |= change->edits[i].item ? AW__OPERATION_WRITE : AW__OPERATION_DELETE;
        return needed ? needed : AW__OPERATION_WRITE;
    default:
        return AW__OPERATION_WRITE;
    }
}

static bool may(const aw__caller *caller, const char *name, aw__operation operation)
{
    return aw__caller_may(caller, AW__PERMISSION_PROPERTIES, name, operation);
}

bool aw__list_change_allowed(const aw__list_change *change, const aw__caller *caller)
{
    unsigned needed = needs(change);

    return (!(needed & AW__OPERATION_WRITE) || may(caller, change->name, AW__OPERATION_WRITE)) &&
           (!(needed & AW__OPERATION_DELETE) || may(caller, change->name, AW__OPERATION_DELETE));
}

/* ---- the transaction ---- */

struct changing {
    aw__site *site;
    const char *actor_id;
    aw__list_change *change;
    aw__precondition *condition;
    aw__changes changes;
    aw__notices notices;
};

static int apply(aw_database *database, void *arg, aw_error *err)
{
    struct changing *c = arg;
    aw__actor_row row;

    aw__changes_clear(&c->changes);
    aw__notices_clear(&c->notices);
    /* So that an actor that was deleted meanwhile leaves no rows behind. */
    int rc = aw__actors_get(database, c->changes.arena, c->actor_id, &row, err);

    if (rc == AW_OK)
        rc = aw__precondition_check(c->condition, database, err);
    if (rc == AW_OK)
        rc = aw__list_apply(database, c->actor_id, c->change, &c->changes, err);
    if (rc || !c->changes.count)
        return rc;
    return aw__diff_register(c->site, database, c->actor_id, c->changes.items, c->changes.count, &c->notices, err);
}

int aw__list_change_run(aw__site *site, aw__arena *arena, const char *actor_id, aw__list_change *change,
                        aw__precondition *condition, aw_error *err)
{
    struct changing c = {.site = site,
                         .actor_id = actor_id,
                         .change = change,
                         .condition = condition,
                         .changes.arena = arena,
                         .notices.arena = arena};
    int rc = aw__list_prepare(arena, change, err);

    if (rc == AW_OK)
        rc = aw__store_write(site->store, apply, &c, err);
    if (rc == AW_OK)
        aw__notices_tell(site, &c.notices);
    return rc;
}
