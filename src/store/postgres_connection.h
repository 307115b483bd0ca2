/*
 * A connection of the PostgreSQL driver, and running commands on it. The one place that includes libpq-fe.h.
 */
#ifndef AW_STORE_POSTGRES_CONNECTION_H
#define AW_STORE_POSTGRES_CONNECTION_H

#include <libpq-fe.h>

#include "store/statement_cache.h"

/*
 * The connection is in libpq's pipeline mode: commands without results of interest (BEGIN, LOCK) are queued and
 * travel with the statement behind them, so that a read costs one round trip and a write one for each statement and its
 * commit.
 */
typedef struct aw__postgres {
    aw_database base; /* first */
    PGconn *pg;
    aw__statement_cache cache;
    unsigned statements;   /* prepared so far; names them */
    int queued;            /* commands sent whose answers come before that of the next one */
    int good;              /* how many of the commands succeeded that were last waited for */
    int patience_ms;       /* so long the server may say nothing while an answer is waited for */
    bool silent;           /* it said nothing for longer: the connection was given up */
    bool unread;           /* a ROLLBACK was sent whose answer nobody has waited for */
    bool in_transaction;   /* as the server will see it, once what is queued has run */
    aw_database_state state;
    int64_t changes;
} aw__postgres;

/* The connection is of no use any more, as libpq says or for want of memory: its error. */
int aw__postgres_lost(aw__postgres *c, aw_error *err);

/* AW_OK when the result is that of a command that succeeded, or its error. Values never get into the message. */
int aw__postgres_check(aw__postgres *c, const PGresult *result, aw_error *err);

/* Sends a command without parameters, to be answered with the next one. */
int aw__postgres_queue(aw__postgres *c, const char *sql, aw_error *err);

/* The same of one that the server keeps under a name, so that it need not be parsed each time. */
int aw__postgres_queue_prepare(aw__postgres *c, const char *name, const char *sql, aw_error *err);
int aw__postgres_queue_prepared(aw__postgres *c, const char *name, aw_error *err);

/* Waits for the answers to what is queued, and lets them go. */
int aw__postgres_settle(aw__postgres *c, aw_error *err);

/* Ends what is queued with a synchronization point and reads up to it. The command that was sent last, which is not
 * counted in queued, gives *ret_result; PQclear() it. The first failure of all is the error. */
int aw__postgres_finish(aw__postgres *c, PGresult **ret_result, aw_error *err);

/* Reads the answer to a ROLLBACK that nobody has waited for; before anything is sent. Fails when the connection is
 * lost. */
int aw__postgres_drain(aw__postgres *c, aw_error *err);

/* A command without parameters and result, now. */
int aw__postgres_run(aw__postgres *c, const char *sql, aw_error *err);

#endif
