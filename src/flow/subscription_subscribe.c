/*
 * The conversation "subscribe with baseline". Callbacks that come before the baseline are queued, and applied upon it.
 */
#include "flow/subscription_subscribe.h"

#include "actor/callback.h"
#include "flow/params.h"
#include "flow/resync.h"
#include "flow/subscribing.h"

enum { TIMEOUT_MS = 60000 };

static int settle(aw__flow *flow)
{
    aw__subscribing *s = flow->state;
    const aw__baseline *b = &s->baseline;
    int64_t sequence = b->sequence < 0 ? 0 : b->sequence;
    int rc = aw__subscribing_result(flow, sequence);

    if (rc)
        return rc;
    aw__callback_settling settling = AW__CALLBACK_OPEN;

    rc = aw__callback_resynced(flow->site, flow->actor_id, s->peer_id, b->subscription_id, s->hold,
                               &(aw__callback_baseline){.sequence = b->sequence,
                                                        .asked = b->sequence >= 0,
                                                        .exact = b->exact,
                                                        .data = b->data},
                               &settling, &flow->error);
    if (rc == AW_OK && settling == AW__CALLBACK_OPEN)
        aw__resync_start(flow->site, flow->actor_id, s->peer_id, b->subscription_id);
    return rc;
}

/* clang-format off */
static const aw_step steps[] = {
    /* name        kind      begin                      reply                       undo */
    { "find",      AW_STORE, aw__subscribing_find,      NULL,                       NULL                     },
    { "ask",       AW_PEER,  aw__subscribing_ask,       aw__subscribing_on_answer,  aw__subscribing_withdraw },  /* POST peer/subscriptions/{us}       */
    { "record",    AW_STORE, aw__subscribing_record,    NULL,                       aw__subscribing_forget   },  /* from now on callbacks are welcome  */
    { "sequence",  AW_PEER,  aw__baseline_ask_sequence, aw__baseline_on_sequence,   NULL                     },  /* GET  peer/subscriptions/{us}/{sub} */
    { "baseline",  AW_PEER,  aw__baseline_ask,          aw__baseline_on_answer,     NULL                     },  /* GET  peer/{target}, and its lists  */
    { "settle",    AW_STORE, settle,                    NULL,                       NULL                     },
    { 0 }
};
/* clang-format on */

static const aw__conversation conversation = {"subscription_subscribe", steps};

int aw__subscription_subscribe_new(aw__site *site, const char *actor_id,
                                   const aw_subscription_subscribe_to_peer_params *params, aw__flow **ret_flow,
                                   aw_error *err)
{
    aw_subscription_subscribe_to_peer_params p;
    int rc = aw__check_params(&p, sizeof(p), params, err);

    if (rc)
        return rc;
    return aw__subscribing_new(site, &conversation, actor_id,
                               &(aw__subscribing_params){.peer_id = p.peer_id,
                                                         .target = p.target ? p.target : "properties",
                                                         .subtarget = p.subtarget,
                                                         .resource = p.resource,
                                                         .granularity = p.granularity,
                                                         .timeout_ms = p.timeout_ms,
                                                         .default_timeout_ms = TIMEOUT_MS,
                                                         .group = p.group,
                                                         .with_baseline = true},
                               ret_flow, err);
}
