/*
 * For those who write a store: what a database must be able to do. The library writes each table's SQL once, with $1
 * parameters, and runs it through one of these drivers (src/store/sqlite.c, src/store/postgres.c).
 *
 * A connection is used by one thread at a time. All calls may block.
 */
#ifndef ACTINGWEB_SYS_DATABASE_H
#define ACTINGWEB_SYS_DATABASE_H

#include <actingweb/common.h>
#include <actingweb/error.h>

AW_BEGIN_DECLS

typedef struct aw_database aw_database;             /* one connection; the driver's own struct begins with this one */
typedef struct aw_database_statement aw_database_statement; /* likewise */

/* What became of a connection after a failure. */
typedef enum aw_database_state {
    AW_DATABASE_FINE,   /* it can go on, after a rollback */
    AW_DATABASE_REPLAY, /* the transaction lost against another one (SQLSTATE 40001, 40P01): to be run again */
    AW_DATABASE_LOST    /* there is no connection any more */
} aw_database_state;

/* How far a long call is: of "pages" or of a "check", how many, and of how many (0: not known). Called on the calling
 * thread every now and then. False: the call is to end with AW_E_CANCELED. */
typedef bool aw_database_progress_cb(const char *what, int64_t done, int64_t total, void *ud);

typedef struct aw_database_driver {
    size_t size;
    const char *scheme; /* "sqlite" */

    /* False: one connection writes at a time, so the library gives writing a thread that commits many transactions at
     * once. True: transactions of several connections run side by side, in the threads that ask for them. */
    bool many_writers;

    /* Whether what comes after "scheme:" can be the location of a database, without looking for it. AW_E_INVALID (the
     * message says what is wrong, and has no part of it that may be a password), AW_E_NOMEM. NULL: anything can. */
    int (*check)(const char *location, aw_error *err);

    /* One more connection to what comes after "scheme:". read_only connections never write. */
    int (*open)(const char *location, bool read_only, aw_database **ret_database, aw_error *err);
    void (*close)(aw_database *database);

    /* Runs statements without results and parameters, several in one text: schema, pragmas. */
    int (*execute)(aw_database *database, const char *sql, aw_error *err);

    /* Drivers cache what they prepare by the address of sql, which is static text. Released by reset(). A text may end
     * with " FOR UPDATE SKIP LOCKED", in a transaction that writes: the rows that it finds are locked until the end of
     * the transaction, and those that another one has locked are left out. A driver of a database that has one writer
     * at a time drops these words. */
    int (*prepare)(aw_database *database, const char *sql, aw_database_statement **ret_statement, aw_error *err);
    /* index counts from 1. Values are copied before the return. NULL as a text binds SQL NULL. */
    int (*bind_int)(aw_database_statement *statement, int index, int64_t value);
    int (*bind_text)(aw_database_statement *statement, int index, const char *value);
    int (*bind_null)(aw_database_statement *statement, int index);
    /* *ret_row is true when a row is there, false at the end. */
    int (*step)(aw_database_statement *statement, bool *ret_row, aw_error *err);
    /* Columns count from 0; text is borrowed until the next step or reset; NULL for SQL NULL. */
    int64_t (*column_int)(aw_database_statement *statement, int column);
    const char *(*column_text)(aw_database_statement *statement, int column, size_t *ret_bytes);
    bool (*column_null)(aw_database_statement *statement, int column);
    void (*reset)(aw_database_statement *statement); /* takes NULL */

    /* Rows that the last data change touched. */
    int64_t (*changes)(aw_database *database);

    /* A transaction, and savepoints inside it, of which one at a time is open. When a failure has ended the whole
     * transaction, as databases do when memory or the disk runs out, the calls for savepoints and commit() fail with
     * AW_E_STORE. After a failed commit() comes rollback(). */
    int (*begin)(aw_database *database, bool writes, aw_error *err);
    int (*commit)(aw_database *database, aw_error *err);
    void (*rollback)(aw_database *database); /* also when there is none */
    int (*savepoint)(aw_database *database, aw_error *err);
    int (*release)(aw_database *database, aw_error *err);
    int (*rollback_to)(aw_database *database, aw_error *err); /* and ends the savepoint */

    /* For many_writers, or NULL where no transaction loses against others for ever. Comes right behind the begin() of a
     * transaction that writes, and holds until its end: a lock of the whole store, which those that write share. With
     * alone it is exclusive: it is given when no other transaction writes, and lets none begin. Its failure may be told
     * by the statement behind it; when it had to wait too long, that is AW_DATABASE_REPLAY. */
    int (*lock)(aw_database *database, bool alone, aw_error *err);

    /* Asked after a failure, before the rollback. NULL: always AW_DATABASE_FINE. */
    aw_database_state (*state)(aw_database *database);

    /* NULL where a database has tools of its own for it. Copies all that the transaction sees (which is begun, and has
     * read something) into a file, which is there and empty: a database by itself, of one file, of which all has been
     * looked at. Writers go on meanwhile. AW_E_STORE also when the database is damaged. The caller sees to it that the
     * file is on the disk. */
    int (*copy)(aw_database *database, const char *path, aw_database_progress_cb *progress, void *ud, aw_error *err);
} aw_database_driver;

struct aw_database {
    const aw_database_driver *driver;
};

struct aw_database_statement {
    aw_database *database;
};

AW_END_DECLS

#endif
