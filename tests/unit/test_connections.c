/*
 * The count of connections: what is on its way, what has said nothing yet, and who waits for that.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <pthread.h>
#include <time.h>

#include "base/alloc.h"
#include "http/connections.h"

static void assert_counts(const aw__connections *all, int open, int handed_over, int silent)
{
    assert_int_equal(atomic_load(&all->open), open);
    assert_int_equal(atomic_load(&all->handed_over), handed_over);
    assert_int_equal(atomic_load(&all->silent), silent);
}

static void test_from_the_first_to_the_last(void **state)
{
    aw__connections all = {0};

    (void)state;
    aw__connections_add(&all);
    aw__connections_add(&all);
    assert_counts(&all, 2, 2, 0);
    aw__connection *first = aw__connection_begin(&all), *second = aw__connection_begin(&all);

    assert_counts(&all, 2, 0, 2);
    aw__connection_heard(&all, first);
    aw__connection_heard(&all, first); /* its second request */
    assert_counts(&all, 2, 0, 1);
    aw__connection_end(&all, first);
    assert_counts(&all, 1, 0, 1);
    aw__connection_end(&all, second); /* which has never said anything */
    assert_counts(&all, 0, 0, 0);
}

static void test_one_that_could_not_be_handed_over(void **state)
{
    aw__connections all = {0};

    (void)state;
    aw__connections_add(&all);
    aw__connections_undo_add(&all);
    assert_counts(&all, 0, 0, 0);
}

/* Nobody waits for it; but it is counted, and ends. */
static void test_out_of_memory(void **state)
{
    aw__connections all = {0};

    (void)state;
    aw__connections_add(&all);
    aw__alloc_fail_at(1, false);
    aw__connection *none = aw__connection_begin(&all);

    aw__alloc_fail_at(0, false);
    assert_null(none);
    assert_counts(&all, 1, 0, 0);
    aw__connection_heard(&all, none);
    assert_counts(&all, 1, 0, 0);
    aw__connection_end(&all, none);
    assert_counts(&all, 0, 0, 0);
}

/* ---- waiting ---- */

static void test_waiting_has_an_end(void **state)
{
    aw__connections all = {0};

    (void)state;
    assert_int_equal(aw__connections_wait_heard(&all, 10000), 0); /* there is nothing to wait for */
    aw__connections_wait_begun(&all, 10000);
    aw__connections_add(&all);
    aw__connections_wait_begun(&all, 3);
    assert_int_equal(aw__connections_wait_heard(&all, 3), 3);
    aw__connection *connection = aw__connection_begin(&all);

    aw__connections_wait_begun(&all, 10000);
    assert_int_equal(aw__connections_wait_heard(&all, 3), 3);
    aw__connection_heard(&all, connection);
    assert_int_equal(aw__connections_wait_heard(&all, 10000), 0);
    aw__connection_end(&all, connection);
}

struct late {
    aw__connections all;
    aw__connection *connection;
};

static void *begin_and_be_heard(void *arg)
{
    const struct timespec pause = {.tv_nsec = 20000000};
    struct late *late = arg;

    nanosleep(&pause, NULL);
    late->connection = aw__connection_begin(&late->all);
    nanosleep(&pause, NULL);
    aw__connection_heard(&late->all, late->connection);
    return NULL;
}

static void test_what_is_waited_for_comes(void **state)
{
    enum { LONG_MS = 60000 };
    struct late late = {0};
    pthread_t thread;

    (void)state;
    aw__connections_add(&late.all);
    assert_int_equal(pthread_create(&thread, NULL, begin_and_be_heard, &late), 0);
    int ms = aw__connections_wait_heard(&late.all, LONG_MS);

    assert_true(ms > 0 && ms < LONG_MS);
    assert_counts(&late.all, 1, 0, 0);
    pthread_join(thread, NULL);
    aw__connection_end(&late.all, late.connection);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_from_the_first_to_the_last),
        cmocka_unit_test(test_one_that_could_not_be_handed_over),
        cmocka_unit_test(test_out_of_memory),
        cmocka_unit_test(test_waiting_has_an_end),
        cmocka_unit_test(test_what_is_waited_for_comes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
