/*
 * The sweep that deletes what has expired while the service runs.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <unistd.h>

#include "base/alloc.h"
#include "flow/expiry.h"
#include "store/attributes.h"
#include "store/statement.h"
#include "support/site.h"

enum { MANY = 1201, PATIENCE_MS = 20000, STEP_MS = 10 }; /* more than two pages */

static test_site *t;
static aw_error err;

static int open_site(void **state)
{
    (void)state;
    t = test_site_new();
    t->site.config.expiry_first_ms = 1;
    return 0;
}

static int open_embedded(void **state)
{
    (void)state;
    t = test_site_new_embedded();
    return 0;
}

static int close_site(void **state)
{
    (void)state;
    test_site_free(t);
    return 0;
}

static int plant(aw_database *database, void *arg, aw_error *failure)
{
    int rc = aw__attributes_set(database, "a", "kept", "for ever", "1", 0, failure);
    char name[32];

    (void)arg;
    if (rc == AW_OK)
        rc = aw__attributes_set(database, "a", "kept", "for long", "1", INT64_C(99999999999), failure);
    for (int i = 0; rc == AW_OK && i < MANY; i++) {
        snprintf(name, sizeof(name), "%d", i);
        rc = aw__attributes_set(database, "a", "old", name, "1", 1000 + i, failure);
    }
    return rc;
}

static int count(aw_database *database, void *arg, aw_error *failure)
{
    aw__statement s = aw__sql(database, "SELECT count(*) FROM attributes", failure);

    *(int64_t *)arg = aw__row(&s) ? aw__column_int(&s, 0) : -1;
    return aw__finish(&s);
}

static int64_t rows(void)
{
    int64_t n = -1;

    assert_int_equal(aw__store_read(t->site.store, count, &n, &err), AW_OK);
    return n;
}

static void wait_for_rows(int64_t expected)
{
    for (int waited_ms = 0; rows() != expected; waited_ms += STEP_MS) {
        assert_true(waited_ms < PATIENCE_MS);
        usleep(STEP_MS * 1000);
    }
}

static void test_what_has_expired_goes(void **state)
{
    (void)state;
    assert_int_equal(aw__store_write(t->site.store, plant, NULL, &err), AW_OK);
    assert_int_equal(rows(), MANY + 2);
    assert_int_equal(aw__expiry_open(&t->site, &err), AW_OK);
    wait_for_rows(2);
    aw__expiry_close(&t->site);
    aw__expiry_close(&t->site); /* there is none */
    assert_int_equal(rows(), 2);
}

/* As servers on one database do it. */
static void test_several_at_once(void **state)
{
    aw__site others[3] = {{.runtime = t->site.runtime, .store = t->site.store, .config = t->site.config},
                          {.runtime = t->site.runtime, .store = t->site.store, .config = t->site.config},
                          {.runtime = t->site.runtime, .store = t->site.store, .config = t->site.config}};

    (void)state;
    assert_int_equal(aw__store_write(t->site.store, plant, NULL, &err), AW_OK);
    for (int i = 0; i < 3; i++)
        assert_int_equal(aw__expiry_open(&others[i], &err), AW_OK);
    wait_for_rows(2);
    for (int i = 0; i < 3; i++)
        aw__expiry_close(&others[i]);
    assert_int_equal(rows(), 2);
}

static void test_closed_in_the_middle(void **state)
{
    (void)state;
    for (int i = 0; i < 20; i++) {
        assert_int_equal(aw__store_write(t->site.store, plant, NULL, &err), AW_OK);
        assert_int_equal(aw__expiry_open(&t->site, &err), AW_OK);
        usleep((useconds_t)(i * 300));
        aw__expiry_close(&t->site);
        assert_true(rows() >= 2);
    }
}

static int drop(aw_database *database, void *arg, aw_error *failure)
{
    (void)arg;
    return database->driver->execute(database, "ALTER TABLE attributes RENAME TO elsewhere", failure);
}

static void test_a_store_that_fails(void **state)
{
    (void)state;
    assert_int_equal(aw__store_write(t->site.store, drop, NULL, &err), AW_OK);
    assert_int_equal(aw__expiry_open(&t->site, &err), AW_OK);
    usleep(50000); /* it tries, says so, and goes on */
    aw__expiry_close(&t->site);
}

/* A loop that nobody runs but those who wait. */
static void test_embedded(void **state)
{
    (void)state;
    assert_int_equal(aw__store_write(t->site.store, plant, NULL, &err), AW_OK);
    assert_int_equal(aw__expiry_open(&t->site, &err), AW_OK);
    aw__expiry_close(&t->site);
    assert_int_equal(rows(), MANY + 2); /* the first sweep is not at once */
}

static void test_without_memory(void **state)
{
    (void)state;
    aw__alloc_fail_at(1, false);
    int rc = aw__expiry_open(&t->site, &err);

    aw__alloc_fail_at(0, false);
    assert_int_equal(rc, AW_E_NOMEM);
    assert_null(t->site.expiry);
}

#define at_a_site(test) cmocka_unit_test_setup_teardown(test, open_site, close_site)

int main(void)
{
    const struct CMUnitTest tests[] = {
        at_a_site(test_what_has_expired_goes),
        at_a_site(test_several_at_once),
        at_a_site(test_closed_in_the_middle),
        at_a_site(test_a_store_that_fails),
        at_a_site(test_without_memory),
        cmocka_unit_test_setup_teardown(test_embedded, open_embedded, close_site),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
