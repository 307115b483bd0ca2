/*
 * The baseline: what a subscription's target holds now, and the sequence from which its callbacks go on. The steps that
 * conversations share; each begins its state with an aw__baseline.
 *
 * The sequence is asked for first: what changes between the two answers is in the baseline, and comes once more as a
 * callback. The other way round it would be lost. A value may well be set once more; an item must not be appended once
 * more: when there are lists, the sequence is asked for again behind them, and all of it again when it is another by
 * then.
 */
#ifndef AW_FLOW_BASELINE_H
#define AW_FLOW_BASELINE_H

#include "flow/flow.h"
#include "store/trusts.h"

typedef struct aw__baseline {
    /* Filled in before the steps. */
    const aw_trust *trust;
    const char *subscription_id;
    const char *target;
    const char *subtarget; /* "" when unset */
    const char *resource;  /* "" when unset */
    bool fresh;            /* nothing has come of the subscription yet */
    /* What the steps find. */
    int64_t sequence; /* -1: the peer does not tell */
    json_t *diffs;    /* what it still has of them, [{"sequence","data"}]; NULL when it does not tell; borrowed */
    json_t *data;     /* NULL: there is nothing at that place; borrowed from the flow */
    bool exact;       /* data is not newer than sequence, as far as that matters */
    bool unread;      /* the sequence was asked for, and the answer not read */
    /* Their own. */
    json_t *lists; /* names of lists whose items are still to be fetched, and how many were */
    size_t lists_done;
    size_t lists_bytes;
    bool asked;
    bool has_lists;
    bool confirming;
    int tries;
} aw__baseline;

/* GET peer/subscriptions/{us}/{sub}. A peer that answers 403 or 404 does not tell, nor does one that has kept so many
 * diffs that its answer is larger than allowed, where the step tolerates that: `unread` is then still set. */
int aw__baseline_ask_sequence(aw__flow *flow);
int aw__baseline_on_sequence(aw__flow *flow);

/* GET peer/{target}[/{subtarget}[/{resource}]], then each list in it by itself; and then, when there were lists, the
 * sequence again, with sequence as it was set by then (-1: not). */
int aw__baseline_ask(aw__flow *flow);
int aw__baseline_on_answer(aw__flow *flow);

#endif
