/*
 * Statements of the PostgreSQL driver: prepared once per connection, with parameters and results as text.
 */
#include "store/postgres_statement.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"

enum { PARAMETERS_MAX = 32, NAME_BYTES = 16, NUMBER_BYTES = 24, FIRST_BYTES = 256, BOOLEAN_TYPE = 16,
       TIMESTAMP_TYPE = 1114, TIMESTAMPTZ_TYPE = 1184, TIMESTAMP_BYTES = 48, FRACTION_DIGITS = 6 };

struct statement {
    aw__cached_statement cached;   /* first */
    char name[NAME_BYTES];
    bool prepared;
    PGresult *result;              /* NULL until the first step */
    char (*times)[TIMESTAMP_BYTES]; /* of the row, one for each column; NULL until there is one */
    int row;
    int bound;                     /* the highest parameter */
    size_t starts[PARAMETERS_MAX]; /* of each value in `values`, plus one; 0 is SQL NULL */
    char *values;                  /* texts one behind another */
    size_t used;
    size_t capacity;
};

static struct statement *statement_of(aw_database_statement *statement)
{
    return (struct statement *)statement;
}

static aw__postgres *connection_of(const struct statement *s)
{
    return (aw__postgres *)s->cached.base.database;
}

int aw__postgres_prepare(aw_database *database, const char *sql, aw_database_statement **ret_statement, aw_error *err)
{
    aw__postgres *c = (aw__postgres *)database;
    aw__cached_statement *found = aw__statement_cache_use(&c->cache, sql);

    if (!found) {
        struct statement *s = aw__calloc(1, sizeof(*s));

        if (!s)
            return aw__fail_nomem(err);
        s->cached.base.database = database;
        snprintf(s->name, sizeof(s->name), "aw%u", c->statements++);
        found = &s->cached;
        aw__statement_cache_add(&c->cache, sql, found);
    }
    *ret_statement = &found->base;
    return AW_OK;
}

static void free_statement(struct statement *s)
{
    PQclear(s->result);
    aw__free(s->times);
    aw__free(s->values);
    aw__free(s);
}

void aw__postgres_statements_free(aw__postgres *c)
{
    aw__cached_statement *cached;

    while ((cached = aw__statement_cache_pop(&c->cache)))
        free_statement((struct statement *)cached);
}

/* ------------------------------------------------------------------------------------------------- parameters --- */

static bool make_room(struct statement *s, size_t bytes)
{
    size_t capacity = s->capacity ? s->capacity : FIRST_BYTES;
    char *larger;

    while (capacity - s->used < bytes)
        capacity *= 2;
    if (capacity == s->capacity)
        return true;
    larger = aw__malloc(capacity);
    if (!larger)
        return false;
    if (s->values) {
        memcpy(larger, s->values, s->used);
        explicit_bzero(s->values, s->used); /* some are secrets */
        aw__free(s->values);
    }
    s->values = larger;
    s->capacity = capacity;
    return true;
}

static int bind(struct statement *s, int index, const char *value)
{
    if (index < 1 || index > PARAMETERS_MAX)
        return AW_E_INVALID;
    if (index > s->bound)
        s->bound = index;
    s->starts[index - 1] = 0;
    if (!value)
        return AW_OK;

    size_t bytes = strlen(value) + 1;

    if (!make_room(s, bytes))
        return AW_E_NOMEM;
    memcpy(s->values + s->used, value, bytes);
    s->starts[index - 1] = s->used + 1;
    s->used += bytes;
    return AW_OK;
}

int aw__postgres_bind_int(aw_database_statement *statement, int index, int64_t value)
{
    char number[NUMBER_BYTES];

    snprintf(number, sizeof(number), "%" PRId64, value);
    return bind(statement_of(statement), index, number);
}

int aw__postgres_bind_text(aw_database_statement *statement, int index, const char *value)
{
    return bind(statement_of(statement), index, value);
}

int aw__postgres_bind_null(aw_database_statement *statement, int index)
{
    return bind(statement_of(statement), index, NULL);
}

/* ---------------------------------------------------------------------------------------------------- running --- */

/* Travels with the execution behind it. */
static int send_execution(aw__postgres *c, const struct statement *s, aw_error *err)
{
    const char *values[PARAMETERS_MAX];

    for (int i = 0; i < s->bound; i++)
        values[i] = s->starts[i] ? s->values + s->starts[i] - 1 : NULL;
    if (!PQsendQueryPrepared(c->pg, s->name, s->bound, values, NULL, NULL, 0))
        return aw__postgres_lost(c, err);
    return AW_OK;
}

static int execute(struct statement *s, aw_error *err)
{
    aw__postgres *c = connection_of(s);
    int rc = aw__postgres_drain(c, err);
    int before = c->queued;

    if (rc == AW_OK && !s->prepared)
        rc = aw__postgres_queue_prepare(c, s->name, s->cached.sql, err);
    if (rc == AW_OK)
        rc = send_execution(c, s, err);
    if (rc == AW_OK) {
        rc = aw__postgres_finish(c, &s->result, err);
        s->prepared = s->prepared || c->good > before; /* also when only the execution failed */
    }
    if (rc)
        return rc;
    s->row = -1;
    c->changes = strtoll(PQcmdTuples(s->result), NULL, 10);
    return AW_OK;
}

int aw__postgres_step(aw_database_statement *statement, bool *ret_row, aw_error *err)
{
    struct statement *s = statement_of(statement);
    int rc = s->result ? AW_OK : execute(s, err);

    if (rc)
        return rc;
    *ret_row = ++s->row < PQntuples(s->result);
    return AW_OK;
}

/* ---------------------------------------------------------------------------------------------------- results --- */

static bool there(const struct statement *s, int column)
{
    return s->result && s->row >= 0 && s->row < PQntuples(s->result) && column >= 0 && column < PQnfields(s->result);
}

int64_t aw__postgres_column_int(aw_database_statement *statement, int column)
{
    const struct statement *s = statement_of(statement);

    if (!there(s, column))
        return 0;

    const char *text = PQgetvalue(s->result, s->row, column);

    return PQftype(s->result, column) == BOOLEAN_TYPE ? *text == 't' : strtoll(text, NULL, 10);
}

/* "2026-11-26 03:53:50.5+00" as the other database has it, "2026-11-26 03:53:50.500000+00:00": peers may read no
 * other. */
static const char *time_text(struct statement *s, int column)
{
    const char *text = PQgetvalue(s->result, s->row, column);
    int whole = (int)strcspn(text, ".+"), digits = 0;
    const char *rest = text + whole;

    if (!s->times)
        s->times = aw__calloc((size_t)PQnfields(s->result), TIMESTAMP_BYTES);
    if (!s->times)
        return NULL;
    if (*rest == '.') {
        rest++;
        digits = (int)strspn(rest, "0123456789");
    }
    snprintf(s->times[column], TIMESTAMP_BYTES, "%.*s.%.*s%.*s%s", whole, text, digits, rest,
             digits < FRACTION_DIGITS ? FRACTION_DIGITS - digits : 0, "000000",
             strcmp(rest + digits, "+00") == 0 ? "+00:00" : rest + digits);
    return s->times[column];
}

const char *aw__postgres_column_text(aw_database_statement *statement, int column, size_t *ret_bytes)
{
    struct statement *s = statement_of(statement);
    const char *text;

    if (!there(s, column) || PQgetisnull(s->result, s->row, column))
        return NULL;

    Oid type = PQftype(s->result, column);

    text = type == TIMESTAMP_TYPE || type == TIMESTAMPTZ_TYPE ? time_text(s, column)
                                                              : PQgetvalue(s->result, s->row, column);
    if (text && ret_bytes)
        *ret_bytes = strlen(text);
    return text;
}

bool aw__postgres_column_null(aw_database_statement *statement, int column)
{
    const struct statement *s = statement_of(statement);

    return !there(s, column) || PQgetisnull(s->result, s->row, column);
}

/* Values are wiped because some are secrets, and what was large is given back. */
void aw__postgres_reset(aw_database_statement *statement)
{
    struct statement *s = statement_of(statement);

    if (!s)
        return;
    PQclear(s->result);
    s->result = NULL;
    aw__free(s->times);
    s->times = NULL;
    if (s->values)
        explicit_bzero(s->values, s->used);
    if (s->capacity > FIRST_BYTES * FIRST_BYTES) {
        aw__free(s->values);
        s->values = NULL;
        s->capacity = 0;
    }
    s->used = 0;
    s->bound = 0;
    s->cached.in_use = false;
}
