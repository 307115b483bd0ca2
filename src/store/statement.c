/*
 * Statements as sentences: binding in order, and the first failure that sticks. The SQL is in the file of each table.
 */
#include "store/statement.h"

#include "base/error.h"

static const aw_database_driver *driver(const aw__statement *s)
{
    return s->database->driver;
}

aw__statement aw__sql(aw_database *database, const char *sql, aw_error *err)
{
    aw__statement s = {.database = database, .err = err, .next_parameter = 1};

    s.rc = database->driver->prepare(database, sql, &s.handle, err);
    return s;
}

void aw__statement_fail(aw__statement *s, int code)
{
    if (s->rc)
        return;
    s->rc =
        code == AW_E_NOMEM ? aw__fail_nomem(s->err) : aw__fail(s->err, code, "%s in a statement", aw_code_name(code));
}

static void bound(aw__statement *s, int rc)
{
    if (rc)
        aw__statement_fail(s, rc);
    s->next_parameter++;
}

void aw__bind_text(aw__statement *s, const char *value)
{
    if (s->rc)
        return;
    bound(s, value ? driver(s)->bind_text(s->handle, s->next_parameter, value)
                   : driver(s)->bind_null(s->handle, s->next_parameter));
}

void aw__bind_text_or_null(aw__statement *s, const char *value)
{
    aw__bind_text(s, value && *value ? value : NULL);
}

void aw__bind_int(aw__statement *s, int64_t value)
{
    if (!s->rc)
        bound(s, driver(s)->bind_int(s->handle, s->next_parameter, value));
}

void aw__bind_flag(aw__statement *s, bool value)
{
    aw__bind_int(s, value);
}

bool aw__row(aw__statement *s)
{
    bool row = false;

    if (s->rc)
        return false;
    s->stepped = true;
    s->rc = driver(s)->step(s->handle, &row, s->err);
    return !s->rc && row;
}

const char *aw__column_text(aw__statement *s, int column)
{
    if (s->rc)
        return "";

    const char *text = driver(s)->column_text(s->handle, column, NULL);

    if (!text && !driver(s)->column_null(s->handle, column))
        aw__statement_fail(s, AW_E_NOMEM); /* there is one, but no room to hand it out */
    return text ? text : "";
}

int64_t aw__column_int(aw__statement *s, int column)
{
    return s->rc ? 0 : driver(s)->column_int(s->handle, column);
}

bool aw__column_flag(aw__statement *s, int column)
{
    return aw__column_int(s, column) != 0;
}

bool aw__column_null(aw__statement *s, int column)
{
    return s->rc || driver(s)->column_null(s->handle, column);
}

int aw__finish(aw__statement *s)
{
    if (!s->stepped)
        aw__row(s);
    s->database->driver->reset(s->handle);
    s->handle = NULL;
    return s->rc;
}

int aw__finish_found(aw__statement *s, bool found, const char *what)
{
    int rc = aw__finish(s);

    return rc || found ? rc : aw__fail(s->err, AW_E_NOT_FOUND, "no such %s", what);
}

int64_t aw__changes(aw_database *database)
{
    return database->driver->changes(database);
}
