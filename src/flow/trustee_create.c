/*
 * The conversation "create a peer as its trustee": another service makes an actor that is ours, with which we then have
 * a trust that we approve on both sides (WIRE 12 "trustee create"). Whatever fails, the actor that was made is ended.
 */
#include "flow/trustee_create.h"

#include <string.h>

#include "actor/trust.h"
#include "actor/trustee.h"
#include "base/error.h"
#include "base/json.h"
#include "base/secret.h"
#include "base/text.h"
#include "flow/params.h"
#include "flow/peer.h"
#include "flow/trust_create.h"

enum { TIMEOUT_MS = 30000 };

struct trustee_create {
    const char *factory_url;
    const char *relationship;
    const char *type; /* that the peer must be of, or NULL */
    const char *desc;
    const char *url; /* of the actor that was made; NULL until then */
    const char *passphrase;
    const char *peer_id;
    const char *peer_type;
    char secret[AW__TOKEN_BYTES]; /* of the trust */
    bool recorded;
    const aw_trust *trust; /* NULL until there is one */
    aw_error refusal;      /* why there is none */
};

/* ---- make ---- */

static int post_factory(aw__flow *flow)
{
    const struct trustee_create *s = flow->state;
    json_t *body = aw__flow_keep(flow, json_pack("{s:s, s:s+}", "creator", "trustee", "trustee_root",
                                                 flow->site->config.root, flow->actor_id));

    if (!body)
        return aw__fail_nomem(&flow->error);
    return aw__flow_ask(flow, "POST", s->factory_url, NULL, body);
}

static int take_passphrase(aw__flow *flow, const char **ret_passphrase)
{
    json_t *made = NULL;
    aw_error why = {0};
    int rc = aw__flow_answer_object(flow, &made);

    if (rc)
        return rc;
    const char *passphrase = aw__json_get_text(made, "passphrase", NULL);

    if (aw__check_required("passphrase", passphrase, AW__NAME_MAX_BYTES, &why))
        return aw__fail(&flow->error, AW_E_PROTOCOL, "the new actor's %s", why.message);
    *ret_passphrase = passphrase;
    return AW_OK;
}

/* The actor is known by its URL and its passphrase; with one of them missing it cannot be ended either. */
static int on_made(aw__flow *flow)
{
    struct trustee_create *s = flow->state;
    const char *url = NULL, *passphrase = NULL;
    aw_error why = {0};
    int rc = aw__flow_answer_ok(flow);

    if (rc == AW_OK)
        rc = take_passphrase(flow, &passphrase);
    if (rc)
        return rc;
    rc = aw__check_actor_url(flow->arena, "its Location", flow->response->location, &url, &why);
    if (rc == AW_E_NOMEM)
        return aw__fail_nomem(&flow->error);
    if (rc)
        return aw__fail(&flow->error, AW_E_PROTOCOL, "an actor was made, but %s", why.message);
    s->url = url;
    s->passphrase = passphrase;
    return AW_OK;
}

static int end_made(aw__flow *flow)
{
    const struct trustee_create *s = flow->state;

    if (!s->url)
        return AW__STEP_SKIP;
    int rc = aw__flow_ask(flow, "DELETE", s->url, NULL, NULL);

    return rc ? rc : aw__flow_ask_basic(flow, "trustee", s->passphrase);
}

/* ---- meet and record ---- */

/* Without credentials; but the peer knows the passphrase, and might show it to whoever reads our errors. */
static int ask_meta(aw__flow *flow)
{
    const struct trustee_create *s = flow->state;
    int rc = aw__flow_ask(flow, "GET", aw__peer_path(flow, s->url, "meta", NULL), NULL, NULL);

    flow->secret = s->passphrase;
    return rc;
}

static int on_meta(aw__flow *flow)
{
    struct trustee_create *s = flow->state;

    return aw__peer_meet_type(flow, s->type, &s->peer_id, &s->peer_type);
}

static int store_trustee(aw__flow *flow)
{
    struct trustee_create *s = flow->state;
    aw__peertrustee_row row = {
        .peer_id = s->peer_id, .baseuri = s->url, .type = s->peer_type, .passphrase = s->passphrase};
    int rc = aw__trustee_add(flow->site, flow->actor_id, &row, &flow->error);

    s->recorded = rc == AW_OK;
    return rc;
}

/* With the trust, which another conversation has made, and which is known by its secret. */
static int forget_trustee(aw__flow *flow)
{
    const struct trustee_create *s = flow->state;

    return s->recorded ? aw__trust_remove_made(flow->site, flow->actor_id, s->peer_id, s->secret, &flow->error) : AW_OK;
}

/* ---- trust ---- */

static void release_trust(void *trust)
{
    aw_trust_free(trust);
}

/* The other conversation does not know the passphrase, and so does not hide it. */
static void note_refusal(struct trustee_create *s, const aw_error *err)
{
    static const char hidden[] = "the new actor refuses the trust; its reason repeats a secret, and is not shown";

    s->refusal = *err;
    if (strstr(err->message, s->passphrase))
        memcpy(s->refusal.message, hidden, sizeof(hidden));
}

static void on_trust(aw__flow *other, const aw_error *err, void *ud)
{
    aw__flow *flow = ud;
    struct trustee_create *s = flow->state;

    if (err) {
        note_refusal(s, err);
        return;
    }
    aw_trust *trust = aw__flow_take(other);

    if (aw__arena_defer(flow->arena, release_trust, trust))
        aw__fail_nomem(&s->refusal);
    else
        s->trust = trust;
}

static int begin_trust(aw__flow *flow)
{
    const struct trustee_create *s = flow->state;
    aw__flow *other = NULL;
    int rc = aw__trust_create_new(flow->site, flow->actor_id,
                                  AW_WITH(trust_create_reciprocal, .peer_url = s->url, .relationship = s->relationship,
                                          .secret = s->secret, .desc = s->desc, .type = s->type,
                                          .timeout_ms = aw__flow_left_ms(flow)),
                                  &other, &flow->error);

    return rc ? rc : aw__flow_add(flow, other, on_trust, flow);
}

static int on_trust_ended(aw__flow *flow)
{
    const struct trustee_create *s = flow->state;

    if (s->trust)
        return AW_OK;
    flow->error = s->refusal;
    return flow->error.code;
}

/* ---- approve and settle ---- */

static int approve_theirs(aw__flow *flow)
{
    const struct trustee_create *s = flow->state;
    json_t *body = aw__flow_keep(flow, json_pack("{s:b}", "approved", 1));
    const char *url = aw__peer_path(flow, s->url, "trust", s->relationship, flow->actor_id, NULL);
    int rc = body ? aw__flow_ask(flow, "PUT", url, NULL, body) : aw__fail_nomem(&flow->error);

    return rc ? rc : aw__flow_ask_basic(flow, "trustee", s->passphrase);
}

static int store_approval(aw__flow *flow)
{
    const struct trustee_create *s = flow->state;
    aw__trust_edit edit = {.only_token = s->trust->verification_token, .peer_approved = AW_SET};
    aw_trust *trust = NULL;
    int rc = aw__trust_change(flow->site, flow->actor_id, s->peer_id, &edit, &trust, NULL, &flow->error);

    if (rc == AW_OK)
        flow->result = trust;
    return rc;
}

/* clang-format off */
static const aw_step steps[] = {
    /* name      kind      begin           reply           undo */
    { "make",    AW_PEER,  post_factory,   on_made,        end_made       },  /* POST factory                     */
    { "meet",    AW_PEER,  ask_meta,       on_meta,        NULL           },  /* GET  peer/meta                   */
    { "record",  AW_STORE, store_trustee,  NULL,           forget_trustee },  /* the passphrase, before all else  */
    { "trust",   AW_FLOWS, begin_trust,    on_trust_ended, NULL           },  /* trust_create                     */
    { "approve", AW_PEER,  approve_theirs, NULL,           NULL           },  /* PUT peer/trust/{rel}/{us}        */
    { "settle",  AW_STORE, store_approval, NULL,           NULL           },
    { 0 }
};
/* clang-format on */

static const aw__conversation conversation = {"trustee_create", steps};

/* ---- building ---- */

static int check(const aw_peer_create_trustee_params *p, aw_error *err)
{
    int rc = aw__check_segment("relationship", p->relationship, err);

    if (rc == AW_OK)
        rc = aw__check_text("type", p->type, AW__NAME_MAX_BYTES, err);
    if (rc == AW_OK)
        rc = aw__check_text("desc", p->desc, AW__TEXT_MAX_BYTES, err);
    return rc ? rc : aw__check_timeout(p->timeout_ms, err);
}

/* The factory's address is kept as it is: a slash at its end may matter there. */
static int fill(aw__flow *flow, const aw_peer_create_trustee_params *p, aw_error *err)
{
    struct trustee_create *s = flow->state;
    const char *trimmed;
    const char *relationship = p->relationship ? p->relationship : flow->site->config.default_relationship;
    int rc = aw__check_actor_url(flow->arena, "factory_url", p->factory_url, &trimmed, err);

    if (rc)
        return rc;
    if (aw__token_new(s->secret))
        return aw__fail(err, AW_E_UNSUPPORTED, "no randomness to be had for a secret");
    s->factory_url = aw__arena_strdup(flow->arena, p->factory_url);
    s->relationship = aw__arena_strdup(flow->arena, relationship);
    s->type = aw__arena_strdup(flow->arena, aw__text_empty(p->type) ? NULL : p->type);
    s->desc = aw__arena_strdup(flow->arena, p->desc ? p->desc : "");
    return aw__arena_failed(flow->arena) ? aw__fail_nomem(err) : AW_OK;
}

int aw__trustee_create_new(aw__site *site, const char *actor_id, const aw_peer_create_trustee_params *params,
                           aw__flow **ret_flow, aw_error *err)
{
    aw_peer_create_trustee_params p;
    aw__flow *flow = NULL;
    int rc = aw__check_params(&p, sizeof(p), params, err);

    if (rc == AW_OK)
        rc = check(&p, err);
    if (rc == AW_OK)
        rc = aw__flow_new(site, &conversation, actor_id, sizeof(struct trustee_create), p.timeout_ms, TIMEOUT_MS,
                          p.group, &flow, err);
    if (rc)
        return rc;
    flow->result_free = release_trust;
    rc = fill(flow, &p, err);
    if (rc)
        aw__flow_unref(flow);
    else
        *ret_flow = flow;
    return rc;
}
