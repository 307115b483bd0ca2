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

/* {"_list":false} of a single value, {"_list":true,"count","description","explanation"} of a list; name NULL: an object
 * of these by name. The caller's. AW_E_NOT_FOUND for a name. */
int aw__remote_info(aw__site *site, const char *actor_id, const char *peer_id, const char *name, json_t **ret_info,
                    aw_error *err);

/* One item of a list, negative indexes from its end. The caller's. AW_E_NOT_FOUND; AW_E_CONFLICT: it is no list. */
int aw__remote_get_item(aw__site *site, const char *actor_id, const char *peer_id, const char *name, int64_t index,
                        json_t **ret_item, aw_error *err);

/* A value or a list, or all that is kept of the peer (name NULL). Absent is fine. */
int aw__remote_forget(aw__site *site, const char *actor_id, const char *peer_id, const char *name, aw_error *err);

/* Inside a write: a diff's data, as a subscription with that subtarget and resource sees it (either ""). An object of
 * changes at target level; "" as a value is a deletion. whole: the values are known to be whole (aw__callback);
 * otherwise one may be the part of an object that changed. *ret_exact becomes false when what is kept then may not be
 * what the peer has: a part of something, or a change of a list that does not fit what is kept of it. It is not set
 * otherwise. */
int aw__remote_apply(aw_database *database, const char *actor_id, const char *peer_id, const char *subtarget,
                     const char *resource, json_t *data, bool whole, bool *ret_exact, aw_error *err);

/* Inside a write: what the target holds now. Names that the baseline no longer has are removed (of that subtarget). */
int aw__remote_replace(aw_database *database, const char *actor_id, const char *peer_id, const char *subtarget,
                       const char *resource, json_t *baseline, aw_error *err);

/* Inside a write, after more_data (NULL: anything) was kept: AW_E_TOO_LARGE when all that is kept of the peer is more
 * than config.max_kept_bytes. It is only counted when what came since it was last counted may have filled it. */
int aw__remote_check_room(aw__site *site, aw_database *database, const char *actor_id, const char *peer_id,
                          const json_t *more_data, aw_error *err);

int aw__remote_wipe(aw_database *database, const char *actor_id, const char *peer_id, aw_error *err);

#endif
