/*
 * The two tails of every pair x() and x_async(): both build one flow, then one waits for it and the other leaves it its
 * callback. A pair's functions are these few lines:
 *
 *     aw__flow *flow = NULL;
 *     int rc = actor ? aw__x_new(actor->site, actor->id, params, &flow, err) : aw__no_actor(err);
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

/* AW_E_INVALID. */
int aw__no_actor(aw_error *err);

/* For calls that wait for the store: AW_OK, or AW_E_INVALID without an actor, or AW_E_REENTRANT on the loop's thread,
 * which must never wait. */
int aw__may_wait(const aw_actor *actor, aw_error *err);

/* What a result shall be written to: AW_OK, or AW_E_INVALID without it. */
int aw__check_result(const char *name, const void *ret_result, aw_error *err);

#endif
