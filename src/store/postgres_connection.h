/*
 * What the two files of the PostgreSQL driver share: the connection, and running commands on it.
 */
#ifndef AW_STORE_POSTGRES_CONNECTION_H
#define AW_STORE_POSTGRES_CONNECTION_H

#include <libpq-fe.h>

#include <actingweb/sys/database.h>

enum { AW__POSTGRES_BUCKETS = 64, AW__POSTGRES_QUEUED_MAX = 8 };

typedef struct aw__postgres_statement aw__postgres_statement;

/*
 * The connection is in libpq's pipeline mode: commands without results of interest (BEGIN, PREPARE) are queued and travel
 * with the statement behind them, so that a read costs one round trip and a write one for each statement and its commit.
 */
typedef struct aw__postgres {
    aw_database base; /* first */
    PGconn *pg;
    aw__postgres_statement *cache[AW__POSTGRES_BUCKETS];
    unsigned statements;   /* prepared so far; names them */
    int queued;            /* commands sent whose answers come before that of the next one */
    int good;              /* how many of the commands succeeded that were last waited for */
    bool unread;           /* a ROLLBACK was sent whose answer nobody has waited for */
    bool in_transaction;   /* as the server will see it, once what is queued has run */
    aw_database_state state;
    int64_t changes;
    char schema[64];
} aw__postgres;

/* The error of a result, or of the connection when result is NULL. Values never get into the message. */
int aw__postgres_fail(aw__postgres *c, const PGresult *result, aw_error *err);

/* Ends what is queued with a synchronization point and reads up to it. The command that was sent last, which is not counted
 * in queued, gives *ret_result; PQclear() it. The first failure of all is the error. */
int aw__postgres_finish(aw__postgres *c, PGresult **ret_result, aw_error *err);

/* Reads the answer to a ROLLBACK that nobody has waited for; before anything is sent. */
int aw__postgres_drain(aw__postgres *c, aw_error *err);

/* Sends a command without parameters, to be answered with the next one. */
int aw__postgres_queue(aw__postgres *c, const char *sql, aw_error *err);

/* Frees all that is prepared, when the connection is closed. */
void aw__postgres_statements_free(aw__postgres *c);

/* The driver's functions for statements. */
int aw__postgres_prepare(aw_database *database, const char *sql, aw_database_statement **ret_statement, aw_error *err);
int aw__postgres_bind_int(aw_database_statement *statement, int index, int64_t value);
int aw__postgres_bind_text(aw_database_statement *statement, int index, const char *value);
int aw__postgres_bind_null(aw_database_statement *statement, int index);
int aw__postgres_step(aw_database_statement *statement, bool *ret_row, aw_error *err);
int64_t aw__postgres_column_int(aw_database_statement *statement, int column);
const char *aw__postgres_column_text(aw_database_statement *statement, int column, size_t *ret_bytes);
bool aw__postgres_column_null(aw_database_statement *statement, int column);
void aw__postgres_reset(aw_database_statement *statement);

#endif
