/*
 * What a connection has prepared, by the address of its text. For drivers.
 */
#ifndef AW_STORE_STATEMENT_CACHE_H
#define AW_STORE_STATEMENT_CACHE_H

#include <actingweb/sys/database.h>

enum { AW__STATEMENT_BUCKETS = 64 };

/* The driver's own struct begins with this one. */
typedef struct aw__cached_statement {
    aw_database_statement base; /* first */
    const char *sql;
    struct aw__cached_statement *next; /* in its bucket */
    bool in_use;                       /* until the driver's reset() */
} aw__cached_statement;

typedef struct aw__statement_cache {
    aw__cached_statement *buckets[AW__STATEMENT_BUCKETS];
} aw__statement_cache;

/* One of this text that is not in use, and is from now on. NULL: make one, and add it. The same text may be in use
 * twice, by a function that calls itself while it reads rows: then there are two. */
aw__cached_statement *aw__statement_cache_use(aw__statement_cache *cache, const char *sql);
void aw__statement_cache_add(aw__statement_cache *cache, const char *sql, aw__cached_statement *made);

/* Takes any one out, for freeing them all. NULL: there is none left. */
aw__cached_statement *aw__statement_cache_pop(aw__statement_cache *cache);

#endif
