/*
 * Threads that wait for something to happen on the loop: synchronous calls and aw_group_wait(). When the runtime has no
 * thread and is embedded in no other loop, one of those that wait runs the loop, and hands it on when it is done.
 *
 * Invariants, under runtime.lock:
 *   1. a waiter is in runtime.waiters from enter to leave;
 *   2. when the loop has no owner and nobody else wants it, the first waiter has been signalled;
 *   3. waiter.done is written on the loop's thread only.
 */
#include "runtime/loop.h"

static bool may_pump(const aw_runtime *runtime)
{
    if (runtime->threaded || runtime->wanted || atomic_load(&runtime->owned))
        return false;
    return !runtime->embedded || pthread_equal(runtime->embedder, pthread_self());
}

/* With the lock held, which it lets go of meanwhile. An outer loop knows nothing of what happens here: it is made to
 * process the runtime once afterwards, and so to ask for the new timeout. */
static void pump(aw_runtime *runtime, aw__waiter *waiter)
{
    aw__loop_own(runtime);
    pthread_mutex_unlock(&runtime->lock);
    runtime->pumping = waiter;
    while (!waiter->done && !atomic_load(&runtime->yield))
        uv_run(&runtime->loop, UV_RUN_DEFAULT);
    runtime->pumping = NULL;
    pthread_mutex_lock(&runtime->lock);
    if (runtime->exposed || runtime->embedded)
        aw__loop_wake(runtime);
    aw__loop_disown(runtime);
}

void aw__waiter_enter(aw_runtime *runtime, aw__waiter *waiter)
{
    *waiter = (aw__waiter){.done = false};
    aw__list_init(&waiter->among);
    pthread_cond_init(&waiter->woken, NULL);
    pthread_mutex_lock(&runtime->lock);
    aw__list_append(&runtime->waiters, &waiter->link);
    pthread_mutex_unlock(&runtime->lock);
}

/* The embedding thread, finding the loop run by another waiter, takes it away from it: nobody else may run it from now
 * on, so nobody else would have to be told when it is free. */
static bool must_take(const aw_runtime *runtime)
{
    return runtime->embedded && pthread_equal(runtime->embedder, pthread_self());
}

void aw__waiter_wait(aw_runtime *runtime, aw__waiter *waiter)
{
    pthread_mutex_lock(&runtime->lock);
    while (!waiter->done) {
        if (may_pump(runtime)) {
            pump(runtime, waiter);
        } else if (must_take(runtime)) {
            aw__loop_ask(runtime);
            pthread_cond_wait(&runtime->released, &runtime->lock);
        } else {
            pthread_cond_wait(&waiter->woken, &runtime->lock);
        }
    }
    pthread_mutex_unlock(&runtime->lock);
}

void aw__waiter_leave(aw_runtime *runtime, aw__waiter *waiter)
{
    pthread_mutex_lock(&runtime->lock);
    aw__list_remove(&waiter->link);
    aw__waiters_take_over(runtime); /* it may have been this one's turn */
    if (aw__list_empty(&runtime->waiters))
        pthread_cond_broadcast(&runtime->released);
    pthread_mutex_unlock(&runtime->lock);
    pthread_cond_destroy(&waiter->woken);
}

void aw__waiter_wake(aw_runtime *runtime, aw__waiter *waiter)
{
    pthread_mutex_lock(&runtime->lock);
    waiter->done = true;
    if (runtime->pumping == waiter)
        uv_stop(&runtime->loop);
    else
        pthread_cond_signal(&waiter->woken);
    pthread_mutex_unlock(&runtime->lock);
}

void aw__waiters_take_over(aw_runtime *runtime)
{
    if (runtime->threaded || runtime->embedded || runtime->wanted || atomic_load(&runtime->owned))
        return;
    if (!aw__list_empty(&runtime->waiters))
        pthread_cond_signal(&AW__ITEM(runtime->waiters.next, aw__waiter, link)->woken);
}

void aw__waiters_join(aw_runtime *runtime)
{
    pthread_mutex_lock(&runtime->lock);
    while (!aw__list_empty(&runtime->waiters))
        pthread_cond_wait(&runtime->released, &runtime->lock);
    pthread_mutex_unlock(&runtime->lock);
}
