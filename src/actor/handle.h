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
};

/* A handle with one reference: the caller's. AW_E_NOMEM. */
int aw__handle_new(aw__site *site, const aw__actor_row *row, aw_actor **ret_actor, aw_error *err);

#endif
