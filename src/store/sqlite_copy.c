/*
 * Copies an SQLite database page by page.
 */
#include "store/sqlite_copy.h"

#include "base/error.h"
#include "store/sqlite_connection.h"

enum { COPY_PAGES = 1024 };

/* Nothing of the copy counts until all of it is there, so it needs no journal. */
static int open_copy(const char *path, sqlite3 **ret_handle, aw_error *err)
{
    sqlite3 *handle = NULL;
    int rc = sqlite3_open_v2(path, &handle, SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_READWRITE, NULL);

    if (!rc)
        rc = sqlite3_exec(handle, "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF", NULL, NULL, NULL);
    if (rc) {
        aw__sqlite_fail(handle, rc, "the copy", err);
        sqlite3_close(handle);
        return aw__sqlite_code(rc);
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
    return rc ? aw__sqlite_fail(to, rc, "the copy", err) : AW_OK;
}

int aw__sqlite_copy(aw_database *database, const char *path, bool (*progress)(int64_t done, int64_t total, void *ud),
                    void *ud, aw_error *err)
{
    sqlite3 *to = NULL;
    int rc = open_copy(path, &to, err);

    if (rc)
        return rc;
    rc = copy_pages(((aw__sqlite *)database)->handle, to, progress, ud, err);
    sqlite3_close(to);
    return rc;
}
