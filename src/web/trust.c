/*
 * /{id}/trust: relationships, as their owner and the peer itself see and change them (WIRE 6).
 *
 * Not as the reference: an existing trust is never replaced by a request, only the peer itself may say that it
 * approved, and nobody but the actor's owner and the peer concerned is shown a secret, or may send it elsewhere. What
 * concerns the actor's own trustee is in trustee.c.
 */
#include "actor/trust.h"

#include <string.h>

#include "actor/permission_own.h"
#include "base/clock.h"
#include "base/encode.h"
#include "base/json.h"
#include "base/secret.h"
#include "base/text.h"
#include "flow/permission_callback.h"
#include "flow/trust_create.h"
#include "flow/trust_delete.h"
#include "flow/trust_modify.h"
#include "flow/trust_verify.h"
#include "web/trouble.h"
#include "web/web.h"

/* ---- shapes ---- */

/* A moment of the store, in the form that GET shows; left out when unset. */
static int set_moment(json_t *object, const char *key, const char *stored)
{
    char text[AW__TIMESTAMP_BYTES];
    int64_t at_us;

    if (!*stored || !aw__timestamp_parse(stored, &at_us))
        return 0;
    aw__timestamp_offset(at_us, text);
    return aw__json_set_text(object, key, text);
}

static int set_optional(json_t *object, const char *key, const char *value)
{
    return *value ? aw__json_set_text(object, key, value) : 0;
}

/* What is shown once it is set. */
static int set_history(json_t *object, const aw_trust *trust)
{
    return set_optional(object, "peer_identifier", trust->peer_identifier) ||
           set_optional(object, "established_via", trust->established_via) ||
           set_moment(object, "created_at", trust->created_at) ||
           set_moment(object, "last_accessed", trust->last_accessed) ||
           set_moment(object, "last_connected_at", trust->last_accessed) ||
           set_optional(object, "last_connected_via", trust->last_connected_via) ||
           set_optional(object, "client_name", trust->client_name) ||
           set_optional(object, "client_version", trust->client_version) ||
           set_optional(object, "client_platform", trust->client_platform) ||
           set_optional(object, "oauth_client_id", trust->oauth_client_id) ||
           set_optional(object, "aw_supported", trust->aw_supported) ||
           set_optional(object, "aw_version", trust->aw_version) ||
           set_moment(object, "capabilities_fetched_at", trust->capabilities_fetched_at);
}

/* As GET and POST /trust show it; NULL when out of memory. Secrets only to the owner and the peer itself, once it is
 * approved: whoever asks for a trust in somebody else's name must not find here what would prove it to be that one. */
static json_t *trust_object(const aw__call *call, const aw_trust *trust)
{
    bool all = call->caller.role == AW_ROLE_CREATOR || aw__call_is_peer(call, trust->peer_id, false);
    json_t *object = json_pack("{s:s,s:s,s:s,s:s,s:s}", "id", trust->actor_id, "peerid", trust->peer_id, "baseuri",
                               trust->baseuri, "type", trust->type, "relationship", trust->relationship);

    if (!object)
        return NULL;
    if ((all && aw__json_set_text(object, "secret", trust->secret)) ||
        aw__json_set_text(object, "desc", trust->desc) ||
        json_object_set_new(object, "approved", json_boolean(trust->approved)) ||
        json_object_set_new(object, "peer_approved", json_boolean(trust->peer_approved)) ||
        json_object_set_new(object, "verified", json_boolean(trust->verified)) ||
        (all && aw__json_set_text(object, "verification_token", trust->verification_token)) ||
        set_history(object, trust)) {
        json_decref(object);
        return NULL;
    }
    return object;
}

/* The answer to a peer's request: its own order, and flags as texts, as peers of the reference know it. */
static json_t *request_answer(const aw_trust *trust)
{
    return json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s}", "baseuri", trust->baseuri, "type", trust->type,
                     "relationship", trust->relationship, "secret", trust->secret, "approved",
                     trust->approved ? "true" : "false", "peer_approved", trust->peer_approved ? "true" : "false",
                     "verified", trust->verified ? "true" : "false", "verification_token", trust->verification_token,
                     "desc", trust->desc, "id", trust->actor_id, "peerid", trust->peer_id);
}

/* Location: where this trust is. */
static void set_location(aw__call *call, const aw_trust *trust)
{
    const char *actor = aw__site_actor_url(call->site, call->arena, trust->actor_id);
    const char *relationship = aw__percent_encode(call->arena, trust->relationship, "");
    const char *peer = aw__percent_encode(call->arena, trust->peer_id, "");
    const char *url = actor && relationship && peer
                          ? aw__arena_printf(call->arena, "%s/trust/%s/%s", actor, relationship, peer)
                          : NULL;

    if (url)
        aw__call_header(call, "Location", url);
}

/* ---- /trust ---- */

/* Those that fit, and the query's type. */
static void send_trusts(aw__call *call, const char *relationship, const char *peer_id)
{
    aw_trust **trusts = NULL;
    size_t count = 0;
    aw_error err = {0};

    if (aw__trust_find_all(call->site, call->actor.id, relationship, aw__call_argument(call, "type"), peer_id, &trusts,
                           &count, &err)) {
        aw__call_error(call, &err);
        return;
    }
    json_t *all = json_array();

    for (size_t i = 0; i < count && all; i++) {
        if (json_array_append_new(all, trust_object(call, trusts[i]))) {
            json_decref(all);
            all = NULL;
        }
    }
    aw__call_header(call, "Cache-Control", "no-store");
    aw__call_json(call, 200, all);
    json_decref(all);
    aw_trust_list_free(trusts, count);
}

void aw__trust_get_all(aw__call *call)
{
    if (aw__call_need_access(call, "trust", ""))
        send_trusts(call, aw__call_argument(call, "relationship"), aw__call_argument(call, "peerid"));
}

/* The trusts of one relationship. A peer of the reference asks for /trust/{its own id} to find out whether its trust is
 * still there, and deletes its half when it is told no. */
void aw__trust_get_relationship(aw__call *call)
{
    if (aw__call_is_peer(call, call->segment[2], true))
        send_trusts(call, NULL, call->segment[2]);
    else if (aw__call_need_access(call, "trust", ""))
        send_trusts(call, call->segment[2], aw__call_argument(call, "peerid"));
}

static void initiated(aw__call *call, const aw_error *err, aw__flow *flow)
{
    if (err) {
        aw__call_peer_trouble(call, err, 408);
        return;
    }
    json_t *body = trust_object(call, flow->result);

    set_location(call, flow->result);
    aw__call_json(call, 201, body);
    json_decref(body);
}

void aw__trust_initiate(aw__call *call)
{
    const char *url, *relationship, *desc, *type;
    aw__flow *flow = NULL;
    aw_error err = {0};

    if (!aw__call_need_creator(call))
        return;
    json_t *body = aw__call_object(call);

    if (!body || !aw__call_take_text(call, body, "url", &url) ||
        !aw__call_take_text(call, body, "relationship", &relationship) ||
        !aw__call_take_text(call, body, "desc", &desc) || !aw__call_take_text(call, body, "type", &type))
        return;
    if (aw__text_empty(url)) {
        aw__call_fail(call, 400, "bad_request", "url, the peer actor's address, is missing");
        return;
    }
    if (aw__trust_create_new(call->site, call->actor.id,
                             AW_WITH(trust_create_reciprocal, .peer_url = url, .relationship = relationship,
                                     .desc = desc, .type = type),
                             &flow, &err))
        aw__call_error(call, &err);
    else
        aw__call_run(call, flow, initiated);
}

/* ---- /trust/{relationship}: a peer asks ---- */

static void requested(aw__call *call, const aw_error *err, aw__flow *flow)
{
    if (err) {
        aw__call_error(call, err);
        return;
    }
    const aw_trust *trust = flow->result;
    json_t *body = request_answer(trust);

    set_location(call, trust);
    aw__call_json(call, trust->approved ? 201 : 202, body);
    json_decref(body);
}

struct asking {
    const char *baseuri, *peer_id, *type, *secret, *desc, *verify; /* NULL when absent */
    char made[AW__TOKEN_BYTES];
};

/* What the peer sent; false after an answer. */
static bool read_request(aw__call *call, struct asking *ret)
{
    const json_t *body = aw__call_object(call);

    if (!body || !aw__call_take_text(call, body, "baseuri", &ret->baseuri) ||
        !aw__call_take_text(call, body, "id", &ret->peer_id) || !aw__call_take_text(call, body, "type", &ret->type) ||
        !aw__call_take_text(call, body, "secret", &ret->secret) ||
        !aw__call_take_text(call, body, "desc", &ret->desc) || !aw__call_take_text(call, body, "verify", &ret->verify))
        return false;
    if (aw__text_empty(ret->baseuri) || aw__text_empty(ret->peer_id)) {
        aw__call_fail(call, 400, "bad_request", "baseuri and id, the peer's address and name, are needed");
        return false;
    }
    if (!aw__text_empty(ret->secret))
        return true;
    /* Ours to choose; the peer cannot be verified by a secret that it does not know yet. */
    if (aw__token_new(ret->made)) {
        aw__call_fail(call, 500, "server_error", "no randomness to be had");
        return false;
    }
    ret->secret = ret->made;
    ret->verify = NULL;
    return true;
}

void aw__trust_request(aw__call *call)
{
    const aw__config *config = &call->site->config;
    struct asking asking;
    aw__flow *flow = NULL;
    aw_error err = {0};

    if (!read_request(call, &asking))
        return;
    if (aw__trust_verify_new(call->site, call->actor.id,
                             AW_WITH(trust_create_verified, .peer_id = asking.peer_id, .baseuri = asking.baseuri,
                                     .relationship = call->segment[2], .secret = asking.secret,
                                     .verify_token = asking.verify, .desc = asking.desc,
                                     .type = asking.type ? asking.type : "",
                                     .approved = config->auto_accept &&
                                                 aw__text_equal(call->segment[2], config->default_relationship)),
                             true, &flow, &err))
        aw__call_error(call, &err);
    else
        aw__call_run(call, flow, requested);
}

/* ---- /trust/{relationship}/{peer} ---- */

static void free_trust(void *trust)
{
    aw_trust_free(trust);
}

/* The trust that the path names; NULL after an answer. */
static aw_trust *trust_of_path(aw__call *call)
{
    aw_trust *trust = NULL;
    aw_error err = {0};
    int rc = aw__trust_find(call->site, call->actor.id, call->segment[3], &trust, &err);

    if (rc == AW_OK && aw__exchange_at_end(call->exchange, free_trust, trust)) {
        aw__call_json(call, 500, NULL);
        return NULL;
    }
    if (rc == AW_E_NOT_FOUND || (trust && strcmp(trust->relationship, call->segment[2]) != 0)) {
        aw__call_fail(call, 404, "not_found", "there is no such trust");
        return NULL;
    }
    if (rc) {
        aw__call_error(call, &err);
        return NULL;
    }
    return trust;
}

/* Those that this trust has for itself, or null. The owner's notes are not the peer's to read. False: it was
 * answered. */
static bool add_permissions(aw__call *call, json_t *body)
{
    static const char *const shown[] = {"properties", "methods",    "actions",    "tools", "resources",
                                        "prompts",    "created_by", "updated_at", "notes"};
    bool own_trust = aw__call_is_peer(call, call->segment[3], true);
    aw__granted granted;
    aw_error err = {0};

    if (aw__permission_look(call->site, call->arena, call->actor.id, call->segment[3], &granted, &err)) {
        aw__call_error(call, &err);
        return false;
    }
    json_t *own = granted.own ? json_object() : json_null();
    int failed = 0;

    for (size_t i = 0; granted.own && i < sizeof(shown) / sizeof(*shown) && !failed; i++) {
        if (own_trust && strcmp(shown[i], "notes") == 0)
            continue;
        json_t *value = json_object_get(granted.own, shown[i]);

        failed = json_object_set_new(own, shown[i], value ? json_incref(value) : json_null());
    }
    if (json_object_set_new(body, "permissions", own) || failed) {
        aw__call_json(call, 500, NULL);
        return false;
    }
    return true;
}

/* The peer itself may ask also while it waits for the approval; 202 says that it still has to. What it will be allowed
 * then it is not told before. */
void aw__trust_get_one(aw__call *call)
{
    bool permissions = aw__text_equal_nocase(aw__call_argument(call, "permissions"), "true");
    bool own = aw__call_is_peer(call, call->segment[3], true);

    if (!own && !aw__call_need_access(call, "trust", ""))
        return;
    if (permissions && own && !call->caller.approved) {
        aw__call_refuse(call);
        return;
    }
    aw_trust *trust = trust_of_path(call);

    if (!trust)
        return;
    json_t *body = trust_object(call, trust);

    if (permissions && !add_permissions(call, body)) {
        json_decref(body);
        return;
    }
    aw__call_header(call, "Cache-Control", "no-store");
    aw__call_json(call, trust->approved ? 200 : 202, body);
    json_decref(body);
}

static void modified(aw__call *call, const aw_error *err, aw__flow *flow)
{
    (void)flow;
    /* The change is ours and is made; that the peer could not be told is not the client's failure (WIRE 6). */
    if (err && !aw__is_peer_trouble(err))
        aw__call_error(call, err);
    else
        aw__call_empty(call, 204);
}

/* A member "permissions" of the body; NULL: absent or null. False: it was answered, nobody may set them so. */
static bool take_permissions(aw__call *call, const json_t *body, json_t **ret_permissions)
{
    json_t *permissions = json_object_get(body, "permissions");
    aw_error err = {0};

    *ret_permissions = NULL;
    if (!permissions || json_is_null(permissions))
        return true;
    if (aw__call_is_peer(call, call->segment[3], true)) { /* its own: permissions.c */
        aw__call_refuse(call);
        return false;
    }
    if (aw__permission_check_own(permissions, &err)) {
        aw__call_error(call, &err);
        return false;
    }
    *ret_permissions = permissions;
    return true;
}

/* Sets them, and has the peer told. False: it was answered. */
static bool set_permissions(aw__call *call, json_t *permissions)
{
    aw_error err = {0};

    if (aw__permission_set(call->site, call->actor.id, call->segment[3], permissions, NULL, &err)) {
        aw__call_error(call, &err);
        return false;
    }
    aw__permission_tell(call->site, call->actor.id, call->segment[3]);
    return true;
}

void aw__trust_put(aw__call *call)
{
    aw__flow *flow = NULL;
    aw_error err = {0};
    const char *baseuri, *desc;
    aw_change approved;
    json_t *permissions;

    if (!aw__call_need_access(call, "trust", ""))
        return;
    json_t *body = aw__call_object(call);

    if (!body || !trust_of_path(call) || !aw__call_take_text(call, body, "baseuri", &baseuri) ||
        !aw__call_take_text(call, body, "desc", &desc) || !aw__call_take_flag(call, body, "approved", &approved) ||
        !take_permissions(call, body, &permissions))
        return;
    /* Whoever moves a peer is told its secret. */
    if (baseuri && call->caller.role != AW_ROLE_CREATOR) {
        aw__call_refuse(call);
        return;
    }
    if (aw__trust_modify_new(call->site, call->actor.id,
                             AW_WITH(trust_modify_and_notify, .peer_id = call->segment[3], .baseuri = baseuri,
                                     .desc = desc, .approved = approved),
                             &flow, &err)) {
        aw__call_error(call, &err);
        return;
    }
    if (permissions && !set_permissions(call, permissions)) {
        aw__flow_unref(flow);
        return;
    }
    aw__call_run(call, flow, modified);
}

/* The peer says that it has approved; its trust here need not be approved yet. */
void aw__trust_notice(aw__call *call)
{
    aw__trust_edit edit = {0};
    aw_trust *changed = NULL;
    aw_error err = {0};

    if (!aw__call_is_peer(call, call->segment[3], true)) {
        aw__call_refuse(call);
        return;
    }
    json_t *body = aw__call_object(call);

    if (!body || !trust_of_path(call) || !aw__call_take_flag(call, body, "approved", &edit.peer_approved))
        return;
    /* It speaks of the trust that it was let in by, not of one that may have taken its place meanwhile. */
    if (*call->caller.trust->verification_token)
        edit.only_token = call->caller.trust->verification_token;
    if (edit.peer_approved == AW_KEEP)
        aw__call_fail(call, 400, "bad_request", "approved is missing");
    else if (aw__trust_change(call->site, call->actor.id, call->segment[3], &edit, &changed, NULL, &err))
        aw__call_error(call, &err);
    else
        aw__call_empty(call, 204);
    aw_trust_free(changed);
}

static void removed(aw__call *call, const aw_error *err, aw__flow *flow)
{
    (void)flow;
    if (err)
        aw__call_peer_trouble(call, err, 502);
    else
        aw__call_empty(call, 204);
}

/* Somebody whose credentials are nobody's here. */
static bool is_stranger(const aw__call *call)
{
    return call->caller.role == AW_ROLE_ANONYMOUS && call->caller.presented && !call->caller.malformed;
}

/* To a peer whose trust is not known here, or no longer, that is 404: it takes 403 for a refusal, and would keep its
 * half for ever. Whether another has a trust of that name, nobody learns. */
void aw__trust_remove_one(aw__call *call)
{
    aw__flow *flow = NULL;
    aw_error err = {0};
    const char *peer_id = call->segment[3];
    /* A peer may always take back its own, approved or not; it knows already, so it is not told. */
    bool own = aw__call_is_peer(call, peer_id, true);

    if (is_stranger(call)) {
        aw__call_fail(call, 404, "not_found", "no such trust is known by these credentials");
        return;
    }
    if (!own && !aw__call_need_access(call, "trust", ""))
        return;
    if (strcmp(peer_id, call->actor.id) == 0) {
        aw__call_fail(call, 400, "bad_request", "an actor has no trust with itself");
        return;
    }
    if (!trust_of_path(call))
        return;
    bool local = own || aw__text_equal_nocase(aw__call_argument(call, "peer"), "true");

    if (aw__trust_delete_new(call->site, call->actor.id,
                             AW_WITH(trust_delete_reciprocal, .peer_id = peer_id, .local_only = local), &flow, &err))
        aw__call_error(call, &err);
    else
        aw__call_run(call, flow, removed);
}
