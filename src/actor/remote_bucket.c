/*
 * Single values of a peer's data in their bucket. What comes in, and when, is remote.c's.
 */
#include "actor/remote_bucket.h"

#include <stdio.h>
#include <string.h>

#include "actor/stored.h"
#include "base/error.h"
#include "base/json.h"
#include "store/attributes.h"

enum { NO_LIST = AW__REMOTE_META - 1 };

int aw__remote_bucket_open(aw__remote_bucket *bucket, aw_database *database, const char *actor_id, const char *peer_id,
                           aw_error *err)
{
    *bucket = (aw__remote_bucket){.database = database, .actor_id = actor_id};
    if (snprintf(bucket->name, sizeof(bucket->name), "remote:%s", peer_id) >= (int)sizeof(bucket->name))
        return aw__fail(err, AW_E_INVALID, "the peer's id is too long");
    bucket->arena = aw__arena_new();
    return bucket->arena ? AW_OK : aw__fail_nomem(err);
}

void aw__remote_bucket_close(aw__remote_bucket *bucket)
{
    aw__arena_free(bucket->arena);
    bucket->arena = NULL;
}

aw__remote_list aw__remote_bucket_list(const aw__remote_bucket *bucket, const char *name)
{
    return (aw__remote_list){bucket->database, bucket->arena, bucket->actor_id, bucket->name, name};
}

const char *aw__remote_bucket_name(const aw__remote_bucket *bucket, const char *row_name, int64_t *ret_index)
{
    size_t at, bytes;

    if (aw__remote_list_row(row_name, &at, &bytes, ret_index))
        return aw__arena_strndup(bucket->arena, row_name + at, bytes);
    *ret_index = NO_LIST;
    return row_name;
}

bool aw__remote_is_deletion(const json_t *value)
{
    return !value || json_is_null(value) || (json_is_string(value) && !json_string_length(value));
}

static bool is_wrapped(const json_t *value)
{
    return json_object_size(value) == 1 && json_object_get(value, "value");
}

int aw__remote_parse(const char *text, json_t **ret_value, aw_error *err)
{
    json_t *stored = NULL;
    int rc = aw__stored_parse(text, &stored, err);

    if (rc)
        return rc;
    *ret_value = json_incref(is_wrapped(stored) ? json_object_get(stored, "value") : stored);
    json_decref(stored);
    return AW_OK;
}

int aw__remote_bucket_get(const aw__remote_bucket *bucket, const char *name, json_t **ret_value, aw_error *err)
{
    aw__attribute_row row;
    aw_error why = {0};
    int rc = aw__attributes_get(bucket->database, bucket->arena, bucket->actor_id, bucket->name, name, &row, &why);

    if (rc == AW_E_NOT_FOUND) {
        *ret_value = NULL;
        return AW_OK;
    }
    if (rc) {
        *err = why;
        return rc;
    }
    return aw__remote_parse(row.data, ret_value, err);
}

int aw__remote_bucket_set(const aw__remote_bucket *bucket, const char *name, json_t *value, aw_error *err)
{
    bool wrap = !json_is_object(value) || is_wrapped(value);
    json_t *stored = wrap ? json_pack("{s:O}", "value", value) : json_incref(value);
    char *text = stored ? aw__json_text(stored) : NULL;
    int rc = text ? aw__attributes_set(bucket->database, bucket->actor_id, bucket->name, name, text, 0, err)
                  : aw__fail_nomem(err);

    aw__free(text);
    json_decref(stored);
    return rc;
}

int aw__remote_bucket_set_list(const aw__remote_bucket *bucket, const char *name, json_t *items, aw_error *err)
{
    aw__remote_list list = aw__remote_bucket_list(bucket, name);
    int rc = aw__attributes_delete(bucket->database, bucket->actor_id, bucket->name, name, err);

    return rc ? rc : aw__remote_list_set(&list, items, err);
}

int aw__remote_bucket_delete(const aw__remote_bucket *bucket, const char *name, aw_error *err)
{
    aw__remote_list list = aw__remote_bucket_list(bucket, name);
    int rc = aw__attributes_delete(bucket->database, bucket->actor_id, bucket->name, name, err);

    return rc ? rc : aw__remote_list_delete(&list, err);
}
