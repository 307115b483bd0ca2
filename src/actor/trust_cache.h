/*
 * Trusts of one actor and what they grant, looked up many times inside one transaction.
 */
#ifndef AW_ACTOR_TRUST_CACHE_H
#define AW_ACTOR_TRUST_CACHE_H

#include "actor/permission.h"
#include "store/attributes.h"

enum { AW__TRUST_CACHE_SINGLES = 16 };

typedef struct aw__trust_cache {
    const aw__site *site;
    aw_database *database;
    const char *actor_id;
    aw__arena *arena; /* for permissions */
    aw_trust *singles[AW__TRUST_CACHE_SINGLES];
    const aw__permissions *permissions[AW__TRUST_CACHE_SINGLES]; /* of singles */
    size_t lookups; /* singles asked for, found or not */
    aw_trust **all; /* by peer id */
    size_t all_count;
    aw__attribute_row *own_rules; /* of all of them that have some, by name */
    size_t own_count;
    bool has_all;
} aw__trust_cache;

/* Few peers are looked up one by one: an actor may have very many trusts and few subscribers. With more than a few, one
 * query brings them all, and one their rules. *ret_trust is borrowed until aw__trust_cache_free(); NULL with AW_OK:
 * there is none. *ret_permissions as aw__permission_find() has it. */
int aw__trust_cache_get(aw__trust_cache *cache, const char *peer_id, const aw_trust **ret_trust,
                        const aw__permissions **ret_permissions, aw_error *err);
void aw__trust_cache_free(aw__trust_cache *cache);

#endif
