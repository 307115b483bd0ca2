/*
 * Places for stores. Snapshots are read without the library, whose memory may be made to fail just then.
 */
#include "support/place.h"

#include <dirent.h>
#include <libpq-fe.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "store/postgres.h"
#include "store/sqlite.h"

enum { PATIENCE_MS = 10000 };

bool test_place_is_postgres(void)
{
    const char *address = getenv("AW_TEST_POSTGRES");

    return address && *address;
}

/* ---- making ---- */

static void make_schema(test_place *place)
{
    static unsigned made;

    snprintf(place->location, sizeof(place->location), "%.160s?schema=test_%d_%u", getenv("AW_TEST_POSTGRES"),
             (int)getpid(), made++);
    place->driver = &aw__postgres_driver;
    place->rest = place->location + strlen("postgresql:");
}

static void make_directory(test_place *place, const char *parent)
{
    if (!parent)
        parent = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    snprintf(place->directory, sizeof(place->directory), "%.40s/aw-test-XXXXXX", parent);
    assert_non_null(mkdtemp(place->directory));
    snprintf(place->path, sizeof(place->path), "%s/store.db", place->directory);
    snprintf(place->location, sizeof(place->location), "sqlite:%s", place->path);
    place->driver = &aw__sqlite_driver;
    place->rest = place->path;
}

void test_place_make(test_place *place, const char *parent)
{
    *place = (test_place){0};
    if (test_place_is_postgres())
        make_schema(place);
    else
        make_directory(place, parent);
}

void test_place_share(test_place *place, const test_place *other)
{
    *place = *other;
    place->shared = true;
    place->rest = place->directory[0] ? place->path : place->location + strlen("postgresql:");
}

/* ---- removing ---- */

/* The connection for it is kept until the process ends. */
static void drop_schema(const test_place *place)
{
    static aw_database *database;
    aw_error err = {0};
    char sql[128];

    if (!database && aw__postgres_driver.open(place->rest, false, &database, &err))
        fail_msg("%s", err.message);
    snprintf(sql, sizeof(sql), "DROP SCHEMA IF EXISTS %s CASCADE", strrchr(place->location, '=') + 1);
    if (database->driver->execute(database, sql, &err))
        fail_msg("%s", err.message);
}

static void remove_directory(const char *path)
{
    DIR *directory = opendir(path);
    struct dirent *entry;

    while (directory && (entry = readdir(directory))) {
        char file[400];

        snprintf(file, sizeof(file), "%s/%s", path, entry->d_name);
        unlink(file);
    }
    if (directory)
        closedir(directory);
    rmdir(path);
}

void test_place_remove(test_place *place)
{
    if (!place->shared && *place->directory)
        remove_directory(place->directory);
    else if (!place->shared && *place->location)
        drop_schema(place);
    *place = (test_place){0};
}

/* ---- behind the store's back ---- */

static aw_database *open_place(const test_place *place)
{
    aw_database *database = NULL;
    aw_error err = {0};

    if (place->driver->open(place->rest, false, &database, &err))
        fail_msg("%s", err.message);
    return database;
}

static void run(aw_database *database, const char *sql)
{
    aw_error err = {0};

    if (database->driver->execute(database, sql, &err))
        fail_msg("%s", err.message);
}

void test_place_execute(const test_place *place, const char *sql)
{
    aw_database *database = open_place(place);

    run(database, sql);
    database->driver->close(database);
}

int64_t test_place_query_int(const test_place *place, const char *sql)
{
    aw_database *database = open_place(place);
    const aw_database_driver *driver = database->driver;
    aw_database_statement *statement = NULL;
    bool row = false;

    assert_int_equal(driver->prepare(database, sql, &statement, NULL), AW_OK);
    assert_int_equal(driver->step(statement, &row, NULL), AW_OK);
    assert_true(row);
    int64_t value = driver->column_int(statement, 0);

    driver->reset(statement);
    driver->close(database);
    return value;
}

/* In this mode reading goes on, as it does with SQLite. */
#define LOCK_ALL                                                                                                       \
    "BEGIN; LOCK TABLE actors, attributes, peertrustees, properties, subscriptions, subscription_diffs,"               \
    " subscription_suspensions, trusts, outbox, outbox_queues, servers IN EXCLUSIVE MODE"

aw_database *test_place_hold(const test_place *place)
{
    aw_database *database = open_place(place);

    run(database, test_place_is_postgres() ? LOCK_ALL : "BEGIN IMMEDIATE");
    return database;
}

void test_place_let_go(aw_database *held)
{
    if (!held)
        return;
    run(held, "ROLLBACK");
    held->driver->close(held);
}

/* ---- looking ---- */

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The lines of a text, sorted, in a new one. */
static char *sorted(char *text)
{
    size_t count = 0, n = 0, bytes = strlen(text);
    char *result = calloc(1, bytes + 1), *at = result, *rest = NULL;

    for (const char *c = text; *c; c++)
        count += *c == '\n';

    char **lines = calloc(count + 1, sizeof(*lines));

    assert_true(result && lines);
    for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
        lines[n++] = line;
    qsort(lines, n, sizeof(*lines), by_text);
    for (size_t i = 0; i < n; i++)
        at += sprintf(at, "%s\n", lines[i]);
    free(lines);
    return result;
}

/* The names of all tables, and what each of them is asked. */
#define SQLITE_TABLES   "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
#define POSTGRES_TABLES "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"

static void print_value(const char *column, const char *text, FILE *out)
{
    fprintf(out, "|%s=%s", column, text ? text : "NULL");
}

static void print_sqlite_table(sqlite3 *db, const char *table, FILE *out)
{
    sqlite3_stmt *statement = NULL;
    char *sql = sqlite3_mprintf("SELECT * FROM \"%w\"", table);

    assert_non_null(sql);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
    sqlite3_free(sql);
    while (sqlite3_step(statement) == SQLITE_ROW) {
        fputs(table, out);
        for (int i = 0; i < sqlite3_column_count(statement); i++)
            print_value(sqlite3_column_name(statement, i), (const char *)sqlite3_column_text(statement, i), out);
        fputc('\n', out);
    }
    sqlite3_finalize(statement);
}

static void print_sqlite(const test_place *place, FILE *out)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *tables = NULL;

    assert_int_equal(sqlite3_open_v2(place->path, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
    sqlite3_busy_timeout(db, PATIENCE_MS);
    assert_int_equal(sqlite3_prepare_v2(db, SQLITE_TABLES, -1, &tables, NULL), SQLITE_OK);
    while (sqlite3_step(tables) == SQLITE_ROW)
        print_sqlite_table(db, (const char *)sqlite3_column_text(tables, 0), out);
    sqlite3_finalize(tables);
    sqlite3_close(db);
}

static PGresult *ask_postgres(PGconn *pg, const char *sql)
{
    PGresult *result = PQexec(pg, sql);

    if (PQresultStatus(result) != PGRES_TUPLES_OK && PQresultStatus(result) != PGRES_COMMAND_OK)
        fail_msg("%s: %s", sql, PQerrorMessage(pg));
    return result;
}

static void print_postgres_table(PGconn *pg, const char *table, FILE *out)
{
    char sql[160];

    snprintf(sql, sizeof(sql), "SELECT * FROM \"%.100s\"", table);

    PGresult *rows = ask_postgres(pg, sql);

    for (int row = 0; row < PQntuples(rows); row++) {
        fputs(table, out);
        for (int i = 0; i < PQnfields(rows); i++)
            print_value(PQfname(rows, i), PQgetisnull(rows, row, i) ? NULL : PQgetvalue(rows, row, i), out);
        fputc('\n', out);
    }
    PQclear(rows);
}

/* The connection is kept until the process ends: a walk looks often. */
static void print_postgres(const test_place *place, FILE *out)
{
    static PGconn *pg;
    const char *query = strchr(place->location, '?');
    char text[256];

    if (!pg) {
        snprintf(text, sizeof(text), "%.*s", (int)(query - place->location), place->location);
        pg = PQconnectdb(text);
    }
    snprintf(text, sizeof(text), "SET search_path = \"%s\"", strchr(query, '=') + 1);
    PQclear(ask_postgres(pg, text));

    PGresult *tables = ask_postgres(pg, POSTGRES_TABLES);

    for (int i = 0; i < PQntuples(tables); i++)
        print_postgres_table(pg, PQgetvalue(tables, i, 0), out);
    PQclear(tables);
}

char *test_place_snapshot(const test_place *place)
{
    char *text = NULL;
    size_t bytes = 0;
    FILE *out = open_memstream(&text, &bytes);

    assert_non_null(out);
    if (test_place_is_postgres())
        print_postgres(place, out);
    else
        print_sqlite(place, out);
    fclose(out);

    char *result = sorted(text);

    free(text);
    return result;
}
