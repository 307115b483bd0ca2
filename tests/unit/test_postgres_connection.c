/*
 * A connection to PostgreSQL: what failures mean, and a server that says nothing any more. Without a server (see
 * support/place.h) there is nothing to do.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "store/postgres.h"
#include "support/place.h"

static const aw_database_driver *const driver = &aw__postgres_driver;
static aw_error err;

static aw_database *open_at(const char *address)
{
    aw_database *database = NULL;

    if (driver->open(strchr(address, ':') + 1, false, &database, &err))
        fail_msg("%s", err.message);
    return database;
}

static aw_database *open_here(void)
{
    if (!test_place_is_postgres())
        skip();
    err = (aw_error){0};
    return open_at(getenv("AW_TEST_POSTGRES"));
}

/* One statement, without results of interest. */
static int run(aw_database *database, const char *sql)
{
    aw_database_statement *statement = NULL;
    bool row = false;
    int rc = driver->prepare(database, sql, &statement, &err);

    if (rc == AW_OK)
        rc = driver->step(statement, &row, &err);
    driver->reset(statement);
    return rc;
}

/* ---- failures ---- */

static void raise(aw_database *database, const char *sqlstate)
{
    char sql[160];

    snprintf(sql, sizeof(sql), "DO 'BEGIN RAISE EXCEPTION ''hunter2'' USING ERRCODE = ''%s''; END'", sqlstate);
    err = (aw_error){0};
    driver->rollback(database);
    assert_int_equal(driver->begin(database, true, &err), AW_OK);
    assert_int_not_equal(driver->execute(database, sql, &err), AW_OK);
    assert_non_null(strstr(err.message, sqlstate));
}

static void test_failures_that_pass(void **state)
{
    aw_database *database = open_here();

    (void)state;
    raise(database, "40001");
    assert_int_equal(err.code, AW_E_BUSY);
    assert_int_equal(driver->state(database), AW_DATABASE_REPLAY);
    raise(database, "53100");
    assert_int_equal(err.code, AW_E_STORE);
    assert_true(err.retriable);
    assert_non_null(strstr(err.message, "disk"));
    assert_int_equal(driver->state(database), AW_DATABASE_FINE);
    driver->rollback(database);
    assert_int_equal(run(database, "SELECT 1"), AW_OK);
    driver->close(database);
}

static const struct {
    const char *sqlstate;
    int code;
    aw_database_state state;
    bool retriable;
} meanings[] = {
    {"23505", AW_E_EXISTS, AW_DATABASE_FINE, false},  {"40P01", AW_E_BUSY, AW_DATABASE_REPLAY, true},
    {"22001", AW_E_TOO_LARGE, AW_DATABASE_FINE, false}, {"22P05", AW_E_INVALID, AW_DATABASE_FINE, false},
    {"22003", AW_E_INVALID, AW_DATABASE_FINE, false}, {"25006", AW_E_STORE, AW_DATABASE_FINE, false},
    {"25P03", AW_E_STORE, AW_DATABASE_LOST, true},    {"42501", AW_E_STORE, AW_DATABASE_FINE, false},
    {"42P01", AW_E_STORE, AW_DATABASE_FINE, false},   {"23502", AW_E_STORE, AW_DATABASE_FINE, false},
    {"08006", AW_E_STORE, AW_DATABASE_LOST, true},    {"53200", AW_E_STORE, AW_DATABASE_FINE, true},
    {"57P01", AW_E_STORE, AW_DATABASE_LOST, true},    {"58030", AW_E_STORE, AW_DATABASE_FINE, true},
    {"XX000", AW_E_STORE, AW_DATABASE_FINE, false},
};

static void test_what_failures_mean(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(meanings) / sizeof(*meanings); i++) {
        aw_database *database = open_here();

        raise(database, meanings[i].sqlstate);
        if (err.code != meanings[i].code || driver->state(database) != meanings[i].state ||
            err.retriable != meanings[i].retriable)
            fail_msg("%s: %d, %d, %d", meanings[i].sqlstate, err.code, driver->state(database), err.retriable);
        driver->close(database);
    }
}

/* Whoever is told to come back later is told that the database is away, which is in the log once. These are in the log
 * each time, so that somebody makes room. */
static void test_what_the_operator_must_see_is_not_away(void **state)
{
    static const char *const sqlstates[] = {"53100", "57014", "55P03", "58030"};
    aw_database *database = open_here();

    (void)state;
    for (size_t i = 0; i < sizeof(sqlstates) / sizeof(*sqlstates); i++) {
        raise(database, sqlstates[i]);
        assert_true(err.retriable);
        assert_true(err.retry_after_ms < 0);
    }
    driver->close(database);
}

static void test_values_are_not_in_messages(void **state)
{
    static const char *const sqlstates[] = {"22001", "22003", "22021", "22P02"};
    aw_database *database = open_here();

    (void)state;
    for (size_t i = 0; i < sizeof(sqlstates) / sizeof(*sqlstates); i++) {
        raise(database, sqlstates[i]);
        assert_null(strstr(err.message, "hunter2"));
        assert_false(err.retriable);
    }
    driver->close(database);
}

static void test_a_connection_that_was_ended(void **state)
{
    aw_database *database = open_here();

    (void)state;
    assert_int_equal(driver->begin(database, true, &err), AW_OK);
    assert_int_equal(run(database, "SELECT pg_terminate_backend(pg_backend_pid())"), AW_E_STORE);
    assert_true(err.retriable && err.retry_after_ms > 0);
    assert_int_equal(driver->state(database), AW_DATABASE_LOST);
    assert_int_equal(run(database, "SELECT 1"), AW_E_STORE);
    assert_int_equal(driver->commit(database, &err), AW_E_STORE);
    driver->rollback(database);
    driver->close(database);
}

/* ---- silence ---- */

/* Between a client and the server, one connection at a time; once it is mute nothing that the server says comes
 * through. */
static struct {
    int listener;
    int server_port;
    atomic_bool mute, over;
    pthread_t thread;
} between;

static struct sockaddr_in loopback(int port)
{
    return (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

/* False: one of them has closed. */
static bool pass_on(int from, int to, bool mute)
{
    char bytes[4096];
    ssize_t count = read(from, bytes, sizeof(bytes));

    return count > 0 && (mute || write(to, bytes, (size_t)count) == count);
}

static void serve(int client)
{
    struct sockaddr_in address = loopback(between.server_port);
    int server = socket(AF_INET, SOCK_STREAM, 0);
    struct pollfd both[] = {{.fd = client, .events = POLLIN}, {.fd = server, .events = POLLIN}};
    bool open = connect(server, (struct sockaddr *)&address, sizeof(address)) == 0;

    while (open && !between.over) {
        if (poll(both, 2, 10) <= 0)
            continue;
        if (both[0].revents)
            open = pass_on(client, server, false);
        if (open && both[1].revents)
            open = pass_on(server, client, between.mute);
    }
    close(server);
    close(client);
}

static void *stand_between(void *arg)
{
    int client;

    (void)arg;
    while (!between.over && (client = accept(between.listener, NULL, NULL)) >= 0)
        serve(client);
    return NULL;
}

/* Writes the address behind which the server is. */
static void start_between(char address[160])
{
    struct sockaddr_in here = loopback(0);
    socklen_t size = sizeof(here);
    const char *there = getenv("AW_TEST_POSTGRES"), *port = strrchr(there, ':');

    between.mute = between.over = false;
    between.server_port = atoi(port + 1);
    between.listener = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(between.listener, (struct sockaddr *)&here, sizeof(here)), 0);
    assert_int_equal(listen(between.listener, 4), 0);
    assert_int_equal(getsockname(between.listener, (struct sockaddr *)&here, &size), 0);
    snprintf(address, 160, "%.*s:%d%s?statement_timeout=1", (int)(port - there), there, ntohs(here.sin_port),
             strchr(port, '/'));
    assert_int_equal(pthread_create(&between.thread, NULL, stand_between, NULL), 0);
}

static void stop_between(void)
{
    between.over = true;
    shutdown(between.listener, SHUT_RDWR);
    pthread_join(between.thread, NULL);
    close(between.listener);
}

static void test_a_server_that_says_nothing(void **state)
{
    char address[160];

    (void)state;
    if (!test_place_is_postgres())
        skip();
    start_between(address);
    aw_database *database = open_at(address);

    assert_int_equal(run(database, "SELECT 1"), AW_OK);
    between.mute = true;
    assert_int_equal(driver->begin(database, true, &err), AW_OK);
    assert_int_equal(run(database, "SELECT 2"), AW_E_STORE);
    assert_non_null(strstr(err.message, "has not answered"));
    assert_true(err.retriable && err.retry_after_ms > 0);
    assert_int_equal(driver->state(database), AW_DATABASE_LOST);
    /* What it says later is of no interest any more. */
    between.mute = false;
    assert_int_equal(run(database, "SELECT 1"), AW_E_STORE);
    driver->rollback(database);
    driver->close(database);
    stop_between();
}

static void test_a_statement_that_takes_too_long(void **state)
{
    char address[160];

    (void)state;
    if (!test_place_is_postgres())
        skip();
    snprintf(address, sizeof(address), "%.120s?statement_timeout=3", getenv("AW_TEST_POSTGRES"));
    aw_database *database = open_at(address);

    assert_int_equal(run(database, "SELECT pg_sleep(60)"), AW_E_STORE);
    assert_non_null(strstr(err.message, "57014"));
    assert_int_equal(driver->state(database), AW_DATABASE_FINE);
    assert_int_equal(run(database, "SELECT 1"), AW_OK);
    driver->close(database);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_failures_that_pass),
        cmocka_unit_test(test_what_failures_mean),
        cmocka_unit_test(test_what_the_operator_must_see_is_not_away),
        cmocka_unit_test(test_values_are_not_in_messages),
        cmocka_unit_test(test_a_connection_that_was_ended),
        cmocka_unit_test(test_a_server_that_says_nothing),
        cmocka_unit_test(test_a_statement_that_takes_too_long),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
