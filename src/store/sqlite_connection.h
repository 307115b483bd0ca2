/*
 * A connection of the SQLite driver. The one place that includes sqlite3.h.
 */
#ifndef AW_STORE_SQLITE_CONNECTION_H
#define AW_STORE_SQLITE_CONNECTION_H

#include <sqlite3.h>

#include "store/statement_cache.h"

enum { AW__SQLITE_CONTROLS = 7 };

typedef struct aw__sqlite {
    aw_database base; /* first */
    sqlite3 *handle;
    sqlite3_stmt *controls[AW__SQLITE_CONTROLS]; /* of transactions: sqlite.c's */
    aw__statement_cache cache;
} aw__sqlite;

/* The library's code for one of SQLite's. */
int aw__sqlite_code(int rc);

/* The same, with the error of the connection; handle is NULL when rc is not of its last call. SQLite's messages name
 * tables and columns, never values. */
int aw__sqlite_fail(sqlite3 *handle, int rc, const char *doing, aw_error *err);

#endif
