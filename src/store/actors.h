/*
 * The table actors, and all that belongs to an actor when it ends.
 */
#ifndef AW_STORE_ACTORS_H
#define AW_STORE_ACTORS_H

#include "base/alloc.h"
#include <actingweb/sys/database.h>

typedef struct aw__actor_row {
    const char *id;
    const char *creator;
    const char *passphrase; /* a secret, in clear as in the reference's schema */
    const char *created_at;
} aw__actor_row;

/* Everywhere in src/store: rows are in the arena; a read or an update that finds nothing returns AW_E_NOT_FOUND, and a
 * delete that finds nothing is done (aw__changes() tells after those of one statement); a row that is there already is
 * AW_E_EXISTS. A list that is empty is NULL and 0. */
/* AW_E_EXISTS also for the id of an actor that has a tombstone. */
int aw__actors_insert(aw_database *database, const char *id, const char *creator, const char *passphrase,
                      aw_error *err);
int aw__actors_get(aw_database *database, aw__arena *arena, const char *id, aw__actor_row *ret_row, aw_error *err);
/* The one with the lowest id, should there be more. */
int aw__actors_get_by_creator(aw_database *database, aw__arena *arena, const char *creator, aw__actor_row *ret_row,
                              aw_error *err);
int aw__actors_set_creator(aw_database *database, const char *id, const char *creator, aw_error *err);
/* Deletes the actor's rows in every table, and leaves a tombstone in bucket _deleted_actors of actor _actingweb_deleted
 * for 30 days. AW_E_NOT_FOUND when there is no such actor. */
int aw__actors_delete(aw_database *database, const char *id, aw_error *err);

#endif
