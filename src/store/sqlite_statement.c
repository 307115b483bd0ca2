/*
 * Statements of the SQLite driver, prepared once per connection.
 */
#include "store/sqlite_statement.h"

#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/text.h"

enum { PARAMETERS_MAX = 32 };

struct statement {
    aw__cached_statement cached; /* first */
    sqlite3_stmt *handle;
    unsigned char position[PARAMETERS_MAX + 1]; /* of $n in SQLite's own numbering, which follows first appearance */
};

static aw__sqlite *connection_of(aw_database *database)
{
    return (aw__sqlite *)database;
}

static struct statement *statement_of(aw_database_statement *statement)
{
    return (struct statement *)statement;
}

void aw__sqlite_statements_free(aw__sqlite *c)
{
    aw__cached_statement *cached;

    while ((cached = aw__statement_cache_pop(&c->cache))) {
        sqlite3_finalize(((struct statement *)cached)->handle);
        aw__free(cached);
    }
}

static bool map_parameters(struct statement *s)
{
    int count = sqlite3_bind_parameter_count(s->handle);

    for (int i = 1; i <= count; i++) {
        const char *name = sqlite3_bind_parameter_name(s->handle, i);
        int64_t n;

        if (!name || name[0] != '$' || !aw__text_to_int(name + 1, 1, PARAMETERS_MAX, &n))
            return false;
        s->position[n] = (unsigned char)i;
    }
    return true;
}

/* Without the clause that locks rows, which SQLite does not know: it has one writer, who has locked them all. */
static int bytes_of(const char *sql)
{
    static const char locking[] = " FOR UPDATE SKIP LOCKED";
    size_t bytes = strlen(sql), tail = sizeof(locking) - 1;

    return (int)(bytes > tail && strcmp(sql + bytes - tail, locking) == 0 ? bytes - tail : bytes);
}

static int prepare_new(aw__sqlite *c, const char *sql, struct statement **ret_statement, aw_error *err)
{
    struct statement *s = aw__calloc(1, sizeof(*s));
    int rc, code = AW_OK;

    if (!s)
        return aw__fail_nomem(err);
    rc = sqlite3_prepare_v3(c->handle, sql, bytes_of(sql), SQLITE_PREPARE_PERSISTENT, &s->handle, NULL);
    if (rc)
        code = aw__sqlite_fail(c->handle, rc, "the database", err);
    else if (!s->handle || !map_parameters(s))
        code = aw__fail(err, AW_E_INVALID, "no statement with parameters $1 to $%d: %.100s", PARAMETERS_MAX, sql);
    if (code) {
        sqlite3_finalize(s->handle);
        aw__free(s);
        return code;
    }
    s->cached.base.database = &c->base;
    *ret_statement = s;
    return AW_OK;
}

int aw__sqlite_prepare(aw_database *database, const char *sql, aw_database_statement **ret_statement, aw_error *err)
{
    aw__sqlite *c = connection_of(database);
    aw__cached_statement *found = aw__statement_cache_use(&c->cache, sql);

    if (!found) {
        struct statement *s = NULL;
        int rc = prepare_new(c, sql, &s, err);

        if (rc)
            return rc;
        found = &s->cached;
        aw__statement_cache_add(&c->cache, sql, found);
    }
    *ret_statement = &found->base;
    return AW_OK;
}

/* SQLite answers SQLITE_RANGE for position 0, which is that of a parameter that the text does not have. */
static int position(const struct statement *s, int index)
{
    return index >= 1 && index <= PARAMETERS_MAX ? s->position[index] : 0;
}

static int bind_code(int rc)
{
    if (!rc)
        return AW_OK;
    return rc == SQLITE_RANGE ? AW_E_INVALID : aw__sqlite_code(rc);
}

int aw__sqlite_bind_int(aw_database_statement *statement, int index, int64_t value)
{
    struct statement *s = statement_of(statement);

    return bind_code(sqlite3_bind_int64(s->handle, position(s, index), value));
}

int aw__sqlite_bind_text(aw_database_statement *statement, int index, const char *value)
{
    struct statement *s = statement_of(statement);

    return bind_code(sqlite3_bind_text(s->handle, position(s, index), value, -1, SQLITE_TRANSIENT));
}

int aw__sqlite_bind_null(aw_database_statement *statement, int index)
{
    struct statement *s = statement_of(statement);

    return bind_code(sqlite3_bind_null(s->handle, position(s, index)));
}

int aw__sqlite_step(aw_database_statement *statement, bool *ret_row, aw_error *err)
{
    struct statement *s = statement_of(statement);
    int rc = sqlite3_step(s->handle);

    if (rc != SQLITE_ROW && rc != SQLITE_DONE)
        return aw__sqlite_fail(connection_of(s->cached.base.database)->handle, rc, "the database", err);
    *ret_row = rc == SQLITE_ROW;
    return AW_OK;
}

int64_t aw__sqlite_column_int(aw_database_statement *statement, int column)
{
    return sqlite3_column_int64(statement_of(statement)->handle, column);
}

const char *aw__sqlite_column_text(aw_database_statement *statement, int column, size_t *ret_bytes)
{
    struct statement *s = statement_of(statement);
    const char *text = (const char *)sqlite3_column_text(s->handle, column);

    if (text && ret_bytes)
        *ret_bytes = (size_t)sqlite3_column_bytes(s->handle, column);
    return text;
}

bool aw__sqlite_column_null(aw_database_statement *statement, int column)
{
    return sqlite3_column_type(statement_of(statement)->handle, column) == SQLITE_NULL;
}

/* Bindings are cleared because some are secrets and some are large. */
void aw__sqlite_reset(aw_database_statement *statement)
{
    struct statement *s = statement_of(statement);

    if (!s)
        return;
    sqlite3_reset(s->handle);
    sqlite3_clear_bindings(s->handle);
    s->cached.in_use = false;
}
