/*
 * Views: handles of an actor with the rights of one peer or client, which are those that it has over HTTP: they are
 * read anew with each use, and decided by src/actor/caller.h.
 */
#ifndef AW_ACTOR_VIEW_H
#define AW_ACTOR_VIEW_H

#include "actor/caller.h"
#include "actor/handle.h"

/* One of peer_id and client_id is given, the other NULL. AW_E_NOT_FOUND: there is no such trust; AW_E_CONFLICT: more
 * than one is the client's; AW_E_DENIED: the handle is a view itself. */
int aw__view_new(const aw_actor *actor, const char *peer_id, const char *client_id, aw_actor **ret_view, aw_error *err);

/* Who uses the handle, as its trust is now: the actor's owner where it is no view. What the caller holds is in the
 * arena. AW_E_DENIED: the trust is gone. */
int aw__view_caller(const aw_actor *actor, aw__arena *arena, aw__caller *ret_caller, aw_error *err);

/* AW_E_DENIED, and why. */
int aw__view_refuse(const aw__caller *caller, aw_error *err);

#endif
