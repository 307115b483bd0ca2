/*
 * Delivery: when callbacks are sent (DESIGN 8). Per subscription one is in flight at a time, in sequence order; peers
 * never wait for each other. "once": one try each. "durable": the outbox is retried with back-off and jitter, across
 * restarts. In both a peer's Retry-After is honoured (429: for the subscription, 503: for the peer), and each peer has
 * a breaker. What tells a subscriber to fetch all anew (actor/suspension.h) is in the outbox in both.
 *
 * Several servers may deliver from one database: what is stored for a subscription is one server's at a time (queue.h,
 * store/outbox_queues.h), and another's when that one has ended (membership.h). With "once" each sends what it has
 * changed itself, and nothing keeps the order between them.
 *
 * Durable in figures (config): after a failure the next try comes within 0.1 s, four times as long with each further
 * one up to 5 minutes; 5 failures on end open the peer's breaker for 60 s, then one probe decides. A callback is given
 * up when the peer refuses it (4xx; 404 three times, since its side of a new subscription may come later than ours),
 * when its diff was cleared, or when a try fails 24 hours after the change. Its diff stays in any case, and the
 * subscriber, who misses the sequence, comes for a baseline.
 */
#ifndef AW_FLOW_DELIVERY_H
#define AW_FLOW_DELIVERY_H

#include "flow/flow.h"

/* Sets site->notify and site->delivery, and takes up what the outbox holds, unless another server has it; opens the
 * watch over gaps (resync.h). Blocks: this server is made known to the others. AW_E_STORE, AW_E_NOMEM,
 * AW_E_UNSUPPORTED. */
int aw__delivery_open(aw__site *site, aw_error *err);

/* Sends no more, and waits until nothing is in flight. Before the runtime is freed or the store is closed, and when
 * nobody writes or wakes any more. Any thread but the loop's (of an embedded runtime, the one that processes it). Where
 * none was opened it does nothing. */
void aw__delivery_close(aw__site *site);

/* The peer is alive (it made an authenticated request): its queue is tried at once, unless it asked for patience itself
 * or the last try was less than a second ago. Any thread; cheap. */
void aw__delivery_wake(aw__site *site, const char *actor_id, const char *peer_id);

#endif
