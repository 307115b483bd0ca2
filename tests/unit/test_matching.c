/*
 * Which subscriptions a change concerns, and what each sees of it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "model/matching.h"

static const aw__place all = {.target = "properties"};
static const aw__place k = {.target = "properties", .subtarget = "k"};
static const aw__place k_r = {.target = "properties", .subtarget = "k", .resource = "r"};
static const aw__place k_r_s = {.target = "properties", .subtarget = "k", .resource = "r/s"};

/* value and expected are JSON; value NULL: deleted, expected NULL: not concerned. */
static void assert_seen(const aw__place *subscription, const aw__place *change, const char *value, const char *expected)
{
    json_t *new_value = value ? json_loads(value, JSON_DECODE_ANY, NULL) : NULL;

    assert_int_equal(aw__matching_concerns(subscription, change), expected != NULL);
    json_t *slice = aw__matching_slice(subscription, change, new_value);

    if (expected) {
        char *text = json_dumps(slice, JSON_COMPACT | JSON_ENCODE_ANY);

        assert_string_equal(text, expected);
        free(text);
    } else {
        assert_null(slice);
    }
    json_decref(slice);
    json_decref(new_value);
}

static void a_simple_write(void **state)
{
    (void)state;
    assert_seen(&all, &k, "1", "{\"k\":1}");
    assert_seen(&k, &k, "1", "1");
    assert_seen(&k, &k, "{\"r\":{\"s\":1}}", "{\"r\":{\"s\":1}}");
    assert_seen(&k_r, &k, "{\"r\":{\"s\":1},\"t\":2}", "{\"s\":1}");
    assert_seen(&k_r_s, &k, "{\"r\":{\"s\":1},\"t\":2}", "1");
}

static void a_nested_write(void **state)
{
    (void)state;
    assert_seen(&all, &k_r_s, "[1]", "{\"k\":{\"r\":{\"s\":[1]}}}");
    assert_seen(&k, &k_r_s, "[1]", "{\"r\":{\"s\":[1]}}");
    assert_seen(&k_r, &k_r_s, "[1]", "{\"s\":[1]}");
    assert_seen(&k_r_s, &k_r_s, "[1]", "[1]");
    assert_seen(&k_r_s, &k_r, "{\"s\":7}", "7");
}

static void a_deletion(void **state)
{
    (void)state;
    assert_seen(&all, &k, NULL, "{\"k\":\"\"}");
    assert_seen(&k, &k, NULL, "\"\"");
    assert_seen(&k_r, &k, NULL, "\"\"");
    assert_seen(&all, &k_r, NULL, "{\"k\":{\"r\":\"\"}}");
    assert_seen(&k, &k_r, NULL, "{\"r\":\"\"}");
}

static void a_part_that_is_gone(void **state)
{
    (void)state;
    assert_seen(&k_r, &k, "{\"t\":2}", "\"\"");
    assert_seen(&k_r, &k, "5", "\"\"");
    assert_seen(&k_r_s, &k, "{\"r\":[1]}", "\"\"");
}

static void what_lies_elsewhere_does_not_concern(void **state)
{
    (void)state;
    aw__place other = {.target = "properties", .subtarget = "kk"};
    aw__place sibling = {.target = "properties", .subtarget = "k", .resource = "rr"};
    aw__place cousin = {.target = "properties", .subtarget = "k", .resource = "r/t"};
    aw__place resources = {.target = "resources", .subtarget = "k"};
    aw__place nowhere = {0};

    assert_seen(&other, &k, "1", NULL);
    assert_seen(&k, &other, "1", NULL);
    assert_seen(&sibling, &k_r, "1", NULL);
    assert_seen(&cousin, &k_r_s, "1", NULL);
    assert_seen(&k_r_s, &cousin, "1", NULL);
    assert_seen(&resources, &k, "1", NULL);
    assert_seen(&all, &resources, "1", NULL);
    assert_seen(&nowhere, &k, "1", NULL);
}

static void unset_texts_are_null_or_empty(void **state)
{
    (void)state;
    aw__place empty = {.target = "properties", .subtarget = "", .resource = ""};
    aw__place stray = {.target = "properties", .subtarget = "", .resource = "r"};
    aw__place slashes = {.target = "properties", .subtarget = "k", .resource = "/r/"};

    assert_seen(&empty, &k, "1", "{\"k\":1}");
    assert_seen(&stray, &k, "1", "{\"k\":1}");
    assert_seen(&slashes, &k_r, "1", "1");
}

static void a_whole_target(void **state)
{
    (void)state;
    assert_seen(&all, &all, "{\"k\":1,\"l\":2}", "{\"k\":1,\"l\":2}");
    assert_seen(&k, &all, "{\"k\":1,\"l\":2}", "1");
}

static void no_memory_gives_nothing_and_leaks_nothing(void **state)
{
    (void)state;
    json_t *slice = NULL;
    long n;

    json_set_alloc_funcs(aw__malloc, aw__free);
    for (n = 1; !slice && n < 100; n++) {
        aw__alloc_fail_at(n, false);
        slice = aw__matching_slice(&all, &k_r_s, NULL);
        aw__alloc_fail_at(0, false);
    }
    assert_non_null(slice);
    assert_true(n > 4);
    json_decref(slice);
    json_set_alloc_funcs(malloc, free);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_simple_write),
        cmocka_unit_test(a_nested_write),
        cmocka_unit_test(a_deletion),
        cmocka_unit_test(a_part_that_is_gone),
        cmocka_unit_test(what_lies_elsewhere_does_not_concern),
        cmocka_unit_test(unset_texts_are_null_or_empty),
        cmocka_unit_test(a_whole_target),
        cmocka_unit_test(no_memory_gives_nothing_and_leaks_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
