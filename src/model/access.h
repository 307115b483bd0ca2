/*
 * Access: who may use which of an actor's endpoints, where no permission of a trust type speaks of it (WIRE 2.3).
 *
 * A path is that of the endpoint, not of the request: "trust" with the subpath "<type>/<id>" is one trust, whichever.
 * What an unapproved peer may still do with its own trust (WIRE 6) is the endpoints' business.
 *
 * Not the reference's list: callbacks need the peer that they are about, one peer never reaches another's subscriptions
 * or permissions, and a relationship that happens to be called "creator" makes no creator.
 */
#ifndef AW_MODEL_ACCESS_H
#define AW_MODEL_ACCESS_H

#include <actingweb/common.h>

/* Who asks, as proved by its credentials. All zero is anyone. */
typedef struct aw__access_caller {
    const char *role; /* "creator" or "trustee"; of a peer, its relationship; NULL or "": anyone */
    bool is_peer;
    bool approved; /* of a peer: by this actor */
    bool is_owner; /* of a peer: what it asks for is about itself */
} aw__access_caller;

/* method: GET, POST, PUT or DELETE. subpath may be NULL. */
bool aw__access_allows(const aw__access_caller *caller, const char *path, const char *subpath, const char *method);

#endif
