/*
 * The conversation "peer info": what is public about an actor elsewhere. No credentials are sent.
 */
#include "flow/peer_info.h"

#include "base/error.h"
#include "flow/params.h"
#include "flow/peer.h"

enum { TIMEOUT_MS = 30000 };

struct peer_info {
    const char *peer_id; /* NULL: the URL is known */
    const char *url;
};

static void release_info(void *info)
{
    json_decref(info);
}

static int find_url(aw__flow *flow)
{
    struct peer_info *s = flow->state;
    const aw_trust *trust = NULL;

    if (s->url)
        return AW__STEP_SKIP;
    int rc = aw__peer_find(flow, s->peer_id, &trust);

    if (rc == AW_OK)
        s->url = trust->baseuri;
    return rc;
}

static int ask_meta(aw__flow *flow)
{
    const struct peer_info *s = flow->state;

    return aw__flow_ask(flow, "GET", aw__peer_path(flow, s->url, "meta", NULL), NULL, NULL);
}

static int on_meta(aw__flow *flow)
{
    json_t *info = NULL;
    int rc = aw__flow_answer_ok(flow);

    if (rc == AW_OK)
        rc = aw__flow_answer_take(flow, &info);
    if (rc)
        return rc;
    flow->result = info;
    if (!json_is_object(info))
        return aw__fail(&flow->error, AW_E_PROTOCOL, "the peer's meta is no JSON object");
    return AW_OK;
}

/* clang-format off */
static const aw_step steps[] = {
    /* name    kind      begin     reply    undo */
    { "find",  AW_STORE, find_url, NULL,    NULL },  /* where is the peer?             */
    { "meet",  AW_PEER,  ask_meta, on_meta, NULL },  /* GET peer/meta                  */
    { 0 }
};
/* clang-format on */

static const aw__conversation conversation = {"peer_info", steps};

static int check(const aw_peer_get_info_params *p, aw_error *err)
{
    if (!p->peer_url == !p->peer_id)
        return aw__fail(err, AW_E_INVALID, "either peer_url or peer_id is required");
    int rc = aw__check_timeout(p->timeout_ms, err);

    return rc ? rc : aw__check_segment("peer_id", p->peer_id, err);
}

int aw__peer_info_new(aw__site *site, const char *actor_id, const aw_peer_get_info_params *params, aw__flow **ret_flow,
                      aw_error *err)
{
    aw_peer_get_info_params p;
    aw__flow *flow = NULL;
    int rc = aw__check_params(&p, sizeof(p), params, err);

    if (rc == AW_OK)
        rc = check(&p, err);
    if (rc == AW_OK)
        rc = aw__flow_new(site, &conversation, actor_id, sizeof(struct peer_info), p.timeout_ms, TIMEOUT_MS, p.group,
                          &flow, err);
    if (rc)
        return rc;
    struct peer_info *s = flow->state;

    flow->result_free = release_info;
    s->peer_id = aw__arena_strdup(flow->arena, p.peer_id);
    if (p.peer_url)
        rc = aw__check_actor_url(flow->arena, "peer_url", p.peer_url, &s->url, err);
    else if (!s->peer_id)
        rc = aw__fail_nomem(err);
    if (rc)
        aw__flow_unref(flow);
    else
        *ret_flow = flow;
    return rc;
}
