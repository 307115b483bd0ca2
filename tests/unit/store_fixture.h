/*
 * What the tests of src/store share: a directory that goes away, a database in it, one connection with all tables, and
 * an arena for the rows.
 */
#ifndef AW_TESTS_STORE_FIXTURE_H
#define AW_TESTS_STORE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "store/schema.h"
#include "store/sqlite.h"
#include "store/statement.h"
#include "support/place.h"

struct fixture {
    test_place place;
    char directory[256]; /* "" with PostgreSQL, and so is path */
    char path[300];      /* of the database */
    char location[320];  /* for aw__store_open() */
    aw_database *database;
    aw__arena *arena;
    aw_error err;
};

static inline int make_directory(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    const char *parent = getenv("TMPDIR");

    if (!f)
        return -1;
    test_place_make(&f->place, parent ? parent : "/tmp");
    snprintf(f->directory, sizeof(f->directory), "%s", f->place.directory);
    snprintf(f->path, sizeof(f->path), "%s", f->place.path);
    snprintf(f->location, sizeof(f->location), "%s", f->place.location);
    f->arena = aw__arena_new();
    *state = f;
    return f->arena ? 0 : -1;
}

static inline int remove_directory(void **state)
{
    struct fixture *f = *state;

    if (f->database)
        f->database->driver->close(f->database);
    test_place_remove(&f->place);
    aw__arena_free(f->arena);
    free(f);
    return 0;
}

/* For tests of tables, which need no disk to be waited for. */
static inline int make_database(void **state)
{
    struct fixture *f;

    if (make_directory(state))
        return -1;
    f = *state;
    if (f->place.driver->open(f->place.rest, false, &f->database, &f->err) ||
        aw__schema_open(f->database, true, &f->err) ||
        (!test_place_is_postgres() &&
         f->database->driver->execute(f->database, "PRAGMA synchronous = OFF", &f->err))) {
        fprintf(stderr, "%s\n", f->err.message);
        return -1;
    }
    return 0;
}

/* Makes every statement fail, as a lost database would. */
static inline void drop_tables(struct fixture *f)
{
    static const char *const tables[] = {
        "property_lookup", "actors",        "attributes",         "peertrustees",
        "properties",      "subscriptions", "subscription_diffs", "subscription_suspensions",
        "trusts",          "outbox",        "outbox_queues",      "servers",
    };

    for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
        char sql[64];

        snprintf(sql, sizeof(sql), "DROP TABLE %s", tables[i]);
        assert_int_equal(f->database->driver->execute(f->database, sql, &f->err), AW_OK);
    }
}

/* The first column of the first row, -1 when there is none. sql may be any text. */
static inline int64_t query_int(struct fixture *f, const char *sql)
{
    aw__statement s = aw__sql(f->database, sql, &f->err);
    int64_t value = aw__row(&s) ? aw__column_int(&s, 0) : -1;

    assert_int_equal(aw__finish(&s), AW_OK);
    return value;
}

#define assert_ok(f, call)                                                                                             \
    do {                                                                                                               \
        int rc_ = (call);                                                                                              \
        if (rc_)                                                                                                       \
            print_error("%s: %s\n", #call, (f)->err.message);                                                          \
        assert_int_equal(rc_, AW_OK);                                                                                  \
    } while (0)

#define assert_fails(f, code_, call)                                                                                   \
    do {                                                                                                               \
        (f)->err = (aw_error){0};                                                                                      \
        assert_int_equal((call), code_);                                                                               \
        assert_int_equal((f)->err.code, code_);                                                                        \
        assert_true((f)->err.message[0] != 0);                                                                         \
    } while (0)

#define with_database(test)  cmocka_unit_test_setup_teardown(test, make_database, remove_directory)
#define with_directory(test) cmocka_unit_test_setup_teardown(test, make_directory, remove_directory)

/*
 * Fails each allocation of a call in turn. `call` must then be AW_E_NOMEM, and succeed at the end; `check` runs after
 * each failure.
 */
#define assert_survives_nomem(f, call, check)                                                                          \
    do {                                                                                                               \
        for (long n_ = 1;; n_++) {                                                                                     \
            int rc_;                                                                                                   \
            (f)->err = (aw_error){0};                                                                                  \
            aw__alloc_fail_at(n_, false);                                                                              \
            rc_ = (call);                                                                                              \
            aw__alloc_fail_at(0, false);                                                                               \
            if (!rc_)                                                                                                  \
                break;                                                                                                 \
            assert_int_equal(rc_, AW_E_NOMEM);                                                                         \
            assert_int_equal((f)->err.code, AW_E_NOMEM);                                                               \
            check;                                                                                                     \
            assert_true(n_ < 10000);                                                                                   \
        }                                                                                                              \
    } while (0)

#endif
