/*
 * The conversation "create reciprocal trust", as its initiator. What the peer does meanwhile (it verifies us) is
 * trust_verify.c's, at its side.
 */
#include "flow/trust_create.h"

#include <string.h>

#include "actor/trust.h"
#include "base/error.h"
#include "base/json.h"
#include "base/secret.h"
#include "base/text.h"
#include "flow/params.h"
#include "flow/peer.h"

enum { TIMEOUT_MS = 30000, CONFLICT = 409 };

struct trust_create {
    const char *url;
    const char *relationship;
    const char *secret;
    const char *desc;
    const char *type; /* that the peer must be of, or NULL */
    const char *peer_id;
    const char *peer_type;
    char token[AW__TOKEN_BYTES]; /* the peer verifies us by it */
    bool recorded;
    bool approved_by_peer;
    bool refused; /* the peer has said no: it keeps nothing */
};

/* ---- meet: who is there? ---- */

static int ask_meta(aw__flow *flow)
{
    const struct trust_create *s = flow->state;

    return aw__flow_ask(flow, "GET", aw__peer_path(flow, s->url, "meta", NULL), NULL, NULL);
}

static int on_meta(aw__flow *flow)
{
    struct trust_create *s = flow->state;

    return aw__peer_meet_type(flow, s->type, &s->peer_id, &s->peer_type);
}

/* ---- record: our half, which the peer will look at before it answers ---- */

static int store_ours(aw__flow *flow)
{
    struct trust_create *s = flow->state;
    aw_trust ours = {
        .actor_id = flow->actor_id,
        .peer_id = s->peer_id,
        .baseuri = s->url,
        .type = s->peer_type,
        .relationship = s->relationship,
        .secret = s->secret,
        .desc = s->desc,
        .verification_token = s->token,
        .established_via = "trust",
        .approved = true,
        .verified = true, /* we chose the address ourselves */
    };
    int rc = aw__trust_add(flow->site, &ours, &flow->error);

    s->recorded = rc == AW_OK;
    return rc;
}

/* Only what this conversation has stored: another's trust with the same peer, even the same secret, stays. */
static int delete_ours(aw__flow *flow)
{
    const struct trust_create *s = flow->state;

    if (!s->recorded)
        return AW_OK;
    return aw__trust_remove(flow->site, flow->actor_id, s->peer_id, s->secret, NULL, &flow->error);
}

/* ---- ask ---- */

static int post_trust(aw__flow *flow)
{
    const struct trust_create *s = flow->state;
    json_t *body = aw__flow_keep(flow, json_pack("{s:s+, s:s, s:s, s:s, s:s, s:s}",
                                                 "baseuri", flow->site->config.root, flow->actor_id,
                                                 "id", flow->actor_id,
                                                 "type", flow->site->config.type,
                                                 "secret", s->secret,
                                                 "desc", s->desc,
                                                 "verify", s->token));
    int rc = body ? AW_OK : aw__fail_nomem(&flow->error);

    if (rc == AW_OK)
        rc = aw__flow_ask(flow, "POST", aw__peer_path(flow, s->url, "trust", s->relationship, NULL), NULL, body);
    flow->secret = s->secret;
    return rc;
}

/* 202: the peer thinks about it, 201: it has approved. */
static int on_answer(aw__flow *flow)
{
    struct trust_create *s = flow->state;
    int status = flow->response->status;
    int rc = aw__flow_answer_ok(flow);

    /* 409 may be the answer to our request sent again, on a connection that broke: then the peer has kept the first. */
    s->refused = status >= 300 && status <= 499 && status != CONFLICT;
    s->approved_by_peer = status == 201;
    if (rc == AW_OK && status != 201 && status != 202)
        return aw__fail_http(&flow->error, status, -1, "the peer answered %d where 201 or 202 is due", status);
    return rc;
}

static int withdraw(aw__flow *flow)
{
    const struct trust_create *s = flow->state;

    if (s->refused)
        return AW__STEP_SKIP;
    return aw__flow_ask(flow, "DELETE", aw__peer_path(flow, s->url, "trust", s->relationship, flow->actor_id, NULL),
                        s->secret, NULL);
}

/* ---- settle ---- */

static int store_reply(aw__flow *flow)
{
    const struct trust_create *s = flow->state;
    aw__trust_edit edit = {.only_token = s->token, .peer_approved = s->approved_by_peer ? AW_SET : AW_KEEP};
    aw_trust *trust = NULL;
    int rc = aw__trust_change(flow->site, flow->actor_id, s->peer_id, &edit, &trust, NULL, &flow->error);

    if (rc == AW_OK)
        flow->result = trust;
    return rc;
}

/* clang-format off */
static const aw_step steps[] = {
    /* name      kind      begin        reply      undo */
    { "meet",    AW_PEER,  ask_meta,    on_meta,   NULL        },  /* GET  peer/meta               */
    { "record",  AW_STORE, store_ours,  NULL,      delete_ours },  /* so that the peer can verify  */
    { "ask",     AW_PEER,  post_trust,  on_answer, withdraw    },  /* POST peer/trust/{rel}        */
    { "settle",  AW_STORE, store_reply, NULL,      NULL        },
    { 0 }
};
/* clang-format on */

static const aw__conversation conversation = {"trust_create", steps};

/* ---- building ---- */

static int check(const aw_trust_create_reciprocal_params *p, aw_error *err)
{
    int rc = aw__check_segment("relationship", p->relationship, err);

    if (rc == AW_OK && p->secret)
        rc = aw__check_required("secret", p->secret, AW__NAME_MAX_BYTES, err);
    if (rc == AW_OK)
        rc = aw__check_text("desc", p->desc, AW__TEXT_MAX_BYTES, err);
    if (rc == AW_OK)
        rc = aw__check_text("type", p->type, AW__NAME_MAX_BYTES, err);
    return rc ? rc : aw__check_timeout(p->timeout_ms, err);
}

static int fill(aw__flow *flow, const aw_trust_create_reciprocal_params *p, aw_error *err)
{
    struct trust_create *s = flow->state;
    const char *relationship = p->relationship ? p->relationship : flow->site->config.default_relationship;
    char secret[AW__TOKEN_BYTES] = "";

    if (aw__token_new(s->token) || aw__token_new(secret))
        return aw__fail(err, AW_E_UNSUPPORTED, "no randomness to be had for a secret");
    s->secret = aw__arena_strdup(flow->arena, p->secret ? p->secret : secret);
    s->relationship = aw__arena_strdup(flow->arena, relationship);
    s->desc = aw__arena_strdup(flow->arena, p->desc ? p->desc : "");
    s->type = aw__arena_strdup(flow->arena, aw__text_empty(p->type) ? NULL : p->type);
    aw__secret_wipe(secret, sizeof(secret));
    return aw__arena_failed(flow->arena) ? aw__fail_nomem(err) : AW_OK;
}

static void release_trust(void *trust)
{
    aw_trust_free(trust);
}

int aw__trust_create_new(aw__site *site, const char *actor_id, const aw_trust_create_reciprocal_params *params,
                         aw__flow **ret_flow, aw_error *err)
{
    aw_trust_create_reciprocal_params p;
    aw__flow *flow = NULL;
    int rc = aw__check_params(&p, sizeof(p), params, err);

    if (rc == AW_OK)
        rc = check(&p, err);
    if (rc == AW_OK)
        rc = aw__flow_new(site, &conversation, actor_id, sizeof(struct trust_create), p.timeout_ms, TIMEOUT_MS, p.group,
                          &flow, err);
    if (rc)
        return rc;
    struct trust_create *s = flow->state;

    flow->result_free = release_trust;
    rc = aw__check_actor_url(flow->arena, "peer_url", p.peer_url, &s->url, err);
    if (rc == AW_OK)
        rc = fill(flow, &p, err);
    if (rc)
        aw__flow_unref(flow);
    else
        *ret_flow = flow;
    return rc;
}
