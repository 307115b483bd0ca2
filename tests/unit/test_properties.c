/*
 * The table properties.
 */
#include "store_fixture.h"

#include "store/actors.h"
#include "store/properties.h"

static void test_set_and_get(void **state)
{
    struct fixture *f = *state;
    const char *value = NULL;

    assert_ok(f, aw__properties_set(f->database, "a", "colour", "\"red\"", &f->err));
    assert_ok(f, aw__properties_get(f->database, f->arena, "a", "colour", &value, &f->err));
    assert_string_equal(value, "\"red\"");

    assert_ok(f, aw__properties_set(f->database, "a", "colour", "\"blå\"", &f->err));
    assert_ok(f, aw__properties_get(f->database, f->arena, "a", "colour", &value, &f->err));
    assert_string_equal(value, "\"blå\"");
}

static void test_absent_is_not_found(void **state)
{
    struct fixture *f = *state;
    const char *value = "untouched";

    assert_ok(f, aw__properties_set(f->database, "a", "colour", "1", &f->err));
    assert_fails(f, AW_E_NOT_FOUND, aw__properties_get(f->database, f->arena, "a", "size", &value, &f->err));
    assert_fails(f, AW_E_NOT_FOUND, aw__properties_get(f->database, f->arena, "b", "colour", &value, &f->err));
    assert_string_equal(value, "untouched");
}

static void test_an_empty_value_is_a_value(void **state)
{
    struct fixture *f = *state;
    const char *value = NULL;

    assert_ok(f, aw__properties_set(f->database, "a", "note", "", &f->err));
    assert_ok(f, aw__properties_get(f->database, f->arena, "a", "note", &value, &f->err));
    assert_string_equal(value, "");
}

static void test_large_values_and_odd_names(void **state)
{
    struct fixture *f = *state;
    size_t bytes = 3 * 1024 * 1024;
    char *large = calloc(1, bytes + 1);
    const char *value = NULL;

    assert_non_null(large);
    memset(large, 'x', bytes);
    assert_ok(f, aw__properties_set(f->database, "a", "' OR 1=1; --", large, &f->err));
    assert_ok(f, aw__properties_get(f->database, f->arena, "a", "' OR 1=1; --", &value, &f->err));
    assert_string_equal(value, large);
    free(large);
}

/* What the Python library finds an actor by leads to what is stored, and to nothing that was. */
static void test_lookup(void **state)
{
    struct fixture *f = *state;
    char large[2000];

    memset(large, 'x', sizeof(large) - 1);
    large[sizeof(large) - 1] = '\0';
    assert_ok(f, aw__actors_insert(f->database, "a", "me", "first", &f->err));
    assert_ok(f, aw__actors_insert(f->database, "b", "you", "second", &f->err));
    assert_ok(f, aw__properties_set(f->database, "a", "email", "\"one@example.com\"", &f->err));
    assert_ok(f, aw__properties_set(f->database, "a", "colour", "\"red\"", &f->err));
    assert_ok(f, aw__properties_set(f->database, "b", "email", "\"one@example.com\"", &f->err));
    assert_int_equal(query_int(f, "SELECT count(*) FROM property_lookup"), 1);
    assert_int_equal(query_int(f, "SELECT count(*) FROM property_lookup WHERE actor_id = 'a' AND property_name = 'email'"
                                  " AND value = '\"one@example.com\"'"), 1);
    assert_ok(f, aw__properties_set(f->database, "a", "email", "\"two@example.com\"", &f->err));
    assert_int_equal(query_int(f, "SELECT count(*) FROM property_lookup WHERE value = '\"two@example.com\"'"), 1);
    assert_int_equal(query_int(f, "SELECT count(*) FROM property_lookup"), 1);
    assert_ok(f, aw__properties_set(f->database, "a", "email", large, &f->err));
    assert_int_equal(query_int(f, "SELECT count(*) FROM property_lookup"), 0);
    assert_ok(f, aw__properties_set(f->database, "a", "oauthId", "7", &f->err));
    assert_ok(f, aw__properties_delete(f->database, "a", "oauthId", &f->err));
    assert_int_equal(query_int(f, "SELECT count(*) FROM property_lookup"), 0);
}

static void test_delete(void **state)
{
    struct fixture *f = *state;
    const char *value = NULL;

    assert_ok(f, aw__properties_set(f->database, "a", "colour", "1", &f->err));
    assert_ok(f, aw__properties_set(f->database, "b", "colour", "2", &f->err));
    assert_ok(f, aw__properties_delete(f->database, "a", "colour", &f->err));
    assert_int_equal(aw__changes(f->database), 1);
    assert_fails(f, AW_E_NOT_FOUND, aw__properties_get(f->database, f->arena, "a", "colour", &value, &f->err));
    assert_ok(f, aw__properties_get(f->database, f->arena, "b", "colour", &value, &f->err));

    assert_ok(f, aw__properties_delete(f->database, "a", "colour", &f->err));
    assert_int_equal(aw__changes(f->database), 0);
}

static void test_list_is_sorted_and_without_list_rows(void **state)
{
    struct fixture *f = *state;
    aw__property_row *rows = NULL;
    size_t count = 7;

    assert_ok(f, aw__properties_list(f->database, f->arena, "a", &rows, &count, &f->err));
    assert_null(rows);
    assert_int_equal(count, 0);

    assert_ok(f, aw__properties_set(f->database, "a", "zoo", "3", &f->err));
    assert_ok(f, aw__properties_set(f->database, "a", "list:notes-meta", "{}", &f->err));
    assert_ok(f, aw__properties_set(f->database, "a", "list:notes-#a0", "1", &f->err));
    assert_ok(f, aw__properties_set(f->database, "a", "LIST:loud", "2", &f->err));
    assert_ok(f, aw__properties_set(f->database, "a", "list", "1", &f->err));
    assert_ok(f, aw__properties_set(f->database, "b", "other", "4", &f->err));
    assert_ok(f, aw__properties_list(f->database, f->arena, "a", &rows, &count, &f->err));
    assert_int_equal(count, 3);
    assert_string_equal(rows[0].name, "LIST:loud");
    assert_string_equal(rows[1].name, "list");
    assert_string_equal(rows[2].name, "zoo");
    assert_string_equal(rows[2].value, "3");
}

static void test_long_list(void **state)
{
    struct fixture *f = *state;
    aw__property_row *rows = NULL;
    size_t count = 0;
    char name[16];

    for (int i = 0; i < 100; i++) {
        snprintf(name, sizeof(name), "p%03d", i);
        assert_ok(f, aw__properties_set(f->database, "a", name, name, &f->err));
    }
    assert_ok(f, aw__properties_list(f->database, f->arena, "a", &rows, &count, &f->err));
    assert_int_equal(count, 100);
    for (int i = 0; i < 100; i++) {
        snprintf(name, sizeof(name), "p%03d", i);
        assert_string_equal(rows[i].name, name);
        assert_string_equal(rows[i].value, name);
    }
}

static void test_is_list(void **state)
{
    struct fixture *f = *state;
    bool is_list = true;

    assert_ok(f, aw__properties_set(f->database, "a", "list:notes-meta", "{}", &f->err));
    assert_ok(f, aw__properties_set(f->database, "a", "colour", "1", &f->err));
    assert_ok(f, aw__properties_is_list(f->database, "a", "colour", &is_list, &f->err));
    assert_false(is_list);
    assert_ok(f, aw__properties_is_list(f->database, "a", "notes", &is_list, &f->err));
    assert_true(is_list);
    assert_ok(f, aw__properties_is_list(f->database, "b", "notes", &is_list, &f->err));
    assert_false(is_list);
}

/* Of twenty-three names, which are asked for in three statements. */
static void test_any_list(void **state)
{
    static const char *const lists[] = {"list:n0-meta", "list:n9-meta", "list:n10-meta", "list:n20-meta", "list:n22-meta"};
    struct fixture *f = *state;
    const char *names[23];
    bool any = true;

    for (size_t i = 0; i < 23; i++)
        names[i] = aw__arena_printf(f->arena, "n%zu", i);
    assert_ok(f, aw__properties_set(f->database, "a", "n3", "1", &f->err));
    assert_ok(f, aw__properties_set(f->database, "b", "list:n3-meta", "{}", &f->err));
    for (size_t count = 0; count <= 23; count++) {
        assert_ok(f, aw__properties_any_list(f->database, "a", names, count, &any, &f->err));
        assert_false(any);
    }
    for (size_t i = 0; i < 5; i++) {
        assert_ok(f, aw__properties_set(f->database, "a", lists[i], "{}", &f->err));
        assert_ok(f, aw__properties_any_list(f->database, "a", names, 23, &any, &f->err));
        assert_true(any);
        assert_ok(f, aw__properties_any_list(f->database, "a", names, 0, &any, &f->err));
        assert_false(any);
        assert_ok(f, aw__properties_delete(f->database, "a", lists[i], &f->err));
        assert_ok(f, aw__properties_any_list(f->database, "a", names, 23, &any, &f->err));
        assert_false(any);
    }
}

/* Every number of them that takes another choice of statements. */
static void test_several_are_set(void **state)
{
    struct fixture *f = *state;
    aw__property_row rows[20], *found = NULL;
    size_t count = 0;

    for (size_t i = 0; i < 20; i++)
        rows[i] = (aw__property_row){.name = aw__arena_printf(f->arena, "n%02zu", i),
                                     .value = aw__arena_printf(f->arena, "%zu", i)};
    for (size_t n = 0; n <= 20; n++) {
        const char *actor_id = aw__arena_printf(f->arena, "actor%zu", n);

        for (int times = 0; times < 2; times++) /* the second time they are there */
            assert_ok(f, aw__properties_set_several(f->database, actor_id, rows, n, &f->err));
        assert_ok(f, aw__properties_list(f->database, f->arena, actor_id, &found, &count, &f->err));
        assert_int_equal(count, n);
        for (size_t i = 0; i < n; i++) {
            assert_string_equal(found[i].name, rows[i].name);
            assert_string_equal(found[i].value, rows[i].value);
        }
    }
    assert_ok(f, aw__properties_set(f->database, "actor9", "n08", "changed", &f->err));
    assert_ok(f, aw__properties_set_several(f->database, "actor9", rows + 4, 5, &f->err));
    assert_int_equal(query_int(f, "SELECT count(*) FROM properties WHERE id = 'actor9'"), 9);
    assert_int_equal(query_int(f, "SELECT count(*) FROM properties WHERE id = 'actor9' AND value = 'changed'"), 0);
}

static void test_several_are_looked_up(void **state)
{
    static const aw__property_row rows[] = {{"colour", "1"}, {"email", "1"}, {"oauthId", "7"}};
    struct fixture *f = *state;

    assert_ok(f, aw__actors_insert(f->database, "a", "me", "first", &f->err));
    assert_ok(f, aw__properties_set_several(f->database, "a", rows, 3, &f->err));
    assert_int_equal(query_int(f, "SELECT count(*) FROM property_lookup WHERE actor_id = 'a'"), 2);
}

static void test_out_of_memory(void **state)
{
    static const aw__property_row two[] = {{"k", "v"}, {"p00", "v"}};
    struct fixture *f = *state;
    aw__property_row *rows = NULL;
    const char *value = NULL;
    size_t count = 0;
    char name[16];

    assert_survives_nomem(f, aw__properties_set(f->database, "a", "k", "v", &f->err), (void)0);
    assert_survives_nomem(f, aw__properties_set_several(f->database, "a", two, 2, &f->err), (void)0);
    for (int i = 0; i < 40; i++) {
        snprintf(name, sizeof(name), "p%02d", i);
        assert_ok(f, aw__properties_set(f->database, "a", name, "v", &f->err));
    }
    aw__arena_free(f->arena);
    f->arena = aw__arena_new();
    assert_survives_nomem(f, aw__properties_list(f->database, f->arena, "a", &rows, &count, &f->err), {
        assert_null(rows);
        assert_int_equal(count, 0);
        aw__arena_free(f->arena);
        f->arena = aw__arena_new();
    });
    assert_int_equal(count, 41);
    assert_survives_nomem(f, aw__properties_get(f->database, f->arena, "a", "k", &value, &f->err), assert_null(value));
    assert_string_equal(value, "v");
}

static void test_no_memory_for_a_large_value(void **state)
{
    struct fixture *f = *state;
    size_t bytes = 1000000;
    char *large = calloc(1, bytes + 1);
    const char *value = NULL;

    assert_non_null(large);
    memset(large, 'x', bytes);
    assert_ok(f, aw__properties_set(f->database, "a", "k", large, &f->err));
    assert_fails(f, AW_E_NOT_FOUND, aw__properties_get(f->database, f->arena, "a", "none", &value, &f->err));
    aw__alloc_fail_at(1, true);
    assert_fails(f, AW_E_NOMEM, aw__properties_get(f->database, f->arena, "a", "k", &value, &f->err));
    aw__alloc_fail_at(0, false);
    assert_null(value);
    free(large);
}

static void test_a_failing_database(void **state)
{
    struct fixture *f = *state;
    aw__property_row *rows = NULL;
    const char *value = NULL;
    size_t count = 0;
    bool is_list;

    drop_tables(f);
    assert_fails(f, AW_E_STORE, aw__properties_get(f->database, f->arena, "a", "k", &value, &f->err));
    assert_fails(f, AW_E_STORE, aw__properties_set(f->database, "a", "k", "v", &f->err));
    assert_fails(f, AW_E_STORE, aw__properties_delete(f->database, "a", "k", &f->err));
    assert_fails(f, AW_E_STORE, aw__properties_list(f->database, f->arena, "a", &rows, &count, &f->err));
    assert_fails(f, AW_E_STORE, aw__properties_is_list(f->database, "a", "k", &is_list, &f->err));
    assert_fails(f, AW_E_STORE, aw__properties_any_list(f->database, "a", (const char *const[]){"k", "l"}, 2, &is_list, &f->err));
    assert_false(f->err.retriable);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_database(test_set_and_get),
        with_database(test_absent_is_not_found),
        with_database(test_an_empty_value_is_a_value),
        with_database(test_large_values_and_odd_names),
        with_database(test_lookup),
        with_database(test_delete),
        with_database(test_list_is_sorted_and_without_list_rows),
        with_database(test_long_list),
        with_database(test_is_list),
        with_database(test_any_list),
        with_database(test_several_are_set),
        with_database(test_several_are_looked_up),
        with_database(test_out_of_memory),
        with_database(test_no_memory_for_a_large_value),
        with_database(test_a_failing_database),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
