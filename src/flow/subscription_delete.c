/*
 * The conversations "delete remote subscription" and "unsubscribe": the peer's half first, then ours.
 *
 * Specification and reference ask at different addresses (WIRE 12 "unsubscribe"): the subscriber ends what is below the
 * publisher's /subscriptions, and at the reference below its /callbacks; where a publisher ends it, the other way
 * round. The specification's is tried first, the reference's when the peer does not know that.
 */
#include "flow/subscription_delete.h"

#include "actor/subscription.h"
#include "actor/trust.h"
#include "base/error.h"
#include "flow/params.h"
#include "flow/peer.h"

enum { TIMEOUT_MS = 30000, NOT_THERE = 404, NO_SUCH_METHOD = 405, EITHER = -1 };

struct subscription_delete {
    const char *peer_id;
    const char *subscription_id;
    bool and_data;
    bool outbound;
    const aw_trust *trust; /* NULL: it has ended, so there is nobody to tell */
    bool as_reference;
};

/* ---- find ---- */

static int find_trust(aw__flow *flow)
{
    struct subscription_delete *s = flow->state;
    int rc = aw__peer_find(flow, s->peer_id, &s->trust);

    if (rc == AW_OK && !aw__peer_is_actor(flow, s->trust))
        s->trust = NULL;
    return rc == AW_E_NOT_FOUND ? AW_OK : rc;
}

static int find(aw__flow *flow)
{
    struct subscription_delete *s = flow->state;
    aw_subscription *found = NULL;
    int rc = aw__subscription_find(flow->site, flow->actor_id, s->peer_id, s->subscription_id, EITHER, &found,
                                   &flow->error);

    if (rc)
        return rc;
    s->outbound = found->outbound;
    aw_subscription_free(found);
    return find_trust(flow);
}

/* ---- end ---- */

static int delete_theirs(aw__flow *flow)
{
    const struct subscription_delete *s = flow->state;
    bool at_callbacks = s->outbound == s->as_reference;

    if (!s->trust)
        return AW__STEP_SKIP;
    const char *url = at_callbacks ? aw__peer_path(flow, s->trust->baseuri, "callbacks", "subscriptions", flow->actor_id,
                                                   s->subscription_id, NULL)
                                   : aw__peer_path(flow, s->trust->baseuri, "subscriptions", flow->actor_id,
                                                   s->subscription_id, NULL);

    return aw__flow_ask(flow, "DELETE", url, s->trust->secret, NULL);
}

static int on_deleted(aw__flow *flow)
{
    struct subscription_delete *s = flow->state;
    int status = flow->response->status;
    bool unknown = status == NOT_THERE || status == NO_SUCH_METHOD;

    if (unknown && !s->as_reference) {
        s->as_reference = true;
        return AW__STEP_AGAIN;
    }
    return status == NOT_THERE ? AW_OK : aw__flow_answer_ok(flow);
}

/* ---- forget ---- */

static int delete_ours(aw__flow *flow)
{
    const struct subscription_delete *s = flow->state;

    return aw__subscription_remove(flow->site, flow->actor_id, s->peer_id, s->subscription_id, s->outbound, s->and_data,
                                   NULL, &flow->error);
}

/* clang-format off */
static const aw_step steps[] = {
    /* name      kind      begin          reply       undo */
    { "find",    AW_STORE, find,          NULL,       NULL },
    { "end",     AW_PEER,  delete_theirs, on_deleted, NULL },  /* DELETE peer/subscriptions/{us}/{sub}, or below /callbacks */
    { "forget",  AW_STORE, delete_ours,   NULL,       NULL },
    { 0 }
};
/* clang-format on */

static const aw__conversation delete_conversation = {"subscription_delete", steps};
static const aw__conversation unsubscribe_conversation = {"unsubscribe", steps};

/* ---- building ---- */

static int check(const aw_subscription_unsubscribe_params *p, aw_error *err)
{
    int rc = aw__check_required("peer_id", p->peer_id, AW__NAME_MAX_BYTES, err);

    if (rc == AW_OK)
        rc = aw__check_required("subscription_id", p->subscription_id, AW__NAME_MAX_BYTES, err);
    if (rc == AW_OK)
        rc = aw__check_segment("subscription_id", p->subscription_id, err);
    return rc ? rc : aw__check_timeout(p->timeout_ms, err);
}

static int build(aw__site *site, const aw__conversation *conversation, const char *actor_id,
                 const aw_subscription_unsubscribe_params *p, bool and_data, aw__flow **ret_flow, aw_error *err)
{
    aw__flow *flow = NULL;
    int rc = check(p, err);

    if (rc == AW_OK)
        rc = aw__flow_new(site, conversation, actor_id, sizeof(struct subscription_delete), p->timeout_ms, TIMEOUT_MS,
                          p->group, &flow, err);
    if (rc)
        return rc;
    struct subscription_delete *s = flow->state;

    s->and_data = and_data;
    s->peer_id = aw__arena_strdup(flow->arena, p->peer_id);
    s->subscription_id = aw__arena_strdup(flow->arena, p->subscription_id);
    if (aw__arena_failed(flow->arena)) {
        aw__flow_unref(flow);
        return aw__fail_nomem(err);
    }
    *ret_flow = flow;
    return AW_OK;
}

int aw__subscription_delete_new(aw__site *site, const char *actor_id,
                                const aw_subscription_delete_remote_params *params, aw__flow **ret_flow,
                                aw_error *err)
{
    aw_subscription_delete_remote_params p;
    int rc = aw__check_params(&p, sizeof(p), params, err);

    if (rc)
        return rc;
    return build(site, &delete_conversation, actor_id,
                 &(aw_subscription_unsubscribe_params){.peer_id = p.peer_id,
                                                       .subscription_id = p.subscription_id,
                                                       .timeout_ms = p.timeout_ms,
                                                       .group = p.group},
                 false, ret_flow, err);
}

int aw__subscription_unsubscribe_new(aw__site *site, const char *actor_id,
                                     const aw_subscription_unsubscribe_params *params, aw__flow **ret_flow,
                                     aw_error *err)
{
    aw_subscription_unsubscribe_params p;
    int rc = aw__check_params(&p, sizeof(p), params, err);

    return rc ? rc : build(site, &unsubscribe_conversation, actor_id, &p, true, ret_flow, err);
}
