/*
 * Answers: collecting header lines, finding them, Retry-After, and what a peer meant.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "http/client_reply.h"

static int line(aw__http_reply *reply, const char *text)
{
    return aw__http_reply_line(reply, text, strlen(text));
}

static void collects_the_last_answer(void **state)
{
    aw__http_reply reply;
    aw__http_response response;

    (void)state;
    aw__http_reply_init(&reply, 100);
    assert_int_equal(line(&reply, "HTTP/1.1 100 Continue\r\n"), AW_OK);
    assert_int_equal(line(&reply, "X-Old: 1\r\n"), AW_OK);
    assert_int_equal(line(&reply, "\r\n"), AW_OK);
    assert_int_equal(line(&reply, "HTTP/1.1 201 Created\r\n"), AW_OK);
    assert_int_equal(line(&reply, "location:  http://bob/x \r\n"), AW_OK);
    assert_int_equal(line(&reply, "X-Long: a\n"), AW_OK);
    assert_int_equal(line(&reply, "\t b\r\n"), AW_OK);
    assert_int_equal(line(&reply, "Retry-After: 3\r\n"), AW_OK);
    assert_int_equal(line(&reply, "\r\n"), AW_OK);
    assert_int_equal(aw__buffer_append_text(&reply.body, "{}"), AW_OK);
    assert_int_equal(aw__http_reply_response(&reply, 201, &response), AW_OK);
    assert_int_equal(response.status, 201);
    assert_string_equal(response.location, "http://bob/x");
    assert_string_equal(response.content_type, "");
    assert_int_equal(response.retry_after_ms, 3000);
    assert_string_equal(response.header_lines, "location:  http://bob/x \r\nX-Long: a  \t b\r\nRetry-After: 3\r\n");
    assert_string_equal(response.body, "{}");
    assert_int_equal(response.body_bytes, 2);
    aw__http_reply_free(&reply);
}

static void empty_answer(void **state)
{
    aw__http_reply reply;
    aw__http_response response;

    (void)state;
    aw__http_reply_init(&reply, 100);
    assert_int_equal(aw__http_reply_response(&reply, 204, &response), AW_OK);
    assert_string_equal(response.header_lines, "");
    assert_string_equal(response.body, "");
    assert_int_equal(response.retry_after_ms, -1);
    aw__http_reply_free(&reply);
}

static void endless_headers(void **state)
{
    aw__http_reply reply;
    int rc = AW_OK;
    int n;

    (void)state;
    aw__http_reply_init(&reply, 100);
    /* 100 Continue for ever: nothing piles up, and yet there is an end. */
    for (n = 0; !rc && n < 10000; n++)
        rc = line(&reply, n % 2 ? "X: y\r\n" : "HTTP/1.1 100 Continue\r\n");
    assert_int_equal(rc, AW_E_TOO_LARGE);
    aw__http_reply_free(&reply);
}

static void odd_lines(void **state)
{
    aw__http_reply reply;

    (void)state;
    aw__http_reply_init(&reply, 100);
    assert_int_equal(line(&reply, " folded before anything\r\n"), AW_OK);
    assert_null(reply.header_lines.data);
    assert_int_equal(aw__http_reply_line(&reply, "A: \0b\r\n", 7), AW_OK); /* not for texts */
    assert_null(reply.header_lines.data);
    assert_int_equal(aw__http_reply_line(&reply, "", 0), AW_OK);
    aw__http_reply_free(&reply);
}

static void no_memory(void **state)
{
    aw__http_reply reply;
    aw__http_response response = {.status = 7};
    int rc = AW_E_NOMEM;
    int n;

    (void)state;
    for (n = 1; rc == AW_E_NOMEM && n < 50; n++) {
        aw__http_reply_init(&reply, 100);
        aw__alloc_fail_at(n, true);
        rc = line(&reply, "Location: here\r\n");
        if (!rc)
            rc = aw__http_reply_response(&reply, 200, &response);
        aw__alloc_fail_at(0, false);
        if (rc)
            assert_int_equal(response.status, 7);
        aw__http_reply_free(&reply);
    }
    assert_int_equal(rc, AW_OK);
    assert_true(n > 2);
}

static void finds_headers(void **state)
{
    static const char lines[] =
        "Content-Type: application/json\r\nX-Empty:\r\nX-Two: one\r\nx-two: two\r\nLast:\t z \r\n";
    aw__arena *arena = aw__arena_new();

    (void)state;
    assert_string_equal(aw__http_header(arena, lines, "content-TYPE"), "application/json");
    assert_string_equal(aw__http_header(arena, lines, "X-Empty"), "");
    assert_string_equal(aw__http_header(arena, lines, "X-Two"), "one");
    assert_string_equal(aw__http_header(arena, lines, "last"), "z");
    assert_null(aw__http_header(arena, lines, "X"));
    assert_null(aw__http_header(arena, lines, "X-Twos"));
    assert_null(aw__http_header(arena, "", "X"));
    assert_null(aw__http_header(arena, NULL, "X"));
    aw__arena_free(arena);
}

static void retry_after(void **state)
{
    static const char *const nonsense[] = {"",
                                           "soon",
                                           "-5",
                                           "1.5",
                                           "Sun, 99 Nov 2094 08:49:37 GMT",
                                           "Sun, 06 Nox 2094 08:49:37 GMT",
                                           "Sun, 06 Nov 2094 28:49:37 GMT"};
    static const char *const past[] = {"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT",
                                       "Sun Nov  6 08:49:37 1994"};
    static const char *const forms[] = {"%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT",
                                        "%a %b %e %H:%M:%S %Y"};
    time_t soon = time(NULL) + 100;
    struct tm tm;
    char text[64];

    (void)state;
    assert_int_equal(aw__http_retry_after_ms(NULL), -1);
    for (size_t i = 0; i < sizeof(nonsense) / sizeof(nonsense[0]); i++)
        assert_int_equal(aw__http_retry_after_ms(nonsense[i]), -1);
    for (size_t i = 0; i < sizeof(past) / sizeof(past[0]); i++)
        assert_int_equal(aw__http_retry_after_ms(past[i]), 0);
    assert_int_equal(aw__http_retry_after_ms("0"), 0);
    assert_int_equal(aw__http_retry_after_ms("120"), 120000);
    assert_int_equal(aw__http_retry_after_ms("99999999999"), INT_MAX);
    assert_int_equal(aw__http_retry_after_ms("99999999999999999999999999"), INT_MAX);
    gmtime_r(&soon, &tm);
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        strftime(text, sizeof(text), forms[i], &tm);
#pragma GCC diagnostic pop
        assert_in_range(aw__http_retry_after_ms(text), 60000, 100000);
    }
}

static const char *reason(aw__arena *arena, const char *body)
{
    aw__http_response response = {.status = 400, .body = body, .body_bytes = strlen(body)};

    return aw__http_reason(arena, &response);
}

static void reasons(void **state)
{
    static const struct {
        const char *body, *reason;
    } cases[] = {
        {"{\"error\":{\"code\":400,\"message\":\"no target\"}}", "no target"},
        {"{\"error\":\"bad relationship\"}", "bad relationship"},
        {"{\"detail\":\"Method not allowed\"}", "Method not allowed"},
        {"{\"error\":true,\"message\":\"expired\"}", "expired"},
        {"\"just a text\"", "just a text"},
        {"{\"error\":{\"message\":\"two\\nlines\"}}", "two"},
        {"{\"error\":{\"message\":\"bell\\u0007\"}}", "bell?"},
        {"\n  Authentication required\r\nmore", "Authentication required"},
        {"{\"other\":1}", ""},
        {"{broken", ""},
        {"[1,2]", ""},
        {"17", ""},
        {"<html><body>oops", ""},
        {"", ""},
        {"  \n", ""},
    };
    aw__arena *arena = aw__arena_new();
    char text[400];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_string_equal(reason(arena, cases[i].body), cases[i].reason);
    memset(text, 'x', sizeof(text));
    memcpy(text + 159, "\xc3\xb6", 2); /* lies across the limit */
    text[sizeof(text) - 1] = '\0';
    assert_int_equal(strlen(reason(arena, text)), 159);
    aw__arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(collects_the_last_answer),
        cmocka_unit_test(empty_answer),
        cmocka_unit_test(endless_headers),
        cmocka_unit_test(odd_lines),
        cmocka_unit_test(no_memory),
        cmocka_unit_test(finds_headers),
        cmocka_unit_test(retry_after),
        cmocka_unit_test(reasons),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
