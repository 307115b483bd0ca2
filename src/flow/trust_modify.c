/*
 * The conversation "modify and notify": change our side of a trust, and tell the peer when it is approved. The change
 * comes first, so that a peer which answers the news by subscribing is let in; it stays when the peer cannot be told.
 */
#include "flow/trust_modify.h"

#include "actor/permission_own.h"
#include "actor/trust.h"
#include "base/error.h"
#include "base/log.h"
#include "flow/params.h"
#include "flow/peer.h"
#include "flow/permission_callback.h"

enum { TIMEOUT_MS = 30000 };

struct trust_modify {
    const char *peer_id;
    aw__trust_edit edit;
};

/* What the trust type alone grants the peer can know; rules of its own it has not been told before. */
static void tell_permissions(aw__flow *flow, const char *peer_id)
{
    aw__granted granted;
    aw_error why = {0};

    if (aw__permission_look(flow->site, flow->arena, flow->actor_id, peer_id, &granted, &why))
        aw__log(AW_LOG_INFO, "%s is not told what it may do: %s", peer_id, why.message);
    else if (granted.own)
        aw__permission_tell(flow->site, flow->actor_id, peer_id);
}

static int store_change(aw__flow *flow)
{
    const struct trust_modify *s = flow->state;
    aw_trust *trust = NULL;
    bool newly_approved = false;
    int rc = aw__trust_change(flow->site, flow->actor_id, s->peer_id, &s->edit, &trust, &newly_approved, &flow->error);

    if (rc)
        return rc;
    flow->result = trust;
    if (newly_approved)
        tell_permissions(flow, s->peer_id);
    return AW_OK;
}

/* Also when it had been approved before: the peer may not have heard of it then. */
static int post_approval(aw__flow *flow)
{
    const struct trust_modify *s = flow->state;
    const aw_trust *trust = flow->result;

    if (s->edit.approved != AW_SET || !aw__peer_is_actor(flow, trust))
        return AW__STEP_SKIP;
    json_t *body = aw__flow_keep(flow, json_pack("{s:b}", "approved", 1));

    if (!body)
        return aw__fail_nomem(&flow->error);
    return aw__flow_ask(flow, "POST",
                        aw__peer_path(flow, trust->baseuri, "trust", trust->relationship, flow->actor_id, NULL),
                        trust->secret, body);
}

/* clang-format off */
static const aw_step steps[] = {
    /* name      kind      begin          reply  undo */
    { "change",  AW_STORE, store_change,  NULL,  NULL },
    { "tell",    AW_PEER,  post_approval, NULL,  NULL },  /* POST peer/trust/{rel}/{us} {"approved":true} */
    { 0 }
};
/* clang-format on */

static const aw__conversation conversation = {"trust_modify", steps};

/* ---- building ---- */

static int check(const aw_trust_modify_and_notify_params *p, aw_error *err)
{
    int rc = aw__check_required("peer_id", p->peer_id, AW__NAME_MAX_BYTES, err);

    if (rc == AW_OK)
        rc = aw__check_text("desc", p->desc, AW__TEXT_MAX_BYTES, err);
    if (rc == AW_OK && p->approved != AW_KEEP && p->approved != AW_SET && p->approved != AW_CLEAR)
        rc = aw__fail(err, AW_E_INVALID, "approved is neither AW_KEEP, AW_SET nor AW_CLEAR");
    return rc ? rc : aw__check_timeout(p->timeout_ms, err);
}

static int fill(aw__flow *flow, const aw_trust_modify_and_notify_params *p, aw_error *err)
{
    struct trust_modify *s = flow->state;

    s->peer_id = aw__arena_strdup(flow->arena, p->peer_id);
    s->edit.desc = aw__arena_strdup(flow->arena, p->desc);
    s->edit.approved = p->approved;
    if (aw__arena_failed(flow->arena))
        return aw__fail_nomem(err);
    return p->baseuri ? aw__check_actor_url(flow->arena, "baseuri", p->baseuri, &s->edit.baseuri, err) : AW_OK;
}

static void release_trust(void *trust)
{
    aw_trust_free(trust);
}

int aw__trust_modify_new(aw__site *site, const char *actor_id, const aw_trust_modify_and_notify_params *params,
                         aw__flow **ret_flow, aw_error *err)
{
    aw_trust_modify_and_notify_params p;
    aw__flow *flow = NULL;
    int rc = aw__check_params(&p, sizeof(p), params, err);

    if (rc == AW_OK)
        rc = check(&p, err);
    if (rc == AW_OK)
        rc = aw__flow_new(site, &conversation, actor_id, sizeof(struct trust_modify), p.timeout_ms, TIMEOUT_MS, p.group,
                          &flow, err);
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
