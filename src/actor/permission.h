/*
 * What a relationship grants: the rules of its trust type, changed by those of this one trust, which are kept in bucket
 * _trust_permissions as the reference keeps them (WIRE 14).
 */
#ifndef AW_ACTOR_PERMISSION_H
#define AW_ACTOR_PERMISSION_H

#include <jansson.h>

#include "actor/site.h"
#include "model/permission.h"
#include "store/trusts.h"

#define AW__TRUST_PERMISSIONS_BUCKET "_trust_permissions"

/* "{actor}:{peer}", under which a trust's own rules are kept; NULL when out of memory. */
const char *aw__permission_key(aw__arena *arena, const char *actor_id, const char *peer_id);

/* Inside a transaction: of this trust. *ret_permissions is NULL when its type is unknown and it has no rules of its
 * own; it lives in the arena, or for ever. A second trust of the same type without rules of its own gets the same
 * pointer. */
int aw__permission_find(const aw__site *site, aw_database *database, aw__arena *arena, const aw_trust *trust,
                        const aw__permissions **ret_permissions, aw_error *err);

/* The same with a transaction of its own. */
int aw__permission_get(const aw__site *site, aw__arena *arena, const aw_trust *trust,
                       const aw__permissions **ret_permissions, aw_error *err);

/* The same from a row of the bucket that has been read already; text and row NULL: there is none. */
int aw__permission_of(const aw__site *site, aw__arena *arena, const aw_trust *trust, const char *text,
                      const aw__permissions **ret_permissions, aw_error *err);
int aw__permission_merged(const aw__site *site, aw__arena *arena, const aw_trust *trust, const json_t *row,
                          const aw__permissions **ret_permissions, aw_error *err);

#endif
