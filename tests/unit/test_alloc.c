/*
 * The allocator's switch for tests, and arenas.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdalign.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"

static int turn_off(void **state)
{
    (void)state;
    aw__alloc_fail_at(0, false);
    return 0;
}

static bool allocates(void)
{
    void *block = aw__malloc(8);

    aw__free(block);
    return block != NULL;
}

static void only_the_nth_allocation_fails(void **state)
{
    (void)state;
    aw__alloc_fail_at(2, false);
    assert_true(allocates());
    assert_false(allocates());
    assert_true(allocates());
    assert_int_equal(aw__alloc_count(), 3);
}

static void lasting_failure_goes_on(void **state)
{
    (void)state;
    aw__alloc_fail_at(2, true);
    assert_true(allocates());
    assert_false(allocates());
    assert_false(allocates());
    aw__alloc_fail_at(0, true);
    assert_true(allocates());
}

static void every_kind_of_allocation_fails(void **state)
{
    (void)state;
    char *block = aw__malloc(1);

    aw__alloc_fail_at(1, true);
    assert_null(aw__malloc(1));
    assert_null(aw__calloc(1, 1));
    assert_null(aw__realloc(block, 2));
    assert_null(aw__strdup("text"));
    assert_null(aw__arena_new());
    aw__free(block);
}

static void zero_bytes_are_no_failure(void **state)
{
    (void)state;
    void *a = aw__malloc(0);
    void *b = aw__calloc(0, 8);

    assert_non_null(a);
    assert_non_null(b);
    a = aw__realloc(a, 0);
    assert_non_null(a);
    aw__free(a);
    aw__free(b);
    aw__free(NULL);
    assert_null(aw__calloc(SIZE_MAX, 2));
}

static void *allocate_often(void *failures)
{
    for (int i = 0; i < 1000; i++)
        if (!allocates())
            ++*(int *)failures;
    return NULL;
}

static void one_failure_among_threads(void **state)
{
    (void)state;
    pthread_t threads[4];
    int failures[4] = {0};

    aw__alloc_fail_at(1500, false);
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, allocate_often, &failures[i]), 0);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(failures[0] + failures[1] + failures[2] + failures[3], 1);
    assert_int_equal(aw__alloc_count(), 4000);
}

static void arena_memory_is_zeroed_and_aligned(void **state)
{
    (void)state;
    static const size_t sizes[] = {1, 7, 100, 2048, 5000, 3, 100000, 1};
    aw__arena *arena = aw__arena_new();

    for (size_t round = 0; round < 20; round++) {
        for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
            unsigned char *block = aw__arena_alloc(arena, sizes[i]);

            assert_non_null(block);
            assert_int_equal((uintptr_t)block % alignof(max_align_t), 0);
            for (size_t k = 0; k < sizes[i]; k++)
                assert_int_equal(block[k], 0);
            memset(block, 0xFF, sizes[i]);
        }
    }
    assert_false(aw__arena_failed(arena));
    aw__arena_free(arena);
    aw__arena_free(NULL);
}

static void arena_texts(void **state)
{
    (void)state;
    aw__arena *arena = aw__arena_new();
    char *alice = aw__arena_strdup(arena, "alice");

    assert_string_equal(alice, "alice");
    assert_string_equal(aw__arena_strndup(arena, "alice", 3), "ali");
    assert_string_equal(aw__arena_strndup(arena, "al", 30), "al");
    assert_string_equal(aw__arena_printf(arena, "%s/%d", alice, 42), "alice/42");
    assert_null(aw__arena_strdup(arena, NULL));
    assert_null(aw__arena_strndup(arena, NULL, 3));
    assert_false(aw__arena_failed(arena));
    aw__arena_free(arena);
}

static void large_and_small_blocks_mix(void **state)
{
    (void)state;
    aw__arena *arena = aw__arena_new();
    char *large = aw__arena_alloc(arena, 50000);
    char *small = aw__arena_strdup(arena, "small");

    memset(large, 'x', 50000);
    for (int i = 0; i < 1000; i++)
        assert_non_null(aw__arena_printf(arena, "%d", i));
    memset(aw__arena_alloc(arena, 50000), 'y', 50000);
    assert_string_equal(small, "small");
    assert_int_equal(large[49999], 'x');
    aw__arena_free(arena);
}

static void arena_remembers_failure(void **state)
{
    (void)state;
    aw__arena *arena = aw__arena_new();

    assert_null(aw__arena_alloc(arena, SIZE_MAX));
    assert_true(aw__arena_failed(arena));
    aw__arena_free(arena);

    arena = aw__arena_new();
    aw__alloc_fail_at(1, true);
    assert_null(aw__arena_alloc(arena, 100000));
    assert_true(aw__arena_failed(arena));
    assert_non_null(aw__arena_alloc(arena, 8)); /* there was room */
    assert_true(aw__arena_failed(arena));
    while (aw__arena_strdup(arena, "until the first block is full"))
        ;
    aw__arena_free(arena);
}

static char released[8];

static void release(void *value)
{
    strcat(released, value);
}

static void deferred_functions_run_newest_first(void **state)
{
    (void)state;
    aw__arena *arena = aw__arena_new();

    released[0] = '\0';
    assert_int_equal(aw__arena_defer(arena, release, aw__arena_strdup(arena, "1")), 0);
    assert_int_equal(aw__arena_defer(arena, release, aw__arena_strdup(arena, "2")), 0);
    assert_string_equal(released, "");
    aw__arena_free(arena);
    assert_string_equal(released, "21");
}

static void what_cannot_be_deferred_is_released_at_once(void **state)
{
    (void)state;
    aw__arena *arena = aw__arena_new();
    char one[] = "1";

    released[0] = '\0';
    aw__alloc_fail_at(1, true);
    while (aw__arena_alloc(arena, 16))
        ;
    assert_int_equal(aw__arena_defer(arena, release, one), -1);
    assert_string_equal(released, "1");
    aw__arena_free(arena);
    assert_string_equal(released, "1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(only_the_nth_allocation_fails, turn_off),
        cmocka_unit_test_teardown(lasting_failure_goes_on, turn_off),
        cmocka_unit_test_teardown(every_kind_of_allocation_fails, turn_off),
        cmocka_unit_test_teardown(zero_bytes_are_no_failure, turn_off),
        cmocka_unit_test_teardown(one_failure_among_threads, turn_off),
        cmocka_unit_test_teardown(arena_memory_is_zeroed_and_aligned, turn_off),
        cmocka_unit_test_teardown(arena_texts, turn_off),
        cmocka_unit_test_teardown(large_and_small_blocks_mix, turn_off),
        cmocka_unit_test_teardown(arena_remembers_failure, turn_off),
        cmocka_unit_test_teardown(deferred_functions_run_newest_first, turn_off),
        cmocka_unit_test_teardown(what_cannot_be_deferred_is_released_at_once, turn_off),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
