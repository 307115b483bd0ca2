/*
 * The conversation "peer info": GET {peer}/meta. Result: json_t.
 */
#ifndef AW_FLOW_PEER_INFO_H
#define AW_FLOW_PEER_INFO_H

#include "flow/flow.h"
#include <actingweb/peer.h>

int aw__peer_info_new(aw__site *site, const char *actor_id, const aw_peer_get_info_params *params, aw__flow **ret_flow,
                      aw_error *err);

#endif
