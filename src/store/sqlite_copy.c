/*
 * Copies an SQLite database page by page, and looks at the copy from end to end.
 */
#include "store/sqlite_copy.h"

#include <string.h>

#include "base/error.h"
#include "store/sqlite_connection.h"

enum { COPY_PAGES = 1024, CHECK_STEPS = 10000 };

/* Who is told how far it is, and whether they have had enough. */
struct watch {
    aw_database_progress_cb *progress; /* or NULL */
    void *ud;
    bool stopped;
};

static bool goes_on(struct watch *watch, const char *what, int64_t done, int64_t total)
{
    if (watch->progress && !watch->progress(what, done, total, watch->ud))
        watch->stopped = true;
    return !watch->stopped;
}

static int stop(aw_error *err)
{
    return aw__fail(err, AW_E_CANCELED, "as asked for");
}

/* ---- copying ---- */

/* Nothing of the copy counts until all of it is there, so it needs no journal. */
static int open_copy(const char *path, int flags, const char *settings, sqlite3 **ret_handle, aw_error *err)
{
    sqlite3 *handle = NULL;
    int rc = sqlite3_open_v2(path, &handle, SQLITE_OPEN_NOMUTEX | flags, NULL);

    if (!rc)
        rc = sqlite3_exec(handle, settings, NULL, NULL, NULL);
    if (rc) {
        int code = aw__sqlite_fail(handle, rc, "the copy", err);

        sqlite3_close(handle);
        return code;
    }
    *ret_handle = handle;
    return AW_OK;
}

/* Since the connection is in a transaction, its pages stay what they are, and no writer makes this begin anew. */
static int copy_pages(sqlite3 *from, sqlite3 *to, struct watch *watch, aw_error *err)
{
    sqlite3_backup *backup = sqlite3_backup_init(to, "main", from, "main");
    int rc = backup ? SQLITE_OK : sqlite3_errcode(to);

    while (backup && !rc) {
        rc = sqlite3_backup_step(backup, COPY_PAGES);
        int64_t total = sqlite3_backup_pagecount(backup);

        if (!rc && !goes_on(watch, "pages", total - sqlite3_backup_remaining(backup), total))
            break;
    }
    sqlite3_backup_finish(backup);
    if (watch->stopped)
        return stop(err);
    if (rc == SQLITE_DONE) /* it says of itself that it has a log beside it, as the original does */
        rc = sqlite3_exec(to, "PRAGMA journal_mode = DELETE", NULL, NULL, NULL);
    return rc ? aw__sqlite_fail(to, rc, "the copy", err) : AW_OK;
}

/* ---- checking ---- */

static int on_steps(void *arg)
{
    return !goes_on(arg, "check", 0, 0);
}

/* "*** in database main ***" is a line before what is wrong. */
static int fail_damaged(sqlite3 *original, const char *said, aw_error *err)
{
    const char *line = strncmp(said, "***", 3) == 0 ? strchr(said, '\n') : NULL;

    line = line ? line + 1 : said;
    return aw__fail(err, AW_E_STORE, "%.120s is damaged: %.*s", sqlite3_db_filename(original, "main"),
                    (int)strcspn(line, "\n"), line);
}

/* Each of its pages and of its indexes. What is wrong there is so in the original. */
static int check_all(sqlite3 *copy, sqlite3 *original, struct watch *watch, aw_error *err)
{
    sqlite3_stmt *statement = NULL;
    const char *said = "nothing was said of it";
    int rc, code = AW_OK;

    sqlite3_progress_handler(copy, CHECK_STEPS, on_steps, watch);
    rc = sqlite3_prepare_v2(copy, "PRAGMA integrity_check(1)", -1, &statement, NULL);
    if (!rc)
        rc = sqlite3_step(statement);
    if (rc == SQLITE_ROW && sqlite3_column_text(statement, 0))
        said = (const char *)sqlite3_column_text(statement, 0);
    if (watch->stopped)
        code = stop(err);
    else if (rc != SQLITE_ROW)
        code = aw__sqlite_fail(copy, rc, "the copy", err);
    else if (strcmp(said, "ok") != 0)
        code = fail_damaged(original, said, err);
    sqlite3_finalize(statement);
    return code;
}

static int check(const char *path, sqlite3 *original, struct watch *watch, aw_error *err)
{
    sqlite3 *copy = NULL;
    int rc = goes_on(watch, "check", 0, 0) ? open_copy(path, SQLITE_OPEN_READONLY, "", &copy, err) : stop(err);

    if (rc)
        return rc;
    rc = check_all(copy, original, watch, err);
    sqlite3_close(copy);
    return rc;
}

int aw__sqlite_copy(aw_database *database, const char *path, aw_database_progress_cb *progress, void *ud, aw_error *err)
{
    struct watch watch = {.progress = progress, .ud = ud};
    sqlite3 *from = ((aw__sqlite *)database)->handle, *to = NULL;
    int rc = open_copy(path, SQLITE_OPEN_READWRITE, "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF", &to, err);

    if (rc)
        return rc;
    rc = copy_pages(from, to, &watch, err);
    sqlite3_close(to);
    return rc ? rc : check(path, from, &watch, err);
}
