/*
 * A copy of a database in a file, and the way back: of databases whose driver can copy, which is SQLite's.
 */
#ifndef AW_STORE_BACKUP_H
#define AW_STORE_BACKUP_H

#include <actingweb/store.h>

/* What there is to say is in the public header. */
typedef struct aw__backup {
    const char *location; /* of the store */
    const char *file;
    bool overwrite;
    aw_store_progress_cb *progress; /* or NULL */
    void *ud;
} aw__backup;

int aw__backup_write(const aw__backup *backup, aw_error *err);
int aw__backup_restore(const aw__backup *backup, aw_error *err);

#endif
