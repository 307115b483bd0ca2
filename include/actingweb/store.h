/*
 * Looking after a store: is what is in it right, and a copy of it that can be put back. For programs that operate a
 * service; `actingwebd verify`, `backup`, `restore` and `resync` are these functions. The store may be in use by
 * servers meanwhile, but for aw_store_restore(). All of them block: not on a loop's thread.
 */
#ifndef ACTINGWEB_STORE_H
#define ACTINGWEB_STORE_H

#include <actingweb/common.h>
#include <actingweb/error.h>

AW_BEGIN_DECLS

/* How far it is: of what (a table's name, "pages"), how many, and of how many (0: not known). Called every now and
 * then, on the calling thread. False ends the function with AW_E_CANCELED; what is half done then is as if it had not
 * begun, but for what aw_store_verify() has mended and aw_store_resync() has told by then. */
typedef bool aw_store_progress_cb(const char *what, int64_t done, int64_t total, void *ud);

/* ---- verify ---- */

/* One kind of thing that is not as it should be. All texts are borrowed until the callback returns. */
typedef struct aw_store_finding {
    const char *kind; /* "diff-without-subscription": stays the same from version to version */
    const char *what; /* for people: "diffs of subscriptions that are not there" */
    const char *mend; /* what repairing does about it: "deleted"; NULL: that is for people to decide */
    bool note;        /* nothing is wrong with it */
    int64_t found;
    int64_t left; /* of those, what has not been mended, or cannot be */
    const char *const *examples; /* "actor/name": where; never what is stored there */
    size_t example_count;        /* at most 3 */
} aw_store_finding;

typedef void aw_store_finding_cb(const aw_store_finding *finding, void *ud);

typedef struct aw_store_verify_params {
    size_t size;
    const char *store;              /* as in aw_app_params; required. It must exist */
    bool repair;                    /* mend what can be mended */
    aw_store_progress_cb *progress; /* or NULL */
    aw_store_finding_cb *finding;   /* or NULL: called for each kind that was found, when all has been looked at */
    void *ud;                       /* of both */
} aw_store_verify_params;

/*
 * Looks at every row of the store, a page at a time, and tells of those that nothing leads to (of actors, trusts or
 * subscriptions that are not there), of lists whose rows do not fit together, and of values that cannot be read.
 * Without repair nothing is written. With it each page of findings is mended in a transaction, in which it is looked at
 * again, so that servers may go on meanwhile. *ret_left: how many findings, not counting notes, are still there; may be
 * NULL.
 *
 * Errors: AW_E_INVALID (the message names the field), AW_E_STORE (no such database, tables of another version),
 * AW_E_NOMEM, AW_E_CANCELED. Any thread but a loop's. Memory is that of a page, whatever the store's size.
 */
AW_API int aw_store_verify(const aw_store_verify_params *params, int64_t *ret_left, aw_error *err);

/* ---- backup ---- */

typedef struct aw_store_backup_params {
    size_t size;
    const char *store;              /* as in aw_app_params; required: a file, "sqlite:PATH" */
    const char *file;               /* where the copy goes; required */
    bool overwrite;                 /* the file may be there: then it is replaced */
    aw_store_progress_cb *progress; /* or NULL: of "pages", then of a "check" */
    void *ud;
} aw_store_backup_params;

/*
 * Copies the store into a file: all that was committed when it began, and nothing of what comes later. Servers go on
 * reading and writing meanwhile; the log beside the database grows until it is done. The file is a database by itself,
 * for its owner's eyes only (mode 0600: there are secrets in it), is checked, and gets its name when all of it is on
 * the disk. After a failure there is nothing of it.
 *
 * Errors: AW_E_INVALID (the message names the field; also when the store or what is to be replaced is no plain file),
 * AW_E_EXISTS (the file is there, or a log beside it), AW_E_BUSY (what is to be replaced is a database that is open),
 * AW_E_STORE (no such database, no room, or the database is damaged), AW_E_UNSUPPORTED (a store with tools of its own
 * for this; the message says which), AW_E_CANCELED, AW_E_NOMEM. Any thread but a loop's.
 */
AW_API int aw_store_backup(const aw_store_backup_params *params, aw_error *err);

typedef struct aw_store_restore_params {
    size_t size;
    const char *store;              /* that is to be as the copy is; required. It need not exist */
    const char *file;               /* the copy; required */
    bool overwrite;                 /* what an earlier restore has kept */
    aw_store_progress_cb *progress; /* or NULL: of "pages", then of a "check" */
    void *ud;
} aw_store_restore_params;

/*
 * Puts a copy in the store's place. It is copied, checked (that it is whole, and has tables that this library knows)
 * and on the disk before anything is replaced, and then the store is the one or the other, whatever happens. The old
 * one is kept beside it, as PATH.before-restore. The new one has its owner and mode; where there was none, and root
 * asks, the owner of the folder.
 *
 * Errors: AW_E_BUSY (the store is open somewhere: stop the server), AW_E_EXISTS (an earlier PATH.before-restore), and
 * those of aw_store_backup(). Any thread but a loop's.
 */
AW_API int aw_store_restore(const aw_store_restore_params *params, aw_error *err);

/* ---- resync ---- */

typedef struct aw_store_resync_params {
    size_t size;
    const char *store;              /* as in aw_app_params; required. It must exist */
    aw_store_progress_cb *progress; /* or NULL: of "subscriptions" */
    void *ud;
} aw_store_resync_params;

/*
 * After an old copy was put back, whichever way: peers that subscribe here know of changes that are gone. Each
 * subscription's sequence goes on where its peer cannot have been (a million past its own, or past the seconds since
 * the beginning of 2026, whichever is more), its diffs are deleted, and its peer is told to fetch all that it subscribes
 * to ("resync"), by whichever server serves the store now or next. A peer that polls, or passes over a resync, sees that
 * numbers are missing with the next change. Of a suspended place (aw_subscription_suspend()) its resumption tells. What
 * actors of this store subscribe to elsewhere is not touched: they miss a number with the publisher's next change, and
 * fetch because of that.
 *
 * It is stored a page of subscriptions at a time, so servers may go on meanwhile; doing it twice does no harm. Rows that
 * no lookup finds (aw_store_verify()'s "subscription-key") are passed over.
 *
 * *ret_told (may be NULL): how many subscriptions' peers will be told. Errors, after which some of it may be done:
 * AW_E_INVALID (the message names the field), AW_E_STORE (no such database; tables of another version: serve it once),
 * AW_E_BUSY, AW_E_CANCELED, AW_E_NOMEM. Any thread but a loop's.
 */
AW_API int aw_store_resync(const aw_store_resync_params *params, int64_t *ret_told, aw_error *err);

AW_END_DECLS

#endif
