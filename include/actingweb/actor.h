/*
 * Actors: one small REST service per user, device or agent. A handle is for the actor's owner, unless it is a view.
 */
#ifndef ACTINGWEB_ACTOR_H
#define ACTINGWEB_ACTOR_H

#include <actingweb/op.h>

AW_BEGIN_DECLS

typedef struct aw_actor_create_params {
    size_t size;
    const char *creator;    /* NULL: "creator". Trimmed; lower-cased when it holds "@" */
    const char *passphrase; /* NULL or empty: 160 random bits in hex */
} aw_actor_create_params;

/* Makes an actor. Waits for the store, not for a peer. The caller owns the handle: aw_actor_unref().
 * Errors: AW_E_INVALID, AW_E_EXISTS (unique_creator), AW_E_STORE, AW_E_REENTRANT, AW_E_UNSUPPORTED (no randomness),
 * AW_E_NOMEM. Any thread but the loop's own. (WIRE: factory) */
AW_API int aw_actor_create(aw_app *app, const aw_actor_create_params *params, aw_actor **ret_actor, aw_error *err);

/* Finds an actor by its id. Waits for the store. The caller owns the handle. Errors: AW_E_NOT_FOUND, AW_E_INVALID,
 * AW_E_STORE, AW_E_REENTRANT, AW_E_NOMEM. Any thread but the loop's own. */
AW_API int aw_actor_get(aw_app *app, const char *actor_id, aw_actor **ret_actor, aw_error *err);

/* A handle is counted; both take any thread, unref takes NULL. A handle must not outlive its app. */
AW_API aw_actor *aw_actor_ref(aw_actor *actor);
AW_API void aw_actor_unref(aw_actor *actor);

/*
 * Views: handles of the same actor with the rights of one of its peers, or of a client that has a trust with it. An
 * application uses one when it acts for somebody else than the actor's owner: each function does with it what that peer
 * could do over HTTP, by the same rules, and nothing else: AW_E_DENIED. Of all properties it gets those that the peer
 * may read; of the trusts its own, and with an administrator's rights the others' without their secrets; of the
 * subscriptions those of its own peer_id. What no peer can do over HTTP (attributes, remote data, talking to other
 * peers, deleting the actor) is denied.
 * The trust is looked up with each use: when it is no longer approved, changes its rules or is deleted, so do the
 * rights. A view guards against mistakes, not against code that wants more: aw_actor_app() leads to everything.
 * Both wait for the store; the caller owns the view: aw_actor_unref(). Errors: AW_E_NOT_FOUND (no such trust),
 * AW_E_INVALID, AW_E_DENIED (actor is a view), AW_E_STORE, AW_E_REENTRANT, AW_E_NOMEM; AW_E_CONFLICT (more than one
 * trust is the client's). (ActorInterface.as_peer, as_client)
 */
AW_API int aw_actor_as_peer(aw_actor *actor, const char *peer_id, aw_actor **ret_view, aw_error *err);
/* client_id: the OAuth2 client's, as its trust has it. */
AW_API int aw_actor_as_client(aw_actor *actor, const char *client_id, aw_actor **ret_view, aw_error *err);

/* Whose view it is: a peer id, borrowed; NULL: the owner's handle. */
AW_API const char *aw_actor_viewer(const aw_actor *actor);

/* Borrowed; they live as long as the handle. The passphrase is a secret. A view has "" as creator and passphrase. */
AW_API const char *aw_actor_id(const aw_actor *actor);
AW_API const char *aw_actor_url(const aw_actor *actor); /* {root}{id}, no slash at the end */
AW_API const char *aw_actor_creator(const aw_actor *actor);
AW_API const char *aw_actor_passphrase(const aw_actor *actor);
AW_API aw_app *aw_actor_app(const aw_actor *actor);

typedef struct aw_actor_delete_params {
    size_t size;
    int timeout_ms; /* over all peers; 0: 30 000 */
    aw_group *group;
} aw_actor_delete_params;

/*
 * Tells every peer that trusts this actor (they are asked at the same time), and ends those that it has made
 * (aw_peer_create_trustee()), then deletes the actor with all it has. A peer that cannot be told does not keep the
 * actor alive. params may be NULL.
 * Errors: AW_E_INVALID, AW_E_NOT_FOUND, AW_E_STORE, AW_E_TIMEOUT (the store did not answer; the actor is whole),
 * AW_E_CANCELED, AW_E_REENTRANT, AW_E_CLOSED, AW_E_NOMEM. The callback runs in the thread that processes the runtime.
 */
AW_API int aw_actor_delete(aw_actor *actor, const aw_actor_delete_params *params, aw_error *err);
AW_API int aw_actor_delete_async(aw_actor *actor, const aw_actor_delete_params *params, aw_done_cb *cb, void *ud,
                                 aw_op *ret_op);

AW_END_DECLS

#endif
