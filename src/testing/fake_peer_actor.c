/*
 * The well-behaved actor that stands at every first path segment of the fake peer: what a peer of the protocol answers
 * to other peers, with the statuses, headers and members that the reference implementation sends. It keeps nothing.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "testing/fake_peer.h"

#define MAX_SEGMENTS 6
#define TYPE         "urn:actingweb:actingweb.org:fake-peer"
#define SUPPORTED                                                                                                      \
    "actions,callbacks,methods,nestedproperties,onewaytrust,subscriptionresync,subscriptions,trust,trustpermissions"

/* A request's path in its segments: "/bob/trust/friend" has the actor "bob" and two more. */
struct target {
    char text[1024];
    const char *id;
    const char *part[MAX_SEGMENTS]; /* "" beyond the last */
    int parts;
};

static void split_path(const char *path, struct target *target)
{
    char *rest = NULL;
    size_t bytes = strcspn(path, "?");

    *target = (struct target){.id = ""};
    for (int i = 0; i < MAX_SEGMENTS; i++)
        target->part[i] = "";
    if (bytes >= sizeof(target->text))
        bytes = sizeof(target->text) - 1;
    memcpy(target->text, path, bytes);
    char *segment = strtok_r(target->text, "/", &rest);

    target->id = segment ? segment : "";
    while (segment && target->parts < MAX_SEGMENTS) {
        segment = strtok_r(NULL, "/", &rest);
        if (segment)
            target->part[target->parts++] = segment;
    }
}

__attribute__((format(printf, 3, 4))) static bool say(aw__fake_reply *reply, int status, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    int bytes = vasprintf(&reply->body, format, args);
    va_end(args);
    if (bytes < 0) {
        reply->body = NULL;
        return false;
    }
    reply->status = status;
    reply->body_bytes = (size_t)bytes;
    reply->content_type = "application/json";
    return true;
}

static bool say_text(aw__fake_reply *reply, const char *text)
{
    bool ok = say(reply, 200, "%s", text);

    reply->content_type = "text/plain";
    return ok;
}

static bool say_nothing(aw__fake_reply *reply, int status)
{
    reply->status = status;
    return true;
}

static bool say_error(aw__fake_reply *reply, int status, const char *message)
{
    return say(reply, status, "{\"error\":{\"code\":%d,\"message\":\"%s\"}}", status, message);
}

static bool not_found(aw__fake_reply *reply)
{
    return say_error(reply, 404, "not found");
}

/* The value at key as JSON, or null. */
struct json {
    const char *text;
    int bytes;
};

static struct json json_of(const aw_fake_peer_request *request, const char *key)
{
    size_t bytes;
    const char *text = aw__fake_json_get(request->body, key, &bytes);

    return text ? (struct json){text, (int)bytes} : (struct json){"null", 4};
}

static bool is(const char *a, const char *b)
{
    return strcmp(a, b) == 0;
}

/* ---- /meta ---- */

static bool meta_of(const struct target *target, aw__fake_reply *reply)
{
    return say(reply, 200,
               "{\"id\":\"%s\",\"type\":\"" TYPE "\",\"version\":\"1.0\",\"desc\":\"Fake peer: %s\","
               "\"info\":\"http://actingweb.org/\",\"trustee_root\":\"\",\"specification\":\"\","
               "\"aw_version\":\"1.0\",\"aw_supported\":\"" SUPPORTED "\",\"aw_formats\":\"json\","
               "\"aw_trust_types\":[]}",
               target->id, target->id);
}

static bool meta_text_of(const struct target *target, aw__fake_reply *reply)
{
    static const struct {
        const char *name;
        const char *text;
    } texts[] = {
        {"type", TYPE},       {"version", AW_VERSION_STRING}, {"desc", "Fake peer"},
        {"trustee_root", ""}, {"specification", ""},          {"info", "http://actingweb.org/"},
    };
    static const struct {
        const char *name;
        const char *text;
    } protocol[] = {{"version", "1.0"}, {"supported", SUPPORTED}, {"formats", "json"}};

    if (is(target->part[1], "id"))
        return say_text(reply, target->id);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        if (is(target->part[1], texts[i].name))
            return say_text(reply, texts[i].text);
    if (!is(target->part[1], "actingweb"))
        return not_found(reply);
    if (is(target->part[2], "trust_types"))
        return say(reply, 200, "[]");
    for (size_t i = 0; i < sizeof(protocol) / sizeof(protocol[0]); i++)
        if (is(target->part[2], protocol[i].name))
            return say_text(reply, protocol[i].text);
    return not_found(reply);
}

/* ---- /trust ---- */

/* A request for a relationship: accepted, to be approved. The flags are texts, as the reference sends them. */
static bool ask_for_trust(aw_fake_peer *peer, const struct target *target, const aw_fake_peer_request *request,
                          aw__fake_reply *reply)
{
    struct json baseuri = json_of(request, "baseuri");
    struct json id = json_of(request, "id");
    struct json type = json_of(request, "type");
    struct json secret = json_of(request, "secret");
    struct json desc = json_of(request, "desc");
    struct json verify = json_of(request, "verify");

    if (baseuri.text[0] != '"' || id.text[0] != '"')
        return say_error(reply, 400, "baseuri and id are required");
    snprintf(reply->location, sizeof(reply->location), "%s%s/trust/%s/%.*s", peer->root, target->id, target->part[1],
             id.bytes - 2, id.text + 1);
    return say(reply, 202,
               "{\"baseuri\":%.*s,\"type\":%.*s,\"relationship\":\"%s\",\"secret\":%.*s,\"approved\":\"false\","
               "\"peer_approved\":\"true\",\"verified\":\"true\",\"verification_token\":%.*s,\"desc\":%.*s,"
               "\"id\":\"%s\",\"peerid\":%.*s}",
               baseuri.bytes, baseuri.text, type.bytes, type.text, target->part[1], secret.bytes, secret.text,
               verify.bytes, verify.text, desc.bytes, desc.text, target->id, id.bytes, id.text);
}

static bool trust_of(const struct target *target, aw__fake_reply *reply)
{
    return say(reply, 200,
               "{\"id\":\"%s\",\"peerid\":\"%s\",\"baseuri\":\"\",\"type\":\"" TYPE "\",\"relationship\":\"%s\","
               "\"desc\":\"\",\"approved\":true,\"peer_approved\":true,\"verified\":true,"
               "\"verification_token\":\"\"}",
               target->id, target->part[2], target->part[1]);
}

static bool on_trust(aw_fake_peer *peer, const struct target *target, const aw_fake_peer_request *request,
                     aw__fake_reply *reply)
{
    const char *method = request->method;

    if (target->parts == 1 && is(method, "GET"))
        return say(reply, 200, "[]");
    if (target->parts == 2 && is(method, "POST"))
        return ask_for_trust(peer, target, request, reply);
    if (target->parts != 3)
        return not_found(reply);
    if (is(method, "GET"))
        return trust_of(target, reply);
    return say_nothing(reply, is(method, "POST") || is(method, "PUT") || is(method, "DELETE") ? 204 : 405);
}

/* ---- /subscriptions ---- */

static bool subscribe(aw_fake_peer *peer, const struct target *target, const aw_fake_peer_request *request,
                      aw__fake_reply *reply)
{
    struct json wanted = json_of(request, "target");
    struct json subtarget = json_of(request, "subtarget");
    struct json resource = json_of(request, "resource");
    struct json granularity = json_of(request, "granularity");
    char id[33];

    if (wanted.text[0] != '"')
        return say_error(reply, 400, "target is required");
    snprintf(id, sizeof(id), "%016llx%016llx", (unsigned long long)peer->id_seed, (unsigned long long)++peer->ids);
    snprintf(reply->location, sizeof(reply->location), "%s%s/subscriptions/%s/%s", peer->root, target->id,
             target->part[1], id);
    return say(reply, 201,
               "{\"subscriptionid\":\"%s\",\"target\":%.*s,\"subtarget\":%.*s,\"resource\":%.*s,"
               "\"granularity\":%.*s,\"sequence\":0}",
               id, wanted.bytes, wanted.text, subtarget.bytes, subtarget.text, resource.bytes, resource.text,
               granularity.bytes, granularity.text);
}

static bool on_subscriptions(aw_fake_peer *peer, const struct target *target, const aw_fake_peer_request *request,
                             aw__fake_reply *reply)
{
    const char *method = request->method;

    if (target->parts == 2 && is(method, "POST"))
        return subscribe(peer, target, request, reply);
    if (target->parts == 2 && is(method, "GET"))
        return say(reply, 200, "{\"id\":\"%s\",\"peerid\":\"%s\",\"data\":[]}", target->id, target->part[1]);
    if (target->parts == 3 && is(method, "GET"))
        return say(reply, 200,
                   "{\"id\":\"%s\",\"peerid\":\"%s\",\"subscriptionid\":\"%s\",\"target\":\"properties\","
                   "\"subtarget\":\"\",\"resource\":\"\",\"sequence\":0,\"data\":[]}",
                   target->id, target->part[1], target->part[2]);
    if (target->parts == 3 && (is(method, "PUT") || is(method, "DELETE")))
        return say_nothing(reply, 204);
    return not_found(reply);
}

/* ---- /properties, /callbacks and the rest ---- */

static bool on_properties(const struct target *target, const aw_fake_peer_request *request, aw__fake_reply *reply)
{
    const char *method = request->method;

    if (target->parts == 1 && is(method, "GET"))
        return say(reply, 200, "{}");
    if (is(method, "POST"))
        return say(reply, 201, "%s", request->body);
    if (is(method, "PUT") || is(method, "DELETE"))
        return say_nothing(reply, 204);
    return not_found(reply);
}

/* What it grants to whoever asks: what a friend may. */
static bool permissions_of(const struct target *target, aw__fake_reply *reply)
{
    return say(reply, 200,
               "{\"actor_id\":\"%s\",\"peer_id\":\"%s\",\"permissions\":{\"properties\":{\"patterns\":[\"*\"],"
               "\"operations\":[\"read\",\"write\"]},\"methods\":{\"allowed\":[\"*\"]}},"
               "\"source\":\"trust_type_default\",\"trust_type\":\"friend\"}",
               target->id, target->part[1]);
}

static bool on_callbacks(const struct target *target, const aw_fake_peer_request *request, aw__fake_reply *reply)
{
    const char *method = request->method;

    if (target->parts >= 2 && (is(method, "POST") || is(method, "PUT") || is(method, "DELETE")))
        return say_nothing(reply, 204);
    return not_found(reply);
}

/* An actor is made, as a service's factory does it. */
static bool make(aw_fake_peer *peer, const aw_fake_peer_request *request, aw__fake_reply *reply)
{
    struct json creator = json_of(request, "creator");
    struct json root = json_of(request, "trustee_root");
    unsigned long long number = ++peer->ids;

    if (creator.text[0] != '"')
        creator = (struct json){"\"creator\"", 9};
    snprintf(reply->location, sizeof(reply->location), "%smade%llu", peer->root, number);
    return say(reply, 201,
               "{\"id\":\"made%llu\",\"creator\":%.*s,\"passphrase\":\"opensesame\",\"trustee_root\":%.*s}", number,
               creator.bytes, creator.text, root.bytes, root.text);
}

bool aw__fake_actor_reply(aw_fake_peer *peer, const aw_fake_peer_request *request, aw__fake_reply *ret_reply)
{
    struct target target;
    bool get = is(request->method, "GET");

    split_path(request->path, &target);
    *ret_reply = (aw__fake_reply){0};
    if (!*target.id && is(request->method, "POST"))
        return make(peer, request, ret_reply);
    if (*target.id && !target.parts && is(request->method, "DELETE"))
        return say_nothing(ret_reply, 204);
    if (is(target.part[0], "meta") && get)
        return target.parts == 1 ? meta_of(&target, ret_reply) : meta_text_of(&target, ret_reply);
    if (is(target.part[0], "trust"))
        return on_trust(peer, &target, request, ret_reply);
    if (is(target.part[0], "subscriptions"))
        return on_subscriptions(peer, &target, request, ret_reply);
    if (is(target.part[0], "properties"))
        return on_properties(&target, request, ret_reply);
    if (is(target.part[0], "permissions") && get && target.parts == 2)
        return permissions_of(&target, ret_reply);
    if (is(target.part[0], "callbacks"))
        return on_callbacks(&target, request, ret_reply);
    if ((is(target.part[0], "methods") || is(target.part[0], "actions")) && get && target.parts == 1)
        return say(ret_reply, 200, "{\"%s\":[]}", target.part[0]);
    return not_found(ret_reply);
}
