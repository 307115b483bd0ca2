/*
 * The conversation "create remote subscription": subscribe at the peer, store our side. Result: aw_subscription.
 */
#ifndef AW_FLOW_SUBSCRIPTION_CREATE_H
#define AW_FLOW_SUBSCRIPTION_CREATE_H

#include "flow/flow.h"
#include <actingweb/subscription.h>

int aw__subscription_create_new(aw__site *site, const char *actor_id,
                                const aw_subscription_create_remote_params *params, aw__flow **ret_flow,
                                aw_error *err);

#endif
