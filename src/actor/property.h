/*
 * Properties: read, written and deleted by path, with the diffs of every change.
 */
#ifndef AW_ACTOR_PROPERTY_H
#define AW_ACTOR_PROPERTY_H

#include <jansson.h>

#include "actor/caller.h"
#include "actor/list.h"
#include "actor/precondition.h"
#include "actor/site.h"

/* path: segments already decoded; depth 0 is the whole object. The value is the caller's. Raw text that is no JSON is
 * returned as a JSON text. AW_E_NOT_FOUND. */
int aw__property_get(aw__site *site, const char *actor_id, const char *const *path, size_t depth, json_t **ret_value,
                     aw_error *err);
/* The same, inside a read or write of the store's. */
int aw__property_read(aw_database *database, aw__arena *arena, const char *actor_id, const char *const *path,
                      size_t depth, json_t **ret_value, aw_error *err);

/* Every change takes a condition, checked in its transaction; NULL: none. AW_E_CONFLICT with condition->failed set. */

/* Depth 1 or more; below a top-level name, an object is merged into an object. AW_E_CONFLICT when a parent is a scalar
 * or a list, or the name is that of a list property; AW_E_INVALID for null, bad names; AW_E_NOT_FOUND: no actor. */
int aw__property_set(aw__site *site, const char *actor_id, const char *const *path, size_t depth, json_t *value,
                     aw__precondition *condition, aw_error *err);

/* Several top-level properties, and then changes of lists, in one transaction. "" deletes, as in the reference's POST.
 * What came of the changes is in them; lists may be NULL when there are none. */
int aw__property_set_all(aw__site *site, const char *actor_id, json_t *object, aw__list_change *lists,
                         size_t list_count, aw__precondition *condition, aw_error *err);

/* A top-level name may be a list's. One that is absent is no error, a nested one is AW_E_NOT_FOUND. Depth 0: every
 * property and list, or, when there is one that the caller may not delete, none: AW_E_DENIED. At other depths that is
 * not looked at. caller NULL: the owner. */
int aw__property_delete(aw__site *site, const char *actor_id, const char *const *path, size_t depth,
                        const aw__caller *caller, aw__precondition *condition, aw_error *err);

#endif
