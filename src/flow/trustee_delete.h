/*
 * The conversation "delete a peer as its trustee": the actor that this one has made elsewhere ends. No result.
 */
#ifndef AW_FLOW_TRUSTEE_DELETE_H
#define AW_FLOW_TRUSTEE_DELETE_H

#include "flow/flow.h"
#include <actingweb/peer.h>

int aw__trustee_delete_new(aw__site *site, const char *actor_id, const aw_peer_delete_trustee_params *params,
                           aw__flow **ret_flow, aw_error *err);

#endif
