/*
 * How an operation ended, for tests that start one and wait for it. Counts completions: there must be exactly one.
 */
#ifndef TESTS_SUPPORT_OUTCOME_H
#define TESTS_SUPPORT_OUTCOME_H

#include <pthread.h>

#include "flow/flow.h"

typedef struct test_outcome {
    pthread_mutex_t lock;
    pthread_cond_t some;
    int completions;
    bool done; /* for test_site_pump_until(), in whose thread it is set */
    aw_error error; /* code AW_OK on success */
    bool had_result;
} test_outcome;

void test_outcome_init(test_outcome *outcome);
void test_outcome_free(test_outcome *outcome);

/* An aw__flow_done; ud is a test_outcome. */
void test_outcome_set(aw__flow *flow, const aw_error *err, void *ud);
/* How often it has completed so far. Any thread. */
int test_outcome_completions(test_outcome *outcome);
/* Waits up to ten seconds; fails the test when nothing came. Returns the code. */
int test_outcome_wait(test_outcome *outcome);

#endif
