/*
 * The conversation "create a peer as its trustee". Result: aw_trust, with the new peer.
 */
#ifndef AW_FLOW_TRUSTEE_CREATE_H
#define AW_FLOW_TRUSTEE_CREATE_H

#include "flow/flow.h"
#include <actingweb/peer.h>

int aw__trustee_create_new(aw__site *site, const char *actor_id, const aw_peer_create_trustee_params *params,
                           aw__flow **ret_flow, aw_error *err);

#endif
