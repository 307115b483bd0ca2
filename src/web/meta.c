/*
 * /{id}/meta: what is public about an actor (WIRE 4).
 */
#include <string.h>

#include "base/json.h"
#include "model/trust_type.h"
#include "web/router.h"

/* Option tags of what this server has; in alphabetical order. What serves a feature adds its tag here, and nowhere
 * else. */
static const struct {
    const char *tag;
    const char *path; /* there is one only if an application serves this: its first segment below an actor; NULL: always */
} tags[] = {
    {"actions", "actions"},
    {"callbackcompression", NULL},
    {"callbacks", NULL},
    {"listproperties", NULL},
    {"methods", "methods"},
    {"nestedproperties", NULL},
    {"onewaytrust", NULL},
    {"permissioncallback", NULL},
    {"permissionquery", NULL},
    {"resources", "resources"},
    {"subscriptionresync", NULL},
    {"subscriptions", NULL},
    {"trust", NULL},
    {"trustpermissions", NULL},
};

/* "actions,callbacks,..."; NULL when out of memory. */
static const char *supported_of(const aw__call *call)
{
    const char *text = "";

    for (size_t i = 0; i < sizeof(tags) / sizeof(*tags) && text; i++)
        if (!tags[i].path || aw__routes_serve(call->web->routes, tags[i].path))
            text = aw__arena_printf(call->arena, "%s%s%s", text, *text ? "," : "", tags[i].tag);
    return text;
}

static const char protocol_version[] = "1.0";
static const char formats[] = "json";

static const char *trustee_root(aw__call *call)
{
    const char *root = "";
    aw_error err = {0};

    if (aw__actor_trustee_root(call->site, call->arena, call->actor.id, &root, &err) == AW_OK)
        return root;
    aw__call_error(call, &err);
    return NULL;
}

/* Sends what was built, and lets go of it. */
static void send(aw__call *call, json_t *body)
{
    aw__call_json(call, 200, body);
    json_decref(body);
}

/* ---- JSON ---- */

static const aw__trust_types *types_of(const aw__call *call)
{
    const aw__trust_types *types = call->site->config.trust_types;

    return types ? types : &aw__trust_types_builtin;
}

static json_t *trust_type_names(const aw__call *call)
{
    const aw__trust_types *types = types_of(call);
    json_t *names = json_array();

    for (size_t i = 0; i < types->count && names; i++)
        if (json_array_append_new(names, json_string(types->items[i].name))) {
            json_decref(names);
            return NULL;
        }
    return names;
}

static void send_all(aw__call *call)
{
    const aw__config *config = &call->site->config;
    const char *root = trustee_root(call);

    if (root)
        send(call, json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:o}", "id", call->actor.id, "type",
                             config->type, "version", config->version, "desc", config->desc, "info", config->info,
                             "trustee_root", root, "specification", "", "aw_version", protocol_version, "aw_supported",
                             supported_of(call), "aw_formats", formats, "aw_trust_types", trust_type_names(call)));
}

static void send_trust_type_list(aw__call *call)
{
    const aw__trust_types *types = types_of(call);
    json_t *list = json_array();

    for (size_t i = 0; i < types->count && list; i++)
        if (json_array_append_new(list, json_pack("{s:s,s:s,s:s,s:s}", "name", types->items[i].name, "display_name",
                                                  types->items[i].display_name, "description", types->items[i].description,
                                                  "created_by", "system"))) {
            json_decref(list);
            list = NULL;
        }
    send(call, list);
}

static void send_trust_types(aw__call *call)
{
    const aw__trust_types *types = types_of(call);
    json_t *by_name = json_object();

    for (size_t i = 0; i < types->count && by_name; i++)
        if (json_object_set_new(
                by_name, types->items[i].name,
                json_pack("{s:s,s:s}", "display_name", types->items[i].display_name, "description", types->items[i].description))) {
            json_decref(by_name);
            by_name = NULL;
        }
    send(call,
         json_pack("{s:o,s:s}", "trust_types", by_name, "default_trust_type", call->site->config.default_relationship));
}

/* ---- text ---- */

static void send_id(aw__call *call)
{
    aw__call_text(call, 200, call->actor.id);
}

static void send_type(aw__call *call)
{
    aw__call_text(call, 200, call->site->config.type);
}

static void send_version(aw__call *call)
{
    aw__call_text(call, 200, call->site->config.version);
}

/* With the actor's id behind it, unlike in the JSON form: so the reference has it. */
static void send_desc(aw__call *call)
{
    const char *text = aw__arena_printf(call->arena, "%s%s", call->site->config.desc, call->actor.id);

    if (text)
        aw__call_text(call, 200, text);
    else
        aw__call_json(call, 200, NULL);
}

static void send_info(aw__call *call)
{
    aw__call_text(call, 200, call->site->config.info);
}

static void send_trustee_root(aw__call *call)
{
    const char *root = trustee_root(call);

    if (root)
        aw__call_text(call, 200, root);
}

static void send_specification(aw__call *call)
{
    aw__call_text(call, 200, "");
}

static void send_protocol_version(aw__call *call)
{
    aw__call_text(call, 200, protocol_version);
}

static void send_supported(aw__call *call)
{
    const char *text = supported_of(call);

    if (text)
        aw__call_text(call, 200, text);
    else
        aw__call_json(call, 500, NULL);
}

static void send_formats(aw__call *call)
{
    aw__call_text(call, 200, formats);
}

/* ---- the endpoint ---- */

static const struct {
    const char *name;
    const char *below; /* or NULL */
    aw__endpoint *send;
} parts[] = {
    {"id", NULL, send_id},
    {"type", NULL, send_type},
    {"version", NULL, send_version},
    {"desc", NULL, send_desc},
    {"info", NULL, send_info},
    {"trustee_root", NULL, send_trustee_root},
    {"specification", NULL, send_specification},
    {"trusttypes", NULL, send_trust_types},
    {"actingweb", "version", send_protocol_version},
    {"actingweb", "supported", send_supported},
    {"actingweb", "formats", send_formats},
    {"actingweb", "trust_types", send_trust_type_list},
};

void aw__meta_get(aw__call *call)
{
    if (call->segments == 2) {
        send_all(call);
        return;
    }
    for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
        const char *below = parts[i].below;

        if (call->segments == (below ? 4u : 3u) && strcmp(call->segment[2], parts[i].name) == 0 &&
            (!below || strcmp(call->segment[3], below) == 0)) {
            parts[i].send(call);
            return;
        }
    }
    aw__call_fail(call, 404, "not_found", "meta has no such part");
}
