/*
 * One statement, read like a sentence:
 *
 *     aw__statement s = aw__sql(database, "SELECT creator FROM actors WHERE id = $1", err);
 *     aw__bind_text(&s, actor_id);
 *     while (aw__row(&s))
 *         ... aw__column_text(&s, 0) ...
 *     return aw__finish(&s);
 *
 * The first failure sticks, so only aw__finish() needs a check. sql must be a literal: it is its own key in the
 * connection's cache. Always aw__finish() what aw__sql() began.
 */
#ifndef AW_STORE_STATEMENT_H
#define AW_STORE_STATEMENT_H

#include <actingweb/sys/database.h>

/* Behind a column in SQL: in the order of its bytes, whatever order the database has for texts. */
#define AW__BYTEWISE " COLLATE \"binary\""

typedef struct aw__statement {
    aw_database *database;
    aw_database_statement *handle;
    aw_error *err;
    int next_parameter;
    int rc;
    bool stepped;
} aw__statement;

aw__statement aw__sql(aw_database *database, const char *sql, aw_error *err);
void aw__bind_text(aw__statement *s, const char *value);         /* parameters in order, $1 first; NULL is SQL NULL */
void aw__bind_text_or_null(aw__statement *s, const char *value); /* "" is SQL NULL as well */
void aw__bind_int(aw__statement *s, int64_t value);
void aw__bind_flag(aw__statement *s, bool value);
bool aw__row(aw__statement *s);
const char *aw__column_text(aw__statement *s, int column); /* "" for NULL; until the next row */
int64_t aw__column_int(aw__statement *s, int column);
bool aw__column_flag(aw__statement *s, int column);
bool aw__column_null(aw__statement *s, int column);
/* Remembers a failure of the caller's own (out of memory while copying a row). */
void aw__statement_fail(aw__statement *s, int code);
/* Runs what was not stepped yet, releases the statement: AW_OK or the first failure. */
int aw__finish(aw__statement *s);
/* The same for a lookup: AW_E_NOT_FOUND, "no such {what}", when nothing failed but nothing was found. */
int aw__finish_found(aw__statement *s, bool found, const char *what);
/* Rows that it changed; right after aw__finish(). */
int64_t aw__changes(aw_database *database);

#endif
