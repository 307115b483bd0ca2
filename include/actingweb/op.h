/*
 * Operations: what an _async call starts.
 *
 * Every x_async(..., cb, ud, &op): a nonzero return means that cb never runs; zero means that it runs exactly once,
 * later, in the thread that processes the runtime. When that is another thread, cb may have run before x_async()
 * returns to its caller: op is set by then, but what the caller does with the return value comes too late. cb is
 * required (AW_E_INVALID without it); op may be NULL. ud is passed through untouched.
 */
#ifndef ACTINGWEB_OP_H
#define ACTINGWEB_OP_H

#include <actingweb/common.h>
#include <actingweb/error.h>

AW_BEGIN_DECLS

/* The callback of operations that have no result. err is NULL on success, and borrowed until the return. */
typedef void aw_done_cb(const aw_error *err, void *ud);

/*
 * Asks an operation to end. Its callback still runs, once, with AW_E_CANCELED, unless it had already succeeded or
 * failed. What it did so far is undone: the local store before the callback, the peer's half after it. An operation
 * that has finished, 0, or one that never was: nothing happens. Any thread; returns at once.
 * Errors: AW_E_NOT_FOUND (no such operation is under way), AW_E_INVALID (runtime is NULL).
 */
AW_API int aw_op_cancel(aw_runtime *runtime, aw_op op);

AW_END_DECLS

#endif
