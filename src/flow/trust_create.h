/*
 * The conversation "create reciprocal trust", as its initiator. Result: aw_trust.
 */
#ifndef AW_FLOW_TRUST_CREATE_H
#define AW_FLOW_TRUST_CREATE_H

#include "flow/flow.h"
#include <actingweb/trust.h>

int aw__trust_create_new(aw__site *site, const char *actor_id, const aw_trust_create_reciprocal_params *params,
                         aw__flow **ret_flow, aw_error *err);

#endif
