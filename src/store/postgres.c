/*
 * The PostgreSQL driver: connections, their failures, and transactions. Statements are in postgres_statement.c. It knows no
 * table; those are in schema_postgres.c and in the file of each.
 */
#include "store/postgres.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/text.h"
#include "store/postgres_connection.h"
#include "store/postgres_location.h"

enum { AWAY_RETRY_MS = 1000, SQLSTATE_LETTERS = 5 };

static aw__postgres *connection_of(aw_database *database)
{
    return (aw__postgres *)database;
}

/* --------------------------------------------------------------------------------------------------- failures --- */

/* Failures by SQLSTATE, the longest that fits first; a class is its two letters. */
static const struct {
    const char *sqlstate;
    int code;
    aw_database_state state;
    bool retriable;
    const char *advice;
} failures[] = {
    {"23505", AW_E_EXISTS, AW_DATABASE_FINE, false, NULL},
    {"40001", AW_E_BUSY, AW_DATABASE_REPLAY, true, NULL},
    {"40P01", AW_E_BUSY, AW_DATABASE_REPLAY, true, NULL},
    {"22001", AW_E_TOO_LARGE, AW_DATABASE_FINE, false, "a text is longer than its column"},
    {"22P05", AW_E_INVALID, AW_DATABASE_FINE, false, "a text has a character that PostgreSQL cannot keep"},
    {"22021", AW_E_INVALID, AW_DATABASE_FINE, false, "a text has a character that PostgreSQL cannot keep"},
    {"25P02", AW_E_STORE, AW_DATABASE_FINE, true, "an earlier failure has ended the transaction"},
    {"25006", AW_E_STORE, AW_DATABASE_FINE, false, "give the address of the primary, which can be written"},
    {"42501", AW_E_STORE, AW_DATABASE_FINE, false, "GRANT this user what is missing"},
    {"53100", AW_E_STORE, AW_DATABASE_FINE, true, "make room on the disk of the database"},
    {"53300", AW_E_STORE, AW_DATABASE_LOST, true, "raise max_connections, or have fewer servers"},
    {"57014", AW_E_STORE, AW_DATABASE_FINE, true, "a statement took longer than statement_timeout"},
    {"08P01", AW_E_INVALID, AW_DATABASE_FINE, false, "the number of parameters is wrong"},
    {"08", AW_E_STORE, AW_DATABASE_LOST, true, NULL},
    {"22", AW_E_INVALID, AW_DATABASE_FINE, false, "a value does not fit its column"},
    {"28", AW_E_STORE, AW_DATABASE_LOST, false, "look at the user, the password and pg_hba.conf"},
    {"3D", AW_E_STORE, AW_DATABASE_LOST, false, "make the database with createdb"},
    {"53", AW_E_STORE, AW_DATABASE_FINE, true, NULL},
    {"55", AW_E_STORE, AW_DATABASE_FINE, true, NULL},
    {"57", AW_E_STORE, AW_DATABASE_LOST, true, NULL},
    {"58", AW_E_STORE, AW_DATABASE_FINE, true, NULL},
};

enum { FAILURES = sizeof(failures) / sizeof(failures[0]) };

/* The message of libpq without the line's end; it names hosts, users and databases, and no password. */
static int fail_connection(aw__postgres *c, aw_error *err)
{
    const char *message = c->pg ? PQerrorMessage(c->pg) : "out of memory";
    int bytes = (int)strcspn(message, "\n");

    c->state = AW_DATABASE_LOST;
    if (!c->pg)
        return aw__fail_nomem(err);
    aw__fail(err, AW_E_STORE, "PostgreSQL cannot be reached: %.*s", bytes, message);
    if (err) {
        err->retriable = true;
        err->retry_after_ms = AWAY_RETRY_MS;
    }
    return AW_E_STORE;
}

static size_t find_failure(const char *sqlstate)
{
    size_t i = 0;

    while (i < FAILURES && !aw__text_starts(sqlstate, failures[i].sqlstate))
        i++;
    return i;
}

/* Messages of class 22 quote the value, so they are left out. */
static const char *message_of(const PGresult *result, const char *sqlstate)
{
    const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);

    return message && !aw__text_starts(sqlstate, "22") ? message : "a statement failed";
}

int aw__postgres_fail(aw__postgres *c, const PGresult *result, aw_error *err)
{
    const char *sqlstate = result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;

    if (!sqlstate || PQstatus(c->pg) == CONNECTION_BAD)
        return fail_connection(c, err);

    size_t i = find_failure(sqlstate);
    int code = i < FAILURES ? failures[i].code : AW_E_STORE;
    const char *advice = i < FAILURES ? failures[i].advice : NULL;

    if (i < FAILURES && failures[i].state != AW_DATABASE_FINE)
        c->state = failures[i].state;
    aw__fail(err, code, "the database: %s (%.*s)%s%s", message_of(result, sqlstate), SQLSTATE_LETTERS, sqlstate,
             advice ? "; " : "", advice ? advice : "");
    if (err && i < FAILURES && failures[i].retriable) {
        err->retriable = true;
        err->retry_after_ms = AWAY_RETRY_MS;
    }
    return code;
}

/* --------------------------------------------------------------------------------------------------- commands --- */

static bool is_good(const PGresult *result)
{
    ExecStatusType status = PQresultStatus(result);

    return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
}

/* One command's result, and the NULL behind it. */
static PGresult *read_one(aw__postgres *c)
{
    PGresult *result = PQgetResult(c->pg);
    PGresult *more;

    while (result && PQresultStatus(result) != PGRES_PIPELINE_SYNC && (more = PQgetResult(c->pg)))
        PQclear(more);
    return result;
}

/* The answer to a synchronization point. False: the connection is gone. */
static bool read_sync(aw__postgres *c)
{
    PGresult *result = PQgetResult(c->pg);
    bool synced = result && PQresultStatus(result) == PGRES_PIPELINE_SYNC;

    PQclear(result);
    return synced;
}

/* Of a ROLLBACK that was not waited for. */
int aw__postgres_drain(aw__postgres *c, aw_error *err)
{
    if (!c->unread)
        return AW_OK;
    c->unread = false;
    PQclear(read_one(c));
    return read_sync(c) ? AW_OK : fail_connection(c, err);
}

int aw__postgres_queue(aw__postgres *c, const char *sql, aw_error *err)
{
    int rc = aw__postgres_drain(c, err);

    if (rc)
        return rc;
    if (!PQsendQueryParams(c->pg, sql, 0, NULL, NULL, NULL, NULL, 0))
        return fail_connection(c, err);
    c->queued++;
    return AW_OK;
}

int aw__postgres_finish(aw__postgres *c, PGresult **ret_result, aw_error *err)
{
    PGresult *result = NULL;
    int before = c->queued, rc = AW_OK;

    c->queued = 0;
    c->good = 0;
    if (!PQpipelineSync(c->pg))
        return fail_connection(c, err);
    for (int i = 0; i <= before; i++) {
        PQclear(result);
        result = read_one(c);
        if (!rc && !is_good(result))
            rc = aw__postgres_fail(c, result, err); /* what comes behind it was not run */
        if (!result)
            break;
        c->good += rc == AW_OK;
    }
    if (result && !read_sync(c) && !rc)
        rc = fail_connection(c, err);
    if (rc)
        PQclear(result);
    else
        *ret_result = result;
    return rc;
}

/* A command, now. */
static int run(aw__postgres *c, const char *sql, aw_error *err)
{
    PGresult *result = NULL;
    int rc = aw__postgres_queue(c, sql, err);

    if (rc)
        return rc;
    c->queued--;
    rc = aw__postgres_finish(c, &result, err);
    if (!rc)
        PQclear(result);
    return rc;
}

/* ----------------------------------------------------------------------------------------------- transactions --- */

/* Not waited for, and when the transaction has not even begun not sent. */
static void rollback(aw_database *database)
{
    aw__postgres *c = connection_of(database);

    if (!c->in_transaction || c->state == AW_DATABASE_LOST)
        return;
    c->in_transaction = false;
    if (aw__postgres_queue(c, "ROLLBACK", NULL))
        return;
    if (c->queued > 1) { /* more answers than one: the seldom case is waited for */
        PGresult *result = NULL;

        c->queued--;
        if (!aw__postgres_finish(c, &result, NULL))
            PQclear(result);
        return;
    }
    c->queued = 0;
    c->unread = PQpipelineSync(c->pg) == 1;
    if (!c->unread)
        fail_connection(c, NULL);
}

static int begin(aw_database *database, bool writes, aw_error *err)
{
    aw__postgres *c = connection_of(database);

    rollback(database);
    if (c->state == AW_DATABASE_LOST)
        return fail_connection(c, err);
    c->state = AW_DATABASE_FINE;
    c->in_transaction = true;
    return aw__postgres_queue(c,
                              writes ? "BEGIN ISOLATION LEVEL SERIALIZABLE"
                                     : "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
                              err);
}

static int transaction_gone(aw_error *err)
{
    aw__fail(err, AW_E_STORE, "the transaction ended early because of a failure in it; try again");
    if (err)
        err->retriable = true;
    return AW_E_STORE;
}

/* A transaction that has failed answers COMMIT with ROLLBACK, and no error. */
static int commit(aw_database *database, aw_error *err)
{
    aw__postgres *c = connection_of(database);
    PGresult *result = NULL;

    if (!c->in_transaction)
        return transaction_gone(err);

    int rc = aw__postgres_queue(c, "COMMIT", err);

    if (rc)
        return rc;
    c->queued--;
    rc = aw__postgres_finish(c, &result, err);
    if (rc)
        return rc;
    c->in_transaction = false;
    if (strcmp(PQcmdStatus(result), "COMMIT") != 0)
        rc = transaction_gone(err);
    PQclear(result);
    return rc;
}

static int in_transaction(aw_database *database, const char *sql, aw_error *err)
{
    aw__postgres *c = connection_of(database);

    return c->in_transaction ? run(c, sql, err) : transaction_gone(err);
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

/*
 * In order: what libpq uses where the URI says nothing (a server that is gone is noticed within seconds, not hours), the
 * URI, and what must be so. Messages are in one language, since they are logged.
 */
static PGconn *connect_to(const char *uri)
{
    static const char *const names[] = {"connect_timeout", "tcp_user_timeout", "keepalives_idle", "fallback_application_name",
                                        "dbname", "client_encoding", NULL};
    const char *values[] = {"5", "10000", "30", "actingweb", uri, "UTF8", NULL};

    return PQconnectdbParams(names, values, 1);
}

/*
 * Every statement of ours is a lookup by key whose plan does not depend on its parameters, so plans are made once, and
 * tables that are small today are not read whole: under serializable isolation that would conflict with every writer.
 * Databases that are only compatible may not know a setting; none of them changes a result.
 */
static const char *const settings[] = {
    "SET enable_seqscan = off",
    "SET plan_cache_mode = force_generic_plan",
    "SET statement_timeout = '30s'",
    "SET idle_in_transaction_session_timeout = '60s'",
    "SET jit = off",
};

static int configure(aw__postgres *c, aw_error *err)
{
    char sql[128];
    int rc;

    snprintf(sql, sizeof(sql), "SET search_path = \"%s\"", c->schema);
    rc = run(c, sql, err);
    if (rc == AW_OK)
        rc = run(c, "SET TimeZone = 'UTC'", err);
    if (rc == AW_OK)
        rc = run(c, "SET DateStyle = 'ISO'", err);
    if (rc == AW_OK)
        rc = run(c, "SET standard_conforming_strings = on", err);
    for (size_t i = 0; rc == AW_OK && i < sizeof(settings) / sizeof(settings[0]); i++)
        if (run(c, settings[i], err) && c->state == AW_DATABASE_LOST)
            rc = AW_E_STORE;
    return rc;
}

static void keep_notices_quiet(void *arg, const PGresult *result)
{
    (void)arg;
    (void)result;
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
    memcpy(c->schema, where.schema, sizeof(c->schema));
    c->pg = connect_to(where.uri);
    aw__free(where.uri);
    if (PQstatus(c->pg) != CONNECTION_OK) {
        rc = fail_connection(c, err);
    } else {
        PQsetNoticeReceiver(c->pg, keep_notices_quiet, NULL);
        rc = PQenterPipelineMode(c->pg) ? configure(c, err) : fail_connection(c, err);
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
    int rc = c->queued ? run(c, "SELECT 1", err) : aw__postgres_drain(c, err);

    if (rc)
        return rc;
    if (!PQexitPipelineMode(c->pg))
        return fail_connection(c, err);
    result = PQexec(c->pg, sql);
    rc = is_good(result) ? AW_OK : aw__postgres_fail(c, result, err);
    PQclear(result);
    if (!PQenterPipelineMode(c->pg) && !rc)
        rc = fail_connection(c, err);
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
    .state = state,
};
