/*
 * The SQLite driver: opening connections, and transactions. Statements are sqlite_statement.c's, copies
 * sqlite_copy.c's. It knows no table; those are in schema_sqlite.c and in the file of each.
 */
#include "store/sqlite.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/text.h"
#include "store/database.h"
#include "store/sqlite_connection.h"
#include "store/sqlite_copy.h"
#include "store/sqlite_statement.h"

enum { BUSY_TIMEOUT_MS = 5000, BUSY_PAUSE_MS = 10 };

/* Prepared with the connection, so that nothing but the disk can keep a transaction from ending. */
enum control { BEGIN_READ, BEGIN_WRITE, COMMIT, ROLLBACK, SAVEPOINT, RELEASE, ROLLBACK_TO, CONTROLS };

_Static_assert((int)CONTROLS == AW__SQLITE_CONTROLS, "each has its place in a connection");

static const char *const control_sql[CONTROLS] = {
    "BEGIN", "BEGIN IMMEDIATE", "COMMIT", "ROLLBACK", "SAVEPOINT aw", "RELEASE aw", "ROLLBACK TO aw",
};

static aw__sqlite *connection_of(aw_database *database)
{
    return (aw__sqlite *)database;
}

/* ----------------------------------------------------------------------------------------------- transactions --- */

static bool in_transaction(const aw__sqlite *c)
{
    return !sqlite3_get_autocommit(c->handle);
}

static int run(aw__sqlite *c, enum control control, aw_error *err)
{
    int rc = sqlite3_step(c->controls[control]);
    int code = rc == SQLITE_DONE ? AW_OK : aw__sqlite_fail(c->handle, rc, control_sql[control], err);

    sqlite3_reset(c->controls[control]);
    return code;
}

/* SQLite ends a transaction by itself when memory or the disk fails in the middle of it; what follows has to ask. */
static void rollback(aw_database *database)
{
    aw__sqlite *c = connection_of(database);

    if (in_transaction(c))
        run(c, ROLLBACK, NULL);
}

static int begin(aw_database *database, bool writes, aw_error *err)
{
    rollback(database); /* one whose rollback failed must not block all that follow */
    return run(connection_of(database), writes ? BEGIN_WRITE : BEGIN_READ, err);
}

static int commit(aw_database *database, aw_error *err)
{
    aw__sqlite *c = connection_of(database);

    return in_transaction(c) ? run(c, COMMIT, err) : aw__database_transaction_gone(err);
}

static int savepoint(aw_database *database, aw_error *err)
{
    aw__sqlite *c = connection_of(database);

    /* Outside of a transaction a savepoint would begin one, and its release commit it. */
    return in_transaction(c) ? run(c, SAVEPOINT, err) : aw__database_transaction_gone(err);
}

static int release(aw_database *database, aw_error *err)
{
    aw__sqlite *c = connection_of(database);

    return in_transaction(c) ? run(c, RELEASE, err) : aw__database_transaction_gone(err);
}

static int rollback_to(aw_database *database, aw_error *err)
{
    aw__sqlite *c = connection_of(database);
    int rc = in_transaction(c) ? run(c, ROLLBACK_TO, err) : aw__database_transaction_gone(err);

    return rc ? rc : run(c, RELEASE, err); /* rolled back, a savepoint is still there */
}

/* ------------------------------------------------------------------------------------------------ connections --- */

static void close_connection(aw_database *database)
{
    aw__sqlite *c = connection_of(database);

    if (!c)
        return;
    aw__sqlite_statements_free(c);
    for (size_t i = 0; i < CONTROLS; i++)
        sqlite3_finalize(c->controls[i]);
    sqlite3_close(c->handle);
    aw__free(c);
}

/*
 * The database holds secrets, so the file is born with mode 0600; SQLite gives its log the same mode. mknod() because
 * it leaves no descriptor: closing one would drop the locks that SQLite holds on the same file elsewhere in this
 * process. Its failures show again when SQLite opens the file.
 */
static void make_private_file(const char *path)
{
    (void)mknod(path, S_IFREG | S_IRUSR | S_IWUSR, 0);
}

static int is_wal(void *ret_wal, int columns, char **values, char **names)
{
    (void)names;
    *(bool *)ret_wal = columns == 1 && values[0] && strcmp(values[0], "wal") == 0;
    return 0;
}

/* SQLite does not wait by itself when several processes switch a new database at once: each would wait for another. */
static int switch_to_wal(aw__sqlite *c, bool *ret_wal)
{
    int rc = sqlite3_exec(c->handle, "PRAGMA journal_mode = WAL", is_wal, ret_wal, NULL);

    for (int waited_ms = 0; (rc & 0xff) == SQLITE_BUSY && waited_ms < BUSY_TIMEOUT_MS; waited_ms += BUSY_PAUSE_MS) {
        sqlite3_sleep(BUSY_PAUSE_MS);
        rc = sqlite3_exec(c->handle, "PRAGMA journal_mode = WAL", is_wal, ret_wal, NULL);
    }
    /* Who has read something with a log holds a lock until the connection is closed, by which others see that it is
     * open. */
    return rc ? rc : sqlite3_exec(c->handle, "PRAGMA user_version", NULL, NULL, NULL);
}

/* Whether the file that was opened is not what is there under its name any more. */
static bool was_moved(const aw__sqlite *c)
{
    int moved = 0;

    return sqlite3_file_control(c->handle, "main", SQLITE_FCNTL_HAS_MOVED, &moved) == SQLITE_OK && moved;
}

/* Somebody restored the database (backup.c) between the opening of the file and the first lock on it: all that is
 * written now would be in the old one. From the lock on nobody does that. */
static int fail_moved(const char *doing, aw_error *err)
{
    aw__fail(err, AW_E_STORE, "%s: it was replaced in the same moment; try again", doing);
    if (err)
        err->retriable = true;
    return AW_E_STORE;
}

/* A commit returns when the disk has it. The log may grow to 16 MiB (of 4 KiB pages) before it is copied back, so that
 * a burst of writes seldom waits for that, and gives the space back after a longer one. */
static int configure_writer(aw__sqlite *c, const char *doing, aw_error *err)
{
    bool wal = false;
    int rc;

    if (sqlite3_db_readonly(c->handle, "main"))
        return aw__sqlite_fail(NULL, SQLITE_READONLY, doing, err);
    rc = switch_to_wal(c, &wal);
    if (rc)
        return aw__sqlite_fail(c->handle, rc, doing, err);
    if (!wal)
        return aw__fail(err, AW_E_STORE, "%s: no write-ahead log there; put it on a local disk", doing);
    if (was_moved(c))
        return fail_moved(doing, err);
    rc = sqlite3_exec(c->handle,
                      "PRAGMA synchronous = FULL;"
                      "PRAGMA wal_autocheckpoint = 4096;"
                      "PRAGMA journal_size_limit = 67108864;"
                      "PRAGMA cache_size = -16384;"
                      "PRAGMA foreign_keys = OFF",
                      NULL, NULL, NULL);
    return rc ? aw__sqlite_fail(c->handle, rc, doing, err) : AW_OK;
}

static int configure(aw__sqlite *c, bool read_only, const char *doing, aw_error *err)
{
    sqlite3_extended_result_codes(c->handle, 1);
    sqlite3_busy_timeout(c->handle, BUSY_TIMEOUT_MS);
    /* "desc" is a column or a mistake, never a text; and a crafted file cannot run functions of ours. */
    sqlite3_db_config(c->handle, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
    sqlite3_db_config(c->handle, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
    sqlite3_db_config(c->handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);

    int code = read_only ? AW_OK : configure_writer(c, doing, err);

    for (int i = 0; !code && i < CONTROLS; i++) {
        int rc = sqlite3_prepare_v3(c->handle, control_sql[i], -1, SQLITE_PREPARE_PERSISTENT, &c->controls[i], NULL);

        if (rc)
            code = aw__sqlite_fail(c->handle, rc, doing, err);
    }
    return code;
}

static int no_such_file(aw__sqlite *c, const char *doing, aw_error *err)
{
    aw__free(c);
    return aw__fail(err, AW_E_STORE, "%s: there is no such file", doing);
}

/* ":memory:" and its like are seen by one connection only, and URIs could ask for the same. */
static int check(const char *location, aw_error *err)
{
    if (aw__text_empty(location) || location[0] == ':' || aw__text_starts(location, "file:"))
        return aw__fail(err, AW_E_INVALID, "an SQLite database must be the path of a file");
    return AW_OK;
}

static int open_connection(const char *location, bool read_only, aw_database **ret_database, aw_error *err)
{
    int flags = SQLITE_OPEN_NOMUTEX | (read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
    aw__sqlite *c = NULL;
    char doing[192];
    int rc = check(location, err), code;

    if (rc)
        return rc;
    c = aw__calloc(1, sizeof(*c));
    if (!c)
        return aw__fail_nomem(err);
    c->base.driver = &aw__sqlite_driver;
    snprintf(doing, sizeof(doing), "cannot open the database %.150s", location);
    if (!read_only)
        make_private_file(location);
    else if (access(location, F_OK) && errno == ENOENT)
        return no_such_file(c, doing, err);
    rc = sqlite3_open_v2(location, &c->handle, flags, NULL);
    code = rc ? aw__sqlite_fail(c->handle, rc, doing, err) : configure(c, read_only, doing, err);
    if (code) {
        close_connection(&c->base);
        return code;
    }
    *ret_database = &c->base;
    return AW_OK;
}

static int execute(aw_database *database, const char *sql, aw_error *err)
{
    aw__sqlite *c = connection_of(database);
    int rc = sqlite3_exec(c->handle, sql, NULL, NULL, NULL);

    return rc ? aw__sqlite_fail(c->handle, rc, "the database", err) : AW_OK;
}

static int64_t changes(aw_database *database)
{
    return sqlite3_changes(connection_of(database)->handle);
}

const aw_database_driver aw__sqlite_driver = {
    .size = sizeof(aw_database_driver),
    .scheme = "sqlite",
    .check = check,
    .open = open_connection,
    .close = close_connection,
    .execute = execute,
    .prepare = aw__sqlite_prepare,
    .bind_int = aw__sqlite_bind_int,
    .bind_text = aw__sqlite_bind_text,
    .bind_null = aw__sqlite_bind_null,
    .step = aw__sqlite_step,
    .column_int = aw__sqlite_column_int,
    .column_text = aw__sqlite_column_text,
    .column_null = aw__sqlite_column_null,
    .reset = aw__sqlite_reset,
    .changes = changes,
    .begin = begin,
    .commit = commit,
    .rollback = rollback,
    .savepoint = savepoint,
    .release = release,
    .rollback_to = rollback_to,
    .copy = aw__sqlite_copy,
};
