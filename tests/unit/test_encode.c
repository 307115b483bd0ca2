/*
 * Base64 and percent-encoding, there and back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/encode.h"

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
    aw__alloc_fail_at(0, false);
    aw__arena_free(arena);
    return 0;
}

static void base64_of_every_remainder(void **state)
{
    (void)state;
    /* RFC 4648, section 10. */
    static const char *const pairs[][2] = {
        {"", ""},
        {"f", "Zg=="},
        {"fo", "Zm8="},
        {"foo", "Zm9v"},
        {"foob", "Zm9vYg=="},
        {"fooba", "Zm9vYmE="},
        {"foobar", "Zm9vYmFy"},
        {"creator:p\xc3\xa4ss", "Y3JlYXRvcjpww6Rzcw=="},
    };

    for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++) {
        size_t bytes = 99;
        const char *plain = pairs[i][0];

        assert_string_equal(aw__base64_encode(arena, plain, strlen(plain)), pairs[i][1]);
        assert_string_equal(aw__base64_decode(arena, pairs[i][1], &bytes), plain);
        assert_int_equal(bytes, strlen(plain));
    }
}

static void base64_of_every_byte(void **state)
{
    (void)state;
    unsigned char all[256];
    size_t bytes = 0;

    for (int i = 0; i < 256; i++)
        all[i] = (unsigned char)i;
    char *text = aw__base64_encode(arena, all, sizeof(all));
    char *back = aw__base64_decode(arena, text, &bytes);

    assert_int_equal(bytes, sizeof(all));
    assert_memory_equal(back, all, sizeof(all));
}

static void broken_base64_is_refused(void **state)
{
    (void)state;
    static const char *const broken[] = {
        "Z", "Zg", "Zg=", "=", "====", "Z===", "Zm9v=", "Zm=v", "Zm 9", "Zm9v\n", "Zm9_", "Zh==", "Zm9="};
    size_t bytes = 7;

    for (size_t i = 0; i < sizeof(broken) / sizeof(*broken); i++)
        assert_null(aw__base64_decode(arena, broken[i], &bytes));
    assert_int_equal(bytes, 7);
    assert_false(aw__arena_failed(arena));
}

static void percent_encoding_keeps_what_it_may(void **state)
{
    (void)state;
    assert_string_equal(aw__percent_encode(arena, "a-Z_0.~", NULL), "a-Z_0.~");
    assert_string_equal(aw__percent_encode(arena, "a b/c%\xc3\xa9", NULL), "a%20b%2Fc%25%C3%A9");
    assert_string_equal(aw__percent_encode(arena, "a b/c", "/"), "a%20b/c");
    assert_string_equal(aw__percent_encode(arena, "", ""), "");
}

static const char *decode(const char *text, bool plus)
{
    return aw__percent_decode(arena, text, strlen(text), plus);
}

static void percent_decoding(void **state)
{
    (void)state;
    assert_string_equal(decode("a%20b%2fc%2F", false), "a b/c/");
    assert_string_equal(decode("a+b", false), "a+b");
    assert_string_equal(decode("a+b%2B", true), "a b+");
    assert_string_equal(decode("", false), "");
    assert_string_equal(aw__percent_decode(arena, "abc%41", 3, false), "abc");
    assert_null(decode("%", false));
    assert_null(decode("%4", false));
    assert_null(decode("%4g", false));
    assert_null(decode("%-1", false));
    assert_null(decode("a%00b", false));
    assert_null(aw__percent_decode(arena, "a%41", 3, false));
    assert_null(aw__percent_decode(arena, "a\0b", 3, false));
    assert_false(aw__arena_failed(arena));
}

static void no_memory(void **state)
{
    (void)state;
    static char text[20000];
    size_t bytes = 0;

    memset(text, 'A', sizeof(text) - 4);
    aw__alloc_fail_at(1, true);
    assert_null(aw__base64_encode(arena, text, strlen(text)));
    assert_null(aw__base64_decode(arena, text, &bytes));
    assert_null(aw__percent_encode(arena, text, NULL));
    assert_null(decode(text, false));
    assert_true(aw__arena_failed(arena));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(base64_of_every_remainder, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(base64_of_every_byte, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(broken_base64_is_refused, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(percent_encoding_keeps_what_it_may, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(percent_decoding, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(no_memory, open_arena, close_arena),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
