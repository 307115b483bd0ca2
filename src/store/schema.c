/*
 * Opening a database: its version, and what leads to ours. The tables themselves are in schema_sqlite.c and
 * schema_postgres.c.
 */
#include "store/schema.h"

#include "base/error.h"
#include "store/postgres.h"

static const aw__schema_dialect *dialect_of(const aw_database *database)
{
    return database->driver->scheme == aw__postgres_driver.scheme ? &aw__schema_postgres : &aw__schema_sqlite;
}

/* Whether the version is one that this library has had. */
static int check_version(int64_t version, aw_error *err)
{
    if (version > AW__SCHEMA_VERSION)
        return aw__fail(err, AW_E_STORE,
                        "the database has version %lld of the tables and this program knows %d; update it",
                        (long long)version, AW__SCHEMA_VERSION);
    if (version < 0)
        return aw__fail(err, AW_E_STORE, "the database is not one of an ActingWeb server; choose another");
    return AW_OK;
}

static int bring_up(const aw__schema_dialect *dialect, aw_database *database, aw_error *err)
{
    int64_t version = 0;
    int rc = dialect->read_version(database, &version, err);

    if (rc == AW_OK)
        rc = check_version(version, err);
    if (rc || version == AW__SCHEMA_VERSION)
        return rc;
    if (dialect->prepare)
        rc = dialect->prepare(database, err);
    if (rc == AW_OK && version == 0)
        return database->driver->execute(database, dialect->upgrades[0], err);
    for (; rc == AW_OK && version < AW__SCHEMA_VERSION; version++)
        rc = database->driver->execute(database, dialect->upgrades[version], err);
    return rc;
}

static int bring_up_in_transaction(const aw__schema_dialect *dialect, aw_database *database, aw_error *err)
{
    const aw_database_driver *driver = database->driver;
    int rc = driver->begin(database, true, err);

    if (!rc)
        rc = bring_up(dialect, database, err);
    if (!rc)
        rc = driver->commit(database, err);
    if (rc)
        driver->rollback(database);
    return rc;
}

static int refuse(int64_t version, aw_error *err)
{
    if (version)
        return aw__fail(err, AW_E_STORE,
                        "the database has version %lld of the tables and this program needs %d; serve it once with"
                        " --migrate on", (long long)version, AW__SCHEMA_VERSION);
    return aw__fail(err, AW_E_STORE, "the database has no tables of an ActingWeb server; serve it once with --migrate on");
}

int aw__schema_open(aw_database *database, bool migrate, aw_error *err)
{
    const aw__schema_dialect *dialect = dialect_of(database);
    int64_t version = 0;
    int rc = dialect->read_version(database, &version, err);

    if (rc == AW_OK)
        rc = check_version(version, err);
    if (rc || version == AW__SCHEMA_VERSION)
        return rc;
    if (!migrate)
        return refuse(version, err);
    if (dialect->lock)
        rc = database->driver->execute(database, dialect->lock, err);
    if (!rc)
        rc = bring_up_in_transaction(dialect, database, err);
    if (dialect->unlock) /* the connection's end would do it as well */
        (void)database->driver->execute(database, dialect->unlock, NULL);
    return rc;
}

int aw__schema_known(aw_database *database, aw_error *err)
{
    int64_t version = 0;
    int rc = dialect_of(database)->read_version(database, &version, err);

    if (rc)
        return rc;
    return version ? check_version(version, err)
                   : aw__fail(err, AW_E_STORE, "the database has no tables of an ActingWeb server");
}
