/*
 * /{id}/properties: the actor's data (WIRE 5.1). List properties are not here; what concerns one is refused.
 */
#include <string.h>

#include "actor/property.h"
#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "model/permission.h"
#include "web/web.h"

/* ---- who may ---- */

static const char *const *path_of(const aw__call *call)
{
    return call->segment + 2;
}

static size_t depth_of(const aw__call *call)
{
    return call->segments - 2;
}

/* "a/b/c", as permissions know properties; NULL when out of memory. */
static const char *target_of(aw__call *call)
{
    const char *target = depth_of(call) ? path_of(call)[0] : "";

    for (size_t i = 1; i < depth_of(call) && target; i++)
        target = aw__arena_printf(call->arena, "%s/%s", target, path_of(call)[i]);
    return target;
}

static aw__permission permission(const aw__call *call, const char *target, aw__operation operation)
{
    return aw__caller_check(&call->caller, AW__PERMISSION_PROPERTIES, target, operation);
}

/* Of a peer its relationship's rules decide, and where they say nothing, as for all others, the access list. */
static bool may(aw__call *call, aw__operation operation)
{
    if (call->caller.role == AW_ROLE_PEER) {
        const char *target = target_of(call);

        if (!target) {
            aw__call_json(call, 500, NULL);
            return false;
        }
        switch (permission(call, target, operation)) {
        case AW__PERMISSION_ALLOWED:
            return true;
        case AW__PERMISSION_DENIED:
            aw__call_refuse(call);
            return false;
        case AW__PERMISSION_NOT_FOUND:
            break;
        }
    }
    return aw__call_need_access(call, "properties", depth_of(call) ? path_of(call)[0] : "");
}

/* ---- reading ---- */

/* Takes out what a peer may not read. What no rule speaks of, it may not. */
static void leave_out(const aw__call *call, json_t *properties)
{
    const char *name;
    json_t *value;
    void *next;

    if (call->caller.role != AW_ROLE_PEER)
        return;
    json_object_foreach_safe(properties, next, name, value)
    {
        if (permission(call, name, AW__OPERATION_READ) != AW__PERMISSION_ALLOWED)
            json_object_del(properties, name);
    }
}

/* What there is, without the values. */
static json_t *metadata_of(json_t *properties)
{
    json_t *names = json_array();
    json_int_t total_bytes = 0;
    const char *name;
    json_t *value;

    json_object_foreach(properties, name, value)
    {
        char *text = aw__json_text(value);

        if (!text || json_array_append_new(names, json_string(name))) {
            aw__free(text);
            json_decref(names);
            return NULL;
        }
        total_bytes += (json_int_t)strlen(text);
        aw__free(text);
    }
    return json_pack("{s:{s:o,s:I},s:{}}", "simple", "properties", names, "total_bytes", total_bytes, "lists");
}

static int read_shown(aw_database *database, aw__call *call, json_t **ret_value, aw_error *err)
{
    int rc = aw__property_read(database, call->arena, call->actor.id, path_of(call), depth_of(call), ret_value, err);

    if (rc == AW_OK && !depth_of(call))
        leave_out(call, *ret_value);
    return rc;
}

/* The text of value, which it takes. */
static int text_of(json_t *value, char **ret_text, aw_error *err)
{
    char *text = value ? aw__json_text(value) : NULL;

    json_decref(value);
    if (!text)
        return aw__fail_nomem(err);
    *ret_text = text;
    return AW_OK;
}

/* A property or all of them, as whoever asks sees it. */
static int represent(aw_database *database, void *call, char **ret_text, aw_error *err)
{
    json_t *value = NULL;
    int rc = read_shown(database, call, &value, err);

    return rc ? rc : text_of(value, ret_text, err);
}

static int represent_metadata(aw_database *database, void *call, char **ret_text, aw_error *err)
{
    json_t *properties = NULL;
    int rc = read_shown(database, call, &properties, err);

    if (rc)
        return rc;
    json_t *metadata = metadata_of(properties);

    json_decref(properties);
    return text_of(metadata, ret_text, err);
}

static void show_collection(aw__call *call)
{
    const char *format = aw__call_argument(call, "format");
    /* As in the reference, that word only. */
    bool metadata = aw__text_equal(aw__call_argument(call, "metadata"), "true");

    if (metadata && !aw__text_empty(format))
        aw__call_fail(call, 400, "bad_request", "metadata and format do not go together");
    else
        aw__call_show(call, metadata ? represent_metadata : represent, call);
}

void aw__properties_read(aw__call *call)
{
    if (!may(call, AW__OPERATION_READ))
        return;
    if (depth_of(call))
        aw__call_show(call, represent, call);
    else
        show_collection(call);
}

/* ---- writing one ---- */

static void answer_changed(aw__call *call, int rc, const aw__precondition *condition, const aw_error *err)
{
    if (rc)
        aw__call_refuse_change(call, condition, err);
    else
        aw__call_empty(call, 204);
}

void aw__properties_remove(aw__call *call)
{
    aw__precondition *condition;
    aw_error err = {0};

    if (!may(call, AW__OPERATION_DELETE) || !aw__call_condition(call, represent, call, &condition))
        return;
    if (call->slash && depth_of(call)) {
        aw__call_fail(call, 404, "not_found", "no property has an empty name");
        return;
    }
    int rc = aw__property_delete(call->site, call->actor.id, path_of(call), depth_of(call), condition, &err);

    answer_changed(call, rc, condition, &err);
}

/* The body as JSON, or, when it is none, as a text. The caller's. */
static int body_value(const char *body, size_t bytes, json_t **ret_value, aw_error *err)
{
    int rc = aw__json_parse(body, bytes, ret_value, err);

    if (rc != AW_E_INVALID)
        return rc;
    if (!aw__text_utf8(body, bytes))
        return aw__fail(err, AW_E_INVALID, "the body is neither JSON nor UTF-8 text");
    json_t *value = json_stringn(body, bytes);

    if (!value)
        return aw__fail_nomem(err);
    *ret_value = value;
    return AW_OK;
}

/* What is to be stored. Where a form or query came for another method, its "value"; NULL: a form without. */
static const char *put_body(aw__call *call, size_t *ret_bytes)
{
    const char *body = aw__exchange_body(call->exchange, ret_bytes);

    if (!call->overridden || !aw__call_is_form(call))
        return body;
    const char *value = aw__call_argument(call, "value");

    if (!value)
        return *ret_bytes ? NULL : "";
    *ret_bytes = strlen(value);
    return value;
}

void aw__properties_put(aw__call *call)
{
    size_t bytes;
    const char *body = put_body(call, &bytes);
    aw__precondition *condition;
    json_t *value = NULL;
    aw_error err = {0};

    if (body && !bytes) { /* as in the reference, an empty body deletes; so whoever sends it must be allowed to */
        aw__properties_remove(call);
        return;
    }
    if (!may(call, AW__OPERATION_WRITE))
        return;
    if (call->slash) { /* the reference keeps it under "" below the name, where nobody can read it */
        aw__call_fail(call, 400, "bad_request", "the path ends with an empty name");
        return;
    }
    if (!body) {
        aw__call_fail(call, 400, "bad_request", "the form has no field \"value\"");
        return;
    }
    if (!aw__text_empty(aw__call_argument(call, "index"))) {
        aw__call_fail(call, 404, "not_found", "this is no list property");
        return;
    }
    if (!aw__call_condition(call, represent, call, &condition))
        return;
    int rc = body_value(body, bytes, &value, &err);

    if (rc == AW_OK)
        rc = aw__property_set(call->site, call->actor.id, path_of(call), depth_of(call), value, condition, &err);
    json_decref(value);
    answer_changed(call, rc, condition, &err);
}

/* ---- writing several ---- */

/* From a form or query: property and value, or else every argument there is. NULL: it was answered. */
static json_t *form_pairs(aw__call *call, json_t *arguments)
{
    const char *name = aw__call_argument(call, "property");
    const char *type = aw__call_argument(call, "property_type");
    const char *value = aw__call_argument(call, "value");

    if (aw__text_empty(name))
        return arguments;
    if (aw__text_equal(type, "list")) {
        aw__call_fail(call, 501, "unsupported", "this server keeps simple properties only");
        return NULL;
    }
    if (aw__text_empty(value) || !(aw__text_empty(type) || strcmp(type, "simple") == 0)) {
        aw__call_fail(call, 400, "bad_request", "property_type must be simple, with a value, or list");
        return NULL;
    }
    json_t *pairs = aw__call_keep(call, json_pack("{s:s}", name, value));

    if (!pairs)
        aw__call_json(call, 500, NULL);
    return pairs;
}

/* What lists are made and changed with. False when it was refused. */
static bool is_simple(aw__call *call, const char *name, const json_t *value)
{
    if (aw__text_equal(aw__json_get_text(value, "_type", NULL), "list")) {
        aw__call_fail(call, 501, "unsupported", "this server keeps simple properties only");
        return false;
    }
    if (json_object_get(value, "items")) {
        aw__call_fail(call, 400, "bad_request", "%s is no list property", name);
        return false;
    }
    return true;
}

/* From a JSON object, without what is null. NULL: it was answered. */
static json_t *json_pairs(aw__call *call)
{
    json_t *pairs = aw__call_object(call);
    const char *name;
    json_t *value;
    void *next;

    json_object_foreach_safe(pairs, next, name, value)
    {
        if (json_is_null(value))
            json_object_del(pairs, name);
        else if (json_is_object(value) && !is_simple(call, name, value))
            return NULL;
    }
    return pairs;
}

/* All or nothing: a peer that may not write one of them writes none. An empty text deletes. */
static bool may_write_all(aw__call *call, json_t *pairs)
{
    const char *name;
    json_t *value;

    if (call->caller.role != AW_ROLE_PEER)
        return true;
    json_object_foreach(pairs, name, value)
    {
        bool deletes = json_is_string(value) && !json_string_length(value);

        if (permission(call, name, deletes ? AW__OPERATION_DELETE : AW__OPERATION_WRITE) != AW__PERMISSION_ALLOWED) {
            aw__call_refuse(call);
            return false;
        }
    }
    return true;
}

void aw__properties_post(aw__call *call)
{
    aw__precondition *condition;
    aw_error err = {0};

    /* What follows in the path does not matter here, as in the reference. */
    if (!aw__call_need_access(call, "properties", ""))
        return;
    json_t *arguments = aw__call_arguments(call);

    if (!arguments) {
        aw__call_json(call, 500, NULL);
        return;
    }
    bool form = json_object_size(arguments) || aw__call_is_form(call);
    json_t *pairs = form ? form_pairs(call, arguments) : json_pairs(call);

    if (!pairs)
        return;
    if (!json_object_size(pairs)) {
        aw__call_fail(call, 403, "nothing_accepted", "the request holds no property to store");
        return;
    }
    if (!may_write_all(call, pairs) || !aw__call_condition(call, represent, call, &condition))
        return;
    if (aw__property_set_all(call->site, call->actor.id, pairs, condition, &err))
        aw__call_refuse_change(call, condition, &err);
    else
        aw__call_json(call, 201, pairs);
}
