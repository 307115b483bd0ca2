/*
 * A runtime in an sd-event loop (systemd 247 or newer). Its callbacks then run in the thread of sd_event_loop().
 *
 *     aw_sd_event *adapter = aw_sd_event_attach(event, runtime);
 *     sd_event_loop(event);
 *     aw_sd_event_detach(adapter);
 *     aw_runtime_free(runtime);
 */
#ifndef ACTINGWEB_ADAPTERS_SD_EVENT_H
#define ACTINGWEB_ADAPTERS_SD_EVENT_H

#include <actingweb/runtime.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <systemd/sd-event.h>
#include <time.h>

typedef struct aw_sd_event {
    sd_event_source *readable;
    sd_event_source *timer;
    aw_runtime *runtime; /* NULL when detached */
    bool processing;
} aw_sd_event;

static inline int aw__sd_event_arm(aw_sd_event *adapter)
{
    int timeout_ms = aw_runtime_timeout_ms(adapter->runtime);
    int rc;

    if (timeout_ms < 0)
        return sd_event_source_set_enabled(adapter->timer, SD_EVENT_OFF);
    rc = sd_event_source_set_time_relative(adapter->timer, (uint64_t)timeout_ms * 1000);
    return rc < 0 ? rc : sd_event_source_set_enabled(adapter->timer, SD_EVENT_ONESHOT);
}

static inline int aw__sd_event_process(aw_sd_event *adapter)
{
    if (adapter->processing)
        return 0;
    adapter->processing = true;
    aw_runtime_process(adapter->runtime);
    adapter->processing = false;
    if (adapter->runtime)
        return aw__sd_event_arm(adapter);
    free(adapter); /* a callback detached it */
    return 0;
}

static inline int aw__sd_event_on_readable(sd_event_source *source, int fd, uint32_t events, void *arg)
{
    (void)source;
    (void)fd;
    (void)events;
    return aw__sd_event_process((aw_sd_event *)arg);
}

static inline int aw__sd_event_on_timer(sd_event_source *source, uint64_t usec, void *arg)
{
    (void)source;
    (void)usec;
    return aw__sd_event_process((aw_sd_event *)arg);
}

/* In the loop's thread, also from a callback of the runtime. Takes NULL. */
static inline void aw_sd_event_detach(aw_sd_event *adapter)
{
    if (!adapter)
        return;
    sd_event_source_disable_unref(adapter->readable);
    sd_event_source_disable_unref(adapter->timer);
    adapter->runtime = NULL;
    if (!adapter->processing)
        free(adapter);
}

/* NULL when out of memory, or when the runtime has a thread of its own. */
static inline aw_sd_event *aw_sd_event_attach(sd_event *event, aw_runtime *runtime)
{
    enum { ACCURACY_USEC = 1000 }; /* otherwise sd-event lets timers come 250 ms late */
    aw_sd_event *adapter = (aw_sd_event *)calloc(1, sizeof(*adapter));
    int fd = aw_runtime_fd(runtime);
    int rc;

    if (!adapter)
        return NULL;
    adapter->runtime = runtime;
    rc = sd_event_add_io(event, &adapter->readable, fd, EPOLLIN, aw__sd_event_on_readable, adapter);
    if (rc >= 0)
        rc = sd_event_add_time(event, &adapter->timer, CLOCK_MONOTONIC, 0, ACCURACY_USEC, aw__sd_event_on_timer,
                               adapter);
    if (rc >= 0)
        rc = aw__sd_event_arm(adapter);
    if (rc < 0) {
        aw_sd_event_detach(adapter);
        return NULL;
    }
    return adapter;
}

#endif
