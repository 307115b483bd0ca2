/*
 * Suspension: while something is changed in bulk its subscribers are told nothing, and afterwards once, to fetch it
 * anew (WIRE 7 "Suspend/resume").
 */
#ifndef AW_ACTOR_SUSPENSION_H
#define AW_ACTOR_SUSPENSION_H

#include "actor/site.h"

/* subtarget NULL or "": all of the target. *ret_new (may be NULL) is false when that very place was suspended already.
 * AW_E_INVALID, AW_E_NOT_FOUND (no such actor). */
int aw__suspension_begin(aw__site *site, const char *actor_id, const char *target, const char *subtarget, bool *ret_new,
                         aw_error *err);

/*
 * Ends it, and tells each subscription that overlaps the place to fetch it: its sequence is raised, and for that
 * sequence there is no diff but a row of the outbox, whatever the delivery is, so that it is sent also by the process
 * that comes after this one; who polls sees that the number is missing. A peer that is known not to understand a resync
 * gets a diff of all that it may read there, which is announced as if its granularity were "low". *ret_count (may be
 * NULL): how many subscriptions are told. A place that is not suspended: AW_OK and none.
 */
int aw__suspension_end(aw__site *site, const char *actor_id, const char *target, const char *subtarget,
                       size_t *ret_count, aw_error *err);

/* Whether what changes there is told to nobody now. */
int aw__suspension_holds(aw__site *site, const char *actor_id, const char *target, const char *subtarget,
                         bool *ret_holds, aw_error *err);

#endif
