/*
 * What peers grant to this actor, as they said last: bucket _peer_permissions, in the rows of the reference (WIRE 14).
 * What this actor grants is not here.
 */
#ifndef AW_ACTOR_PEER_PERMISSION_H
#define AW_ACTOR_PEER_PERMISSION_H

#include <jansson.h>

#include "actor/site.h"

#define AW__PEER_PERMISSIONS_BUCKET "_peer_permissions"

/* Keeps what the peer grants in place of what is kept of it: data is an object of the categories "properties",
 * "methods", "actions", "tools", "resources" and "prompts", each an object of rules, absent or null; an array of
 * "properties" stands for what may be read. said_at_us is when the peer said so, in microseconds since 1970: what was
 * said before that which is kept changes nothing, and *ret_kept (may be NULL) is then false. AW_E_INVALID names what is
 * wrong with the data; AW_E_NOT_FOUND: there is no trust with this peer, or no longer. */
int aw__peer_permission_keep(aw__site *site, const char *actor_id, const char *peer_id, const json_t *data,
                             int64_t said_at_us, bool *ret_kept, aw_error *err);

/* The row: {"actor_id","peer_id", the six categories (null: not said),"fetched_at","fetch_error","extra_attributes"}.
 * The caller's. AW_E_NOT_FOUND: the peer has not said anything. */
int aw__peer_permission_get(aw__site *site, const char *actor_id, const char *peer_id, json_t **ret_row, aw_error *err);

/* Inside a write: nothing is kept of the peer any more. */
int aw__peer_permission_forget(aw_database *database, const char *actor_id, const char *peer_id, aw_error *err);

#endif
