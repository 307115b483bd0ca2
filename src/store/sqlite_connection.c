/*
 * A connection to SQLite: what its failures mean.
 */
#include "store/sqlite_connection.h"

#include <string.h>

#include "base/error.h"

int aw__sqlite_code(int rc)
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

int aw__sqlite_fail(sqlite3 *handle, int rc, const char *doing, aw_error *err)
{
    int code = aw__sqlite_code(rc);
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
