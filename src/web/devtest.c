/*
 * /{id}/devtest: for tests of a service that is not public, when it was switched on (WIRE 9). Any authenticated caller
 * may read and change all attributes of the actor.
 */
#include <string.h>

#include "actor/stored.h"
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
    const char *bucket;
    const char *name;
    const char *data;
    aw__attribute_row *rows;
    size_t count;
} attribute_job;

static int read_bucket(aw_database *database, void *arg, aw_error *err)
{
    attribute_job *job = arg;

    return aw__attributes_list(database, job->call->arena, job->call->actor.id, job->bucket, NULL, &job->rows,
                               &job->count, err);
}

static int write_attribute(aw_database *database, void *arg, aw_error *err)
{
    attribute_job *job = arg;

    return aw__attributes_set(database, job->call->actor.id, job->bucket, job->name, job->data, 0, err);
}

static int delete_attribute(aw_database *database, void *arg, aw_error *err)
{
    attribute_job *job = arg;

    if (job->name)
        return aw__attributes_delete(database, job->call->actor.id, job->bucket, job->name, err);
    return aw__attributes_delete_bucket(database, job->call->actor.id, job->bucket, err);
}

/* {"data","timestamp"}; NULL when out of memory or not readable. */
static json_t *attribute_object(const aw__attribute_row *row)
{
    json_t *data = NULL;

    if (aw__stored_parse(row->data, &data, NULL))
        return NULL;
    return json_pack("{s:o,s:s}", "data", data, "timestamp", row->timestamp);
}

static void answer_attributes(aw__call *call, const attribute_job *job)
{
    json_t *all = json_object();

    for (size_t i = 0; i < job->count && all; i++) {
        if (job->name && strcmp(job->name, job->rows[i].name) == 0) {
            json_t *one = attribute_object(&job->rows[i]);

            aw__call_json(call, 200, one);
            json_decref(one);
            json_decref(all);
            return;
        }
        if (json_object_set_new(all, job->rows[i].name, attribute_object(&job->rows[i]))) {
            json_decref(all);
            all = NULL;
        }
    }
    if (all && (job->name || !job->count))
        aw__call_fail(call, 404, "not_found", "there is no such attribute");
    else
        aw__call_json(call, 200, all);
    json_decref(all);
}

static void change_attribute(aw__call *call, attribute_job *job)
{
    aw_error err = {0};
    bool empty, removes = strcmp(call->method, "DELETE") == 0;
    json_t *value = removes ? NULL : aw__call_body_json(call, &empty);

    if (!removes && (!value || !job->name)) {
        aw__call_fail(call, 400, "bad_request", "an attribute has a bucket, a name and a JSON value");
        return;
    }
    char *data = value ? aw__json_text(value) : NULL;

    if (value && !data) {
        aw__call_json(call, 500, NULL);
        return;
    }
    job->data = data;
    if (aw__store_write(call->site->store, removes ? delete_attribute : write_attribute, job, &err))
        aw__call_error(call, &err);
    else
        aw__call_empty(call, strcmp(call->method, "POST") == 0 ? 200 : 204);
    aw__free(data);
}

static void attribute(aw__call *call)
{
    attribute_job job = {.call = call, .bucket = call->segment[3],
                         .name = call->segments > 4 ? call->segment[4] : NULL};
    aw_error err = {0};

    if (call->segments < 4 || call->segments > 5)
        aw__call_fail(call, 404, "not_found", "an attribute is at devtest/attributes/{bucket}/{name}");
    else if (strcmp(call->method, "GET") != 0)
        change_attribute(call, &job);
    else if (aw__store_read(call->site->store, read_bucket, &job, &err))
        aw__call_error(call, &err);
    else
        answer_attributes(call, &job);
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
    else
        aw__call_fail(call, 404, "not_found", "devtest has ping and attributes");
}
