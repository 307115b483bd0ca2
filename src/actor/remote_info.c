/*
 * Remote data: what there is, without the values; single items of lists; and forgetting.
 */
#include "actor/remote.h"

#include "actor/remote_bucket.h"
#include "actor/stored.h"
#include "base/error.h"
#include "base/json.h"
#include "store/attributes.h"

/* One transaction's question. */
struct question {
    const char *actor_id;
    const char *peer_id;
    const char *name; /* NULL: all */
    int64_t index;    /* of an item */
    json_t *answer;
};

/* ---- what there is ---- */

/* The object of a name, made when it is new. Borrowed; NULL when out of memory. */
static json_t *place_of(json_t *infos, const char *name, bool is_list)
{
    json_t *place = json_object_get(infos, name);

    if (place)
        return place;
    place = is_list ? json_pack("{s:b,s:i,s:s,s:s}", "_list", 1, "count", 0, "description", "", "explanation", "")
                    : json_pack("{s:b}", "_list", 0);
    return json_object_set_new(infos, name, place) ? NULL : json_object_get(infos, name);
}

static int describe(json_t *place, const char *text, aw_error *err)
{
    json_t *meta = NULL;
    int rc = aw__stored_parse(text, &meta, err);

    if (rc == AW_OK && (aw__json_set_text(place, "description", aw__json_get_text(meta, "description", "")) ||
                        aw__json_set_text(place, "explanation", aw__json_get_text(meta, "explanation", ""))))
        rc = aw__fail_nomem(err);
    json_decref(meta);
    return rc;
}

/* Rows come by name, so 10 before 2: a list is as long as its highest index says. */
static int note_row(const aw__remote_bucket *bucket, json_t *infos, const aw__attribute_row *row, aw_error *err)
{
    int64_t index;
    const char *name = aw__remote_bucket_name(bucket, row->name, &index);
    json_t *place = name ? place_of(infos, name, index >= AW__REMOTE_META) : NULL;

    if (!place)
        return aw__fail_nomem(err);
    if (index == AW__REMOTE_META)
        return describe(place, row->data, err);
    if (index >= json_integer_value(json_object_get(place, "count")) &&
        json_object_set_new(place, "count", json_integer(index + 1)))
        return aw__fail_nomem(err);
    return AW_OK;
}

static int note_rows(const aw__remote_bucket *bucket, const char *prefix, json_t *infos, aw_error *err)
{
    aw__attribute_row *rows = NULL;
    size_t count = 0;
    int rc = aw__attributes_list(bucket->database, bucket->arena, bucket->actor_id, bucket->name, prefix, &rows, &count,
                                 err);

    for (size_t i = 0; rc == AW_OK && i < count; i++)
        rc = note_row(bucket, infos, &rows[i], err);
    return rc;
}

/* A single value, or else a list, is found by its name. */
static int note_one(const aw__remote_bucket *bucket, const char *name, json_t *infos, aw_error *err)
{
    aw__remote_list list = aw__remote_bucket_list(bucket, name);
    const char *prefix = aw__remote_list_prefix(&list);
    json_t *value = NULL;
    int rc = prefix ? aw__remote_bucket_get(bucket, name, &value, err) : aw__fail_nomem(err);

    if (rc == AW_OK && value && !place_of(infos, name, false))
        rc = aw__fail_nomem(err);
    if (rc == AW_OK && !value)
        rc = note_rows(bucket, prefix, infos, err);
    if (rc == AW_OK && !json_object_get(infos, name))
        rc = aw__fail(err, AW_E_NOT_FOUND, "nothing is kept under this name");
    json_decref(value);
    return rc;
}

static int read_infos(aw_database *database, void *arg, aw_error *err)
{
    struct question *q = arg;
    aw__remote_bucket bucket;
    json_t *infos = json_object();
    int rc = infos ? aw__remote_bucket_open(&bucket, database, q->actor_id, q->peer_id, err) : aw__fail_nomem(err);

    if (!infos)
        return rc;
    if (rc == AW_OK)
        rc = q->name ? note_one(&bucket, q->name, infos, err) : note_rows(&bucket, NULL, infos, err);
    if (rc == AW_OK) {
        json_decref(q->answer); /* of a read that failed and runs again */
        q->answer = json_incref(q->name ? json_object_get(infos, q->name) : infos);
    }
    aw__remote_bucket_close(&bucket);
    json_decref(infos);
    return rc;
}

int aw__remote_info(aw__site *site, const char *actor_id, const char *peer_id, const char *name, json_t **ret_info,
                    aw_error *err)
{
    struct question q = {.actor_id = actor_id, .peer_id = peer_id, .name = name};
    int rc = aw__store_read(site->store, read_infos, &q, err);

    if (rc == AW_OK)
        *ret_info = q.answer;
    else
        json_decref(q.answer);
    return rc;
}

/* ---- one item ---- */

static int find_item(const aw__remote_bucket *bucket, struct question *q, aw_error *err)
{
    aw__remote_list list = aw__remote_bucket_list(bucket, q->name);
    json_t *value = NULL, *items = NULL;
    int rc = aw__remote_bucket_get(bucket, q->name, &value, err);

    if (rc == AW_OK && value)
        rc = aw__fail(err, AW_E_CONFLICT, "what is kept under this name is no list");
    if (rc == AW_OK)
        rc = aw__remote_list_read(&list, &items, err);
    int64_t count = (int64_t)json_array_size(items);
    int64_t at = q->index < 0 ? q->index + count : q->index;

    if (rc == AW_OK && (at < 0 || at >= count))
        rc = aw__fail(err, AW_E_NOT_FOUND, "no such item is kept");
    if (rc == AW_OK) {
        json_decref(q->answer);
        q->answer = json_incref(json_array_get(items, (size_t)at));
    }
    json_decref(items);
    json_decref(value);
    return rc;
}

static int read_item(aw_database *database, void *arg, aw_error *err)
{
    struct question *q = arg;
    aw__remote_bucket bucket;
    int rc = aw__remote_bucket_open(&bucket, database, q->actor_id, q->peer_id, err);

    if (rc == AW_OK)
        rc = find_item(&bucket, q, err);
    aw__remote_bucket_close(&bucket);
    return rc;
}

int aw__remote_get_item(aw__site *site, const char *actor_id, const char *peer_id, const char *name, int64_t index,
                        json_t **ret_item, aw_error *err)
{
    struct question q = {.actor_id = actor_id, .peer_id = peer_id, .name = name, .index = index};
    int rc = aw__store_read(site->store, read_item, &q, err);

    if (rc == AW_OK)
        *ret_item = q.answer;
    else
        json_decref(q.answer);
    return rc;
}

/* ---- forgetting ---- */

static int forget(aw_database *database, void *arg, aw_error *err)
{
    const struct question *q = arg;
    aw__remote_bucket bucket;

    if (!q->name)
        return aw__remote_wipe(database, q->actor_id, q->peer_id, err);
    int rc = aw__remote_bucket_open(&bucket, database, q->actor_id, q->peer_id, err);

    if (rc == AW_OK)
        rc = aw__remote_bucket_delete(&bucket, q->name, err);
    aw__remote_bucket_close(&bucket);
    return rc;
}

int aw__remote_forget(aw__site *site, const char *actor_id, const char *peer_id, const char *name, aw_error *err)
{
    struct question q = {.actor_id = actor_id, .peer_id = peer_id, .name = name};

    return aw__store_write(site->store, forget, &q, err);
}
