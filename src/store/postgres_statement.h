/*
 * Statements of the PostgreSQL driver. What each function must do is written in <actingweb/sys/database.h>.
 */
#ifndef AW_STORE_POSTGRES_STATEMENT_H
#define AW_STORE_POSTGRES_STATEMENT_H

#include "store/postgres_connection.h"

/* Frees all that is prepared, when the connection is closed. */
void aw__postgres_statements_free(aw__postgres *c);

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
