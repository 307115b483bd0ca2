/*
 * The conversation "delete reciprocal trust": the peer first, then ours. A peer that refuses keeps both halves alive.
 */
#include "flow/trust_delete.h"

#include "actor/trust.h"
#include "base/error.h"
#include "flow/params.h"
#include "flow/peer.h"

enum { TIMEOUT_MS = 30000, GONE = 404 };

struct trust_delete {
    const char *peer_id;
    bool local_only;
    const aw_trust *trust;
};

static int find_trust(aw__flow *flow)
{
    struct trust_delete *s = flow->state;

    return aw__peer_find(flow, s->peer_id, &s->trust);
}

static int delete_theirs(aw__flow *flow)
{
    const struct trust_delete *s = flow->state;

    if (s->local_only || !aw__peer_is_actor(flow, s->trust))
        return AW__STEP_SKIP;
    return aw__flow_ask(flow, "DELETE",
                        aw__peer_path(flow, s->trust->baseuri, "trust", s->trust->relationship, flow->actor_id, NULL),
                        s->trust->secret, NULL);
}

static int on_deleted(aw__flow *flow)
{
    return flow->response->status == GONE ? AW_OK : aw__flow_answer_ok(flow);
}

/* With the secret of the trust that the peer was told of: a newer one with the same peer stays. */
static int delete_ours(aw__flow *flow)
{
    const struct trust_delete *s = flow->state;
    const char *secret = *s->trust->secret ? s->trust->secret : NULL;

    return aw__trust_remove(flow->site, flow->actor_id, s->peer_id, secret, NULL, &flow->error);
}

/* clang-format off */
static const aw_step steps[] = {
    /* name      kind      begin          reply       undo */
    { "find",    AW_STORE, find_trust,    NULL,       NULL },
    { "tell",    AW_PEER,  delete_theirs, on_deleted, NULL },  /* DELETE peer/trust/{rel}/{us} */
    { "forget",  AW_STORE, delete_ours,   NULL,       NULL },  /* with all that came of it     */
    { 0 }
};
/* clang-format on */

static const aw__conversation conversation = {"trust_delete", steps};

/* ---- building ---- */

static int check(const aw_trust_delete_reciprocal_params *p, aw_error *err)
{
    int rc = aw__check_required("peer_id", p->peer_id, AW__NAME_MAX_BYTES, err);

    return rc ? rc : aw__check_timeout(p->timeout_ms, err);
}

int aw__trust_delete_new(aw__site *site, const char *actor_id, const aw_trust_delete_reciprocal_params *params,
                         aw__flow **ret_flow, aw_error *err)
{
    aw_trust_delete_reciprocal_params p;
    aw__flow *flow = NULL;
    int rc = aw__check_params(&p, sizeof(p), params, err);

    if (rc == AW_OK)
        rc = check(&p, err);
    if (rc == AW_OK)
        rc = aw__flow_new(site, &conversation, actor_id, sizeof(struct trust_delete), p.timeout_ms, TIMEOUT_MS, p.group,
                          &flow, err);
    if (rc)
        return rc;
    struct trust_delete *s = flow->state;

    s->local_only = p.local_only;
    s->peer_id = aw__arena_strdup(flow->arena, p.peer_id);
    if (!s->peer_id) {
        aw__flow_unref(flow);
        return aw__fail_nomem(err);
    }
    *ret_flow = flow;
    return AW_OK;
}
