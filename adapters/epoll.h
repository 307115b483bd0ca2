/*
 * A runtime in an epoll loop of the application's own. Its callbacks then run inside aw_epoll_handle().
 *
 *     aw_epoll adapter;
 *
 *     if (aw_epoll_attach(&adapter, epoll_fd, runtime) != AW_OK)
 *         ...
 *     for (;;) {
 *         int n = epoll_wait(epoll_fd, events, MAX_EVENTS, -1);
 *
 *         for (int i = 0; i < n; i++)
 *             if (!aw_epoll_handle(&adapter, &events[i]))
 *                 handle_mine(&events[i]);
 *     }
 *
 * A timer descriptor carries the timeouts, so epoll_wait() needs none. The runtime's events are those whose data.ptr is
 * the adapter: the application's own must be pointers, too.
 */
#ifndef ACTINGWEB_ADAPTERS_EPOLL_H
#define ACTINGWEB_ADAPTERS_EPOLL_H

#include <actingweb/runtime.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

typedef struct aw_epoll {
    aw_runtime *runtime; /* NULL when detached */
    int epoll_fd;
    int runtime_fd;
    int timer_fd;
} aw_epoll;

static inline void aw__epoll_arm(aw_epoll *adapter)
{
    int timeout_ms = aw_runtime_timeout_ms(adapter->runtime);
    struct itimerspec when = {{0, 0}, {0, 0}}; /* never */

    if (timeout_ms >= 0) {
        when.it_value.tv_sec = timeout_ms / 1000;
        when.it_value.tv_nsec = timeout_ms ? timeout_ms % 1000 * 1000000L : 1; /* 0 would be never, too */
    }
    timerfd_settime(adapter->timer_fd, 0, &when, NULL); /* and it is no longer readable */
}

/* In the loop's thread, also from a callback of the runtime. Events of the runtime's that epoll_wait() has returned
 * already may still be passed to aw_epoll_handle(). */
static inline void aw_epoll_detach(aw_epoll *adapter)
{
    if (!adapter->runtime)
        return;
    adapter->runtime = NULL;
    epoll_ctl(adapter->epoll_fd, EPOLL_CTL_DEL, adapter->runtime_fd, NULL);
    close(adapter->timer_fd);
}

/* The adapter is the application's and must stay where it is until it is detached. AW_E_INVALID when the runtime has a
 * thread of its own; AW_E_UNSUPPORTED when the system refuses a descriptor. */
static inline int aw_epoll_attach(aw_epoll *adapter, int epoll_fd, aw_runtime *runtime)
{
    struct epoll_event event;

    adapter->runtime = NULL;
    adapter->epoll_fd = epoll_fd;
    adapter->runtime_fd = aw_runtime_fd(runtime);
    if (adapter->runtime_fd < 0)
        return AW_E_INVALID;
    adapter->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    if (adapter->timer_fd < 0)
        return AW_E_UNSUPPORTED;
    adapter->runtime = runtime;
    event.events = EPOLLIN;
    event.data.ptr = adapter;
    if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, adapter->runtime_fd, &event) != 0 ||
        epoll_ctl(epoll_fd, EPOLL_CTL_ADD, adapter->timer_fd, &event) != 0) {
        aw_epoll_detach(adapter);
        return AW_E_UNSUPPORTED;
    }
    aw__epoll_arm(adapter);
    return AW_OK;
}

/* Processes the runtime if the event is its. False: it is the application's. */
static inline bool aw_epoll_handle(aw_epoll *adapter, const struct epoll_event *event)
{
    if (event->data.ptr != adapter)
        return false;
    if (adapter->runtime)
        aw_runtime_process(adapter->runtime);
    if (adapter->runtime) /* no callback detached it */
        aw__epoll_arm(adapter);
    return true;
}

#endif
