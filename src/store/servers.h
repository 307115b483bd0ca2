/*
 * The table servers (ours alone; the reference has none): the processes that deliver callbacks from this database, and
 * the beat by which the others see that each is alive. Who is taken for dead is decided by src/flow/membership.c.
 */
#ifndef AW_STORE_SERVERS_H
#define AW_STORE_SERVERS_H

#include "base/alloc.h"
#include <actingweb/sys/database.h>

typedef struct aw__server_row {
    const char *id;
    int64_t beat; /* counts up while it lives */
} aw__server_row;

/* With the beat 0. AW_E_EXISTS. */
int aw__servers_insert(aw_database *database, const char *id, aw_error *err);
/* One beat more. *ret_there is false when there is no such row any more. */
int aw__servers_beat(aw_database *database, const char *id, bool *ret_there, aw_error *err);
/* All of them, by id; rows and texts in the arena. */
int aw__servers_list(aw_database *database, aw__arena *arena, aw__server_row **ret_rows, size_t *ret_count,
                     aw_error *err);
int aw__servers_delete(aw_database *database, const char *id, aw_error *err);
/* Only when its beat is still that one: one that has beaten meanwhile lives. */
int aw__servers_delete_silent(aw_database *database, const aw__server_row *row, bool *ret_deleted, aw_error *err);

#endif
