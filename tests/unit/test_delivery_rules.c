/*
 * What the delivery of callbacks is made of, without any I/O: which sequences are due, the breaker, back-off, and the
 * tables in which peers and subscriptions are found.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "flow/breaker.h"
#include "flow/ranges.h"
#include "flow/table.h"

/* ---- ranges ---- */

static void test_sequences_come_out_in_order(void **state)
{
    aw__ranges due = {0};
    static const int64_t in[] = {5, 6, 4, 9, 8, 5, 1};
    static const int64_t out[] = {1, 4, 5, 6, 8, 9};

    (void)state;
    assert_true(aw__ranges_empty(&due));
    for (size_t i = 0; i < sizeof(in) / sizeof(*in); i++)
        aw__ranges_add(&due, in[i]);
    for (size_t i = 0; i < sizeof(out) / sizeof(*out); i++)
        assert_int_equal(aw__ranges_take(&due), out[i]);
    assert_true(aw__ranges_empty(&due));
}

static void test_what_was_taken_can_come_back(void **state)
{
    aw__ranges due = {0};

    (void)state;
    for (int i = 1; i <= 1000; i++)
        aw__ranges_add(&due, i);
    assert_int_equal(due.count, 1);
    assert_int_equal(aw__ranges_take(&due), 1);
    assert_int_equal(aw__ranges_take(&due), 2);
    aw__ranges_add(&due, 2);
    assert_int_equal(due.count, 1);
    assert_int_equal(aw__ranges_take(&due), 2);
    assert_int_equal(aw__ranges_take(&due), 3);
}

static void test_any_number_fits(void **state)
{
    aw__ranges due = {0};
    bool seen[400] = {false};
    unsigned random = 1;

    (void)state;
    for (int i = 0; i < 100; i++) {
        random = random * 1103515245u + 12345u;
        int sequence = 1 + (int)(random >> 16) % 399;

        seen[sequence] = true;
        aw__ranges_add(&due, sequence);
        assert_true(due.count <= AW__RANGES_MAX);
    }
    int64_t last = 0;

    while (!aw__ranges_empty(&due)) {
        int64_t sequence = aw__ranges_take(&due);

        assert_true(sequence > last && sequence < 400);
        last = sequence;
        seen[sequence] = false; /* it may be one that was never added */
    }
    for (int i = 0; i < 400; i++)
        assert_false(seen[i]);
}

/* ---- the breaker ---- */

static void test_a_breaker_opens_and_probes(void **state)
{
    aw__breaker b = {0};

    (void)state;
    for (int i = 0; i < AW__BREAKER_FAILURES; i++) {
        assert_true(aw__breaker_allows(&b, 1000));
        assert_false(aw__breaker_try(&b));
        aw__breaker_fail(&b, false, 1000, 60000);
    }
    assert_false(aw__breaker_allows(&b, 1001));
    assert_int_equal(aw__breaker_wait_ms(&b, 11000), 50000);
    aw__breaker_fail(&b, false, 50000, 60000); /* one that was sent before */
    assert_false(aw__breaker_allows(&b, 60999));
    assert_true(aw__breaker_allows(&b, 61000));
    assert_true(aw__breaker_try(&b));
    assert_false(aw__breaker_allows(&b, 61000)); /* one probe only */
    aw__breaker_fail(&b, true, 62000, 60000);
    assert_false(aw__breaker_allows(&b, 121999));
    assert_true(aw__breaker_allows(&b, 122000));
    assert_true(aw__breaker_try(&b));
    aw__breaker_undecided(&b, true);
    assert_true(aw__breaker_allows(&b, 122000));
    assert_true(aw__breaker_try(&b));
    aw__breaker_succeed(&b);
    assert_true(aw__breaker_allows(&b, 122000));
    assert_false(aw__breaker_try(&b));
}

static void test_a_success_in_between(void **state)
{
    aw__breaker b = {0};

    (void)state;
    for (int i = 0; i < 20; i++) {
        aw__breaker_fail(&b, false, 0, 60000);
        if (i % 4 == 3)
            aw__breaker_succeed(&b);
        assert_true(aw__breaker_allows(&b, 0));
    }
}

static void test_backing_off(void **state)
{
    (void)state;
    for (uint64_t random = 0; random < 1000; random++) {
        uint64_t first = aw__backoff_ms(1, 1000, 300000, -1, random);
        uint64_t fourth = aw__backoff_ms(4, 100, 300000, -1, random);
        uint64_t late = aw__backoff_ms(60, 1000, 300000, -1, random);

        assert_true(first >= 500 && first <= 1000);
        assert_true(fourth >= 3200 && fourth <= 6400);
        assert_true(late >= 150000 && late <= 300000);
    }
    assert_int_equal(aw__backoff_ms(1, 1000, 300000, 120000, 7), 120000);    /* as the peer asked */
    assert_true(aw__backoff_ms(9, 1000, 300000, 10, 7) >= 128000);           /* but not less than ours */
    assert_int_equal(aw__backoff_ms(1, 1000, 300000, 2000000000, 7), 3600000); /* and not for ever */
}

/* ---- tables ---- */

struct item {
    aw__entry entry;
    aw__key key;
};

static void test_tables(void **state)
{
    enum { COUNT = 5000 };
    struct item *items = calloc(COUNT, sizeof(*items));
    aw__table table;
    char peer[32];

    (void)state;
    assert_non_null(items);
    aw__table_init(&table);
    for (int i = 0; i < COUNT; i++) {
        snprintf(peer, sizeof(peer), "peer-%d", i);
        assert_true(aw__key_make(&items[i].key, "actor", peer, "sub"));
        if (i == 100)
            aw__alloc_fail_at(1, true); /* no memory for more slots */
        if (i == 1000)
            aw__alloc_fail_at(0, false);
        aw__table_add(&table, &items[i].entry, &items[i].key, items[i].key.text);
    }
    assert_int_equal(table.count, COUNT);
    for (int i = 0; i < COUNT; i++)
        assert_ptr_equal(aw__table_find(&table, &items[i].key), &items[i].entry);
    for (int i = 0; i < COUNT; i += 2)
        aw__table_remove(&table, &items[i].entry);
    for (int i = 0; i < COUNT; i++)
        assert_ptr_equal(aw__table_find(&table, &items[i].key), i % 2 ? &items[i].entry : NULL);
    aw__table_free(&table);
    free(items);
}

static void test_keys(void **state)
{
    char long_id[AW__KEY_BYTES + 1];
    aw__key a, b;

    (void)state;
    assert_true(aw__key_make(&a, "ab", "c", NULL));
    assert_true(aw__key_make(&b, "a", "bc", NULL));
    assert_false(a.bytes == b.bytes && memcmp(a.text, b.text, a.bytes) == 0);
    memset(long_id, 'x', sizeof(long_id));
    long_id[AW__KEY_BYTES] = '\0';
    assert_false(aw__key_make(&a, "a", long_id, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sequences_come_out_in_order),
        cmocka_unit_test(test_what_was_taken_can_come_back),
        cmocka_unit_test(test_any_number_fits),
        cmocka_unit_test(test_a_breaker_opens_and_probes),
        cmocka_unit_test(test_a_success_in_between),
        cmocka_unit_test(test_backing_off),
        cmocka_unit_test(test_tables),
        cmocka_unit_test(test_keys),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
