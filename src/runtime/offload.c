/*
 * aw_offload: an operation whose work is one blocking function of the application's, on a worker.
 */
#include <actingweb/offload.h>

#include "base/alloc.h"
#include "base/error.h"
#include "runtime/op.h"
#include "base/params.h"
#include "runtime/worker.h"

typedef struct offload {
    aw__op op;
    aw__work work;
    aw_offload_fn *fn;
    void *arg;
    aw_done_cb *cb; /* NULL: a synchronous call */
    void *ud;
    int rc;
    aw_error err;
} offload;

/* On a worker. */
static void run(void *arg)
{
    offload *me = arg;

    me->rc = me->fn(me->arg, &me->err);
}

/* The function's error, completed where it said little. */
static const aw_error *verdict(offload *me)
{
    if (me->op.stop_code) {
        aw__fail(&me->err, me->op.stop_code, "the function returned after it had been given up");
        return &me->err;
    }
    if (!me->rc)
        return NULL;
    if (me->rc > 0)
        aw__fail(&me->err, AW_E_INVALID, "the function returned %d, which is no aw_code", me->rc);
    else if (!me->err.message[0])
        aw__fail(&me->err, me->rc, "the function failed with %s", aw_code_name(me->rc));
    else
        me->err.code = me->rc;
    return &me->err;
}

static void done(void *arg)
{
    offload *me = arg;

    aw__op_finish(&me->op, verdict(me));
}

static void start(aw__op *op)
{
    offload *me = (offload *)op;

    aw__worker_queue(op->runtime, &me->work, run, done, me);
}

static void stop(aw__op *op, int code)
{
    offload *me = (offload *)op;
    aw_error err;

    if (!aw__worker_withdraw(op->runtime, &me->work))
        return; /* it runs: done() follows */
    aw__fail(&err, code, "no worker was free before it ended");
    aw__op_finish(op, &err);
}

static void deliver(aw__op *op, const aw_error *err)
{
    offload *me = (offload *)op;

    if (me->cb)
        me->cb(err, me->ud);
}

static void destroy(aw__op *op)
{
    aw__free(op);
}

static const aw__op_class offload_class = {"offload", start, stop, deliver, destroy};

static int make(aw_runtime *runtime, const aw_offload_params *given, aw_offload_params *params, offload **ret_offload,
                aw_error *err)
{
    offload *me = NULL;

    if (!runtime || !given || !aw__params_read(params, sizeof(*params), given) || !params->fn)
        return aw__fail(err, AW_E_INVALID, "aw_offload needs a runtime and params with size and fn");
    if (params->timeout_ms < 0)
        return aw__fail(err, AW_E_INVALID, "timeout_ms is negative");
    me = aw__calloc(1, sizeof(*me));
    if (!me)
        return aw__fail_nomem(err);
    aw__op_init(&me->op, &offload_class, runtime);
    me->fn = params->fn;
    me->arg = params->arg;
    me->err.retry_after_ms = -1;
    *ret_offload = me;
    return AW_OK;
}

int aw_offload_async(aw_runtime *runtime, const aw_offload_params *given, aw_done_cb *cb, void *ud, aw_op *ret_op)
{
    aw_offload_params params;
    offload *me = NULL;
    int rc = cb ? make(runtime, given, &params, &me, NULL) : AW_E_INVALID;

    if (rc)
        return rc;
    me->cb = cb;
    me->ud = ud;
    rc = aw__op_start(&me->op, params.timeout_ms, params.group, ret_op, NULL);
    aw__op_unref(&me->op);
    return rc;
}

int aw_offload(aw_runtime *runtime, const aw_offload_params *given, aw_error *err)
{
    aw_offload_params params;
    offload *me = NULL;
    int rc = make(runtime, given, &params, &me, err);

    if (rc)
        return rc;
    rc = aw__op_run(&me->op, params.timeout_ms, params.group, err);
    aw__op_unref(&me->op);
    return rc;
}
