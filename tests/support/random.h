/*
 * Random numbers for tests that compare with a small model: the same in every run, unless AW_TEST_SEED is set. A test
 * says its seed when it begins, so that what failed can be repeated:
 *
 *     AW_TEST_SEED=42 build/dev/tests/unit_test_rank
 */
#ifndef AW_TEST_RANDOM_H
#define AW_TEST_RANDOM_H

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct random_source {
    uint64_t state; /* never 0 */
} random_source;

/* what: names the test in the line that shows the seed. */
static inline random_source random_begin(const char *what)
{
    const char *given = getenv("AW_TEST_SEED");
    uint64_t seed = given ? strtoull(given, NULL, 0) : 20261126;

    printf("%s: AW_TEST_SEED=%" PRIu64 "\n", what, seed);
    return (random_source){seed * 0x9E3779B97F4A7C15u + 1};
}

static inline uint64_t random_next(random_source *source)
{
    source->state ^= source->state << 13;
    source->state ^= source->state >> 7;
    source->state ^= source->state << 17;
    return source->state;
}

/* From 0 up to below `bound`, which is not 0. */
static inline size_t random_below(random_source *source, size_t bound)
{
    return (size_t)(random_next(source) >> 11) % bound;
}

/* True once in `n` on average. */
static inline int random_one_in(random_source *source, size_t n)
{
    return random_below(source, n) == 0;
}

#endif
