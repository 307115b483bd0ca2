/*
 * What is ours in a PostgreSQL URI, and what is libpq's. No server is needed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "base/alloc.h"
#include "store/postgres_location.h"

static aw__postgres_location location;
static aw_error err;

static void assert_read(const char *rest, const char *uri, const char *schema)
{
    err = (aw_error){0};
    assert_int_equal(aw__postgres_location_read(rest, &location, &err), AW_OK);
    assert_string_equal(location.uri, uri);
    assert_string_equal(location.schema, schema);
    aw__free(location.uri);
}

static void assert_refused(const char *rest, const char *word)
{
    err = (aw_error){0};
    assert_int_equal(aw__postgres_location_read(rest, &location, &err), AW_E_INVALID);
    assert_int_equal(err.code, AW_E_INVALID);
    assert_non_null(strstr(err.message, word));
    assert_null(strstr(err.message, "hunter2"));
}

static void test_ours_are_taken_out(void **state)
{
    (void)state;
    assert_read("//u@h/d", "postgresql://u@h/d", "public");
    assert_read("///d?sslmode=require", "postgresql:///d?sslmode=require", "public");
    assert_read("//h/d?schema=blue", "postgresql://h/d", "blue");
    assert_read("//h/d?prefix=w0_", "postgresql://h/d", "w0_public");
    assert_read("//h/d?prefix=w0_&schema=blue&sslmode=require", "postgresql://h/d?sslmode=require", "w0_blue");
    assert_read("//h/d?sslmode=require&schema=blue&connect_timeout=2",
                "postgresql://h/d?sslmode=require&connect_timeout=2", "blue");
    assert_read("//h/d?", "postgresql://h/d", "public");
    assert_read("//h/d?schema=", "postgresql://h/d", "public");
}

static void test_how_long_a_statement_may_take(void **state)
{
    (void)state;
    assert_read("//h/d", "postgresql://h/d", "public");
    assert_int_equal(location.statement_timeout_s, 30);
    assert_read("//h/d?statement_timeout=5&schema=blue", "postgresql://h/d", "blue");
    assert_int_equal(location.statement_timeout_s, 5);
    assert_refused("//h/d?statement_timeout=0", "statement_timeout");
    assert_refused("//h/d?statement_timeout=1h", "statement_timeout");
    assert_refused("//h/d?statement_timeout=3601", "statement_timeout");
}

static void test_what_is_wrong_is_said_without_the_password(void **state)
{
    (void)state;
    assert_refused(NULL, "postgresql://");
    assert_refused("", "postgresql://");
    assert_refused("u:hunter2@h/d", "postgresql://");
    assert_refused("//u:hunter2@h/d?schema=Blue", "schema");
    assert_refused("//u:hunter2@h/d?schema=a%22b", "schema");
    assert_refused("//u:hunter2@h/d?schema=a;drop", "schema");
    assert_refused("//u:hunter2@h/d?prefix=%20", "prefix");
    assert_refused("//h/d?schema=aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffgggg", "schema");
    assert_refused("//h/d?schema=aaaaaaaaaabbbbbbbbbbccccccccccdddd&prefix=aaaaaaaaaabbbbbbbbbbccccccccccdddd", "63");
}

/* libpq would say them with the URI, or with the half of a password that it takes for a host. */
static void test_what_libpq_would_refuse(void **state)
{
    (void)state;
    assert_read("//u:p%40ss%2Fw@h/d", "postgresql://u:p%40ss%2Fw@h/d", "public");
    assert_read("//u:p?ss@h/d", "postgresql://u:p?ss@h/d", "public");
    assert_refused("//u:p@hunter2@h/d", "%40");
    assert_refused("//u:p/hunter2@h/d", "%2F");
    assert_refused("//u:hunter2%zz@h/d", "escapes");
    assert_refused("//u:hunter2@[::1/d", "escapes");
    assert_refused("//u@h/d?hunter2", "parameters");
    assert_refused("//u@h/d?pasword=hunter2", "parameters");
}

static void test_out_of_memory(void **state)
{
    (void)state;
    aw__alloc_fail_at(1, false);
    assert_int_equal(aw__postgres_location_read("//h/d", &location, &err), AW_E_NOMEM);
    aw__alloc_fail_at(0, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ours_are_taken_out),
        cmocka_unit_test(test_how_long_a_statement_may_take),
        cmocka_unit_test(test_what_is_wrong_is_said_without_the_password),
        cmocka_unit_test(test_what_libpq_would_refuse),
        cmocka_unit_test(test_out_of_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
