/*
 * The conversation "modify and notify": change our side, and tell the peer when it was approved. Result: aw_trust.
 */
#ifndef AW_FLOW_TRUST_MODIFY_H
#define AW_FLOW_TRUST_MODIFY_H

#include "flow/flow.h"
#include <actingweb/trust.h>

int aw__trust_modify_new(aw__site *site, const char *actor_id, const aw_trust_modify_and_notify_params *params,
                         aw__flow **ret_flow, aw_error *err);

#endif
