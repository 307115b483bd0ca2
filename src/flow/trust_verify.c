/*
 * The conversation "create verified trust", as the one who was asked: store the peer's request, verify at the peer that
 * it was the peer's, store the outcome. A peer that asks again, and proves by the secret that it is the same, finds its
 * trust as it is.
 */
#include "flow/trust_verify.h"

#include <string.h>

#include "actor/trust.h"
#include "base/error.h"
#include "base/json.h"
#include "base/secret.h"
#include "base/text.h"
#include "flow/params.h"
#include "flow/peer.h"

enum { TIMEOUT_MS = 30000, VERIFY_MAX_MS = 10000 };

struct trust_verify {
    const char *baseuri;
    const char *peer_id; /* NULL, until meta tells */
    const char *type;    /* likewise */
    const char *relationship;
    const char *secret;
    const char *verify_token; /* "": nothing to verify */
    const char *desc;
    bool approved;
    bool peer_approved;
    char made[AW__TOKEN_BYTES];
    const char *token; /* our side's, for whoever verifies us: the one just made, or that of the trust there is */
    bool recorded;
    bool repeated; /* the peer has asked before */
    bool verified;
};

/* ---- meet: who asks? Only what we were not told ---- */

static int ask_meta(aw__flow *flow)
{
    const struct trust_verify *s = flow->state;

    if (s->peer_id && s->type)
        return AW__STEP_SKIP;
    return aw__flow_ask(flow, "GET", aw__peer_path(flow, s->baseuri, "meta", NULL), NULL, NULL);
}

static int on_meta(aw__flow *flow)
{
    struct trust_verify *s = flow->state;
    const char *id, *type;
    int rc = aw__peer_meet(flow, &id, &type);

    if (rc)
        return rc;
    if (s->peer_id && strcmp(s->peer_id, id) != 0)
        return aw__fail(&flow->error, AW_E_PROTOCOL, "the peer at baseuri has another id");
    s->peer_id = id;
    s->type = s->type ? s->type : type;
    return AW_OK;
}

/* ---- record ---- */

/* Whoever knows the secret of the trust that there is, and names the same place and relationship, is its peer: nobody
 * is let in who was not in before. Anybody else has met a trust that is not replaced. */
static int meet_existing(aw__flow *flow)
{
    struct trust_verify *s = flow->state;
    const aw_trust *stored = NULL;
    aw_error exists = flow->error;
    int rc = aw__peer_find(flow, s->peer_id, &stored);

    if (rc && rc != AW_E_NOT_FOUND)
        return rc;
    if (rc || !aw__secret_equal(stored->secret, s->secret) || strcmp(stored->baseuri, s->baseuri) != 0 ||
        strcmp(stored->relationship, s->relationship) != 0 || !*stored->verification_token) {
        flow->error = exists;
        return AW_E_EXISTS;
    }
    flow->error = (aw_error){0};
    s->repeated = true;
    s->token = stored->verification_token;
    return AW_OK;
}

static int store_request(aw__flow *flow)
{
    struct trust_verify *s = flow->state;
    aw_trust theirs = {
        .actor_id = flow->actor_id,
        .peer_id = s->peer_id,
        .baseuri = s->baseuri,
        .type = s->type,
        .relationship = s->relationship,
        .secret = s->secret,
        .desc = s->desc,
        .verification_token = s->token,
        .established_via = "trust",
        .approved = s->approved,
        .peer_approved = s->peer_approved,
    };
    int rc = aw__trust_add(flow->site, &theirs, &flow->error);

    s->recorded = rc == AW_OK;
    return rc == AW_E_EXISTS ? meet_existing(flow) : rc;
}

static int delete_request(aw__flow *flow)
{
    const struct trust_verify *s = flow->state;

    if (!s->recorded)
        return AW_OK;
    return aw__trust_remove(flow->site, flow->actor_id, s->peer_id, s->secret, NULL, &flow->error);
}

/* ---- verify: a peer that hangs takes a part of the time only, for the trust is kept unverified then ---- */

static int ask_verification(aw__flow *flow)
{
    const struct trust_verify *s = flow->state;
    int part_ms = aw__flow_left_ms(flow) / 4 * 3 + 1;

    if (!*s->verify_token)
        return AW__STEP_SKIP;
    flow->request.timeout_ms = part_ms < VERIFY_MAX_MS ? part_ms : VERIFY_MAX_MS;
    return aw__flow_ask(flow, "GET", aw__peer_path(flow, s->baseuri, "trust", s->relationship, flow->actor_id, NULL),
                        s->secret, NULL);
}

/* The status does not matter: the reference answers 403 as long as it has not approved. */
static int on_verification(aw__flow *flow)
{
    struct trust_verify *s = flow->state;
    json_t *theirs = NULL;
    int rc = aw__flow_answer_object(flow, &theirs);

    if (rc == AW_OK)
        s->verified = aw__secret_equal(s->verify_token, aw__json_get_text(theirs, "verification_token", NULL));
    return rc;
}

/* ---- settle ---- */

/* Only of what was recorded or met: whoever asked must not, by deleting it meanwhile, have the next one's trust
 * verified or be shown its secret. Who asks again, approves again; our own approval is as it was. */
static int store_outcome(aw__flow *flow)
{
    const struct trust_verify *s = flow->state;
    aw__trust_edit edit = {
        .only_token = s->token,
        .verified = s->verified ? AW_SET : AW_KEEP,
        .peer_approved = s->repeated && s->peer_approved ? AW_SET : AW_KEEP,
    };
    aw_trust *trust = NULL;
    int rc = aw__trust_change(flow->site, flow->actor_id, s->peer_id, &edit, &trust, NULL, &flow->error);

    if (rc == AW_OK)
        flow->result = trust;
    return rc;
}

/* clang-format off */
static const aw_step steps[] = {
    /* name      kind      begin             reply            undo            optional */
    { "meet",    AW_PEER,  ask_meta,         on_meta,         NULL,           false },  /* GET peer/meta              */
    { "record",  AW_STORE, store_request,    NULL,            delete_request, false },  /* never over an existing one */
    { "verify",  AW_PEER,  ask_verification, on_verification, NULL,           true  },  /* GET peer/trust/{rel}/{us}  */
    { "settle",  AW_STORE, store_outcome,    NULL,            NULL,           false },
    { 0 }
};
/* clang-format on */

static const aw__conversation conversation = {"trust_verify", steps};

/* ---- building ---- */

static int check(const aw_trust_create_verified_params *p, aw_error *err)
{
    int rc = aw__check_id("peer_id", p->peer_id, err);

    if (rc == AW_OK)
        rc = aw__check_segment("relationship", p->relationship, err);
    if (rc == AW_OK)
        rc = aw__check_required("secret", p->secret, AW__NAME_MAX_BYTES, err);
    if (rc == AW_OK)
        rc = aw__check_text("verify_token", p->verify_token, AW__NAME_MAX_BYTES, err);
    if (rc == AW_OK)
        rc = aw__check_text("desc", p->desc, AW__TEXT_MAX_BYTES, err);
    if (rc == AW_OK)
        rc = aw__check_text("type", p->type, AW__NAME_MAX_BYTES, err);
    return rc ? rc : aw__check_timeout(p->timeout_ms, err);
}

static int fill(aw__flow *flow, const aw_trust_create_verified_params *p, bool peer_approved, aw_error *err)
{
    struct trust_verify *s = flow->state;
    const char *relationship = p->relationship ? p->relationship : flow->site->config.default_relationship;

    if (p->peer_id && strcmp(p->peer_id, flow->actor_id) == 0)
        return aw__fail(err, AW_E_INVALID, "peer_id is this actor's own");
    s->token = s->made;
    if (aw__token_new(s->made))
        return aw__fail(err, AW_E_UNSUPPORTED, "no randomness to be had for a verification token");
    s->peer_id = aw__arena_strdup(flow->arena, p->peer_id);
    s->type = aw__arena_strdup(flow->arena, p->type);
    s->relationship = aw__arena_strdup(flow->arena, relationship);
    s->secret = aw__arena_strdup(flow->arena, p->secret);
    s->verify_token = aw__arena_strdup(flow->arena, p->verify_token ? p->verify_token : "");
    s->desc = aw__arena_strdup(flow->arena, p->desc ? p->desc : "");
    s->approved = p->approved;
    s->peer_approved = peer_approved;
    return aw__arena_failed(flow->arena) ? aw__fail_nomem(err) : AW_OK;
}

static void release_trust(void *trust)
{
    aw_trust_free(trust);
}

int aw__trust_verify_new(aw__site *site, const char *actor_id, const aw_trust_create_verified_params *params,
                         bool peer_approved, aw__flow **ret_flow, aw_error *err)
{
    aw_trust_create_verified_params p;
    aw__flow *flow = NULL;
    int rc = aw__check_params(&p, sizeof(p), params, err);

    if (rc == AW_OK)
        rc = check(&p, err);
    if (rc == AW_OK)
        rc = aw__flow_new(site, &conversation, actor_id, sizeof(struct trust_verify), p.timeout_ms, TIMEOUT_MS, p.group,
                          &flow, err);
    if (rc)
        return rc;
    struct trust_verify *s = flow->state;

    flow->result_free = release_trust;
    rc = aw__check_actor_url(flow->arena, "baseuri", p.baseuri, &s->baseuri, err);
    if (rc == AW_OK)
        rc = fill(flow, &p, peer_approved, err);
    if (rc)
        aw__flow_unref(flow);
    else
        *ret_flow = flow;
    return rc;
}
