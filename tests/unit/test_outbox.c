/*
 * The table outbox: what is waiting, in order, page by page.
 */
#include "store_fixture.h"

#include "store/outbox.h"

static void put(struct fixture *f, const char *actor, const char *peer, const char *subscription, int64_t sequence)
{
    aw__outbox_row row = {actor, peer, subscription, sequence, 1700000000000 + sequence};

    assert_ok(f, aw__outbox_insert(f->database, &row, &f->err));
}

static void test_insert_and_list(void **state)
{
    struct fixture *f = *state;
    aw__outbox_row *rows = NULL;
    size_t count = 9;

    assert_ok(f, aw__outbox_list(f->database, f->arena, NULL, 10, &rows, &count, &f->err));
    assert_int_equal(count, 0);
    assert_null(rows);

    put(f, "b", "p", "s", 1);
    put(f, "a", "q", "s", 1);
    put(f, "a", "p", "s", 10);
    put(f, "a", "p", "s", 9);
    put(f, "a", "p", "r", 11);
    assert_ok(f, aw__outbox_list(f->database, f->arena, NULL, 10, &rows, &count, &f->err));
    assert_int_equal(count, 5);
    assert_string_equal(rows[0].subscription_id, "r");
    assert_int_equal(rows[1].sequence, 9);
    assert_int_equal(rows[1].created_at_ms, 1700000000009);
    assert_int_equal(rows[2].sequence, 10);
    assert_string_equal(rows[3].peer_id, "q");
    assert_string_equal(rows[4].actor_id, "b");
}

static void test_a_row_is_queued_once(void **state)
{
    struct fixture *f = *state;
    aw__outbox_row row = {"a", "p", "s", 1, 0};

    assert_ok(f, aw__outbox_insert(f->database, &row, &f->err));
    assert_fails(f, AW_E_EXISTS, aw__outbox_insert(f->database, &row, &f->err));
}

static void test_pages(void **state)
{
    struct fixture *f = *state;
    aw__outbox_row *rows = NULL, last, *after = NULL;
    size_t count = 0, seen = 0;

    for (int i = 1; i <= 25; i++)
        put(f, i % 2 ? "a" : "b", i % 3 ? "p" : "q", "s", i);
    do {
        assert_ok(f, aw__outbox_list(f->database, f->arena, after, 10, &rows, &count, &f->err));
        seen += count;
        if (count) {
            if (after)
                assert_true(strcmp(last.actor_id, rows[0].actor_id) <= 0);
            last = rows[count - 1];
            after = &last;
        }
    } while (count == 10);
    assert_int_equal(seen, 25);
    assert_ok(f, aw__outbox_list(f->database, f->arena, after, 10, &rows, &count, &f->err));
    assert_int_equal(count, 0);
}

static void test_delete(void **state)
{
    struct fixture *f = *state;
    aw__outbox_row *rows = NULL;
    size_t count = 0;

    put(f, "a", "p", "s", 1);
    put(f, "a", "p", "s", 2);
    assert_ok(f, aw__outbox_delete(f->database, "a", "p", "s", 1, &f->err));
    assert_int_equal(aw__changes(f->database), 1);
    assert_ok(f, aw__outbox_delete(f->database, "a", "p", "s", 1, &f->err));
    assert_ok(f, aw__outbox_list(f->database, f->arena, NULL, 10, &rows, &count, &f->err));
    assert_int_equal(count, 1);
    assert_int_equal(rows[0].sequence, 2);
}

static void test_out_of_memory(void **state)
{
    struct fixture *f = *state;
    aw__outbox_row row = {"a", "p", "s", 1, 0}, *rows = NULL;
    size_t count = 0;

    assert_survives_nomem(f, aw__outbox_insert(f->database, &row, &f->err), (void)0);
    assert_survives_nomem(f, aw__outbox_list(f->database, f->arena, NULL, 10, &rows, &count, &f->err),
                          assert_null(rows));
    assert_int_equal(count, 1);
}

static void test_a_failing_database(void **state)
{
    struct fixture *f = *state;
    aw__outbox_row row = {"a", "p", "s", 1, 0}, *rows = NULL;
    size_t count = 0;

    drop_tables(f);
    assert_fails(f, AW_E_STORE, aw__outbox_insert(f->database, &row, &f->err));
    assert_fails(f, AW_E_STORE, aw__outbox_delete(f->database, "a", "p", "s", 1, &f->err));
    assert_fails(f, AW_E_STORE, aw__outbox_list(f->database, f->arena, NULL, 10, &rows, &count, &f->err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_database(test_insert_and_list), with_database(test_a_row_is_queued_once),
        with_database(test_pages),           with_database(test_delete),
        with_database(test_out_of_memory),   with_database(test_a_failing_database),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
