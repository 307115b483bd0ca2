/*
 * The queues of the delivery: one per subscription that has something due, gathered by peer. All of it is the loop's.
 *
 * A queue has at most one callback under way, and takes the lowest sequence that is due. Peers do not wait for each
 * other, but for what all of them together may have under way. Both exist only while something is due, and hold numbers
 * only: a diff is read from the store when its turn comes.
 *
 * A queue whose callbacks are stored is one of the outbox's as well (store/outbox_queues.h): while it exists here no
 * other server sends them, and what those write for it in the meantime is found in the outbox: when a sequence is
 * missing before the next one, and at the end, before the queue is let go.
 */
#ifndef AW_FLOW_DELIVERY_QUEUE_H
#define AW_FLOW_DELIVERY_QUEUE_H

#include <stdatomic.h>

#include "actor/site.h"
#include "flow/membership.h"
#include "flow/resync_watch.h"
#include "flow/table.h"
#include "flow/tally.h"
#include "base/list.h"
#include "runtime/worker.h"
#include "store/outbox_queues.h"

enum { AW__WAITING_SLOTS = 1024 };

typedef struct aw__delivery {
    aw__tally tally; /* first */
    aw__post begin;
    aw__site *site;
    aw__resyncs *resyncs; /* opened and closed with it */
    bool durable;
    int backoff_ms;
    int backoff_max_ms;
    int expiry_ms;
    int breaker_open_ms;
    aw__table peers;
    aw__table queues;
    aw__link list;    /* all queues */
    aw__link starved; /* peers that may send when less is under way */
    int sending;
    uint64_t random;
    /* How many peers are waited for, by their hash, so that waking the others costs nothing. Any thread. */
    atomic_uint waiting[AW__WAITING_SLOTS];
    /* When peers were last asked what they can do, by their hash. */
    uint64_t asked_ms[AW__WAITING_SLOTS];
    aw__membership *membership;        /* which server this is */
    struct aw__takeover *takeover;     /* reads the outbox */
    atomic_bool missed; /* notices were lost, out of memory: the outbox has them, which is read anew. Any thread */
    uint64_t doubts;    /* of the store, at the last beat */
} aw__delivery;

/* A callback has become due. stored: it has a row in the outbox, to be deleted when it is done with, and its queue is
 * this server's. Others of the same moment may come after it though they belong before it. Out of memory: it is left to
 * the outbox. */
void aw__queue_add(aw__delivery *delivery, const char *actor_id, const char *peer_id, const char *subscription_id,
                   int64_t sequence, bool stored);

/* A queue of the outbox has become this server's, with what was due in it, in order; that may be the beginning only, or
 * nothing. */
void aw__queue_take(aw__delivery *delivery, const aw__outbox_queue *key, const aw__outbox_due *due, size_t count);

/* No queue of the outbox is this server's any more. What is under way ends. */
void aw__queues_forget(aw__delivery *delivery);

/* What is claimed may be sent again (membership.h). */
void aw__queues_resume(aw__delivery *delivery);

/* The peer is alive. */
void aw__queue_wake(aw__delivery *delivery, const aw__key *peer);

/* Stops them all; those that have something under way end with it. */
void aw__queues_stop(aw__delivery *delivery);

#endif
