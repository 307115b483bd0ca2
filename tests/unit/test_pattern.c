/*
 * Patterns of routes, laid over segments.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "web/router.h"

#define MATCHES(pattern, ...)                                                                                          \
    aw__pattern_matches(pattern, (const char *const[]){"", __VA_ARGS__} + 1,                                           \
                        sizeof((const char *const[]){"", __VA_ARGS__}) / sizeof(char *) - 1)

static void matching(void **state)
{
    (void)state;
    assert_true(aw__pattern_matches("/", NULL, 0));
    assert_false(MATCHES("/", "a"));
    assert_true(MATCHES("/login", "login"));
    assert_false(MATCHES("/login", "logi"));
    assert_false(MATCHES("/login", "logins"));
    assert_false(aw__pattern_matches("/login", NULL, 0));
    assert_true(MATCHES("/{id}/meta", "x", "meta"));
    assert_false(MATCHES("/{id}/meta", "x"));
    assert_false(MATCHES("/{id}/meta", "x", "meta", "y"));
    assert_false(MATCHES("/{id}/meta", "x", "trust"));
    assert_true(MATCHES("/{id}/meta/*", "x", "meta", "y"));
    assert_true(MATCHES("/{id}/meta/*", "x", "meta", "y", "z"));
    assert_false(MATCHES("/{id}/meta/*", "x", "meta"));
    /* A segment may hold what separates segments elsewhere. */
    assert_true(MATCHES("/{id}/meta", "a/b", "meta"));
    assert_false(MATCHES("/a/b", "a/b"));
}

static void names(void **state)
{
    const char *const segments[] = {"x", "connect", "bob"};

    (void)state;
    assert_string_equal(aw__pattern_segment("/{actor_id}/connect/{peer}", "actor_id", segments), "x");
    assert_string_equal(aw__pattern_segment("/{actor_id}/connect/{peer}", "peer", segments), "bob");
    assert_null(aw__pattern_segment("/{actor_id}/connect/{peer}", "connect", segments));
    assert_null(aw__pattern_segment("/{actor_id}/connect/{peer}", "pee", segments));
    assert_null(aw__pattern_segment("/{actor_id}/connect/{peer}", "peers", segments));
    assert_null(aw__pattern_segment("/{actor_id}/connect/{peer}", "", segments));
}

static void mistakes(void **state)
{
    static const char *const good[] = {"/", "/a", "/{actor_id}/connect", "/a/{b_2}/c.d", "/{a}"};
    static const char *const bad[] = {NULL,  "",       "a",     "/a/",  "//",   "/a//b",  "/{}",
                                      "/{a", "/{a b}", "/{a}b", "/a/*", "/a*b", "/{a/b}", "/a/{b-c}"};
    char long_pattern[200] = "";

    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
        assert_null(aw__pattern_mistake(good[i]));
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
        assert_non_null(aw__pattern_mistake(bad[i]));
    for (int i = 0; i < AW__WEB_MAX_SEGMENTS; i++)
        strcat(long_pattern, "/a");
    assert_null(aw__pattern_mistake(long_pattern));
    strcat(long_pattern, "/a");
    assert_non_null(aw__pattern_mistake(long_pattern));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(matching),
        cmocka_unit_test(names),
        cmocka_unit_test(mistakes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
