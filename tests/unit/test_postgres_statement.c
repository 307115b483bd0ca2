/*
 * Statements of the PostgreSQL driver: what becomes of their values, and when they are prepared.
 */
#include "postgres_support.h"

/* -------------------------------------------------------------------------------------------------- values --- */

static void test_texts_come_back(void **state)
{
    struct fixture *f = with_tables(state);
    static char large[3 << 20];
    static const char *const texts[] = {
        "", " ", "NULL", "a'b\"c\\d$1", "line\r\nline\ttab", "\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80", large};

    memset(large, 'x', sizeof(large) - 1);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        aw_database_statement *statement = prepared(f, "SELECT $1::text");
        size_t bytes = 0;

        assert_int_equal(driver->bind_text(statement, 1, texts[i]), AW_OK);
        assert_true(stepped(f, statement));
        assert_string_equal(driver->column_text(statement, 0, &bytes), texts[i]);
        assert_int_equal(bytes, strlen(texts[i]));
        assert_false(driver->column_null(statement, 0));
        assert_false(stepped(f, statement));
        driver->reset(statement);
    }
}

static void test_nulls(void **state)
{
    struct fixture *f = with_tables(state);
    aw_database_statement *statement = prepared(f, "SELECT $1::text, $2::bigint, $3::text");

    assert_int_equal(driver->bind_text(statement, 1, NULL), AW_OK);
    assert_int_equal(driver->bind_null(statement, 2), AW_OK);
    assert_int_equal(driver->bind_text(statement, 3, "there"), AW_OK);
    assert_null(driver->column_text(statement, 0, NULL)); /* no row yet */
    assert_true(driver->column_null(statement, 0));
    assert_true(stepped(f, statement));
    assert_null(driver->column_text(statement, 0, NULL));
    assert_true(driver->column_null(statement, 1));
    assert_int_equal(driver->column_int(statement, 1), 0);
    assert_string_equal(driver->column_text(statement, 2, NULL), "there");
    assert_null(driver->column_text(statement, 3, NULL)); /* no such column */
    assert_int_equal(driver->column_int(statement, -1), 0);
    driver->reset(statement);
}

static void test_numbers_come_back(void **state)
{
    struct fixture *f = with_tables(state);
    static const int64_t numbers[] = {0, 1, -1, INT32_MAX, INT64_MAX, INT64_MIN};

    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        aw_database_statement *statement = prepared(f, "SELECT $1::bigint, $1::bigint > 0");

        assert_int_equal(driver->bind_int(statement, 1, numbers[i]), AW_OK);
        assert_true(stepped(f, statement));
        assert_true(driver->column_int(statement, 0) == numbers[i]);
        assert_int_equal(driver->column_int(statement, 1), numbers[i] > 0);
        driver->reset(statement);
    }
}

/* As the other store has them: six digits, and the whole name of the zone. */
static void test_times_have_one_form(void **state)
{
    struct fixture *f = with_tables(state);

    assert_string_equal(text_of(f, "SELECT '2026-11-26 03:53:50'::timestamp"), "2026-11-26 03:53:50.000000");
    assert_string_equal(text_of(f, "SELECT '2026-11-26 03:53:50.5'::timestamp"), "2026-11-26 03:53:50.500000");
    assert_string_equal(text_of(f, "SELECT '2026-11-26 03:53:50.123456'::timestamp"), "2026-11-26 03:53:50.123456");
    assert_string_equal(text_of(f, "SELECT '2026-11-26 03:53:50.5+00'::timestamptz"), "2026-11-26 03:53:50.500000+00:00");
    assert_string_equal(text_of(f, "SELECT '2026-11-26 05:53:50+02'::timestamptz"), "2026-11-26 03:53:50.000000+00:00");
    assert_string_equal(text_of(f, "SELECT '2026-11-26 03:53:50.5'::text"), "2026-11-26 03:53:50.5");
}

static void assert_value_refused(struct fixture *f, const char *sql, const char *value, int code)
{
    aw__statement s = aw__sql(f->database, sql, &f->err);

    aw__bind_text(&s, value);
    f->err = (aw_error){0};
    assert_int_equal(aw__finish(&s), code);
    assert_int_equal(f->err.code, code);
    assert_null(strstr(f->err.message, "hunter2"));
    assert_false(f->err.retriable);
    assert_int_equal(driver->state(f->database), AW_DATABASE_FINE);
    assert_string_equal(text_of(f, "SELECT 'usable'::text"), "usable");
}

static void test_values_that_do_not_fit(void **state)
{
    struct fixture *f = with_tables(state);
    char long_text[300] = "hunter2";

    memset(long_text + 7, 'x', sizeof(long_text) - 8);
    execute(f, "CREATE TEMPORARY TABLE fits (s varchar(255), i integer, b bigint, j jsonb, t timestamp)");
    assert_value_refused(f, "INSERT INTO fits (s) VALUES ($1)", long_text, AW_E_TOO_LARGE);
    assert_value_refused(f, "INSERT INTO fits (s) VALUES ($1)", "hunter2\xff", AW_E_INVALID);
    assert_value_refused(f, "INSERT INTO fits (s) VALUES ($1)", "hunter2\xc3", AW_E_INVALID);
    assert_value_refused(f, "INSERT INTO fits (s) VALUES ($1)", "hunter2\xed\xa0\x80", AW_E_INVALID);
    assert_value_refused(f, "INSERT INTO fits (i) VALUES ($1)", "3000000000", AW_E_INVALID);
    assert_value_refused(f, "INSERT INTO fits (i) VALUES ($1)", "hunter2", AW_E_INVALID);
    assert_value_refused(f, "INSERT INTO fits (b) VALUES ($1)", "9223372036854775808", AW_E_INVALID);
    assert_value_refused(f, "INSERT INTO fits (j) VALUES ($1)", "{\"hunter2\"}", AW_E_INVALID);
    assert_value_refused(f, "INSERT INTO fits (j) VALUES ($1)", "\"hunter2\\u0000\"", AW_E_INVALID);
    assert_value_refused(f, "INSERT INTO fits (t) VALUES ($1)", "hunter2", AW_E_INVALID);
    assert_int_equal(query_int(f, "SELECT count(*) FROM fits"), 0);
}

/* ---------------------------------------------------------------------------------------------- statements --- */

static void test_numbers_of_parameters(void **state)
{
    struct fixture *f = with_tables(state);
    aw_database_statement *statement = prepared(f, "SELECT $1::text || $2::text");
    bool row = false;

    assert_int_equal(driver->bind_text(statement, 0, "x"), AW_E_INVALID);
    assert_int_equal(driver->bind_text(statement, 33, "x"), AW_E_INVALID);
    assert_int_equal(driver->bind_text(statement, 2, "b"), AW_OK); /* in any order, and again */
    assert_int_equal(driver->bind_text(statement, 1, "x"), AW_OK);
    assert_int_equal(driver->bind_text(statement, 1, "a"), AW_OK);
    assert_true(stepped(f, statement));
    assert_string_equal(driver->column_text(statement, 0, NULL), "ab");
    driver->reset(statement);

    statement = prepared(f, "SELECT $1::text || $2::text");
    assert_int_equal(driver->bind_text(statement, 1, "a"), AW_OK);
    assert_fails(f, AW_E_INVALID, driver->step(statement, &row, &f->err));
    driver->reset(statement);
    assert_string_equal(text_of(f, "SELECT 'usable'::text"), "usable");
}

static int64_t prepared_count(struct fixture *f)
{
    return query_int(f, "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%cached%'");
}

static void test_statements_are_prepared_once(void **state)
{
    struct fixture *f = with_tables(state);
    static const char sql[] = "SELECT 'cached'::text FROM generate_series(1, 3)";
    aw_database_statement *outer, *inner;
    int64_t before = prepared_count(f); /* it counts itself */

    for (int i = 0; i < 10; i++)
        assert_string_equal(text_of(f, sql), "cached");
    assert_int_equal(prepared_count(f), before + 1);

    outer = prepared(f, sql); /* while its rows are read it is asked once more */
    assert_true(stepped(f, outer));
    inner = prepared(f, sql);
    assert_ptr_not_equal(inner, outer);
    while (stepped(f, inner))
        assert_string_equal(driver->column_text(inner, 0, NULL), "cached");
    driver->reset(inner);
    assert_true(stepped(f, outer) && stepped(f, outer));
    assert_false(stepped(f, outer));
    driver->reset(outer);
    driver->reset(NULL);
    for (int i = 0; i < 10; i++)
        assert_string_equal(text_of(f, sql), "cached");
    assert_int_equal(prepared_count(f), before + 2);
}

/* The server has it only when it could be prepared, also when running it failed. */
static void test_a_statement_that_fails_is_prepared_again(void **state)
{
    struct fixture *f = with_tables(state);
    static const char sql[] = "INSERT INTO later (x) VALUES (1) RETURNING 'cached'";

    assert_fails(f, AW_E_STORE, run(f->database, sql, &f->err));
    assert_non_null(strstr(f->err.message, "42P01"));
    assert_fails(f, AW_E_STORE, run(f->database, sql, &f->err));
    execute(f, "CREATE TEMPORARY TABLE later (x integer PRIMARY KEY)");
    assert_ok(f, run(f->database, sql, &f->err));
    assert_fails(f, AW_E_EXISTS, run(f->database, sql, &f->err));
    assert_fails(f, AW_E_EXISTS, run(f->database, sql, &f->err));
    execute(f, "DELETE FROM later");
    assert_ok(f, run(f->database, sql, &f->err));
    assert_fails(f, AW_E_STORE, run(f->database, "SELECT FROM WHERE", &f->err));
    assert_non_null(strstr(f->err.message, "42601"));
}

/* A statement that a rolled back transaction has prepared stays prepared. */
static void test_statements_outlive_their_transaction(void **state)
{
    struct fixture *f = with_tables(state);
    static const char sql[] = "SELECT 'outlives'::text";

    for (int i = 0; i < 3; i++) {
        assert_ok(f, driver->begin(f->database, i % 2, &f->err));
        assert_string_equal(text_of(f, sql), "outlives");
        driver->rollback(f->database);
    }
    assert_int_equal(query_int(f, "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%''outlives''::text'"), 1);
}

static void test_changes(void **state)
{
    struct fixture *f = with_tables(state);

    execute(f, "CREATE TEMPORARY TABLE changed (x integer PRIMARY KEY)");
    assert_ok(f, run(f->database, "INSERT INTO changed SELECT * FROM generate_series(1, 5)", &f->err));
    assert_int_equal(driver->changes(f->database), 5);
    assert_ok(f, run(f->database, "UPDATE changed SET x = -x WHERE x > 2", &f->err));
    assert_int_equal(driver->changes(f->database), 3);
    assert_ok(f, run(f->database, "INSERT INTO changed VALUES (1) ON CONFLICT DO NOTHING", &f->err));
    assert_int_equal(driver->changes(f->database), 0);
    assert_ok(f, run(f->database, "DELETE FROM changed", &f->err));
    assert_int_equal(driver->changes(f->database), 5);
}

static void test_several_statements_in_a_text(void **state)
{
    struct fixture *f = with_tables(state);

    assert_ok(f, driver->begin(f->database, true, &f->err)); /* which has not been sent yet */
    execute(f, "CREATE TEMPORARY TABLE several (x integer); INSERT INTO several VALUES (1); INSERT INTO several VALUES (2)");
    assert_int_equal(query_int(f, "SELECT sum(x) FROM several"), 3);
    assert_ok(f, driver->commit(f->database, &f->err));
    assert_fails(f, AW_E_STORE, driver->execute(f->database, "INSERT INTO several VALUES (3); SELEKT", &f->err));
    assert_int_equal(query_int(f, "SELECT sum(x) FROM several"), 3);
}

static int ask_for_time(struct fixture *f)
{
    aw__statement s = aw__sql(f->database, "SELECT now(), $1::text", &f->err);

    aw__bind_text(&s, "a value that needs more room than there is at first, since it has more than 256 bytes with all of the "
                      "words that are written here so that it does: one, two, three, four, five, six, seven, eight, nine, ten, "
                      "eleven, twelve, thirteen, fourteen, fifteen, sixteen, seventeen");
    while (aw__row(&s))
        aw__column_text(&s, 0);
    return aw__finish(&s);
}

static void test_statements_without_memory(void **state)
{
    struct fixture *f = with_tables(state);

    assert_survives_nomem(f, ask_for_time(f), assert_string_equal(text_of(f, "SELECT 'usable'::text"), "usable"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_database(test_texts_come_back),
        with_database(test_nulls),
        with_database(test_numbers_come_back),
        with_database(test_times_have_one_form),
        with_database(test_values_that_do_not_fit),
        with_database(test_numbers_of_parameters),
        with_database(test_statements_are_prepared_once),
        with_database(test_a_statement_that_fails_is_prepared_again),
        with_database(test_statements_outlive_their_transaction),
        with_database(test_changes),
        with_database(test_several_statements_in_a_text),
        with_database(test_statements_without_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
