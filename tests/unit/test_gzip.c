/*
 * gzip: what is packed comes out again, and what is none, is damaged or grows too large is refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "http/gzip.h"
#include "support/random.h"
#include <actingweb/error.h>

static aw__buffer packed, plain;

static int clear(void **state)
{
    (void)state;
    aw__buffer_free(&packed);
    aw__buffer_free(&plain);
    packed = plain = (aw__buffer){0};
    return 0;
}

static void what_is_packed_comes_out_again(void **state)
{
    random_source source = random_begin("gzip");

    (void)state;
    for (size_t round = 0; round < 50; round++) {
        size_t bytes = random_below(&source, 100000);
        char *data = malloc(bytes + 1);

        assert_non_null(data);
        for (size_t i = 0; i < bytes; i++)
            data[i] = (char)random_below(&source, 1 + round * 5);
        assert_int_equal(aw__gzip_pack(data, bytes, &packed), AW_OK);
        assert_int_equal(aw__gzip_unpack(packed.data, packed.bytes, &plain), AW_OK);
        assert_int_equal(plain.bytes, bytes);
        assert_memory_equal(plain.data, data, bytes);
        free(data);
        clear(state);
    }
}

static void what_any_gzip_makes_is_read(void **state)
{
    /* printf 'colour' | gzip -n */
    static const unsigned char made[] = {0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x03, 0x4b, 0xce, 0xcf,
                                         0xc9, 0x2f, 0x2d, 0x02, 0x00, 0xce, 0x65, 0xf8, 0xfa, 0x06, 0x00, 0x00, 0x00};

    (void)state;
    assert_int_equal(aw__gzip_unpack(made, sizeof(made), &plain), AW_OK);
    assert_int_equal(plain.bytes, 6);
    assert_memory_equal(plain.data, "colour", 6);
}

static void streams_behind_each_other_are_one(void **state)
{
    (void)state;
    assert_int_equal(aw__gzip_pack("co", 2, &packed), AW_OK);
    assert_int_equal(aw__gzip_pack("lour", 4, &packed), AW_OK);
    assert_int_equal(aw__gzip_unpack(packed.data, packed.bytes, &plain), AW_OK);
    assert_string_equal(plain.data, "colour");
}

static void what_is_none_is_refused(void **state)
{
    (void)state;
    assert_int_equal(aw__buffer_append_text(&plain, "before"), AW_OK);
    assert_int_equal(aw__gzip_unpack("", 0, &plain), AW_E_INVALID);
    assert_int_equal(aw__gzip_unpack("{\"colour\":1}", 12, &plain), AW_E_INVALID);
    assert_int_equal(aw__gzip_pack("a text of some length", 21, &packed), AW_OK);
    for (size_t bytes = 0; bytes < packed.bytes; bytes++)
        assert_int_equal(aw__gzip_unpack(packed.data, bytes, &plain), AW_E_INVALID);
    assert_int_equal(aw__buffer_append_text(&packed, "and more"), AW_OK);
    assert_int_equal(aw__gzip_unpack(packed.data, packed.bytes, &plain), AW_E_INVALID);
    packed.data[15] ^= 0x40;
    assert_int_equal(aw__gzip_unpack(packed.data, packed.bytes - 8, &plain), AW_E_INVALID);
    assert_string_equal(plain.data, "before");
}

static void what_grows_too_large_is_refused(void **state)
{
    enum { BYTES = 8 << 20 };
    char *zeros = calloc(1, BYTES);

    (void)state;
    assert_non_null(zeros);
    assert_int_equal(aw__gzip_pack(zeros, BYTES, &packed), AW_OK);
    assert_true(packed.bytes < BYTES / 500);
    plain.limit = BYTES - 1;
    assert_int_equal(aw__gzip_unpack(packed.data, packed.bytes, &plain), AW_E_TOO_LARGE);
    assert_int_equal(plain.bytes, 0);
    plain.limit = BYTES;
    assert_int_equal(aw__gzip_unpack(packed.data, packed.bytes, &plain), AW_OK);
    assert_int_equal(plain.bytes, BYTES);
    free(zeros);
}

static void out_of_memory(void **state)
{
    (void)state;
    assert_int_equal(aw__gzip_pack("a text", 6, &packed), AW_OK);
    for (long n = 1; n < 100; n++) {
        aw__buffer made = {0};

        aw__alloc_fail_at(n, true);
        int packing = aw__gzip_pack("a text", 6, &made);

        aw__alloc_fail_at(n, true);
        aw__buffer_free(&made);
        int unpacking = aw__gzip_unpack(packed.data, packed.bytes, &made);

        aw__alloc_fail_at(0, false);
        aw__buffer_free(&made);
        if (packing == AW_OK && unpacking == AW_OK)
            return;
        assert_true(packing == AW_OK || packing == AW_E_NOMEM);
        assert_true(unpacking == AW_OK || unpacking == AW_E_NOMEM);
    }
    fail_msg("it never had enough memory");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, clear, clear)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_packed_comes_out_again), TEST(what_any_gzip_makes_is_read), TEST(streams_behind_each_other_are_one),
        TEST(what_is_none_is_refused),        TEST(what_grows_too_large_is_refused), TEST(out_of_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
