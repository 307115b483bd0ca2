/*
 * The workers: a fixed number of threads that share one queue. What runs on them is the callers' (offload.c, the store
 * steps of flows).
 */
#include "runtime/worker.h"

#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "runtime/loop.h"

struct aw__workers {
    pthread_mutex_t lock;
    pthread_cond_t some;
    aw__link queue; /* under lock, as the next */
    bool ending;
    size_t unfinished; /* queued or running; the loop's thread only */
    int count;
    pthread_t threads[];
};

static void on_done(void *arg)
{
    aw__work *work = arg;

    work->runtime->workers->unfinished--;
    work->done(work->arg); /* may free it */
}

/* The next work in line, waiting for one. NULL at the end. */
static aw__work *take(aw__workers *workers)
{
    aw__work *work = NULL;

    pthread_mutex_lock(&workers->lock);
    while (aw__list_empty(&workers->queue) && !workers->ending)
        pthread_cond_wait(&workers->some, &workers->lock);
    if (!aw__list_empty(&workers->queue)) {
        work = AW__ITEM(aw__list_pop(&workers->queue), aw__work, link);
        work->queued = false;
    }
    pthread_mutex_unlock(&workers->lock);
    return work;
}

static void *serve(void *arg)
{
    aw__workers *workers = arg;
    aw__work *work;

    while ((work = take(workers))) {
        work->run(work->arg);
        aw__runtime_post(work->runtime, &work->post, on_done, work);
    }
    return NULL;
}

static void queue(aw_runtime *runtime, aw__work *work, void (*run)(void *), void (*done)(void *), void *arg, bool first)
{
    aw__workers *workers = runtime->workers;

    work->run = run;
    work->done = done;
    work->arg = arg;
    work->runtime = runtime;
    workers->unfinished++;
    pthread_mutex_lock(&workers->lock);
    work->queued = true;
    if (first)
        aw__list_prepend(&workers->queue, &work->link);
    else
        aw__list_append(&workers->queue, &work->link);
    pthread_cond_signal(&workers->some);
    pthread_mutex_unlock(&workers->lock);
}

void aw__worker_queue(aw_runtime *runtime, aw__work *work, void (*run)(void *), void (*done)(void *), void *arg)
{
    queue(runtime, work, run, done, arg, false);
}

void aw__worker_queue_first(aw_runtime *runtime, aw__work *work, void (*run)(void *), void (*done)(void *), void *arg)
{
    queue(runtime, work, run, done, arg, true);
}

bool aw__worker_withdraw(aw_runtime *runtime, aw__work *work)
{
    aw__workers *workers = runtime->workers;
    bool withdrawn;

    pthread_mutex_lock(&workers->lock);
    withdrawn = work->queued;
    if (withdrawn) {
        aw__list_remove(&work->link);
        work->queued = false;
    }
    pthread_mutex_unlock(&workers->lock);
    if (withdrawn)
        workers->unfinished--;
    return withdrawn;
}

bool aw__workers_idle(const aw_runtime *runtime)
{
    return runtime->workers->unfinished == 0;
}

int aw__workers_start(aw_runtime *runtime, int count, aw_error *err)
{
    aw__workers *workers = aw__calloc(1, sizeof(*workers) + (size_t)count * sizeof(workers->threads[0]));

    if (!workers)
        return aw__fail_nomem(err);
    pthread_mutex_init(&workers->lock, NULL);
    pthread_cond_init(&workers->some, NULL);
    aw__list_init(&workers->queue);
    runtime->workers = workers;
    while (workers->count < count) {
        int rc = aw__thread_start(&workers->threads[workers->count], "aw-worker", serve, workers);

        if (rc) {
            aw__workers_stop(runtime);
            return aw__fail(err, AW_E_UNSUPPORTED, "no worker thread: %s", strerror(rc));
        }
        workers->count++;
    }
    return AW_OK;
}

void aw__workers_stop(aw_runtime *runtime)
{
    aw__workers *workers = runtime->workers;

    if (!workers)
        return;
    pthread_mutex_lock(&workers->lock);
    workers->ending = true;
    pthread_cond_broadcast(&workers->some);
    pthread_mutex_unlock(&workers->lock);
    for (int i = 0; i < workers->count; i++)
        pthread_join(workers->threads[i], NULL);
    pthread_cond_destroy(&workers->some);
    pthread_mutex_destroy(&workers->lock);
    aw__free(workers);
    runtime->workers = NULL;
}
