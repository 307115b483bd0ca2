/*
 * List properties: ordered JSON items under one name, read and changed one by one, however many there are. Subscribers
 * are told what happened to which item, and not the whole list again.
 *
 * An item is named by its position, from 0; negative ones count from the end, -1 is the last. Or by its handle, an
 * opaque text that stays the same while others are inserted and removed around it. A handle is spent once its item was
 * removed (a later item may get the same), and when the library renumbers the list, which it does after hundreds of
 * insertions at one place: then it leads to nothing. So keep handles for a while, and not for good; what shall be found
 * for good, give an id.
 *
 * Each change is one transaction, in which positions are looked up. A name is that of a list or of a simple property: a
 * list is made by aw_list_create(), deleted by aw_list_delete() and by aw_property_delete() too.
 *
 * These calls wait for the store and never for a peer. Any thread but the loop's own, where each returns
 * AW_E_REENTRANT. Errors that each of them may return: AW_E_INVALID (no actor, a name that no list can have, a field
 * that is missing), AW_E_NOT_FOUND (no such list or item, or the actor was deleted), AW_E_DENIED (a view of a peer that
 * may not read or write the list; to remove items, or the list, is a right of its own), AW_E_TOO_LARGE (a name over 255
 * bytes), AW_E_STORE, AW_E_REENTRANT, AW_E_NOMEM. (Specification 1.4, "List Properties"; WIRE 5.2, 14)
 */
#ifndef ACTINGWEB_LIST_H
#define ACTINGWEB_LIST_H

#include <actingweb/common.h>
#include <actingweb/error.h>
#include <jansson.h>

AW_BEGIN_DECLS

/* ---- reading: each call sees one moment of the list ---- */

/* All items as an array. The caller owns it: json_decref(). */
AW_API int aw_list_get(aw_actor *actor, const char *name, json_t **ret_items, aw_error *err);

typedef struct aw_list_get_item_params {
    size_t size;
    const char *name;   /* required */
    int64_t position;   /* 0: the first */
    const char *handle; /* instead of a position */
} aw_list_get_item_params;

/* One item. The caller owns it: json_decref(). */
AW_API int aw_list_get_item(aw_actor *actor, const aw_list_get_item_params *params, json_t **ret_item, aw_error *err);

typedef struct aw_list_entry {
    const char *handle;
    json_t *item;
} aw_list_entry;

/* All items with their handles, in order. The caller owns the array and what it holds: aw_list_entries_free(). */
AW_API int aw_list_entries(aw_actor *actor, const char *name, aw_list_entry **ret_entries, size_t *ret_count,
                           aw_error *err);
AW_API void aw_list_entries_free(aw_list_entry *entries, size_t count); /* takes NULL */

typedef struct aw_list_info {
    const char *name;
    const char *description; /* never NULL, like the next */
    const char *explanation;
    int64_t count;
} aw_list_info;

/* What there is to know of one list but its items. The caller owns it: aw_list_infos_free(info, 1). */
AW_API int aw_list_get_info(aw_actor *actor, const char *name, aw_list_info **ret_info, aw_error *err);
/* The same of every list, by name, in one array: aw_list_infos_free(). A view has those that it may read. */
AW_API int aw_list_infos(aw_actor *actor, aw_list_info **ret_infos, size_t *ret_count, aw_error *err);
AW_API void aw_list_infos_free(aw_list_info *infos, size_t count); /* takes NULL */

/* ---- the list ---- */

typedef struct aw_list_create_params {
    size_t size;
    const char *name;        /* required; without "#" */
    const char *description; /* for people: what it holds; NULL: "" */
    const char *explanation; /* for programs: how it is used; NULL: "" */
} aw_list_create_params;

/* Makes an empty list. Also AW_E_EXISTS (there is one), AW_E_CONFLICT (there is a simple property of that name). */
AW_API int aw_list_create(aw_actor *actor, const aw_list_create_params *params, aw_error *err);

typedef struct aw_list_describe_params {
    size_t size;
    const char *name;        /* required */
    const char *description; /* NULL: as it is, like the next */
    const char *explanation;
} aw_list_describe_params;

AW_API int aw_list_describe(aw_actor *actor, const aw_list_describe_params *params, aw_error *err);

/* Removes all items, or the list itself. */
AW_API int aw_list_clear(aw_actor *actor, const char *name, aw_error *err);
AW_API int aw_list_delete(aw_actor *actor, const char *name, aw_error *err);

/* ---- items; they are borrowed, and may be any JSON, null too. AW_E_TOO_LARGE: over 16 MiB, or nested too deep ---- */

/* Adds an item at the end. ret_position may be NULL. */
AW_API int aw_list_append(aw_actor *actor, const char *name, json_t *item, int64_t *ret_position, aw_error *err);
/* Adds the items of an array at the end. */
AW_API int aw_list_extend(aw_actor *actor, const char *name, json_t *items, aw_error *err);

typedef struct aw_list_insert_params {
    size_t size;
    const char *name; /* required */
    int64_t position; /* before the item that is there; the length: at the end */
    json_t *item;     /* required */
} aw_list_insert_params;

AW_API int aw_list_insert(aw_actor *actor, const aw_list_insert_params *params, aw_error *err);

typedef struct aw_list_set_params {
    size_t size;
    const char *name;   /* required */
    int64_t position;   /* the length: at the end */
    const char *handle; /* instead of a position */
    json_t *item;       /* required */
} aw_list_set_params;

/* Puts an item in the place of another. */
AW_API int aw_list_set(aw_actor *actor, const aw_list_set_params *params, aw_error *err);

typedef struct aw_list_remove_params {
    size_t size;
    const char *name;   /* required */
    int64_t position;   /* 0: the first */
    const char *handle; /* instead of a position */
} aw_list_remove_params;

AW_API int aw_list_remove(aw_actor *actor, const aw_list_remove_params *params, aw_error *err);

typedef struct aw_list_edit {
    int64_t position; /* from 0, in the list as it is before all edits */
    json_t *item;     /* to be set; NULL: what is there is removed, if anything is */
} aw_list_edit;

typedef struct aw_list_edit_all_params {
    size_t size;
    const char *name;          /* required */
    const aw_list_edit *edits; /* borrowed */
    size_t count;
} aw_list_edit_all_params;

/* Many edits, all or none: items are set in the order of the edits (at the length, which grows, one is added), then
 * removed. Also AW_E_INVALID: an item at a position below 0 or beyond the length. */
AW_API int aw_list_edit_all(aw_actor *actor, const aw_list_edit_all_params *params, aw_error *err);

AW_END_DECLS

#endif
