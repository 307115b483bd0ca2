/*
 * The table attributes: buckets, prefixes and expiry.
 */
#include "store_fixture.h"

#include <time.h>

#include "base/clock.h"
#include "store/attributes.h"

static void set(struct fixture *f, const char *bucket, const char *name, const char *data)
{
    assert_ok(f, aw__attributes_set(f->database, "a", bucket, name, data, 0, &f->err));
}

static void test_set_and_get(void **state)
{
    struct fixture *f = *state;
    aw__attribute_row row = {0};
    int64_t at = 0;

    set(f, "_internal", "email", "\"one\"");
    set(f, "_internal", "email", "\"two\"");
    assert_ok(f, aw__attributes_get(f->database, f->arena, "a", "_internal", "email", &row, &f->err));
    assert_string_equal(row.name, "email");
    assert_string_equal(row.data, "\"two\"");
    assert_true(aw__timestamp_parse(row.timestamp, &at));
    assert_true(at <= aw__utc_us() && at > aw__utc_us() - 600 * INT64_C(1000000));
    assert_int_equal(query_int(f, "SELECT count(*) FROM attributes WHERE bucket_name = '_internal:email'"), 1);
}

static void test_absent_is_not_found(void **state)
{
    struct fixture *f = *state;
    aw__attribute_row row = {0};

    set(f, "_internal", "email", "1");
    assert_fails(f, AW_E_NOT_FOUND, aw__attributes_get(f->database, f->arena, "a", "_internal", "name", &row, &f->err));
    assert_fails(f, AW_E_NOT_FOUND, aw__attributes_get(f->database, f->arena, "a", "other", "email", &row, &f->err));
    assert_fails(f, AW_E_NOT_FOUND,
                 aw__attributes_get(f->database, f->arena, "b", "_internal", "email", &row, &f->err));
    assert_null(row.name);
}

/* Rows of the reference may have neither. */
static void test_unset_columns_are_empty(void **state)
{
    struct fixture *f = *state;
    aw__attribute_row row = {0};

    assert_ok(f, f->database->driver->execute(
                     f->database,
                     "INSERT INTO attributes (id, bucket_name, bucket, name) VALUES ('a', 'b:n', 'b', 'n')", &f->err));
    assert_ok(f, aw__attributes_get(f->database, f->arena, "a", "b", "n", &row, &f->err));
    assert_string_equal(row.data, "");
    assert_string_equal(row.timestamp, "");
}

/* "remote:p" + "x" and "remote" + "p:x" share a key. */
static void test_buckets_do_not_leak_into_each_other(void **state)
{
    struct fixture *f = *state;
    aw__attribute_row row = {0};

    set(f, "remote:p", "x", "1");
    assert_fails(f, AW_E_NOT_FOUND, aw__attributes_get(f->database, f->arena, "a", "remote", "p:x", &row, &f->err));
    assert_ok(f, aw__attributes_delete(f->database, "a", "remote", "p:x", &f->err));
    assert_ok(f, aw__attributes_get(f->database, f->arena, "a", "remote:p", "x", &row, &f->err));
}

static void test_list(void **state)
{
    struct fixture *f = *state;
    aw__attribute_row *rows = NULL;
    size_t count = 0;

    set(f, "b", "state:2", "2");
    set(f, "b", "state:1", "1");
    set(f, "b", "State:3", "3");
    set(f, "b", "stat%", "4");
    set(f, "c", "state:4", "5");
    assert_ok(f, aw__attributes_list(f->database, f->arena, "a", "b", NULL, &rows, &count, &f->err));
    assert_int_equal(count, 4);
    assert_string_equal(rows[0].name, "State:3");
    assert_string_equal(rows[1].name, "stat%");
    assert_string_equal(rows[2].name, "state:1");
    assert_string_equal(rows[3].name, "state:2");
    assert_string_equal(rows[3].data, "2");
    assert_ok(f, aw__attributes_list(f->database, f->arena, "a", "b", "state:", &rows, &count, &f->err));
    assert_int_equal(count, 2);
    assert_string_equal(rows[0].name, "state:1");
    assert_ok(f, aw__attributes_list(f->database, f->arena, "a", "b", "stat%", &rows, &count, &f->err));
    assert_int_equal(count, 1);
    assert_ok(f, aw__attributes_list(f->database, f->arena, "a", "b", "none", &rows, &count, &f->err));
    assert_int_equal(count, 0);
    assert_null(rows);
}

static void test_expired_rows_are_absent(void **state)
{
    struct fixture *f = *state;
    aw__attribute_row row = {0}, *rows = NULL;
    int64_t now = time(NULL);
    size_t count = 0;

    assert_ok(f, aw__attributes_set(f->database, "a", "b", "old", "1", now - 1, &f->err));
    assert_ok(f, aw__attributes_set(f->database, "a", "b", "young", "2", now + 3600, &f->err));
    set(f, "b", "eternal", "3");
    assert_fails(f, AW_E_NOT_FOUND, aw__attributes_get(f->database, f->arena, "a", "b", "old", &row, &f->err));
    assert_ok(f, aw__attributes_get(f->database, f->arena, "a", "b", "young", &row, &f->err));
    assert_ok(f, aw__attributes_list(f->database, f->arena, "a", "b", NULL, &rows, &count, &f->err));
    assert_int_equal(count, 2);
    assert_string_equal(rows[0].name, "eternal");
    assert_string_equal(rows[1].name, "young");

    set(f, "b", "old", "4"); /* a new value without an expiry lives on */
    assert_ok(f, aw__attributes_get(f->database, f->arena, "a", "b", "old", &row, &f->err));
    assert_string_equal(row.data, "4");
}

static void test_delete_expired(void **state)
{
    struct fixture *f = *state;
    int64_t count = 0;

    assert_ok(f, aw__attributes_set(f->database, "a", "b", "old", "1", 1000, &f->err));
    assert_ok(f, aw__attributes_set(f->database, "b", "b", "older", "1", 999, &f->err));
    assert_ok(f, aw__attributes_set(f->database, "a", "b", "young", "2", 1001, &f->err));
    set(f, "b", "eternal", "3");
    assert_ok(f, aw__attributes_delete_expired(f->database, 1000, 1, &count, &f->err));
    assert_int_equal(count, 1);
    assert_int_equal(query_int(f, "SELECT count(*) FROM attributes WHERE name = 'older'"), 0); /* the oldest first */
    assert_ok(f, aw__attributes_delete_expired(f->database, 1000, 9, &count, &f->err));
    assert_int_equal(count, 1);
    assert_ok(f, aw__attributes_delete_expired(f->database, 1000, 9, &count, &f->err));
    assert_int_equal(count, 0);
    assert_int_equal(query_int(f, "SELECT count(*) FROM attributes WHERE name IN ('young', 'eternal')"), 2);
}

static void test_delete(void **state)
{
    struct fixture *f = *state;
    aw__attribute_row row = {0};

    set(f, "b", "one", "1");
    set(f, "b", "two", "2");
    set(f, "bb", "one", "3");
    assert_ok(f, aw__attributes_delete(f->database, "a", "b", "one", &f->err));
    assert_int_equal(aw__changes(f->database), 1);
    assert_ok(f, aw__attributes_delete(f->database, "a", "b", "one", &f->err));
    assert_fails(f, AW_E_NOT_FOUND, aw__attributes_get(f->database, f->arena, "a", "b", "one", &row, &f->err));
    assert_ok(f, aw__attributes_delete_bucket(f->database, "a", "b", &f->err));
    assert_int_equal(query_int(f, "SELECT count(*) FROM attributes"), 1);
    assert_ok(f, aw__attributes_get(f->database, f->arena, "a", "bb", "one", &row, &f->err));
}

static void test_all_buckets(void **state)
{
    struct fixture *f = *state;
    aw__attribute_row *rows = NULL;
    size_t count = 7;

    assert_ok(f, aw__attributes_list_all(f->database, f->arena, "a", &rows, &count, &f->err));
    assert_int_equal(count, 0);
    set(f, "one", "b", "1");
    set(f, "one", "a", "2");
    set(f, "another", "c", "3");
    assert_ok(f, aw__attributes_set(f->database, "b", "one", "a", "4", 0, &f->err));
    assert_ok(f, aw__attributes_set(f->database, "a", "one", "expired", "5", 1, &f->err));
    assert_ok(f, aw__attributes_list_all(f->database, f->arena, "a", &rows, &count, &f->err));
    assert_int_equal(count, 3);
    assert_string_equal(rows[0].bucket, "another");
    assert_string_equal(rows[1].name, "a");
    assert_string_equal(rows[2].data, "1");
    assert_string_equal(rows[2].bucket, "one");
    assert_ok(f, aw__attributes_delete_all(f->database, "a", &f->err));
    assert_int_equal(query_int(f, "SELECT count(*) FROM attributes"), 1);
}

static void test_out_of_memory(void **state)
{
    struct fixture *f = *state;
    aw__attribute_row row = {0}, *rows = NULL;
    size_t count = 0;

    assert_survives_nomem(f, aw__attributes_set(f->database, "a", "b", "n", "1", 0, &f->err), (void)0);
    assert_survives_nomem(f, aw__attributes_get(f->database, f->arena, "a", "b", "n", &row, &f->err),
                          assert_null(row.name));
    assert_string_equal(row.data, "1");
    aw__arena_free(f->arena);
    f->arena = aw__arena_new();
    assert_survives_nomem(f, aw__attributes_list(f->database, f->arena, "a", "b", "", &rows, &count, &f->err), {
        assert_null(rows);
        aw__arena_free(f->arena);
        f->arena = aw__arena_new();
    });
    assert_int_equal(count, 1);
    assert_survives_nomem(f, aw__attributes_delete(f->database, "a", "b", "n", &f->err), (void)0);
}

static void test_a_failing_database(void **state)
{
    struct fixture *f = *state;
    aw__attribute_row row = {0}, *rows = NULL;
    size_t count = 0;
    int64_t expired = 77;

    drop_tables(f);
    assert_fails(f, AW_E_STORE, aw__attributes_get(f->database, f->arena, "a", "b", "n", &row, &f->err));
    assert_fails(f, AW_E_STORE, aw__attributes_list(f->database, f->arena, "a", "b", NULL, &rows, &count, &f->err));
    assert_fails(f, AW_E_STORE, aw__attributes_set(f->database, "a", "b", "n", "1", 0, &f->err));
    assert_fails(f, AW_E_STORE, aw__attributes_delete(f->database, "a", "b", "n", &f->err));
    assert_fails(f, AW_E_STORE, aw__attributes_delete_bucket(f->database, "a", "b", &f->err));
    assert_fails(f, AW_E_STORE, aw__attributes_delete_expired(f->database, 1, 1, &expired, &f->err));
    assert_int_equal(expired, 77);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_database(test_set_and_get),
        with_database(test_absent_is_not_found),
        with_database(test_unset_columns_are_empty),
        with_database(test_buckets_do_not_leak_into_each_other),
        with_database(test_list),
        with_database(test_expired_rows_are_absent),
        with_database(test_delete_expired),
        with_database(test_delete),
        with_database(test_all_buckets),
        with_database(test_out_of_memory),
        with_database(test_a_failing_database),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
