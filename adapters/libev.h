/*
 * A runtime in a libev loop. Its callbacks then run in the thread of ev_run().
 *
 *     aw_libev *adapter = aw_libev_attach(EV_DEFAULT, runtime);
 *     ev_run(EV_DEFAULT, 0);
 *     aw_libev_detach(adapter);
 *     aw_runtime_free(runtime);
 */
#ifndef ACTINGWEB_ADAPTERS_LIBEV_H
#define ACTINGWEB_ADAPTERS_LIBEV_H

#include <actingweb/runtime.h>
#include <ev.h>
#include <stdlib.h>

typedef struct aw_libev {
    ev_io readable;
    ev_timer timer;
    struct ev_loop *loop;
    aw_runtime *runtime; /* NULL when detached */
    bool processing;
} aw_libev;

static inline void aw__libev_arm(aw_libev *adapter)
{
    int timeout_ms = aw_runtime_timeout_ms(adapter->runtime);

    ev_timer_stop(adapter->loop, &adapter->timer);
    if (timeout_ms < 0)
        return;
    ev_timer_set(&adapter->timer, timeout_ms / 1000.0, 0.0);
    ev_timer_start(adapter->loop, &adapter->timer);
}

static inline void aw__libev_process(aw_libev *adapter)
{
    if (adapter->processing)
        return;
    adapter->processing = true;
    aw_runtime_process(adapter->runtime);
    adapter->processing = false;
    if (adapter->runtime)
        aw__libev_arm(adapter);
    else
        free(adapter); /* a callback detached it */
}

static inline void aw__libev_on_readable(struct ev_loop *loop, ev_io *io, int events)
{
    (void)loop;
    (void)events;
    aw__libev_process((aw_libev *)io->data);
}

static inline void aw__libev_on_timer(struct ev_loop *loop, ev_timer *timer, int events)
{
    (void)loop;
    (void)events;
    aw__libev_process((aw_libev *)timer->data);
}

/* NULL when out of memory, or when the runtime has a thread of its own. */
static inline aw_libev *aw_libev_attach(struct ev_loop *loop, aw_runtime *runtime)
{
    aw_libev *adapter = (aw_libev *)calloc(1, sizeof(*adapter));
    int fd = aw_runtime_fd(runtime);

    if (!adapter || fd < 0) {
        free(adapter);
        return NULL;
    }
    adapter->loop = loop;
    adapter->runtime = runtime;
    ev_io_init(&adapter->readable, aw__libev_on_readable, fd, EV_READ);
    ev_timer_init(&adapter->timer, aw__libev_on_timer, 0.0, 0.0);
    adapter->readable.data = adapter->timer.data = adapter;
    ev_io_start(loop, &adapter->readable);
    aw__libev_arm(adapter);
    return adapter;
}

/* In the loop's thread, also from a callback of the runtime. Takes NULL. */
static inline void aw_libev_detach(aw_libev *adapter)
{
    if (!adapter)
        return;
    ev_io_stop(adapter->loop, &adapter->readable);
    ev_timer_stop(adapter->loop, &adapter->timer);
    adapter->runtime = NULL;
    if (!adapter->processing)
        free(adapter);
}

#endif
