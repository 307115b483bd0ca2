/*
 * The conversation "subscribe with baseline": as "create remote subscription", then fetch and keep what the target
 * holds. Result: aw_subscription.
 */
#ifndef AW_FLOW_SUBSCRIPTION_SUBSCRIBE_H
#define AW_FLOW_SUBSCRIPTION_SUBSCRIBE_H

#include "flow/flow.h"
#include <actingweb/subscription.h>

int aw__subscription_subscribe_new(aw__site *site, const char *actor_id,
                                   const aw_subscription_subscribe_to_peer_params *params, aw__flow **ret_flow,
                                   aw_error *err);

#endif
