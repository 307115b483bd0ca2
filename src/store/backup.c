/*
 * Backup and restore. A copy is made beside the place that it is for, checked there, and renamed when it is on the
 * disk: whatever happens, there is a whole file under each name.
 *
 * Restoring takes the lock that SQLite's users of a database hold, and keeps it until the new file has the name. Who
 * opens the old one in the very moment waits for the lock, finds that the file was moved, and begins anew (sqlite.c).
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
#include "store/store.h"

#define BEFORE ".before-restore"

enum { PATH_BYTES = AW__FILES_PATH_BYTES - 32 }; /* with room for what is put behind it */

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
    if (strlen(*ret_path) >= PATH_BYTES || strlen(backup->file) >= PATH_BYTES)
        return aw__fail(err, AW_E_INVALID, "%s: is too long",
                        strlen(backup->file) >= PATH_BYTES ? "file" : "store");
    if (aw__files_same(*ret_path, backup->file))
        return aw__fail(err, AW_E_INVALID, "file: is the database itself");
    *ret_driver = driver;
    return aw__files_check_plain("store", *ret_path, true, err);
}

/* ------------------------------------------------------------------------------------------------------ a copy --- */

/* What is in the database now, and goes on being so for this connection: its transaction has read something. */
static int copy_out(const aw__backup *backup, aw_database *from, const char *to, aw_error *err)
{
    int rc = from->driver->begin(from, false, err);

    if (rc == AW_OK)
        rc = aw__schema_known(from, err);
    if (rc == AW_OK)
        rc = from->driver->copy(from, to, backup->progress, backup->ud, err);
    from->driver->rollback(from);
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
    rc = aw__files_make_temporary(place, ret_path, err);
    if (rc == AW_OK) {
        rc = copy_out(backup, database, ret_path, err);
        if (rc == AW_OK)
            rc = aw__files_sync(ret_path, err);
        if (rc)
            unlink(ret_path);
    }
    driver->close(database);
    return rc;
}

/* ------------------------------------------------------------------------------------------- what is beside it --- */

/* SQLite takes a file of such a name for part of the database, whatever it was part of before. */
static const char *const logs[] = {"-wal", "-journal"};

enum { LOGS = sizeof(logs) / sizeof(logs[0]) };

static const char *behind(const char *path, const char *end, char name[AW__FILES_PATH_BYTES])
{
    snprintf(name, AW__FILES_PATH_BYTES, "%.*s%s", PATH_BYTES, path, end);
    return name;
}

/* AW_E_EXISTS, with its name: of the database, or of one that had this name. */
static int check_nothing_there(const char *path, const char *whence, aw_error *err)
{
    char log[AW__FILES_PATH_BYTES];

    if (aw__files_exist(path))
        return aw__fail(err, AW_E_EXISTS, "%.150s is there already%s", path, whence);
    for (size_t i = 0; i < LOGS; i++)
        if (aw__files_exist(behind(path, logs[i], log)))
            return aw__fail(err, AW_E_EXISTS, "%.150s is there already%s", log, whence);
    return AW_OK;
}

static int move_logs(const char *from, const char *to, aw_error *err)
{
    char log[AW__FILES_PATH_BYTES], moved[AW__FILES_PATH_BYTES];
    int rc = AW_OK;

    for (size_t i = 0; rc == AW_OK && i < LOGS; i++)
        if (aw__files_exist(behind(from, logs[i], log)))
            rc = aw__files_rename(log, behind(to, logs[i], moved), false, err);
    return rc;
}

static void remove_logs(const char *path)
{
    char log[AW__FILES_PATH_BYTES];

    for (size_t i = 0; i < LOGS; i++)
        unlink(behind(path, logs[i], log));
}

/* SQLite makes it anew; there is none without a log. */
static void remove_index(const char *path)
{
    char index[AW__FILES_PATH_BYTES];

    unlink(behind(path, "-shm", index));
}

/* ------------------------------------------------------------------------------------------------------ backup --- */

static int check_target(const aw__backup *backup, aw_error *err)
{
    int lock = -1, rc = aw__files_check_plain("file", backup->file, false, err);

    if (rc == AW_OK && !backup->overwrite)
        rc = check_nothing_there(backup->file, "", err);
    if (rc)
        return rc;
    rc = aw__files_lock(backup->file, &lock, err); /* it may be the database of another server */
    aw__files_unlock(lock);
    return rc;
}

static int place_copy(const aw__backup *backup, const char *copy, aw_error *err)
{
    int lock = -1, rc = aw__files_lock(backup->file, &lock, err);

    if (rc)
        return rc;
    if (backup->overwrite) {
        remove_logs(backup->file);
        remove_index(backup->file);
    }
    rc = aw__files_rename(copy, backup->file, backup->overwrite && lock >= 0, err);
    aw__files_unlock(lock);
    return rc;
}

int aw__backup_write(const aw__backup *backup, aw_error *err)
{
    const aw_database_driver *driver = NULL;
    const char *path = NULL;
    char copy[AW__FILES_PATH_BYTES];
    int rc = find(backup, "pg_dump --format=custom --file=FILE URI", &driver, &path, err);

    if (rc == AW_OK)
        rc = check_target(backup, err);
    if (rc == AW_OK)
        rc = make_copy(backup, driver, path, backup->file, copy, err);
    if (rc)
        return rc;
    rc = place_copy(backup, copy, err);
    if (rc)
        unlink(copy);
    return rc;
}

/* ----------------------------------------------------------------------------------------------------- restore --- */

struct places {
    char path[PATH_BYTES];
    char kept[PATH_BYTES]; /* the old one's */
};

/* Of the file itself, where the name is a link to it: SQLite's other files are beside that. */
static int name_places(const char *path, struct places *places, aw_error *err)
{
    char *real = realpath(path, NULL);
    const char *named = real ? real : path;
    int bytes = snprintf(places->kept, sizeof(places->kept), "%s" BEFORE, named);

    if (bytes < PATH_BYTES)
        strcpy(places->path, named);
    free(real);
    return bytes < PATH_BYTES ? AW_OK : aw__fail(err, AW_E_INVALID, "store: the path is too long");
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

/* As if it had not been kept. */
static void take_back(const struct places *places)
{
    (void)move_logs(places->kept, places->path, NULL);
    unlink(places->kept);
}

/* The old file gets a second name, so that there is always one of its first name. Then its log, which beside the new
 * file would be read as that one's: not before, since without it the old one is not what it was. */
static int keep_old(const struct places *places, bool overwrite, aw_error *err)
{
    if (overwrite) {
        unlink(places->kept);
        remove_logs(places->kept);
    }
    if (aw__files_exist(places->path) && link(places->path, places->kept))
        return aw__fail(err, AW_E_STORE, "cannot keep the old database as %.150s", places->kept);
    int rc = move_logs(places->path, places->kept, err);

    if (rc)
        take_back(places);
    else
        remove_index(places->path);
    return rc;
}

static int replace(const struct places *places, const char *copy, bool overwrite, aw_error *err)
{
    int lock = -1;
    int rc = aw__files_lock(places->path, &lock, err);

    if (rc)
        return rc;
    rc = keep_old(places, overwrite, err);
    if (rc == AW_OK) {
        rc = aw__files_rename(copy, places->path, lock >= 0, err);
        if (rc && aw__files_same(places->path, places->kept))
            take_back(places);
    }
    aw__files_unlock(lock);
    return rc;
}

/* What would keep it from being done, before the work of copying. */
static int check_places(const aw__backup *backup, const struct places *places, aw_error *err)
{
    int lock = -1;
    int rc = aw__files_lock(places->path, &lock, err);

    aw__files_unlock(lock);
    if (rc == AW_OK)
        rc = aw__files_check_plain("file", backup->file, true, err);
    if (rc == AW_OK && !backup->overwrite)
        rc = check_nothing_there(places->kept, ", from an earlier restore", err);
    return rc;
}

/* Whoever could read the old one can read this one; where there was none, whoever the folder belongs to. */
static int dress(const char *copy, const struct places *places, aw_error *err)
{
    return aw__files_exist(places->path) ? aw__files_copy_owner(copy, places->path, err) : aw__files_give_to_folder(copy, err);
}

int aw__backup_restore(const aw__backup *backup, aw_error *err)
{
    const aw_database_driver *driver = NULL;
    const char *path = NULL;
    char copy[AW__FILES_PATH_BYTES];
    struct places places;
    int rc = find(backup, "pg_restore --clean --if-exists --single-transaction --dbname=URI FILE", &driver, &path, err);

    if (rc == AW_OK)
        rc = name_places(path, &places, err);
    if (rc == AW_OK)
        rc = check_places(backup, &places, err);
    if (rc == AW_OK)
        rc = make_copy(backup, driver, backup->file, places.path, copy, err);
    if (rc)
        return rc;
    rc = dress(copy, &places, err);
    if (rc == AW_OK) {
        fold_log(driver, places.path);
        rc = replace(&places, copy, backup->overwrite, err);
    }
    if (rc)
        unlink(copy);
    return rc;
}
