/*
 * The rows of list properties: their order, what belongs to a list and what beside it does not, and the keys that find
 * them. What the rows mean is in test_list.c.
 */
#include "store_fixture.h"

#include "store/list_rows.h"
#include "store/properties.h"

static aw__list_rows rows_of(struct fixture *f, const char *name)
{
    return (aw__list_rows){f->database, f->arena, "a", name};
}

static void put_row(struct fixture *f, const char *name, const char *value)
{
    assert_ok(f, aw__properties_set(f->database, "a", name, value, &f->err));
}

/* The ranks of a list, with a blank behind each. */
static const char *ranks(struct fixture *f, const char *name)
{
    static char text[256];
    aw__list_rows rows = rows_of(f, name);
    aw__list_row *found = NULL;
    size_t count = 0;

    assert_ok(f, aw__list_rows_ranks(&rows, &found, &count, &f->err));
    text[0] = '\0';
    for (size_t i = 0; i < count; i++)
        snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s ", found[i].rank);
    return text;
}

/* Bytewise: capitals before small letters, and a prefix before what it begins. */
static void test_the_order_is_the_bytes(void **state)
{
    struct fixture *f = *state;
    aw__list_rows rows = rows_of(f, "n");
    static const char *const given[] = {"a1", "Zz", "a0V", "b00", "a0", "aB", "ab", "a0G"};
    aw__list_row row;

    for (size_t i = 0; i < sizeof(given) / sizeof(*given); i++)
        assert_ok(f, aw__list_rows_set(&rows, given[i], "1", &f->err));
    assert_string_equal(ranks(f, "n"), "Zz a0 a0G a0V a1 aB ab b00 ");
    assert_ok(f, aw__list_rows_at(&rows, 0, &row, &f->err));
    assert_string_equal(row.rank, "Zz");
    assert_ok(f, aw__list_rows_at(&rows, -2, &row, &f->err));
    assert_string_equal(row.rank, "ab");
    assert_fails(f, AW_E_NOT_FOUND, aw__list_rows_at(&rows, 8, &row, &f->err));
    assert_fails(f, AW_E_NOT_FOUND, aw__list_rows_at(&rows, -9, &row, &f->err));
}

static void test_what_is_beside_a_list_is_not_in_it(void **state)
{
    struct fixture *f = *state;
    aw__list_rows rows = rows_of(f, "n");
    int64_t count = 0;

    put_row(f, "list:n-#a0", "1");
    put_row(f, "list:n-#1-0", "an older list called n-#1");
    put_row(f, "list:n-#1-meta", "{}");
    put_row(f, "list:n-2-#a0", "another");
    put_row(f, "list:n-2-5", "an older one");
    put_row(f, "list:n-7", "its own, when it was an older one");
    put_row(f, "list:n-meta", "{}");
    put_row(f, "list:N-#a0", "another");
    put_row(f, "list:n_-#a0", "another");
    put_row(f, "n", "1");
    assert_ok(f, aw__properties_set(f->database, "b", "list:n-#a9", "another actor's", &f->err));
    assert_string_equal(ranks(f, "n"), "a0 ");
    assert_ok(f, aw__list_rows_clear(&rows, &f->err));
    assert_string_equal(ranks(f, "n"), "");
    assert_int_equal(query_int(f, "SELECT count(*) FROM properties"), 9);
    assert_ok(f, aw__list_rows_count(&rows, NULL, &count, &f->err));
    assert_int_equal(count, 0);
    assert_ok(f, aw__list_rows_delete_every(f->database, "a", &f->err));
    assert_int_equal(query_int(f, "SELECT count(*) FROM properties"), 2);
}

static void test_all_lists_are_sorted_out(void **state)
{
    struct fixture *f = *state;
    aw__list_any_row *rows = NULL;
    size_t count = 0;

    put_row(f, "list:b-meta", "{}");
    put_row(f, "list:b-10", "x");
    put_row(f, "list:b-9", "xyz");
    put_row(f, "list:a-b-#a1", "2");
    put_row(f, "list:a-b-#a0", "1");
    put_row(f, "list:a-b-meta", "[]");
    put_row(f, "list:odd", "no list's");
    put_row(f, "list:-meta", "no list's");
    put_row(f, "list:a-", "no list's");
    put_row(f, "list:a-#", "no list's");
    put_row(f, "list:a-x", "no list's");
    put_row(f, "listless", "1");
    assert_ok(f, aw__list_rows_every(f->database, f->arena, "a", false, &rows, &count, &f->err));
    assert_int_equal(count, 6);
    assert_string_equal(rows[0].list, "a-b");
    assert_int_equal(rows[0].kind, AW__LIST_ROW_META);
    assert_string_equal(rows[0].value, "[]");
    assert_string_equal(rows[1].rank, "a0");
    assert_null(rows[1].value);
    assert_string_equal(rows[2].rank, "a1");
    assert_string_equal(rows[3].list, "b");
    assert_string_equal(rows[4].rank, "9");
    assert_int_equal(rows[4].characters, 3);
    assert_string_equal(rows[5].rank, "10");
    assert_ok(f, aw__list_rows_every(f->database, f->arena, "a", true, &rows, &count, &f->err));
    assert_string_equal(rows[4].value, "xyz");
    assert_ok(f, aw__list_rows_every(f->database, f->arena, "nobody", true, &rows, &count, &f->err));
    assert_int_equal(count, 0);
}

static void test_a_lost_database_is_said(void **state)
{
    struct fixture *f = *state;
    aw__list_rows rows = rows_of(f, "n");
    aw__list_row *found, row;
    aw__list_any_row *any;
    const char *text;
    size_t count;
    int64_t number;

    drop_tables(f);
    assert_fails(f, AW_E_STORE, aw__list_rows_get_meta(&rows, &text, &f->err));
    assert_fails(f, AW_E_STORE, aw__list_rows_set_meta(&rows, "{}", &f->err));
    assert_fails(f, AW_E_STORE, aw__list_rows_delete_meta(&rows, &f->err));
    assert_fails(f, AW_E_STORE, aw__list_rows_all(&rows, &found, &count, &f->err));
    assert_fails(f, AW_E_STORE, aw__list_rows_ranks(&rows, &found, &count, &f->err));
    assert_fails(f, AW_E_STORE, aw__list_rows_indexed(&rows, &found, &count, &f->err));
    assert_fails(f, AW_E_STORE, aw__list_rows_count(&rows, NULL, &number, &f->err));
    assert_fails(f, AW_E_STORE, aw__list_rows_at(&rows, 0, &row, &f->err));
    assert_fails(f, AW_E_STORE, aw__list_rows_find(&rows, "a0", &row, &f->err));
    assert_fails(f, AW_E_STORE, aw__list_rows_set(&rows, "a0", "1", &f->err));
    assert_fails(f, AW_E_STORE, aw__list_rows_rename(&rows, "a0", "a1", &f->err));
    assert_fails(f, AW_E_STORE, aw__list_rows_upgrade(&rows, "0", "a1", &f->err));
    assert_fails(f, AW_E_STORE, aw__list_rows_delete(&rows, "a0", &f->err));
    assert_fails(f, AW_E_STORE, aw__list_rows_clear(&rows, &f->err));
    assert_fails(f, AW_E_STORE, aw__list_rows_every(f->database, f->arena, "a", true, &any, &count, &f->err));
    assert_fails(f, AW_E_STORE, aw__list_rows_delete_every(f->database, "a", &f->err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_database(test_the_order_is_the_bytes),     with_database(test_what_is_beside_a_list_is_not_in_it),
        with_database(test_all_lists_are_sorted_out),
        with_database(test_a_lost_database_is_said),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
