/*
 * What all pairs of synchronous and asynchronous functions share.
 */
#include "api/tail.h"

#include "base/error.h"

int aw__tail_wait(aw__flow *flow, void **ret_result, aw_error *err)
{
    return aw__flow_run(flow, ret_result, err);
}

int aw__tail_start(aw__flow *flow, aw__flow_done *deliver, aw__tail_cb *cb, void *ud, aw_op *ret_op)
{
    if (!cb) {
        aw__flow_unref(flow);
        return AW_E_INVALID;
    }
    return aw__flow_start(flow, deliver, cb, ud, ret_op, NULL);
}

void aw__tail_deliver_done(aw__flow *flow, const aw_error *err, void *ud)
{
    ((aw_done_cb *)flow->callback)(err, ud);
}

bool aw__is_owner(const aw_actor *actor)
{
    return actor && !actor->peer_id;
}

int aw__no_owner(const aw_actor *actor, aw_error *err)
{
    return actor ? aw__fail(err, AW_E_DENIED, "actor: this is for the actor's owner, not for a view of it")
                 : aw__fail(err, AW_E_INVALID, "actor: must not be NULL");
}

int aw__may_wait(const aw_actor *actor, aw_error *err)
{
    return aw__is_owner(actor) ? aw__may_wait_viewing(actor, err) : aw__no_owner(actor, err);
}

int aw__may_wait_viewing(const aw_actor *actor, aw_error *err)
{
    if (!actor)
        return aw__no_owner(actor, err);
    if (aw__runtime_inside(actor->site->runtime))
        return aw__fail(err, AW_E_REENTRANT,
                        "this call waits for the store, which the loop's thread must not; "
                        "call it from another thread or through aw_offload_async()");
    return AW_OK;
}

int aw__check_result(const char *name, const void *ret_result, aw_error *err)
{
    return ret_result ? AW_OK : aw__fail(err, AW_E_INVALID, "%s: must not be NULL", name);
}
