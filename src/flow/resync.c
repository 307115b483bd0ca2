/*
 * The conversation "resync". When it is started is resync_watch.c's.
 *
 * The peer may still have the diffs that are missing: then they are applied like callbacks, each once and in order. A
 * baseline is fetched when they are not enough.
 */
#include "flow/resync.h"

#include "actor/callback.h"
#include "actor/subscription.h"
#include "base/error.h"
#include "flow/baseline.h"
#include "flow/peer.h"

enum { TIMEOUT_MS = 60000, OUTBOUND = 1 };

struct resync {
    aw__baseline baseline; /* first */
    const char *peer_id;
    aw_subscription *subscription;
    int64_t min_ms; /* of another's hold before it is taken for dead */
    int64_t hold;   /* 0: none */
    bool caught_up;
};

static void release_subscription(void *subscription)
{
    aw_subscription_free(subscription);
}

static int find(aw__flow *flow)
{
    struct resync *s = flow->state;
    int rc = aw__subscription_find(flow->site, flow->actor_id, s->peer_id, s->baseline.subscription_id, OUTBOUND,
                                   &s->subscription, &flow->error);

    if (rc)
        return rc;
    if (aw__arena_defer(flow->arena, release_subscription, s->subscription))
        return aw__fail_nomem(&flow->error);
    s->baseline.target = s->subscription->target;
    s->baseline.subtarget = s->subscription->subtarget;
    s->baseline.resource = s->subscription->resource;
    s->baseline.fresh = s->subscription->sequence == 0;
    rc = aw__peer_find(flow, s->peer_id, &s->baseline.trust);
    if (rc == AW_OK && !aw__peer_is_actor(flow, s->baseline.trust))
        rc = aw__fail(&flow->error, AW_E_UNSUPPORTED, "this peer is no actor that could be asked");
    return rc;
}

static int hold(aw__flow *flow)
{
    struct resync *s = flow->state;

    int rc = aw__callback_hold(flow->site, flow->actor_id, s->peer_id, s->baseline.subscription_id, s->min_ms, &s->hold,
                               &flow->error);

    return rc || s->hold ? rc : AW__STEP_FINISH;
}

static int release(aw__flow *flow)
{
    const struct resync *s = flow->state;

    return s->hold ? aw__callback_release(flow->site, flow->actor_id, s->peer_id, s->baseline.subscription_id, s->hold,
                                          &flow->error)
                   : AW_OK;
}

/* Up to where the peer need not keep its diffs for us; 0: it keeps none. When they are more than can be read, it is
 * told of those that had been applied before: the next time they are fewer. */
static int64_t acknowledged(const struct resync *s)
{
    if (s->baseline.unread)
        return s->subscription->sequence;
    return json_array_size(s->baseline.diffs) ? s->baseline.sequence : 0;
}

/* After the last change in the store: goes on only when there is something to acknowledge. Whoever has taken the hold
 * over may still need what the peer keeps. */
static int unless_acknowledged(const struct resync *s, aw__callback_settling settling)
{
    return settling == AW__CALLBACK_SUPERSEDED || acknowledged(s) < 1 ? AW__STEP_FINISH : AW_OK;
}

/* What the peer still has of its diffs may be all that is missing. */
static int catch_up(aw__flow *flow)
{
    struct resync *s = flow->state;

    if (s->baseline.sequence < 0)
        return AW__STEP_SKIP;
    aw__callback_settling settling = AW__CALLBACK_OPEN;
    int rc = aw__callback_catch_up(flow->site, flow->actor_id, s->peer_id, s->baseline.subscription_id, s->hold,
                                   s->baseline.sequence, s->baseline.diffs, &settling, &flow->error);

    s->caught_up = rc == AW_OK && settling != AW__CALLBACK_OPEN;
    return s->caught_up ? unless_acknowledged(s, settling) : rc;
}

static int ask_baseline(aw__flow *flow)
{
    const struct resync *s = flow->state;

    return s->caught_up ? AW__STEP_SKIP : aw__baseline_ask(flow);
}

static int settle(aw__flow *flow)
{
    const struct resync *s = flow->state;
    aw__callback_settling settling = AW__CALLBACK_OPEN;

    if (s->caught_up)
        return AW__STEP_SKIP;
    int rc = aw__callback_resynced(flow->site, flow->actor_id, s->peer_id, s->baseline.subscription_id, s->hold,
                                   &(aw__callback_baseline){.sequence = s->baseline.sequence,
                                                            .asked = s->baseline.sequence >= 0,
                                                            .exact = s->baseline.exact,
                                                            .data = s->baseline.data},
                                   &settling, &flow->error);

    /* When it is open still the watch finds that, after a rest. */
    return rc ? rc : unless_acknowledged(s, settling);
}

/* Whether the peer hears it matters little. */
static int put_sequence(aw__flow *flow)
{
    const struct resync *s = flow->state;
    json_t *body = aw__flow_keep(flow, json_pack("{s:I}", "sequence", (json_int_t)acknowledged(s)));

    if (!body)
        return aw__fail_nomem(&flow->error);
    return aw__flow_ask(flow, "PUT",
                        aw__peer_path(flow, s->baseline.trust->baseuri, "subscriptions", flow->actor_id,
                                      s->baseline.subscription_id, NULL),
                        s->baseline.trust->secret, body);
}

/* clang-format off */
static const aw_step steps[] = {
    /* name           kind      begin                      reply                      undo     optional, tolerated */
    { "find",         AW_STORE, find,                      NULL,                      NULL,    false },
    { "hold",         AW_STORE, hold,                      NULL,                      release, false },  /* callbacks wait for the baseline    */
    { "sequence",     AW_PEER,  aw__baseline_ask_sequence, aw__baseline_on_sequence,  NULL,    false, AW_E_TOO_LARGE },  /* GET peer/subscriptions/{us}/{sub}  */
    { "catch_up",     AW_STORE, catch_up,                  NULL,                      NULL,    false },  /* with its diffs, when they are all  */
    { "baseline",     AW_PEER,  ask_baseline,              aw__baseline_on_answer,    NULL,    false },  /* GET peer/{target}, and its lists   */
    { "settle",       AW_STORE, settle,                    NULL,                      NULL,    false },
    { "acknowledge",  AW_PEER,  put_sequence,              NULL,                      NULL,    true  },  /* PUT peer/subscriptions/{us}/{sub}  */
    { 0 }
};
/* clang-format on */

static const aw__conversation conversation = {"resync", steps};

int aw__resync_new(aw__site *site, const char *actor_id, const char *peer_id, const char *subscription_id, int64_t min_ms,
                   aw__flow **ret_flow, aw_error *err)
{
    aw__flow *flow = NULL;
    int rc =
        aw__flow_new(site, &conversation, actor_id, sizeof(struct resync), 0, TIMEOUT_MS, NULL, &flow, err);

    if (rc)
        return rc;
    struct resync *s = flow->state;

    s->min_ms = min_ms;
    s->peer_id = aw__arena_strdup(flow->arena, peer_id);
    s->baseline.subscription_id = aw__arena_strdup(flow->arena, subscription_id);
    if (aw__arena_failed(flow->arena)) {
        aw__flow_unref(flow);
        return aw__fail_nomem(err);
    }
    *ret_flow = flow;
    return AW_OK;
}
