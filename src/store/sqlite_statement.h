/*
 * Statements of the SQLite driver. What each function must do is written in <actingweb/sys/database.h>.
 */
#ifndef AW_STORE_SQLITE_STATEMENT_H
#define AW_STORE_SQLITE_STATEMENT_H

#include "store/sqlite_connection.h"

/* Frees all that is prepared, when the connection is closed. */
void aw__sqlite_statements_free(aw__sqlite *c);

int aw__sqlite_prepare(aw_database *database, const char *sql, aw_database_statement **ret_statement, aw_error *err);
int aw__sqlite_bind_int(aw_database_statement *statement, int index, int64_t value);
int aw__sqlite_bind_text(aw_database_statement *statement, int index, const char *value);
int aw__sqlite_bind_null(aw_database_statement *statement, int index);
int aw__sqlite_step(aw_database_statement *statement, bool *ret_row, aw_error *err);
int64_t aw__sqlite_column_int(aw_database_statement *statement, int column);
const char *aw__sqlite_column_text(aw_database_statement *statement, int column, size_t *ret_bytes);
bool aw__sqlite_column_null(aw_database_statement *statement, int column);
void aw__sqlite_reset(aw_database_statement *statement);

#endif
