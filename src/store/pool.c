/*
 * The pool of connections. What is run on them is the callers'.
 */
#include "store/pool.h"

#include <errno.h>
#include <pthread.h>
#include <time.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "store/database.h"

enum { CONNECTIONS_MAX = 256, WAIT_S = 10, BACKOFF_MS = 100, BACKOFF_MAX_MS = 5000, MS_PER_S = 1000 };

struct aw__pool {
    const aw_database_driver *driver;
    char *location; /* may hold a password */
    bool read_only;
    size_t max;
    pthread_mutex_t lock;
    pthread_cond_t back;
    struct {
        aw_database *idle[CONNECTIONS_MAX]; /* the last one used is the first one taken: its cache is warm */
        size_t idle_count;
        size_t count; /* idle or not */
        int failures; /* to connect, on end */
        uint64_t away_until_ms;
        aw_error away; /* why */
    } synced;          /* under lock */
};

int aw__pool_new(const aw_database_driver *driver, const char *location, bool read_only, size_t max, aw__pool **ret_pool,
                 aw_error *err)
{
    aw__pool *pool = aw__calloc(1, sizeof(*pool));
    pthread_condattr_t monotonic;

    if (!pool)
        return aw__fail_nomem(err);
    pool->driver = driver;
    pool->read_only = read_only;
    pool->max = max < CONNECTIONS_MAX ? max : CONNECTIONS_MAX;
    pool->location = aw__strdup(location);
    if (!pool->location) {
        aw__free(pool);
        return aw__fail_nomem(err);
    }
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->back, &monotonic);
    pthread_condattr_destroy(&monotonic);
    *ret_pool = pool;
    return AW_OK;
}

void aw__pool_free(aw__pool *pool)
{
    if (!pool)
        return;
    for (size_t i = 0; i < pool->synced.idle_count; i++)
        pool->driver->close(pool->synced.idle[i]);
    pthread_cond_destroy(&pool->back);
    pthread_mutex_destroy(&pool->lock);
    aw__free(pool->location);
    aw__free(pool);
}

/* ------------------------------------------------------------------------------------------------- connecting --- */

/* Under lock. The first failures are tried again soon: a server that restarts is back within a second. */
static void go_away(aw__pool *pool, const aw_error *err)
{
    int pause_ms = BACKOFF_MS;

    for (int i = 0; i < pool->synced.failures && pause_ms < BACKOFF_MAX_MS; i++)
        pause_ms *= 2;
    if (pause_ms > BACKOFF_MAX_MS)
        pause_ms = BACKOFF_MAX_MS;
    if (pool->synced.failures++ == 0)
        aw__log(AW_LOG_ERROR, "%s", err->message);
    pool->synced.away = *err;
    pool->synced.away_until_ms = aw__now_ms() + (uint64_t)pause_ms;
}

static void be_there(aw__pool *pool)
{
    if (pool->synced.failures)
        aw__log(AW_LOG_INFO, "the database is there again");
    pool->synced.failures = 0;
    pool->synced.away_until_ms = 0;
}

static int connect_one(aw__pool *pool, aw_database **ret_database, aw_error *err)
{
    aw_error why = {0};
    int rc = pool->driver->open(pool->location, pool->read_only, ret_database, &why);

    pthread_mutex_lock(&pool->lock);
    if (rc == AW_OK)
        be_there(pool);
    else if (rc == AW_E_STORE && why.retriable)
        go_away(pool, &why);
    if (rc) {
        pool->synced.count--;
        pthread_cond_broadcast(&pool->back); /* who waits is told as well that the database is away */
    }
    pthread_mutex_unlock(&pool->lock);
    if (rc && err)
        *err = why;
    return rc;
}

/* ----------------------------------------------------------------------------------------- taking, giving back --- */

/* Under lock. False: it took too long. */
static bool wait_for_room(aw__pool *pool)
{
    struct timespec end;
    int rc = 0;

    clock_gettime(CLOCK_MONOTONIC, &end);
    end.tv_sec += WAIT_S;
    while (!pool->synced.idle_count && pool->synced.count >= pool->max && rc != ETIMEDOUT)
        rc = pthread_cond_timedwait(&pool->back, &pool->lock, &end);
    return pool->synced.idle_count || pool->synced.count < pool->max;
}

/* Under lock: an idle connection, or NULL and AW_OK when one is to be made. */
static int reserve(aw__pool *pool, aw_database **ret_idle, aw_error *err)
{
    if (!wait_for_room(pool))
        return aw__fail(err, AW_E_BUSY, "all %zu connections to the database are in use; allow more, or fewer threads",
                        pool->max);
    if (pool->synced.idle_count) {
        *ret_idle = pool->synced.idle[--pool->synced.idle_count];
        return AW_OK;
    }

    uint64_t now_ms = aw__now_ms();

    if (pool->synced.away_until_ms > now_ms) {
        if (err) {
            *err = pool->synced.away;
            err->retry_after_ms = MS_PER_S;
        }
        return pool->synced.away.code;
    }
    pool->synced.count++;
    return AW_OK;
}

int aw__pool_take(aw__pool *pool, aw_database **ret_database, aw_error *err)
{
    aw_database *database = NULL;
    int rc;

    pthread_mutex_lock(&pool->lock);
    rc = reserve(pool, &database, err);
    pthread_mutex_unlock(&pool->lock);
    if (rc == AW_OK && !database)
        rc = connect_one(pool, &database, err);
    if (rc == AW_OK)
        *ret_database = database;
    return rc;
}

void aw__pool_give_back(aw__pool *pool, aw_database *database)
{
    aw_database *lost[CONNECTIONS_MAX];
    size_t lost_count = 0;
    bool fine = aw__database_state(database) != AW_DATABASE_LOST;

    pthread_mutex_lock(&pool->lock);
    if (fine) {
        pool->synced.idle[pool->synced.idle_count++] = database;
    } else {
        lost[lost_count++] = database;
        while (pool->synced.idle_count)
            lost[lost_count++] = pool->synced.idle[--pool->synced.idle_count];
        pool->synced.count -= lost_count;
    }
    if (lost_count > 1)
        pthread_cond_broadcast(&pool->back);
    else
        pthread_cond_signal(&pool->back);
    pthread_mutex_unlock(&pool->lock);
    if (lost_count)
        aw__log(AW_LOG_WARNING, "a connection to the database was lost; %zu idle ones are closed with it", lost_count - 1);
    for (size_t i = 0; i < lost_count; i++)
        pool->driver->close(lost[i]);
}
