/*
 * Watching descriptors: libuv's polls with a change counted in runtime.dirty (embed.c says why) and errors turned into
 * events, so that whoever uses the descriptor finds them.
 */
#include "runtime/watch.h"

#include "base/alloc.h"
#include "runtime/loop.h"

struct aw__watch {
    uv_poll_t poll;
    aw_runtime *runtime;
    aw__watch_fn *fn;
    void *arg;
    int events;
    bool usable; /* the kernel can poll this descriptor */
};

static int to_uv(int events)
{
    return (events & AW__READABLE ? UV_READABLE : 0) | (events & AW__WRITABLE ? UV_WRITABLE : 0) |
           (events & AW__HANGUP ? UV_DISCONNECT : 0);
}

static int from_uv(int events)
{
    return (events & UV_READABLE ? AW__READABLE : 0) | (events & UV_WRITABLE ? AW__WRITABLE : 0) |
           (events & UV_DISCONNECT ? AW__HANGUP : 0);
}

static void on_poll(uv_poll_t *poll, int status, int uv_events)
{
    aw__watch *watch = poll->data;
    int events = from_uv(uv_events);

    if (status < 0) {
        /* libuv stopped polling. Ours goes on until it is set or freed. */
        uv_poll_start(poll, to_uv(watch->events), on_poll);
        watch->runtime->dirty = true;
        events = watch->events;
    }
    watch->fn(watch->arg, events); /* may free it */
}

aw__watch *aw__watch_new(aw_runtime *runtime, int fd, aw__watch_fn *fn, void *arg)
{
    aw__watch *watch = aw__calloc(1, sizeof(*watch));

    if (!watch)
        return NULL;
    watch->runtime = runtime;
    watch->fn = fn;
    watch->arg = arg;
    watch->usable = uv_poll_init(&runtime->loop, &watch->poll, fd) == 0;
    watch->poll.data = watch;
    return watch;
}

int aw__watch_set(aw__watch *watch, int events)
{
    if (!watch->usable)
        return AW_E_UNSUPPORTED;
    if (events == watch->events)
        return AW_OK;
    if (uv_poll_start(&watch->poll, to_uv(events), on_poll))
        return AW_E_UNSUPPORTED;
    watch->events = events;
    watch->runtime->dirty = true;
    return AW_OK;
}

static void free_closed(uv_handle_t *handle)
{
    aw__free(handle->data);
}

void aw__watch_free(aw__watch *watch)
{
    if (!watch)
        return;
    if (!watch->usable) {
        aw__free(watch);
        return;
    }
    watch->runtime->dirty = true;
    uv_close((uv_handle_t *)&watch->poll, free_closed);
}

void aw__watch_close_left(uv_handle_t *handle)
{
    aw__watch_free(handle->data);
}
