/*
 * Settling: what becomes of the outbox's rows once their callbacks are done with, however they ended. They are deleted
 * behind the next ones, many at once while the store is busy, and the last of them with the queue itself, so that
 * another server may have the next one. On the loop's thread, but for the deleting.
 */
#ifndef AW_FLOW_SETTLING_H
#define AW_FLOW_SETTLING_H

#include "actor/site.h"
#include "flow/ranges.h"
#include "flow/tally.h"
#include "runtime/worker.h"
#include "store/outbox_queues.h"

typedef struct aw__settling {
    /* Filled in by whoever has it embedded, zeroed otherwise. */
    aw__site *site;
    aw__tally *tally;
    aw__outbox_queue queue;
    /* After each of its transactions; may free it when it is idle. left: what is in the outbox besides, or its
     * beginning; NULL when that was not asked for, was asked for once more meanwhile, or by an id that is no more. */
    void (*over)(void *arg, const aw__ranges *left);
    void *arg;
    /* Its own. */
    struct aw__settling_rows {
        int64_t low, high; /* sequences that follow one another; low 0: none */
    } deleting, done;      /* by a worker now; and those that come next */
    bool busy;             /* a worker is at it, or it is tried again soon */
    bool asked;            /* to let go of the queue, or to find what is left of it, in the next transaction */
    bool asking;           /* in the one that is under way */
    bool failed;           /* the last one has */
    uint64_t server;       /* for whom it is done */
    aw__ranges left;
    int rc;
    aw__timer timer;
    aw__work work;
} aw__settling;

/* A callback is done with. False when that has to wait: its row does not follow the others, or too many are behind. */
bool aw__settling_add(aw__settling *settling, int64_t sequence);

/* Whether it was added and its row may still be there. */
bool aw__settling_has(const aw__settling *settling, int64_t sequence);

/* Deletes the rows of what was added, now or after those that are just being deleted; for the last of them: and lets go
 * of the queue, or finds what is left in it. */
void aw__settling_start(aw__settling *settling, bool last);

/* Nothing is under way. */
bool aw__settling_idle(const aw__settling *settling);

/* Nothing is tried again; what is under way ends. */
void aw__settling_stop(aw__settling *settling);

#endif
