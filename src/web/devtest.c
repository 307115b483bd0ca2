/*
 * /{id}/devtest: for tests of a service that is not public, when it was switched on (WIRE 9). Any authenticated caller
 * may read and change all attributes of the actor, those that the server keeps for itself included. What drives another
 * actor is in devtest_proxy.c.
 */
#include <string.h>

#include "actor/stored.h"
#include "base/error.h"
#include "base/json.h"
#include "store/attributes.h"
#include "web/web.h"

static void ping(aw__call *call)
{
    if (strcmp(call->method, "POST") == 0)
        aw__call_fail(call, 404, "not_found", "ping is not posted to");
    else
        aw__call_empty(call, 204);
}

/* One request's transaction. */
typedef struct attribute_job {
    aw__call *call;
    const char *bucket; /* NULL: all */
    const char *name;   /* NULL: all of the bucket */
    json_t *values;     /* to be set, by name */
    aw__attribute_row *rows;
    size_t count;
} attribute_job;

/* ---- reading ---- */

static int read_rows(aw_database *database, void *arg, aw_error *err)
{
    attribute_job *job = arg;
    aw__arena *arena = job->call->arena;
    const char *actor_id = job->call->actor.id;

    if (!job->bucket)
        return aw__attributes_list_all(database, arena, actor_id, &job->rows, &job->count, err);
    return aw__attributes_list(database, arena, actor_id, job->bucket, NULL, &job->rows, &job->count, err);
}

/* {"data","timestamp"}, the time in whole seconds, null where it has none; NULL when out of memory or not readable. */
static json_t *attribute_object(const aw__attribute_row *row)
{
    enum { SECONDS_BYTES = sizeof("2026-03-01 12:00:00") - 1 };
    json_t *data = NULL;

    if (aw__stored_parse(row->data, &data, NULL))
        return NULL;
    size_t bytes = strnlen(row->timestamp, SECONDS_BYTES);

    return json_pack("{s:o,s:o}", "data", data, "timestamp", bytes ? json_stringn(row->timestamp, bytes) : json_null());
}

/* Where a row belongs: to the answer itself, or to its bucket in it. Borrowed; NULL when out of memory. */
static json_t *place_of(json_t *answer, const aw__attribute_row *row)
{
    json_t *bucket = row->bucket ? json_object_get(answer, row->bucket) : answer;

    if (bucket || json_object_set_new(answer, row->bucket, json_object()))
        return bucket;
    return json_object_get(answer, row->bucket);
}

static json_t *all_rows(const attribute_job *job)
{
    json_t *answer = json_object();

    for (size_t i = 0; i < job->count && answer; i++) {
        json_t *place = place_of(answer, &job->rows[i]);

        if (!place || json_object_set_new(place, job->rows[i].name, attribute_object(&job->rows[i]))) {
            json_decref(answer);
            return NULL;
        }
    }
    return answer;
}

static void answer_rows(aw__call *call, const attribute_job *job)
{
    json_t *all = all_rows(job);
    json_t *wanted = job->name ? json_object_get(all, job->name) : all;

    if (all && (!wanted || !job->count))
        aw__call_fail(call, 404, "not_found", "there is no such attribute");
    else
        aw__call_json(call, 200, wanted);
    json_decref(all);
}

static void get(aw__call *call, attribute_job *job)
{
    aw_error err = {0};

    if (aw__store_read(call->site->store, read_rows, job, &err))
        aw__call_error(call, &err);
    else
        answer_rows(call, job);
}

/* ---- changing ---- */

static int write_one(aw_database *database, const attribute_job *job, const char *name, json_t *value, aw_error *err)
{
    char *data = aw__json_text(value);
    int rc = data ? aw__attributes_set(database, job->call->actor.id, job->bucket, name, data, 0, err)
                  : aw__fail_nomem(err);

    aw__free(data);
    return rc;
}

static int write_values(aw_database *database, void *arg, aw_error *err)
{
    attribute_job *job = arg;
    const char *name;
    json_t *value;
    int rc = AW_OK;

    json_object_foreach(job->values, name, value)
        if (rc == AW_OK)
            rc = write_one(database, job, name, value, err);
    return rc;
}

/* Any JSON as the one attribute of the path, or an object's members as attributes of the bucket; answered with echo, or
 * nothing. */
static void set(aw__call *call, attribute_job *job, int status, json_t *echo)
{
    aw_error err = {0};

    if (aw__store_write(call->site->store, write_values, job, &err))
        aw__call_error(call, &err);
    else if (echo)
        aw__call_json(call, status, echo);
    else
        aw__call_empty(call, status);
}

static void set_one(aw__call *call, attribute_job *job)
{
    json_t *value = NULL;

    if (!aw__call_read_json(call, &value))
        return;
    if (!value || !job->name) {
        aw__call_fail(call, 400, "bad_request", "an attribute has a bucket, a name and a JSON value");
        return;
    }
    job->values = aw__call_keep(call, json_pack("{s:O}", job->name, value));
    if (!job->values)
        aw__call_json(call, 500, NULL);
    else
        set(call, job, strcmp(call->method, "POST") == 0 ? 200 : 204, NULL);
}

static void set_many(aw__call *call, attribute_job *job)
{
    job->values = aw__call_object(call);
    if (job->values)
        set(call, job, 200, job->values);
}

static int delete_rows(aw_database *database, void *arg, aw_error *err)
{
    attribute_job *job = arg;
    const char *actor_id = job->call->actor.id;

    if (!job->bucket)
        return aw__attributes_delete_all(database, actor_id, err);
    if (!job->name)
        return aw__attributes_delete_bucket(database, actor_id, job->bucket, err);
    return aw__attributes_delete(database, actor_id, job->bucket, job->name, err);
}

static void delete(aw__call *call, attribute_job *job)
{
    aw_error err = {0};

    if (aw__store_write(call->site->store, delete_rows, job, &err))
        aw__call_error(call, &err);
    else
        aw__call_empty(call, 204);
}

/* ---- the endpoint ---- */

static void attribute(aw__call *call)
{
    attribute_job job = {.call = call,
                         .bucket = call->segments > 3 ? call->segment[3] : NULL,
                         .name = call->segments > 4 ? call->segment[4] : NULL};

    if (call->segments > 5)
        aw__call_fail(call, 404, "not_found", "an attribute is at devtest/attributes/{bucket}/{name}");
    else if (strcmp(call->method, "GET") == 0)
        get(call, &job);
    else if (strcmp(call->method, "DELETE") == 0)
        delete(call, &job);
    else if (strcmp(call->method, "POST") == 0 && job.bucket && !job.name)
        set_many(call, &job);
    else
        set_one(call, &job);
}

void aw__devtest_any(aw__call *call)
{
    const char *what = call->segments > 2 ? call->segment[2] : "";

    if (call->caller.role == AW_ROLE_ANONYMOUS || (call->caller.role == AW_ROLE_PEER && !call->caller.approved))
        aw__call_refuse(call);
    else if (strcmp(what, "ping") == 0)
        ping(call);
    else if (strcmp(what, "attribute") == 0 || strcmp(what, "attributes") == 0)
        attribute(call);
    else if (strcmp(what, "proxy") == 0)
        aw__devtest_proxy(call);
    else
        aw__call_fail(call, 404, "not_found", "devtest has ping, attributes and proxy");
}
