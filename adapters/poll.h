/*
 * A runtime in a poll() loop of the application's own. Its callbacks then run inside aw_poll_handle().
 *
 *     aw_poll adapter;
 *
 *     if (aw_poll_attach(&adapter, runtime) != AW_OK)
 *         ...
 *     for (;;) {
 *         int timeout_ms = aw_poll_prepare(&adapter, &fds[0], -1);
 *
 *         poll(fds, n, timeout_ms);
 *         aw_poll_handle(&adapter, &fds[0]);
 *     }
 */
#ifndef ACTINGWEB_ADAPTERS_POLL_H
#define ACTINGWEB_ADAPTERS_POLL_H

#include <actingweb/runtime.h>
#include <poll.h>

typedef struct aw_poll {
    aw_runtime *runtime; /* NULL when detached */
} aw_poll;

/* AW_E_INVALID when the runtime has a thread of its own. */
static inline int aw_poll_attach(aw_poll *adapter, aw_runtime *runtime)
{
    adapter->runtime = aw_runtime_fd(runtime) < 0 ? NULL : runtime;
    return adapter->runtime ? AW_OK : AW_E_INVALID;
}

/* In the loop's thread, also from a callback of the runtime. poll() passes over the slot from then on. */
static inline void aw_poll_detach(aw_poll *adapter)
{
    adapter->runtime = NULL;
}

/* Before each poll(): fills the runtime's slot and returns how long to wait, which is at most timeout_ms, what the
 * application would wait by itself (-1: for ever). */
static inline int aw_poll_prepare(aw_poll *adapter, struct pollfd *slot, int timeout_ms)
{
    int mine_ms = adapter->runtime ? aw_runtime_timeout_ms(adapter->runtime) : -1;

    slot->fd = adapter->runtime ? aw_runtime_fd(adapter->runtime) : -1;
    slot->events = POLLIN;
    slot->revents = 0;
    if (mine_ms < 0)
        return timeout_ms;
    return timeout_ms < 0 || mine_ms < timeout_ms ? mine_ms : timeout_ms;
}

/* After each poll(). */
static inline void aw_poll_handle(aw_poll *adapter, const struct pollfd *slot)
{
    if (adapter->runtime && (slot->revents || aw_runtime_timeout_ms(adapter->runtime) == 0))
        aw_runtime_process(adapter->runtime);
}

#endif
