/*
 * The conversation "peer permissions": what a trusted peer grants to this actor, from what is kept when that is young
 * enough, otherwise GET {peer}/permissions/{this actor}. Result: json_t, the row that is kept.
 */
#ifndef AW_FLOW_PEER_PERMISSIONS_H
#define AW_FLOW_PEER_PERMISSIONS_H

#include "flow/flow.h"
#include <actingweb/peer.h>

int aw__peer_permissions_new(aw__site *site, const char *actor_id, const aw_peer_get_permissions_params *params,
                             aw__flow **ret_flow, aw_error *err);

#endif
