/*
 * Peers: what is public about an actor elsewhere; and actors elsewhere that this one makes, and owns as their trustee.
 */
#ifndef ACTINGWEB_PEER_H
#define ACTINGWEB_PEER_H

#include <actingweb/op.h>
#include <actingweb/trust.h>
#include <jansson.h>

AW_BEGIN_DECLS

typedef struct aw_peer_get_info_params {
    size_t size;
    const char *peer_url; /* of the actor; either this */
    const char *peer_id;  /* or a trusted peer's id */
    int timeout_ms;       /* 0: 30 000 */
    aw_group *group;
} aw_peer_get_info_params;

/* info is the peer's /meta object, or its capabilities; borrowed until the return; NULL on failure. */
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

typedef struct aw_peer_get_capabilities_params {
    size_t size;
    const char *peer_id; /* required; a trust with it must exist */
    int max_age_s;       /* what was fetched less long ago will do; 0: a day; -1: the peer is asked in any case */
    int timeout_ms;      /* 0: 30 000 */
    aw_group *group;
} aw_peer_get_capabilities_params;

/*
 * What a peer can do: {"supported":["callbacks","subscriptions",...],"version":"1.0","fetched_at":"2026-11-22
 * 01:25:30.835806"}. Its option tags and version are fetched from its meta, without credentials, and kept with the
 * trust. *ret_capabilities is the caller's.
 * Errors: AW_E_INVALID, AW_E_NOT_FOUND (no trust with peer_id), AW_E_UNSUPPORTED (no actor is behind the trust),
 * AW_E_CONNECT, AW_E_ADDRESS, AW_E_HTTP, AW_E_PROTOCOL, AW_E_TOO_LARGE, AW_E_TIMEOUT, AW_E_CANCELED, AW_E_STORE,
 * AW_E_REENTRANT, AW_E_CLOSED, AW_E_NOMEM. (PeerCapabilities; WIRE 12 "capabilities")
 */
AW_API int aw_peer_get_capabilities(aw_actor *actor, const aw_peer_get_capabilities_params *params,
                                    json_t **ret_capabilities, aw_error *err);
AW_API int aw_peer_get_capabilities_async(aw_actor *actor, const aw_peer_get_capabilities_params *params,
                                          aw_peer_info_cb *cb, void *ud, aw_op *ret_op);

typedef struct aw_peer_create_trustee_params {
    size_t size;
    const char *factory_url;  /* of a service that makes actors, "https://example.com/"; required */
    const char *relationship; /* of the trust with the new actor; NULL: the app's default_relationship */
    const char *type;         /* the new actor's type must be this; NULL: any */
    const char *desc;         /* of the trust, for people; NULL: none */
    int timeout_ms;           /* 0: 30 000 */
    aw_group *group;
} aw_peer_create_trustee_params;

/*
 * Has another service make an actor, of which this one is the trustee: POST {factory_url} with creator "trustee". Its
 * passphrase is stored, a trust is made with it, and approved on both sides. When any of it fails the store is as
 * before, and the actor that was made is ended again. From then on, where the trust does not suffice, aw_proxy_... asks
 * once more as trustee; and when this actor is deleted, so is that one.
 * *ret_trust (may be NULL) is the caller's: aw_trust_free().
 * Errors: those of aw_trust_create_reciprocal(); AW_E_EXISTS: the new actor has the name of a peer that there is.
 * (Actor.get_peer_trustee; WIRE 12 "trustee create")
 */
AW_API int aw_peer_create_trustee(aw_actor *actor, const aw_peer_create_trustee_params *params, aw_trust **ret_trust,
                                  aw_error *err);
AW_API int aw_peer_create_trustee_async(aw_actor *actor, const aw_peer_create_trustee_params *params, aw_trust_cb *cb,
                                        void *ud, aw_op *ret_op);

typedef struct aw_peer_delete_trustee_params {
    size_t size;
    const char *peer_id; /* required */
    int timeout_ms;      /* 0: 30 000 */
    aw_group *group;
} aw_peer_delete_trustee_params;

/*
 * Ends an actor that aw_peer_create_trustee() made: DELETE at the peer with the trustee's credentials, then what is
 * here of it, the trust included. One that is gone already (404) will do; one that refuses or cannot be reached fails
 * the operation, and nothing changes.
 * Errors: AW_E_INVALID, AW_E_NOT_FOUND (this actor has made no such peer), AW_E_CONNECT, AW_E_ADDRESS, AW_E_HTTP,
 * AW_E_PROTOCOL, AW_E_TOO_LARGE, AW_E_TIMEOUT, AW_E_CANCELED, AW_E_STORE, AW_E_REENTRANT, AW_E_CLOSED, AW_E_NOMEM.
 * (Actor.delete_peer_trustee; WIRE 12)
 */
AW_API int aw_peer_delete_trustee(aw_actor *actor, const aw_peer_delete_trustee_params *params, aw_error *err);
AW_API int aw_peer_delete_trustee_async(aw_actor *actor, const aw_peer_delete_trustee_params *params, aw_done_cb *cb,
                                        void *ud, aw_op *ret_op);

typedef struct aw_peer_get_profile_params {
    size_t size;
    const char *peer_id; /* required; a trust with it must exist */
    json_t *attributes;  /* borrowed; array of names of properties, beside displayname, email and description; or NULL */
    int max_age_s;       /* what was fetched less long ago will do; 0: an hour; -1: the peer is asked in any case */
    int timeout_ms;      /* 0: 30 000 */
    aw_group *group;
} aw_peer_get_profile_params;

/* row is borrowed until the return; NULL on failure. */
typedef void aw_peer_row_cb(const aw_error *err, json_t *row, void *ud);

/*
 * What a peer says of itself: {"actor_id","peer_id","displayname","email","description","extra_attributes":{name:
 * value}, "fetched_at","fetch_error"}, with null for what it does not show. It is fetched from the peer's properties
 * and kept with the trust (bucket _peer_profiles); a peer that fails leaves what is kept as it is. *ret_row is the
 * caller's. Errors: AW_E_INVALID, AW_E_NOT_FOUND (no trust with peer_id), AW_E_UNSUPPORTED (no actor is behind the
 * trust), AW_E_DENIED (a view), AW_E_CONNECT, AW_E_ADDRESS, AW_E_HTTP, AW_E_PROTOCOL, AW_E_TOO_LARGE, AW_E_TIMEOUT,
 * AW_E_CANCELED, AW_E_STORE, AW_E_REENTRANT, AW_E_CLOSED, AW_E_NOMEM. (fetch_peer_profile; WIRE 12)
 */
AW_API int aw_peer_get_profile(aw_actor *actor, const aw_peer_get_profile_params *params, json_t **ret_row,
                               aw_error *err);
AW_API int aw_peer_get_profile_async(aw_actor *actor, const aw_peer_get_profile_params *params, aw_peer_row_cb *cb,
                                     void *ud, aw_op *ret_op);

typedef struct aw_peer_get_permissions_params {
    size_t size;
    const char *peer_id; /* required; a trust with it must exist */
    int max_age_s;       /* as above */
    int timeout_ms;      /* 0: 30 000 */
    aw_group *group;
} aw_peer_get_permissions_params;

/*
 * What a peer grants to this actor:
 * {"actor_id","peer_id","properties","methods","actions","tools","resources","prompts",
 * "fetched_at","fetch_error","extra_attributes"}, each category an object of rules, or null: the peer said nothing of
 * it. Kept with the trust (bucket _peer_permissions), where also the peer's own callbacks put what has changed: what
 * the peer said last counts. *ret_row is the caller's. Errors: as aw_peer_get_profile(). (fetch_peer_permissions; WIRE
 * 12)
 */
AW_API int aw_peer_get_permissions(aw_actor *actor, const aw_peer_get_permissions_params *params, json_t **ret_row,
                                   aw_error *err);
AW_API int aw_peer_get_permissions_async(aw_actor *actor, const aw_peer_get_permissions_params *params,
                                         aw_peer_row_cb *cb, void *ud, aw_op *ret_op);

/* The profile that is kept, however old, without asking the peer; of permissions aw_permission_get_granted() is that.
 * It waits for the store. Errors: AW_E_NOT_FOUND (nothing is),
 * AW_E_INVALID, AW_E_DENIED (a view), AW_E_STORE, AW_E_REENTRANT, AW_E_NOMEM. */
AW_API int aw_peer_kept_profile(aw_actor *actor, const char *peer_id, json_t **ret_row, aw_error *err);

AW_END_DECLS

#endif
