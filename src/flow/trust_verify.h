/*
 * The conversation "create verified trust", as the one who was asked: store, verify at the peer, store the outcome.
 * Result: aw_trust.
 */
#ifndef AW_FLOW_TRUST_VERIFY_H
#define AW_FLOW_TRUST_VERIFY_H

#include "flow/flow.h"
#include <actingweb/trust.h>

/* peer_approved: the peer asked over the wire, so it has approved already. Its meta is read only when peer_id or type
 * is NULL. verify_token NULL or "": nothing to verify, the trust stays unverified. */
int aw__trust_verify_new(aw__site *site, const char *actor_id, const aw_trust_create_verified_params *params,
                         bool peer_approved, aw__flow **ret_flow, aw_error *err);

#endif
