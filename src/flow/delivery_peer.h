/*
 * One peer of the delivery: its breaker, and its queues together. It exists while it has a queue.
 */
#ifndef AW_FLOW_DELIVERY_PEER_H
#define AW_FLOW_DELIVERY_PEER_H

#include "flow/breaker.h"
#include "flow/delivery_queue.h"

typedef struct aw__delivery_peer {
    aw__entry entry; /* first */
    aw__delivery *delivery;
    const char *actor_id;
    const char *peer_id;
    aw__breaker breaker;
    uint64_t quiet_until_ms; /* it is not available before, as it said itself */
    aw__timer timer;  /* until that, or until the breaker allows a probe */
    aw__link queues;  /* all of its queues */
    aw__link ready;   /* those that may send */
    aw__link starved; /* in delivery->starved, or nowhere */
    int sending;
    int pins;     /* not to be freed */
    bool waiting; /* is counted in delivery->waiting */
    char text[];
} aw__delivery_peer;

/* The peer, made when there is none. NULL when out of memory. */
aw__delivery_peer *aw__delivery_peer_get(aw__delivery *delivery, const char *actor_id, const char *peer_id);

/* Frees it when it has no queue and no pin. */
void aw__delivery_peer_release(aw__delivery_peer *peer);

/* Whether its next sign of life is waited for (delivery->waiting). */
void aw__delivery_peer_set_waiting(aw__delivery_peer *peer, bool waiting);

#endif
