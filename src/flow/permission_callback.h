/*
 * What a peer is told of its permissions (WIRE 12): by itself, and after a change of them.
 */
#ifndef AW_FLOW_PERMISSION_CALLBACK_H
#define AW_FLOW_PERMISSION_CALLBACK_H

#include "flow/flow.h"
#include <actingweb/permission.h>

/* Tells the peer what it may do now. One that is not approved, or is no actor, is told nothing. No result. */
int aw__permission_callback_new(aw__site *site, const char *actor_id, const char *peer_id, aw__flow **ret_flow,
                                aw_error *err);

/* The same in the background: whoever changed something does not wait, and a peer that cannot be told is only logged;
 * it may ask at any time. Any thread. */
void aw__permission_tell(aw__site *site, const char *actor_id, const char *peer_id);

/* Changes a trust's rules, then tells the peer; the change stays when it cannot be told. No result. */
int aw__permission_set_new(aw__site *site, const char *actor_id, const aw_permission_set_params *params,
                           aw__flow **ret_flow, aw_error *err);
int aw__permission_reset_new(aw__site *site, const char *actor_id, const aw_permission_reset_params *params,
                             aw__flow **ret_flow, aw_error *err);

#endif
