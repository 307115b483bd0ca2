/*
 * The breaker of one peer: after so many failures on end nothing is tried for a while, then one thing, as a probe. And
 * how long to wait after a failure. Rules only; the clock is the caller's.
 */
#ifndef AW_FLOW_BREAKER_H
#define AW_FLOW_BREAKER_H

#include <stdbool.h>
#include <stdint.h>

enum {
    AW__BREAKER_FAILURES = 5,
    AW__ASKED_MAX_MS = 3600000 /* a peer does not get us to wait for longer than that */
};

typedef struct aw__breaker {
    int failures; /* on end */
    bool probing;
    uint64_t open_until_ms;
} aw__breaker;

/* Whether something may be tried now. While a probe is under way nothing else may. */
bool aw__breaker_allows(const aw__breaker *breaker, uint64_t now_ms);
/* Something is tried that was allowed. True when it is the probe, which is to be said again when it has ended. */
bool aw__breaker_try(aw__breaker *breaker);
/* How it ended. Undecided: it said nothing of the peer. */
void aw__breaker_succeed(aw__breaker *breaker);
void aw__breaker_fail(aw__breaker *breaker, bool probe, uint64_t now_ms, int open_ms);
void aw__breaker_undecided(aw__breaker *breaker, bool probe);
/* Until it allows a probe; 0 when nothing but an answer is waited for. */
uint64_t aw__breaker_wait_ms(const aw__breaker *breaker, uint64_t now_ms);

/* The delay after that many failures on end (1 or more): first_ms, four times as long with each further one, at most
 * max_ms, of which a random half is taken off so that many who failed together do not come back together. An asked for
 * delay (-1: none) is kept. */
uint64_t aw__backoff_ms(int failures, int first_ms, int max_ms, int asked_ms, uint64_t random);

#endif
