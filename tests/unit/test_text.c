/*
 * Small questions about text, UTF-8 among them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/text.h"

static void empty_and_equal(void **state)
{
    (void)state;
    assert_true(aw__text_empty(NULL));
    assert_true(aw__text_empty(""));
    assert_false(aw__text_empty(" "));
    assert_true(aw__text_equal("a", "a"));
    assert_true(aw__text_equal(NULL, NULL));
    assert_false(aw__text_equal(NULL, ""));
    assert_false(aw__text_equal("a", "A"));
    assert_true(aw__text_equal_nocase("Bearer", "bEARER"));
    assert_false(aw__text_equal_nocase("Bearer", NULL));
}

static void prefixes(void **state)
{
    (void)state;
    assert_true(aw__text_starts("list:notes", "list:"));
    assert_true(aw__text_starts("x", ""));
    assert_false(aw__text_starts("list", "list:"));
    assert_false(aw__text_starts(NULL, "list:"));
}

static void whole_texts_become_integers(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "-",
        "+1",
        " 1",
        "1 ",
        "1x",
        "0x1",
        "1.0",
        "9223372036854775808",
        "-9223372036854775809",
        "99999999999999999999999",
    };
    int64_t value = 5;

    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
        assert_false(aw__text_to_int(bad[i], INT64_MIN, INT64_MAX, &value));
    assert_false(aw__text_to_int(NULL, 0, 9, &value));
    assert_false(aw__text_to_int("10", 0, 9, &value));
    assert_false(aw__text_to_int("-1", 0, 9, &value));
    assert_int_equal(value, 5);
    assert_true(aw__text_to_int("-9223372036854775808", INT64_MIN, INT64_MAX, &value));
    assert_true(value == INT64_MIN);
    assert_true(aw__text_to_int("9223372036854775807", INT64_MIN, INT64_MAX, &value));
    assert_true(value == INT64_MAX);
    assert_true(aw__text_to_int("007", 0, 9, &value));
    assert_int_equal(value, 7);
    assert_true(aw__text_to_int("-0", 0, 9, &value));
    assert_int_equal(value, 0);
}

static bool utf8(const char *text)
{
    return aw__text_utf8(text, strlen(text));
}

static void utf8_is_well_formed(void **state)
{
    (void)state;
    static const char *const good[] = {"",
                                       "abc",
                                       "\xc2\x80",
                                       "\xdf\xbf",
                                       "\xe0\xa0\x80",
                                       "\xed\x9f\xbf",
                                       "\xee\x80\x80",
                                       "\xef\xbf\xbf",
                                       "\xf0\x90\x80\x80",
                                       "\xf4\x8f\xbf\xbf"};
    static const char *const bad[] = {"\x80",
                                      "\xc0\x80",
                                      "\xc1\xbf",
                                      "\xc3",
                                      "\xc3(",
                                      "\xe0\x9f\xbf",
                                      "\xed\xa0\x80",
                                      "\xe2\x82",
                                      "\xe2\x82(",
                                      "\xf0\x8f\xbf\xbf",
                                      "\xf4\x90\x80\x80",
                                      "\xf5\x80\x80\x80",
                                      "\xff",
                                      "a\xfe"};

    for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
        assert_true(utf8(good[i]));
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
        assert_false(utf8(bad[i]));
    assert_false(aw__text_utf8("a\0b", 3));
}

static void cleaning_keeps_what_can_be_shown(void **state)
{
    (void)state;
    char text[] = "tab\there \x7f \xe2\x82\xac \xe2\x82 \xed\xa0\x80 \xc2\x9b[31m\xc2\xa0.";

    aw__text_clean(text);
    assert_string_equal(text, "tab?here ? \xe2\x82\xac ?? ??? ??[31m\xc2\xa0.");
}

static bool matches(const char *text, const char *glob)
{
    return aw__text_matches(text, glob, strlen(glob));
}

static void globs_cover_whole_texts(void **state)
{
    (void)state;
    static const char *const covered[][2] = {
        {"", ""},          {"", "*"},
        {"abc", "abc"},    {"abc", "a*"},
        {"abc", "*c"},     {"abc", "a*b*c*"},
        {"abc", "?b?"},    {"a/b/c", "a*c"},
        {"a/b", "a?b"},    {"aab", "*ab"},
        {"abab", "*ab"},   {"mississippi", "m*issip*"},
        {"\xc3\xa9", "?"}, {"a\xe2\x82\xac.", "a?."},
        {"a*", "a*"},      {"\n", "*"},
    };
    static const char *const uncovered[][2] = {
        {"", "?"},    {"abc", "ab"},   {"ab", "abc"},      {"abc", "b*"},    {"abc", "*b"},
        {"abc", "?"}, {"abc", "a?"},   {"\xc3\xa9", "??"}, {"a.c", "a[.]c"}, {"abc", "ABC"},
        {"abc", ""},  {"abab", "*ba"}, {"ab", "a*?b"},
    };

    for (size_t i = 0; i < sizeof(covered) / sizeof(*covered); i++)
        assert_true(matches(covered[i][0], covered[i][1]));
    for (size_t i = 0; i < sizeof(uncovered) / sizeof(*uncovered); i++)
        assert_false(matches(uncovered[i][0], uncovered[i][1]));
    assert_true(aw__text_matches("ab", "a* c*", 2));
    assert_false(aw__text_matches("c", "a* c*", 2));
}

static void control_characters(void **state)
{
    (void)state;
    assert_false(aw__text_control(""));
    assert_false(aw__text_control("plain \xc2\xa0\xe2\x82\xac \xc2"));
    assert_true(aw__text_control("private/\nsecret"));
    assert_true(aw__text_control("a\x7f"));
    assert_true(aw__text_control("\xc2\x80"));
    assert_true(aw__text_control("x\xc2\x9f"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(empty_and_equal),
        cmocka_unit_test(prefixes),
        cmocka_unit_test(whole_texts_become_integers),
        cmocka_unit_test(utf8_is_well_formed),
        cmocka_unit_test(globs_cover_whole_texts),
        cmocka_unit_test(control_characters),
        cmocka_unit_test(cleaning_keeps_what_can_be_shown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
