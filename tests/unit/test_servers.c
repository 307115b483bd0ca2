/*
 * The table servers: joining, beating, and who is taken for dead.
 */
#include "store_fixture.h"

#include "store/servers.h"

static size_t list(struct fixture *f, aw__server_row **ret_rows)
{
    size_t count = 0;

    *ret_rows = NULL;
    assert_ok(f, aw__servers_list(f->database, f->arena, ret_rows, &count, &f->err));
    return count;
}

static void test_joining_and_beating(void **state)
{
    struct fixture *f = *state;
    aw__server_row *rows;
    bool there = false;

    assert_int_equal(list(f, &rows), 0);
    assert_null(rows);
    assert_ok(f, aw__servers_insert(f->database, "b", &f->err));
    assert_ok(f, aw__servers_insert(f->database, "a", &f->err));
    assert_fails(f, AW_E_EXISTS, aw__servers_insert(f->database, "a", &f->err));
    for (int i = 0; i < 3; i++) {
        assert_ok(f, aw__servers_beat(f->database, "b", &there, &f->err));
        assert_true(there);
    }
    assert_int_equal(list(f, &rows), 2);
    assert_string_equal(rows[0].id, "a");
    assert_int_equal(rows[0].beat, 0);
    assert_string_equal(rows[1].id, "b");
    assert_int_equal(rows[1].beat, 3);
}

static void test_one_that_was_removed_learns_it(void **state)
{
    struct fixture *f = *state;
    bool there = true;

    assert_ok(f, aw__servers_insert(f->database, "a", &f->err));
    assert_ok(f, aw__servers_delete(f->database, "a", &f->err));
    assert_ok(f, aw__servers_delete(f->database, "a", &f->err));
    assert_ok(f, aw__servers_beat(f->database, "a", &there, &f->err));
    assert_false(there);
}

static void test_only_the_silent_are_removed(void **state)
{
    struct fixture *f = *state;
    aw__server_row *rows;
    bool flag = true;

    assert_ok(f, aw__servers_insert(f->database, "a", &f->err));
    assert_int_equal(list(f, &rows), 1);
    assert_ok(f, aw__servers_beat(f->database, "a", &flag, &f->err));
    assert_ok(f, aw__servers_delete_silent(f->database, &rows[0], &flag, &f->err));
    assert_false(flag);
    assert_int_equal(list(f, &rows), 1);
    assert_ok(f, aw__servers_delete_silent(f->database, &rows[0], &flag, &f->err));
    assert_true(flag);
    assert_int_equal(list(f, &rows), 0);
}

static void test_out_of_memory(void **state)
{
    struct fixture *f = *state;
    aw__server_row *rows = NULL, row = {"a", 1};
    size_t count = 0;
    bool flag = false;

    assert_survives_nomem(f, aw__servers_insert(f->database, "a", &f->err), (void)0);
    assert_survives_nomem(f, aw__servers_beat(f->database, "a", &flag, &f->err), assert_false(flag));
    assert_survives_nomem(f, aw__servers_list(f->database, f->arena, &rows, &count, &f->err), assert_null(rows));
    assert_int_equal(count, 1);
    flag = false;
    assert_survives_nomem(f, aw__servers_delete_silent(f->database, &row, &flag, &f->err), assert_false(flag));
    assert_survives_nomem(f, aw__servers_delete(f->database, "a", &f->err), (void)0);
}

static void test_a_failing_database(void **state)
{
    struct fixture *f = *state;
    aw__server_row *rows, row = {"a", 1};
    size_t count;
    bool flag;

    drop_tables(f);
    assert_fails(f, AW_E_STORE, aw__servers_insert(f->database, "a", &f->err));
    assert_fails(f, AW_E_STORE, aw__servers_beat(f->database, "a", &flag, &f->err));
    assert_fails(f, AW_E_STORE, aw__servers_list(f->database, f->arena, &rows, &count, &f->err));
    assert_fails(f, AW_E_STORE, aw__servers_delete(f->database, "a", &f->err));
    assert_fails(f, AW_E_STORE, aw__servers_delete_silent(f->database, &row, &flag, &f->err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_database(test_joining_and_beating),
        with_database(test_one_that_was_removed_learns_it),
        with_database(test_only_the_silent_are_removed),
        with_database(test_out_of_memory),
        with_database(test_a_failing_database),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
