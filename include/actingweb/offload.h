/*
 * Blocking functions of the application's own, run on a worker thread of the runtime.
 */
#ifndef ACTINGWEB_OFFLOAD_H
#define ACTINGWEB_OFFLOAD_H

#include <actingweb/op.h>

AW_BEGIN_DECLS

/* Runs on a worker; may block. Returns AW_OK or a negative aw_code, and then fills err (which is never NULL). */
typedef int aw_offload_fn(void *arg, aw_error *err);

typedef struct aw_offload_params {
    size_t size;
    aw_offload_fn *fn; /* required */
    void *arg;         /* passed to fn; must live until the callback */
    int timeout_ms;    /* waiting for a worker and running; 0: none */
    aw_group *group;   /* or NULL */
} aw_offload_params;

/*
 * Runs params->fn on a worker and cb on the loop when it is done. A function that has begun cannot be interrupted: a
 * cancel or a timeout then completes the operation when it returns, and one that has not begun never runs. Functions
 * that keep all workers (aw_runtime_params.workers) busy for ten seconds keep the app from telling the others on its
 * database that it lives: they then deliver its callbacks.
 * Errors: AW_E_INVALID, AW_E_NOMEM, AW_E_CLOSED. Any thread.
 */
AW_API int aw_offload_async(aw_runtime *runtime, const aw_offload_params *params, aw_done_cb *cb, void *ud,
                            aw_op *ret_op);

/* The same, waited for. Errors: those of fn, and AW_E_REENTRANT on the loop's thread. */
AW_API int aw_offload(aw_runtime *runtime, const aw_offload_params *params, aw_error *err);

AW_END_DECLS

#endif
