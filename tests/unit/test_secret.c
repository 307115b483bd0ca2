/*
 * Secrets: their form, and comparing them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/secret.h"
#include <actingweb/error.h>

static void tokens_are_40_hex_digits_and_differ(void **state)
{
    (void)state;
    char one[AW__TOKEN_BYTES];
    char two[AW__TOKEN_BYTES];

    assert_int_equal(aw__token_new(one), AW_OK);
    assert_int_equal(aw__token_new(two), AW_OK);
    assert_int_equal(strlen(one), 40);
    assert_int_equal(strspn(one, "0123456789abcdef"), 40);
    assert_string_not_equal(one, two);
}

static void only_the_same_text_is_equal(void **state)
{
    (void)state;
    assert_true(aw__secret_equal("s3cret", "s3cret"));
    assert_true(aw__secret_equal("x", "x"));
    assert_false(aw__secret_equal("s3cret", "s3creT"));
    assert_false(aw__secret_equal("s3cret", "S3cret"));
    assert_false(aw__secret_equal("s3cret", "s3cre"));
    assert_false(aw__secret_equal("s3cre", "s3cret"));
    assert_false(aw__secret_equal("a", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"));
}

static void nothing_equals_nothing(void **state)
{
    (void)state;
    assert_false(aw__secret_equal("", ""));
    assert_false(aw__secret_equal(NULL, NULL));
    assert_false(aw__secret_equal("", NULL));
    assert_false(aw__secret_equal("x", ""));
    assert_false(aw__secret_equal("", "x"));
    assert_false(aw__secret_equal("x", NULL));
}

static void wiped_memory_is_zero(void **state)
{
    (void)state;
    char text[] = "s3cret";
    static const char zero[sizeof(text)];

    aw__secret_wipe(text, sizeof(text));
    assert_memory_equal(text, zero, sizeof(text));
    aw__secret_wipe(NULL, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tokens_are_40_hex_digits_and_differ),
        cmocka_unit_test(only_the_same_text_is_equal),
        cmocka_unit_test(nothing_equals_nothing),
        cmocka_unit_test(wiped_memory_is_zero),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
