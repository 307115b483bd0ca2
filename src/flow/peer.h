/*
 * What conversations have in common about a peer: finding the trust with it, the addresses at it, and who it says it
 * is.
 */
#ifndef AW_FLOW_PEER_H
#define AW_FLOW_PEER_H

#include "flow/flow.h"
#include "store/trusts.h"

/* For AW_STORE steps: the trust with peer_id, borrowed from the flow. AW_E_NOT_FOUND with flow->error filled. */
int aw__peer_find(aw__flow *flow, const char *peer_id, const aw_trust **ret_trust);

/* aw__peer_path(flow, baseuri, "trust", relationship, flow->actor_id, NULL): the segments, up to NULL, percent-encoded
 * below an actor's URL. In the flow's arena; NULL when out of memory. */
char *aw__peer_path(aw__flow *flow, const char *baseuri, ...) __attribute__((sentinel));

/* In the reply to GET peer/meta: who is there. Borrowed from the flow. AW_E_HTTP, AW_E_PROTOCOL (no id or no type, or
 * none that can be kept), AW_E_INVALID (it is this actor itself), with flow->error filled. */
int aw__peer_meet(aw__flow *flow, const char **ret_id, const char **ret_type);
/* The same, and it must be of that type (NULL: any), or AW_E_PROTOCOL. */
int aw__peer_meet_type(aw__flow *flow, const char *type, const char **ret_id, const char **ret_type);

/* False for a trust behind which no actor can be asked: one made by OAuth, or with this actor itself. */
bool aw__peer_is_actor(const aw__flow *flow, const aw_trust *trust);

#endif
