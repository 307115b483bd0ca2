/*
 * The growing buffer and its limit.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buffer.h"
#include <actingweb/error.h>

static void appended_pieces_become_one_text(void **state)
{
    (void)state;
    aw__buffer buffer = {0};

    assert_int_equal(aw__buffer_append(&buffer, "abcd", 3), AW_OK);
    assert_int_equal(aw__buffer_append_text(&buffer, "-"), AW_OK);
    assert_int_equal(aw__buffer_printf(&buffer, "%d%s", 7, "!"), AW_OK);
    assert_int_equal(aw__buffer_append(&buffer, NULL, 0), AW_OK);
    assert_string_equal(buffer.data, "abc-7!");
    assert_int_equal(buffer.bytes, 6);
    aw__buffer_free(&buffer);
    assert_null(buffer.data);
}

static void grows_and_stays_terminated(void **state)
{
    (void)state;
    aw__buffer buffer = {0};

    for (int i = 0; i < 5000; i++) {
        assert_int_equal(aw__buffer_append(&buffer, "x", 1), AW_OK);
        assert_int_equal(buffer.data[buffer.bytes], '\0');
    }
    assert_int_equal(strlen(buffer.data), 5000);
    aw__buffer_clear(&buffer);
    assert_int_equal(buffer.bytes, 0);
    assert_string_equal(buffer.data, "");
    aw__buffer_free(&buffer);
    aw__buffer_free(&buffer);
    aw__buffer_clear(&buffer);
}

static void limit_is_exact_and_failure_changes_nothing(void **state)
{
    (void)state;
    aw__buffer buffer = {.limit = 5};

    assert_int_equal(aw__buffer_append_text(&buffer, "1234"), AW_OK);
    assert_int_equal(aw__buffer_append_text(&buffer, "56"), AW_E_TOO_LARGE);
    assert_int_equal(aw__buffer_printf(&buffer, "%d", 56), AW_E_TOO_LARGE);
    assert_string_equal(buffer.data, "1234");
    assert_int_equal(aw__buffer_append_text(&buffer, "5"), AW_OK);
    assert_int_equal(aw__buffer_append_text(&buffer, ""), AW_OK);
    assert_int_equal(aw__buffer_append_text(&buffer, "6"), AW_E_TOO_LARGE);
    assert_string_equal(buffer.data, "12345");
    aw__buffer_free(&buffer);
    assert_int_equal(buffer.limit, 5);
}

static void impossible_sizes_and_no_memory(void **state)
{
    (void)state;
    aw__buffer buffer = {0};

    assert_int_equal(aw__buffer_append_text(&buffer, "kept"), AW_OK);
    assert_int_equal(aw__buffer_append(&buffer, "", SIZE_MAX), AW_E_NOMEM);
    aw__alloc_fail_at(1, true);
    assert_int_equal(aw__buffer_printf(&buffer, "%1000d", 1), AW_E_NOMEM);
    aw__alloc_fail_at(0, false);
    assert_string_equal(buffer.data, "kept");
    aw__buffer_free(&buffer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(appended_pieces_become_one_text),
        cmocka_unit_test(grows_and_stays_terminated),
        cmocka_unit_test(limit_is_exact_and_failure_changes_nothing),
        cmocka_unit_test(impossible_sizes_and_no_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
