/*
 * Names, locks and the disk. What is in the files is not known here.
 */
#include "store/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"

/* SQLite's lock bytes: pending, reserved, and 510 of which a reader holds one. They are part of its file format. */
enum { LOCK_START = 0x40000000, LOCK_BYTES = 512 };

static int fail(const char *doing, const char *path, aw_error *err)
{
    char text[96];
    const char *why = strerror_r(errno, text, sizeof(text));

    return aw__fail(err, AW_E_STORE, "%s %.120s: %s", doing, path, why);
}

int aw__files_make_temporary(const char *path, char ret_path[AW__FILES_PATH_BYTES], aw_error *err)
{
    if (snprintf(ret_path, AW__FILES_PATH_BYTES, "%s.XXXXXX", path) >= AW__FILES_PATH_BYTES)
        return aw__fail(err, AW_E_INVALID, "the name of the file is too long");
    int file = mkostemp(ret_path, O_CLOEXEC); /* of mode 0600 */

    if (file < 0)
        return fail("cannot write beside", path, err);
    close(file);
    return AW_OK;
}

/* ---- the disk ---- */

static int sync_one(const char *path, int flags)
{
    int file = open(path, flags | O_CLOEXEC);
    int rc = file < 0 ? -1 : fsync(file);
    int error = errno;

    if (file >= 0)
        close(file);
    errno = error;
    return rc;
}

static int name_folder(const char *path, char folder[AW__FILES_PATH_BYTES], aw_error *err)
{
    const char *slash = strrchr(path, '/');
    int bytes = slash ? (int)(slash - path) : 0;

    if (snprintf(folder, AW__FILES_PATH_BYTES, "%.*s", bytes, path) >= AW__FILES_PATH_BYTES)
        return aw__fail(err, AW_E_INVALID, "the name of the file is too long");
    if (!bytes)
        strcpy(folder, slash ? "/" : ".");
    return AW_OK;
}

static int sync_folder(const char *path, aw_error *err)
{
    char folder[AW__FILES_PATH_BYTES];
    int rc = name_folder(path, folder, err);

    if (rc)
        return rc;
    return sync_one(folder, O_RDONLY | O_DIRECTORY) ? fail("cannot save the folder", folder, err) : AW_OK;
}

int aw__files_sync(const char *path, aw_error *err)
{
    return sync_one(path, O_RDONLY) ? fail("cannot save", path, err) : sync_folder(path, err);
}

static int give(const char *path, const char *like, struct stat *old, aw_error *err)
{
    struct stat new;

    if (stat(like, old) || stat(path, &new))
        return fail("cannot look at", like, err);
    if ((old->st_uid != new.st_uid || old->st_gid != new.st_gid) && chown(path, old->st_uid, old->st_gid))
        return fail("cannot give the copy the owner of", like, err);
    return AW_OK;
}

int aw__files_give_to_folder(const char *path, aw_error *err)
{
    char folder[AW__FILES_PATH_BYTES];
    struct stat found;
    int rc = name_folder(path, folder, err);

    return rc || geteuid() ? rc : give(path, folder, &found, err);
}

int aw__files_copy_owner(const char *path, const char *like, aw_error *err)
{
    struct stat old;
    int rc = give(path, like, &old, err);

    if (rc)
        return rc;
    return chmod(path, old.st_mode & 0777) ? fail("cannot give the copy the mode of", like, err) : AW_OK;
}

int aw__files_rename(const char *from, const char *path, bool overwrite, aw_error *err)
{
    int rc = renameat2(AT_FDCWD, from, AT_FDCWD, path, overwrite ? 0 : RENAME_NOREPLACE);

    /* A file system, or a system, that does not know of it. */
    if (rc && !overwrite && (errno == EINVAL || errno == ENOSYS) && !aw__files_exist(path))
        rc = rename(from, path);
    if (rc && errno == EEXIST)
        return aw__fail(err, AW_E_EXISTS, "%.150s is there already", path);
    return rc ? fail("cannot write", path, err) : sync_folder(path, err);
}

/* ---- names ---- */

bool aw__files_exist(const char *path)
{
    struct stat found;

    return lstat(path, &found) == 0;
}

int aw__files_check_plain(const char *field, const char *path, bool follow, aw_error *err)
{
    struct stat found;

    if ((follow ? stat(path, &found) : lstat(path, &found)) || S_ISREG(found.st_mode))
        return AW_OK;
    return aw__fail(err, AW_E_INVALID, "%s: %.150s is no plain file", field, path);
}

bool aw__files_same(const char *a, const char *b)
{
    struct stat of_a, of_b;

    return stat(a, &of_a) == 0 && stat(b, &of_b) == 0 && of_a.st_dev == of_b.st_dev && of_a.st_ino == of_b.st_ino;
}

/* ---- locks ---- */

/* Whether this process has the file open: closing a descriptor of our own would then take away the locks that SQLite
 * has on it, since those are the process's. */
static bool is_open_here(const char *path)
{
    DIR *folder = opendir("/proc/self/fd");
    struct stat file, found;
    bool open_here = false;

    for (struct dirent *entry; folder && !open_here && (entry = readdir(folder));)
        open_here = stat(path, &file) == 0 && fstatat(dirfd(folder), entry->d_name, &found, 0) == 0 &&
                    found.st_dev == file.st_dev && found.st_ino == file.st_ino;
    if (folder)
        closedir(folder);
    return open_here;
}

static int fail_locked(const char *path, aw_error *err)
{
    return aw__fail(err, AW_E_BUSY, "%.150s is in use: stop the server first", path);
}

/* A lock of the descriptor and not of the process, so that those of two threads are two. */
int aw__files_lock(const char *path, int *ret_lock, aw_error *err)
{
    struct flock range = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = LOCK_START, .l_len = LOCK_BYTES};

    if (is_open_here(path))
        return fail_locked(path, err);

    int file = open(path, O_RDWR | O_CLOEXEC);

    if (file < 0 && errno != ENOENT)
        return fail("cannot open", path, err);
    if (file >= 0 && fcntl(file, F_OFD_SETLK, &range)) {
        int rc = errno == EAGAIN || errno == EACCES ? fail_locked(path, err) : fail("cannot lock", path, err);

        close(file);
        return rc;
    }
    *ret_lock = file;
    return AW_OK;
}

void aw__files_unlock(int lock)
{
    if (lock >= 0)
        close(lock);
}
