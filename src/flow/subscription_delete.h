/*
 * The conversations "delete remote subscription" and "unsubscribe": end it at the peer, then here. No result.
 */
#ifndef AW_FLOW_SUBSCRIPTION_DELETE_H
#define AW_FLOW_SUBSCRIPTION_DELETE_H

#include "flow/flow.h"
#include <actingweb/subscription.h>

int aw__subscription_delete_new(aw__site *site, const char *actor_id,
                                const aw_subscription_delete_remote_params *params, aw__flow **ret_flow,
                                aw_error *err);
int aw__subscription_unsubscribe_new(aw__site *site, const char *actor_id,
                                     const aw_subscription_unsubscribe_params *params, aw__flow **ret_flow,
                                     aw_error *err);

#endif
