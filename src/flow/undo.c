/*
 * What a flow that failed or was stopped takes back: first at the store, then at the peer. Requests to the peer that
 * may not keep the operation waiting go on in an operation of their own, which ends with the runtime like any other.
 */
#include "flow/driver.h"

#include "base/error.h"
#include "base/log.h"

enum { STORE_TRIES = 3 };

static void undo_at_peer(aw__flow *flow);

static bool due(const aw__flow *flow, int step, aw__step_kind kind)
{
    const aw_step *s = &flow->conversation->steps[step];

    return flow->began_steps >> step & 1 && s->kind == kind && s->undo;
}

static void complain(const aw__flow *flow, int step, const char *where, const char *why)
{
    aw__log(AW_LOG_WARNING, "%s/%s could not be undone at the %s: %s", flow->conversation->name,
            flow->conversation->steps[step].name, where, why);
}

/* ---- at the peer ---- */

static void undone_at_peer(void *arg, const aw_error *err, const aw__http_response *response, bool sent)
{
    aw__flow *flow = arg;

    (void)sent;
    flow->call = NULL;
    if (err)
        complain(flow, flow->undo_step, "peer", err->message);
    else
        aw__log(AW_LOG_DEBUG, "%s/%s undone at the peer: %d", flow->conversation->name,
                flow->conversation->steps[flow->undo_step].name, response->status);
    flow->undo_step--;
    undo_at_peer(flow);
}

static int ask_to_undo(aw__flow *flow)
{
    flow->request = (aw__http_request){.timeout_ms = AW__FLOW_UNDO_MS};
    flow->secret = flow->encoded_secret = NULL;
    flow->error = (aw_error){.retry_after_ms = -1};
    int rc = flow->conversation->steps[flow->undo_step].undo(flow);

    return rc == AW_OK ? aw__flow_send(flow, undone_at_peer) : rc;
}

static void undo_at_peer(aw__flow *flow)
{
    for (; flow->undo_step >= 0; flow->undo_step--) {
        if (!due(flow, flow->undo_step, AW_PEER))
            continue;
        int rc = ask_to_undo(flow);

        if (rc == AW_OK)
            return; /* undone_at_peer() goes on */
        if (rc < 0)
            complain(flow, flow->undo_step, "peer", flow->error.message);
    }
    if (flow->rest.flow)
        aw__op_finish(&flow->rest.op, NULL);
    else
        aw__op_finish(&flow->op, &flow->outcome);
}

/* ---- the rest, when the operation has completed ---- */

static void start_rest(aw__op *op)
{
    undo_at_peer(((struct aw__flow_rest *)op)->flow);
}

static void stop_rest(aw__op *op, int code)
{
    aw__flow *flow = ((struct aw__flow_rest *)op)->flow;
    aw_error err;

    if (flow->call)
        aw__http_abort(flow->call);
    flow->call = NULL;
    aw__fail(&err, code, "given up");
    aw__op_finish(op, &err);
}

static void deliver_rest(aw__op *op, const aw_error *err)
{
    aw__flow *flow = ((struct aw__flow_rest *)op)->flow;

    if (err)
        complain(flow, flow->undo_step, "peer", err->message);
}

static void destroy_rest(aw__op *op)
{
    aw__flow_unref(((struct aw__flow_rest *)op)->flow);
}

const aw__op_class aw__undo_class = {"undo", start_rest, stop_rest, deliver_rest, destroy_rest};

static bool any_due(const aw__flow *flow, aw__step_kind kind)
{
    for (int step = flow->undo_step; step >= 0; step--)
        if (due(flow, step, kind))
            return true;
    return false;
}

static void start_in_background(aw__flow *flow)
{
    aw_error err = {0};

    aw__op_init(&flow->rest.op, &aw__undo_class, flow->op.runtime);
    aw__op_ref(&flow->op);
    flow->rest.flow = flow;
    if (aw__op_start(&flow->rest.op, AW__FLOW_UNDO_MS, NULL, NULL, &err))
        complain(flow, flow->undo_step, "peer", err.message);
    aw__op_unref(&flow->rest.op);
}

/* Completes the operation at once; the peer hears of it afterwards, unless the runtime is ending. */
static void finish_stopped(aw__flow *flow)
{
    aw__op_ref(&flow->op);
    if (flow->op.stop_code != AW_E_CLOSED && any_due(flow, AW_PEER))
        start_in_background(flow);
    aw__op_finish(&flow->op, &flow->outcome);
    aw__op_unref(&flow->op);
}

/* ---- at the store ---- */

/* On a worker. Each is tried again: what fails here stays behind in the store. */
static void undo_at_store(void *arg)
{
    aw__flow *flow = arg;

    for (int step = flow->undo_step; step >= 0; step--) {
        int rc = due(flow, step, AW_STORE) ? AW_E_STORE : AW_OK;

        for (int i = 0; rc < 0 && i < STORE_TRIES; i++) {
            flow->error = (aw_error){.retry_after_ms = -1};
            rc = flow->conversation->steps[step].undo(flow);
        }
        if (rc < 0)
            complain(flow, step, "store", flow->error.message);
        else if (due(flow, step, AW_STORE))
            aw__log(AW_LOG_DEBUG, "%s/%s undone at the store", flow->conversation->name,
                    flow->conversation->steps[step].name);
    }
}

static void undone_at_store(void *arg)
{
    aw__flow *flow = arg;

    if (flow->op.stop_code)
        finish_stopped(flow);
    else
        undo_at_peer(flow);
}

void aw__undo_start(aw__flow *flow)
{
    flow->undo_step = flow->step;
    if (any_due(flow, AW_STORE))
        aw__worker_queue(flow->op.runtime, &flow->work, undo_at_store, undone_at_store, flow);
    else
        undone_at_store(flow);
}

void aw__undo_stop(aw__flow *flow)
{
    if (!flow->call)
        return; /* the store is undone first, undone_at_store() sees that the flow was stopped */
    aw__http_abort(flow->call);
    flow->call = NULL;
    finish_stopped(flow);
}
