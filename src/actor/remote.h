/*
 * Remote data: what is kept of a peer's data, in bucket "remote:{peer}" (WIRE 8, 12, 14).
 */
#ifndef AW_ACTOR_REMOTE_H
#define AW_ACTOR_REMOTE_H

#include <jansson.h>

#include "actor/site.h"

/* name NULL: all of it as one object. The value is the caller's. AW_E_NOT_FOUND for a name. */
int aw__remote_get(aw__site *site, const char *actor_id, const char *peer_id, const char *name, json_t **ret_value,
                   aw_error *err);

/* Inside a write: a diff's data, as a subscription with that subtarget and resource sees it (either ""). An object of
 * changes at target level; "" as a value is a deletion. */
int aw__remote_apply(aw_database *database, const char *actor_id, const char *peer_id, const char *subtarget,
                     const char *resource, json_t *data, aw_error *err);

/* Inside a write: what the target holds now. Names that the baseline no longer has are removed (of that subtarget). */
int aw__remote_replace(aw_database *database, const char *actor_id, const char *peer_id, const char *subtarget,
                       const char *resource, json_t *baseline, aw_error *err);

int aw__remote_wipe(aw_database *database, const char *actor_id, const char *peer_id, aw_error *err);

#endif
