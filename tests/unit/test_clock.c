/*
 * Clocks, and timestamps in each form of the wire.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "base/clock.h"

static const int64_t moment = INT64_C(1795310730835806); /* 2026-11-22 01:25:30.835806 UTC */

static void clocks_run(void **state)
{
    (void)state;
    uint64_t before = aw__now_ms(), elapsed = aw__elapsed_ms();

    assert_true(aw__now_ms() >= before);
    assert_true(aw__elapsed_ms() >= elapsed);
    assert_true(elapsed >= before); /* it may have slept */
    assert_true(aw__utc_us() > INT64_C(1600000000) * 1000000);
}

static void each_form_is_written(void **state)
{
    (void)state;
    char text[AW__TIMESTAMP_BYTES];

    aw__timestamp_iso(moment, text);
    assert_string_equal(text, "2026-11-22T01:25:30.835806Z");
    aw__timestamp_offset(moment, text);
    assert_string_equal(text, "2026-11-22T01:25:30.835806+00:00");
    aw__timestamp_space(moment, text);
    assert_string_equal(text, "2026-11-22 01:25:30.835806");
    aw__timestamp_iso(0, text);
    assert_string_equal(text, "1970-01-01T00:00:00.000000Z");
    aw__timestamp_iso(-1, text);
    assert_string_equal(text, "1969-12-31T23:59:59.999999Z");
}

static void extreme_moments_fit(void **state)
{
    (void)state;
    char text[AW__TIMESTAMP_BYTES];

    aw__timestamp_offset(INT64_MAX, text);
    aw__timestamp_offset(INT64_MIN, text);
}

static void each_form_is_read(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t utc_us;
    } forms[] = {
        {"2026-11-22T01:25:30.835806Z", INT64_C(1795310730835806)},
        {"2026-11-22T01:25:30.835806+00:00", INT64_C(1795310730835806)},
        {"2026-11-22 01:25:30.835806", INT64_C(1795310730835806)},
        {"2026-11-22t01:25:30z", INT64_C(1795310730000000)},
        {"2026-11-22T01:25:30", INT64_C(1795310730000000)},
        {"2026-11-22T01:25:30.8", INT64_C(1795310730800000)},
        {"2026-11-22T01:25:30.835806999Z", INT64_C(1795310730835806)},
        {"2026-11-22T03:25:30+02:00", INT64_C(1795310730000000)},
        {"2026-11-21T19:55:30-0530", INT64_C(1795310730000000)},
        {"2026-11-22T02:25:30+01", INT64_C(1795310730000000)},
        {"2024-02-29T00:00:00Z", INT64_C(1709164800000000)},
        {"2016-12-31T23:59:60Z", INT64_C(1483228800000000)},
        {"1969-12-31T23:59:59.5Z", -500000},
    };

    for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
        int64_t utc_us = 0;

        assert_true(aw__timestamp_parse(forms[i].text, &utc_us));
        assert_true(utc_us == forms[i].utc_us);
    }
}

static void other_texts_are_refused(void **state)
{
    (void)state;
    static const char *const others[] = {
        "",
        "now",
        "1795310730",
        "2026-11-22",
        "2026-11-22T01:25",
        "2026-11-22T01:25:30.",
        "2026-11-22T01:25:30.Z",
        "2026-11-22T01:25:30Zulu",
        "2026-11-22T01:25:30+1",
        "2026-11-22T01:25:30+01:",
        "2026-11-22T01:25:30+01:75",
        "2026-11-22T24:25:30Z",
        "2026-11-22T01:60:30Z",
        "2026-11-22T01:25:61Z",
        "2026-13-22T01:25:30Z",
        "2026-00-22T01:25:30Z",
        "2026-02-29T01:25:30Z",
        "2026-11-31T01:25:30Z",
        "2026-11-00T01:25:30Z",
        "26-11-22T01:25:30Z",
        " 2026-11-22T01:25:30Z",
        "2026/11/22T01:25:30Z",
    };
    int64_t utc_us = 42;

    for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
        assert_false(aw__timestamp_parse(others[i], &utc_us));
    assert_false(aw__timestamp_parse(NULL, &utc_us));
    assert_int_equal(utc_us, 42);
}

static void the_local_zone_does_not_matter(void **state)
{
    (void)state;
    int64_t utc_us = 0;
    char text[AW__TIMESTAMP_BYTES];

    setenv("TZ", "America/New_York", 1);
    assert_true(aw__timestamp_parse("2026-11-22 01:25:30.835806", &utc_us));
    assert_true(utc_us == moment);
    aw__timestamp_space(moment, text);
    assert_string_equal(text, "2026-11-22 01:25:30.835806");
    unsetenv("TZ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clocks_run),
        cmocka_unit_test(each_form_is_written),
        cmocka_unit_test(extreme_moments_fit),
        cmocka_unit_test(each_form_is_read),
        cmocka_unit_test(other_texts_are_refused),
        cmocka_unit_test(the_local_zone_does_not_matter),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
