/*
 * The conversation "peer profile": what a trusted peer says of itself, from what is kept when that is young enough,
 * otherwise GET {peer}/properties. Result: json_t, the row that is kept.
 */
#ifndef AW_FLOW_PEER_PROFILE_H
#define AW_FLOW_PEER_PROFILE_H

#include "flow/flow.h"
#include <actingweb/peer.h>

int aw__peer_profile_new(aw__site *site, const char *actor_id, const aw_peer_get_profile_params *params,
                         aw__flow **ret_flow, aw_error *err);

#endif
