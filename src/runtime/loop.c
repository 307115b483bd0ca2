/*
 * Posting to the loop, and owning it. What happens on it is in op.c, timer.c, watch.c and worker.c; waiting for it in
 * wait.c.
 */
#include "runtime/loop.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include "base/error.h"
#include "base/log.h"

/* Posts form a stack that the loop takes as a whole and turns round: any number of threads push without a lock, and
 * only the push onto an empty stack has to wake the loop. */
void aw__runtime_post(aw_runtime *runtime, aw__post *post, void (*fn)(void *), void *arg)
{
    aw__post *newest = atomic_load_explicit(&runtime->posted, memory_order_relaxed);

    post->fn = fn;
    post->arg = arg;
    do
        post->next = newest;
    while (!atomic_compare_exchange_weak_explicit(&runtime->posted, &newest, post, memory_order_release,
                                                  memory_order_relaxed));
    if (!newest)
        uv_async_send(&runtime->wake);
}

static aw__post *oldest_first(aw__post *newest)
{
    aw__post *oldest = NULL;

    while (newest) {
        aw__post *next = newest->next;

        newest->next = oldest;
        oldest = newest;
        newest = next;
    }
    return oldest;
}

/* Runs what was posted until now. What these post waits for the next round, so that descriptors get their turn. */
static void on_wake(uv_async_t *wake)
{
    aw_runtime *runtime = wake->data;
    aw__post *post = oldest_first(atomic_exchange_explicit(&runtime->posted, NULL, memory_order_acquire));

    while (post) {
        aw__post *next = post->next; /* fn may free or post it again */

        post->fn(post->arg);
        post = next;
    }
    if (atomic_load(&runtime->yield) || atomic_load(&runtime->closing))
        uv_stop(&runtime->loop);
}

/* libuv 1.44 aborts when it gets no descriptors for its signal pipe, and when it fails later it leaks one. So it is
 * asked only when there are as many as it opens at most. */
static bool descriptors_left(void)
{
    enum { LIBUV_OPENS = 6 };
    int fds[LIBUV_OPENS];
    int n = 0;
    bool enough;

    while (n < LIBUV_OPENS && (fds[n] = eventfd(0, EFD_CLOEXEC)) >= 0)
        n++;
    enough = n == LIBUV_OPENS;
    while (n > 0)
        close(fds[--n]);
    return enough;
}

int aw__loop_open(aw_runtime *runtime, aw_error *err)
{
    int rc;

    if (!descriptors_left())
        return aw__fail(err, AW_E_UNSUPPORTED, "no event loop: too few file descriptors are left");
    rc = uv_loop_init(&runtime->loop);
    if (rc)
        return aw__fail(err, rc == UV_ENOMEM ? AW_E_NOMEM : AW_E_UNSUPPORTED, "no event loop: %s", uv_strerror(rc));
    rc = uv_async_init(&runtime->loop, &runtime->wake, on_wake);
    if (rc) {
        uv_loop_close(&runtime->loop);
        return aw__fail(err, AW_E_UNSUPPORTED, "no event loop: %s", uv_strerror(rc));
    }
    runtime->wake.data = runtime;
    uv_timer_init(&runtime->loop, &runtime->alarm);
    runtime->alarm.data = runtime;
    /* libuv tells the kernel of a new descriptor when it next polls: without this round the loop's own descriptor would
     * not report the first post. */
    uv_run(&runtime->loop, UV_RUN_NOWAIT);
    return AW_OK;
}

static void close_handle(uv_handle_t *handle, void *arg)
{
    (void)arg;
    if (uv_is_closing(handle))
        return;
    if (handle->type == UV_POLL)
        aw__watch_close_left(handle);
    else
        uv_close(handle, NULL);
}

void aw__loop_close(aw_runtime *runtime)
{
    uv_walk(&runtime->loop, close_handle, NULL);
    while (uv_run(&runtime->loop, UV_RUN_DEFAULT))
        ; /* a uv_stop() from before ended it early */
    if (uv_loop_close(&runtime->loop))
        aw__log(AW_LOG_ERROR, "runtime: the loop still has handles at its end");
}

void aw__loop_wake(aw_runtime *runtime)
{
    uv_async_send(&runtime->wake);
}

bool aw__runtime_inside(const aw_runtime *runtime)
{
    /* owner is set before owned and read after it. A thread that sees another's id, whichever, is not the owner. */
    return atomic_load(&runtime->owned) && pthread_equal(atomic_load(&runtime->owner), pthread_self());
}

void aw__loop_own(aw_runtime *runtime)
{
    atomic_store(&runtime->owner, pthread_self());
    atomic_store(&runtime->owned, true);
}

void aw__loop_disown(aw_runtime *runtime)
{
    atomic_store(&runtime->owned, false);
    atomic_store(&runtime->yield, false);
    pthread_cond_broadcast(&runtime->released);
    aw__waiters_take_over(runtime);
}

void aw__loop_ask(aw_runtime *runtime)
{
    atomic_store(&runtime->yield, true);
    aw__loop_wake(runtime);
}

void aw__loop_acquire(aw_runtime *runtime)
{
    pthread_mutex_lock(&runtime->lock);
    runtime->wanted++;
    while (atomic_load(&runtime->owned)) {
        aw__loop_ask(runtime);
        pthread_cond_wait(&runtime->released, &runtime->lock);
    }
    runtime->wanted--;
    aw__loop_own(runtime);
    pthread_mutex_unlock(&runtime->lock);
}

int aw__loop_acquire_embedded(aw_runtime *runtime, bool *ret_taken)
{
    int rc = AW_OK;

    pthread_mutex_lock(&runtime->lock);
    if (runtime->threaded) {
        rc = AW_E_INVALID;
    } else {
        runtime->embedded = true;
        runtime->embedder = pthread_self();
        *ret_taken = !atomic_load(&runtime->owned);
        if (*ret_taken)
            aw__loop_own(runtime);
        else
            aw__loop_ask(runtime);
    }
    pthread_mutex_unlock(&runtime->lock);
    return rc;
}

void aw__loop_release(aw_runtime *runtime)
{
    pthread_mutex_lock(&runtime->lock);
    aw__loop_disown(runtime);
    pthread_mutex_unlock(&runtime->lock);
}

static bool quiet(const aw_runtime *runtime)
{
    return atomic_load(&runtime->in_flight) == 0 && aw__workers_idle(runtime) && !atomic_load(&runtime->posted);
}

void aw__loop_drain(aw_runtime *runtime)
{
    aw__ops_stop(runtime, AW_E_CLOSED);
    while (!quiet(runtime))
        uv_run(&runtime->loop, UV_RUN_ONCE);
}
