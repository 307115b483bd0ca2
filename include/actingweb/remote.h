/*
 * Remote data: what is kept here of a peer's data through subscriptions.
 */
#ifndef ACTINGWEB_REMOTE_H
#define ACTINGWEB_REMOTE_H

#include <actingweb/common.h>
#include <actingweb/error.h>
#include <jansson.h>

AW_BEGIN_DECLS

/* What is kept of peer_id under name, or everything as one object when name is NULL. The caller owns it: json_decref().
 * Waits for the store. Errors: AW_E_NOT_FOUND (that name), AW_E_INVALID, AW_E_STORE, AW_E_REENTRANT, AW_E_NOMEM. */
AW_API int aw_remote_get(aw_actor *actor, const char *peer_id, const char *name, json_t **ret_value, aw_error *err);

AW_END_DECLS

#endif
