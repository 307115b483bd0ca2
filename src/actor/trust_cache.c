/*
 * Trusts inside one transaction.
 */
#include "actor/trust_cache.h"

#include <stdlib.h>
#include <string.h>

static int by_peer(const void *a, const void *b)
{
    return strcmp((*(aw_trust *const *)a)->peer_id, (*(aw_trust *const *)b)->peer_id);
}

static int by_peer_id(const void *key, const void *item)
{
    return strcmp(key, (*(aw_trust *const *)item)->peer_id);
}

static const aw_trust *find_single(const aw__trust_cache *cache, const char *peer_id)
{
    for (size_t i = 0; i < cache->lookups; i++)
        if (cache->singles[i] && !strcmp(cache->singles[i]->peer_id, peer_id))
            return cache->singles[i];
    return NULL;
}

static int read_single(aw__trust_cache *cache, const char *peer_id, const aw_trust **ret_trust, aw_error *err)
{
    aw_trust *trust = NULL;
    aw_error why = {0};
    int rc = aw__trusts_get(cache->database, cache->actor_id, peer_id, &trust, &why);

    if (rc && rc != AW_E_NOT_FOUND) {
        *err = why;
        return rc;
    }
    cache->singles[cache->lookups++] = trust;
    *ret_trust = trust;
    return AW_OK;
}

static int read_all(aw__trust_cache *cache, aw_error *err)
{
    int rc = aw__trusts_list(cache->database, cache->actor_id, NULL, NULL, NULL, &cache->all, &cache->all_count, err);

    if (rc)
        return rc;
    if (cache->all_count)
        qsort(cache->all, cache->all_count, sizeof(aw_trust *), by_peer);
    cache->has_all = true;
    return AW_OK;
}

int aw__trust_cache_get(aw__trust_cache *cache, const char *peer_id, const aw_trust **ret_trust, aw_error *err)
{
    const aw_trust *single = find_single(cache, peer_id);

    if (single) {
        *ret_trust = single;
        return AW_OK;
    }
    if (cache->lookups < AW__TRUST_CACHE_SINGLES)
        return read_single(cache, peer_id, ret_trust, err);
    int rc = cache->has_all ? AW_OK : read_all(cache, err);

    if (rc)
        return rc;
    aw_trust *const *found = cache->all_count ? bsearch(peer_id, cache->all, cache->all_count, sizeof(aw_trust *),
                                                        by_peer_id)
                                              : NULL;

    *ret_trust = found ? *found : NULL;
    return AW_OK;
}

void aw__trust_cache_free(aw__trust_cache *cache)
{
    for (size_t i = 0; i < cache->lookups; i++)
        aw_trust_free(cache->singles[i]);
    aw_trust_list_free(cache->all, cache->all_count);
    *cache = (aw__trust_cache){0};
}
