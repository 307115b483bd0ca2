/*
 * Entity tags: made from bytes, and found in lists by both comparisons.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "http/etag.h"
#include <actingweb/error.h>

static void a_tag_is_made_of_bytes(void **state)
{
    char one[AW__ETAG_BYTES], two[AW__ETAG_BYTES];

    (void)state;
    assert_int_equal(aw__etag_make("", 0, one), AW_OK);
    assert_string_equal(one, "\"e3b0c44298fc1c149afbf4c8996fb924\""); /* the same everywhere, always */
    assert_int_equal(strlen(one), AW__ETAG_BYTES - 1);
    assert_int_equal(aw__etag_make("1", 1, one), AW_OK);
    assert_int_equal(aw__etag_make("1\0", 2, two), AW_OK);
    assert_string_not_equal(one, two);
    assert_int_equal(aw__etag_make("12", 1, two), AW_OK);
    assert_string_equal(one, two);
    assert_true(aw__etag_list_valid(one));
    assert_true(aw__etag_list_has(one, one, AW__ETAG_STRONG));
}

static void lists_that_can_be_read(void **state)
{
    static const char *const valid[] = {
        "*", " *\t", "\"\"", "\"a\"", "W/\"a\"", " \"a\" ", "\"a\",\"b\"", "\"a\" , W/\"b\"", ",\"a\",,\"b\",", "\"a,b\"",
        "\"W/\"", "\"*\"", "\"\\\"", "\"\xC3\xA5\"",
    };
    static const char *const invalid[] = {
        "", " ", ",", ", ,", "a", "\"a", "a\"", "\"a\" \"b\"", "\"a\"b", "**", "*,\"a\"", "\"a\",*", "w/\"a\"", "W\"a\"",
        "W/a", "W/", "W / \"a\"", "\"a b\"", "\"a\tb\"", "'a'", "\"a\";x", "\"\x01\"", "\"\x7F\"",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(valid) / sizeof(*valid); i++)
        assert_true(aw__etag_list_valid(valid[i]));
    for (size_t i = 0; i < sizeof(invalid) / sizeof(*invalid); i++)
        assert_false(aw__etag_list_valid(invalid[i]));
}

/* RFC 9110, 8.8.3.2. */
static void comparisons(void **state)
{
    (void)state;
    assert_true(aw__etag_list_has("\"1\"", "\"1\"", AW__ETAG_STRONG));
    assert_true(aw__etag_list_has("\"1\"", "\"1\"", AW__ETAG_WEAK));
    assert_false(aw__etag_list_has("W/\"1\"", "\"1\"", AW__ETAG_STRONG));
    assert_true(aw__etag_list_has("W/\"1\"", "\"1\"", AW__ETAG_WEAK));
    assert_false(aw__etag_list_has("W/\"1\"", "W/\"1\"", AW__ETAG_STRONG));
    assert_true(aw__etag_list_has("W/\"1\"", "W/\"1\"", AW__ETAG_WEAK));
    assert_false(aw__etag_list_has("W/\"1\"", "W/\"2\"", AW__ETAG_WEAK));
    assert_false(aw__etag_list_has("\"11\"", "\"1\"", AW__ETAG_WEAK));
    assert_false(aw__etag_list_has("\"1\"", "\"11\"", AW__ETAG_WEAK));
}

static void any_of_a_list(void **state)
{
    static const char list[] = " \"a\" ,W/\"b\",, \"c,d\"";

    (void)state;
    assert_true(aw__etag_list_has(list, "\"a\"", AW__ETAG_STRONG));
    assert_false(aw__etag_list_has(list, "\"b\"", AW__ETAG_STRONG));
    assert_true(aw__etag_list_has(list, "\"b\"", AW__ETAG_WEAK));
    assert_true(aw__etag_list_has(list, "\"c,d\"", AW__ETAG_STRONG));
    assert_false(aw__etag_list_has(list, "\"c\"", AW__ETAG_WEAK));
}

static void everything_and_nothing(void **state)
{
    (void)state;
    assert_true(aw__etag_list_has("*", "\"a\"", AW__ETAG_STRONG));
    assert_true(aw__etag_list_has("*", "W/\"a\"", AW__ETAG_WEAK));
    assert_false(aw__etag_list_has("*", NULL, AW__ETAG_WEAK));
    assert_false(aw__etag_list_has("\"a\"", NULL, AW__ETAG_WEAK));
    assert_false(aw__etag_list_has("\"*\"", "\"a\"", AW__ETAG_WEAK));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tag_is_made_of_bytes), cmocka_unit_test(lists_that_can_be_read),
        cmocka_unit_test(comparisons),            cmocka_unit_test(any_of_a_list),
        cmocka_unit_test(everything_and_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
