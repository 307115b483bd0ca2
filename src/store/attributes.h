/*
 * The table attributes: JSON values in named buckets, some with an expiry, which reads honour.
 */
#ifndef AW_STORE_ATTRIBUTES_H
#define AW_STORE_ATTRIBUTES_H

#include "base/alloc.h"
#include <actingweb/sys/database.h>

typedef struct aw__attribute_row {
    const char *name;
    const char *data;      /* JSON text */
    const char *timestamp; /* "" when unset */
    const char *bucket;    /* of aw__attributes_list_all() only */
} aw__attribute_row;

int aw__attributes_get(aw_database *database, aw__arena *arena, const char *actor_id, const char *bucket,
                       const char *name, aw__attribute_row *ret_row, aw_error *err);
/* By name. prefix NULL: all of the bucket. */
int aw__attributes_list(aw_database *database, aw__arena *arena, const char *actor_id, const char *bucket,
                        const char *prefix, aw__attribute_row **ret_rows, size_t *ret_count, aw_error *err);
/* By bucket and name. */
int aw__attributes_list_all(aw_database *database, aw__arena *arena, const char *actor_id,
                            aw__attribute_row **ret_rows, size_t *ret_count, aw_error *err);
/* expires_at_s: seconds since 1970, 0: never. The timestamp is now. */
int aw__attributes_set(aw_database *database, const char *actor_id, const char *bucket, const char *name,
                       const char *data, int64_t expires_at_s, aw_error *err);
int aw__attributes_delete(aw_database *database, const char *actor_id, const char *bucket, const char *name,
                          aw_error *err);
int aw__attributes_delete_bucket(aw_database *database, const char *actor_id, const char *bucket, aw_error *err);
int aw__attributes_delete_all(aw_database *database, const char *actor_id, aw_error *err);
/* How much room the attributes of a bucket take, about: names, values, and what a row takes besides. */
int aw__attributes_bytes(aw_database *database, const char *actor_id, const char *bucket, int64_t *ret_bytes,
                         aw_error *err);

typedef struct aw__attribute_place {
    const char *actor_id;
    const char *name;
} aw__attribute_place;

/* Of all actors, what there is in bucket _callback_state, in some order that stays the same, beginning after *after
 * (NULL: from the start), at most limit. */
int aw__attributes_callback_states(aw_database *database, aw__arena *arena, const aw__attribute_place *after, int limit,
                                   aw__attribute_place **ret_places, size_t *ret_count, aw_error *err);
/* Of all actors, what expired before now_s, at most limit, the oldest first: housekeeping, never part of a request. */
int aw__attributes_delete_expired(aw_database *database, int64_t now_s, int limit, int64_t *ret_count, aw_error *err);

#endif
