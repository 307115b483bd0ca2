/*
 * Permissions of peers (WIRE 6, 8): what the owner sets of one trust at /{id}/trust/{relationship}/{peer}/permissions,
 * and what the peer itself is told: shared_properties beside it, and /{id}/permissions/{peer}.
 *
 * Not as the reference: nobody but the peer is told what it may do, no peer changes its own permissions, and a peer is
 * not told the names of what it may not see.
 */
#include <ctype.h>
#include <string.h>

#include "actor/list.h"
#include "actor/permission_own.h"
#include "actor/property.h"
#include "base/error.h"
#include "base/json.h"
#include "flow/permission_callback.h"
#include "model/permission_json.h"
#include "web/web.h"

/* ---- /trust/{relationship}/{peer}/permissions ---- */

/* What is granted to the peer of the path; false after an answer. */
static bool look(aw__call *call, const char *peer_id, aw__granted *ret_granted)
{
    aw_error err = {0};
    int rc = aw__permission_look(call->site, call->arena, call->actor.id, peer_id, ret_granted, &err);

    if (rc == AW_E_NOT_FOUND)
        aw__call_fail(call, 404, "not_found", "there is no such trust");
    else if (rc)
        aw__call_error(call, &err);
    return rc == AW_OK;
}

static bool look_at_path(aw__call *call, aw__granted *ret_granted)
{
    if (!look(call, call->segment[3], ret_granted))
        return false;
    if (strcmp(ret_granted->trust->relationship, call->segment[2]) == 0)
        return true;
    aw__call_fail(call, 404, "not_found", "there is no such trust");
    return false;
}

/* A type's rules as if they were set. */
static json_t *default_object(aw__call *call, const aw__granted *granted)
{
    const aw_trust *trust = granted->trust;
    const aw__trust_type *type = aw__trust_type_find(call->site->config.trust_types, trust->relationship);
    const char *notes = aw__arena_printf(call->arena, "the rules of every %s",
                                         type ? type->display_name : "relationship of an unknown type");
    json_t *object = aw__granted_json(granted);

    if (!object || !notes || aw__json_set_text(object, "actor_id", trust->actor_id) ||
        aw__json_set_text(object, "peer_id", trust->peer_id) ||
        aw__json_set_text(object, "trust_type", trust->relationship) ||
        aw__json_set_text(object, "created_by", "system") || aw__json_set_text(object, "updated_at", NULL) ||
        aw__json_set_text(object, "notes", notes)) {
        json_decref(object);
        return NULL;
    }
    return object;
}

void aw__permissions_get(aw__call *call)
{
    aw__granted granted;

    if (!aw__call_need_access(call, "trust", "") || !look_at_path(call, &granted))
        return;
    json_t *object = granted.own ? json_copy(granted.own) : default_object(call, &granted);

    if (object && (json_object_set_new(object, "is_custom", json_boolean(granted.own != NULL)) ||
                   aw__json_set_text(object, "source", aw__granted_source(&granted)))) {
        json_decref(object);
        object = NULL;
    }
    aw__call_json(call, 200, object);
    json_decref(object);
}

/* Who may change them: whoever may change the trust, but a peer not its own, or rules would bind no admin. */
static bool may_change(aw__call *call)
{
    if (aw__call_is_peer(call, call->segment[3], true)) {
        aw__call_refuse(call);
        return false;
    }
    return aw__call_need_access(call, "trust", "");
}

static void answer_changed(aw__call *call, int rc, int status, const aw_error *err)
{
    if (rc == AW_OK) {
        aw__permission_tell(call->site, call->actor.id, call->segment[3]);
        aw__call_empty(call, status);
    } else if (rc == AW_E_NOT_FOUND) {
        aw__call_fail(call, 404, "not_found", "there is no such trust");
    } else {
        aw__call_error(call, err);
    }
}

void aw__permissions_put(aw__call *call)
{
    aw__granted granted;
    bool created = false;
    aw_error err = {0};

    if (!may_change(call))
        return;
    json_t *body = aw__call_object(call);

    if (!body || !look_at_path(call, &granted))
        return;
    int rc = aw__permission_set(call->site, call->actor.id, call->segment[3], body, &created, &err);

    answer_changed(call, rc, created ? 201 : 200, &err);
}

void aw__permissions_remove(aw__call *call)
{
    aw__granted granted;
    aw_error err = {0};

    if (!may_change(call) || !look_at_path(call, &granted))
        return;
    int rc = aw__permission_reset(call->site, call->actor.id, call->segment[3], NULL, &err);

    answer_changed(call, rc, 204, &err);
}

/* ---- /permissions/{peer} ---- */

void aw__permissions_query(aw__call *call)
{
    const char *peer_id = call->segment[2];
    aw__granted granted;

    if (!aw__call_is_peer(call, peer_id, false)) {
        aw__call_refuse(call);
        return;
    }
    if (!look(call, peer_id, &granted))
        return;
    json_t *body = json_pack("{s:s,s:s,s:o,s:s,s:s}", "actor_id", call->actor.id, "peer_id", peer_id, "permissions",
                             aw__granted_json(&granted), "source", aw__granted_source(&granted), "trust_type",
                             granted.trust->relationship);

    aw__call_json(call, 200, body);
    json_decref(body);
}

/* ---- /trust/{relationship}/{peer}/shared_properties ---- */

/* "blood_pressure" as "Blood Pressure". */
static const char *title_of(aw__call *call, const char *name)
{
    char *title = aw__arena_strdup(call->arena, name);
    bool inside = false;

    for (char *c = title; c && *c; c++) {
        if (*c == '_')
            *c = ' ';
        *c = (char)(inside ? tolower((unsigned char)*c) : toupper((unsigned char)*c));
        inside = isalpha((unsigned char)*c) || (unsigned char)*c >= 0x80;
    }
    return title;
}

struct reading {
    aw__call *call;
    json_t *properties; /* and the lists among them, as {"_list":true,"count":n} */
};

static int read_all(aw_database *database, void *arg, aw_error *err)
{
    struct reading *r = arg;
    aw__list_source source = {.database = database, .arena = r->call->arena, .actor_id = r->call->actor.id};
    aw__list_info *infos = NULL;
    size_t count = 0;

    json_decref(r->properties);
    r->properties = NULL;
    int rc = aw__property_read(database, source.arena, source.actor_id, NULL, 0, &r->properties, err);

    if (rc == AW_OK)
        rc = aw__list_read_infos(&source, false, &infos, &count, err);
    for (size_t i = 0; rc == AW_OK && i < count; i++)
        if (json_object_set_new(r->properties, infos[i].name,
                                json_pack("{s:b,s:I}", "_list", 1, "count", (json_int_t)infos[i].count)))
            rc = aw__fail_nomem(err);
    return rc;
}

/* Of a list; every other property has none. */
static json_int_t items_of(const json_t *value)
{
    return json_is_true(json_object_get(value, "_list")) ? json_integer_value(json_object_get(value, "count")) : 0;
}

static json_t *shared_list(aw__call *call, json_t *properties)
{
    json_t *shared = json_array();
    const char *name;
    json_t *value;

    json_object_foreach(properties, name, value)
    {
        const char *title = title_of(call, name);

        if (!title || json_array_append_new(shared, json_pack("{s:s,s:s,s:I,s:[s,s]}", "name", name, "display_name",
                                                              title, "item_count", items_of(value), "operations",
                                                              "read", "subscribe"))) {
            json_decref(shared);
            return NULL;
        }
    }
    return shared;
}

void aw__permissions_shared(aw__call *call)
{
    const char *relationship = call->segment[2], *peer_id = call->segment[3];
    aw_error err = {0};

    if (!aw__call_is_peer(call, peer_id, false)) {
        aw__call_refuse(call);
        return;
    }
    if (strcmp(call->caller.trust->relationship, relationship) != 0) {
        aw__call_fail(call, 404, "not_found", "there is no such trust");
        return;
    }
    struct reading reading = {.call = call};

    if (aw__store_read(call->site->store, read_all, &reading, &err)) {
        json_decref(reading.properties);
        aw__call_error(call, &err);
        return;
    }
    json_t *properties = reading.properties;
    const char *name;
    json_t *value;
    void *next;

    json_object_foreach_safe(properties, next, name, value)
        if (!aw__caller_may(&call->caller, AW__PERMISSION_PROPERTIES, name, AW__OPERATION_SUBSCRIBE))
            json_object_del(properties, name);
    json_t *body = json_pack("{s:s,s:s,s:s,s:o,s:[]}", "actor_id", call->actor.id, "peer_id", peer_id, "relationship",
                             relationship, "shared_properties", shared_list(call, properties), "excluded_properties");

    aw__call_json(call, 200, body);
    json_decref(body);
    json_decref(properties);
}
