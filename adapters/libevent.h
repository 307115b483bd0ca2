/*
 * A runtime in a libevent base. Its callbacks then run in the thread of event_base_dispatch().
 *
 *     aw_libevent *adapter = aw_libevent_attach(base, runtime);
 *     event_base_dispatch(base);
 *     aw_libevent_detach(adapter);
 *     aw_runtime_free(runtime);
 */
#ifndef ACTINGWEB_ADAPTERS_LIBEVENT_H
#define ACTINGWEB_ADAPTERS_LIBEVENT_H

#include <actingweb/runtime.h>
#include <event2/event.h>
#include <stdlib.h>

typedef struct aw_libevent {
    struct event *readable;
    struct event *timer;
    aw_runtime *runtime; /* NULL when detached */
    bool processing;
} aw_libevent;

static inline void aw__libevent_arm(aw_libevent *adapter)
{
    int timeout_ms = aw_runtime_timeout_ms(adapter->runtime);
    struct timeval span = {timeout_ms / 1000, timeout_ms % 1000 * 1000};

    if (timeout_ms < 0)
        event_del(adapter->timer);
    else
        event_add(adapter->timer, &span);
}

/* Both events end up here. */
static inline void aw__libevent_on_event(evutil_socket_t fd, short what, void *arg)
{
    aw_libevent *adapter = (aw_libevent *)arg;

    (void)fd;
    (void)what;
    if (adapter->processing)
        return;
    adapter->processing = true;
    aw_runtime_process(adapter->runtime);
    adapter->processing = false;
    if (adapter->runtime)
        aw__libevent_arm(adapter);
    else
        free(adapter); /* a callback detached it */
}

/* In the base's thread, also from a callback of the runtime. Takes NULL. */
static inline void aw_libevent_detach(aw_libevent *adapter)
{
    if (!adapter)
        return;
    if (adapter->readable)
        event_free(adapter->readable);
    if (adapter->timer)
        event_free(adapter->timer);
    adapter->runtime = NULL;
    if (!adapter->processing)
        free(adapter);
}

/* NULL when out of memory, or when the runtime has a thread of its own. */
static inline aw_libevent *aw_libevent_attach(struct event_base *base, aw_runtime *runtime)
{
    aw_libevent *adapter = (aw_libevent *)calloc(1, sizeof(*adapter));
    int fd = aw_runtime_fd(runtime);

    if (!adapter)
        return NULL;
    adapter->runtime = runtime;
    adapter->timer = evtimer_new(base, aw__libevent_on_event, adapter);
    if (fd >= 0)
        adapter->readable = event_new(base, fd, EV_READ | EV_PERSIST, aw__libevent_on_event, adapter);
    if (!adapter->timer || !adapter->readable || event_add(adapter->readable, NULL) != 0) {
        aw_libevent_detach(adapter);
        return NULL;
    }
    aw__libevent_arm(adapter);
    return adapter;
}

#endif
