/*
 * The cache of prepared statements: found by the address of their text, and never twice in use.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "store/statement_cache.h"

static void test_one_that_is_in_use_is_not_given_again(void **state)
{
    static const char sql[] = "SELECT 1";
    aw__statement_cache cache = {0};
    aw__cached_statement outer = {0}, inner = {0};

    (void)state;
    assert_null(aw__statement_cache_use(&cache, sql));
    aw__statement_cache_add(&cache, sql, &outer);
    assert_true(outer.in_use);
    assert_null(aw__statement_cache_use(&cache, sql));
    aw__statement_cache_add(&cache, sql, &inner);
    outer.in_use = false;
    assert_ptr_equal(aw__statement_cache_use(&cache, sql), &outer);
    assert_true(outer.in_use);
    assert_null(aw__statement_cache_use(&cache, sql));
    inner.in_use = false;
    assert_ptr_equal(aw__statement_cache_use(&cache, sql), &inner);
}

enum { MANY = 4 * AW__STATEMENT_BUCKETS };

/* More than there are buckets: several are in one. */
static void test_each_text_has_its_own(void **state)
{
    static const char texts[MANY][16];
    aw__statement_cache cache = {0};
    aw__cached_statement statements[MANY] = {0};

    (void)state;
    for (size_t i = 0; i < MANY; i++) {
        assert_null(aw__statement_cache_use(&cache, texts[i]));
        aw__statement_cache_add(&cache, texts[i], &statements[i]);
        statements[i].in_use = false;
    }
    for (size_t i = 0; i < MANY; i++)
        assert_ptr_equal(aw__statement_cache_use(&cache, texts[i]), &statements[i]);
}

/* Each once, whether it is in use or not. */
static void test_all_are_taken_out(void **state)
{
    static const char texts[MANY][16];
    aw__statement_cache cache = {0};
    aw__cached_statement statements[MANY] = {0}, *taken;
    size_t count = 0;

    (void)state;
    assert_null(aw__statement_cache_pop(&cache));
    for (size_t i = 0; i < MANY; i++) {
        aw__statement_cache_add(&cache, texts[i / 2], &statements[i]);
        statements[i].in_use = i % 3 == 0;
    }
    while ((taken = aw__statement_cache_pop(&cache))) {
        assert_non_null(taken->sql);
        taken->sql = NULL;
        count++;
    }
    assert_int_equal(count, MANY);
    assert_null(aw__statement_cache_use(&cache, texts[0]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_that_is_in_use_is_not_given_again),
        cmocka_unit_test(test_each_text_has_its_own),
        cmocka_unit_test(test_all_are_taken_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
