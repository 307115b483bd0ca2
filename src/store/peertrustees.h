/*
 * The table peertrustees: peers that this actor made or owns, with the passphrase to act as their trustee.
 */
#ifndef AW_STORE_PEERTRUSTEES_H
#define AW_STORE_PEERTRUSTEES_H

#include "base/alloc.h"
#include <actingweb/sys/database.h>

typedef struct aw__peertrustee_row {
    const char *peer_id;
    const char *baseuri;
    const char *type;
    const char *passphrase; /* a secret */
} aw__peertrustee_row;

int aw__peertrustees_get(aw_database *database, aw__arena *arena, const char *actor_id, const char *peer_id,
                         aw__peertrustee_row *ret_row, aw_error *err);
/* Of this type, the one with the lowest peer id that there is a trust with. */
int aw__peertrustees_get_trusted(aw_database *database, aw__arena *arena, const char *actor_id, const char *type,
                                 aw__peertrustee_row *ret_row, aw_error *err);
/* By peer id. */
int aw__peertrustees_list(aw_database *database, aw__arena *arena, const char *actor_id,
                          aw__peertrustee_row **ret_rows, size_t *ret_count, aw_error *err);
int aw__peertrustees_set(aw_database *database, const char *actor_id, const aw__peertrustee_row *row, aw_error *err);
int aw__peertrustees_delete(aw_database *database, const char *actor_id, const char *peer_id, aw_error *err);

#endif
