/*
 * Trusts of one actor, looked up many times inside one transaction.
 */
#ifndef AW_ACTOR_TRUST_CACHE_H
#define AW_ACTOR_TRUST_CACHE_H

#include "store/trusts.h"

enum { AW__TRUST_CACHE_SINGLES = 16 };

typedef struct aw__trust_cache {
    aw_database *database;
    const char *actor_id;
    aw_trust *singles[AW__TRUST_CACHE_SINGLES];
    size_t lookups; /* singles asked for, found or not */
    aw_trust **all; /* by peer id */
    size_t all_count;
    bool has_all;
} aw__trust_cache;

/* Few peers are looked up one by one: an actor may have very many trusts and few subscribers. With more than a few, one
 * query brings them all. *ret_trust is borrowed until aw__trust_cache_free(); NULL with AW_OK: there is none. */
int aw__trust_cache_get(aw__trust_cache *cache, const char *peer_id, const aw_trust **ret_trust, aw_error *err);
void aw__trust_cache_free(aw__trust_cache *cache);

#endif
