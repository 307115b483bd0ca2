/*
 * Peers: what is public about an actor elsewhere.
 */
#ifndef ACTINGWEB_PEER_H
#define ACTINGWEB_PEER_H

#include <actingweb/op.h>
#include <jansson.h>

AW_BEGIN_DECLS

typedef struct aw_peer_get_info_params {
    size_t size;
    const char *peer_url; /* of the actor; either this */
    const char *peer_id;  /* or a trusted peer's id */
    int timeout_ms;       /* 0: 30 000 */
    aw_group *group;
} aw_peer_get_info_params;

/* info is the peer's /meta object, borrowed until the return; NULL on failure. */
typedef void aw_peer_info_cb(const aw_error *err, json_t *info, void *ud);

/*
 * GET {peer}/meta, without credentials. *ret_info is the caller's: json_decref().
 * Errors: AW_E_INVALID, AW_E_NOT_FOUND (no trust with peer_id), AW_E_CONNECT, AW_E_ADDRESS, AW_E_HTTP, AW_E_PROTOCOL,
 * AW_E_TOO_LARGE, AW_E_TIMEOUT, AW_E_CANCELED, AW_E_STORE, AW_E_REENTRANT, AW_E_CLOSED, AW_E_NOMEM.
 * (Actor.get_peer_info_async)
 */
AW_API int aw_peer_get_info(aw_actor *actor, const aw_peer_get_info_params *params, json_t **ret_info, aw_error *err);
AW_API int aw_peer_get_info_async(aw_actor *actor, const aw_peer_get_info_params *params, aw_peer_info_cb *cb, void *ud,
                                  aw_op *ret_op);

AW_END_DECLS

#endif
