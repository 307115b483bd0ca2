/*
 * Who asks, and what it may: one evaluator for requests, for what subscribers are told, and for the API's views.
 */
#ifndef AW_ACTOR_CALLER_H
#define AW_ACTOR_CALLER_H

#include <jansson.h>

#include "actor/permission.h"
#include <actingweb/route.h>

typedef struct aw__caller {
    aw_role role;
    const char *acl_role; /* "creator", "trustee", the built-in relationship that the access list takes a peer for ("peer"
                             for one that claims to be one of these); "" for anonymous */
    const aw_trust *trust;             /* of a peer */
    const aw__permissions *permissions; /* of a peer; NULL: it has no rules */
    bool approved;                     /* of a peer: by this actor */
    bool presented;                    /* credentials were sent */
    bool malformed;                    /* and could not even be read */
} aw__caller;

/* A caller that has proved nothing. */
aw__caller aw__caller_anonymous(void);

/* Makes the caller the peer of that trust, which has these permissions (both borrowed). */
void aw__caller_be_peer(aw__caller *caller, const aw__site *site, const aw_trust *trust,
                        const aw__permissions *permissions);

/* Inside a transaction: the same, with the permissions that are found there. */
int aw__caller_become_peer(aw__caller *caller, const aw__site *site, aw_database *database, aw__arena *arena,
                           const aw_trust *trust, aw_error *err);

/* Makes the caller the peer of this actor that knows the secret, compared in constant time; what it needs is in the
 * arena. AW_E_NOT_FOUND: it is nobody's. */
int aw__caller_find_peer(aw__caller *caller, const aw__site *site, aw__arena *arena, const char *actor_id,
                         const char *secret, aw_error *err);

/* What the rules of a peer's relationship say; everybody else is AW__PERMISSION_NOT_FOUND. */
aw__permission aw__caller_check(const aw__caller *caller, aw__permission_category category, const char *target,
                                aw__operation operation);

/* The same, and where they say nothing, as for everybody else, the access list, in which tools and prompts are not. */
bool aw__caller_may(const aw__caller *caller, aw__permission_category category, const char *target,
                    aw__operation operation);

/* For the property at that path (its names, decoded; none: all properties), and for a list by its name: what the rules
 * of a peer's relationship say, and where they say nothing, as for everybody else, the access list. One of the
 * operations read, write and delete. AW_E_NOMEM. */
int aw__caller_may_property(const aw__caller *caller, aw__arena *arena, const char *const *path, size_t depth,
                            aw__operation operation, bool *ret_may, aw_error *err);

/* Whether the caller may be told of changes there: something at or below it is what it may read, or subscribe to. What
 * is neither properties, resources, methods nor actions is the application's own, and open to every approved peer. Each
 * may be NULL or "" but target. */
bool aw__caller_may_subscribe(const aw__caller *caller, const char *target, const char *subtarget,
                              const char *resource);

/* Takes out of the object of all properties what a peer may not read. What no rule speaks of, it may not. */
void aw__caller_leave_out(const aw__caller *caller, json_t *properties);

/* By the access list, for a method of HTTP; peers must be approved. subpath may be "". */
bool aw__caller_has_access(const aw__caller *caller, const char *path, const char *subpath, const char *method);

/* The peer of that id, whose trust is approved unless the last is set. */
bool aw__caller_is_peer(const aw__caller *caller, const char *peer_id, bool even_unapproved);

#endif
