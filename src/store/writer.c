/*
 * The writer's thread and its queue. What is written is the callers' business (aw__store_fn).
 *
 * Invariants: a job lives on its caller's stack until its `done` is posted, which is the last touch of it; a job is
 * answered AW_OK only after the commit that holds it; a job that fails takes nothing of the others with it.
 */
#include "store/writer.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>

#include "base/alloc.h"
#include "base/error.h"

struct job {
    aw__store_fn *fn;
    void *arg;
    aw_error err;
    int rc;
    sem_t done;
    struct job *next;
};

struct aw__writer {
    aw_database *database; /* the thread's alone */
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct {
        struct job *first;
        struct job **end;
        bool stopping;
    } synced; /* under lock */
};

/* ---------------------------------------------------------------------------------------------- a transaction --- */

static int commit(aw_database *database, aw_error *err)
{
    int rc = database->driver->commit(database, err);

    if (rc)
        err->retriable = true; /* nothing of it is in the database */
    return rc;
}

static void run_alone(aw_database *database, struct job *job)
{
    const aw_database_driver *driver = database->driver;

    job->err = (aw_error){0}; /* of a first try together with others */
    job->rc = driver->begin(database, true, &job->err);
    if (job->rc)
        return;
    job->rc = job->fn(database, job->arg, &job->err);
    if (!job->rc)
        job->rc = commit(database, &job->err);
    if (job->rc)
        driver->rollback(database);
}

/* Returns whether the transaction around it still stands. */
static bool run_in_savepoint(aw_database *database, struct job *job)
{
    const aw_database_driver *driver = database->driver;

    if (driver->savepoint(database, NULL))
        return false;
    job->rc = job->fn(database, job->arg, &job->err);
    return (job->rc ? driver->rollback_to(database, NULL) : driver->release(database, NULL)) == AW_OK;
}

/* One job's failure (a full disk, no memory) has ended the transaction of all: each gets one of its own. */
static void run_one_by_one(aw_database *database, struct job *batch)
{
    for (struct job *job = batch; job; job = job->next)
        run_alone(database, job);
}

static void fail_all(struct job *batch, int rc, const aw_error *err)
{
    for (struct job *job = batch; job; job = job->next)
        if (!job->rc) {
            job->rc = rc;
            job->err = *err;
        }
}

static void run_together(aw_database *database, struct job *batch)
{
    const aw_database_driver *driver = database->driver;
    aw_error err = {0};
    int rc = driver->begin(database, true, &err);

    for (struct job *job = batch; job && !rc; job = job->next)
        if (!run_in_savepoint(database, job)) {
            driver->rollback(database);
            run_one_by_one(database, batch);
            return;
        }
    if (!rc)
        rc = commit(database, &err);
    if (rc) {
        driver->rollback(database);
        fail_all(batch, rc, &err);
    }
}

/* ------------------------------------------------------------------------------------------------- the thread --- */

/* All that is queued, or NULL when the writer shall stop and nothing is left. */
static struct job *take_batch(aw__writer *writer)
{
    struct job *batch;

    pthread_mutex_lock(&writer->lock);
    while (!writer->synced.first && !writer->synced.stopping)
        pthread_cond_wait(&writer->wake, &writer->lock);
    batch = writer->synced.first;
    writer->synced.first = NULL;
    writer->synced.end = &writer->synced.first;
    pthread_mutex_unlock(&writer->lock);
    return batch;
}

static void answer(struct job *batch)
{
    while (batch) {
        struct job *next = batch->next; /* read before its caller goes on */

        sem_post(&batch->done);
        batch = next;
    }
}

static void *write_batches(void *arg)
{
    aw__writer *writer = arg;
    struct job *batch;

    while ((batch = take_batch(writer))) {
        if (batch->next)
            run_together(writer->database, batch);
        else
            run_alone(writer->database, batch);
        answer(batch);
    }
    return NULL;
}

/* The application's signals are for its own threads. */
static int start_thread(aw__writer *writer)
{
    sigset_t all, before;
    int rc;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    rc = pthread_create(&writer->thread, NULL, write_batches, writer);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (!rc)
        pthread_setname_np(writer->thread, "aw-writer");
    return rc;
}

static void free_writer(aw__writer *writer)
{
    pthread_cond_destroy(&writer->wake);
    pthread_mutex_destroy(&writer->lock);
    aw__free(writer);
}

int aw__writer_start(aw_database *database, aw__writer **ret_writer, aw_error *err)
{
    aw__writer *writer = aw__calloc(1, sizeof(*writer));

    if (!writer)
        return aw__fail_nomem(err);
    writer->database = database;
    writer->synced.end = &writer->synced.first;
    pthread_mutex_init(&writer->lock, NULL);
    pthread_cond_init(&writer->wake, NULL);
    if (start_thread(writer)) {
        free_writer(writer);
        return aw__fail(err, AW_E_NOMEM, "no thread for the store's writer; raise the limit on threads");
    }
    *ret_writer = writer;
    return AW_OK;
}

void aw__writer_stop(aw__writer *writer)
{
    if (!writer)
        return;
    pthread_mutex_lock(&writer->lock);
    writer->synced.stopping = true;
    pthread_cond_signal(&writer->wake);
    pthread_mutex_unlock(&writer->lock);
    pthread_join(writer->thread, NULL);
    writer->database->driver->close(writer->database);
    free_writer(writer);
}

/* ------------------------------------------------------------------------------------------------ the callers --- */

static void queue(aw__writer *writer, struct job *job)
{
    pthread_mutex_lock(&writer->lock);
    *writer->synced.end = job;
    writer->synced.end = &job->next;
    pthread_cond_signal(&writer->wake);
    pthread_mutex_unlock(&writer->lock);
}

int aw__writer_run(aw__writer *writer, aw__store_fn *fn, void *arg, aw_error *err)
{
    struct job job = {.fn = fn, .arg = arg};

    if (pthread_equal(pthread_self(), writer->thread))
        return aw__fail(err, AW_E_REENTRANT, "a write cannot wait for another one: use its connection");
    sem_init(&job.done, 0, 0);
    queue(writer, &job);
    while (sem_wait(&job.done) && errno == EINTR)
        continue;
    sem_destroy(&job.done);
    if (job.rc && err)
        *err = job.err;
    return job.rc;
}
