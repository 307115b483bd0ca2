/*
 * Attributes of an actor: read, and written where they are an application's.
 */
#include "actor/attribute.h"

#include <string.h>

#include "actor/stored.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "store/actors.h"
#include "store/attributes.h"

enum { VALUE_MAX_BYTES = 16 << 20 };

#define EXPIRES_MAX_S (INT64_C(100) * 366 * 24 * 3600) /* a century: no sum with the clock overflows */

/* ---- what may be asked for ---- */

static bool begins_with(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

/* "remote" is among them because a row's key is "bucket:name": its rows would have the keys of "remote:{peer}". */
static bool is_ours(const char *bucket)
{
    return begins_with(bucket, "_") || begins_with(bucket, "mcp_") || begins_with(bucket, "spa_") ||
           begins_with(bucket, "remote:") || strcmp(bucket, "remote") == 0;
}

/* As an application may write to it. Without ":", so that no key can be another bucket's. */
static int check_bucket(const char *bucket, aw_error *err)
{
    size_t bytes = strlen(bucket);

    if (is_ours(bucket))
        return aw__fail(err, AW_E_DENIED, "bucket: this one is the library's own, and cannot be changed here");
    if (!bytes || bytes > AW__ATTRIBUTE_BUCKET_BYTES || strchr(bucket, ':') || !aw__text_utf8(bucket, bytes))
        return aw__fail(err, AW_E_INVALID, "bucket: must be UTF-8 of 1 to %d bytes without \":\"",
                        AW__ATTRIBUTE_BUCKET_BYTES);
    return AW_OK;
}

static int check_name(const char *name, aw_error *err)
{
    size_t bytes = strlen(name);

    if (!bytes || bytes > AW__ATTRIBUTE_NAME_BYTES || !aw__text_utf8(name, bytes))
        return aw__fail(err, AW_E_INVALID, "name: must be UTF-8 of 1 to %d bytes", AW__ATTRIBUTE_NAME_BYTES);
    return AW_OK;
}

/* ---- reading ---- */

struct reading {
    aw__arena *arena;
    const char *actor_id;
    const char *bucket; /* NULL: all */
    const char *name;   /* NULL: all of the bucket */
    aw__attribute_row one;
    aw__attribute_row *rows;
    size_t count;
};

static int read_rows(aw_database *database, void *arg, aw_error *err)
{
    struct reading *r = arg;

    if (r->name)
        return aw__attributes_get(database, r->arena, r->actor_id, r->bucket, r->name, &r->one, err);
    if (r->bucket)
        return aw__attributes_list(database, r->arena, r->actor_id, r->bucket, NULL, &r->rows, &r->count, err);
    return aw__attributes_list_all(database, r->arena, r->actor_id, &r->rows, &r->count, err);
}

int aw__attribute_get(aw__site *site, const char *actor_id, const char *bucket, const char *name, json_t **ret_value,
                      aw_error *err)
{
    struct reading r = {.arena = aw__arena_new(), .actor_id = actor_id, .bucket = bucket, .name = name};
    int rc = r.arena ? aw__store_read(site->store, read_rows, &r, err) : aw__fail_nomem(err);

    if (rc == AW_OK)
        rc = aw__stored_parse(r.one.data, ret_value, err);
    aw__arena_free(r.arena);
    return rc;
}

/* Where a row's value goes: to the object itself, or to its bucket's in it. Borrowed; NULL when out of memory. */
static json_t *place_of(json_t *values, const aw__attribute_row *row)
{
    json_t *place = row->bucket ? json_object_get(values, row->bucket) : values;

    if (place || json_object_set_new(values, row->bucket, json_object()))
        return place;
    return json_object_get(values, row->bucket);
}

static int collect(const struct reading *r, json_t *values, aw_error *err)
{
    for (size_t i = 0; i < r->count; i++) {
        json_t *place = place_of(values, &r->rows[i]);
        json_t *value = NULL;

        if (!place)
            return aw__fail_nomem(err);
        int rc = aw__stored_parse(r->rows[i].data, &value, err);

        if (rc)
            return rc;
        if (json_object_set_new(place, r->rows[i].name, value))
            return aw__fail_nomem(err);
    }
    return AW_OK;
}

int aw__attribute_list(aw__site *site, const char *actor_id, const char *bucket, json_t **ret_values, aw_error *err)
{
    struct reading r = {.arena = aw__arena_new(), .actor_id = actor_id, .bucket = bucket};
    json_t *values = json_object();
    int rc = r.arena && values ? aw__store_read(site->store, read_rows, &r, err) : aw__fail_nomem(err);

    if (rc == AW_OK)
        rc = collect(&r, values, err);
    if (rc == AW_OK)
        *ret_values = values;
    else
        json_decref(values);
    aw__arena_free(r.arena);
    return rc;
}

/* ---- writing ---- */

struct writing {
    aw__arena *arena;
    const char *actor_id;
    const aw__attribute_set *set;
    char *text;
};

/* Whether what is there is what it has to be. */
static int check_expected(struct writing *w, aw_database *database, aw_error *err)
{
    const aw__attribute_set *set = w->set;
    aw__attribute_row row;
    json_t *value = NULL;
    aw_error why = {0};

    if (!set->expected && !set->only_if_absent)
        return AW_OK;
    int rc = aw__attributes_get(database, w->arena, w->actor_id, set->bucket, set->name, &row, &why);

    if (rc == AW_E_NOT_FOUND)
        return set->expected ? aw__fail(err, AW_E_CONFLICT, "there is no such attribute any more") : AW_OK;
    if (rc == AW_OK && set->only_if_absent)
        return aw__fail(err, AW_E_EXISTS, "there is such an attribute already");
    if (rc == AW_OK)
        rc = aw__stored_parse(row.data, &value, &why);
    if (rc == AW_OK && !json_equal(value, set->expected))
        rc = aw__fail(&why, AW_E_CONFLICT, "the attribute has another value now");
    json_decref(value);
    if (rc && err)
        *err = why;
    return rc;
}

static int put_row(aw_database *database, void *arg, aw_error *err)
{
    struct writing *w = arg;
    int64_t expires = w->set->expires_after_s ? aw__utc_us() / 1000000 + w->set->expires_after_s : 0;
    aw__actor_row actor;
    /* So that an actor that was deleted meanwhile leaves no rows behind. */
    int rc = aw__actors_get(database, w->arena, w->actor_id, &actor, err);

    if (rc == AW_OK)
        rc = check_expected(w, database, err);
    return rc ? rc
              : aw__attributes_set(database, w->actor_id, w->set->bucket, w->set->name, w->text, expires, err);
}

static int check_set(const aw__attribute_set *set, aw_error *err)
{
    int rc = check_bucket(set->bucket, err);

    if (rc == AW_OK)
        rc = check_name(set->name, err);
    if (rc)
        return rc;
    if (set->expected && set->only_if_absent)
        return aw__fail(err, AW_E_INVALID, "expected and only_if_absent: they contradict each other");
    if (set->expires_after_s < 0 || set->expires_after_s > EXPIRES_MAX_S)
        return aw__fail(err, AW_E_INVALID, "expires_after_s: must be 0 or up to a century");
    if (aw__json_depth(set->value, AW__JSON_MAX_DEPTH) > AW__JSON_MAX_DEPTH)
        return aw__fail(err, AW_E_TOO_LARGE, "value: is nested too deep");
    return AW_OK;
}

int aw__attribute_put(aw__site *site, const char *actor_id, const aw__attribute_set *set, aw_error *err)
{
    struct writing w = {.actor_id = actor_id, .set = set};
    int rc = check_set(set, err);

    if (rc)
        return rc;
    w.arena = aw__arena_new();
    w.text = aw__json_text(set->value);
    if (!w.arena || !w.text)
        rc = aw__fail_nomem(err);
    else if (strlen(w.text) > VALUE_MAX_BYTES)
        rc = aw__fail(err, AW_E_TOO_LARGE, "value: is larger than %d bytes", VALUE_MAX_BYTES);
    else
        rc = aw__store_write(site->store, put_row, &w, err);
    aw__free(w.text);
    aw__arena_free(w.arena);
    return rc;
}

struct deletion {
    const char *actor_id;
    const char *bucket;
    const char *name; /* NULL: all of the bucket */
};

static int delete_rows(aw_database *database, void *arg, aw_error *err)
{
    const struct deletion *d = arg;

    return d->name ? aw__attributes_delete(database, d->actor_id, d->bucket, d->name, err)
                   : aw__attributes_delete_bucket(database, d->actor_id, d->bucket, err);
}

int aw__attribute_delete(aw__site *site, const char *actor_id, const char *bucket, const char *name, aw_error *err)
{
    struct deletion d = {actor_id, bucket, name};
    int rc = check_bucket(bucket, err);

    if (rc == AW_OK && name)
        rc = check_name(name, err);
    return rc ? rc : aw__store_write(site->store, delete_rows, &d, err);
}
