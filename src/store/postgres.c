/*
 * The PostgreSQL driver: opening connections, and transactions. What is sent on a connection is
 * postgres_connection.c's, statements are postgres_statement.c's. Of the tables, which are in schema_postgres.c and in the
 * file of each, it knows the one whose lock stands for all of them.
 */
#include "store/postgres.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "store/database.h"
#include "store/postgres_connection.h"
#include "store/postgres_location.h"
#include "store/postgres_statement.h"

/* The server itself ends a statement that takes too long. One that has not done so half as long later will not
 * answer. */
enum { PATIENCE_MS_PER_S = 1500 };

/* Who waits to be alone keeps all later ones waiting. */
enum { ALONE_WAITS_MS = 1000 };

/* Less than a statement may take, so that who has waited for a lock is told that, and is run again. */
static int lock_timeout_ms(const aw__postgres *c)
{
    return c->patience_ms / 2;
}

static aw__postgres *connection_of(aw_database *database)
{
    return (aw__postgres *)database;
}

/* ----------------------------------------------------------------------------------------------- transactions --- */

/* What most transactions are made of. */
typedef enum command { BEGIN_READING, BEGIN_WRITING, LOCK_SHARED, COMMIT, ROLLBACK, COMMANDS } command;

/* LOCK takes no snapshot, so that what has waited for the lock sees all that was written before. Reading, and pg_dump, go
 * on beside both its modes. */
static const struct {
    const char *name, *sql;
} commands[COMMANDS] = {
    [BEGIN_READING] = {"begin_reading", "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"},
    [BEGIN_WRITING] = {"begin_writing", "BEGIN ISOLATION LEVEL SERIALIZABLE"},
    [LOCK_SHARED] = {"lock_shared", "LOCK TABLE aw_schema IN ROW EXCLUSIVE MODE"},
    [COMMIT] = {"commit", "COMMIT"},
    [ROLLBACK] = {"rollback", "ROLLBACK"},
};

static int prepare_commands(aw__postgres *c, aw_error *err)
{
    int rc = AW_OK;

    for (size_t i = 0; i < COMMANDS && !rc; i++)
        rc = aw__postgres_queue_prepare(c, commands[i].name, commands[i].sql, err);
    return rc ? rc : aw__postgres_settle(c, err);
}

static int queue(aw__postgres *c, command which, aw_error *err)
{
    return aw__postgres_queue_prepared(c, commands[which].name, err);
}

/* Its answer is read before the next command. */
static void rollback(aw_database *database)
{
    aw__postgres *c = connection_of(database);

    if (!c->in_transaction || c->state == AW_DATABASE_LOST)
        return;
    c->in_transaction = false;
    /* Seldom, nothing was sent behind the BEGIN and the LOCK. When one of them fails, all up to the next synchronization
     * point is passed over, so that is put before the ROLLBACK. */
    (void)aw__postgres_settle(c, NULL);
    if (c->state == AW_DATABASE_LOST || queue(c, ROLLBACK, NULL))
        return;
    c->queued = 0;
    c->unread = PQpipelineSync(c->pg) == 1;
    if (!c->unread)
        aw__postgres_lost(c, NULL);
}

static int begin(aw_database *database, bool writes, aw_error *err)
{
    aw__postgres *c = connection_of(database);

    rollback(database);
    if (c->state == AW_DATABASE_LOST)
        return aw__postgres_lost(c, err);
    c->state = AW_DATABASE_FINE;
    c->in_transaction = true;
    return queue(c, writes ? BEGIN_WRITING : BEGIN_READING, err);
}

/* A transaction that has failed answers COMMIT with ROLLBACK, and no error. */
static int commit(aw_database *database, aw_error *err)
{
    aw__postgres *c = connection_of(database);
    PGresult *result = NULL;

    if (!c->in_transaction)
        return aw__database_transaction_gone(err);

    int rc = queue(c, COMMIT, err);

    if (rc)
        return rc;
    c->queued--;
    rc = aw__postgres_finish(c, &result, err);
    if (rc)
        return rc;
    c->in_transaction = false;
    if (strcmp(PQcmdStatus(result), "COMMIT") != 0)
        rc = aw__database_transaction_gone(err);
    PQclear(result);
    return rc;
}

static int queue_lock_timeout(aw__postgres *c, int ms, aw_error *err)
{
    char sql[64];

    snprintf(sql, sizeof(sql), "SET LOCAL lock_timeout = %d", ms);
    return aw__postgres_queue(c, sql, err);
}

static int lock(aw_database *database, bool alone, aw_error *err)
{
    aw__postgres *c = connection_of(database);
    int waits_ms = lock_timeout_ms(c);

    if (!alone)
        return queue(c, LOCK_SHARED, err);
    int rc = queue_lock_timeout(c, waits_ms < ALONE_WAITS_MS ? waits_ms : ALONE_WAITS_MS, err);

    if (!rc)
        rc = aw__postgres_queue(c, "LOCK TABLE aw_schema IN SHARE ROW EXCLUSIVE MODE", err);
    return rc ? rc : queue_lock_timeout(c, waits_ms, err);
}

static int in_transaction(aw_database *database, const char *sql, aw_error *err)
{
    aw__postgres *c = connection_of(database);

    return c->in_transaction ? aw__postgres_run(c, sql, err) : aw__database_transaction_gone(err);
}

static int savepoint(aw_database *database, aw_error *err)
{
    return in_transaction(database, "SAVEPOINT aw", err);
}

static int release(aw_database *database, aw_error *err)
{
    return in_transaction(database, "RELEASE aw", err);
}

static int rollback_to(aw_database *database, aw_error *err)
{
    int rc = in_transaction(database, "ROLLBACK TO aw", err);

    return rc ? rc : in_transaction(database, "RELEASE aw", err);
}

/* ------------------------------------------------------------------------------------------------ connections --- */

static void close_connection(aw_database *database)
{
    aw__postgres *c = connection_of(database);

    if (!c)
        return;
    aw__postgres_statements_free(c);
    PQfinish(c->pg);
    aw__free(c);
}

/* In order: what libpq uses where the URI says nothing, the URI, and what must be so. */
static PGconn *connect_to(const char *uri)
{
    static const char *const names[] = {"connect_timeout", "tcp_user_timeout", "keepalives_idle", "keepalives_interval",
                                        "fallback_application_name", "dbname", "client_encoding", NULL};
    const char *values[] = {"5", "10000", "30", "10", "actingweb", uri, "UTF8", NULL};

    return PQconnectdbParams(names, values, 1);
}

/* How values are written. */
static const char *const needed[] = {
    "SET TimeZone = 'UTC'",
    "SET DateStyle = 'ISO'",
    "SET standard_conforming_strings = on",
};

/*
 * Every statement of ours is a lookup by key whose plan does not depend on its parameters, so plans are made once, and
 * tables that are small today are not read whole: under serializable isolation that would conflict with every writer.
 * A server that stands still in a transaction, or is cut off, loses its locks no later than others take it for dead
 * (src/flow/membership.h). Databases that are only compatible may not know a setting; none of them changes a result.
 */
static const char *const wished[] = {
    "SET enable_seqscan = off",
    "SET plan_cache_mode = force_generic_plan",
    "SET idle_in_transaction_session_timeout = '10s'",
    "SET jit = off",
};

static int configure(aw__postgres *c, const aw__postgres_location *where, aw_error *err)
{
    char sql[128];
    int rc;

    snprintf(sql, sizeof(sql), "SET search_path = \"%s\"", where->schema);
    rc = aw__postgres_run(c, sql, err);
    snprintf(sql, sizeof(sql), "SET statement_timeout = '%ds'", where->statement_timeout_s);
    if (rc == AW_OK)
        rc = aw__postgres_run(c, sql, err);
    snprintf(sql, sizeof(sql), "SET lock_timeout = %d", lock_timeout_ms(c));
    if (rc == AW_OK)
        rc = aw__postgres_run(c, sql, err);
    for (size_t i = 0; rc == AW_OK && i < sizeof(needed) / sizeof(needed[0]); i++)
        rc = aw__postgres_run(c, needed[i], err);
    for (size_t i = 0; rc == AW_OK && i < sizeof(wished) / sizeof(wished[0]); i++)
        if (aw__postgres_run(c, wished[i], NULL) && c->state == AW_DATABASE_LOST)
            rc = aw__postgres_lost(c, err);
    return rc ? rc : prepare_commands(c, err);
}

static void keep_notices_quiet(void *arg, const PGresult *result)
{
    (void)arg;
    (void)result;
}

static int check(const char *location, aw_error *err)
{
    aw__postgres_location where = {0};
    int rc = aw__postgres_location_read(location, &where, err);

    aw__free(where.uri);
    return rc;
}

static int open_connection(const char *location, bool read_only, aw_database **ret_database, aw_error *err)
{
    aw__postgres_location where = {0};
    aw__postgres *c;
    int rc = aw__postgres_location_read(location, &where, err);

    (void)read_only; /* the transactions say so */
    if (rc)
        return rc;
    c = aw__calloc(1, sizeof(*c));
    if (!c) {
        aw__free(where.uri);
        return aw__fail_nomem(err);
    }
    c->base.driver = &aw__postgres_driver;
    c->patience_ms = where.statement_timeout_s * PATIENCE_MS_PER_S;
    c->pg = connect_to(where.uri);
    aw__free(where.uri);
    if (PQstatus(c->pg) != CONNECTION_OK) {
        rc = aw__postgres_lost(c, err);
    } else {
        PQsetNoticeReceiver(c->pg, keep_notices_quiet, NULL);
        rc = PQenterPipelineMode(c->pg) ? configure(c, &where, err) : aw__postgres_lost(c, err);
    }
    if (rc) {
        close_connection(&c->base);
        return rc;
    }
    *ret_database = &c->base;
    return AW_OK;
}

/* Several statements in one text are for the simple protocol only, which a pipeline has not. */
static int execute(aw_database *database, const char *sql, aw_error *err)
{
    aw__postgres *c = connection_of(database);
    PGresult *result;
    int rc = c->queued ? aw__postgres_run(c, "SELECT 1", err) : aw__postgres_drain(c, err);

    if (rc)
        return rc;
    if (!PQexitPipelineMode(c->pg))
        return aw__postgres_lost(c, err);
    result = PQexec(c->pg, sql);
    rc = aw__postgres_check(c, result, err);
    PQclear(result);
    if (!PQenterPipelineMode(c->pg) && !rc)
        rc = aw__postgres_lost(c, err);
    return rc;
}

static int64_t changes(aw_database *database)
{
    return connection_of(database)->changes;
}

static aw_database_state state(aw_database *database)
{
    aw__postgres *c = connection_of(database);

    return PQstatus(c->pg) == CONNECTION_BAD ? AW_DATABASE_LOST : c->state;
}

const aw_database_driver aw__postgres_driver = {
    .size = sizeof(aw_database_driver),
    .scheme = "postgresql",
    .many_writers = true,
    .check = check,
    .open = open_connection,
    .close = close_connection,
    .execute = execute,
    .prepare = aw__postgres_prepare,
    .bind_int = aw__postgres_bind_int,
    .bind_text = aw__postgres_bind_text,
    .bind_null = aw__postgres_bind_null,
    .step = aw__postgres_step,
    .column_int = aw__postgres_column_int,
    .column_text = aw__postgres_column_text,
    .column_null = aw__postgres_column_null,
    .reset = aw__postgres_reset,
    .changes = changes,
    .begin = begin,
    .commit = commit,
    .rollback = rollback,
    .savepoint = savepoint,
    .release = release,
    .rollback_to = rollback_to,
    .lock = lock,
    .state = state,
};
