/*
 * A runtime in a libuv loop. Its callbacks then run in the thread of uv_run().
 *
 *     aw_libuv *adapter = aw_libuv_attach(loop, runtime);
 *     uv_run(loop, UV_RUN_DEFAULT);
 *     aw_libuv_detach(adapter);
 *     uv_run(loop, UV_RUN_DEFAULT); // libuv closes handles when it runs
 *     aw_runtime_free(runtime);
 */
#ifndef ACTINGWEB_ADAPTERS_LIBUV_H
#define ACTINGWEB_ADAPTERS_LIBUV_H

#include <actingweb/runtime.h>
#include <stdlib.h>
#include <uv.h>

typedef struct aw_libuv {
    uv_poll_t poll;
    uv_timer_t timer;
    aw_runtime *runtime; /* NULL when detached */
    int open_handles;
} aw_libuv;

static inline void aw__libuv_process(aw_libuv *adapter);

static inline void aw__libuv_on_timer(uv_timer_t *timer)
{
    aw__libuv_process((aw_libuv *)timer->data);
}

/* An error of the descriptor shows when the runtime uses it. */
static inline void aw__libuv_on_poll(uv_poll_t *poll, int status, int events)
{
    (void)status;
    (void)events;
    aw__libuv_process((aw_libuv *)poll->data);
}

static inline void aw__libuv_arm(aw_libuv *adapter)
{
    int timeout_ms = aw_runtime_timeout_ms(adapter->runtime);

    if (timeout_ms < 0)
        uv_timer_stop(&adapter->timer);
    else
        uv_timer_start(&adapter->timer, aw__libuv_on_timer, (uint64_t)timeout_ms, 0);
}

static inline void aw__libuv_process(aw_libuv *adapter)
{
    aw_runtime_process(adapter->runtime);
    if (adapter->runtime) /* no callback detached it */
        aw__libuv_arm(adapter);
}

static inline void aw__libuv_closed(uv_handle_t *handle)
{
    aw_libuv *adapter = (aw_libuv *)handle->data;

    if (--adapter->open_handles == 0)
        free(adapter);
}

/* NULL when out of memory, or when the runtime has a thread of its own. */
static inline aw_libuv *aw_libuv_attach(uv_loop_t *loop, aw_runtime *runtime)
{
    aw_libuv *adapter = (aw_libuv *)calloc(1, sizeof(*adapter));

    if (!adapter)
        return NULL;
    if (uv_poll_init(loop, &adapter->poll, aw_runtime_fd(runtime)) != 0) {
        free(adapter);
        return NULL;
    }
    uv_timer_init(loop, &adapter->timer);
    adapter->poll.data = adapter->timer.data = adapter;
    adapter->open_handles = 2;
    adapter->runtime = runtime;
    uv_poll_start(&adapter->poll, UV_READABLE, aw__libuv_on_poll);
    aw__libuv_arm(adapter);
    return adapter;
}

/* In the loop's thread, also from a callback of the runtime. The memory goes when the loop has closed the handles.
 * Takes NULL. */
static inline void aw_libuv_detach(aw_libuv *adapter)
{
    if (!adapter)
        return;
    adapter->runtime = NULL;
    uv_close((uv_handle_t *)&adapter->poll, aw__libuv_closed);
    uv_close((uv_handle_t *)&adapter->timer, aw__libuv_closed);
}

#endif
