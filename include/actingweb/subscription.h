/*
 * Subscriptions: a subscriber is told of changes at a publisher by callbacks, or asks for the diffs.
 */
#ifndef ACTINGWEB_SUBSCRIPTION_H
#define ACTINGWEB_SUBSCRIPTION_H

#include <actingweb/op.h>
#include <jansson.h>

AW_BEGIN_DECLS

/* A copy of what the store held. Accessors return borrowed text, never NULL. */
AW_API void aw_subscription_free(aw_subscription *subscription); /* takes NULL */
AW_API aw_subscription *aw_subscription_dup(const aw_subscription *subscription); /* NULL when out of memory */
AW_API const char *aw_subscription_id(const aw_subscription *subscription);
AW_API const char *aw_subscription_peer_id(const aw_subscription *subscription);
AW_API const char *aw_subscription_target(const aw_subscription *subscription);
AW_API const char *aw_subscription_subtarget(const aw_subscription *subscription);
AW_API const char *aw_subscription_resource(const aw_subscription *subscription);
AW_API const char *aw_subscription_granularity(const aw_subscription *subscription);
AW_API int64_t aw_subscription_sequence(const aw_subscription *subscription);
AW_API bool aw_subscription_outbound(const aw_subscription *subscription); /* this actor subscribes at the peer */
AW_API const char *aw_subscription_url(const aw_subscription *subscription); /* at the peer; "" unless just made */

typedef struct aw_subscription_list_params {
    size_t size;
    const char *peer_id; /* each NULL: any */
    const char *target;
    const char *subtarget;
    const char *resource;
} aw_subscription_list_params;

/* Waits for the store. params may be NULL. The caller owns the array: aw_subscription_list_free().
 * Errors: AW_E_INVALID, AW_E_STORE, AW_E_REENTRANT, AW_E_NOMEM. */
AW_API int aw_subscription_list(aw_actor *actor, const aw_subscription_list_params *params,
                                aw_subscription ***ret_subscriptions, size_t *ret_count, aw_error *err);
AW_API void aw_subscription_list_free(aw_subscription **subscriptions, size_t count);

/* subscription is borrowed until the return; NULL on failure. */
typedef void aw_subscription_cb(const aw_error *err, const aw_subscription *subscription, void *ud);

typedef struct aw_subscription_create_remote_params {
    size_t size;
    const char *peer_id;     /* required; a trust with it must exist */
    const char *target;      /* required; "properties" for instance */
    const char *subtarget;   /* NULL: all of the target */
    const char *resource;    /* NULL: all of the subtarget */
    const char *granularity; /* "high" (the data), "low" (a link) or "none"; NULL: "high" */
    int timeout_ms;          /* 0: 30 000 */
    aw_group *group;
} aw_subscription_create_remote_params;

/*
 * Subscribes at a peer and stores our side. Fetches nothing. When storing fails the peer is asked to forget it.
 * Errors: AW_E_INVALID, AW_E_NOT_FOUND (no trust), AW_E_UNSUPPORTED (the peer is no actor), AW_E_EXISTS (the peer gave
 * the id of a subscription that is there), AW_E_HTTP, AW_E_PROTOCOL, AW_E_CONNECT, AW_E_ADDRESS, AW_E_TOO_LARGE,
 * AW_E_TIMEOUT, AW_E_CANCELED, AW_E_STORE, AW_E_REENTRANT, AW_E_CLOSED, AW_E_NOMEM.
 * (Actor.create_remote_subscription_async; WIRE 12 "subscribe")
 */
AW_API int aw_subscription_create_remote(aw_actor *actor, const aw_subscription_create_remote_params *params,
                                         aw_subscription **ret_subscription, aw_error *err);
AW_API int aw_subscription_create_remote_async(aw_actor *actor, const aw_subscription_create_remote_params *params,
                                               aw_subscription_cb *cb, void *ud, aw_op *ret_op);

typedef struct aw_subscription_delete_remote_params {
    size_t size;
    const char *peer_id;         /* required */
    const char *subscription_id; /* required */
    int timeout_ms;              /* 0: 30 000 */
    aw_group *group;
} aw_subscription_delete_remote_params;

/*
 * Ends a subscription at the peer (2xx or 404 will do) and then here. The peer is asked at the specification's address
 * first and at the reference's when that is unknown there (WIRE 12 "unsubscribe"). The data kept of the peer stays.
 * Errors: as create_remote. (Actor.delete_remote_subscription_async)
 */
AW_API int aw_subscription_delete_remote(aw_actor *actor, const aw_subscription_delete_remote_params *params,
                                         aw_error *err);
AW_API int aw_subscription_delete_remote_async(aw_actor *actor, const aw_subscription_delete_remote_params *params,
                                               aw_done_cb *cb, void *ud, aw_op *ret_op);

typedef struct aw_subscription_callback_params {
    size_t size;
    const char *peer_id;         /* the subscriber; required */
    const char *subscription_id; /* required */
    int64_t sequence;            /* the stored diff to send; 0 with data: a new diff is stored and sent */
    json_t *data;                /* borrowed; only with sequence 0 */
    int timeout_ms;              /* 0: 10 000 */
    aw_group *group;
} aw_subscription_callback_params;

/*
 * Sends one callback to a subscriber. A 2xx leaves the diff in place until the subscriber clears it, as the reference.
 * Errors: as create_remote; AW_E_NOT_FOUND also for the subscription or the diff; AW_E_DENIED (the subscriber is not
 * approved, or may read none of it).
 * (Actor.callback_subscription_async; WIRE 7 "Callback sent")
 */
AW_API int aw_subscription_callback(aw_actor *actor, const aw_subscription_callback_params *params, aw_error *err);
AW_API int aw_subscription_callback_async(aw_actor *actor, const aw_subscription_callback_params *params,
                                          aw_done_cb *cb, void *ud, aw_op *ret_op);

typedef struct aw_subscription_subscribe_to_peer_params {
    size_t size;
    const char *peer_id;     /* required; a trust with it must exist */
    const char *target;      /* NULL: "properties" */
    const char *subtarget;
    const char *resource;
    const char *granularity; /* NULL: "high" */
    int timeout_ms;          /* over subscription and baseline; 0: 60 000 */
    aw_group *group;
} aw_subscription_subscribe_to_peer_params;

/*
 * aw_subscription_create_remote() and then the baseline: what the target holds now is fetched and kept
 * (aw_remote_get()). When the baseline fails the subscription is ended on both sides.
 * Errors: as create_remote. (SubscriptionManager.subscribe_to_peer_async; WIRE 12 "baseline")
 */
AW_API int aw_subscription_subscribe_to_peer(aw_actor *actor, const aw_subscription_subscribe_to_peer_params *params,
                                             aw_subscription **ret_subscription, aw_error *err);
AW_API int aw_subscription_subscribe_to_peer_async(aw_actor *actor,
                                                   const aw_subscription_subscribe_to_peer_params *params,
                                                   aw_subscription_cb *cb, void *ud, aw_op *ret_op);

typedef struct aw_subscription_unsubscribe_params {
    size_t size;
    const char *peer_id;         /* required */
    const char *subscription_id; /* required */
    int timeout_ms;              /* 0: 30 000 */
    aw_group *group;
} aw_subscription_unsubscribe_params;

/*
 * aw_subscription_delete_remote(), and with the last subscription at a peer the data kept of it is deleted as well.
 * Errors: as create_remote. (SubscriptionManager.unsubscribe)
 */
AW_API int aw_subscription_unsubscribe(aw_actor *actor, const aw_subscription_unsubscribe_params *params,
                                       aw_error *err);
AW_API int aw_subscription_unsubscribe_async(aw_actor *actor, const aw_subscription_unsubscribe_params *params,
                                             aw_done_cb *cb, void *ud, aw_op *ret_op);

/*
 * While something is changed in bulk, its subscribers need not be told of each step: what changes at a suspended place
 * is told to nobody. Places are a target ("properties") and a name in it, subtarget; NULL is all of the target. These
 * calls wait for the store, and never for a peer; only the owner may make them.
 */

/* *ret_new (may be NULL) is false when that place was suspended already. It lasts until it is resumed, also across a
 * restart. Errors: AW_E_INVALID, AW_E_DENIED (a view), AW_E_NOT_FOUND (no such actor), AW_E_STORE, AW_E_REENTRANT,
 * AW_E_NOMEM. (SubscriptionManager.suspend) */
AW_API int aw_subscription_suspend(aw_actor *actor, const char *target, const char *subtarget, bool *ret_new,
                                   aw_error *err);

/*
 * Ends it, and tells every subscription that overlaps the place to fetch it anew: a callback of type "resync", which is
 * sent like all others, and by the next process if this one ends before. A subscriber that is known not to understand
 * that gets diffs of all that there is instead; what was deleted meanwhile it does not learn. Who polls sees that a
 * sequence is missing. *ret_told (may be NULL) is the number of subscriptions; 0 also when the place was not suspended,
 * or all of its target still is.
 * Errors: AW_E_INVALID, AW_E_DENIED (a view), AW_E_STORE, AW_E_REENTRANT, AW_E_NOMEM. (SubscriptionManager.resume)
 */
AW_API int aw_subscription_resume(aw_actor *actor, const char *target, const char *subtarget, size_t *ret_told,
                                  aw_error *err);

/* Whether the place is suspended, by itself or with all of its target. Errors: as above.
 * (SubscriptionManager.is_suspended) */
AW_API int aw_subscription_is_suspended(aw_actor *actor, const char *target, const char *subtarget, bool *ret_suspended,
                                        aw_error *err);

AW_END_DECLS

#endif
