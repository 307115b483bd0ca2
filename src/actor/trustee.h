/*
 * The peers that this actor has made, and owns as their trustee: with the passphrase of each, which is a secret. Making
 * and ending them is src/flow/'s, forgetting one is src/actor/trust.h's.
 */
#ifndef AW_ACTOR_TRUSTEE_H
#define AW_ACTOR_TRUSTEE_H

#include "actor/site.h"
#include "store/peertrustees.h"

/* AW_E_EXISTS: there is a trust with a peer of that name, or a peer that was made. AW_E_NOT_FOUND: no such actor. */
int aw__trustee_add(aw__site *site, const char *actor_id, const aw__peertrustee_row *row, aw_error *err);

/* Rows are in the arena. AW_E_NOT_FOUND. Of a type: the one with the lowest id that there is a trust with. */
int aw__trustee_find(aw__site *site, aw__arena *arena, const char *actor_id, const char *peer_id,
                     aw__peertrustee_row *ret_row, aw_error *err);
int aw__trustee_find_type(aw__site *site, aw__arena *arena, const char *actor_id, const char *type,
                          aw__peertrustee_row *ret_row, aw_error *err);
int aw__trustee_find_all(aw__site *site, aw__arena *arena, const char *actor_id, aw__peertrustee_row **ret_rows,
                         size_t *ret_count, aw_error *err);

#endif
