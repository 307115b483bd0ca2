/*
 * The bucket of one peer's data, "remote:{peer}", and the form in which a single value is kept there.
 *
 * The reference keeps scalars as {"value":v} and objects as they are; here an object whose only member is "value" is
 * wrapped as well, or it could not be told from a scalar when it is read.
 */
#ifndef AW_ACTOR_REMOTE_BUCKET_H
#define AW_ACTOR_REMOTE_BUCKET_H

#include <jansson.h>

#include "actor/remote_list.h"
#include "base/alloc.h"
#include <actingweb/sys/database.h>

#define AW__REMOTE_BUCKET_BYTES 264

/* Inside a transaction, from open to close. */
typedef struct aw__remote_bucket {
    aw_database *database;
    aw__arena *arena;
    const char *actor_id;
    char name[AW__REMOTE_BUCKET_BYTES];
} aw__remote_bucket;

int aw__remote_bucket_open(aw__remote_bucket *bucket, aw_database *database, const char *actor_id, const char *peer_id,
                           aw_error *err);
void aw__remote_bucket_close(aw__remote_bucket *bucket); /* also one that could not be opened */

/* "" and null stand for nothing, at the protocol's word. */
bool aw__remote_is_deletion(const json_t *value);

/* What a row that belongs to no list holds, unwrapped; the caller's. */
int aw__remote_parse(const char *text, json_t **ret_value, aw_error *err);

/* *ret_value NULL: no such value (there may be a list). The caller's. */
int aw__remote_bucket_get(const aw__remote_bucket *bucket, const char *name, json_t **ret_value, aw_error *err);
int aw__remote_bucket_set(const aw__remote_bucket *bucket, const char *name, json_t *value, aw_error *err);
/* The value or the list of that name becomes the list of these items. */
int aw__remote_bucket_set_list(const aw__remote_bucket *bucket, const char *name, json_t *items, aw_error *err);
/* The value or the list of that name; absent is fine. */
int aw__remote_bucket_delete(const aw__remote_bucket *bucket, const char *name, aw_error *err);

aw__remote_list aw__remote_bucket_list(const aw__remote_bucket *bucket, const char *name);
/* The name whose data a row belongs to, in the arena; *ret_index is an item's index or AW__REMOTE_META, and below that
 * when the row is no list's. NULL when out of memory. */
const char *aw__remote_bucket_name(const aw__remote_bucket *bucket, const char *row_name, int64_t *ret_index);

#endif
