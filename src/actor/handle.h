/*
 * The application's handle of an actor: a counted copy of what identifies it. What can be done with it is src/api/'s.
 */
#ifndef AW_ACTOR_HANDLE_H
#define AW_ACTOR_HANDLE_H

#include "actor/site.h"
#include "store/actors.h"
#include <actingweb/actor.h>

/* Immutable but for the count, so that any thread may read it. */
struct aw_actor {
    aw__site *site;
    char *id;
    char *url;
    char *creator;
    char *passphrase; /* wiped with the handle */
    /* Of a view (src/actor/view.h): whose, and of which client; it has neither creator nor passphrase. Otherwise
     * NULL. */
    char *peer_id;
    char *client_id;
};

/* A handle with one reference: the caller's. AW_E_NOMEM. */
int aw__handle_new(aw__site *site, const aw__actor_row *row, aw_actor **ret_actor, aw_error *err);
/* The same as a view; client_id may be NULL. */
int aw__handle_new_view(const aw_actor *actor, const char *peer_id, const char *client_id, aw_actor **ret_view,
                        aw_error *err);

#endif
