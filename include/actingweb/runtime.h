/*
 * The runtime: one event loop, its connections to peers, its timers and its worker threads.
 *
 * Either it has a thread of its own (aw_runtime_start), or it nests in the application's loop through one descriptor
 * and three calls (aw_runtime_fd, aw_runtime_timeout_ms, aw_runtime_process; see adapters/). Callbacks run in the
 * thread that processes the runtime, never inside the call that started them.
 */
#ifndef ACTINGWEB_RUNTIME_H
#define ACTINGWEB_RUNTIME_H

#include <actingweb/common.h>
#include <actingweb/error.h>

AW_BEGIN_DECLS

typedef struct aw_runtime_params {
    size_t size;
    int workers;                  /* threads for store steps and aw_offload; 0: 4. At most 256 */
    int max_connections_per_peer; /* open at once to one host and port; further requests wait; 0: 1024 */
    int max_idle_connections;     /* kept open for reuse, over all peers; 0: 256 */
    bool allow_private_peers;     /* peers on loopback, private, link-local or otherwise special addresses */
    size_t max_response_bytes;    /* a peer's answer over this fails with AW_E_TOO_LARGE; 0: 4 MiB */
} aw_runtime_params;

/*
 * Makes a runtime. params may be NULL. The caller owns it and frees it with aw_runtime_free().
 * Errors: AW_E_INVALID, AW_E_NOMEM, AW_E_UNSUPPORTED (no descriptor left, no thread). Any thread.
 */
AW_API int aw_runtime_new(const aw_runtime_params *params, aw_runtime **ret_runtime, aw_error *err);

/*
 * Cancels every operation (each completes with AW_E_CLOSED before this returns), waits for running workers and frees.
 * Takes NULL. Not from a callback of this runtime, and not while another thread is in aw_runtime_process().
 */
AW_API void aw_runtime_free(aw_runtime *runtime);

/*
 * Gives the runtime a thread of its own. After it the embedding calls below are refused.
 * Errors: AW_E_INVALID (started already, or embedded), AW_E_UNSUPPORTED (no thread to be had).
 */
AW_API int aw_runtime_start(aw_runtime *runtime, aw_error *err);

/* Embedding. The descriptor is readable when there is work; it stays the runtime's and is the same all its life.
 * -1 when the runtime has a thread of its own. */
AW_API int aw_runtime_fd(aw_runtime *runtime);

/* Milliseconds until aw_runtime_process() must be called though the descriptor stays silent; 0 at once, -1 never.
 * From the processing thread. Ask again after each aw_runtime_process(). */
AW_API int aw_runtime_timeout_ms(aw_runtime *runtime);

/* Does what there is to do, runs callbacks, never blocks. Always from the same thread, not from a callback.
 * Errors: AW_E_REENTRANT, AW_E_INVALID (the runtime has a thread of its own). */
AW_API int aw_runtime_process(aw_runtime *runtime);

/* Operations started and not yet completed. Any thread. */
AW_API size_t aw_runtime_in_flight(const aw_runtime *runtime);

AW_END_DECLS

#endif
