/*
 * Actors as the store knows them: made, found, ended. What peers have to be told is src/flow/'s.
 */
#ifndef AW_ACTOR_ACTOR_H
#define AW_ACTOR_ACTOR_H

#include "actor/site.h"
#include "store/actors.h"

/* creator NULL: "creator"; passphrase NULL or "": made. The row is in the arena. With config.unique_creator a creator
 * that is taken gives AW_E_EXISTS, unless the passphrase is that actor's: then AW_OK with the existing actor and
 * *ret_created false. AW_E_INVALID: texts over 255 bytes, not UTF-8, or empty. */
int aw__actor_create(aw__site *site, aw__arena *arena, const char *creator, const char *passphrase,
                     aw__actor_row *ret_row, bool *ret_created, aw_error *err);
int aw__actor_find(aw__site *site, aw__arena *arena, const char *actor_id, aw__actor_row *ret_row, aw_error *err);
int aw__actor_erase(aw__site *site, const char *actor_id, aw_error *err);

/* trustee_root, kept in attribute bucket _internal as the reference does. "" when unset; in the arena. */
int aw__actor_trustee_root(aw__site *site, aw__arena *arena, const char *actor_id, const char **ret_root,
                           aw_error *err);
int aw__actor_set_trustee_root(aw__site *site, const char *actor_id, const char *root, aw_error *err);
/* Both or neither; what is NULL or "" stays. AW_E_EXISTS: with config.unique_creator, another actor's creator.
 * AW_E_INVALID: as for aw__actor_create() and for the root. AW_E_NOT_FOUND. */
int aw__actor_set_owner(aw__site *site, const char *actor_id, const char *creator, const char *trustee_root,
                        aw_error *err);

#endif
