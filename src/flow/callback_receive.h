/*
 * The conversation "callback received": what a subscriber does with a callback. High granularity is one store step; low
 * granularity fetches the link first (only from the peer that sent it) and acknowledges; a resync fetches the baseline.
 * When a fetch fails so does the conversation, with nothing changed, and the publisher is to try again.
 * Result: an int (aw__callback_outcome) behind flow->result.
 */
#ifndef AW_FLOW_CALLBACK_RECEIVE_H
#define AW_FLOW_CALLBACK_RECEIVE_H

#include "actor/callback.h"
#include "flow/flow.h"

/* The header that a publisher of this kind sends with "true": each value in the callback is the whole one
 * (aw__callback). */
#define AW__WHOLE_HEADER "X-ActingWeb-Whole-Values"

/* body: the callback as received, borrowed. AW_E_INVALID when it is none. */
int aw__callback_receive_new(aw__site *site, const char *actor_id, const char *peer_id, const char *subscription_id,
                             json_t *body, bool whole, aw__flow **ret_flow, aw_error *err);

/* True when the callback needs no peer: then aw__callback_receive_now() will do, on a web thread. */
bool aw__callback_is_local(const json_t *body);

/* A local callback, at once; waits for the store. It sees to a gap by itself (resync.h), so all that is left to do with
 * the outcome is the answer: AW__CALLBACK_FULL is 429, the others are 204. Errors: those of aw__callback_receive(). */
int aw__callback_receive_now(aw__site *site, const char *actor_id, const char *peer_id, const char *subscription_id,
                             json_t *body, bool whole, aw__callback_outcome *ret_outcome, aw_error *err);

#endif
