/*
 * The store: choosing the driver, the pool of readers, and reads. Writes are in writer.c.
 */
#include "store/store.h"

#include <pthread.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "store/schema.h"
#include "store/sqlite.h"
#include "store/writer.h"

/* More readers than threads that read at once are never made; beyond this many, readers wait for each other. */
enum { READERS_MAX = 64 };

struct aw__store {
    const aw_database_driver *driver;
    char *location; /* what follows the scheme */
    aw__writer *writer;
    pthread_mutex_t lock;
    pthread_cond_t reader_back;
    struct {
        aw_database *idle[READERS_MAX]; /* the last one used is the first one taken: its cache is warm */
        size_t idle_count;
        size_t count; /* idle or not */
    } synced;         /* under lock */
};

static const aw_database_driver *const drivers[] = {&aw__sqlite_driver};

/* --------------------------------------------------------------------------------------------- open and close --- */

static const aw_database_driver *find_driver(const char *location, const char **ret_rest)
{
    const char *colon = location ? strchr(location, ':') : NULL;
    size_t bytes = colon ? (size_t)(colon - location) : 0;

    for (size_t i = 0; colon && i < sizeof(drivers) / sizeof(drivers[0]); i++)
        if (strlen(drivers[i]->scheme) == bytes && memcmp(drivers[i]->scheme, location, bytes) == 0) {
            *ret_rest = colon + 1;
            return drivers[i];
        }
    return NULL;
}

static int start_writer(aw__store *store, aw_error *err)
{
    aw_database *database = NULL;
    int rc = store->driver->open(store->location, false, &database, err);

    if (rc)
        return rc;
    rc = aw__schema_create(database, err);
    if (!rc)
        rc = aw__writer_start(database, &store->writer, err);
    if (rc)
        store->driver->close(database);
    return rc;
}

/* A store without connections. */
static int make(const char *location, aw__store **ret_store, aw_error *err)
{
    const char *rest = NULL;
    const aw_database_driver *driver = find_driver(location, &rest);
    aw__store *store = NULL;

    if (!driver)
        return aw__fail(err, AW_E_INVALID, "the store's location must begin with \"sqlite:\"");
    store = aw__calloc(1, sizeof(*store));
    if (!store)
        return aw__fail_nomem(err);
    pthread_mutex_init(&store->lock, NULL);
    pthread_cond_init(&store->reader_back, NULL);
    store->driver = driver;
    store->location = aw__strdup(rest);
    if (!store->location) {
        aw__store_close(store);
        return aw__fail_nomem(err);
    }
    *ret_store = store;
    return AW_OK;
}

int aw__store_open(const char *location, aw__store **ret_store, aw_error *err)
{
    aw__store *store = NULL;
    int rc = make(location, &store, err);

    if (rc)
        return rc;
    rc = start_writer(store, err);
    if (rc)
        aw__store_close(store);
    else
        *ret_store = store;
    return rc;
}

static int check_schema(aw_database *database, void *arg, aw_error *err)
{
    (void)arg;
    return aw__schema_check(database, err);
}

int aw__store_open_existing(const char *location, bool writes, aw__store **ret_store, aw_error *err)
{
    aw__store *store = NULL;
    int rc = make(location, &store, err);

    if (rc)
        return rc;
    rc = aw__store_read(store, check_schema, NULL, err);
    if (rc == AW_OK && writes)
        rc = start_writer(store, err);
    if (rc)
        aw__store_close(store);
    else
        *ret_store = store;
    return rc;
}

/* The writer's connection goes last: the last one copies the log back and removes it, which readers may not. */
void aw__store_close(aw__store *store)
{
    if (!store)
        return;
    for (size_t i = 0; i < store->synced.idle_count; i++)
        store->driver->close(store->synced.idle[i]);
    aw__writer_stop(store->writer);
    pthread_cond_destroy(&store->reader_back);
    pthread_mutex_destroy(&store->lock);
    aw__free(store->location);
    aw__free(store);
}

/* ---------------------------------------------------------------------------------------------------- readers --- */

static int open_reader(aw__store *store, aw_database **ret_reader, aw_error *err)
{
    int rc = store->driver->open(store->location, true, ret_reader, err);

    if (rc) {
        pthread_mutex_lock(&store->lock);
        store->synced.count--;
        pthread_cond_signal(&store->reader_back);
        pthread_mutex_unlock(&store->lock);
    }
    return rc;
}

static int take_reader(aw__store *store, aw_database **ret_reader, aw_error *err)
{
    aw_database *reader = NULL;

    pthread_mutex_lock(&store->lock);
    while (!store->synced.idle_count && store->synced.count == READERS_MAX)
        pthread_cond_wait(&store->reader_back, &store->lock);
    if (store->synced.idle_count)
        reader = store->synced.idle[--store->synced.idle_count];
    else
        store->synced.count++;
    pthread_mutex_unlock(&store->lock);
    if (!reader)
        return open_reader(store, ret_reader, err);
    *ret_reader = reader;
    return AW_OK;
}

static void give_back_reader(aw__store *store, aw_database *reader)
{
    pthread_mutex_lock(&store->lock);
    store->synced.idle[store->synced.idle_count++] = reader;
    pthread_cond_signal(&store->reader_back);
    pthread_mutex_unlock(&store->lock);
}

int aw__store_read(aw__store *store, aw__store_fn *fn, void *arg, aw_error *err)
{
    aw_database *reader = NULL;
    aw_error failure = {0};
    int rc = take_reader(store, &reader, &failure);

    if (!rc) {
        rc = store->driver->begin(reader, false, &failure);
        if (!rc)
            rc = fn(reader, arg, &failure);
        store->driver->rollback(reader); /* there is nothing to keep */
        give_back_reader(store, reader);
    }
    if (rc && err)
        *err = failure;
    return rc;
}

int aw__store_write(aw__store *store, aw__store_fn *fn, void *arg, aw_error *err)
{
    if (!store->writer)
        return aw__fail(err, AW_E_DENIED, "the store was opened for reading");
    return aw__writer_run(store->writer, fn, arg, err);
}
