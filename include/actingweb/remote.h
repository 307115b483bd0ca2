/*
 * Remote data: what is kept here of a peer's data through subscriptions. It is the peer's: what arrives later changes
 * it again. A list is kept item by item, and follows the changes that the peer announces for it.
 * These calls wait for the store and never for a peer. Any thread but the loop's own, where each returns
 * AW_E_REENTRANT. All of it is the owner's: for a view (actor.h) each is AW_E_DENIED. (RemotePeerStore)
 */
#ifndef ACTINGWEB_REMOTE_H
#define ACTINGWEB_REMOTE_H

#include <actingweb/common.h>
#include <actingweb/error.h>
#include <jansson.h>

AW_BEGIN_DECLS

/* What is kept of peer_id under name, or everything as one object when name is NULL; a list is an array. The caller
 * owns it: json_decref(). Errors: AW_E_NOT_FOUND (that name), AW_E_INVALID, AW_E_DENIED, AW_E_STORE, AW_E_REENTRANT,
 * AW_E_NOMEM. */
AW_API int aw_remote_get(aw_actor *actor, const char *peer_id, const char *name, json_t **ret_value, aw_error *err);

/* What there is, without the values: {"_list":false} of a single value (which may be an array), and
 * {"_list":true,"count","description","explanation"} of a list; with name NULL an object of these by name. The caller
 * owns it. Errors: as above. */
AW_API int aw_remote_info(aw_actor *actor, const char *peer_id, const char *name, json_t **ret_info, aw_error *err);

typedef struct aw_remote_get_item_params {
    size_t size;
    const char *peer_id; /* required */
    const char *name;    /* of a list; required */
    int64_t index;       /* from 0; negative from the end: -1 is the last */
} aw_remote_get_item_params;

/* One item of a list. The caller owns it. Errors: AW_E_NOT_FOUND (nothing under that name, or no such item),
 * AW_E_CONFLICT (no list), and as above. */
AW_API int aw_remote_get_item(aw_actor *actor, const aw_remote_get_item_params *params, json_t **ret_item,
                              aw_error *err);

/* Forgets a value or a list; absent is no error. The subscription stays: the next change brings it back.
 * Errors: AW_E_INVALID, AW_E_DENIED, AW_E_STORE, AW_E_REENTRANT, AW_E_NOMEM. */
AW_API int aw_remote_delete(aw_actor *actor, const char *peer_id, const char *name, aw_error *err);

/* Forgets all that is kept of the peer. Errors: as above. */
AW_API int aw_remote_wipe(aw_actor *actor, const char *peer_id, aw_error *err);

AW_END_DECLS

#endif
