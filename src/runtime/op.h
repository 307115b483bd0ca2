/*
 * Operations: handles, deadlines, cancellation, groups, and exactly one completion each.
 *
 * A kind of operation (a flow, an HTTP request, an offloaded function) embeds an aw__op as its first member and gives
 * the three functions of its class. All of them run on the loop's thread.
 */
#ifndef AW_RUNTIME_OP_H
#define AW_RUNTIME_OP_H

#include <stdatomic.h>

#include "base/list.h"
#include "runtime/runtime.h"
#include "runtime/timer.h"
#include <actingweb/group.h>
#include <actingweb/op.h>

typedef struct aw__op aw__op;

typedef struct aw__op_class {
    const char *name;
    /* Begin. May finish at once. Not called when the operation is cancelled or out of time before its turn. */
    void (*start)(aw__op *op);
    /* Stop: code is AW_E_CANCELED, AW_E_TIMEOUT or AW_E_CLOSED. Called at most once, and only between start and
     * aw__op_finish(). It may finish at once or a little later (undoing what is ours first), but must finish. */
    void (*stop)(aw__op *op, int code);
    /* Deliver the outcome to whoever asked; called exactly once, by aw__op_finish(). err is NULL on success. */
    void (*deliver)(aw__op *op, const aw_error *err);
    /* The last reference is gone. Any thread. */
    void (*destroy)(aw__op *op);
} aw__op_class;

struct aw__op {
    const aw__op_class *cls;
    aw_runtime *runtime;
    aw_op handle;
    aw_group *group;
    int stop_code; /* what stop() was called with, or 0 */
    atomic_int refs;
    /* the rest is op.c's, op_table.c's and group.c's own */
    int state;
    int timeout_ms;
    uint64_t started_ms;
    aw_error outcome;
    aw__post post;
    aw__post cancel_post;
    atomic_bool cancel_asked;
    bool group_slot;
    aw__timer deadline;
    aw__link link;
    aw__link group_link;
    aw__op *table_next;
    void *waiter;
};

/* Prepares an operation that the caller has allocated (zeroed), with one reference: the caller's. */
void aw__op_init(aw__op *op, const aw__op_class *cls, aw_runtime *runtime);
aw__op *aw__op_ref(aw__op *op);
void aw__op_unref(aw__op *op);

/*
 * Starts it: soon on the loop, or when the group has room. timeout_ms counts from now, waiting in the group included;
 * 0 is none. The operation keeps a reference of its own until it has finished. group and ret_handle may be NULL.
 * Errors: AW_E_CLOSED (runtime ending, or the group canceled or sealed), AW_E_INVALID (the group is of another
 * runtime); then deliver never runs. Any thread.
 */
int aw__op_start(aw__op *op, int timeout_ms, aw_group *group, aw_op *ret_handle, aw_error *err);

/*
 * Starts it and waits until it has been delivered; returns its outcome. Pumps the loop itself when nobody else does.
 * Errors beside the outcome's: AW_E_REENTRANT inside the loop, and those of aw__op_start().
 */
int aw__op_run(aw__op *op, int timeout_ms, aw_group *group, aw_error *err);

/* Ends it, on the loop's thread: delivers, leaves its group, drops its reference. err is NULL on success. The second
 * and later calls do nothing. When aw__op.stop_code is set and err is not NULL, the outcome's code becomes
 * stop_code. */
void aw__op_finish(aw__op *op, const aw_error *err);

/* For group.c, on the loop: its turn has come; it has to end. Either may finish and free it. */
void aw__op_begin(aw__op *op);
void aw__op_stop(aw__op *op, int code);

/* On the loop: every operation for which concerns(op, arg) is true has to end, those that wait for their turn
 * included. */
void aw__ops_stop_those(aw_runtime *runtime, int code, bool (*concerns)(const aw__op *op, const void *arg),
                        const void *arg);

#endif
