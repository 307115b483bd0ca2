/*
 * A table of buckets. What a statement is made of is its driver's.
 */
#include "store/statement_cache.h"

static aw__cached_statement **bucket_of(aw__statement_cache *cache, const char *sql)
{
    return &cache->buckets[((uintptr_t)sql >> 3) % AW__STATEMENT_BUCKETS];
}

aw__cached_statement *aw__statement_cache_use(aw__statement_cache *cache, const char *sql)
{
    aw__cached_statement *s = *bucket_of(cache, sql);

    while (s && (s->sql != sql || s->in_use))
        s = s->next;
    if (s)
        s->in_use = true;
    return s;
}

void aw__statement_cache_add(aw__statement_cache *cache, const char *sql, aw__cached_statement *made)
{
    aw__cached_statement **bucket = bucket_of(cache, sql);

    made->sql = sql;
    made->in_use = true;
    made->next = *bucket;
    *bucket = made;
}

aw__cached_statement *aw__statement_cache_pop(aw__statement_cache *cache)
{
    for (size_t i = 0; i < AW__STATEMENT_BUCKETS; i++) {
        aw__cached_statement *s = cache->buckets[i];

        if (s) {
            cache->buckets[i] = s->next;
            return s;
        }
    }
    return NULL;
}
