/*
 * The table subscription_diffs.
 */
#include "store_fixture.h"

#include "store/diffs.h"
#include "store/outbox.h"

static void put(struct fixture *f, const char *subscription_id, int64_t sequence)
{
    aw__diff_row diff = {sequence, "2026-11-22 01:25:30.835806", "{\"k\":1}"};

    assert_ok(f, aw__diffs_insert(f->database, "a", subscription_id, &diff, &f->err));
}

static size_t left(struct fixture *f, const char *subscription_id)
{
    aw__diff_row *rows = NULL;
    size_t count = 0;

    assert_ok(f, aw__diffs_list(f->database, f->arena, "a", subscription_id, &rows, &count, &f->err));
    return count;
}

static void test_insert_and_get(void **state)
{
    struct fixture *f = *state;
    aw__diff_row row = {0};

    put(f, "s", 3);
    assert_ok(f, aw__diffs_get(f->database, f->arena, "a", "s", 3, &row, &f->err));
    assert_int_equal(row.sequence, 3);
    assert_string_equal(row.timestamp, "2026-11-22 01:25:30.835806");
    assert_string_equal(row.data, "{\"k\":1}");
    assert_int_equal(query_int(f, "SELECT count(*) FROM subscription_diffs WHERE subid_seqnr = 's:3'"), 1);
}

static void test_absent_is_not_found(void **state)
{
    struct fixture *f = *state;
    aw__diff_row row = {0};

    put(f, "s", 3);
    assert_fails(f, AW_E_NOT_FOUND, aw__diffs_get(f->database, f->arena, "a", "s", 33, &row, &f->err));
    assert_fails(f, AW_E_NOT_FOUND, aw__diffs_get(f->database, f->arena, "a", "t", 3, &row, &f->err));
    assert_fails(f, AW_E_NOT_FOUND, aw__diffs_get(f->database, f->arena, "b", "s", 3, &row, &f->err));
    assert_int_equal(row.sequence, 0);
}

static void test_a_sequence_is_used_once(void **state)
{
    struct fixture *f = *state;
    aw__diff_row diff = {1, "2026-11-22 01:25:30.835806", "{}"};

    put(f, "s", 1);
    assert_fails(f, AW_E_EXISTS, aw__diffs_insert(f->database, "a", "s", &diff, &f->err));
}

static void test_the_last(void **state)
{
    struct fixture *f = *state;
    int64_t last = -1;

    assert_ok(f, aw__diffs_last(f->database, "a", "s", &last, &f->err));
    assert_int_equal(last, 0);
    put(f, "s", 9);
    put(f, "s", 10);
    put(f, "t", 11);
    assert_ok(f, aw__diffs_last(f->database, "a", "s", &last, &f->err));
    assert_int_equal(last, 10);
}

static void test_list_is_in_order_of_numbers(void **state)
{
    struct fixture *f = *state;
    static const int64_t order[] = {10, 9, 100, 2, 1};
    static const int64_t sorted[] = {1, 2, 9, 10, 100};
    aw__diff_row *rows = NULL;
    size_t count = 0;

    for (size_t i = 0; i < 5; i++)
        put(f, "s", order[i]);
    put(f, "t", 5);
    assert_ok(f, aw__diffs_list(f->database, f->arena, "a", "s", &rows, &count, &f->err));
    assert_int_equal(count, 5);
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(rows[i].sequence, sorted[i]);
    assert_int_equal(left(f, "none"), 0);
}

static void test_clear(void **state)
{
    struct fixture *f = *state;
    aw__diff_row row = {0};

    for (int i = 1; i <= 12; i++)
        put(f, "s", i);
    put(f, "t", 1);
    assert_ok(f, aw__diffs_clear(f->database, "a", "s", 10, &f->err));
    assert_int_equal(aw__changes(f->database), 10);
    assert_int_equal(left(f, "s"), 2);
    assert_ok(f, aw__diffs_get(f->database, f->arena, "a", "s", 11, &row, &f->err));
    assert_ok(f, aw__diffs_clear(f->database, "a", "s", INT64_MAX, &f->err));
    assert_int_equal(left(f, "s"), 0);
    put(f, "s", 13);
    assert_ok(f, aw__diffs_clear(f->database, "a", "s", 0, &f->err));
    assert_int_equal(left(f, "s"), 0);
    assert_int_equal(left(f, "t"), 1);
    assert_ok(f, aw__diffs_clear(f->database, "a", "s", 0, &f->err));
}

static void test_delete(void **state)
{
    struct fixture *f = *state;

    put(f, "s", 1);
    put(f, "s", 11);
    put(f, "t", 1);
    assert_ok(f, aw__diffs_delete(f->database, "a", "s", 1, &f->err));
    assert_ok(f, aw__diffs_delete(f->database, "a", "s", 2, &f->err));
    assert_int_equal(left(f, "s"), 1);
    assert_int_equal(left(f, "t"), 1);
}

/* Whoever has to send it still, has to find it. */
static void test_delete_delivered(void **state)
{
    struct fixture *f = *state;
    aw__outbox_queue queue = {"a", "p", "s"};
    aw__outbox_row waiting = {"a", "p", "s", 1}, of_another_peer = {"a", "q", "s", 2}, of_another = {"a", "p", "t", 2};

    put(f, "s", 1);
    put(f, "s", 2);
    assert_ok(f, aw__outbox_insert(f->database, &waiting, &f->err));
    assert_ok(f, aw__outbox_insert(f->database, &of_another_peer, &f->err));
    assert_ok(f, aw__outbox_insert(f->database, &of_another, &f->err));
    assert_ok(f, aw__diffs_delete_delivered(f->database, &queue, 1, &f->err));
    assert_int_equal(left(f, "s"), 2);
    assert_ok(f, aw__diffs_delete_delivered(f->database, &queue, 2, &f->err));
    assert_int_equal(left(f, "s"), 1);
    assert_ok(f, aw__outbox_delete(f->database, "a", "p", "s", 1, &f->err));
    assert_ok(f, aw__diffs_delete_delivered(f->database, &queue, 1, &f->err));
    assert_int_equal(left(f, "s"), 0);
}

static void test_out_of_memory(void **state)
{
    struct fixture *f = *state;
    aw__diff_row diff = {1, "2026-11-22 01:25:30.835806", "{}"}, row = {0}, *rows = NULL;
    size_t count = 0;

    assert_survives_nomem(f, aw__diffs_insert(f->database, "a", "s", &diff, &f->err), (void)0);
    assert_survives_nomem(f, aw__diffs_get(f->database, f->arena, "a", "s", 1, &row, &f->err), assert_null(row.data));
    assert_survives_nomem(f, aw__diffs_clear(f->database, "a", "t", 0, &f->err), (void)0);
    aw__arena_free(f->arena);
    f->arena = aw__arena_new();
    assert_survives_nomem(f, aw__diffs_list(f->database, f->arena, "a", "s", &rows, &count, &f->err), {
        assert_null(rows);
        aw__arena_free(f->arena);
        f->arena = aw__arena_new();
    });
    assert_int_equal(count, 1);
}

static void test_a_failing_database(void **state)
{
    struct fixture *f = *state;
    aw__diff_row diff = {1, "2026-11-22 01:25:30.835806", "{}"}, *rows = NULL;
    size_t count = 0;

    drop_tables(f);
    assert_fails(f, AW_E_STORE, aw__diffs_insert(f->database, "a", "s", &diff, &f->err));
    assert_fails(f, AW_E_STORE, aw__diffs_get(f->database, f->arena, "a", "s", 1, &diff, &f->err));
    assert_fails(f, AW_E_STORE, aw__diffs_list(f->database, f->arena, "a", "s", &rows, &count, &f->err));
    assert_fails(f, AW_E_STORE, aw__diffs_clear(f->database, "a", "s", 0, &f->err));
    assert_fails(f, AW_E_STORE, aw__diffs_clear(f->database, "a", "s", 1, &f->err));
    assert_fails(f, AW_E_STORE, aw__diffs_delete_delivered(f->database, &(aw__outbox_queue){"a", "p", "s"}, 1, &f->err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_database(test_insert_and_get),
        with_database(test_absent_is_not_found),
        with_database(test_a_sequence_is_used_once),
        with_database(test_the_last),
        with_database(test_list_is_in_order_of_numbers),
        with_database(test_clear),
        with_database(test_delete),
        with_database(test_delete_delivered),
        with_database(test_out_of_memory),
        with_database(test_a_failing_database),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
