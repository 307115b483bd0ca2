/*
 * Database files as files: put in their place at once or not at all, and held against those who have them open.
 */
#ifndef AW_STORE_FILES_H
#define AW_STORE_FILES_H

#include <actingweb/common.h>
#include <actingweb/error.h>

#define AW__FILES_PATH_BYTES 4096

/* A new, empty file of mode 0600 beside path, for what is to get its name. */
int aw__files_make_temporary(const char *path, char ret_path[AW__FILES_PATH_BYTES], aw_error *err);

/* What is in the file, and its name, are on the disk. */
int aw__files_sync(const char *path, aw_error *err);

/* The file belongs to whom the other one does, and has its mode. */
int aw__files_copy_owner(const char *path, const char *like, aw_error *err);
/* When root asks, the file belongs to whom its folder does, who could not read it otherwise. */
int aw__files_give_to_folder(const char *path, aw_error *err);

/* The file gets the name, and keeps it when the machine stops. AW_E_EXISTS: there is one of that name, and not
 * `overwrite`. */
int aw__files_rename(const char *from, const char *path, bool overwrite, aw_error *err);

bool aw__files_exist(const char *path);
/* AW_E_INVALID, beginning with the field's name: there is something of this name that is no file, but a folder, a
 * device, or, unless links are followed, a link. */
int aw__files_check_plain(const char *field, const char *path, bool follow, aw_error *err);
/* Two names of one file. */
bool aw__files_same(const char *a, const char *b);

/*
 * Locks a file of SQLite's against all who would read or write it, until aw__files_unlock(). AW_E_BUSY: somebody has it
 * open (those who have a database with a log open hold a lock, whatever they do). *ret_lock is -1 when there is no such
 * file.
 */
int aw__files_lock(const char *path, int *ret_lock, aw_error *err);
void aw__files_unlock(int lock); /* takes -1 */

#endif
