/*
 * The conversation "delete actor": every peer is told at the same time, each in a small conversation of its own, then
 * the actor ends. A peer that cannot be told does not keep the actor alive.
 */
#include "flow/actor_delete.h"

#include "actor/actor.h"
#include "actor/trust.h"
#include "base/error.h"
#include "base/log.h"
#include "flow/params.h"
#include "flow/peer.h"

enum { TIMEOUT_MS = 30000, TELL_MAX_MS = 10000 };

/* ---- telling one peer ---- */

struct goodbye {
    const char *url;
    const char *secret;
};

static int delete_theirs(aw__flow *flow)
{
    const struct goodbye *s = flow->state;

    return aw__flow_ask(flow, "DELETE", s->url, s->secret, NULL);
}

/* clang-format off */
static const aw_step goodbye_steps[] = {
    /* name    kind     begin          reply  undo */
    { "tell",  AW_PEER, delete_theirs, NULL,  NULL },  /* DELETE peer/trust/{rel}/{us} */
    { 0 }
};
/* clang-format on */

static const aw__conversation goodbye = {"actor_delete goodbye", goodbye_steps};

static void on_told(aw__flow *flow, const aw_error *err, void *ud)
{
    (void)flow;
    (void)ud;
    if (err)
        aw__log(AW_LOG_INFO, "actor_delete: a peer could not be told: %s", err->message);
}

static int tell(aw__flow *flow, const aw_trust *trust, int timeout_ms)
{
    aw__flow *other = NULL;
    int rc = aw__flow_new(flow->site, &goodbye, flow->actor_id, sizeof(struct goodbye), timeout_ms, timeout_ms, NULL,
                          &other, &flow->error);

    if (rc)
        return rc;
    struct goodbye *s = other->state;

    s->url = aw__peer_path(other, trust->baseuri, "trust", trust->relationship, flow->actor_id, NULL);
    s->secret = aw__arena_strdup(other->arena, trust->secret);
    if (!s->url || !s->secret) {
        aw__flow_unref(other);
        return aw__fail_nomem(&flow->error);
    }
    return aw__flow_add(flow, other, on_told, NULL);
}

/* ---- the whole ---- */

struct actor_delete {
    aw_trust **trusts;
    size_t count;
};

static void release_trusts(void *state)
{
    struct actor_delete *s = state;

    aw_trust_list_free(s->trusts, s->count);
}

static int find_trusts(aw__flow *flow)
{
    struct actor_delete *s = flow->state;
    aw__actor_row row;
    int rc = aw__actor_find(flow->site, flow->arena, flow->actor_id, &row, &flow->error);

    if (rc == AW_OK)
        rc = aw__trust_find_all(flow->site, flow->actor_id, NULL, NULL, NULL, &s->trusts, &s->count, &flow->error);
    if (rc == AW_OK && aw__arena_defer(flow->arena, release_trusts, s))
        rc = aw__fail_nomem(&flow->error);
    return rc;
}

/* The slowest peer leaves time for the last step. */
static int tell_all(aw__flow *flow)
{
    const struct actor_delete *s = flow->state;
    int part_ms = aw__flow_left_ms(flow) / 4 * 3 + 1;
    int timeout_ms = part_ms < TELL_MAX_MS ? part_ms : TELL_MAX_MS;

    for (size_t i = 0; i < s->count; i++)
        if (aw__peer_is_actor(flow, s->trusts[i]) && tell(flow, s->trusts[i], timeout_ms))
            aw__log(AW_LOG_WARNING, "actor_delete: a peer is not told: %s", flow->error.message);
    return AW_OK;
}

static int erase(aw__flow *flow)
{
    return aw__actor_erase(flow->site, flow->actor_id, &flow->error);
}

/* clang-format off */
static const aw_step steps[] = {
    /* name     kind      begin        reply  undo */
    { "find",   AW_STORE, find_trusts, NULL,  NULL },
    { "tell",   AW_FLOWS, tell_all,    NULL,  NULL },  /* goodbye, to all */
    { "erase",  AW_STORE, erase,       NULL,  NULL },
    { 0 }
};
/* clang-format on */

static const aw__conversation conversation = {"actor_delete", steps};

int aw__actor_delete_new(aw__site *site, const char *actor_id, const aw_actor_delete_params *params,
                         aw__flow **ret_flow, aw_error *err)
{
    aw_actor_delete_params p = {.size = sizeof(p)};
    int rc = params ? aw__check_params(&p, sizeof(p), params, err) : AW_OK;

    if (rc == AW_OK)
        rc = aw__check_timeout(p.timeout_ms, err);
    if (rc)
        return rc;
    return aw__flow_new(site, &conversation, actor_id, sizeof(struct actor_delete), p.timeout_ms, TIMEOUT_MS, p.group,
                        ret_flow, err);
}
