/*
 * The conversation "delete reciprocal trust": the peer first, then ours. No result.
 */
#ifndef AW_FLOW_TRUST_DELETE_H
#define AW_FLOW_TRUST_DELETE_H

#include "flow/flow.h"
#include <actingweb/trust.h>

int aw__trust_delete_new(aw__site *site, const char *actor_id, const aw_trust_delete_reciprocal_params *params,
                         aw__flow **ret_flow, aw_error *err);

#endif
