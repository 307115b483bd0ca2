/*
 * One queue of the delivery, between those who see to it: delivery_queue.c has them all, delivery_send.c sends.
 *
 *   gathering -> ready -> sending -> ready ... until nothing is due
 *                ^   |      |
 *                |   |      +- backing off, or settling: too many rows of what is done with are there still
 *                +- looking: the outbox may have something before what is due
 */
#ifndef AW_FLOW_QUEUE_H
#define AW_FLOW_QUEUE_H

#include "flow/delivery_peer.h"
#include "flow/ranges.h"
#include "flow/settling.h"

typedef enum aw__queue_state {
    AW__QUEUE_IDLE,
    AW__QUEUE_GATHERING,
    AW__QUEUE_READY,
    AW__QUEUE_LOOKING,
    AW__QUEUE_SENDING,
    AW__QUEUE_SETTLING,
    AW__QUEUE_BACKING_OFF
} aw__queue_state;

typedef struct aw__queue {
    aw__entry entry; /* first */
    aw__link link;   /* in delivery->list */
    aw__delivery_peer *peer;
    aw__link of_peer;
    aw__link ready;
    const char *subscription_id;
    aw__queue_state state;
    aw__ranges due;
    int64_t current; /* under way; 0: none */
    bool stored;
    bool ours;       /* in the outbox, when it is stored */
    int64_t known;   /* all that was stored up to here has been due; 0: there was nothing before what is; less: that is
                        not known either */
    int64_t listed;  /* the same, as it was read in the outbox: notices of it come too late */
    bool probe;
    int failures;   /* of the one that is due first */
    int unknown;    /* of those, the last ones on end for which the peer has said 404 */
    bool asked;     /* the peer itself said how long to wait */
    uint64_t failed_at_ms;
    uint64_t quiet_until_ms; /* how long the peer asked to be spared */
    aw_op op;
    aw__timer timer;
    aw__settling settling;
    char text[];
} aw__queue;

/* ---- delivery_queue.c ---- */

/* What is under way is done with, however it ended. */
void aw__queue_settle(aw__queue *queue);
/* Nothing is due. The queue is freed when the outbox has nothing more for it either. */
void aw__queue_finish(aw__queue *queue);
/* Nothing more is to be sent; what is under way at the store frees it. */
void aw__queue_retire(aw__queue *queue);
/* Ready again after that time. */
void aw__queue_back_off(aw__queue *queue, uint64_t delay_ms);
/* True when the outbox has to be asked first whether something comes before what is due: ready again after that. */
bool aw__queue_looks(aw__queue *queue);

/* ---- delivery_send.c ---- */

/* Sends what is ready, as far as it may now. May free the peer. */
void aw__queues_pump(aw__delivery_peer *peer);

#endif
