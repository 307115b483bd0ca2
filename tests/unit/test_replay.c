/*
 * Transactions that are run again: when, how often, and when not.
 */
#include "scripted_driver.h"

#include "base/alloc.h"
#include "store/replay.h"

static aw__pool *pool;
static aw__replay *replay;
static aw_error err;
static int runs, failing_runs, code;
static uint64_t takes_ms, past_ms; /* each run, all of them */

/* Wrapped: time goes by as the runs say. */
uint64_t __real_aw__now_ms(void);
uint64_t __wrap_aw__now_ms(void);

uint64_t __wrap_aw__now_ms(void)
{
    return __real_aw__now_ms() + past_ms;
}

static int set_up(void **state)
{
    (void)state;
    memset(&script, 0, sizeof(script));
    err = (aw_error){0};
    runs = failing_runs = 0;
    takes_ms = 0;
    code = AW_E_BUSY;
    return aw__pool_new(&scripted, "", false, 4, &pool, &err) || aw__replay_new(pool, &replay, &err);
}

static int tear_down(void **state)
{
    (void)state;
    aw__replay_free(replay);
    aw__pool_free(pool);
    assert_int_equal(script.opened, script.closed);
    return 0;
}

static int run(aw_database *database, void *arg, aw_error *error)
{
    (void)database, (void)arg;
    runs++;
    past_ms += takes_ms;
    if (failing_runs-- > 0)
        return aw__fail(error, code, "as told");
    script.state = AW_DATABASE_FINE;
    return AW_OK;
}

static void test_a_transaction_that_lost_is_run_again(void **state)
{
    (void)state;
    script.state = AW_DATABASE_REPLAY;
    failing_runs = 5; /* more than those that are beside others */
    assert_int_equal(aw__replay_write(replay, run, NULL, &err), AW_OK);
    assert_int_equal(runs, 6);
    assert_int_equal(script.committed, 1);
    assert_int_equal(script.rolled_back, 5);
    assert_int_equal(err.code, AW_OK);
}

/* The commit after it finds the database in this state. */
static int run_into(aw_database *database, void *arg, aw_error *error)
{
    const aw_database_state *after = arg;

    (void)database, (void)error;
    runs++;
    script.state = *after;
    return AW_OK;
}

static void test_so_is_one_whose_commit_lost(void **state)
{
    aw_database_state after = AW_DATABASE_REPLAY;

    (void)state;
    script.failing_commits = 1;
    assert_int_equal(aw__replay_write(replay, run_into, &after, &err), AW_OK);
    assert_int_equal(runs, 2);
    assert_int_equal(script.committed, 1);
}

/* One that takes long would lose against short ones for ever. */
static void test_one_that_loses_again_and_again_is_let_alone(void **state)
{
    (void)state;
    script.state = AW_DATABASE_REPLAY;
    failing_runs = 5;
    assert_int_equal(aw__replay_write(replay, run, NULL, &err), AW_OK);
    assert_int_equal(script.shared, 6);
    assert_int_equal(script.alone, 0);
    script.state = AW_DATABASE_REPLAY;
    failing_runs = 6;
    assert_int_equal(aw__replay_write(replay, run, NULL, &err), AW_OK);
    assert_int_equal(script.shared, 12);
    assert_int_equal(script.alone, 1);
    assert_int_equal(aw__replay_read(pool, run, NULL, &err), AW_OK);
    assert_int_equal(script.shared + script.alone, 13); /* reading locks nothing */
}

static void test_a_lock_that_is_not_given(void **state)
{
    (void)state;
    script.state = AW_DATABASE_REPLAY;
    script.failing_locks = 7; /* also the first one that is to be alone */
    assert_int_equal(aw__replay_write(replay, run, NULL, &err), AW_OK);
    assert_int_equal(runs, 1);
    assert_int_equal(script.shared, 1); /* then it is one of many once more */
    assert_int_equal(script.rolled_back, 7);
    script.state = AW_DATABASE_LOST;
    script.failing_locks = 1;
    assert_int_equal(aw__replay_write(replay, run, NULL, &err), AW_OK);
    assert_int_equal(runs, 2);
}

static void test_it_gives_up(void **state)
{
    (void)state;
    script.state = AW_DATABASE_REPLAY;
    failing_runs = 1000;
    assert_int_equal(aw__replay_write(replay, run, NULL, &err), AW_E_BUSY);
    assert_true(err.retriable);
    assert_int_equal(runs, 20);
    assert_int_equal(script.committed, 0);
}

/* Who has waited for the locks of others for twenty seconds in all is told so. */
static void test_it_gives_up_after_a_time(void **state)
{
    (void)state;
    script.state = AW_DATABASE_REPLAY;
    failing_runs = 1000;
    takes_ms = 5000;
    assert_int_equal(aw__replay_write(replay, run, NULL, &err), AW_E_BUSY);
    assert_true(err.retriable);
    assert_in_range(runs, 4, 5);
    assert_int_equal(script.committed, 0);
}

static void test_a_failure_of_its_own_is_not_run_again(void **state)
{
    (void)state;
    failing_runs = 1;
    code = AW_E_CONFLICT;
    assert_int_equal(aw__replay_write(replay, run, NULL, &err), AW_E_CONFLICT);
    assert_int_equal(runs, 1);
    assert_string_equal(err.message, "as told");
}

/* Before a commit was tried nothing can have been committed. */
static void test_a_lost_connection(void **state)
{
    (void)state;
    script.state = AW_DATABASE_LOST;
    failing_runs = 2;
    code = AW_E_STORE;
    assert_int_equal(aw__replay_write(replay, run, NULL, &err), AW_OK);
    assert_int_equal(runs, 3);
    script.state = AW_DATABASE_LOST;
    failing_runs = 1000;
    assert_int_equal(aw__replay_write(replay, run, NULL, &err), AW_E_STORE);
    assert_int_equal(runs, 6);
}

/* Nobody knows whether it was made, so it is not made a second time. */
static void test_a_connection_lost_while_it_commits(void **state)
{
    aw_database_state after = AW_DATABASE_LOST;

    (void)state;
    script.failing_commits = 1;
    assert_int_equal(aw__replay_doubts(replay), 0);
    assert_int_equal(aw__replay_write(replay, run_into, &after, &err), AW_E_BUSY);
    assert_true(err.retriable);
    assert_int_equal(runs, 1);
    assert_int_equal(aw__replay_doubts(replay), 1);
}

/* The connection is fine, and said no. */
static void test_a_commit_that_is_refused(void **state)
{
    aw_database_state after = AW_DATABASE_FINE;

    (void)state;
    script.failing_commits = 1;
    assert_int_equal(aw__replay_write(replay, run_into, &after, &err), AW_E_BUSY);
    assert_true(err.retriable);
    assert_int_equal(runs, 1);
    assert_int_equal(aw__replay_doubts(replay), 0);
}

static void test_reads(void **state)
{
    (void)state;
    script.state = AW_DATABASE_LOST;
    failing_runs = 1;
    code = AW_E_STORE;
    assert_int_equal(aw__replay_read(pool, run, NULL, &err), AW_OK);
    assert_int_equal(runs, 2);
    assert_int_equal(script.committed, 0);
    failing_runs = 1;
    assert_int_equal(aw__replay_read(pool, run, NULL, &err), AW_E_STORE);
    assert_int_equal(runs, 3);
}

static int write_inside(aw_database *database, void *arg, aw_error *error)
{
    (void)database, (void)arg;
    return aw__replay_write(replay, run, NULL, error);
}

static void test_a_write_inside_of_a_write(void **state)
{
    (void)state;
    assert_int_equal(aw__replay_write(replay, write_inside, NULL, &err), AW_E_REENTRANT);
    assert_int_equal(aw__replay_write(replay, run, NULL, &err), AW_OK);
}

static void test_no_connection(void **state)
{
    (void)state;
    script.refusals = 1;
    script.retriable = true;
    assert_int_equal(aw__replay_write(replay, run, NULL, &err), AW_E_STORE);
    assert_int_equal(aw__replay_read(pool, run, NULL, &err), AW_E_STORE);
    assert_int_equal(runs, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_transaction_that_lost_is_run_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_so_is_one_whose_commit_lost, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_one_that_loses_again_and_again_is_let_alone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_lock_that_is_not_given, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_it_gives_up, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_it_gives_up_after_a_time, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_failure_of_its_own_is_not_run_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_lost_connection, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_connection_lost_while_it_commits, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_commit_that_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_reads, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_write_inside_of_a_write, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_no_connection, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
