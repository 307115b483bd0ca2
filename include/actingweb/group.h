/*
 * Groups: structured concurrency over operations. A group has a deadline, a cap on how many of its members are in
 * flight, one cancel for all, and one callback when the last has completed. One member's failure never touches
 * another. Members are the operations that were started with params.group.
 */
#ifndef ACTINGWEB_GROUP_H
#define ACTINGWEB_GROUP_H

#include <actingweb/common.h>
#include <actingweb/error.h>

AW_BEGIN_DECLS

typedef struct aw_group_params {
    size_t size;
    int deadline_ms;     /* from now, over all members: those still running then complete with AW_E_TIMEOUT; 0: none */
    int max_in_flight;   /* further members wait their turn, in order; 0: no cap */
    aw_runtime *runtime; /* for a group that belongs to no actor; otherwise NULL: the actor's */
} aw_group_params;

typedef struct aw_group_result {
    size_t succeeded;
    size_t failed;    /* other than the two below */
    size_t canceled;
    size_t timed_out;
} aw_group_result;

/* Runs once, after the last member's callback, in the thread that processes the runtime. */
typedef void aw_group_cb(aw_group *group, const aw_group_result *result, void *ud);

/*
 * Makes an empty group for operations of actor's runtime. actor may be NULL when params name a runtime. params may be
 * NULL. The caller owns it: aw_group_free(). NULL when out of memory or without a runtime. Any thread.
 */
AW_API aw_group *aw_group_new(aw_actor *actor, const aw_group_params *params);

/* Calls cb when every member has completed and no more are expected: from now on nothing may be added to the group
 * (a start in it returns AW_E_CLOSED) except by members' own callbacks. An empty group is done at once (cb still runs
 * later, on the loop). At most one per group. Errors: AW_E_INVALID, AW_E_EXISTS (it has one). Any thread. */
AW_API int aw_group_on_done(aw_group *group, aw_group_cb *cb, void *ud);

/* Cancels every member, waiting ones included, and refuses later ones. Any thread. */
AW_API void aw_group_cancel(aw_group *group);

/* Waits until every member has completed and the callback of aw_group_on_done(), if there is one, has returned.
 * ret_result may be NULL. Errors: AW_E_REENTRANT on the loop's thread, AW_E_INVALID. */
AW_API int aw_group_wait(aw_group *group, aw_group_result *ret_result, aw_error *err);

/* Lets go of the handle; members that still run go on and on-done still comes. Takes NULL. Any thread. */
AW_API void aw_group_free(aw_group *group);

AW_END_DECLS

#endif
