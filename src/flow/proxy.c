/*
 * The four proxy conversations: a request to a trusted peer's own resources, tried once more as the peer's trustee when
 * the trust does not suffice and its passphrase is known.
 */
#include "flow/proxy.h"

#include <string.h>

#include "actor/trustee.h"
#include "base/encode.h"
#include "base/error.h"
#include "base/id.h"
#include "base/json.h"
#include "base/text.h"
#include "flow/params.h"
#include "flow/peer.h"
#include "http/url.h"

enum { TIMEOUT_MS = 30000 };

struct proxy {
    const char *peer_id;
    const char *method;
    const char *path;              /* encoded, with its query */
    const char *body;              /* or NULL */
    const char *parent_request_id; /* or NULL */
    char request_id[AW__UUID_BYTES];
    const aw_trust *trust;
    const char *passphrase; /* of the peer's trustee, or NULL */
    bool as_trustee;
};

/* ---- find: the trust, and perhaps the trustee's passphrase ---- */

/* Of a peer that this actor has made. Should the trust lead elsewhere than to that one, it is none of its business. */
static int find_passphrase(aw__flow *flow)
{
    struct proxy *s = flow->state;
    aw__peertrustee_row row;
    aw_error why = {0};
    int rc = aw__trustee_find(flow->site, flow->arena, flow->actor_id, s->peer_id, &row, &why);

    if (rc == AW_OK && strcmp(row.baseuri, s->trust->baseuri) == 0 && *row.passphrase)
        s->passphrase = row.passphrase;
    if (rc == AW_OK || rc == AW_E_NOT_FOUND)
        return AW_OK;
    flow->error = why;
    return rc;
}

static int find_trust(aw__flow *flow)
{
    struct proxy *s = flow->state;
    int rc = aw__peer_find(flow, s->peer_id, &s->trust);

    if (rc == AW_OK && aw__text_empty(s->trust->secret))
        rc = aw__fail(&flow->error, AW_E_NOT_FOUND, "the trust with this peer has no secret");
    return rc ? rc : find_passphrase(flow);
}

/* ---- ask ---- */

static int ask_resource(aw__flow *flow)
{
    struct proxy *s = flow->state;
    const char *url = aw__url_join(flow->arena, s->trust->baseuri, s->path);
    int rc = aw__flow_ask(flow, s->method, url, s->as_trustee ? NULL : s->trust->secret, NULL);

    if (rc == AW_OK && s->as_trustee)
        rc = aw__flow_ask_basic(flow, "trustee", s->passphrase);
    if (rc == AW_OK)
        rc = aw__flow_ask_header(flow, "X-Request-ID", s->request_id);
    if (rc == AW_OK && s->parent_request_id)
        rc = aw__flow_ask_header(flow, "X-Parent-Request-ID", s->parent_request_id);
    if (rc == AW_OK && s->body) {
        flow->request.body = s->body;
        flow->request.body_bytes = strlen(s->body);
        rc = aw__flow_ask_header(flow, "Content-Type", "application/json");
    }
    return rc;
}

/* Success that is no JSON is an empty object, as the reference has it. */
static int take_answer(aw__flow *flow)
{
    json_t *answer = NULL;
    int rc = aw__flow_answer_take(flow, &answer);

    if (rc == AW_E_NOMEM)
        return rc;
    flow->result = rc ? json_object() : answer;
    return flow->result ? AW_OK : aw__fail_nomem(&flow->error);
}

static int on_answer(aw__flow *flow)
{
    struct proxy *s = flow->state;
    int status = flow->response->status;

    if ((status == 302 || status == 401 || status == 403) && s->passphrase && !s->as_trustee) {
        s->as_trustee = true;
        return AW__STEP_AGAIN;
    }
    int rc = aw__flow_answer_ok(flow);

    return rc ? rc : take_answer(flow);
}

/* clang-format off */
static const aw_step steps[] = {
    /* name    kind      begin         reply      undo */
    { "find",  AW_STORE, find_trust,   NULL,      NULL },  /* the peer's URL and the secret                   */
    { "ask",   AW_PEER,  ask_resource, on_answer, NULL },  /* GET, POST, PUT or DELETE peer/path              */
    { 0 }                                                  /* (refused as a peer: the same again as trustee)  */
};
/* clang-format on */

static const aw__conversation conversation = {"proxy", steps};

/* ---- building ---- */

/* "..", also encoded, would leave the peer actor and take the secret along. */
static int check_path(aw__arena *arena, const char *path, aw_error *err)
{
    const char *segment = aw__percent_decode(arena, path, strcspn(path, "?"), false);

    if (!segment && aw__arena_failed(arena))
        return aw__fail_nomem(err);
    if (!segment)
        return aw__fail(err, AW_E_INVALID, "path holds a broken escape");
    while (segment) {
        size_t bytes = strcspn(segment, "/");

        if ((bytes == 1 && segment[0] == '.') || (bytes == 2 && segment[0] == '.' && segment[1] == '.'))
            return aw__fail(err, AW_E_INVALID, "path holds \".\" or \"..\"");
        segment = segment[bytes] ? segment + bytes + 1 : NULL;
    }
    return AW_OK;
}

static const char *encode_query(aw__arena *arena, json_t *query, const char *path)
{
    const char *separator = strchr(path, '?') ? "&" : "?";
    const char *key;
    json_t *value;

    json_object_foreach(query, key, value) {
        const char *name = aw__percent_encode(arena, key, NULL);
        const char *text = aw__percent_encode(arena, json_string_value(value), NULL);

        path = path && name && text ? aw__arena_printf(arena, "%s%s%s=%s", path, separator, name, text) : NULL;
        separator = "&";
    }
    return path;
}

static int check_query(json_t *query, aw_error *err)
{
    const char *key;
    json_t *value;

    if (query && !json_is_object(query))
        return aw__fail(err, AW_E_INVALID, "query is no object");
    json_object_foreach(query, key, value)
        if (!json_is_string(value))
            return aw__fail(err, AW_E_INVALID, "query: the value of \"%.64s\" is no text", key);
    return AW_OK;
}

static int check(const aw__proxy_ask *ask, aw_error *err)
{
    int rc = aw__check_required("peer_id", ask->peer_id, AW__NAME_MAX_BYTES, err);

    if (rc == AW_OK)
        rc = aw__check_segment("peer_id", ask->peer_id, err);
    if (rc == AW_OK)
        rc = aw__check_required("path", ask->path, AW__TEXT_MAX_BYTES, err);
    if (rc == AW_OK && strchr(ask->path, '#'))
        rc = aw__fail(err, AW_E_INVALID, "path has a fragment");
    if (rc == AW_OK)
        rc = aw__check_text("parent_request_id", ask->parent_request_id, AW__NAME_MAX_BYTES, err);
    if (rc == AW_OK)
        rc = aw__check_timeout(ask->timeout_ms, err);
    return rc ? rc : check_query(ask->query, err);
}

static int fill_body(aw__flow *flow, const aw__proxy_ask *ask, aw_error *err)
{
    struct proxy *s = flow->state;
    bool wants_body = strcmp(ask->method, "POST") == 0 || strcmp(ask->method, "PUT") == 0;

    if (!ask->data) {
        s->body = wants_body ? "{}" : NULL;
        return AW_OK;
    }
    char *text = aw__json_text(ask->data);

    if (!text || aw__arena_defer(flow->arena, aw__free, text))
        return aw__fail_nomem(err);
    s->body = text;
    return AW_OK;
}

static int fill(aw__flow *flow, const aw__proxy_ask *ask, aw_error *err)
{
    struct proxy *s = flow->state;
    const char *path = aw__percent_encode(flow->arena, ask->path, "/?:@!$&'()*+,;=%");

    s->method = ask->method;
    s->peer_id = aw__arena_strdup(flow->arena, ask->peer_id);
    s->parent_request_id = aw__arena_strdup(flow->arena, ask->parent_request_id);
    int rc = path ? check_path(flow->arena, path, err) : aw__fail_nomem(err);

    if (rc)
        return rc;
    s->path = encode_query(flow->arena, ask->query, path);
    if (aw__arena_failed(flow->arena))
        return aw__fail_nomem(err);
    if (aw__uuid4(s->request_id))
        return aw__fail(err, AW_E_UNSUPPORTED, "no randomness to be had for a request's id");
    return fill_body(flow, ask, err);
}

static void release_answer(void *answer)
{
    json_decref(answer);
}

int aw__proxy_new(aw__site *site, const char *actor_id, const aw__proxy_ask *ask, aw__flow **ret_flow, aw_error *err)
{
    aw__flow *flow = NULL;
    int rc = check(ask, err);

    if (rc == AW_OK)
        rc = aw__flow_new(site, &conversation, actor_id, sizeof(struct proxy), ask->timeout_ms, TIMEOUT_MS, ask->group,
                          &flow, err);
    if (rc)
        return rc;
    flow->result_free = release_answer;
    rc = fill(flow, ask, err);
    if (rc)
        aw__flow_unref(flow);
    else
        *ret_flow = flow;
    return rc;
}
