/*
 * Replaying transactions. Whether that is asked for is the driver's to say (aw_database_state).
 */
#include "store/replay.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/error.h"
#include "store/database.h"

enum {
    TRIES_TOGETHER = 3,   /* then without others of this process beside it, */
    TRIES_IN_PROCESS = 6, /* and then without any: else one that takes long loses for ever against short ones */
    TRIES_MAX = 20,
    WRITE_MS_MAX = 20000, /* who has waited for locks as long is told so, and not run again */
    LOST_MAX = 2, /* a connection that was idle for long, and one made since */
    PAUSE_MAX_US = 20000
};

/* Every other one, so that those whom it keeps waiting while it waits itself come to something. */
static bool is_alone(int tries)
{
    return tries >= TRIES_IN_PROCESS && (tries - TRIES_IN_PROCESS) % 2 == 0;
}

/* A write inside of a write would wait for a connection, or for itself. */
static _Thread_local bool writing;

struct aw__replay {
    aw__pool *pool;
    pthread_rwlock_t alone; /* read: beside others; written: alone */
    atomic_ullong doubts;
};

int aw__replay_new(aw__pool *pool, aw__replay **ret_replay, aw_error *err)
{
    aw__replay *replay = aw__calloc(1, sizeof(*replay));
    pthread_rwlockattr_t patient;

    if (!replay)
        return aw__fail_nomem(err);
    replay->pool = pool;
    pthread_rwlockattr_init(&patient);
    pthread_rwlockattr_setkind_np(&patient, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
    pthread_rwlock_init(&replay->alone, &patient);
    pthread_rwlockattr_destroy(&patient);
    *ret_replay = replay;
    return AW_OK;
}

void aw__replay_free(aw__replay *replay)
{
    if (!replay)
        return;
    pthread_rwlock_destroy(&replay->alone);
    aw__free(replay);
}

/* ---------------------------------------------------------------------------------------------------- one try --- */

typedef enum outcome { ENDED, REPLAY, LOST, IN_DOUBT } outcome;

typedef enum transaction { READING, WRITING, WRITING_ALONE } transaction;

static outcome outcome_of(aw_database *database)
{
    switch (aw__database_state(database)) {
    case AW_DATABASE_REPLAY:
        return REPLAY;
    case AW_DATABASE_LOST:
        return LOST;
    default:
        return ENDED;
    }
}

static int begin(aw_database *database, transaction kind, aw_error *err)
{
    const aw_database_driver *driver = database->driver;
    int rc = driver->begin(database, kind != READING, err);

    return rc || kind == READING || !driver->lock ? rc : driver->lock(database, kind == WRITING_ALONE, err);
}

static outcome try_once(aw__pool *pool, transaction kind, aw__store_fn *fn, void *arg, int *ret_code, aw_error *err)
{
    bool writes = kind != READING;
    aw_database *database = NULL;
    outcome out = ENDED;
    int rc = aw__pool_take(pool, &database, err);

    *ret_code = rc;
    if (rc)
        return ENDED; /* nothing was begun; who asks next may have more luck */

    const aw_database_driver *driver = database->driver;

    rc = begin(database, kind, err);
    if (rc == AW_OK)
        rc = fn(database, arg, err);
    if (rc)
        out = outcome_of(database);
    if (rc == AW_OK && writes) {
        rc = driver->commit(database, err);
        if (rc) {
            out = outcome_of(database);
            if (out == LOST)
                out = IN_DOUBT; /* it was committed, or not, or will be yet */
            err->retriable = true;
        }
    }
    if (rc || !writes)
        driver->rollback(database); /* of what was read there is nothing to keep */
    aw__pool_give_back(pool, database);
    *ret_code = rc;
    return out;
}

/* ------------------------------------------------------------------------------------------------------- tries --- */

static void pause_a_little(int tries)
{
    static _Thread_local unsigned seed;
    long most_us = 500L << (tries < 6 ? tries : 6);

    if (!seed)
        seed = (unsigned)aw__utc_us() | 1;
    if (most_us > PAUSE_MAX_US)
        most_us = PAUSE_MAX_US;
    nanosleep(&(struct timespec){.tv_nsec = (rand_r(&seed) % most_us) * 1000}, NULL);
}

int aw__replay_read(aw__pool *pool, aw__store_fn *fn, void *arg, aw_error *err)
{
    aw_error failure = {0};
    outcome out = ENDED;
    int rc = AW_OK;

    for (int tries = 0; tries <= LOST_MAX; tries++) {
        failure = (aw_error){0};
        out = try_once(pool, READING, fn, arg, &rc, &failure);
        if (rc == AW_OK || out == ENDED)
            break;
    }
    if (rc && err)
        *err = failure;
    return rc;
}

static outcome try_beside_others(aw__replay *replay, int tries, aw__store_fn *fn, void *arg, int *ret_code, aw_error *err)
{
    outcome out;

    if (tries < TRIES_TOGETHER)
        pthread_rwlock_rdlock(&replay->alone);
    else
        pthread_rwlock_wrlock(&replay->alone);
    out = try_once(replay->pool, is_alone(tries) ? WRITING_ALONE : WRITING, fn, arg, ret_code, err);
    pthread_rwlock_unlock(&replay->alone);
    return out;
}

int aw__replay_write(aw__replay *replay, aw__store_fn *fn, void *arg, aw_error *err)
{
    uint64_t began_ms = aw__now_ms();
    aw_error failure = {0};
    int rc = AW_OK, lost = 0;

    if (writing)
        return aw__fail(err, AW_E_REENTRANT, "a write cannot wait for another one: use its connection");
    writing = true;
    for (int tries = 0; tries < TRIES_MAX; tries++) {
        failure = (aw_error){0};

        outcome out = try_beside_others(replay, tries, fn, arg, &rc, &failure);

        if (out == IN_DOUBT)
            atomic_fetch_add(&replay->doubts, 1);
        if (rc == AW_OK || out == ENDED || out == IN_DOUBT || (out == LOST && ++lost > LOST_MAX) ||
            aw__now_ms() - began_ms > WRITE_MS_MAX)
            break;
        pause_a_little(tries);
    }
    writing = false;
    if (rc && err)
        *err = failure;
    return rc;
}

uint64_t aw__replay_doubts(const aw__replay *replay)
{
    return atomic_load(&replay->doubts);
}
