/*
 * The conversation "delete a peer as its trustee": the actor at the peer first, then what is here of it. An actor that
 * cannot be ended is not forgotten.
 */
#include "flow/trustee_delete.h"

#include "actor/trust.h"
#include "actor/trustee.h"
#include "base/error.h"
#include "flow/params.h"

enum { TIMEOUT_MS = 30000, GONE = 404 };

struct trustee_delete {
    const char *peer_id;
    aw__peertrustee_row row;
};

static int find_trustee(aw__flow *flow)
{
    struct trustee_delete *s = flow->state;

    return aw__trustee_find(flow->site, flow->arena, flow->actor_id, s->peer_id, &s->row, &flow->error);
}

static int delete_theirs(aw__flow *flow)
{
    const struct trustee_delete *s = flow->state;
    int rc = aw__flow_ask(flow, "DELETE", s->row.baseuri, NULL, NULL);

    return rc ? rc : aw__flow_ask_basic(flow, "trustee", s->row.passphrase);
}

static int on_deleted(aw__flow *flow)
{
    return flow->response->status == GONE ? AW_OK : aw__flow_answer_ok(flow);
}

/* The trust with it, too, which the peer may have ended by itself meanwhile. */
static int forget(aw__flow *flow)
{
    const struct trustee_delete *s = flow->state;

    return aw__trust_remove_made(flow->site, flow->actor_id, s->peer_id, NULL, &flow->error);
}

/* clang-format off */
static const aw_step steps[] = {
    /* name      kind      begin          reply       undo */
    { "find",    AW_STORE, find_trustee,  NULL,       NULL },
    { "end",     AW_PEER,  delete_theirs, on_deleted, NULL },  /* DELETE peer, as trustee */
    { "forget",  AW_STORE, forget,        NULL,       NULL },
    { 0 }
};
/* clang-format on */

static const aw__conversation conversation = {"trustee_delete", steps};

static int check(const aw_peer_delete_trustee_params *p, aw_error *err)
{
    int rc = aw__check_required("peer_id", p->peer_id, AW__NAME_MAX_BYTES, err);

    return rc ? rc : aw__check_timeout(p->timeout_ms, err);
}

int aw__trustee_delete_new(aw__site *site, const char *actor_id, const aw_peer_delete_trustee_params *params,
                           aw__flow **ret_flow, aw_error *err)
{
    aw_peer_delete_trustee_params p;
    aw__flow *flow = NULL;
    int rc = aw__check_params(&p, sizeof(p), params, err);

    if (rc == AW_OK)
        rc = check(&p, err);
    if (rc == AW_OK)
        rc = aw__flow_new(site, &conversation, actor_id, sizeof(struct trustee_delete), p.timeout_ms, TIMEOUT_MS,
                          p.group, &flow, err);
    if (rc)
        return rc;
    struct trustee_delete *s = flow->state;

    s->peer_id = aw__arena_strdup(flow->arena, p.peer_id);
    if (!s->peer_id) {
        aw__flow_unref(flow);
        return aw__fail_nomem(err);
    }
    *ret_flow = flow;
    return AW_OK;
}
