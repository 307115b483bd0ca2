/*
 * Errors: codes and their names, what is retriable, messages.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"

static void codes_have_names(void **state)
{
    (void)state;
    assert_string_equal(aw_code_name(AW_OK), "AW_OK");
    assert_string_equal(aw_code_name(AW_E_TIMEOUT), "AW_E_TIMEOUT");
    assert_string_equal(aw_code_name(AW_E_CONFLICT), "AW_E_CONFLICT");
    assert_string_equal(aw_code_name(1), "AW_E_UNKNOWN");
    assert_string_equal(aw_code_name(-1000), "AW_E_UNKNOWN");
    for (int code = AW_E_CONFLICT; code <= AW_OK; code++)
        assert_string_not_equal(aw_code_name(code), "AW_E_UNKNOWN");
}

static void fail_fills_everything(void **state)
{
    (void)state;
    aw_error err = {.http_status = 500, .retriable = true, .retry_after_ms = 9};

    assert_int_equal(aw__fail(&err, AW_E_INVALID, "bad %s", "name"), AW_E_INVALID);
    assert_int_equal(err.code, AW_E_INVALID);
    assert_int_equal(err.http_status, 0);
    assert_int_equal(err.retry_after_ms, -1);
    assert_false(err.retriable);
    assert_string_equal(err.message, "bad name");
    assert_int_equal(aw__fail(NULL, AW_E_BUSY, "nobody reads this"), AW_E_BUSY);
    assert_int_equal(aw__fail_nomem(&err), AW_E_NOMEM);
    assert_true(err.retriable);
}

static void retriable_codes_and_statuses(void **state)
{
    (void)state;
    static const int codes[] = {AW_E_CONNECT, AW_E_TIMEOUT, AW_E_BUSY, AW_E_NOMEM};
    static const int later[] = {408, 425, 429, 500, 502, 503, 504, 599};
    static const int never[] = {302, 400, 401, 403, 404, 409, 501, 505, 600};
    aw_error err = {0};

    for (size_t i = 0; i < sizeof(codes) / sizeof(*codes); i++) {
        aw__fail(&err, codes[i], "x");
        assert_true(err.retriable);
    }
    aw__fail(&err, AW_E_DENIED, "x");
    assert_false(err.retriable);
    for (size_t i = 0; i < sizeof(later) / sizeof(*later); i++) {
        assert_int_equal(aw__fail_http(&err, later[i], 3000, "x"), AW_E_HTTP);
        assert_true(err.retriable);
        assert_int_equal(err.http_status, later[i]);
        assert_int_equal(err.retry_after_ms, 3000);
    }
    for (size_t i = 0; i < sizeof(never) / sizeof(*never); i++) {
        aw__fail_http(&err, never[i], -1, "x");
        assert_false(err.retriable);
    }
    assert_int_equal(aw__fail_http(NULL, 404, -1, "x"), AW_E_HTTP);
}

static void a_message_may_quote_itself(void **state)
{
    (void)state;
    aw_error err = {0};

    aw__fail(&err, AW_E_CONNECT, "refused");
    aw__fail(&err, AW_E_CONNECT, "reading meta: %s", err.message);
    assert_string_equal(err.message, "reading meta: refused");
}

static void foreign_text_in_a_message_is_made_harmless(void **state)
{
    (void)state;
    char many[400];
    aw_error err = {0};

    aw__fail(&err, AW_E_INVALID, "%s", "a\r\nb\x1b\xff\xc3\xa9");
    assert_string_equal(err.message, "a??b??\xc3\xa9");
    for (size_t i = 0; i + 2 < sizeof(many); i += 2)
        memcpy(many + i, "\xc3\xa9", 3);
    aw__fail(&err, AW_E_INVALID, "-%s", many);
    assert_true(aw__text_utf8(err.message, strlen(err.message)));
    aw__fail(&err, AW_E_INVALID, "%s", many);
    assert_true(aw__text_utf8(err.message, strlen(err.message)));
    assert_int_equal(strlen(err.message), sizeof(err.message) - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(codes_have_names),
        cmocka_unit_test(fail_fills_everything),
        cmocka_unit_test(retriable_codes_and_statuses),
        cmocka_unit_test(a_message_may_quote_itself),
        cmocka_unit_test(foreign_text_in_a_message_is_made_harmless),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
