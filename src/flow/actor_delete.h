/*
 * The conversation "delete actor": every peer is told at the same time, then the actor ends. No result.
 */
#ifndef AW_FLOW_ACTOR_DELETE_H
#define AW_FLOW_ACTOR_DELETE_H

#include "flow/flow.h"
#include <actingweb/actor.h>

int aw__actor_delete_new(aw__site *site, const char *actor_id, const aw_actor_delete_params *params,
                         aw__flow **ret_flow, aw_error *err);

#endif
