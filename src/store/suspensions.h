/*
 * The table subscription_suspensions: places of an actor where changes are told to nobody for a while.
 */
#ifndef AW_STORE_SUSPENSIONS_H
#define AW_STORE_SUSPENSIONS_H

#include "base/alloc.h"
#include <actingweb/sys/database.h>

typedef struct aw__suspension {
    const char *target;
    const char *subtarget; /* "": all of the target */
} aw__suspension;

/* *ret_new: it was not there before. */
int aw__suspensions_insert(aw_database *database, const char *actor_id, const aw__suspension *suspension, bool *ret_new,
                           aw_error *err);
int aw__suspensions_delete(aw_database *database, const char *actor_id, const aw__suspension *suspension,
                           bool *ret_existed, aw_error *err);
int aw__suspensions_list(aw_database *database, aw__arena *arena, const char *actor_id, aw__suspension **ret_suspensions,
                         size_t *ret_count, aw_error *err);

/* Whether one of them holds what happens there: that of the place itself, or of its whole target. subtarget may be
 * NULL. */
bool aw__suspensions_hold(const aw__suspension *suspensions, size_t count, const char *target, const char *subtarget);

#endif
