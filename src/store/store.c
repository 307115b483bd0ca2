/*
 * The store: choosing the driver and opening it, reads, and writes. SQLite's writes are in writer.c, those of databases
 * with many writers in replay.c.
 */
#include "store/store.h"

#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "store/pool.h"
#include "store/postgres.h"
#include "store/replay.h"
#include "store/schema.h"
#include "store/sqlite.h"
#include "store/writer.h"

/* Readers of a file cost little. A server has a limit of its own, a hundred by default, which others share. */
enum { READERS_MAX = 64, CONNECTIONS_MAX = 40 };

struct aw__store {
    aw__pool *pool;     /* for reads, and with many writers for all */
    aw__writer *writer; /* of a database with one, */
    aw__replay *replay; /* or with many: the other one is NULL, and for reading only both are */
};

static const aw_database_driver *const drivers[] = {&aw__sqlite_driver, &aw__postgres_driver};

/* --------------------------------------------------------------------------------------------- open and close --- */

const aw_database_driver *aw__store_driver(const char *location, const char **ret_rest)
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

/* Whether the tables are there, without making a file to look into. */
static int check_schema(const aw_database_driver *driver, const char *rest, aw_error *err)
{
    aw_database *database = NULL;
    int rc = driver->open(rest, true, &database, err);

    if (rc)
        return rc;
    rc = aw__schema_open(database, false, err);
    driver->close(database);
    return rc;
}

static int make_schema(const aw_database_driver *driver, const char *rest, aw_error *err)
{
    aw_database *database = NULL;
    int rc = driver->open(rest, false, &database, err);

    if (rc)
        return rc;
    rc = aw__schema_open(database, true, err);
    driver->close(database);
    return rc;
}

static int start_writer(aw__store *store, const aw_database_driver *driver, const char *rest, aw_error *err)
{
    aw_database *database = NULL;
    int rc = driver->open(rest, false, &database, err);

    if (rc)
        return rc;
    rc = aw__writer_start(database, &store->writer, err);
    if (rc)
        driver->close(database);
    return rc;
}

static int start(aw__store *store, const aw_database_driver *driver, const char *rest, aw__store_opening opening,
                 aw_error *err)
{
    bool reads_only = opening == AW__STORE_READ;
    int rc = opening == AW__STORE_MAKE ? make_schema(driver, rest, err) : check_schema(driver, rest, err);

    if (rc == AW_OK)
        rc = aw__pool_new(driver, rest, reads_only || !driver->many_writers,
                          driver->many_writers ? CONNECTIONS_MAX : READERS_MAX, &store->pool, err);
    if (rc || reads_only)
        return rc;
    return driver->many_writers ? aw__replay_new(store->pool, &store->replay, err)
                                : start_writer(store, driver, rest, err);
}

int aw__store_check(const char *location, aw_error *err)
{
    const char *rest = NULL;
    const aw_database_driver *driver = aw__store_driver(location, &rest);

    if (!driver || !*rest)
        return aw__fail(err, AW_E_INVALID,
                        "store: must be \"sqlite:PATH\" or \"postgresql://USER@HOST/DATABASE\"");
    return driver->check ? driver->check(rest, err) : AW_OK;
}

int aw__store_open(const char *location, aw__store_opening opening, aw__store **ret_store, aw_error *err)
{
    const char *rest = NULL;
    const aw_database_driver *driver = aw__store_driver(location, &rest);
    aw__store *store;
    int rc;

    if (!driver)
        return aw__store_check(location, err);
    store = aw__calloc(1, sizeof(*store));
    if (!store)
        return aw__fail_nomem(err);
    rc = start(store, driver, rest, opening, err);
    if (rc)
        aw__store_close(store);
    else
        *ret_store = store;
    return rc;
}

/* The writer's connection goes last: the last one copies SQLite's log back and removes it, which readers may not. */
void aw__store_close(aw__store *store)
{
    if (!store)
        return;
    aw__pool_free(store->pool);
    aw__writer_stop(store->writer);
    aw__replay_free(store->replay);
    aw__free(store);
}

/* -------------------------------------------------------------------------------------------- reads and writes --- */

int aw__store_read(aw__store *store, aw__store_fn *fn, void *arg, aw_error *err)
{
    return aw__replay_read(store->pool, fn, arg, err);
}

int aw__store_write(aw__store *store, aw__store_fn *fn, void *arg, aw_error *err)
{
    if (store->writer)
        return aw__writer_run(store->writer, fn, arg, err);
    if (store->replay)
        return aw__replay_write(store->replay, fn, arg, err);
    return aw__fail(err, AW_E_DENIED, "the store was opened for reading");
}

uint64_t aw__store_doubts(const aw__store *store)
{
    return store->replay ? aw__replay_doubts(store->replay) : 0;
}
