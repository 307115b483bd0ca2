/*
 * The version is one and the same wherever it is written.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include <actingweb/actingweb.h>

static void text_and_numbers_agree(void **state)
{
    (void)state;
    char text[32];

    snprintf(text, sizeof(text), "%d.%d.%d", AW_VERSION_MAJOR, AW_VERSION_MINOR, AW_VERSION_PATCH);
    assert_string_equal(aw_version(), text);
    assert_string_equal(AW_VERSION_STRING, text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(text_and_numbers_agree)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
