/*
 * Trust: a relationship between this actor and a peer, kept by both sides and proved by a shared secret.
 */
#ifndef ACTINGWEB_TRUST_H
#define ACTINGWEB_TRUST_H

#include <actingweb/op.h>

AW_BEGIN_DECLS

/* An aw_trust is a copy of what the store held. Accessors return borrowed text, never NULL ("" when unset). */
AW_API void aw_trust_free(aw_trust *trust); /* takes NULL */
AW_API aw_trust *aw_trust_dup(const aw_trust *trust); /* NULL when out of memory */
AW_API const char *aw_trust_actor_id(const aw_trust *trust);
AW_API const char *aw_trust_peer_id(const aw_trust *trust);
AW_API const char *aw_trust_baseuri(const aw_trust *trust);
AW_API const char *aw_trust_type(const aw_trust *trust);
AW_API const char *aw_trust_relationship(const aw_trust *trust);
AW_API const char *aw_trust_secret(const aw_trust *trust); /* a secret: never log it */
AW_API const char *aw_trust_desc(const aw_trust *trust);
AW_API const char *aw_trust_verification_token(const aw_trust *trust);
AW_API bool aw_trust_approved(const aw_trust *trust);      /* by this actor */
AW_API bool aw_trust_peer_approved(const aw_trust *trust); /* by the peer */
AW_API bool aw_trust_verified(const aw_trust *trust);

/* The trust with peer_id. The caller owns it. Waits for the store. Errors: AW_E_NOT_FOUND, AW_E_INVALID, AW_E_STORE,
 * AW_E_REENTRANT, AW_E_NOMEM. */
AW_API int aw_trust_get(aw_actor *actor, const char *peer_id, aw_trust **ret_trust, aw_error *err);

typedef struct aw_trust_list_params {
    size_t size;
    const char *relationship; /* each NULL: any */
    const char *type;
} aw_trust_list_params;

/* All trusts, ordered by peer id. The caller owns the array: aw_trust_list_free(). params may be NULL. Waits for the
 * store. Errors: AW_E_INVALID, AW_E_STORE, AW_E_REENTRANT, AW_E_NOMEM. */
AW_API int aw_trust_list(aw_actor *actor, const aw_trust_list_params *params, aw_trust ***ret_trusts, size_t *ret_count,
                         aw_error *err);
AW_API void aw_trust_list_free(aw_trust **trusts, size_t count);

/* trust is borrowed until the return; NULL on failure. */
typedef void aw_trust_cb(const aw_error *err, const aw_trust *trust, void *ud);

typedef struct aw_trust_create_reciprocal_params {
    size_t size;
    const char *peer_url;     /* the peer actor's URL; required */
    const char *relationship; /* what the peer shall be asked for; NULL: the app's default_relationship */
    const char *secret;       /* NULL: 160 random bits in hex */
    const char *desc;         /* for people; NULL: none */
    const char *type;         /* the peer's type must be this; NULL: any */
    int timeout_ms;           /* 0: 30 000 */
    aw_group *group;
} aw_trust_create_reciprocal_params;

/*
 * Asks a peer for a relationship: reads its meta, stores our side (approved), asks, and stores its answer. When any of
 * it fails the store is as before and the peer is asked to forget its half.
 * Errors: AW_E_INVALID, AW_E_EXISTS (there is a trust with this peer), AW_E_DENIED (the secret is another trust's),
 * AW_E_NOT_FOUND (the actor was deleted), AW_E_UNSUPPORTED (no randomness), AW_E_CONNECT, AW_E_ADDRESS, AW_E_HTTP,
 * AW_E_PROTOCOL, AW_E_TOO_LARGE, AW_E_TIMEOUT, AW_E_CANCELED, AW_E_STORE, AW_E_REENTRANT, AW_E_CLOSED, AW_E_NOMEM.
 * (Actor.create_reciprocal_trust_async; WIRE 12 "create trust")
 */
AW_API int aw_trust_create_reciprocal(aw_actor *actor, const aw_trust_create_reciprocal_params *params,
                                      aw_trust **ret_trust, aw_error *err);
AW_API int aw_trust_create_reciprocal_async(aw_actor *actor, const aw_trust_create_reciprocal_params *params,
                                            aw_trust_cb *cb, void *ud, aw_op *ret_op);

typedef struct aw_trust_create_verified_params {
    size_t size;
    const char *peer_id;      /* NULL: read from the peer's meta; otherwise its meta must agree */
    const char *baseuri;      /* the peer actor's URL; required */
    const char *relationship; /* NULL: the app's default_relationship */
    const char *secret;       /* shared with the peer; required */
    const char *verify_token; /* the peer must present it as verification_token; required */
    const char *desc;
    const char *type;         /* NULL: read from the peer's meta */
    bool approved;            /* by this actor, from the start */
    int timeout_ms;           /* 0: 30 000 */
    aw_group *group;
} aw_trust_create_verified_params;

/*
 * Stores a trust that the peer asked for, after verifying it at the peer: GET {baseuri}/trust/{relationship}/{us} with
 * the secret as Bearer must show verify_token as verification_token. A peer that cannot be reached, or shows another
 * token, leaves an unverified trust (aw_trust_verified() tells), as the protocol has it.
 * A trust that there is already is never replaced: AW_E_EXISTS. But a peer that asks again (it may have missed the
 * answer) with the same secret, baseuri and relationship finds it as it is, verified if it was, or is now.
 * Errors: as aw_trust_create_reciprocal(), but not for an unverifiable peer; AW_E_BUSY (it is not approved, and a
 * thousand of this actor are not either). (Actor.create_verified_trust_async;
 * WIRE 6 "Verification")
 */
AW_API int aw_trust_create_verified(aw_actor *actor, const aw_trust_create_verified_params *params,
                                    aw_trust **ret_trust, aw_error *err);
AW_API int aw_trust_create_verified_async(aw_actor *actor, const aw_trust_create_verified_params *params,
                                          aw_trust_cb *cb, void *ud, aw_op *ret_op);

typedef enum aw_change { AW_KEEP = 0, AW_SET = 1, AW_CLEAR = 2 } aw_change; /* of a flag */

typedef struct aw_trust_modify_and_notify_params {
    size_t size;
    const char *peer_id;  /* required */
    const char *baseuri;  /* each NULL: kept */
    const char *desc;
    aw_change approved;
    int timeout_ms; /* 0: 30 000 */
    aw_group *group;
} aw_trust_modify_and_notify_params;

/*
 * Changes our side of a trust. Turning approved on tells the peer: POST {"approved":true} at its side of the trust. A
 * peer that cannot be told fails the operation with the peer's error while the change stays, also when the operation is
 * cancelled meanwhile; call again to tell again.
 * Errors: AW_E_NOT_FOUND and those of aw_trust_create_reciprocal(). (Actor.modify_trust_and_notify_async)
 */
AW_API int aw_trust_modify_and_notify(aw_actor *actor, const aw_trust_modify_and_notify_params *params,
                                      aw_trust **ret_trust, aw_error *err);
AW_API int aw_trust_modify_and_notify_async(aw_actor *actor, const aw_trust_modify_and_notify_params *params,
                                            aw_trust_cb *cb, void *ud, aw_op *ret_op);

typedef struct aw_trust_delete_reciprocal_params {
    size_t size;
    const char *peer_id; /* required */
    bool local_only;     /* do not tell the peer */
    int timeout_ms;      /* 0: 30 000 */
    aw_group *group;
} aw_trust_delete_reciprocal_params;

/*
 * Ends a trust on both sides: the peer first (2xx or 404 will do), then here, with its subscriptions and the data kept
 * of it. When the peer refuses or cannot be reached ours is kept and the error says why.
 * Errors: AW_E_NOT_FOUND and those of aw_trust_create_reciprocal(). (Actor.delete_reciprocal_trust_async)
 */
AW_API int aw_trust_delete_reciprocal(aw_actor *actor, const aw_trust_delete_reciprocal_params *params, aw_error *err);
AW_API int aw_trust_delete_reciprocal_async(aw_actor *actor, const aw_trust_delete_reciprocal_params *params,
                                            aw_done_cb *cb, void *ud, aw_op *ret_op);

AW_END_DECLS

#endif
