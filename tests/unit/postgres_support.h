/*
 * What the tests of the PostgreSQL driver share. Without a server (support/place.h) there is nothing to do.
 */
#ifndef AW_TESTS_POSTGRES_SUPPORT_H
#define AW_TESTS_POSTGRES_SUPPORT_H

#include "store_fixture.h"

#include "store/postgres.h"

static const aw_database_driver *const driver = &aw__postgres_driver;

static inline struct fixture *with_tables(void **state)
{
    if (!test_place_is_postgres())
        skip();
    return *state;
}

static inline aw_database_statement *prepared(struct fixture *f, const char *sql)
{
    aw_database_statement *statement = NULL;

    assert_ok(f, driver->prepare(f->database, sql, &statement, &f->err));
    return statement;
}

static inline bool stepped(struct fixture *f, aw_database_statement *statement)
{
    bool row = false;

    assert_ok(f, driver->step(statement, &row, &f->err));
    return row;
}

static inline void execute(struct fixture *f, const char *sql)
{
    assert_ok(f, driver->execute(f->database, sql, &f->err));
}

static inline int run(aw_database *database, const char *sql, aw_error *err)
{
    aw__statement s = aw__sql(database, sql, err);

    return aw__finish(&s);
}

/* The only column of the only row, until the next call. */
static inline const char *text_of(struct fixture *f, const char *sql)
{
    aw__statement s = aw__sql(f->database, sql, &f->err);
    const char *text = aw__row(&s) ? aw__arena_strdup(f->arena, aw__column_text(&s, 0)) : NULL;

    assert_ok(f, aw__finish(&s));
    return text;
}

#endif
