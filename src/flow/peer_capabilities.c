/*
 * The conversation "peer capabilities". What follows from them is decided where they are needed.
 */
#include "flow/peer_capabilities.h"

#include <string.h>

#include "actor/capability.h"
#include "base/error.h"
#include "base/text.h"
#include "flow/params.h"
#include "flow/peer.h"

enum { TIMEOUT_MS = 30000, TEXT_MAX_BYTES = 4096, VERSION_MAX_BYTES = 50, NOT_THERE = 404 };

struct peer_capabilities {
    const char *peer_id;
    int max_age_s;
    const aw_trust *trust;
    const char *supported;
    const char *version;
};

static void release_result(void *result)
{
    json_decref(result);
}

static json_t *options_of(const char *supported)
{
    json_t *options = json_array();

    for (const char *at = supported; options && *at;) {
        at += strspn(at, ", \t\r\n");
        size_t bytes = strcspn(at, ", \t\r\n");

        if (bytes && json_array_append_new(options, json_stringn(at, bytes))) {
            json_decref(options);
            return NULL;
        }
        at += bytes;
    }
    return options;
}

static int make_result(aw__flow *flow, const aw_trust *trust)
{
    json_t *options = options_of(trust->aw_supported);

    if (options)
        flow->result = json_pack("{s:o, s:s, s:s}", "supported", options, "version", trust->aw_version, "fetched_at",
                                 trust->capabilities_fetched_at);
    return flow->result ? AW_OK : aw__fail_nomem(&flow->error);
}

static int find(aw__flow *flow)
{
    struct peer_capabilities *s = flow->state;
    int rc = aw__peer_find(flow, s->peer_id, &s->trust);

    if (rc)
        return rc;
    if (!aw__peer_is_actor(flow, s->trust))
        return aw__fail(&flow->error, AW_E_UNSUPPORTED, "no actor is behind this trust");
    if (!aw__capability_known(s->trust, s->max_age_s))
        return AW_OK;
    rc = make_result(flow, s->trust);
    return rc ? rc : AW__STEP_FINISH;
}

static int ask(aw__flow *flow, const char *name)
{
    const struct peer_capabilities *s = flow->state;

    return aw__flow_ask(flow, "GET", aw__peer_path(flow, s->trust->baseuri, "meta", "actingweb", name, NULL), NULL, NULL);
}

/* The answer's first line, or what a JSON text holds. */
static int read_text(aw__flow *flow, size_t max_bytes, const char **ret_text)
{
    const char *body = flow->response->body;
    size_t bytes = flow->response->body_bytes;

    if (bytes > max_bytes || strlen(body) != bytes || !aw__text_utf8(body, bytes))
        return aw__fail(&flow->error, AW_E_PROTOCOL, "the peer's answer is no short text");
    body += strspn(body, " \t\r\n\"");
    char *text = aw__arena_strdup(flow->arena, body);

    if (!text)
        return aw__fail_nomem(&flow->error);
    text[strcspn(text, "\r\n\"")] = '\0';
    if (strpbrk(text, "<{"))
        return aw__fail(&flow->error, AW_E_PROTOCOL, "the peer's answer is a page, not a short text");
    *ret_text = text;
    return AW_OK;
}

static int ask_supported(aw__flow *flow)
{
    return ask(flow, "supported");
}

/* A peer that has no such path announces nothing. */
static int on_supported(aw__flow *flow)
{
    struct peer_capabilities *s = flow->state;

    if (flow->response->status == NOT_THERE) {
        s->supported = "";
        return AW_OK;
    }
    int rc = aw__flow_answer_ok(flow);

    return rc ? rc : read_text(flow, TEXT_MAX_BYTES, &s->supported);
}

static int ask_version(aw__flow *flow)
{
    return ask(flow, "version");
}

static int on_version(aw__flow *flow)
{
    struct peer_capabilities *s = flow->state;
    int rc = aw__flow_answer_ok(flow);

    return rc ? rc : read_text(flow, VERSION_MAX_BYTES, &s->version);
}

static int keep(aw__flow *flow)
{
    const struct peer_capabilities *s = flow->state;
    aw_trust *trust = NULL;
    int rc = aw__capability_keep(flow->site, flow->actor_id, s->peer_id, s->supported, s->version, &trust, &flow->error);

    if (rc)
        return rc;
    rc = make_result(flow, trust);
    aw_trust_free(trust);
    return rc;
}

/* clang-format off */
static const aw_step steps[] = {
    /* name        kind      begin          reply         undo  optional */
    { "find",      AW_STORE, find,          NULL,         NULL, false },  /* is it known?                         */
    { "supported", AW_PEER,  ask_supported, on_supported, NULL, false },  /* GET peer/meta/actingweb/supported    */
    { "version",   AW_PEER,  ask_version,   on_version,   NULL, true  },  /* GET peer/meta/actingweb/version      */
    { "keep",      AW_STORE, keep,          NULL,         NULL, false },
    { 0 }
};
/* clang-format on */

static const aw__conversation conversation = {"peer_capabilities", steps};

int aw__peer_capabilities_new(aw__site *site, const char *actor_id, const aw_peer_get_capabilities_params *params,
                              aw__flow **ret_flow, aw_error *err)
{
    aw_peer_get_capabilities_params p;
    aw__flow *flow = NULL;
    int rc = aw__check_params(&p, sizeof(p), params, err);

    if (rc == AW_OK)
        rc = aw__check_question(p.peer_id, p.timeout_ms, p.max_age_s, err);
    if (rc == AW_OK)
        rc = aw__flow_new(site, &conversation, actor_id, sizeof(struct peer_capabilities), p.timeout_ms, TIMEOUT_MS,
                          p.group, &flow, err);
    if (rc)
        return rc;
    struct peer_capabilities *s = flow->state;

    flow->result_free = release_result;
    s->max_age_s = p.max_age_s ? p.max_age_s : AW__CAPABILITIES_AGE_S;
    s->version = "";
    s->peer_id = aw__arena_strdup(flow->arena, p.peer_id);
    if (!s->peer_id) {
        aw__flow_unref(flow);
        return aw__fail_nomem(err);
    }
    *ret_flow = flow;
    return AW_OK;
}
