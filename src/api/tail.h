/*
 * The two tails of every pair x() and x_async(): both build one flow, then one waits for it and the other leaves it its
 * callback. A pair's functions are these few lines:
 *
 *     aw__flow *flow = NULL;
 *     int rc = aw__is_owner(actor) ? aw__x_new(actor->site, actor->id, params, &flow, err) : aw__no_owner(actor, err);
 *
 *     return rc ? rc : aw__tail_wait(flow, &result, err);
 */
#ifndef AW_API_TAIL_H
#define AW_API_TAIL_H

#include "actor/handle.h"
#include "flow/flow.h"

typedef void aw__tail_cb(void); /* an application's callback, whatever its type; cast back by the deliver function */

/* Waits. Takes the flow. ret_result may be NULL. */
int aw__tail_wait(aw__flow *flow, void **ret_result, aw_error *err);

/* Starts. Takes the flow. deliver() finds the callback in flow->callback. AW_E_INVALID without one. */
int aw__tail_start(aw__flow *flow, aw__flow_done *deliver, aw__tail_cb *cb, void *ud, aw_op *ret_op);

/* deliver() of operations that have no result. */
void aw__tail_deliver_done(aw__flow *flow, const aw_error *err, void *ud);

/* Every function that takes an actor begins with one of these, so that each has said what a view may do with it:
 * tests/api/test_views_functions.c finds those that have not. */

/* For what only the owner does, and that waits for nothing: a handle that is no view. Otherwise aw__no_owner() is
 * AW_E_INVALID (no actor) or AW_E_DENIED. */
bool aw__is_owner(const aw_actor *actor);
int aw__no_owner(const aw_actor *actor, aw_error *err);

/* For what only the owner does, and that waits for the store: AW_OK, or as above, or AW_E_REENTRANT on the loop's
 * thread, which must never wait. */
int aw__may_wait(const aw_actor *actor, aw_error *err);

/* For what a view may do as well, within its rights, which are then asked of the caller (aw__view_caller()). Waits for
 * the store: as above. */
int aw__may_wait_viewing(const aw_actor *actor, aw_error *err);

/* What a result shall be written to: AW_OK, or AW_E_INVALID without it. */
int aw__check_result(const char *name, const void *ret_result, aw_error *err);

#endif
