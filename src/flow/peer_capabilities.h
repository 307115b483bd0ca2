/*
 * The conversation "peer capabilities": which option tags a peer announces, and which version of the protocol. Kept
 * with the trust; what is kept and young enough is the answer. Result: json_t, as aw_peer_get_capabilities() has it.
 */
#ifndef AW_FLOW_PEER_CAPABILITIES_H
#define AW_FLOW_PEER_CAPABILITIES_H

#include "flow/flow.h"
#include <actingweb/peer.h>

int aw__peer_capabilities_new(aw__site *site, const char *actor_id, const aw_peer_get_capabilities_params *params,
                              aw__flow **ret_flow, aw_error *err);

#endif
