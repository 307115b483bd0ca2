/*
 * The pool of connections: what is kept, what is dropped, and a database that is away.
 */
#include "scripted_driver.h"

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include "base/alloc.h"
#include "store/pool.h"

enum { MOST = 2 };

static aw__pool *pool;
static aw_error err;

static int set_up(void **state)
{
    (void)state;
    memset(&script, 0, sizeof(script));
    err = (aw_error){0};
    return aw__pool_new(&scripted, "", false, MOST, &pool, &err);
}

static int tear_down(void **state)
{
    (void)state;
    aw__pool_free(pool);
    assert_int_equal(script.opened, script.closed);
    return 0;
}

static aw_database *take(void)
{
    aw_database *database = NULL;

    assert_int_equal(aw__pool_take(pool, &database, &err), AW_OK);
    return database;
}

static void test_the_last_one_is_taken_first(void **state)
{
    (void)state;
    aw_database *first = take(), *second = take();

    aw__pool_give_back(pool, first);
    aw__pool_give_back(pool, second);
    assert_ptr_equal(take(), second);
    assert_ptr_equal(take(), first);
    assert_int_equal(script.opened, 2);
    aw__pool_give_back(pool, first);
    aw__pool_give_back(pool, second);
}

static void test_a_lost_one_takes_the_idle_ones_with_it(void **state)
{
    (void)state;
    aw_database *first = take(), *second = take();

    aw__pool_give_back(pool, first);
    script.state = AW_DATABASE_LOST;
    aw__pool_give_back(pool, second);
    assert_int_equal(script.closed, 2);
    script.state = AW_DATABASE_FINE;
    aw__pool_give_back(pool, take());
    assert_int_equal(script.opened, 3);
}

/* It is asked once, and not again before the pause has passed. */
static void test_a_database_that_is_away(void **state)
{
    (void)state;
    aw_database *database = NULL;

    script.refusals = 1;
    script.retriable = true;
    assert_int_equal(aw__pool_take(pool, &database, &err), AW_E_STORE);
    assert_true(err.retriable);
    err = (aw_error){0};
    assert_int_equal(aw__pool_take(pool, &database, &err), AW_E_STORE);
    assert_true(err.retriable && err.retry_after_ms > 0);
    assert_string_equal(err.message, "nobody is there");
    assert_null(database);
    assert_int_equal(script.opened, 0);
    while (aw__pool_take(pool, &database, NULL))
        nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
    assert_int_equal(script.opened, 1);
    aw__pool_give_back(pool, database);
}

/* A wrong address, say: there is no sense in waiting. */
static void test_a_refusal_for_good(void **state)
{
    (void)state;
    aw_database *database = NULL;

    script.refusals = 1;
    assert_int_equal(aw__pool_take(pool, &database, &err), AW_E_STORE);
    aw__pool_give_back(pool, take());
}

enum { WAITING = 2 };

static struct {
    pthread_t threads[WAITING];
    int said[WAITING];
    atomic_int told;
} waiting;

static void *wait_for_one(void *arg)
{
    int *said = arg;
    aw_database *database = NULL;

    *said = aw__pool_take(pool, &database, NULL);
    waiting.told++;
    return NULL;
}

/* One who comes only after the moment is told when he comes. */
static void let_others_wait(void)
{
    for (int i = 0; i < WAITING; i++)
        assert_int_equal(pthread_create(&waiting.threads[i], NULL, wait_for_one, &waiting.said[i]), 0);
    nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
}

/* All of them at once, and not after the ten seconds that a connection in use is waited for. */
static void test_who_waits_is_told_that_it_is_away(void **state)
{
    (void)state;
    aw__pool *others = pool;
    aw_database *database = NULL;

    assert_int_equal(aw__pool_new(&scripted, "", false, 1, &pool, &err), AW_OK);
    script.refusals = 1000;
    script.retriable = true;
    script.opening = let_others_wait;
    waiting.told = 0;
    assert_int_equal(aw__pool_take(pool, &database, &err), AW_E_STORE);
    for (int i = 0; i < 1000 && waiting.told < WAITING; i++)
        nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
    assert_int_equal(waiting.told, WAITING);
    for (int i = 0; i < WAITING; i++) {
        pthread_join(waiting.threads[i], NULL);
        assert_int_equal(waiting.said[i], AW_E_STORE);
    }
    aw__pool_free(pool);
    pool = others;
}

static void test_out_of_memory(void **state)
{
    aw__pool *other = NULL;

    (void)state;
    for (long n = 1; n <= 2; n++) {
        aw__alloc_fail_at(n, false);
        assert_int_equal(aw__pool_new(&scripted, "here", false, MOST, &other, &err), AW_E_NOMEM);
        aw__alloc_fail_at(0, false);
        assert_null(other);
    }
    aw__pool_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_the_last_one_is_taken_first, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_lost_one_takes_the_idle_ones_with_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_database_that_is_away, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_refusal_for_good, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_who_waits_is_told_that_it_is_away, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_out_of_memory, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
