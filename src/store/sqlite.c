/*
 * The SQLite driver: connections, cached statements and transactions. The only file that includes sqlite3.h. It knows
 * no table; those are in schema.c and in the file of each.
 */
#include "store/sqlite.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/text.h"

enum { BUSY_TIMEOUT_MS = 5000, BUSY_PAUSE_MS = 10, CACHE_BUCKETS = 64, PARAMETERS_MAX = 32 };

struct statement {
    aw_database_statement base;
    sqlite3_stmt *handle;
    const char *sql;        /* the key of the cache, by address */
    struct statement *next; /* in its bucket */
    bool in_use;
    unsigned char position[PARAMETERS_MAX + 1]; /* of $n in SQLite's own numbering, which follows first appearance */
};

/* Prepared with the connection, so that nothing but the disk can keep a transaction from ending. */
enum control { BEGIN_READ, BEGIN_WRITE, COMMIT, ROLLBACK, SAVEPOINT, RELEASE, ROLLBACK_TO, CONTROLS };

static const char *const control_sql[CONTROLS] = {
    "BEGIN", "BEGIN IMMEDIATE", "COMMIT", "ROLLBACK", "SAVEPOINT aw", "RELEASE aw", "ROLLBACK TO aw",
};

struct connection {
    aw_database base;
    sqlite3 *handle;
    sqlite3_stmt *controls[CONTROLS];
    struct statement *cache[CACHE_BUCKETS];
};

static struct connection *connection_of(aw_database *database)
{
    return (struct connection *)database;
}

static struct statement *statement_of(aw_database_statement *statement)
{
    return (struct statement *)statement;
}

/* --------------------------------------------------------------------------------------------------- failures --- */

static int code_of(int rc)
{
    switch (rc) {
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_ROWID:
        return AW_E_EXISTS;
    case SQLITE_NOMEM:
    case SQLITE_IOERR_NOMEM:
        return AW_E_NOMEM;
    case SQLITE_TOOBIG:
        return AW_E_TOO_LARGE;
    default:
        return AW_E_STORE;
    }
}

static bool may_pass(int rc)
{
    int primary = rc & 0xff;

    return primary == SQLITE_BUSY || primary == SQLITE_LOCKED || primary == SQLITE_FULL || primary == SQLITE_IOERR ||
           primary == SQLITE_NOMEM;
}

static const char *advice(int rc)
{
    switch (rc & 0xff) {
    case SQLITE_CANTOPEN:
        return "make its directory and let this user write there";
    case SQLITE_READONLY:
    case SQLITE_PERM:
        return "let this user write the file and its directory";
    case SQLITE_NOTADB:
        return "this file is something else, choose another";
    case SQLITE_CORRUPT:
        return "stop the server and restore the file from a backup";
    case SQLITE_FULL:
        return "make room on the disk";
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return "another process holds the database, try again";
    case SQLITE_IOERR:
        return "look at the disk and its free space";
    default:
        return NULL;
    }
}

/* SQLite's messages name tables and columns, never values. */
static int fail(sqlite3 *handle, int rc, const char *doing, aw_error *err)
{
    int code = code_of(rc);
    int system = rc == SQLITE_OK || !handle ? 0 : sqlite3_system_errno(handle);
    bool tell_system = system && ((rc & 0xff) == SQLITE_CANTOPEN || (rc & 0xff) == SQLITE_IOERR);
    const char *what_now = advice(rc);
    char text[64];

    if (code == AW_E_NOMEM)
        return aw__fail_nomem(err);
    aw__fail(err, code, "%s: %s%s%s%s%s", doing, handle ? sqlite3_errmsg(handle) : sqlite3_errstr(rc),
             tell_system ? ", " : "", tell_system ? strerror_r(system, text, sizeof(text)) : "", what_now ? "; " : "",
             what_now ? what_now : "");
    if (err && may_pass(rc))
        err->retriable = true;
    return code;
}

/* ----------------------------------------------------------------------------------------------- transactions --- */

static bool in_transaction(const struct connection *c)
{
    return !sqlite3_get_autocommit(c->handle);
}

static int run(struct connection *c, enum control control, aw_error *err)
{
    int rc = sqlite3_step(c->controls[control]);
    int code = rc == SQLITE_DONE ? AW_OK : fail(c->handle, rc, control_sql[control], err);

    sqlite3_reset(c->controls[control]);
    return code;
}

/* SQLite ends a transaction by itself when memory or the disk fails in the middle of it. */
static int transaction_gone(aw_error *err)
{
    aw__fail(err, AW_E_STORE, "the transaction ended early because of a failure in it; try again");
    if (err)
        err->retriable = true;
    return AW_E_STORE;
}

static void rollback(aw_database *database)
{
    struct connection *c = connection_of(database);

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
    struct connection *c = connection_of(database);

    return in_transaction(c) ? run(c, COMMIT, err) : transaction_gone(err);
}

static int savepoint(aw_database *database, aw_error *err)
{
    struct connection *c = connection_of(database);

    /* Outside of a transaction a savepoint would begin one, and its release commit it. */
    return in_transaction(c) ? run(c, SAVEPOINT, err) : transaction_gone(err);
}

static int release(aw_database *database, aw_error *err)
{
    struct connection *c = connection_of(database);

    return in_transaction(c) ? run(c, RELEASE, err) : transaction_gone(err);
}

static int rollback_to(aw_database *database, aw_error *err)
{
    struct connection *c = connection_of(database);
    int rc = in_transaction(c) ? run(c, ROLLBACK_TO, err) : transaction_gone(err);

    return rc ? rc : run(c, RELEASE, err); /* rolled back, a savepoint is still there */
}

/* ------------------------------------------------------------------------------------------------ connections --- */

static void finalize_all(struct connection *c)
{
    for (size_t i = 0; i < CACHE_BUCKETS; i++)
        while (c->cache[i]) {
            struct statement *s = c->cache[i];

            c->cache[i] = s->next;
            sqlite3_finalize(s->handle);
            aw__free(s);
        }
    for (size_t i = 0; i < CONTROLS; i++)
        sqlite3_finalize(c->controls[i]);
}

static void close_connection(aw_database *database)
{
    struct connection *c = connection_of(database);

    if (!c)
        return;
    finalize_all(c);
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
static int switch_to_wal(struct connection *c, bool *ret_wal)
{
    int rc = sqlite3_exec(c->handle, "PRAGMA journal_mode = WAL", is_wal, ret_wal, NULL);

    for (int waited_ms = 0; (rc & 0xff) == SQLITE_BUSY && waited_ms < BUSY_TIMEOUT_MS; waited_ms += BUSY_PAUSE_MS) {
        sqlite3_sleep(BUSY_PAUSE_MS);
        rc = sqlite3_exec(c->handle, "PRAGMA journal_mode = WAL", is_wal, ret_wal, NULL);
    }
    return rc;
}

/* Whether the file that was opened is not what is there under its name any more. */
static bool was_moved(const struct connection *c)
{
    int moved = 0;

    return sqlite3_file_control(c->handle, "main", SQLITE_FCNTL_HAS_MOVED, &moved) == SQLITE_OK && moved;
}

/* Somebody restored the database (backup.c) between the opening of the file and the first lock on it: all that is written
 * now would be in the old one. From the lock on nobody does that. */
static int fail_moved(const char *doing, aw_error *err)
{
    aw__fail(err, AW_E_STORE, "%s: it was replaced in the same moment; try again", doing);
    if (err)
        err->retriable = true;
    return AW_E_STORE;
}

/* A commit returns when the disk has it. The log may grow to 16 MiB (of 4 KiB pages) before it is copied back, so that
 * a burst of writes seldom waits for that, and gives the space back after a longer one. */
static int configure_writer(struct connection *c, const char *doing, aw_error *err)
{
    bool wal = false;
    int rc;

    if (sqlite3_db_readonly(c->handle, "main"))
        return fail(NULL, SQLITE_READONLY, doing, err);
    rc = switch_to_wal(c, &wal);
    if (rc)
        return fail(c->handle, rc, doing, err);
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
    return rc ? fail(c->handle, rc, doing, err) : AW_OK;
}

static int configure(struct connection *c, bool read_only, const char *doing, aw_error *err)
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
            code = fail(c->handle, rc, doing, err);
    }
    return code;
}

static int no_such_file(struct connection *c, const char *doing, aw_error *err)
{
    aw__free(c);
    return aw__fail(err, AW_E_STORE, "%s: there is no such file", doing);
}

static int open_connection(const char *location, bool read_only, aw_database **ret_database, aw_error *err)
{
    int flags = SQLITE_OPEN_NOMUTEX | (read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
    struct connection *c = NULL;
    char doing[192];
    int rc, code;

    /* ":memory:" and its like are seen by one connection only, and URIs could ask for the same. */
    if (aw__text_empty(location) || location[0] == ':' || aw__text_starts(location, "file:"))
        return aw__fail(err, AW_E_INVALID, "an SQLite database must be the path of a file");
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
    code = rc ? fail(c->handle, rc, doing, err) : configure(c, read_only, doing, err);
    if (code) {
        close_connection(&c->base);
        return code;
    }
    *ret_database = &c->base;
    return AW_OK;
}

static int execute(aw_database *database, const char *sql, aw_error *err)
{
    struct connection *c = connection_of(database);
    int rc = sqlite3_exec(c->handle, sql, NULL, NULL, NULL);

    return rc ? fail(c->handle, rc, "the database", err) : AW_OK;
}

static int64_t changes(aw_database *database)
{
    return sqlite3_changes(connection_of(database)->handle);
}

/* ------------------------------------------------------------------------------------------------- statements --- */

static bool map_parameters(struct statement *s)
{
    int count = sqlite3_bind_parameter_count(s->handle);

    for (int i = 1; i <= count; i++) {
        const char *name = sqlite3_bind_parameter_name(s->handle, i);
        int64_t n;

        if (!name || name[0] != '$' || !aw__text_to_int(name + 1, 1, PARAMETERS_MAX, &n))
            return false;
        s->position[n] = (unsigned char)i;
    }
    return true;
}

/* Without the clause that locks rows, which SQLite does not know: it has one writer, who has locked them all. */
static int bytes_of(const char *sql)
{
    static const char locking[] = " FOR UPDATE SKIP LOCKED";
    size_t bytes = strlen(sql), tail = sizeof(locking) - 1;

    return (int)(bytes > tail && strcmp(sql + bytes - tail, locking) == 0 ? bytes - tail : bytes);
}

static int prepare_new(struct connection *c, const char *sql, struct statement **ret_statement, aw_error *err)
{
    struct statement *s = aw__calloc(1, sizeof(*s));
    int rc, code = AW_OK;

    if (!s)
        return aw__fail_nomem(err);
    rc = sqlite3_prepare_v3(c->handle, sql, bytes_of(sql), SQLITE_PREPARE_PERSISTENT, &s->handle, NULL);
    if (rc)
        code = fail(c->handle, rc, "the database", err);
    else if (!s->handle || !map_parameters(s))
        code = aw__fail(err, AW_E_INVALID, "no statement with parameters $1 to $%d: %.100s", PARAMETERS_MAX, sql);
    if (code) {
        sqlite3_finalize(s->handle);
        aw__free(s);
        return code;
    }
    s->base.database = &c->base;
    s->sql = sql;
    *ret_statement = s;
    return AW_OK;
}

/* The same text may be in use twice, by a function that calls itself while it reads rows: then there are two. */
static int prepare(aw_database *database, const char *sql, aw_database_statement **ret_statement, aw_error *err)
{
    struct connection *c = connection_of(database);
    struct statement **bucket = &c->cache[((uintptr_t)sql >> 3) % CACHE_BUCKETS];
    struct statement *s = *bucket;

    while (s && (s->sql != sql || s->in_use))
        s = s->next;
    if (!s) {
        int rc = prepare_new(c, sql, &s, err);

        if (rc)
            return rc;
        s->next = *bucket;
        *bucket = s;
    }
    s->in_use = true;
    *ret_statement = &s->base;
    return AW_OK;
}

/* SQLite answers SQLITE_RANGE for position 0, which is that of a parameter that the text does not have. */
static int position(const struct statement *s, int index)
{
    return index >= 1 && index <= PARAMETERS_MAX ? s->position[index] : 0;
}

static int bind_code(int rc)
{
    if (!rc)
        return AW_OK;
    return rc == SQLITE_RANGE ? AW_E_INVALID : code_of(rc);
}

static int bind_int(aw_database_statement *statement, int index, int64_t value)
{
    struct statement *s = statement_of(statement);

    return bind_code(sqlite3_bind_int64(s->handle, position(s, index), value));
}

static int bind_text(aw_database_statement *statement, int index, const char *value)
{
    struct statement *s = statement_of(statement);

    return bind_code(sqlite3_bind_text(s->handle, position(s, index), value, -1, SQLITE_TRANSIENT));
}

static int bind_null(aw_database_statement *statement, int index)
{
    struct statement *s = statement_of(statement);

    return bind_code(sqlite3_bind_null(s->handle, position(s, index)));
}

static int step(aw_database_statement *statement, bool *ret_row, aw_error *err)
{
    struct statement *s = statement_of(statement);
    int rc = sqlite3_step(s->handle);

    if (rc != SQLITE_ROW && rc != SQLITE_DONE)
        return fail(connection_of(s->base.database)->handle, rc, "the database", err);
    *ret_row = rc == SQLITE_ROW;
    return AW_OK;
}

static int64_t column_int(aw_database_statement *statement, int column)
{
    return sqlite3_column_int64(statement_of(statement)->handle, column);
}

static const char *column_text(aw_database_statement *statement, int column, size_t *ret_bytes)
{
    struct statement *s = statement_of(statement);
    const char *text = (const char *)sqlite3_column_text(s->handle, column);

    if (text && ret_bytes)
        *ret_bytes = (size_t)sqlite3_column_bytes(s->handle, column);
    return text;
}

static bool column_null(aw_database_statement *statement, int column)
{
    return sqlite3_column_type(statement_of(statement)->handle, column) == SQLITE_NULL;
}

/* Bindings are cleared because some are secrets and some are large. */
static void reset(aw_database_statement *statement)
{
    struct statement *s = statement_of(statement);

    if (!s)
        return;
    sqlite3_reset(s->handle);
    sqlite3_clear_bindings(s->handle);
    s->in_use = false;
}

/* ----------------------------------------------------------------------------------------------------- copies --- */

enum { COPY_PAGES = 1024 };

/* Nothing of the copy counts until all of it is there, so it needs no journal. */
static int open_copy(const char *path, sqlite3 **ret_handle, aw_error *err)
{
    sqlite3 *handle = NULL;
    int rc = sqlite3_open_v2(path, &handle, SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_READWRITE, NULL);

    if (!rc)
        rc = sqlite3_exec(handle, "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF", NULL, NULL, NULL);
    if (rc) {
        fail(handle, rc, "the copy", err);
        sqlite3_close(handle);
        return code_of(rc);
    }
    *ret_handle = handle;
    return AW_OK;
}

/* Since the connection is in a transaction, its pages stay what they are, and no writer makes this begin anew. */
static int copy_pages(sqlite3 *from, sqlite3 *to, bool (*progress)(int64_t, int64_t, void *), void *ud, aw_error *err)
{
    sqlite3_backup *backup = sqlite3_backup_init(to, "main", from, "main");
    int rc = backup ? SQLITE_OK : sqlite3_errcode(to);
    bool stopped = false;

    while (backup && !rc && !stopped) {
        rc = sqlite3_backup_step(backup, COPY_PAGES);
        int64_t total = sqlite3_backup_pagecount(backup);

        stopped = progress && !rc && !progress(total - sqlite3_backup_remaining(backup), total, ud);
    }
    sqlite3_backup_finish(backup);
    if (stopped)
        return aw__fail(err, AW_E_CANCELED, "as asked for");
    if (rc == SQLITE_DONE) /* it says of itself that it has a log beside it, as the original does */
        rc = sqlite3_exec(to, "PRAGMA journal_mode = DELETE", NULL, NULL, NULL);
    return rc ? fail(to, rc, "the copy", err) : AW_OK;
}

static int copy(aw_database *database, const char *path, bool (*progress)(int64_t done, int64_t total, void *ud), void *ud,
                aw_error *err)
{
    sqlite3 *to = NULL;
    int rc = open_copy(path, &to, err);

    if (rc)
        return rc;
    rc = copy_pages(connection_of(database)->handle, to, progress, ud, err);
    sqlite3_close(to);
    return rc;
}

const aw_database_driver aw__sqlite_driver = {
    .size = sizeof(aw_database_driver),
    .scheme = "sqlite",
    .open = open_connection,
    .close = close_connection,
    .execute = execute,
    .prepare = prepare,
    .bind_int = bind_int,
    .bind_text = bind_text,
    .bind_null = bind_null,
    .step = step,
    .column_int = column_int,
    .column_text = column_text,
    .column_null = column_null,
    .reset = reset,
    .changes = changes,
    .begin = begin,
    .commit = commit,
    .rollback = rollback,
    .savepoint = savepoint,
    .release = release,
    .rollback_to = rollback_to,
    .copy = copy,
};
