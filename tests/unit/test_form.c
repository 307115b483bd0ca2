/*
 * Forms and queries: decoding, order, what counts, limits, and broken input.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http/form.h"

static aw__arena *arena;
static aw__form form;

static int start(void **state)
{
    (void)state;
    arena = aw__arena_new();
    form = (aw__form){0};
    return arena ? 0 : -1;
}

static int stop(void **state)
{
    (void)state;
    aw__arena_free(arena);
    return 0;
}

static int add(const char *text)
{
    return aw__form_add(&form, arena, text, strlen(text), NULL);
}

static void names_and_values_are_decoded(void **state)
{
    (void)state;
    assert_int_equal(add("a=1&b+c=d%20e+f&%C3%A9t%c3%a9=%26%3d&empty=&flag&x=y=z"), AW_OK);
    assert_int_equal(form.count, 6);
    assert_string_equal(aw__form_get(&form, "a"), "1");
    assert_string_equal(aw__form_get(&form, "b c"), "d e f");
    assert_string_equal(aw__form_get(&form, "\xC3\xA9t\xC3\xA9"), "&=");
    assert_string_equal(aw__form_get(&form, "empty"), "");
    assert_string_equal(aw__form_get(&form, "flag"), "");
    assert_string_equal(aw__form_get(&form, "x"), "y=z");
    assert_null(aw__form_get(&form, "A"));
    assert_null(aw__form_get(&form, ""));
}

static void nothing_is_no_field(void **state)
{
    (void)state;
    assert_int_equal(add(""), AW_OK);
    assert_int_equal(add("&&=&=value&"), AW_OK);
    assert_int_equal(form.count, 0);
    assert_null(form.first);
}

static void first_value_counts_and_order_is_kept(void **state)
{
    (void)state;
    assert_int_equal(add("b=body&a=1&b=again"), AW_OK);
    assert_int_equal(add("b=query&c=2"), AW_OK);
    assert_int_equal(form.count, 3);
    assert_string_equal(form.first->name, "b");
    assert_string_equal(form.first->value, "body");
    assert_string_equal(form.first->next->name, "a");
    assert_string_equal(form.last->name, "c");
    assert_null(form.last->next);
}

static void only_the_given_bytes_are_read(void **state)
{
    (void)state;
    assert_int_equal(aw__form_add(&form, arena, "a=12345", 4, NULL), AW_OK);
    assert_string_equal(aw__form_get(&form, "a"), "12");
    assert_int_equal(aw__form_add(&form, arena, "b=%41", 4, NULL), AW_E_INVALID);
    assert_int_equal(aw__form_add(&form, arena, "b=x\0y", 5, NULL), AW_E_INVALID);
}

static void broken_input_changes_nothing(void **state)
{
    const char *const broken[] = {"b=%", "b=%4", "b=%zz", "%=b", "b=%00", "b=%ff", "b%c3=1", "b=\xc3", "c=3&b=%"};

    (void)state;
    for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
        aw_error err = {0};

        form = (aw__form){0};
        assert_int_equal(aw__form_add(&form, arena, broken[i], strlen(broken[i]), &err), AW_E_INVALID);
        assert_int_equal(err.code, AW_E_INVALID);
        assert_null(form.first);
        assert_int_equal(add("a=1"), AW_OK);
        assert_int_equal(add(broken[i]), AW_E_INVALID);
        assert_int_equal(form.count, 1);
        assert_ptr_equal(form.first, form.last);
        assert_null(form.first->next);
        assert_int_equal(add("c=4"), AW_OK);
        assert_string_equal(aw__form_get(&form, "c"), "4");
    }
}

static void fields_are_limited(void **state)
{
    (void)state;
    char text[32];

    for (int i = 0; i < AW__FORM_MAX_FIELDS; i++) {
        snprintf(text, sizeof(text), "f%d=%d", i, i);
        assert_int_equal(add(text), AW_OK);
    }
    assert_int_equal(add("f7=again"), AW_OK);
    assert_int_equal(add("more=1"), AW_E_TOO_LARGE);
    assert_int_equal(form.count, AW__FORM_MAX_FIELDS);
    assert_string_equal(aw__form_get(&form, "f511"), "511");
}

static void lack_of_memory_changes_nothing(void **state)
{
    char *text = malloc(20000);
    int rc = AW_E_NOMEM;

    (void)state;
    assert_non_null(text);
    memset(text, 'x', 20000);
    memcpy(text, "a=1&b=", 6);
    text[10000] = '&';
    text[10001] = 'c';
    text[10002] = '=';
    for (long n = 1; rc; n++) {
        aw_error err = {0};
        aw__arena *own = aw__arena_new();
        aw__form fresh = {0};

        assert_non_null(own);
        aw__alloc_fail_at(n, false);
        rc = aw__form_add(&fresh, own, text, 20000, &err);
        aw__alloc_fail_at(0, false);
        if (rc) {
            assert_int_equal(rc, AW_E_NOMEM);
            assert_null(fresh.first);
        } else {
            assert_true(n > 2);
            assert_int_equal(fresh.count, 3);
        }
        aw__arena_free(own);
    }
    free(text);
}

static void content_type_of_a_form(void **state)
{
    (void)state;
    assert_true(aw__form_is("application/x-www-form-urlencoded"));
    assert_true(aw__form_is("Application/X-WWW-Form-URLencoded; charset=utf-8"));
    assert_true(aw__form_is("application/x-www-form-urlencoded ;charset=utf-8"));
    assert_false(aw__form_is("application/x-www-form-urlencoded2"));
    assert_false(aw__form_is("application/json"));
    assert_false(aw__form_is(""));
    assert_false(aw__form_is(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(names_and_values_are_decoded, start, stop),
        cmocka_unit_test_setup_teardown(nothing_is_no_field, start, stop),
        cmocka_unit_test_setup_teardown(first_value_counts_and_order_is_kept, start, stop),
        cmocka_unit_test_setup_teardown(only_the_given_bytes_are_read, start, stop),
        cmocka_unit_test_setup_teardown(broken_input_changes_nothing, start, stop),
        cmocka_unit_test_setup_teardown(fields_are_limited, start, stop),
        cmocka_unit_test_setup_teardown(lack_of_memory_changes_nothing, start, stop),
        cmocka_unit_test_setup_teardown(content_type_of_a_form, start, stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
