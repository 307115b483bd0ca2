/*
 * The sequence machine of callbacks received.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/sequence.h"

static const aw__sequence_limits limits = {.gap_timeout_ms = 5000, .max_pending = 3};

static void the_next_one_is_processed(void **state)
{
    (void)state;
    aw__sequence_state at = {.last = 4, .oldest_pending_ms = -1};
    int64_t last = -1;

    assert_int_equal(aw__sequence_judge(&at, &limits, 5, &last), AW__SEQUENCE_PROCESS);
    assert_int_equal(last, 5);
    at.last = 0;
    assert_int_equal(aw__sequence_judge(&at, &limits, 1, &last), AW__SEQUENCE_PROCESS);
    assert_int_equal(last, 1);
}

static void what_was_applied_is_a_duplicate(void **state)
{
    (void)state;
    static const int64_t old[] = {4, 3, 1, 0, -7, INT64_MIN};
    aw__sequence_state at = {.last = 4, .oldest_pending_ms = -1};
    int64_t last = -1;

    for (size_t i = 0; i < sizeof(old) / sizeof(*old); i++)
        assert_int_equal(aw__sequence_judge(&at, &limits, old[i], &last), AW__SEQUENCE_DUPLICATE);
    assert_int_equal(last, -1);
}

static void successors_without_a_gap_follow(void **state)
{
    (void)state;
    static const int64_t pending[] = {3, 4, 6};
    static const int64_t untidy[] = {1, 2, 3, 3, 4};
    aw__sequence_state at = {.last = 1, .pending = pending, .pending_count = 3, .oldest_pending_ms = 10};
    int64_t last = -1;

    assert_int_equal(aw__sequence_judge(&at, &limits, 2, &last), AW__SEQUENCE_PROCESS);
    assert_int_equal(last, 4);
    assert_int_equal(aw__sequence_drain(&at, 5), 6);
    assert_int_equal(aw__sequence_drain(&at, 9), 9);
    at.pending = untidy;
    at.pending_count = 5;
    assert_int_equal(aw__sequence_judge(&at, &limits, 2, &last), AW__SEQUENCE_PROCESS);
    assert_int_equal(last, 4);
}

static void a_gap_queues_up_to_the_limit(void **state)
{
    (void)state;
    static const int64_t pending[] = {3, 5, 9};
    aw__sequence_state at = {.last = 1, .pending = pending, .oldest_pending_ms = -1};
    int64_t last = -1;

    assert_int_equal(aw__sequence_judge(&at, &limits, 3, &last), AW__SEQUENCE_QUEUE);
    at.pending_count = 2;
    at.oldest_pending_ms = 100;
    assert_int_equal(aw__sequence_judge(&at, &limits, 4, &last), AW__SEQUENCE_QUEUE);
    at.pending_count = 3;
    assert_int_equal(aw__sequence_judge(&at, &limits, 4, &last), AW__SEQUENCE_REJECT_FULL);
    assert_int_equal(aw__sequence_judge(&at, &limits, 5, &last), AW__SEQUENCE_DUPLICATE);
    assert_int_equal(last, -1);
    assert_int_equal(aw__sequence_judge(&at, &limits, 2, &last), AW__SEQUENCE_PROCESS);
    assert_int_equal(last, 3);
}

static void a_gap_that_stays_is_given_up(void **state)
{
    (void)state;
    static const int64_t pending[] = {3};
    aw__sequence_state at = {.last = 1, .pending = pending, .pending_count = 1, .oldest_pending_ms = 5001};
    int64_t last = -1;

    assert_true(aw__sequence_gap_expired(&at, &limits));
    assert_int_equal(aw__sequence_judge(&at, &limits, 4, &last), AW__SEQUENCE_RESYNC);
    assert_int_equal(aw__sequence_judge(&at, &limits, 3, &last), AW__SEQUENCE_RESYNC);
    assert_int_equal(aw__sequence_judge(&at, &limits, 1, &last), AW__SEQUENCE_DUPLICATE);
    assert_int_equal(aw__sequence_judge(&at, &limits, 2, &last), AW__SEQUENCE_PROCESS); /* late, but there */
    assert_int_equal(last, 3);
    at.oldest_pending_ms = 5000;
    assert_false(aw__sequence_gap_expired(&at, &limits));
    at.pending_count = 0;
    at.oldest_pending_ms = -1;
    assert_false(aw__sequence_gap_expired(&at, &limits));
}

static void extreme_sequences_do_not_overflow(void **state)
{
    (void)state;
    static const int64_t pending[] = {INT64_MAX};
    aw__sequence_state at = {.last = INT64_MAX, .pending = pending, .pending_count = 1, .oldest_pending_ms = 1};
    int64_t last = -1;

    assert_int_equal(aw__sequence_judge(&at, &limits, INT64_MAX, &last), AW__SEQUENCE_DUPLICATE);
    at.last = INT64_MAX - 2;
    assert_int_equal(aw__sequence_judge(&at, &limits, INT64_MAX - 1, &last), AW__SEQUENCE_PROCESS);
    assert_true(last == INT64_MAX);
    assert_true(aw__sequence_drain(&at, INT64_MAX) == INT64_MAX);
    assert_true(aw__sequence_drain(&at, INT64_MIN) == INT64_MIN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_next_one_is_processed),
        cmocka_unit_test(what_was_applied_is_a_duplicate),
        cmocka_unit_test(successors_without_a_gap_follow),
        cmocka_unit_test(a_gap_queues_up_to_the_limit),
        cmocka_unit_test(a_gap_that_stays_is_given_up),
        cmocka_unit_test(extreme_sequences_do_not_overflow),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
