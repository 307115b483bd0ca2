/*
 * Property paths: taken apart, and followed into JSON.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "model/path.h"

static aw__arena *arena;

static int open_arena(void **state)
{
    (void)state;
    arena = aw__arena_new();
    return arena ? 0 : -1;
}

static int close_arena(void **state)
{
    (void)state;
    aw__arena_free(arena);
    return 0;
}

static void splits_at_slashes(void **state)
{
    (void)state;
    aw__path path;

    assert_int_equal(aw__path_split(arena, "profile/address/city", false, &path, NULL), AW_OK);
    assert_int_equal(path.depth, 3);
    assert_string_equal(path.names[0], "profile");
    assert_string_equal(path.names[2], "city");
    assert_int_equal(aw__path_split(arena, "a/", false, &path, NULL), AW_OK);
    assert_int_equal(path.depth, 1);
    assert_int_equal(aw__path_split(arena, "", false, &path, NULL), AW_OK);
    assert_int_equal(path.depth, 0);
    assert_int_equal(aw__path_split(arena, NULL, true, &path, NULL), AW_OK);
    assert_int_equal(path.depth, 0);
}

static void decodes_only_what_is_encoded(void **state)
{
    (void)state;
    aw__path path;

    assert_int_equal(aw__path_split(arena, "a%2Fb/%C3%A9+", true, &path, NULL), AW_OK);
    assert_int_equal(path.depth, 2);
    assert_string_equal(path.names[0], "a/b");
    assert_string_equal(path.names[1], "\xc3\xa9+");
    assert_int_equal(aw__path_split(arena, "100%/x", false, &path, NULL), AW_OK);
    assert_string_equal(path.names[0], "100%");
    assert_int_equal(aw__path_split(arena, "100%/x", true, &path, NULL), AW_E_INVALID);
    assert_int_equal(aw__path_split(arena, "a%00", true, &path, NULL), AW_E_INVALID);
}

static void refuses_what_names_nothing(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "/", "/a", "a//b", "a//", "list:x", "list:", "a\n", "a/b\x7f", "a/\xff/b", "\xc3(", "x/\xc2\x85/y"};
    aw__path path = {.depth = 7};
    aw_error err = {0};

    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
        assert_int_equal(aw__path_split(arena, bad[i], false, &path, &err), AW_E_INVALID);
    assert_int_equal(path.depth, 7);
    assert_int_equal(aw__path_split(arena, "lists/list:x", false, &path, &err), AW_OK);
    assert_int_equal(aw__path_split(arena, "list%3Ax", true, &path, &err), AW_E_INVALID);
}

static void limits_are_exact(void **state)
{
    (void)state;
    char name[AW__PATH_MAX_NAME_BYTES + 2];
    const char *names[AW__PATH_MAX_DEPTH + 1];
    aw__path path;

    memset(name, 'n', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    assert_int_equal(aw__path_split(arena, name, false, &path, NULL), AW_E_TOO_LARGE);
    name[sizeof(name) - 2] = '\0';
    assert_int_equal(aw__path_split(arena, name, false, &path, NULL), AW_OK);
    for (size_t i = 0; i < AW__PATH_MAX_DEPTH + 1; i++)
        names[i] = "x";
    assert_int_equal(aw__path_check(names, AW__PATH_MAX_DEPTH, NULL), AW_OK);
    assert_int_equal(aw__path_check(names, AW__PATH_MAX_DEPTH + 1, NULL), AW_E_TOO_LARGE);
    for (size_t i = 0; i < 17; i++)
        names[i] = name;
    assert_int_equal(aw__path_check(names, 16, NULL), AW_OK);
    assert_int_equal(aw__path_check(names, 17, NULL), AW_E_TOO_LARGE);
    char many[2 * AW__PATH_MAX_DEPTH + 4] = "";

    for (int i = 0; i < AW__PATH_MAX_DEPTH; i++)
        strcat(many, "x/");
    assert_int_equal(aw__path_split(arena, many, false, &path, NULL), AW_OK);
    assert_int_equal(path.depth, AW__PATH_MAX_DEPTH);
    strcat(many, "x");
    assert_int_equal(aw__path_split(arena, many, false, &path, NULL), AW_E_TOO_LARGE);
}

static json_t *parse(const char *text)
{
    json_t *value = json_loads(text, JSON_DECODE_ANY, NULL);

    assert_non_null(value);
    return value;
}

static void assert_json(const json_t *value, const char *expected)
{
    char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY | JSON_SORT_KEYS);

    assert_string_equal(text, expected);
    free(text);
}

/* Sets the text's value at the path in a copy of before, and returns what came of it. */
static int set(const char *before, const char *at, const char *value, const char *expected)
{
    json_t *properties = parse(before);
    json_t *new_value = parse(value);
    aw__path path;
    aw_error err = {0};

    assert_int_equal(aw__path_split(arena, at, false, &path, NULL), AW_OK);
    int rc = aw__path_set(properties, path.names, path.depth, new_value, &err);

    assert_int_equal(rc, err.code);
    assert_json(properties, expected);
    json_decref(properties);
    json_decref(new_value);
    return rc;
}

static void gets_through_objects_only(void **state)
{
    (void)state;
    json_t *properties = parse("{\"a\":{\"b\":{\"c\":1},\"l\":[1,2],\"s\":\"x\",\"n\":null}}");
    static const struct {
        const char *path;
        const char *expected; /* NULL: nothing */
    } cases[] = {
        {"a/b/c", "1"},  {"a/b", "{\"c\":1}"}, {"a/l", "[1,2]"}, {"a/n", "null"},   {"a/l/0", NULL},
        {"a/s/x", NULL}, {"a/x", NULL},        {"b", NULL},      {"a/b/c/d", NULL}, {"a/x/y/z", NULL},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        aw__path path;

        assert_int_equal(aw__path_split(arena, cases[i].path, false, &path, NULL), AW_OK);
        json_t *value = aw__path_get(properties, path.names, path.depth);

        if (cases[i].expected)
            assert_json(value, cases[i].expected);
        else
            assert_null(value);
    }
    assert_ptr_equal(aw__path_get(properties, NULL, 0), properties);
    json_decref(properties);
}

static void sets_a_top_level_name_whole(void **state)
{
    (void)state;
    assert_int_equal(set("{}", "a", "1", "{\"a\":1}"), AW_OK);
    assert_int_equal(set("{\"a\":{\"x\":1}}", "a", "{\"y\":2}", "{\"a\":{\"y\":2}}"), AW_OK);
    assert_int_equal(set("{\"a\":[1]}", "a", "\"\"", "{\"a\":\"\"}"), AW_OK);
}

static void makes_objects_on_the_way(void **state)
{
    (void)state;
    assert_int_equal(set("{}", "a/b/c", "1", "{\"a\":{\"b\":{\"c\":1}}}"), AW_OK);
    assert_int_equal(set("{\"a\":{\"x\":0}}", "a/b/c", "[1]", "{\"a\":{\"b\":{\"c\":[1]},\"x\":0}}"), AW_OK);
    assert_int_equal(set("{\"a\":{\"b\":1}}", "a/b", "2", "{\"a\":{\"b\":2}}"), AW_OK);
}

static void merges_objects_below_the_top(void **state)
{
    (void)state;
    assert_int_equal(set("{\"a\":{\"b\":{\"x\":1,\"o\":{\"p\":1}}}}", "a/b", "{\"y\":2,\"o\":{\"q\":2}}",
                         "{\"a\":{\"b\":{\"o\":{\"p\":1,\"q\":2},\"x\":1,\"y\":2}}}"),
                     AW_OK);
    assert_int_equal(set("{\"a\":{\"b\":[1]}}", "a/b", "{\"y\":2}", "{\"a\":{\"b\":{\"y\":2}}}"), AW_OK);
    assert_int_equal(set("{\"a\":{\"b\":{\"x\":1}}}", "a/b", "[]", "{\"a\":{\"b\":[]}}"), AW_OK);
}

static void parents_that_are_no_objects_conflict(void **state)
{
    (void)state;
    assert_int_equal(set("{\"a\":1}", "a/b", "2", "{\"a\":1}"), AW_E_CONFLICT);
    assert_int_equal(set("{\"a\":\"text\"}", "a/b/c", "2", "{\"a\":\"text\"}"), AW_E_CONFLICT);
    assert_int_equal(set("{\"a\":{\"b\":[1]}}", "a/b/0", "2", "{\"a\":{\"b\":[1]}}"), AW_E_CONFLICT);
}

static void a_property_is_not_null_nor_too_deep(void **state)
{
    (void)state;
    char deep[2 * AW__PATH_MAX_VALUE_DEPTH + 1] = "";

    assert_int_equal(set("{}", "a", "null", "{}"), AW_E_INVALID);
    assert_int_equal(set("{}", "a/b", "null", "{\"a\":{\"b\":null}}"), AW_OK);
    for (int i = 0; i < AW__PATH_MAX_VALUE_DEPTH - 1; i++)
        strcat(deep, "[");
    for (int i = 0; i < AW__PATH_MAX_VALUE_DEPTH - 1; i++)
        strcat(deep, "]");
    json_t *value = parse(deep);

    assert_int_equal(aw__path_check_value(1, value, NULL), AW_OK);
    json_decref(value);
    assert_int_equal(set("{}", "a/b", deep, "{}"), AW_E_TOO_LARGE);
    assert_int_equal(aw__path_check_value(1, NULL, NULL), AW_E_INVALID);
}

static void deletes_and_leaves_parents(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        const char *expected;
        bool found;
    } cases[] = {
        {"a/b/c", "{\"a\":{\"b\":{},\"l\":[1]}}", true},
        {"a/l", "{\"a\":{\"b\":{\"c\":1}}}", true},
        {"a", "{}", true},
        {"a/l/0", "{\"a\":{\"b\":{\"c\":1},\"l\":[1]}}", false},
        {"x", "{\"a\":{\"b\":{\"c\":1},\"l\":[1]}}", false},
        {"x/y/z", "{\"a\":{\"b\":{\"c\":1},\"l\":[1]}}", false},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        json_t *properties = parse("{\"a\":{\"b\":{\"c\":1},\"l\":[1]}}");
        aw__path path;

        assert_int_equal(aw__path_split(arena, cases[i].path, false, &path, NULL), AW_OK);
        assert_int_equal(aw__path_delete(properties, path.names, path.depth), cases[i].found);
        assert_json(properties, cases[i].expected);
        json_decref(properties);
    }
}

static void no_memory_for_the_names(void **state)
{
    (void)state;
    aw__path path;
    aw_error err = {0};

    aw__alloc_fail_at(1, true);
    while (aw__path_split(arena, "until/the/arena/is/full", true, &path, &err) == AW_OK)
        ;
    aw__alloc_fail_at(0, false);
    assert_int_equal(err.code, AW_E_NOMEM);
}

static void no_memory_is_told(void **state)
{
    (void)state;
    static const char *const names[] = {"a", "b", "c"};
    int rc = AW_E_NOMEM;
    long n;

    json_set_alloc_funcs(aw__malloc, aw__free);
    for (n = 1; rc && n < 100; n++) {
        json_t *properties = json_pack("{s{}}", "a");
        json_t *value = json_integer(1);

        aw__alloc_fail_at(n, false);
        rc = aw__path_set(properties, names, 3, value, NULL);
        aw__alloc_fail_at(0, false);
        if (rc)
            assert_int_equal(rc, AW_E_NOMEM);
        json_decref(properties);
        json_decref(value);
    }
    json_set_alloc_funcs(malloc, free);
    assert_int_equal(rc, AW_OK);
    assert_true(n > 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(splits_at_slashes, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(decodes_only_what_is_encoded, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(refuses_what_names_nothing, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(limits_are_exact, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(gets_through_objects_only, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(sets_a_top_level_name_whole, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(makes_objects_on_the_way, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(merges_objects_below_the_top, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(parents_that_are_no_objects_conflict, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(a_property_is_not_null_nor_too_deep, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(deletes_and_leaves_parents, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(no_memory_for_the_names, open_arena, close_arena),
        cmocka_unit_test(no_memory_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
