/*
 * Properties: the actor's own data, JSON values under names, reached by paths ("profile/address/city").
 * These calls wait for the store and never for a peer; a change's diffs are stored in its transaction and sent later.
 * Any thread but the loop's own, where each returns AW_E_REENTRANT. Of a view, each may also return AW_E_DENIED.
 */
#ifndef ACTINGWEB_PROPERTY_H
#define ACTINGWEB_PROPERTY_H

#include <actingweb/common.h>
#include <actingweb/error.h>
#include <jansson.h>

AW_BEGIN_DECLS

/* The value at path; "" or NULL is the object of all properties. The caller owns it: json_decref().
 * Errors: AW_E_NOT_FOUND, AW_E_INVALID, AW_E_TOO_LARGE (the path), AW_E_STORE, AW_E_NOMEM. */
AW_API int aw_property_get(aw_actor *actor, const char *path, json_t **ret_value, aw_error *err);

/* Stores value (borrowed) at path, making objects on the way. JSON null is refused as a property, not inside of one.
 * Errors: AW_E_INVALID, AW_E_CONFLICT (a parent is a scalar or a list), AW_E_TOO_LARGE (the value or the path),
 * AW_E_NOT_FOUND (the actor was deleted), AW_E_STORE, AW_E_NOMEM. */
AW_API int aw_property_set(aw_actor *actor, const char *path, json_t *value, aw_error *err);

/* Deletes what is at path, a list too; "" or NULL deletes every property, lists included, or of a view's whose
 * peer may not delete each one, none (AW_E_DENIED). Deleting a top-level name that is absent is no error.
 * Errors: AW_E_NOT_FOUND (a nested path, or the actor), AW_E_INVALID, AW_E_TOO_LARGE (the path), AW_E_STORE,
 * AW_E_NOMEM. */
AW_API int aw_property_delete(aw_actor *actor, const char *path, aw_error *err);

AW_END_DECLS

#endif
