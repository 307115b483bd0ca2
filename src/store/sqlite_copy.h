/*
 * The SQLite driver's copy() (<actingweb/sys/database.h>). Where the copy comes from and goes to is backup.c's.
 */
#ifndef AW_STORE_SQLITE_COPY_H
#define AW_STORE_SQLITE_COPY_H

#include <actingweb/sys/database.h>

int aw__sqlite_copy(aw_database *database, const char *path, aw_database_progress_cb *progress, void *ud, aw_error *err);

#endif
