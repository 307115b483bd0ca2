/*
 * Remote data, read: rows become values again, and the rows of a list an array.
 */
#include "actor/remote.h"

#include "actor/remote_bucket.h"
#include "actor/stored.h"
#include "base/error.h"
#include "store/attributes.h"

struct reading {
    const char *actor_id;
    const char *peer_id;
    const char *name; /* NULL: all */
    json_t *value;
};

/* The array that a list's items go to. NULL when out of memory. */
static json_t *items_of(json_t *object, const char *name)
{
    json_t *items = json_object_get(object, name);

    if (!json_is_array(items)) {
        items = json_array();
        if (json_object_set_new(object, name, items))
            return NULL;
    }
    return items;
}

/* Rows come by name, so 10 before 2. An index that not even all rows together could reach is left out. */
static int place(json_t *items, int64_t index, size_t rows, json_t *item)
{
    while ((int64_t)json_array_size(items) <= index && json_array_size(items) < rows)
        if (json_array_append_new(items, json_null()))
            return -1;
    return index < (int64_t)json_array_size(items) ? json_array_set(items, (size_t)index, item) : 0;
}

static int collect_item(json_t *object, const char *name, int64_t index, const char *text, size_t rows, aw_error *err)
{
    json_t *items = items_of(object, name);
    json_t *item = NULL;

    if (!items)
        return aw__fail_nomem(err);
    if (index < 0)
        return AW_OK; /* the meta row: all that an empty list has */
    int rc = aw__stored_parse(text, &item, err);

    if (rc)
        return rc;
    if (place(items, index, rows, item))
        rc = aw__fail_nomem(err);
    json_decref(item);
    return rc;
}

static int collect(const aw__remote_bucket *bucket, const char *prefix, json_t *object, aw_error *err)
{
    aw__attribute_row *rows = NULL;
    size_t count = 0;
    int64_t index;
    int rc = aw__attributes_list(bucket->database, bucket->arena, bucket->actor_id, bucket->name, prefix, &rows, &count,
                                 err);

    for (size_t i = 0; rc == AW_OK && i < count; i++) {
        const char *name = aw__remote_bucket_name(bucket, rows[i].name, &index);
        json_t *value = NULL;

        if (!name)
            return aw__fail_nomem(err);
        if (index >= AW__REMOTE_META) {
            rc = collect_item(object, name, index, rows[i].data, count, err);
            continue;
        }
        rc = aw__remote_parse(rows[i].data, &value, err);
        if (rc == AW_OK && json_object_set_new(object, name, value))
            rc = aw__fail_nomem(err);
    }
    return rc;
}

/* A list is found among the rows of its name. */
static int read_one(const aw__remote_bucket *bucket, const char *name, json_t **ret_value, aw_error *err)
{
    aw__remote_list list = aw__remote_bucket_list(bucket, name);
    int rc = aw__remote_bucket_get(bucket, name, ret_value, err);

    if (rc || *ret_value)
        return rc;
    const char *prefix = aw__remote_list_prefix(&list);
    json_t *object = json_object();

    rc = prefix && object ? collect(bucket, prefix, object, err) : aw__fail_nomem(err);
    if (rc == AW_OK)
        *ret_value = json_incref(json_object_get(object, name));
    if (rc == AW_OK && !*ret_value)
        rc = aw__fail(err, AW_E_NOT_FOUND, "nothing is kept under this name");
    json_decref(object);
    return rc;
}

static int read_all(const aw__remote_bucket *bucket, json_t **ret_value, aw_error *err)
{
    json_t *object = json_object();
    int rc = object ? collect(bucket, NULL, object, err) : aw__fail_nomem(err);

    if (rc) {
        json_decref(object);
        return rc;
    }
    *ret_value = object;
    return AW_OK;
}

static int read_bucket(aw_database *database, void *arg, aw_error *err)
{
    struct reading *reading = arg;
    aw__remote_bucket bucket;
    int rc = aw__remote_bucket_open(&bucket, database, reading->actor_id, reading->peer_id, err);

    json_decref(reading->value); /* of a read that failed and runs again */
    reading->value = NULL;
    if (rc == AW_OK && reading->name)
        rc = read_one(&bucket, reading->name, &reading->value, err);
    else if (rc == AW_OK)
        rc = read_all(&bucket, &reading->value, err);
    aw__remote_bucket_close(&bucket);
    return rc;
}

int aw__remote_get(aw__site *site, const char *actor_id, const char *peer_id, const char *name, json_t **ret_value,
                   aw_error *err)
{
    struct reading reading = {.actor_id = actor_id, .peer_id = peer_id, .name = name};
    int rc = aw__store_read(site->store, read_bucket, &reading, err);

    if (rc == AW_OK)
        *ret_value = reading.value;
    else
        json_decref(reading.value);
    return rc;
}
