/*
 * JSON from others meets limits; JSON of ours reads well.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"

static json_t *parse(const char *text)
{
    json_t *value = NULL;
    aw_error err = {0};

    assert_int_equal(aw__json_parse(text, strlen(text), &value, &err), AW_OK);
    assert_non_null(value);
    return value;
}

static void assert_refused(const char *text, size_t bytes, int code)
{
    json_t *value = NULL;
    aw_error err = {0};

    assert_int_equal(aw__json_parse(text, bytes, &value, &err), code);
    assert_null(value);
    assert_int_equal(err.code, code);
}

/* Other implementations write integers of any size. */
static void wide_integers_are_reals(void **state)
{
    (void)state;
    static const struct {
        const char *text, *wanted;
    } pairs[] = {
        {"9223372036854775807", "9223372036854775807"},
        {"9223372036854775808", "9.223372036854776e+18"},
        {"-9223372036854775808", "-9223372036854775808"},
        {"-9223372036854775809", "-9.223372036854776e+18"},
        {"[12345678901234567890]", "[1.2345678901234567e+19]"},
        {"{\"a\":100000000000000000000,\"b\":7}", "{\"a\":1e+20,\"b\":7}"},
        {"[100000000000000000000e1, \"100000000000000000000\", \"\\\"99999999999999999999\"]",
         "[1e+21,\"100000000000000000000\",\"\\\"99999999999999999999\"]"},
    };

    for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++) {
        json_t *value = parse(pairs[i].text);
        char *text = aw__json_text(value);

        assert_string_equal(text, pairs[i].wanted);
        aw__free(text);
        json_decref(value);
    }
    assert_refused("1e999", 5, AW_E_INVALID);
    assert_refused("[100000000000000000000", 22, AW_E_INVALID);
    assert_refused("[100000000000000000000,1e999]", 29, AW_E_INVALID);
    assert_refused("[100000000000000000000,\"", 24, AW_E_INVALID);
    assert_refused("-100000000000000000000-", 23, AW_E_INVALID);
}

static void written_as_read(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "null",
        "true",
        "false",
        "0",
        "-9223372036854775808",
        "1.0",
        "0.1",
        "-2.5",
        "1e+300",
        "3.141592653589793",
        "\"\"",
        "\"caf\xc3\xa9 \\\\ \\\" / \\n\\t\\u0001\"",
        "[]",
        "{}",
        "[1,[2,{}],\"x\"]",
        "{\"b\":1,\"a\":{\"c\":[null,true]},\"\":false}",
    };

    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        json_t *value = parse(texts[i]);
        char *text = aw__json_text(value);

        assert_string_equal(text, texts[i]);
        aw__free(text);
        json_decref(value);
    }
}

static void the_last_of_two_keys_wins(void **state)
{
    (void)state;
    json_t *value = parse(" {\"a\":1, \"a\":2} ");

    assert_int_equal(json_integer_value(json_object_get(value, "a")), 2);
    json_decref(value);
}

static void what_is_no_json_is_refused(void **state)
{
    (void)state;
    static const char *const broken[] = {
        "", " ", "{", "]", "{\"a\":}", "[1,]", "'a'", "nul", "1 2", "\"\xff\"", "\"\\ud800\"",
        "\"\\u0000\"", "1e999", "\"a\nb\"", "NaN",
    };

    for (size_t i = 0; i < sizeof(broken) / sizeof(*broken); i++)
        assert_refused(broken[i], strlen(broken[i]), AW_E_INVALID);
    assert_refused("1\0", 2, AW_E_INVALID);
    assert_refused(NULL, 0, AW_E_INVALID);
}

static void the_message_names_the_place_and_quotes_nothing(void **state)
{
    (void)state;
    static const char text[] = "{\"passphrase\":\n \"s3cret\" oops}";
    json_t *value = NULL;
    aw_error err = {0};

    assert_int_equal(aw__json_parse(text, strlen(text), &value, &err), AW_E_INVALID);
    assert_non_null(strstr(err.message, "line 2"));
    assert_null(strstr(err.message, "s3cret"));
    assert_null(strstr(err.message, "oops"));
}

static void nesting_is_limited(void **state)
{
    (void)state;
    char text[4096] = "";

    for (int i = 0; i < AW__JSON_MAX_DEPTH; i++)
        strcat(text, i % 2 ? "[" : "{\"k[\\\"[\":");
    strcat(text, "1");
    for (int i = AW__JSON_MAX_DEPTH; i-- > 0;)
        strcat(text, i % 2 ? "]" : "}");
    json_t *value = parse(text);

    assert_int_equal(aw__json_depth(value, 1000), AW__JSON_MAX_DEPTH);
    assert_int_equal(aw__json_depth(value, 3), 4);
    json_decref(value);
    memset(text, '[', AW__JSON_MAX_DEPTH + 1);
    assert_refused(text, AW__JSON_MAX_DEPTH + 1, AW_E_TOO_LARGE);
}

static void depth_of_small_values(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t depth;
    } values[] = {{"1", 0}, {"\"x\"", 0}, {"[]", 1}, {"{}", 1}, {"[1,[2],{\"a\":[3]}]", 3}, {"{\"a\":1,\"b\":{}}", 2}};

    for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++) {
        json_t *value = parse(values[i].text);

        assert_int_equal(aw__json_depth(value, 10), values[i].depth);
        json_decref(value);
    }
}

static void a_value_that_contains_itself_is_not_written(void **state)
{
    (void)state;
    json_t *outer = json_array();
    json_t *inner = json_array();

    json_array_append(outer, inner);
    json_array_append(inner, outer);
    assert_null(aw__json_text(outer));
    json_array_clear(inner);
    json_decref(inner);
    json_decref(outer);
    assert_null(aw__json_text(NULL));
}

static void no_memory_is_told(void **state)
{
    (void)state;
    static const char text[] = "{\"a\":[1,2.5,\"three\"]}";
    long n;

    json_set_alloc_funcs(aw__malloc, aw__free);
    for (n = 1; n < 1000; n++) {
        json_t *value = NULL;
        aw_error err = {0};

        aw__alloc_fail_at(n, false);
        int rc = aw__json_parse(text, strlen(text), &value, &err);
        char *back = rc ? NULL : aw__json_text(value);

        if (rc)
            assert_int_equal(rc, AW_E_NOMEM);
        json_decref(value);
        if (back) {
            assert_string_equal(back, text);
            aw__free(back);
            break;
        }
    }
    aw__alloc_fail_at(0, false);
    json_set_alloc_funcs(malloc, free);
    assert_in_range(n, 3, 999);
}

static void lenient_questions(void **state)
{
    (void)state;
    json_t *o = parse("{\"t\":\"text\",\"n\":null,\"yes\":true,\"Yes\":\"TRUE\",\"one\":\"1\",\"seven\":7,\"no\":false,"
                      "\"No\":\"false\",\"zero\":0,\"half\":0.5,\"big\":\"12345678901\",\"junk\":\"12x\"}");
    int64_t number = -1;

    assert_string_equal(aw__json_get_text(o, "t", "-"), "text");
    assert_string_equal(aw__json_get_text(o, "n", "-"), "-");
    assert_string_equal(aw__json_get_text(o, "seven", "-"), "-");
    assert_null(aw__json_get_text(o, "absent", NULL));
    assert_null(aw__json_get_text(NULL, "t", NULL));
    assert_true(aw__json_get_flag(o, "yes", false));
    assert_true(aw__json_get_flag(o, "Yes", false));
    assert_true(aw__json_get_flag(o, "one", false));
    assert_true(aw__json_get_flag(o, "seven", false));
    assert_true(aw__json_get_flag(o, "half", false));
    assert_false(aw__json_get_flag(o, "no", true));
    assert_false(aw__json_get_flag(o, "No", true));
    assert_false(aw__json_get_flag(o, "zero", true));
    assert_false(aw__json_get_flag(o, "n", true));
    assert_true(aw__json_get_flag(o, "absent", true));
    assert_false(aw__json_get_flag(o, "absent", false));
    assert_false(aw__json_get_int(o, "absent", &number));
    assert_false(aw__json_get_int(o, "junk", &number));
    assert_false(aw__json_get_int(o, "half", &number));
    assert_int_equal(number, -1);
    assert_true(aw__json_get_int(o, "seven", &number));
    assert_int_equal(number, 7);
    assert_true(aw__json_get_int(o, "big", &number));
    assert_true(number == INT64_C(12345678901));
    json_decref(o);
}

static void setting_texts(void **state)
{
    (void)state;
    json_t *o = json_object();

    assert_int_equal(aw__json_set_text(o, "a", "x"), 0);
    assert_int_equal(aw__json_set_text(o, "b", ""), 0);
    assert_int_equal(aw__json_set_text(o, "c", NULL), 0);
    assert_int_equal(aw__json_set_text_or_null(o, "d", ""), 0);
    assert_int_equal(aw__json_set_text_or_null(o, "e", "y"), 0);
    char *text = aw__json_text(o);

    assert_string_equal(text, "{\"a\":\"x\",\"b\":\"\",\"c\":null,\"d\":null,\"e\":\"y\"}");
    aw__free(text);
    json_decref(o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wide_integers_are_reals),
        cmocka_unit_test(written_as_read),
        cmocka_unit_test(the_last_of_two_keys_wins),
        cmocka_unit_test(what_is_no_json_is_refused),
        cmocka_unit_test(the_message_names_the_place_and_quotes_nothing),
        cmocka_unit_test(nesting_is_limited),
        cmocka_unit_test(depth_of_small_values),
        cmocka_unit_test(a_value_that_contains_itself_is_not_written),
        cmocka_unit_test(no_memory_is_told),
        cmocka_unit_test(lenient_questions),
        cmocka_unit_test(setting_texts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
