/*
 * A connection to PostgreSQL: what its failures mean, and commands that are sent on it and answered.
 */
#include "store/postgres_connection.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"

enum { AWAY_RETRY_MS = 1000, SQLSTATE_LETTERS = 5, MS_PER_S = 1000 };

/* --------------------------------------------------------------------------------------------------- failures --- */

/* Failures of statements by SQLSTATE, the longest that fits first; a class is its two letters. What keeps a connection
 * from being made has none: libpq tells it as a text. */
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
    {"55P03", AW_E_BUSY, AW_DATABASE_REPLAY, true, NULL},
    {"22001", AW_E_TOO_LARGE, AW_DATABASE_FINE, false, "a text is longer than its column"},
    {"22P05", AW_E_INVALID, AW_DATABASE_FINE, false, "a text has a character that PostgreSQL cannot keep"},
    {"22021", AW_E_INVALID, AW_DATABASE_FINE, false, "a text has a character that PostgreSQL cannot keep"},
    {"25P02", AW_E_STORE, AW_DATABASE_FINE, true, "an earlier failure has ended the transaction"},
    {"25P03", AW_E_STORE, AW_DATABASE_LOST, true, NULL},
    {"25006", AW_E_STORE, AW_DATABASE_FINE, false, "give the address of the primary, which can be written"},
    {"42501", AW_E_STORE, AW_DATABASE_FINE, false, "GRANT this user what is missing"},
    {"53100", AW_E_STORE, AW_DATABASE_FINE, true, "make room on the disk of the database"},
    {"57014", AW_E_STORE, AW_DATABASE_FINE, true, "a statement took longer than statement_timeout"},
    {"08P01", AW_E_INVALID, AW_DATABASE_FINE, false, "the number of parameters is wrong"},
    {"08", AW_E_STORE, AW_DATABASE_LOST, true, NULL},
    {"22", AW_E_INVALID, AW_DATABASE_FINE, false, "a value does not fit its column"},
    {"53", AW_E_STORE, AW_DATABASE_FINE, true, NULL},
    {"55", AW_E_STORE, AW_DATABASE_FINE, true, NULL},
    {"57", AW_E_STORE, AW_DATABASE_LOST, true, NULL},
    {"58", AW_E_STORE, AW_DATABASE_FINE, true, NULL},
};

enum { FAILURES = sizeof(failures) / sizeof(failures[0]) };

/* libpq's message without the line's end. It names hosts, users and databases; that no password gets into them is seen
 * to by postgres_location.c. */
int aw__postgres_lost(aw__postgres *c, aw_error *err)
{
    c->state = AW_DATABASE_LOST;
    if (!c->pg)
        return aw__fail_nomem(err);

    const char *message = PQerrorMessage(c->pg);
    int bytes = (int)strcspn(message, "\n");

    if (c->silent)
        aw__fail(err, AW_E_STORE, "PostgreSQL has not answered for %d s", c->patience_ms / MS_PER_S);
    else
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

static int fail(aw__postgres *c, const PGresult *result, aw_error *err)
{
    const char *sqlstate = result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;

    if (!sqlstate || PQstatus(c->pg) == CONNECTION_BAD)
        return aw__postgres_lost(c, err);

    size_t i = find_failure(sqlstate);
    int code = i < FAILURES ? failures[i].code : AW_E_STORE;
    const char *advice = i < FAILURES ? failures[i].advice : NULL;

    if (i < FAILURES && failures[i].state != AW_DATABASE_FINE)
        c->state = failures[i].state;
    aw__fail(err, code, "the database: %s (%.*s)%s%s", message_of(result, sqlstate), SQLSTATE_LETTERS, sqlstate,
             advice ? "; " : "", advice ? advice : "");
    if (err && i < FAILURES && failures[i].retriable)
        err->retriable = true;
    if (err && c->state == AW_DATABASE_LOST)
        err->retry_after_ms = AWAY_RETRY_MS; /* the pool's log says that it is away; other failures are in that of who asked */
    return code;
}

int aw__postgres_check(aw__postgres *c, const PGresult *result, aw_error *err)
{
    ExecStatusType status = PQresultStatus(result);

    return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK ? AW_OK : fail(c, result, err);
}

/* --------------------------------------------------------------------------------------------------- commands --- */

/* Waits until libpq has the next answer, or knows why there will be none. False: the server says nothing. By itself
 * libpq would wait for ever, also for a server whose machine goes on and acknowledges what is sent to it. */
static bool is_answered(aw__postgres *c)
{
    struct pollfd server = {.fd = PQsocket(c->pg), .events = POLLIN};
    uint64_t end_ms = aw__now_ms() + (uint64_t)c->patience_ms;

    while (server.fd >= 0 && PQisBusy(c->pg)) {
        uint64_t now_ms = aw__now_ms();
        int ready = now_ms < end_ms ? poll(&server, 1, (int)(end_ms - now_ms)) : 0;

        if (!ready)
            return false;
        if (ready < 0 && errno == EINTR)
            continue;
        if (ready < 0 || !PQconsumeInput(c->pg))
            return true;
        end_ms = aw__now_ms() + (uint64_t)c->patience_ms; /* what is long comes in parts */
    }
    return true;
}

static PGresult *next_result(aw__postgres *c)
{
    c->silent = c->silent || !is_answered(c);
    return c->silent ? NULL : PQgetResult(c->pg);
}

/* One command's result, and the NULL behind it. */
static PGresult *read_one(aw__postgres *c)
{
    PGresult *result = next_result(c);
    PGresult *more;

    while (result && PQresultStatus(result) != PGRES_PIPELINE_SYNC && (more = next_result(c)))
        PQclear(more);
    return result;
}

/* The answer to a synchronization point. False: the connection is gone. */
static bool read_sync(aw__postgres *c)
{
    PGresult *result = next_result(c);
    bool synced = result && PQresultStatus(result) == PGRES_PIPELINE_SYNC;

    PQclear(result);
    return synced;
}

int aw__postgres_drain(aw__postgres *c, aw_error *err)
{
    if (c->state == AW_DATABASE_LOST)
        return aw__postgres_lost(c, err);
    if (!c->unread)
        return AW_OK;
    c->unread = false;
    PQclear(read_one(c));
    return read_sync(c) ? AW_OK : aw__postgres_lost(c, err);
}

static int queued(aw__postgres *c, int sent, aw_error *err)
{
    if (!sent)
        return aw__postgres_lost(c, err);
    c->queued++;
    return AW_OK;
}

int aw__postgres_queue(aw__postgres *c, const char *sql, aw_error *err)
{
    int rc = aw__postgres_drain(c, err);

    return rc ? rc : queued(c, PQsendQueryParams(c->pg, sql, 0, NULL, NULL, NULL, NULL, 0), err);
}

int aw__postgres_queue_prepare(aw__postgres *c, const char *name, const char *sql, aw_error *err)
{
    int rc = aw__postgres_drain(c, err);

    return rc ? rc : queued(c, PQsendPrepare(c->pg, name, sql, 0, NULL), err);
}

int aw__postgres_queue_prepared(aw__postgres *c, const char *name, aw_error *err)
{
    int rc = aw__postgres_drain(c, err);

    return rc ? rc : queued(c, PQsendQueryPrepared(c->pg, name, 0, NULL, NULL, NULL, 0), err);
}

int aw__postgres_finish(aw__postgres *c, PGresult **ret_result, aw_error *err)
{
    PGresult *result = NULL;
    int before = c->queued, rc = AW_OK;

    c->queued = 0;
    c->good = 0;
    if (!PQpipelineSync(c->pg))
        return aw__postgres_lost(c, err);
    for (int i = 0; i <= before; i++) {
        PQclear(result);
        result = read_one(c);
        if (!rc)
            rc = aw__postgres_check(c, result, err); /* what comes behind a failure was not run */
        if (!result)
            break;
        c->good += rc == AW_OK;
    }
    if (result && !read_sync(c) && !rc)
        rc = aw__postgres_lost(c, err);
    if (rc)
        PQclear(result);
    else
        *ret_result = result;
    return rc;
}

int aw__postgres_settle(aw__postgres *c, aw_error *err)
{
    PGresult *result = NULL;

    if (!c->queued)
        return AW_OK;
    c->queued--; /* the last one is not counted */
    int rc = aw__postgres_finish(c, &result, err);

    if (!rc)
        PQclear(result);
    return rc;
}

int aw__postgres_run(aw__postgres *c, const char *sql, aw_error *err)
{
    int rc = aw__postgres_queue(c, sql, err);

    return rc ? rc : aw__postgres_settle(c, err);
}
