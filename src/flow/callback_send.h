/*
 * The conversation "callback": one diff to one subscriber. No result. delivery.c decides when.
 *
 * A body of more than 256 KiB is sent as if the granularity were "low"; one of more than 1 KiB is compressed, if the
 * peer is known to take that. What the peer may not read any more when it is sent is left out. Nothing is sent, with
 * success, for the granularity "none". Errors beside the peer's: AW_E_NOT_FOUND (no subscription, diff or trust: there
 * is nothing to deliver any more), AW_E_DENIED (the peer is not approved, or may read none of it), AW_E_UNSUPPORTED (no
 * actor is behind the trust).
 */
#ifndef AW_FLOW_CALLBACK_SEND_H
#define AW_FLOW_CALLBACK_SEND_H

#include "flow/flow.h"
#include <actingweb/subscription.h>

int aw__callback_send_new(aw__site *site, const char *actor_id, const aw_subscription_callback_params *params,
                          aw__flow **ret_flow, aw_error *err);

/* How old the diff of such a flow was when it was read; -1 when it was not. */
int64_t aw__callback_send_age_ms(const aw__flow *flow);

/* Whether such a flow would have done otherwise, had it known what the subscriber can do (peer_capabilities.h). */
bool aw__callback_send_missed_capabilities(const aw__flow *flow);

/* What the end of such a flow means for the delivery of its diff. */
typedef enum aw__callback_fate {
    AW__FATE_ACCEPTED,
    AW__FATE_UNKNOWN,   /* 404: the subscriber does not know the subscription, or not yet */
    AW__FATE_RETRIABLE, /* the subscriber cannot be reached, is overloaded or failing, or something else answers for it */
    AW__FATE_LOCAL,     /* something here failed that may pass: the store, memory, time before anything was sent */
    AW__FATE_OVER,      /* no later try would end otherwise, or the diff is gone */
    AW__FATE_ENDED      /* there is no such subscription, or no trust, any more */
} aw__callback_fate;

aw__callback_fate aw__callback_send_fate(const aw__flow *flow, const aw_error *err); /* err NULL: success */

#endif
