/*
 * Statements: binding in order, the first failure that sticks, and that each runs once.
 */
#include "store_fixture.h"

#include "base/error.h"
#include "store/rows.h"

static void test_a_sentence(void **state)
{
    struct fixture *f = *state;
    aw__statement s = aw__sql(f->database, "SELECT $1, $2, $3, $4, $5, $6", &f->err);

    aw__bind_text(&s, "text");
    aw__bind_int(&s, INT64_MIN);
    aw__bind_flag(&s, true);
    aw__bind_text(&s, NULL);
    aw__bind_text_or_null(&s, "");
    aw__bind_text_or_null(&s, "x");
    assert_true(aw__row(&s));
    assert_string_equal(aw__column_text(&s, 0), "text");
    assert_true(aw__column_int(&s, 1) == INT64_MIN);
    assert_true(aw__column_flag(&s, 2));
    assert_true(aw__column_null(&s, 3));
    assert_string_equal(aw__column_text(&s, 3), "");
    assert_int_equal(aw__column_int(&s, 3), 0);
    assert_true(aw__column_null(&s, 4));
    assert_false(aw__column_null(&s, 5));
    assert_false(aw__row(&s));
    assert_int_equal(aw__finish(&s), AW_OK);
}

static void insert_property(struct fixture *f, aw__statement *s, const char *name)
{
    *s = aw__sql(f->database, "INSERT INTO properties (id, name, value) VALUES ('a', $1, 'v')", &f->err);
    aw__bind_text(s, name);
}

static void test_finish_runs_what_was_not_stepped(void **state)
{
    struct fixture *f = *state;
    aw__statement s;

    insert_property(f, &s, "one");
    assert_int_equal(aw__finish(&s), AW_OK);
    assert_int_equal(aw__changes(f->database), 1);
    assert_int_equal(query_int(f, "SELECT count(*) FROM properties"), 1);
}

/* SQLite starts a statement that has ended once more when it is stepped again. */
static void test_finish_runs_nothing_twice(void **state)
{
    struct fixture *f = *state;
    aw__statement s;

    insert_property(f, &s, "one");
    assert_false(aw__row(&s));
    assert_int_equal(aw__finish(&s), AW_OK);
    assert_int_equal(query_int(f, "SELECT count(*) FROM properties"), 1);
}

static void test_rows_may_be_left(void **state)
{
    struct fixture *f = *state;

    for (int i = 0; i < 3; i++) {
        aw__statement s = aw__sql(f->database, "SELECT 1 UNION ALL SELECT 2", &f->err);

        assert_true(aw__row(&s));
        assert_int_equal(aw__column_int(&s, 0), 1);
        assert_int_equal(aw__finish(&s), AW_OK);
    }
}

static void test_the_first_failure_sticks(void **state)
{
    struct fixture *f = *state;
    aw__statement s = aw__sql(f->database, "SELECT nonsense FROM nowhere WHERE x = $1", &f->err);

    aw__bind_text(&s, "x");
    aw__bind_text(&s, NULL);
    aw__bind_int(&s, 1);
    aw__bind_flag(&s, true);
    assert_false(aw__row(&s));
    assert_string_equal(aw__column_text(&s, 0), "");
    assert_int_equal(aw__column_int(&s, 0), 0);
    assert_false(aw__column_flag(&s, 0));
    assert_true(aw__column_null(&s, 0));
    aw__statement_fail(&s, AW_E_NOMEM);
    assert_int_equal(aw__finish(&s), AW_E_STORE);
    assert_int_equal(f->err.code, AW_E_STORE);
    assert_non_null(strstr(f->err.message, "nowhere"));
}

static void test_a_parameter_too_many(void **state)
{
    struct fixture *f = *state;
    aw__statement s = aw__sql(f->database, "SELECT $1", &f->err);

    aw__bind_int(&s, 1);
    aw__bind_int(&s, 2);
    assert_false(aw__row(&s));
    assert_int_equal(aw__finish(&s), AW_E_INVALID);
    assert_int_equal(f->err.code, AW_E_INVALID);
}

static void test_failures_of_the_caller(void **state)
{
    struct fixture *f = *state;
    aw__statement s;

    insert_property(f, &s, "one");
    aw__statement_fail(&s, AW_E_NOMEM);
    assert_int_equal(aw__finish(&s), AW_E_NOMEM);
    assert_int_equal(f->err.code, AW_E_NOMEM);
    assert_int_equal(query_int(f, "SELECT count(*) FROM properties"), 0);

    insert_property(f, &s, "one");
    aw__statement_fail(&s, AW_E_CONFLICT);
    aw__statement_fail(&s, AW_E_NOMEM);
    assert_int_equal(aw__finish(&s), AW_E_CONFLICT);
    assert_int_equal(f->err.code, AW_E_CONFLICT);
}

static void test_an_error_may_be_unwanted(void **state)
{
    struct fixture *f = *state;
    aw__statement s = aw__sql(f->database, "SELECT nonsense", NULL);

    assert_int_equal(aw__finish(&s), AW_E_STORE);
    s = aw__sql(f->database, "SELECT 1", NULL);
    aw__statement_fail(&s, AW_E_NOMEM);
    assert_int_equal(aw__finish(&s), AW_E_NOMEM);
}

static void test_finish_found(void **state)
{
    struct fixture *f = *state;
    aw__statement s = aw__sql(f->database, "SELECT 1 WHERE 1 = 2", &f->err);

    assert_int_equal(aw__finish_found(&s, aw__row(&s), "unicorn"), AW_E_NOT_FOUND);
    assert_string_equal(f->err.message, "no such unicorn");
    s = aw__sql(f->database, "SELECT 1", &f->err);
    assert_int_equal(aw__finish_found(&s, aw__row(&s), "unicorn"), AW_OK);
    s = aw__sql(f->database, "SELECT nonsense", &f->err);
    assert_int_equal(aw__finish_found(&s, aw__row(&s), "unicorn"), AW_E_STORE);
}

/* A driver without memory to hand out a text that is there. */
static const char *no_text(aw_database_statement *statement, int column, size_t *ret_bytes)
{
    (void)statement, (void)column, (void)ret_bytes;
    return NULL;
}

static void test_a_text_that_cannot_be_read_is_not_empty(void **state)
{
    struct fixture *f = *state;
    const aw_database_driver *rich = f->database->driver;
    aw_database_driver poor = *rich;
    aw__statement s;

    poor.column_text = no_text;
    f->database->driver = &poor;
    s = aw__sql(f->database, "SELECT 'text'", &f->err);
    assert_true(aw__row(&s));
    assert_string_equal(aw__column_text(&s, 0), "");
    assert_int_equal(aw__finish(&s), AW_E_NOMEM);
    f->database->driver = rich;
}

static void test_rows_grow(void **state)
{
    struct fixture *f = *state;
    aw__statement s = aw__sql(f->database, "SELECT 1", &f->err);
    int *rows = NULL;

    for (size_t i = 0; i < 1000; i++) {
        rows = aw__rows_grow(&s, f->arena, rows, i, sizeof(*rows));
        assert_non_null(rows);
        rows[i] = (int)i;
    }
    for (int i = 0; i < 1000; i++)
        assert_int_equal(rows[i], i);
    assert_int_equal(aw__finish(&s), AW_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_database(test_a_sentence),
        with_database(test_finish_runs_what_was_not_stepped),
        with_database(test_finish_runs_nothing_twice),
        with_database(test_rows_may_be_left),
        with_database(test_the_first_failure_sticks),
        with_database(test_a_parameter_too_many),
        with_database(test_failures_of_the_caller),
        with_database(test_an_error_may_be_unwanted),
        with_database(test_finish_found),
        with_database(test_a_text_that_cannot_be_read_is_not_empty),
        with_database(test_rows_grow),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
