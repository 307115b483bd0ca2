/*
 * Sequences of callbacks received: what to do with the next one (WIRE 8). Keeping and applying them is the caller's.
 */
#ifndef AW_MODEL_SEQUENCE_H
#define AW_MODEL_SEQUENCE_H

#include <actingweb/common.h>

/* One subscription's callbacks up to now. */
typedef struct aw__sequence_state {
    int64_t last;              /* applied; 0 before the first */
    const int64_t *pending;    /* sequences that wait for missing ones, ascending */
    size_t pending_count;
    int64_t oldest_pending_ms; /* how long the one that waits longest has waited; -1: none waits */
} aw__sequence_state;

typedef struct aw__sequence_limits {
    int64_t gap_timeout_ms; /* a gap that stays longer is given up */
    size_t max_pending;
} aw__sequence_limits;

typedef enum aw__sequence_verdict {
    AW__SEQUENCE_DUPLICATE,  /* applied or waiting already: drop it */
    AW__SEQUENCE_PROCESS,    /* apply it, and the waiting ones that follow it without a gap */
    AW__SEQUENCE_QUEUE,      /* let it wait */
    AW__SEQUENCE_RESYNC,     /* what is missing was waited for too long: drop what waits and fetch the baseline */
    AW__SEQUENCE_REJECT_FULL /* refuse it: too many wait */
} aw__sequence_verdict;

/*
 * Judges a callback with the sequence incoming. With PROCESS, *ret_last is the last sequence once the waiting ones up
 * to it have been applied as well, in order; untouched otherwise. The missing callback always ends its gap, however
 * late it comes.
 */
aw__sequence_verdict aw__sequence_judge(const aw__sequence_state *state, const aw__sequence_limits *limits,
                                        int64_t incoming, int64_t *ret_last);

/* The last sequence once the waiting ones that follow `from` without a gap have been applied; from itself when none
 * do. */
int64_t aw__sequence_drain(const aw__sequence_state *state, int64_t from);

/* Whether something has waited longer than a gap may last, without another callback coming. */
bool aw__sequence_gap_expired(const aw__sequence_state *state, const aw__sequence_limits *limits);

#endif
