/*
 * The store: a pool of reader connections and one writer, over a database driver. Reads and writes are functions that
 * get a connection; a write is a transaction that shares its commit with others (one thread commits for all), and has
 * been committed when aw__store_write() returns. Calls block: web threads and workers only.
 */
#ifndef AW_STORE_STORE_H
#define AW_STORE_STORE_H

#include <actingweb/sys/database.h>

typedef struct aw__store aw__store;

/* location: "sqlite:PATH" (":memory:" is refused: readers could not see it). PATH is read again whenever a reader is
 * added, so a relative one needs a working directory that stays. Makes the file and missing tables, but no directory.
 * AW_E_STORE, AW_E_INVALID (unknown scheme), AW_E_NOMEM. */
int aw__store_open(const char *location, aw__store **ret_store, aw_error *err);
/* The same, but makes nothing: AW_E_STORE when there is no such database, or its tables are of another version. Without
 * writes it is for reading only, and aw__store_write() fails with AW_E_DENIED. */
int aw__store_open_existing(const char *location, bool writes, aw__store **ret_store, aw_error *err);
void aw__store_close(aw__store *store); /* after every user is gone; takes NULL */

/* AW_OK or a negative code with err filled (never NULL there): the write is then rolled back alone. May run again when
 * the database asks for a replay, so it keeps what it made for its caller in arg, and begins by clearing it. */
typedef int aw__store_fn(aw_database *database, void *arg, aw_error *err);

/* On a reader of the pool, in one snapshot. A read inside of a read takes a second reader, so don't. */
int aw__store_read(aw__store *store, aw__store_fn *fn, void *arg, aw_error *err);

/* On the writer. AW_E_REENTRANT when called by a write; a commit that fails is AW_E_STORE, retriable, and nothing of
 * the write is in the database. */
int aw__store_write(aw__store *store, aw__store_fn *fn, void *arg, aw_error *err);

#endif
