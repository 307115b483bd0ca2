/*
 * Trusts inside one transaction.
 */
#include "actor/trust_cache.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

static int by_peer(const void *a, const void *b)
{
    return strcmp((*(aw_trust *const *)a)->peer_id, (*(aw_trust *const *)b)->peer_id);
}

static int by_peer_id(const void *key, const void *item)
{
    return strcmp(key, (*(aw_trust *const *)item)->peer_id);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const aw__attribute_row *)a)->name, ((const aw__attribute_row *)b)->name);
}

static int by_key(const void *key, const void *item)
{
    return strcmp(key, ((const aw__attribute_row *)item)->name);
}

/* ---- one by one ---- */

/* False when that peer was not asked for yet. */
static bool find_single(const aw__trust_cache *cache, const char *peer_id, const aw_trust **ret_trust,
                        const aw__permissions **ret_permissions)
{
    for (size_t i = 0; i < cache->lookups; i++) {
        if (cache->singles[i] && !strcmp(cache->singles[i]->peer_id, peer_id)) {
            *ret_trust = cache->singles[i];
            *ret_permissions = cache->permissions[i];
            return true;
        }
    }
    return false;
}

static int read_single(aw__trust_cache *cache, const char *peer_id, const aw_trust **ret_trust,
                       const aw__permissions **ret_permissions, aw_error *err)
{
    size_t at = cache->lookups;
    aw_error why = {0};
    int rc = aw__trusts_get(cache->database, cache->actor_id, peer_id, &cache->singles[at], &why);

    if (rc && rc != AW_E_NOT_FOUND) {
        *err = why;
        return rc;
    }
    cache->lookups++;
    if (rc == AW_OK)
        rc = aw__permission_find(cache->site, cache->database, cache->arena, cache->singles[at],
                                 &cache->permissions[at], err);
    else
        rc = AW_OK;
    *ret_trust = cache->singles[at];
    *ret_permissions = cache->permissions[at];
    return rc;
}

/* ---- all at once ---- */

static int read_all(aw__trust_cache *cache, aw_error *err)
{
    int rc = aw__trusts_list(cache->database, cache->actor_id, NULL, NULL, NULL, &cache->all, &cache->all_count, err);

    if (rc == AW_OK)
        rc = aw__attributes_list(cache->database, cache->arena, cache->actor_id, AW__TRUST_PERMISSIONS_BUCKET, NULL,
                                 &cache->own_rules, &cache->own_count, err);
    if (rc)
        return rc;
    if (cache->all_count)
        qsort(cache->all, cache->all_count, sizeof(aw_trust *), by_peer);
    if (cache->own_count)
        qsort(cache->own_rules, cache->own_count, sizeof(*cache->own_rules), by_name);
    cache->has_all = true;
    return AW_OK;
}

static int find_in_all(aw__trust_cache *cache, const char *peer_id, const aw_trust **ret_trust,
                       const aw__permissions **ret_permissions, aw_error *err)
{
    aw_trust *const *found = cache->all_count ? bsearch(peer_id, cache->all, cache->all_count, sizeof(aw_trust *),
                                                        by_peer_id)
                                              : NULL;
    const char *key = found && cache->own_count ? aw__permission_key(cache->arena, cache->actor_id, peer_id) : NULL;

    *ret_trust = found ? *found : NULL;
    if (!found)
        return AW_OK;
    if (cache->own_count && !key)
        return aw__fail_nomem(err);
    const aw__attribute_row *row =
        key ? bsearch(key, cache->own_rules, cache->own_count, sizeof(*cache->own_rules), by_key) : NULL;

    return aw__permission_of(cache->site, cache->arena, *found, row ? row->data : NULL, ret_permissions, err);
}

int aw__trust_cache_get(aw__trust_cache *cache, const char *peer_id, const aw_trust **ret_trust,
                        const aw__permissions **ret_permissions, aw_error *err)
{
    *ret_permissions = NULL;
    if (find_single(cache, peer_id, ret_trust, ret_permissions))
        return AW_OK;
    if (cache->lookups < AW__TRUST_CACHE_SINGLES)
        return read_single(cache, peer_id, ret_trust, ret_permissions, err);
    int rc = cache->has_all ? AW_OK : read_all(cache, err);

    return rc ? rc : find_in_all(cache, peer_id, ret_trust, ret_permissions, err);
}

void aw__trust_cache_free(aw__trust_cache *cache)
{
    for (size_t i = 0; i < cache->lookups; i++)
        aw_trust_free(cache->singles[i]);
    aw_trust_list_free(cache->all, cache->all_count);
    *cache = (aw__trust_cache){0};
}
