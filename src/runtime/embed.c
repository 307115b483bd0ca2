/*
 * Nesting in the application's loop: one descriptor and three calls. Who may run the loop is in loop.c.
 */
#include "runtime/loop.h"

/* Rounds of one aw_runtime_process(). Nearly always two suffice; what keeps changing its watches waits its turn. */
enum { MAX_ROUNDS = 8 };

int aw_runtime_fd(aw_runtime *runtime)
{
    int fd = -1;

    if (!runtime)
        return -1;
    pthread_mutex_lock(&runtime->lock);
    if (!runtime->threaded) {
        runtime->exposed = true;
        fd = uv_backend_fd(&runtime->loop);
    }
    pthread_mutex_unlock(&runtime->lock);
    return fd;
}

/* With the lock held, so that nobody begins to run the loop meanwhile. */
static int timeout_ms(aw_runtime *runtime)
{
    if (runtime->threaded)
        return -1;
    if (atomic_load(&runtime->owned) && !aw__runtime_inside(runtime))
        return -1; /* a waiter runs it, and makes the descriptor readable when it stops */
    if (runtime->dirty)
        return 0;
    /* libuv counts from the time it saw last. */
    uv_update_time(&runtime->loop);
    return uv_backend_timeout(&runtime->loop);
}

int aw_runtime_timeout_ms(aw_runtime *runtime)
{
    int ms;

    if (!runtime)
        return -1;
    pthread_mutex_lock(&runtime->lock);
    ms = timeout_ms(runtime);
    pthread_mutex_unlock(&runtime->lock);
    return ms;
}

/* libuv tells the kernel of changed watches only when it next polls. So a round whose callbacks changed some is
 * followed by another: otherwise the descriptor would stay silent about them, and an outer loop would sleep. */
static void run_rounds(aw_runtime *runtime)
{
    int rounds = 0;

    do {
        runtime->dirty = false;
        uv_run(&runtime->loop, UV_RUN_NOWAIT);
    } while (runtime->dirty && ++rounds < MAX_ROUNDS);
}

int aw_runtime_process(aw_runtime *runtime)
{
    bool taken = false;
    int rc;

    if (!runtime)
        return AW_E_INVALID;
    if (aw__runtime_inside(runtime))
        return AW_E_REENTRANT;
    rc = aw__loop_acquire_embedded(runtime, &taken);
    if (taken) {
        run_rounds(runtime);
        aw__loop_release(runtime);
    }
    return rc;
}
