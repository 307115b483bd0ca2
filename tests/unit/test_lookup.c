/*
 * Turns at looking names up: one call per name, not too many names, and what others hear of it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "http/lookup.h"

enum { MANY = 70, AT_ONCE = 64 };

struct call {
    aw__lookup lookup;
    char url[64];
    int went;
    int result;
};

static void on_turn(void *arg, int result)
{
    struct call *call = arg;

    call->went++;
    call->result = result;
}

static bool begin(aw__lookups *lookups, struct call *call, const char *url)
{
    snprintf(call->url, sizeof(call->url), "%s", url);
    return aw__lookup_begin(lookups, &call->lookup, call->url, on_turn, call);
}

static void addresses_need_none(void **state)
{
    static const char *const urls[] = {"http://127.0.0.1:80/", "http://[::1]/", "http://localhost/",
                                       "http://LOCALHOST:5"};
    struct call call = {0};
    aw__lookups lookups;

    (void)state;
    aw__lookups_init(&lookups);
    for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++)
        assert_true(begin(&lookups, &call, urls[i]));
    assert_int_equal(lookups.asking_count, 0);
    aw__lookup_found(&lookups, &call.lookup);
    aw__lookup_end(&lookups, &call.lookup, 0);
}

static void one_asks_for_all(void **state)
{
    struct call first = {0}, second = {0}, third = {0}, other = {0};
    aw__lookups lookups;

    (void)state;
    aw__lookups_init(&lookups);
    assert_true(begin(&lookups, &first, "http://bob/a"));
    assert_false(begin(&lookups, &second, "http://BOB:80/b"));
    assert_false(begin(&lookups, &third, "http://bob/c"));
    assert_true(begin(&lookups, &other, "http://alice/"));
    assert_true(aw__lookup_waits(&second.lookup));
    aw__lookup_end(&lookups, &third.lookup, 0); /* given up */
    aw__lookup_found(&lookups, &first.lookup);
    assert_int_equal(second.went, 0);
    aw__lookups_settle(&lookups);
    assert_int_equal(second.went, 1);
    assert_int_equal(second.result, 0);
    assert_false(aw__lookup_waits(&second.lookup));
    assert_int_equal(third.went, 0);
    aw__lookup_end(&lookups, &first.lookup, 0);
    aw__lookup_end(&lookups, &second.lookup, 0);
    aw__lookup_end(&lookups, &other.lookup, 0);
    assert_int_equal(lookups.asking_count, 0);
}

static void no_such_name(void **state)
{
    struct call first = {0}, second = {0}, late = {0};
    aw__lookups lookups;

    (void)state;
    aw__lookups_init(&lookups);
    assert_true(begin(&lookups, &first, "http://bob/"));
    assert_false(begin(&lookups, &second, "http://bob/"));
    aw__lookup_end(&lookups, &first.lookup, 5);
    assert_int_equal(second.went, 1);
    assert_int_equal(second.result, 5);
    assert_true(begin(&lookups, &late, "http://bob/")); /* nothing is remembered */
    aw__lookup_end(&lookups, &late.lookup, 0);
    aw__lookup_end(&lookups, &second.lookup, 0);
}

/* Whoever asks may be aborted; then the next one asks. */
static void the_next_one_asks(void **state)
{
    struct call first = {0}, second = {0}, third = {0};
    aw__lookups lookups;

    (void)state;
    aw__lookups_init(&lookups);
    assert_true(begin(&lookups, &first, "http://bob/"));
    assert_false(begin(&lookups, &second, "http://bob/"));
    assert_false(begin(&lookups, &third, "http://bob/"));
    aw__lookup_end(&lookups, &first.lookup, 0);
    assert_int_equal(second.went, 1);
    assert_int_equal(third.went, 0);
    assert_true(begin(&lookups, &second, "http://bob/")); /* libcurl asks now */
    aw__lookup_found(&lookups, &second.lookup);
    aw__lookup_end(&lookups, &second.lookup, 5); /* what failed later is no matter of the name */
    assert_int_equal(third.went, 1);
    assert_int_equal(third.result, 0);
    aw__lookup_end(&lookups, &third.lookup, 0);
}

static void not_too_many_at_once(void **state)
{
    static struct call calls[MANY];
    aw__lookups lookups;
    char url[64];

    (void)state;
    aw__lookups_init(&lookups);
    for (int i = 0; i < MANY; i++) {
        snprintf(url, sizeof(url), "http://peer%d/", i);
        assert_int_equal(begin(&lookups, &calls[i], url), i < AT_ONCE);
    }
    aw__lookup_end(&lookups, &calls[3].lookup, 7);
    assert_int_equal(calls[AT_ONCE].went, 1);
    assert_int_equal(calls[AT_ONCE].result, 0);
    aw__lookup_found(&lookups, &calls[4].lookup);
    aw__lookup_found(&lookups, &calls[5].lookup);
    aw__lookups_settle(&lookups);
    assert_int_equal(calls[AT_ONCE + 1].went, 1);
    assert_int_equal(calls[AT_ONCE + 2].went, 1);
    assert_int_equal(calls[AT_ONCE + 3].went, 0);
    for (int i = 0; i < MANY; i++)
        aw__lookup_end(&lookups, &calls[i].lookup, 0);
    assert_int_equal(lookups.asking_count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_need_none), cmocka_unit_test(one_asks_for_all),     cmocka_unit_test(no_such_name),
        cmocka_unit_test(the_next_one_asks),   cmocka_unit_test(not_too_many_at_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
