/*
 * The SQLite driver: opening, statements, transactions, and what it makes of SQLite's failures, of which running out of
 * memory is one.
 */
#include "store_fixture.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <sys/wait.h>

static const aw_database_driver *const sqlite = &aw__sqlite_driver;

static aw_database_statement *prepared(struct fixture *f, const char *sql)
{
    aw_database_statement *statement = NULL;

    assert_ok(f, sqlite->prepare(f->database, sql, &statement, &f->err));
    return statement;
}

static bool stepped(struct fixture *f, aw_database_statement *statement)
{
    bool row = false;

    assert_ok(f, sqlite->step(statement, &row, &f->err));
    return row;
}

static void execute(struct fixture *f, const char *sql)
{
    assert_ok(f, sqlite->execute(f->database, sql, &f->err));
}

static void open_writer(struct fixture *f)
{
    assert_ok(f, sqlite->open(f->path, false, &f->database, &f->err));
}

/* ------------------------------------------------------------------------------------------------- opening --- */

static mode_t mode_of(const char *path, const char *suffix)
{
    struct stat status;
    char whole[400];

    snprintf(whole, sizeof(whole), "%s%s", path, suffix);
    assert_int_equal(stat(whole, &status), 0);
    return status.st_mode & 0777;
}

static void test_files_are_private(void **state)
{
    struct fixture *f = *state;
    mode_t before = umask(0);

    open_writer(f);
    execute(f, "CREATE TABLE t (x)");
    umask(before);
    assert_int_equal(mode_of(f->path, ""), 0600);
    assert_int_equal(mode_of(f->path, "-wal"), 0600);
    assert_int_equal(mode_of(f->path, "-shm"), 0600);
}

static void test_a_file_keeps_its_mode(void **state)
{
    struct fixture *f = *state;
    int fd = open(f->path, O_CREAT | O_WRONLY, 0640);

    assert_true(fd >= 0);
    close(fd);
    assert_int_equal(chmod(f->path, 0640), 0);
    open_writer(f);
    assert_int_equal(mode_of(f->path, ""), 0640);
}

static void test_settings_of_a_writer(void **state)
{
    struct fixture *f = *state;
    aw_database_statement *statement;

    open_writer(f);
    statement = prepared(f, "PRAGMA journal_mode");
    assert_true(stepped(f, statement));
    assert_string_equal(sqlite->column_text(statement, 0, NULL), "wal");
    sqlite->reset(statement);
    assert_int_equal(query_int(f, "PRAGMA synchronous"), 2);
    assert_int_equal(query_int(f, "PRAGMA foreign_keys"), 0);
    assert_true(query_int(f, "PRAGMA busy_timeout") > 0);
}

static void assert_refused(struct fixture *f, const char *location, bool read_only, int code, const char *saying)
{
    aw_database *database = NULL;

    assert_fails(f, code, sqlite->open(location, read_only, &database, &f->err));
    assert_null(database);
    if (!strstr(f->err.message, saying))
        fail_msg("\"%s\" does not say \"%s\"", f->err.message, saying);
}

static void test_places_that_will_not_do(void **state)
{
    struct fixture *f = *state;
    char path[400];

    assert_refused(f, NULL, false, AW_E_INVALID, "path");
    assert_refused(f, "", false, AW_E_INVALID, "path");
    assert_refused(f, ":memory:", false, AW_E_INVALID, "path");
    assert_refused(f, "file:x?mode=memory", false, AW_E_INVALID, "path");

    snprintf(path, sizeof(path), "%s/none/aw.db", f->directory);
    assert_refused(f, path, false, AW_E_STORE, path);
    assert_refused(f, path, false, AW_E_STORE, "No such file or directory");
    assert_refused(f, path, false, AW_E_STORE, "make its directory");
    assert_refused(f, f->directory, false, AW_E_STORE, f->directory);
    assert_refused(f, f->path, true, AW_E_STORE, f->path); /* readers make nothing */
    assert_false(f->err.retriable);
}

static void test_a_file_that_is_no_database(void **state)
{
    struct fixture *f = *state;
    FILE *file = fopen(f->path, "w");

    assert_non_null(file);
    for (int i = 0; i < 1000; i++)
        fputs("this is a diary\n", file);
    fclose(file);
    assert_refused(f, f->path, false, AW_E_STORE, f->path);
    assert_refused(f, f->path, false, AW_E_STORE, "choose another");
}

/* root may write everything, so it is somebody else for a moment. */
static void test_a_file_that_cannot_be_written(void **state)
{
    struct fixture *f = *state;
    uid_t me = geteuid();
    bool readable;

    open_writer(f);
    execute(f, "CREATE TABLE t (x)");
    sqlite->close(f->database);
    f->database = NULL;
    assert_int_equal(chmod(f->path, 0444), 0);
    assert_int_equal(chmod(f->directory, 0755), 0);
    assert_int_equal(me ? 0 : seteuid(65534), 0);
    readable = faccessat(AT_FDCWD, f->path, R_OK, AT_EACCESS) == 0;
    if (readable)
        assert_refused(f, f->path, false, AW_E_STORE, "let this user write");
    assert_int_equal(seteuid(me), 0);
    if (!readable)
        skip(); /* a temporary directory that nobody else may enter */
}

static void test_close_takes_null(void **state)
{
    (void)state;
    sqlite->close(NULL);
    sqlite->reset(NULL);
}

/* Several processes may start at once on a database that is not there yet. */
static void test_many_make_the_database_at_once(void **state)
{
    struct fixture *f = *state;
    pid_t children[6];

    for (size_t i = 0; i < 6; i++) {
        children[i] = fork();
        assert_true(children[i] >= 0);
        if (children[i] == 0) {
            aw_database *database = NULL;
            aw_error err = {0};
            int rc = sqlite->open(f->path, false, &database, &err);

            if (!rc)
                rc = aw__schema_open(database, true, &err);
            if (!rc)
                rc = sqlite->execute(database, "INSERT INTO properties VALUES ('a', hex(randomblob(8)), '1')", &err);
            if (rc)
                fprintf(stderr, "child: %s\n", err.message);
            sqlite->close(database);
            _exit(rc ? 1 : 0);
        }
    }
    for (size_t i = 0; i < 6; i++) {
        int status = -1;

        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_int_equal(status, 0);
    }
    open_writer(f);
    assert_int_equal(query_int(f, "SELECT count(*) FROM properties"), 6);
}

/* ----------------------------------------------------------------------------------------------- statements --- */

static void test_parameters_go_by_their_number(void **state)
{
    struct fixture *f = *state;
    aw_database_statement *statement = prepared(f, "SELECT $3, $1, $2, $1");

    assert_int_equal(sqlite->bind_text(statement, 1, "one"), AW_OK);
    assert_int_equal(sqlite->bind_int(statement, 2, 2), AW_OK);
    assert_int_equal(sqlite->bind_null(statement, 3), AW_OK);
    assert_int_equal(sqlite->bind_int(statement, 4, 2), AW_E_INVALID);
    assert_int_equal(sqlite->bind_int(statement, 0, 2), AW_E_INVALID);
    assert_int_equal(sqlite->bind_text(statement, 1000, ""), AW_E_INVALID);
    assert_true(stepped(f, statement));
    assert_true(sqlite->column_null(statement, 0));
    assert_null(sqlite->column_text(statement, 0, NULL));
    assert_string_equal(sqlite->column_text(statement, 1, NULL), "one");
    assert_int_equal(sqlite->column_int(statement, 2), 2);
    assert_string_equal(sqlite->column_text(statement, 3, NULL), "one");
    sqlite->reset(statement);
}

static void test_other_forms_of_parameters_are_refused(void **state)
{
    struct fixture *f = *state;
    aw_database_statement *statement = NULL;

    assert_fails(f, AW_E_INVALID, sqlite->prepare(f->database, "SELECT ?", &statement, &f->err));
    assert_fails(f, AW_E_INVALID, sqlite->prepare(f->database, "SELECT :x", &statement, &f->err));
    assert_fails(f, AW_E_INVALID, sqlite->prepare(f->database, "SELECT $x", &statement, &f->err));
    assert_fails(f, AW_E_INVALID, sqlite->prepare(f->database, "SELECT $33", &statement, &f->err));
    assert_fails(f, AW_E_INVALID, sqlite->prepare(f->database, "", &statement, &f->err));
    assert_fails(f, AW_E_STORE, sqlite->prepare(f->database, "SELECT \"no such column\"", &statement, &f->err));
    assert_null(statement);
}

static void test_text_is_copied_and_counted(void **state)
{
    struct fixture *f = *state;
    aw_database_statement *statement = prepared(f, "SELECT $1");
    char text[] = "åtte";
    size_t bytes = 0;

    assert_int_equal(sqlite->bind_text(statement, 1, text), AW_OK);
    memset(text, 'x', sizeof(text) - 1);
    assert_true(stepped(f, statement));
    assert_string_equal(sqlite->column_text(statement, 0, &bytes), "åtte");
    assert_int_equal(bytes, 5);
    assert_false(stepped(f, statement));
    sqlite->reset(statement);
}

static void test_statements_are_cached_and_clean(void **state)
{
    struct fixture *f = *state;
    static const char sql[] = "SELECT $1";
    aw_database_statement *first = prepared(f, sql), *second;

    assert_int_equal(sqlite->bind_text(first, 1, "secret"), AW_OK);
    second = prepared(f, sql); /* while the first is in use */
    assert_ptr_not_equal(first, second);
    sqlite->reset(second);
    sqlite->reset(first);
    second = prepared(f, sql);
    assert_true(stepped(f, second));
    assert_true(sqlite->column_null(second, 0));
    sqlite->reset(second);
}

/* SQLite has one writer, who needs no locks on rows. */
static void test_locking_rows_is_left_out(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(query_int(f, "SELECT count(*) FROM actors WHERE id = 'a' LIMIT 1 FOR UPDATE SKIP LOCKED"), 0);
    assert_int_equal(query_int(f, "SELECT ' FOR UPDATE SKIP LOCKED' = ''"), 0);
}

static void test_a_statement_outlives_a_change_of_tables(void **state)
{
    struct fixture *f = *state;
    static const char sql[] = "SELECT count(*) FROM actors";

    assert_int_equal(query_int(f, sql), 0);
    execute(f, "ALTER TABLE actors ADD COLUMN more TEXT");
    assert_int_equal(query_int(f, sql), 0);
}

static void test_codes(void **state)
{
    struct fixture *f = *state;
    aw_database_statement *statement;
    bool row;

    execute(f, "CREATE TABLE t (x TEXT PRIMARY KEY NOT NULL, y INTEGER UNIQUE CHECK (y > 0))");
    execute(f, "INSERT INTO t VALUES ('a', 1)");
    assert_fails(f, AW_E_EXISTS, sqlite->execute(f->database, "INSERT INTO t VALUES ('a', 2)", &f->err));
    assert_fails(f, AW_E_EXISTS, sqlite->execute(f->database, "INSERT INTO t VALUES ('b', 1)", &f->err));
    assert_fails(f, AW_E_STORE, sqlite->execute(f->database, "INSERT INTO t VALUES (NULL, 3)", &f->err));
    assert_fails(f, AW_E_STORE, sqlite->execute(f->database, "INSERT INTO t VALUES ('c', 0)", &f->err));
    assert_fails(f, AW_E_STORE, sqlite->execute(f->database, "nonsense", &f->err));
    assert_false(f->err.retriable);
    assert_int_equal(sqlite->execute(f->database, "nonsense", NULL), AW_E_STORE);

    statement = prepared(f, "INSERT INTO t VALUES ($1, 2)");
    assert_int_equal(sqlite->bind_text(statement, 1, "a"), AW_OK);
    assert_fails(f, AW_E_EXISTS, sqlite->step(statement, &row, &f->err));
    sqlite->reset(statement);
}

static void test_changes(void **state)
{
    struct fixture *f = *state;

    execute(f, "INSERT INTO properties VALUES ('a', '1', ''), ('a', '2', ''), ('b', '1', '')");
    assert_int_equal(sqlite->changes(f->database), 3);
    execute(f, "DELETE FROM properties WHERE id = 'a'");
    assert_int_equal(sqlite->changes(f->database), 2);
    execute(f, "DELETE FROM properties WHERE id = 'a'");
    assert_int_equal(sqlite->changes(f->database), 0);
}

/* --------------------------------------------------------------------------------------------- transactions --- */

static const char insert_one[] = "INSERT INTO properties VALUES ('a', hex(randomblob(8)), '1')";
static const char count_all[] = "SELECT count(*) FROM properties";

static void test_commit_and_rollback(void **state)
{
    struct fixture *f = *state;

    assert_ok(f, sqlite->begin(f->database, true, &f->err));
    execute(f, insert_one);
    assert_ok(f, sqlite->commit(f->database, &f->err));
    assert_ok(f, sqlite->begin(f->database, true, &f->err));
    execute(f, insert_one);
    sqlite->rollback(f->database);
    sqlite->rollback(f->database);
    assert_int_equal(query_int(f, count_all), 1);
}

static void test_savepoints(void **state)
{
    struct fixture *f = *state;

    assert_ok(f, sqlite->begin(f->database, true, &f->err));
    assert_ok(f, sqlite->savepoint(f->database, &f->err));
    execute(f, insert_one);
    assert_ok(f, sqlite->release(f->database, &f->err));
    assert_ok(f, sqlite->savepoint(f->database, &f->err));
    execute(f, insert_one);
    assert_ok(f, sqlite->rollback_to(f->database, &f->err));
    assert_ok(f, sqlite->savepoint(f->database, &f->err));
    execute(f, insert_one);
    assert_ok(f, sqlite->release(f->database, &f->err));
    assert_ok(f, sqlite->commit(f->database, &f->err));
    assert_int_equal(query_int(f, count_all), 2);
}

static void test_outside_of_a_transaction(void **state)
{
    struct fixture *f = *state;

    assert_fails(f, AW_E_STORE, sqlite->savepoint(f->database, &f->err));
    assert_true(f->err.retriable);
    assert_fails(f, AW_E_STORE, sqlite->release(f->database, &f->err));
    assert_fails(f, AW_E_STORE, sqlite->rollback_to(f->database, &f->err));
    assert_fails(f, AW_E_STORE, sqlite->commit(f->database, &f->err));
    assert_int_equal(sqlite->commit(f->database, NULL), AW_E_STORE);
}

/* One that was never ended does not block those after it. */
static void test_a_forgotten_transaction(void **state)
{
    struct fixture *f = *state;

    assert_ok(f, sqlite->begin(f->database, true, &f->err));
    execute(f, insert_one);
    assert_ok(f, sqlite->begin(f->database, true, &f->err));
    assert_ok(f, sqlite->commit(f->database, &f->err));
    assert_int_equal(query_int(f, count_all), 0);
}

static void test_a_full_database_ends_the_transaction(void **state)
{
    struct fixture *f = *state;
    char limit[64];

    snprintf(limit, sizeof(limit), "PRAGMA max_page_count = %d", (int)query_int(f, "PRAGMA page_count") + 5);
    execute(f, limit);
    assert_ok(f, sqlite->begin(f->database, true, &f->err));
    assert_ok(f, sqlite->savepoint(f->database, &f->err));
    execute(f, insert_one);
    assert_ok(f, sqlite->release(f->database, &f->err));
    assert_ok(f, sqlite->savepoint(f->database, &f->err));
    assert_fails(
        f, AW_E_STORE,
        sqlite->execute(f->database, "INSERT INTO properties VALUES ('a', 'x', hex(randomblob(100000)))", &f->err));
    assert_true(f->err.retriable);
    assert_non_null(strstr(f->err.message, "full"));
    assert_fails(f, AW_E_STORE, sqlite->rollback_to(f->database, &f->err));
    assert_fails(f, AW_E_STORE, sqlite->savepoint(f->database, &f->err));
    assert_fails(f, AW_E_STORE, sqlite->commit(f->database, &f->err));
    sqlite->rollback(f->database);
    assert_int_equal(query_int(f, count_all), 0);
}

static void test_a_busy_database_is_retriable(void **state)
{
    struct fixture *f = *state;
    aw_database *other = NULL;

    assert_ok(f, sqlite->open(f->path, false, &other, &f->err));
    assert_ok(f, sqlite->execute(other, "PRAGMA busy_timeout = 10", &f->err));
    assert_ok(f, sqlite->begin(f->database, true, &f->err));
    assert_fails(f, AW_E_STORE, sqlite->begin(other, true, &f->err));
    assert_true(f->err.retriable);
    assert_ok(f, sqlite->commit(f->database, &f->err));
    assert_ok(f, sqlite->begin(other, true, &f->err));
    sqlite->close(other);
}

/* All pages but the first, which says where the others are. */
static void test_a_corrupt_database(void **state)
{
    enum { PAGE_BYTES = 4096 };
    struct fixture *f = *state;
    aw_database_statement *statement = NULL;
    FILE *file;
    bool row = true;

    execute(f, "INSERT INTO properties VALUES ('a', 'x', 'y')");
    long page = (long)query_int(f, "SELECT rootpage FROM sqlite_schema WHERE name = 'properties'");

    sqlite->close(f->database);
    f->database = NULL;
    file = fopen(f->path, "r+");
    assert_non_null(file);
    assert_int_equal(fseek(file, (page - 1) * PAGE_BYTES, SEEK_SET), 0);
    for (int i = 0; i < PAGE_BYTES; i++)
        fputc(0xff, file);
    fclose(file);
    open_writer(f);
    statement = prepared(f, count_all);
    assert_fails(f, AW_E_STORE, sqlite->step(statement, &row, &f->err));
    assert_non_null(strstr(f->err.message, "backup"));
    assert_false(f->err.retriable);
    sqlite->reset(statement);
}

static void test_readers(void **state)
{
    struct fixture *f = *state;
    aw_database *reader = NULL, *writer = f->database;

    execute(f, insert_one);
    assert_ok(f, sqlite->open(f->path, true, &reader, &f->err));
    f->database = reader;
    assert_ok(f, sqlite->begin(reader, false, &f->err));
    assert_int_equal(query_int(f, count_all), 1);
    assert_ok(f, sqlite->execute(writer, insert_one, &f->err));
    assert_int_equal(query_int(f, count_all), 1); /* its snapshot */
    assert_fails(f, AW_E_STORE, sqlite->execute(reader, insert_one, &f->err));
    assert_false(f->err.retriable);
    sqlite->rollback(reader);
    assert_int_equal(query_int(f, count_all), 2);
    f->database = writer;
    sqlite->close(reader);
}

/* ---------------------------------------------------------------------------------------------------- memory --- */

static sqlite3_mem_methods real_memory;
static atomic_long allocations, fail_at;

static bool refused(void)
{
    return atomic_fetch_add(&allocations, 1) + 1 == atomic_load(&fail_at);
}

static void *poor_malloc(int bytes)
{
    return refused() ? NULL : real_memory.xMalloc(bytes);
}

static void *poor_realloc(void *block, int bytes)
{
    return refused() ? NULL : real_memory.xRealloc(block, bytes);
}

/* Must run before SQLite is used for the first time. */
static void watch_memory(void)
{
    sqlite3_mem_methods poor;

    sqlite3_config(SQLITE_CONFIG_GETMALLOC, &real_memory);
    poor = real_memory;
    poor.xMalloc = poor_malloc;
    poor.xRealloc = poor_realloc;
    sqlite3_config(SQLITE_CONFIG_MALLOC, &poor);
}

/* A connection's whole life. What fails leaves the count of rows as it was. */
static int live(struct fixture *f, aw_error *err)
{
    aw_database *database = NULL;
    int rc = sqlite->open(f->path, false, &database, err);

    if (!rc)
        rc = aw__schema_open(database, true, err);
    if (!rc)
        rc = sqlite->begin(database, true, err);
    if (!rc) {
        aw__statement s = aw__sql(database, "INSERT INTO properties VALUES ('a', 'n', $1)", err);

        aw__bind_text(&s, "a value of some length, so that it has to be kept in memory of its own");
        rc = aw__finish(&s);
    }
    if (!rc) {
        aw__statement s = aw__sql(database, "SELECT value FROM properties WHERE id = 'a' AND name = 'n'", err);

        if (aw__row(&s) && *aw__column_text(&s, 0) == 0 && !s.rc)
            aw__statement_fail(&s, AW_E_PROTOCOL);
        rc = aw__finish(&s);
    }
    if (!rc)
        rc = sqlite->commit(database, err);
    if (rc && database)
        sqlite->rollback(database);
    sqlite->close(database);
    return rc;
}

/* SQLite does without some of its allocations. Whatever it does, nothing is written by halves, leaked or touched after
 * its end. */
static void test_sqlite_without_memory(void **state)
{
    struct fixture *f = *state;
    long n = 0;

    for (bool failed = true; failed; n++) {
        aw_error err = {0};
        int rc;

        atomic_store(&allocations, 0);
        atomic_store(&fail_at, n + 1);
        rc = live(f, &err);
        failed = atomic_load(&allocations) > n;
        atomic_store(&fail_at, 0);
        if (rc) {
            assert_int_equal(rc, AW_E_NOMEM);
            assert_int_equal(err.code, AW_E_NOMEM);
        }
        assert_int_equal(query_int(f, count_all), rc ? 0 : 1);
        execute(f, "DELETE FROM properties");
    }
    assert_true(n > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_directory(test_files_are_private),
        with_directory(test_a_file_keeps_its_mode),
        with_directory(test_settings_of_a_writer),
        with_directory(test_places_that_will_not_do),
        with_directory(test_a_file_that_is_no_database),
        with_directory(test_a_file_that_cannot_be_written),
        cmocka_unit_test(test_close_takes_null),
        with_directory(test_many_make_the_database_at_once),
        with_database(test_parameters_go_by_their_number),
        with_database(test_other_forms_of_parameters_are_refused),
        with_database(test_text_is_copied_and_counted),
        with_database(test_statements_are_cached_and_clean),
        with_database(test_locking_rows_is_left_out),
        with_database(test_a_statement_outlives_a_change_of_tables),
        with_database(test_codes),
        with_database(test_changes),
        with_database(test_commit_and_rollback),
        with_database(test_savepoints),
        with_database(test_outside_of_a_transaction),
        with_database(test_a_forgotten_transaction),
        with_database(test_a_full_database_ends_the_transaction),
        with_database(test_a_busy_database_is_retriable),
        with_database(test_a_corrupt_database),
        with_database(test_readers),
        with_database(test_sqlite_without_memory),
    };

    watch_memory();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
