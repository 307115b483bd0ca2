/*
 * Finding cookies in a Cookie header, and the lists of header lines.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "http/cookie.h"
#include "http/headers.h"

static aw__arena *arena;

static int start(void **state)
{
    (void)state;
    arena = aw__arena_new();
    return arena ? 0 : -1;
}

static int stop(void **state)
{
    (void)state;
    aw__arena_free(arena);
    return 0;
}

static void cookie_is_found_wherever_it_stands(void **state)
{
    (void)state;
    assert_string_equal(aw__cookie_find(arena, "a=1", "a"), "1");
    assert_string_equal(aw__cookie_find(arena, "a=1; b=2; c=3", "a"), "1");
    assert_string_equal(aw__cookie_find(arena, "a=1; b=2; c=3", "b"), "2");
    assert_string_equal(aw__cookie_find(arena, "a=1;b=2;c=3", "c"), "3");
    assert_string_equal(aw__cookie_find(arena, "  a = 1 ;\tb=\t2\t", "a"), "1");
    assert_string_equal(aw__cookie_find(arena, "  a = 1 ;\tb=\t2\t", "b"), "2");
}

static void cookie_value_is_taken_whole(void **state)
{
    (void)state;
    assert_string_equal(aw__cookie_find(arena, "a=b=c==; d=e", "a"), "b=c==");
    assert_string_equal(aw__cookie_find(arena, "a=\"quoted\"", "a"), "quoted");
    assert_string_equal(aw__cookie_find(arena, "a=\"", "a"), "\"");
    assert_string_equal(aw__cookie_find(arena, "a=\"\"", "a"), "");
    assert_string_equal(aw__cookie_find(arena, "a=", "a"), "");
    assert_string_equal(aw__cookie_find(arena, "a=%20", "a"), "%20");
    assert_string_equal(aw__cookie_find(arena, "a=1; a=2", "a"), "1");
}

static void cookie_names_are_exact(void **state)
{
    const char *const headers[] = {"", ";", "a", "ab=1", "xa=1", "A=1", "=a", "b=a=1", "; ;=;", "a1=1;1a=2"};

    (void)state;
    for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
        assert_null(aw__cookie_find(arena, headers[i], "a"));
}

static void header_lines_keep_their_order(void **state)
{
    aw__header_list list = {0};

    (void)state;
    assert_int_equal(aw__headers_add(&list, arena, "Accept", " \tone two\t "), 0);
    assert_int_equal(aw__headers_add(&list, arena, "Empty", "  "), 0);
    assert_int_equal(aw__headers_add(&list, arena, "ACCEPT", "three"), 0);
    const aw__header_line *line = aw__headers_find(list.first, "accept");

    assert_string_equal(line->value, "one two");
    line = aw__headers_find(line->next, "accept");
    assert_string_equal(line->value, "three");
    assert_null(aw__headers_find(line->next, "accept"));
    assert_null(aw__headers_find(list.first, "Accep"));
    assert_string_equal(aw__headers_find(list.first, "empty")->value, "");
}

static void header_names_and_values_are_checked(void **state)
{
    (void)state;
    assert_true(aw__header_name_valid("X-Request-ID"));
    assert_true(aw__header_name_valid("!#$%&'*+-.^_`|~09azAZ"));
    assert_false(aw__header_name_valid(""));
    assert_false(aw__header_name_valid("a b"));
    assert_false(aw__header_name_valid("a:"));
    assert_false(aw__header_name_valid("a\n"));
    assert_false(aw__header_name_valid("\xC3\xA9"));
    assert_true(aw__header_value_valid(""));
    assert_true(aw__header_value_valid("a\tb \xC3\xA9"));
    assert_false(aw__header_value_valid("a\rb"));
    assert_false(aw__header_value_valid("a\nb"));
    assert_false(aw__header_value_valid("a\x7f"));
    assert_false(aw__header_value_valid("\x01"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(cookie_is_found_wherever_it_stands, start, stop),
        cmocka_unit_test_setup_teardown(cookie_value_is_taken_whole, start, stop),
        cmocka_unit_test_setup_teardown(cookie_names_are_exact, start, stop),
        cmocka_unit_test_setup_teardown(header_lines_keep_their_order, start, stop),
        cmocka_unit_test(header_names_and_values_are_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
