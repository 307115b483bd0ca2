/*
 * The life of an operation: started on any thread, admitted to the loop, begun, finished, delivered. What it does
 * meanwhile is its class's; who waits its turn is group.c's.
 */
#include "runtime/op.h"

#include "base/clock.h"
#include "base/error.h"
#include "runtime/group.h"
#include "runtime/loop.h"

/* Changed on the loop only. */
enum {
    OP_NEW,     /* not on the loop yet */
    OP_WAITING, /* for its turn in the group */
    OP_RUNNING,
    OP_FINISHED
};

void aw__op_init(aw__op *op, const aw__op_class *cls, aw_runtime *runtime)
{
    op->cls = cls;
    op->runtime = runtime;
    atomic_init(&op->refs, 1);
    aw__list_init(&op->link);
    aw__list_init(&op->group_link);
}

aw__op *aw__op_ref(aw__op *op)
{
    atomic_fetch_add_explicit(&op->refs, 1, memory_order_relaxed);
    return op;
}

void aw__op_unref(aw__op *op)
{
    if (op && atomic_fetch_sub_explicit(&op->refs, 1, memory_order_acq_rel) == 1)
        op->cls->destroy(op);
}

/* ---- Ending ---- */

static int fail_stopped(aw_error *err, const aw__op *op, int code)
{
    switch (code) {
    case AW_E_CANCELED:
        return aw__fail(err, code, "%s was canceled", op->cls->name);
    case AW_E_TIMEOUT:
        return aw__fail(err, code, "%s did not finish within its deadline", op->cls->name);
    default:
        return aw__fail(err, code, "%s was stopped: the runtime is ending", op->cls->name);
    }
}

static void set_outcome(aw__op *op, const aw_error *err)
{
    if (!err)
        return;
    if (op->stop_code && err->code != op->stop_code)
        fail_stopped(&op->outcome, op, op->stop_code);
    else
        op->outcome = *err;
}

void aw__op_finish(aw__op *op, const aw_error *err)
{
    aw_runtime *runtime = op->runtime;

    if (op->state == OP_FINISHED)
        return;
    op->state = OP_FINISHED;
    set_outcome(op, err);
    aw__timer_stop(runtime, &op->deadline);
    aw__list_remove(&op->link);
    aw__op_table_remove(&runtime->table, op);
    if (op->group)
        aw__group_callback(op->group);
    op->cls->deliver(op, err ? &op->outcome : NULL);
    atomic_fetch_sub(&runtime->in_flight, 1); /* before those who wait go on and look at it */
    if (op->group)
        aw__group_leave(op->group, op, op->outcome.code);
    if (op->waiter)
        aw__waiter_wake(runtime, op->waiter);
    if (atomic_load(&runtime->closing))
        uv_stop(&runtime->loop); /* aw__loop_drain() looks again instead of sleeping */
    aw__op_unref(op);
}

static void finish_stopped(aw__op *op, int code)
{
    aw_error err;

    op->stop_code = code;
    fail_stopped(&err, op, code);
    aw__op_finish(op, &err);
}

void aw__op_stop(aw__op *op, int code)
{
    if (op->state == OP_WAITING) {
        finish_stopped(op, code);
    } else if (op->state == OP_RUNNING && !op->stop_code) {
        op->stop_code = code;
        op->cls->stop(op, code);
    }
}

static void on_deadline(void *arg)
{
    aw__op_stop(arg, AW_E_TIMEOUT);
}

static void on_cancel(void *arg)
{
    aw__op *op = arg;

    aw__op_stop(op, AW_E_CANCELED); /* one that is new still will not begin: aw__op_begin() */
    aw__op_unref(op);
}

int aw_op_cancel(aw_runtime *runtime, aw_op handle)
{
    bool known;
    aw__op *op;

    if (!runtime)
        return AW_E_INVALID;
    op = aw__op_table_claim_cancel(&runtime->table, handle, &known);
    if (op)
        aw__runtime_post(runtime, &op->cancel_post, on_cancel, op);
    return known ? AW_OK : AW_E_NOT_FOUND;
}

void aw__ops_stop_those(aw_runtime *runtime, int code, bool (*concerns)(const aw__op *op, const void *arg),
                        const void *arg)
{
    aw__link doomed;

    /* Each goes back before it is stopped: it may finish later, and callbacks may finish others. */
    aw__list_init(&doomed);
    aw__list_move(&doomed, &runtime->ops);
    while (!aw__list_empty(&doomed)) {
        aw__op *op = AW__ITEM(aw__list_pop(&doomed), aw__op, link);

        aw__list_append(&runtime->ops, &op->link);
        if (concerns(op, arg))
            aw__op_stop(op, code);
    }
}

static bool any(const aw__op *op, const void *arg)
{
    (void)op;
    (void)arg;
    return true;
}

void aw__ops_stop(aw_runtime *runtime, int code)
{
    aw__ops_stop_those(runtime, code, any, NULL);
}

/* ---- Beginning ---- */

void aw__op_begin(aw__op *op)
{
    if (atomic_load(&op->cancel_asked)) {
        finish_stopped(op, AW_E_CANCELED);
        return;
    }
    op->state = OP_RUNNING;
    op->cls->start(op);
}

/* Sets the timer for what is left of timeout_ms. AW_E_TIMEOUT when nothing is. */
static int set_deadline(aw__op *op)
{
    uint64_t passed_ms = aw__now_ms() - op->started_ms;

    if (op->timeout_ms <= 0)
        return AW_OK;
    if (passed_ms >= (uint64_t)op->timeout_ms)
        return AW_E_TIMEOUT;
    aw__timer_start(op->runtime, &op->deadline, (uint64_t)op->timeout_ms - passed_ms, on_deadline, op);
    return AW_OK;
}

static void admit(void *arg)
{
    aw__op *op = arg;
    bool turn = true;
    int code = AW_OK;

    op->state = OP_WAITING;
    aw__list_append(&op->runtime->ops, &op->link);
    if (op->group)
        code = aw__group_admit(op->group, op, &turn);
    if (!code && atomic_load(&op->runtime->closing))
        code = AW_E_CLOSED;
    if (!code)
        code = set_deadline(op);
    if (code)
        finish_stopped(op, code);
    else if (turn)
        aw__op_begin(op);
}

/* Takes back what was counted. A loop that is draining waits for the count. */
static void uncount(aw_runtime *runtime)
{
    atomic_fetch_sub(&runtime->in_flight, 1);
    if (atomic_load(&runtime->closing))
        aw__loop_wake(runtime);
}

int aw__op_start(aw__op *op, int timeout_ms, aw_group *group, aw_op *ret_handle, aw_error *err)
{
    aw_runtime *runtime = op->runtime;
    int rc;

    /* Once in the table, other threads see it. */
    op->timeout_ms = timeout_ms;
    op->started_ms = aw__now_ms();
    op->group = group;
    atomic_fetch_add(&runtime->in_flight, 1);
    if (!aw__op_table_add(&runtime->table, op)) {
        uncount(runtime);
        return aw__fail(err, AW_E_CLOSED, "%s was not started: the runtime is ending", op->cls->name);
    }
    rc = group ? aw__group_join(group, op, err) : AW_OK;
    if (rc) {
        aw__op_table_remove(&runtime->table, op);
        uncount(runtime);
        return rc;
    }
    aw__op_ref(op);
    if (ret_handle)
        *ret_handle = op->handle; /* the callback may run before this function returns to another thread */
    aw__runtime_post(runtime, &op->post, admit, op);
    return AW_OK;
}

int aw__op_run(aw__op *op, int timeout_ms, aw_group *group, aw_error *err)
{
    aw_runtime *runtime = op->runtime;
    aw__waiter waiter;
    int rc;

    if (aw__runtime_inside(runtime))
        return aw__fail(err, AW_E_REENTRANT, "%s would wait for its own thread: use the _async form", op->cls->name);
    aw__waiter_enter(runtime, &waiter);
    op->waiter = &waiter;
    rc = aw__op_start(op, timeout_ms, group, NULL, err);
    if (!rc) {
        aw__waiter_wait(runtime, &waiter);
        rc = op->outcome.code;
        if (rc && err)
            *err = op->outcome;
    }
    aw__waiter_leave(runtime, &waiter);
    return rc;
}
