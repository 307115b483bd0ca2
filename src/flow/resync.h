/*
 * The conversation "resync": after a gap, fetch the sequence and the baseline and go on from there. No result.
 * And the timer that starts it when a missing callback has been waited for too long.
 */
#ifndef AW_FLOW_RESYNC_H
#define AW_FLOW_RESYNC_H

#include "flow/flow.h"

/* min_ms: a baseline that another server, or a callback, has fetched for less is left to it, and nothing is done
 * (aw__callback_hold()). */
int aw__resync_new(aw__site *site, const char *actor_id, const char *peer_id, const char *subscription_id, int64_t min_ms,
                   aw__flow **ret_flow, aw_error *err);

/* A callback was queued because an earlier one is missing: look again after config.gap_timeout_ms, and resync if it is
 * still missing. Any thread; never fails (when out of memory, the next callback looks again). */
void aw__resync_watch(aw__site *site, const char *actor_id, const char *peer_id, const char *subscription_id);

/* The same without waiting: resync now, unless one started here is under way or has just ended: then after a rest, if
 * it is still needed. Tried again, later and later, while the peer does not answer. */
void aw__resync_start(aw__site *site, const char *actor_id, const char *peer_id, const char *subscription_id);

#endif
