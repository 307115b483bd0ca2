/*
 * The store, over a database driver. Reads and writes are functions that get a connection; a write is a transaction
 * that has been committed when aw__store_write() returns. Of a database with one writer (SQLite) writes share their
 * commits, which one thread makes for all; others (PostgreSQL) run them side by side. Calls block: web threads and
 * workers only.
 */
#ifndef AW_STORE_STORE_H
#define AW_STORE_STORE_H

#include <actingweb/sys/database.h>

typedef struct aw__store aw__store;

/* Of "scheme:rest" the driver and the rest. NULL: there is none. */
const aw_database_driver *aw__store_driver(const char *location, const char **ret_rest);

/* Whether a driver knows the location's scheme, and what is wrong with the rest: AW_E_INVALID, AW_E_NOMEM. Opens
 * nothing. */
int aw__store_check(const char *location, aw_error *err);

typedef enum aw__store_opening {
    AW__STORE_MAKE,     /* makes the file and missing tables, but no directory and no database of a server */
    AW__STORE_EXISTING, /* makes nothing: AW_E_STORE when there is no such database, or its tables are of another version */
    AW__STORE_READ      /* the same, and aw__store_write() fails with AW_E_DENIED */
} aw__store_opening;

/* location: "sqlite:PATH" (":memory:" is refused: readers could not see it), or "postgresql://..." (store/postgres.h).
 * PATH is read again whenever a reader is added, so a relative one needs a working directory that stays. AW_E_STORE,
 * AW_E_INVALID, AW_E_NOMEM. */
int aw__store_open(const char *location, aw__store_opening opening, aw__store **ret_store, aw_error *err);
void aw__store_close(aw__store *store); /* after every user is gone; takes NULL */

/* AW_OK or a negative code with err filled (never NULL there): the write is then rolled back alone. May run again when
 * the database asks for a replay, so it keeps what it made for its caller in arg, and begins by clearing it. */
typedef int aw__store_fn(aw_database *database, void *arg, aw_error *err);

/* In one snapshot. A read inside of a read takes a second connection, so don't. */
int aw__store_read(aw__store *store, aw__store_fn *fn, void *arg, aw_error *err);

/* AW_E_REENTRANT when called by a write. What fails because the database is away, or has no room, is AW_E_STORE,
 * retriable: nothing was acknowledged, and unless the connection broke during the commit nothing of the write is in the
 * database. AW_E_BUSY: other writes were faster, many times. */
int aw__store_write(aw__store *store, aw__store_fn *fn, void *arg, aw_error *err);

/* How many writes have failed of which nobody knows whether they are in the database, since the connection broke during
 * the commit. Any thread. */
uint64_t aw__store_doubts(const aw__store *store);

#endif
