/*
 * List properties: ordered items under one name, read and changed one by one. Positions count from 0, negative ones
 * from the end (-1 is the last). The handle of an item stays the same while items around it come and go: opaque text,
 * its rank. It is spent when the item is deleted (a later item may then get it), and when the list is renumbered, which
 * happens once in hundreds of insertions at one place: then it leads to nothing.
 *
 * A name is that of a list or of a simple property, never of both.
 */
#ifndef AW_ACTOR_LIST_H
#define AW_ACTOR_LIST_H

#include <jansson.h>

#include "actor/caller.h"
#include "actor/changes.h"
#include "actor/precondition.h"
#include "actor/site.h"

/*
 * Reading. Each of these runs inside a read or write of the store's, and sees one snapshot of it.
 */

/* Whose list. */
typedef struct aw__list_source {
    aw_database *database;
    aw__arena *arena; /* texts of results are in it */
    const char *actor_id;
    const char *name;
} aw__list_source;

/* An item: by its handle, or by its position when that is NULL. */
typedef struct aw__list_place {
    const char *handle;
    int64_t position;
} aw__list_place;

typedef struct aw__list_entry {
    const char *handle;
    json_t *item;
} aw__list_entry;

typedef struct aw__list_info {
    const char *name;
    const char *description; /* "" when there is none, as the next */
    const char *explanation;
    int64_t count;
    int64_t total_bytes; /* of the items' text, as it is stored; in characters */
    json_t *items;       /* an array when asked for, which lives as long as the arena; or NULL */
} aw__list_info;

/* All items, as an array: the caller's. These return AW_E_NOT_FOUND when there is no such list, or no such item;
 * AW_E_STORE, AW_E_NOMEM. */
int aw__list_read_items(const aw__list_source *source, json_t **ret_items, aw_error *err);
/* ret_item is the caller's. */
int aw__list_read_item(const aw__list_source *source, const aw__list_place *place, json_t **ret_item, aw_error *err);
/* The items with their handles; they live as long as the arena. */
int aw__list_read_entries(const aw__list_source *source, aw__list_entry **ret_entries, size_t *ret_count,
                          aw_error *err);
/* Without total_bytes and items. The count is exact. */
int aw__list_read_info(const aw__list_source *source, aw__list_info *ret_info, aw_error *err);
/* All lists of the actor, by name, in one query; source->name is not looked at. */
int aw__list_read_infos(const aw__list_source *source, bool with_items, aw__list_info **ret_infos, size_t *ret_count,
                        aw_error *err);
int aw__list_exists(const aw__list_source *source, bool *ret_exists, aw_error *err);

/* Each of the first four in a read of its own; source->database is filled in. */
int aw__list_get_items(aw__site *site, aw__list_source source, json_t **ret_items, aw_error *err);
int aw__list_get_item(aw__site *site, aw__list_source source, const aw__list_place *place, json_t **ret_item,
                      aw_error *err);
int aw__list_get_entries(aw__site *site, aw__list_source source, aw__list_entry **ret_entries, size_t *ret_count,
                         aw_error *err);
int aw__list_get_info(aw__site *site, aw__list_source source, aw__list_info *ret_info, aw_error *err);
int aw__list_get_infos(aw__site *site, aw__list_source source, bool with_items, aw__list_info **ret_infos,
                       size_t *ret_count, aw_error *err);

/*
 * Changing. Each change is one transaction, in which positions are resolved, its diffs are stored and callbacks become
 * due. Diffs have the specification's shape (1.4, "List Property Subscriptions"):
 * {"list":name,"operation":...,"length":n} with "index", "item" or "items".
 */

typedef enum aw__list_operation {
    AW__LIST_CREATE,   /* empty. AW_E_EXISTS, unless may_exist: then the texts are set. AW_E_CONFLICT: a simple property */
    AW__LIST_DESCRIBE, /* sets the texts that are not NULL */
    AW__LIST_ADD,      /* the item, at the end */
    AW__LIST_EXTEND,   /* the items, at the end */
    AW__LIST_INSERT,   /* the item before the one at the position; at the length: at the end */
    AW__LIST_SET,      /* the item, in place of another. At the length it is added, unless must_exist */
    AW__LIST_REMOVE,   /* an item */
    AW__LIST_BULK,     /* edits */
    AW__LIST_CLEAR,    /* all items */
    AW__LIST_DELETE    /* the list itself */
} aw__list_operation;

/* One of many. Positions are those before the first of them. */
typedef struct aw__list_edit {
    int64_t position; /* from 0 */
    json_t *item;     /* to be set; at the length, which grows, it is added. NULL: deletes; beyond the end nothing */
} aw__list_edit;

typedef struct aw__list_change {
    aw__list_operation operation;
    const char *name;
    /* What it needs; the values are borrowed. */
    const char *description; /* CREATE, DESCRIBE; NULL: "", or as it is */
    const char *explanation;
    bool may_exist;       /* CREATE */
    bool must_exist;      /* SET */
    aw__list_place place; /* INSERT (by position), SET, REMOVE */
    json_t *item;         /* ADD, INSERT, SET */
    json_t *items;        /* EXTEND: an array */
    const aw__list_edit *edits; /* BULK: the items that are set in their order, then the deletions, last ones first */
    size_t edit_count;
    /* What came of it. */
    bool created;        /* CREATE: it was not there; SET: added at the end */
    int64_t position;    /* ADD, EXTEND (of the first), INSERT, SET, REMOVE: where */
    const char *handle;  /* ADD, INSERT, SET: the item's; in the arena */
    int64_t length;      /* of the list, afterwards */
    size_t set_count;    /* BULK */
    size_t delete_count; /* BULK */
    /* aw__list_prepare()'s. */
    char **texts;
    size_t text_count;
} aw__list_change;

/* Whether whoever asks may make the change: "write" is needed for what is made, added or set, "delete" for what goes,
 * both for edits that do both. */
bool aw__list_change_allowed(const aw__list_change *change, const aw__caller *caller);

/*
 * Errors of a change: AW_E_NOT_FOUND (no such list, item or actor), AW_E_INVALID (a name with "#" or one that no
 * property can have, a text that is no UTF-8, an edit's position below 0 or beyond the length), AW_E_TOO_LARGE (an
 * item, its nesting, a text), AW_E_CONFLICT, AW_E_EXISTS, AW_E_STORE, AW_E_NOMEM. Nothing has changed then.
 *
 * condition: what must hold, checked first (actor/precondition.h); NULL: nothing. Handles in the result are in the
 * arena.
 */
int aw__list_change_run(aw__site *site, aw__arena *arena, const char *actor_id, aw__list_change *change,
                        aw__precondition *condition, aw_error *err);

/* The same in two parts, for transactions that change more than a list. The first checks the input and prints the
 * items, outside of the transaction: what was printed lives as long as the arena. The second runs inside of it; it may
 * be run again, and adds to changes. */
int aw__list_prepare(aw__arena *arena, aw__list_change *change, aw_error *err);
int aw__list_apply(aw_database *database, const char *actor_id, aw__list_change *change, aw__changes *changes,
                   aw_error *err);

/* Inside a write: deletes every list, and adds to changes. */
int aw__list_delete_every(aw_database *database, const char *actor_id, aw__changes *changes, aw_error *err);

#endif
