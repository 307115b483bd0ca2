/*
 * Backup and restore. A copy is made beside the place that it is for, checked there, and renamed when it is on the disk:
 * whatever happens, there is a whole file under each name.
 *
 * Restoring takes the lock that SQLite's users of a database hold, and keeps it until the new file has the name. Who opens
 * the old one in the very moment waits for the lock, finds that the file was moved, and begins anew (sqlite.c).
 */
#include "store/backup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/text.h"
#include "store/files.h"
#include "store/schema.h"
#include "store/statement.h"
#include "store/store.h"

#define BEFORE ".before-restore"

/* --------------------------------------------------------------------------------------------------- the store --- */

static int find(const aw__backup *backup, const char *tool, const aw_database_driver **ret_driver, const char **ret_path,
                aw_error *err)
{
    const aw_database_driver *driver = aw__store_driver(backup->location, ret_path);

    if (aw__text_starts(backup->location, "postgres") || (driver && !driver->copy))
        return aw__fail(err, AW_E_UNSUPPORTED, "a PostgreSQL database has tools of its own for this: %s", tool);
    if (!driver)
        return aw__fail(err, AW_E_INVALID, "store: must be \"sqlite:PATH\"");
    if (aw__text_empty(*ret_path))
        return aw__fail(err, AW_E_INVALID, "store: must be the path of a file");
    if (aw__files_same(*ret_path, backup->file))
        return aw__fail(err, AW_E_INVALID, "file: is the database itself");
    *ret_driver = driver;
    return AW_OK;
}

/* ------------------------------------------------------------------------------------------------------ a copy --- */

static bool on_pages(int64_t done, int64_t total, void *arg)
{
    const aw__backup *backup = arg;

    return !backup->progress || backup->progress("pages", done, total, backup->ud);
}

/* What is in the database now, and goes on being so for this connection: its transaction has read something. */
static int copy_out(const aw__backup *backup, aw_database *from, const char *to, aw_error *err)
{
    aw__backup ud = *backup;
    int rc = from->driver->begin(from, false, err);

    if (rc == AW_OK)
        rc = aw__schema_known(from, err);
    if (rc == AW_OK)
        rc = from->driver->copy(from, to, on_pages, &ud, err);
    from->driver->rollback(from);
    return rc;
}

/* That it is whole: all of its pages and indexes are looked at. */
static int check(const aw__backup *backup, const aw_database_driver *driver, const char *path, aw_error *err)
{
    aw_database *copy = NULL;
    char said[128] = "";
    int rc = driver->open(path, true, &copy, err);

    if (rc)
        return rc;
    if (backup->progress && !backup->progress("check", 0, 0, backup->ud)) {
        rc = aw__fail(err, AW_E_CANCELED, "as asked for");
    } else {
        aw__statement s = aw__sql(copy, "PRAGMA integrity_check(1)", err);

        if (aw__row(&s))
            snprintf(said, sizeof(said), "%s", aw__column_text(&s, 0));
        rc = aw__finish(&s);
    }
    driver->close(copy);
    if (rc == AW_OK && strcmp(said, "ok") != 0)
        rc = aw__fail(err, AW_E_STORE, "%.100s is damaged: %s", backup->file, said);
    return rc;
}

/* A file beside `place`, with all that is in the database at `from`, whole and on the disk. */
static int make_copy(const aw__backup *backup, const aw_database_driver *driver, const char *from, const char *place,
                     char ret_path[AW__FILES_PATH_BYTES], aw_error *err)
{
    aw_database *database = NULL;
    int rc = driver->open(from, true, &database, err);

    if (rc)
        return rc;
    rc = aw__files_beside(place, ret_path, err);
    if (rc == AW_OK) {
        rc = copy_out(backup, database, ret_path, err);
        if (rc == AW_OK)
            rc = check(backup, driver, ret_path, err);
        if (rc == AW_OK)
            rc = aw__files_sync(ret_path, err);
        if (rc)
            unlink(ret_path);
    }
    driver->close(database);
    return rc;
}

/* ------------------------------------------------------------------------------------------------------ backup --- */

int aw__backup_write(const aw__backup *backup, aw_error *err)
{
    const aw_database_driver *driver = NULL;
    const char *path = NULL;
    char copy[AW__FILES_PATH_BYTES];
    int rc = find(backup, "pg_dump --format=custom --file=FILE \"$AW_STORE\"", &driver, &path, err);

    if (rc == AW_OK && !backup->overwrite && aw__files_exist(backup->file))
        rc = aw__fail(err, AW_E_EXISTS, "%.150s is there already", backup->file);
    if (rc == AW_OK)
        rc = make_copy(backup, driver, path, backup->file, copy, err);
    if (rc)
        return rc;
    rc = aw__files_place(copy, backup->file, backup->overwrite, err);
    if (rc)
        unlink(copy);
    return rc;
}

/* ----------------------------------------------------------------------------------------------------- restore --- */

enum { PATH_BYTES = AW__FILES_PATH_BYTES - 32 }; /* with room for what is put behind it */

/* The paths of a restore. */
struct places {
    char path[PATH_BYTES];
    char log[AW__FILES_PATH_BYTES]; /* what SQLite keeps beside it */
    char index[AW__FILES_PATH_BYTES];
    char kept[AW__FILES_PATH_BYTES]; /* the old one's */
    char kept_log[AW__FILES_PATH_BYTES];
};

/* Of the file itself, where the name is a link to it: SQLite's other files are beside that. */
static int name_places(const char *path, struct places *places, aw_error *err)
{
    char *real = realpath(path, NULL);
    const char *named = real ? real : path;
    int bytes = snprintf(places->path, sizeof(places->path), "%s", named);

    free(real);
    if (bytes >= PATH_BYTES)
        return aw__fail(err, AW_E_INVALID, "the path of the database is too long");
    path = places->path;
    snprintf(places->log, sizeof(places->log), "%s-wal", path);
    snprintf(places->index, sizeof(places->index), "%s-shm", path);
    snprintf(places->kept, sizeof(places->kept), "%s" BEFORE, path);
    snprintf(places->kept_log, sizeof(places->kept_log), "%s" BEFORE "-wal", path);
    return AW_OK;
}

/* What is in the log of the old one goes into it, where it can still be read: then one file is all there is of it. Who
 * closes it last removes the log. */
static void fold_log(const aw_database_driver *driver, const char *path)
{
    aw_database *database = NULL;

    if (aw__files_exist(path) && driver->open(path, false, &database, NULL) == AW_OK) {
        (void)driver->execute(database, "PRAGMA wal_checkpoint(TRUNCATE)", NULL);
        driver->close(database);
    }
}

/* The old file gets a second name, so that there is always one of its first name. Then its log, which beside the new file
 * would be read as that one's: not before, since without it the old one is not what it was. */
static int keep_old(const struct places *places, bool overwrite, aw_error *err)
{
    int rc = AW_OK;

    if (overwrite) {
        unlink(places->kept);
        unlink(places->kept_log);
    }
    if (aw__files_exist(places->path) && link(places->path, places->kept))
        return aw__fail(err, AW_E_STORE, "cannot keep the old database as %.150s", places->kept);
    if (aw__files_exist(places->log))
        rc = aw__files_place(places->log, places->kept_log, false, err);
    if (rc)
        unlink(places->kept);
    else
        unlink(places->index); /* SQLite makes it anew; there is none without a log */
    return rc;
}

static int replace(const struct places *places, const char *copy, bool overwrite, aw_error *err)
{
    int lock = -1;
    int rc = aw__files_hold(places->path, &lock, err);

    if (rc)
        return rc;
    rc = keep_old(places, overwrite, err);
    if (rc == AW_OK)
        rc = aw__files_place(copy, places->path, lock >= 0, err);
    aw__files_release(lock);
    return rc;
}

/* What would keep it from being done, before the work of copying. */
static int check_places(const struct places *places, bool overwrite, aw_error *err)
{
    int lock = -1;
    int rc = aw__files_hold(places->path, &lock, err);

    aw__files_release(lock);
    if (rc)
        return rc;
    if (!overwrite && (aw__files_exist(places->kept) || aw__files_exist(places->kept_log)))
        return aw__fail(err, AW_E_EXISTS, "%.150s is there already, from an earlier restore", places->kept);
    return AW_OK;
}

int aw__backup_restore(const aw__backup *backup, aw_error *err)
{
    const aw_database_driver *driver = NULL;
    const char *path = NULL;
    char copy[AW__FILES_PATH_BYTES];
    struct places places;
    int rc = find(backup, "pg_restore --clean --if-exists --dbname=\"$AW_STORE\" FILE", &driver, &path, err);

    if (rc == AW_OK)
        rc = name_places(path, &places, err);
    if (rc == AW_OK)
        rc = check_places(&places, backup->overwrite, err);
    if (rc == AW_OK)
        rc = make_copy(backup, driver, backup->file, places.path, copy, err);
    if (rc)
        return rc;
    if (aw__files_exist(places.path))
        rc = aw__files_dress(copy, places.path, err);
    fold_log(driver, places.path);
    if (rc == AW_OK)
        rc = replace(&places, copy, backup->overwrite, err);
    if (rc)
        unlink(copy);
    return rc;
}
