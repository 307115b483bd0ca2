/*
 * The PostgreSQL driver: opening connections, and transactions. What failures mean is in test_postgres_connection.c.
 */
#include "postgres_support.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <sys/socket.h>

#include "store/postgres_connection.h"

/* ------------------------------------------------------------------------------------------------- opening --- */

static void assert_not_opened(struct fixture *f, const char *location, const char *saying)
{
    aw_database *database = NULL;

    assert_fails(f, AW_E_STORE, driver->open(location, false, &database, &f->err));
    assert_null(database);
    if (saying && !strstr(f->err.message, saying))
        fail_msg("\"%s\" does not say \"%s\"", f->err.message, saying);
    if (strstr(f->err.message, "hunter2"))
        fail_msg("the password is in \"%s\"", f->err.message);
}

/* Puts a password, and what else is wanted, into the tests' address. */
static void address_with(struct fixture *f, char *out, size_t bytes, const char *database)
{
    const char *host = strchr(f->place.rest, '@');

    snprintf(out, bytes, "//actingweb:hunter2%.*s/%s", (int)strcspn(host, "/"), host, database);
}

static void test_databases_that_are_not_there(void **state)
{
    struct fixture *f = with_tables(state);
    char location[256];

    assert_not_opened(f, "//actingweb:hunter2@127.0.0.1:1/postgres", "onnection refused");
    assert_true(f->err.retriable && f->err.retry_after_ms > 0);
    assert_not_opened(f, "//actingweb:hunter2@127.0.0.1:1/postgres?schema=s&prefix=p", "onnection refused");
    address_with(f, location, sizeof(location), "no_such_database");
    assert_not_opened(f, location, "no_such_database");
}

static void test_the_settings_of_a_connection(void **state)
{
    struct fixture *f = with_tables(state);

    driver->close(f->database); /* on which tables were made, for as long as that takes */
    f->database = NULL;
    assert_ok(f, driver->open(f->place.rest, false, &f->database, &f->err));
    assert_string_equal(text_of(f, "SELECT current_schema()::text"), strrchr(f->location, '=') + 1);
    assert_string_equal(text_of(f, "SHOW enable_seqscan"), "off");
    assert_string_equal(text_of(f, "SHOW plan_cache_mode"), "force_generic_plan");
    assert_string_equal(text_of(f, "SHOW TimeZone"), "UTC");
    assert_string_equal(text_of(f, "SHOW client_encoding"), "UTF8");
    assert_string_equal(text_of(f, "SHOW application_name"), "actingweb");
    assert_string_equal(text_of(f, "SHOW statement_timeout"), "30s");
    assert_string_equal(text_of(f, "SHOW lock_timeout"), "22500ms");
    assert_string_not_equal(text_of(f, "SHOW idle_in_transaction_session_timeout"), "0");
    driver->close(NULL);
}

/* In the linker's place of the driver's: what is said instead of a setting, or NULL. */
static const char *instead_of_jit;

int __real_aw__postgres_run(aw__postgres *c, const char *sql, aw_error *err);
int __wrap_aw__postgres_run(aw__postgres *c, const char *sql, aw_error *err);

int __wrap_aw__postgres_run(aw__postgres *c, const char *sql, aw_error *err)
{
    return __real_aw__postgres_run(c, instead_of_jit && !strcmp(sql, "SET jit = off") ? instead_of_jit : sql, err);
}

static int open_with(struct fixture *f, const char *instead, aw_database **ret_database)
{
    instead_of_jit = instead;
    f->err = (aw_error){0};
    int rc = driver->open(f->place.rest, false, ret_database, &f->err);

    instead_of_jit = NULL;
    return rc;
}

/* As databases that are only compatible do not know all of them. */
static void test_a_setting_that_is_not_known(void **state)
{
    struct fixture *f = with_tables(state);
    aw_database *database = NULL;

    assert_int_equal(open_with(f, "SET no_such_setting = off", &database), AW_OK);
    assert_int_equal(f->err.code, AW_OK);
    assert_string_equal(f->err.message, "");
    assert_int_equal(driver->state(database), AW_DATABASE_FINE);
    assert_ok(f, driver->begin(database, true, &f->err));
    assert_ok(f, run(database, "DELETE FROM properties", &f->err));
    assert_ok(f, driver->commit(database, &f->err));
    driver->close(database);
}

static void test_a_connection_that_ends_with_the_settings(void **state)
{
    struct fixture *f = with_tables(state);
    aw_database *database = NULL;

    assert_int_equal(open_with(f, "SELECT pg_terminate_backend(pg_backend_pid())", &database), AW_E_STORE);
    assert_int_equal(f->err.code, AW_E_STORE);
    assert_true(f->err.retriable && f->err.message[0]);
    assert_null(database);
}

static void test_opening_without_memory(void **state)
{
    struct fixture *f = with_tables(state);
    aw_database *database = NULL;

    assert_survives_nomem(f, driver->open(f->place.rest, false, &database, &f->err), assert_null(database));
    driver->close(database);
}

/* ---- a server that wants a password, and does not like it ---- */

static void send_message(int client, char kind, const char *body, size_t bytes)
{
    uint32_t length = htonl((uint32_t)bytes + 4);

    assert_int_equal(write(client, &kind, 1), 1);
    assert_int_equal(write(client, &length, sizeof(length)), sizeof(length));
    assert_int_equal(write(client, body, bytes), bytes);
}

/* The bytes of a message behind its length. */
static size_t receive_message(int client, char *body, size_t bytes)
{
    uint32_t length = 0;

    assert_int_equal(recv(client, &length, sizeof(length), MSG_WAITALL), sizeof(length));
    length = ntohl(length) - 4;
    assert_true(length < bytes);
    assert_int_equal(recv(client, body, length, MSG_WAITALL), length);
    body[length] = '\0';
    return length;
}

static void *refuse_password(void *arg)
{
    static const char wants_password[] = {0, 0, 0, 3};
    static const char refusal[] = "SFATAL\0C28P01\0Mpassword authentication failed for user \"actingweb\"\0";
    char *password = arg, kind, body[1024];
    int listener = password[0], client = accept(listener, NULL, NULL);

    receive_message(client, body, sizeof(body)); /* what it wants to begin with */
    send_message(client, 'R', wants_password, sizeof(wants_password));
    assert_int_equal(recv(client, &kind, 1, MSG_WAITALL), 1);
    receive_message(client, password, 64);
    send_message(client, 'E', refusal, sizeof(refusal));
    close(client);
    return NULL;
}

static void test_a_wrong_password_is_not_shown(void **state)
{
    struct fixture *f = with_tables(state);
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t bytes = sizeof(here);
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    char location[128], password[64] = {(char)listener};
    pthread_t thread;

    assert_int_equal(bind(listener, (struct sockaddr *)&here, sizeof(here)), 0);
    assert_int_equal(listen(listener, 1), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&here, &bytes), 0);
    snprintf(location, sizeof(location), "//actingweb:hunter2@127.0.0.1:%d/postgres?sslmode=disable&gssencmode=disable",
             ntohs(here.sin_port));
    assert_int_equal(pthread_create(&thread, NULL, refuse_password, password), 0);
    assert_not_opened(f, location, "password authentication failed");
    pthread_join(thread, NULL);
    close(listener);
    assert_string_equal(password, "hunter2"); /* it was sent */
}

/* -------------------------------------------------------------------------------------------- transactions --- */

static void put(struct fixture *f, const char *name)
{
    aw__statement s = aw__sql(f->database, "INSERT INTO properties (id, name, value) VALUES ('a', $1, '')", &f->err);

    aw__bind_text(&s, name);
    assert_ok(f, aw__finish(&s));
}

static int64_t count(struct fixture *f)
{
    return query_int(f, "SELECT count(*) FROM properties");
}

static void test_commit_and_rollback(void **state)
{
    struct fixture *f = with_tables(state);

    assert_ok(f, driver->begin(f->database, true, &f->err));
    put(f, "one");
    assert_ok(f, driver->commit(f->database, &f->err));
    assert_int_equal(count(f), 1);
    assert_ok(f, driver->begin(f->database, true, &f->err));
    put(f, "two");
    driver->rollback(f->database);
    driver->rollback(f->database);
    assert_int_equal(count(f), 1);
    assert_ok(f, driver->begin(f->database, true, &f->err)); /* begun and nothing done */
    driver->rollback(f->database);
    assert_ok(f, driver->begin(f->database, true, &f->err));
    assert_ok(f, driver->commit(f->database, &f->err));
    assert_ok(f, driver->begin(f->database, true, &f->err)); /* a forgotten one ends with the next */
    put(f, "three");
    assert_ok(f, driver->begin(f->database, false, &f->err));
    assert_int_equal(count(f), 1);
    driver->rollback(f->database);
    assert_fails(f, AW_E_STORE, driver->commit(f->database, &f->err));
}

static void test_what_they_are(void **state)
{
    struct fixture *f = with_tables(state);

    assert_ok(f, driver->begin(f->database, true, &f->err));
    assert_string_equal(text_of(f, "SHOW transaction_isolation"), "serializable");
    driver->rollback(f->database);
    assert_ok(f, driver->begin(f->database, false, &f->err));
    assert_string_equal(text_of(f, "SHOW transaction_isolation"), "repeatable read");
    assert_fails(f, AW_E_STORE, run(f->database, "DELETE FROM properties", &f->err));
    assert_non_null(strstr(f->err.message, "25006"));
    driver->rollback(f->database);
    assert_int_equal(count(f), 0);
}

/* After a failure nothing more is done in it, and its commit is none. */
static void test_a_failure_ends_the_transaction(void **state)
{
    struct fixture *f = with_tables(state);

    assert_ok(f, driver->begin(f->database, true, &f->err));
    put(f, "one");
    assert_fails(f, AW_E_EXISTS, run(f->database, "INSERT INTO properties (id, name, value) VALUES ('a', 'one', '')", &f->err));
    assert_int_equal(driver->state(f->database), AW_DATABASE_FINE);
    assert_fails(f, AW_E_STORE, run(f->database, "INSERT INTO properties (id, name, value) VALUES ('a', 'two', '')", &f->err));
    assert_non_null(strstr(f->err.message, "25P02"));
    assert_fails(f, AW_E_STORE, driver->commit(f->database, &f->err));
    assert_true(f->err.retriable);
    driver->rollback(f->database);
    assert_int_equal(count(f), 0);
    assert_ok(f, driver->begin(f->database, true, &f->err));
    put(f, "one");
    assert_ok(f, driver->commit(f->database, &f->err));
    assert_int_equal(count(f), 1);
}

static void test_savepoints(void **state)
{
    struct fixture *f = with_tables(state);

    assert_fails(f, AW_E_STORE, driver->savepoint(f->database, &f->err));
    assert_ok(f, driver->begin(f->database, true, &f->err));
    put(f, "one");
    assert_ok(f, driver->savepoint(f->database, &f->err));
    put(f, "two");
    assert_fails(f, AW_E_EXISTS, run(f->database, "INSERT INTO properties (id, name, value) VALUES ('a', 'two', '')", &f->err));
    assert_ok(f, driver->rollback_to(f->database, &f->err));
    assert_ok(f, driver->savepoint(f->database, &f->err));
    put(f, "three");
    assert_ok(f, driver->release(f->database, &f->err));
    assert_ok(f, driver->commit(f->database, &f->err));
    assert_int_equal(count(f), 2);
    assert_fails(f, AW_E_STORE, driver->release(f->database, &f->err));
    assert_fails(f, AW_E_STORE, driver->rollback_to(f->database, &f->err));
}

/* Each has read what the other one writes. */
static void test_one_of_two_is_to_be_run_again(void **state)
{
    struct fixture *f = with_tables(state);
    aw_database *other = NULL;

    assert_ok(f, driver->open(f->place.rest, false, &other, &f->err));
    assert_ok(f, driver->begin(f->database, true, &f->err));
    assert_ok(f, driver->begin(other, true, &f->err));
    assert_ok(f, run(f->database, "SELECT 1 FROM properties WHERE id = 'a' AND name = 'one'", &f->err));
    assert_ok(f, run(other, "SELECT 1 FROM properties WHERE id = 'a' AND name = 'two'", &f->err));
    put(f, "two");
    assert_ok(f, run(other, "INSERT INTO properties (id, name, value) VALUES ('a', 'one', '')", &f->err));
    assert_ok(f, driver->commit(f->database, &f->err));
    assert_fails(f, AW_E_BUSY, driver->commit(other, &f->err));
    assert_int_equal(driver->state(other), AW_DATABASE_REPLAY);
    assert_true(f->err.retriable);
    driver->rollback(other);
    assert_int_equal(count(f), 1);
    assert_ok(f, driver->begin(other, true, &f->err)); /* and now it gets through */
    assert_int_equal(driver->state(other), AW_DATABASE_FINE);
    assert_ok(f, run(other, "INSERT INTO properties (id, name, value) VALUES ('a', 'one', '')", &f->err));
    assert_ok(f, driver->commit(other, &f->err));
    assert_int_equal(count(f), 2);
    driver->close(other);
}

static void begin_and_put(struct fixture *f, aw_database *database, bool alone)
{
    assert_ok(f, driver->begin(database, true, &f->err));
    assert_ok(f, driver->lock(database, alone, &f->err));
    assert_ok(f, run(database, "INSERT INTO properties (id, name, value) VALUES ('a', 'one', '')", &f->err));
}

/* Whoever is alone is so for a while: others wait for it, and it does not wait for ever for them. */
static void test_one_writes_alone(void **state)
{
    struct fixture *f = with_tables(state);
    aw_database *other = NULL;

    assert_ok(f, driver->open(f->place.rest, false, &other, &f->err));
    begin_and_put(f, other, false);
    assert_ok(f, driver->begin(f->database, true, &f->err));
    assert_ok(f, driver->lock(f->database, false, &f->err));
    put(f, "beside it");
    driver->rollback(f->database);

    assert_ok(f, driver->begin(f->database, true, &f->err));
    assert_ok(f, driver->lock(f->database, true, &f->err));
    assert_fails(f, AW_E_BUSY, run(f->database, "SELECT 1 FROM properties WHERE id = 'a' AND name = 'b'", &f->err));
    assert_non_null(strstr(f->err.message, "55P03"));
    assert_int_equal(driver->state(f->database), AW_DATABASE_REPLAY);
    driver->rollback(f->database);
    assert_ok(f, driver->begin(f->database, true, &f->err));
    assert_ok(f, driver->lock(f->database, true, &f->err));
    driver->rollback(f->database); /* nothing was sent behind it, and it failed */
    assert_int_equal(count(f), 0);
    assert_ok(f, driver->begin(f->database, true, &f->err));
    assert_int_equal(count(f), 0);
    driver->rollback(f->database);
    assert_ok(f, driver->commit(other, &f->err));

    assert_ok(f, driver->begin(other, true, &f->err));
    assert_ok(f, driver->lock(other, true, &f->err));
    assert_ok(f, run(other, "DELETE FROM properties WHERE id = 'a'", &f->err));
    assert_ok(f, driver->begin(f->database, false, &f->err));
    assert_int_equal(count(f), 1); /* reading goes on */
    driver->rollback(f->database);
    execute(f, "SET lock_timeout = '200ms'");
    assert_ok(f, driver->begin(f->database, true, &f->err));
    assert_ok(f, driver->lock(f->database, false, &f->err));
    assert_fails(f, AW_E_BUSY, run(f->database, "SELECT 1 FROM properties WHERE id = 'a' AND name = 'b'", &f->err));
    driver->rollback(f->database);
    assert_ok(f, driver->commit(other, &f->err));
    begin_and_put(f, f->database, true);
    assert_string_equal(text_of(f, "SHOW lock_timeout"), "22500ms"); /* what is behind it waits as ever */
    assert_ok(f, driver->commit(f->database, &f->err));
    driver->close(other);
}

/* A connection is closed with whatever is under way on it. */
static void test_closing_in_the_middle(void **state)
{
    struct fixture *f = with_tables(state);
    aw_database *other = NULL;
    aw_database_statement *statement = NULL;
    bool row = false;

    assert_ok(f, driver->open(f->place.rest, false, &other, &f->err));
    assert_ok(f, driver->begin(other, true, &f->err));
    assert_ok(f, run(other, "INSERT INTO properties (id, name, value) VALUES ('a', 'one', '')", &f->err));
    assert_ok(f, driver->prepare(other, "SELECT name FROM properties", &statement, &f->err));
    assert_ok(f, driver->step(statement, &row, &f->err));
    assert_true(row);
    driver->close(other);
    assert_int_equal(count(f), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_database(test_databases_that_are_not_there),
        with_database(test_the_settings_of_a_connection),
        with_database(test_a_setting_that_is_not_known),
        with_database(test_a_connection_that_ends_with_the_settings),
        with_database(test_opening_without_memory),
        with_database(test_a_wrong_password_is_not_shown),
        with_database(test_commit_and_rollback),
        with_database(test_what_they_are),
        with_database(test_a_failure_ends_the_transaction),
        with_database(test_savepoints),
        with_database(test_one_of_two_is_to_be_run_again),
        with_database(test_one_writes_alone),
        with_database(test_closing_in_the_middle),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
