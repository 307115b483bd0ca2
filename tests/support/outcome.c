/*
 * Outcomes of operations.
 */
#include "support/outcome.h"

#include <errno.h>
#include <time.h>

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

enum { WAIT_MAX_S = 10 };

void test_outcome_init(test_outcome *outcome)
{
    *outcome = (test_outcome){.completions = 0};
    pthread_mutex_init(&outcome->lock, NULL);
    pthread_cond_init(&outcome->some, NULL);
}

void test_outcome_free(test_outcome *outcome)
{
    pthread_cond_destroy(&outcome->some);
    pthread_mutex_destroy(&outcome->lock);
}

void test_outcome_set(aw__flow *flow, const aw_error *err, void *ud)
{
    test_outcome *outcome = ud;

    pthread_mutex_lock(&outcome->lock);
    outcome->completions++;
    outcome->done = true;
    outcome->error = err ? *err : (aw_error){.code = AW_OK};
    outcome->had_result = flow->result != NULL;
    pthread_cond_broadcast(&outcome->some);
    pthread_mutex_unlock(&outcome->lock);
}

int test_outcome_completions(test_outcome *outcome)
{
    pthread_mutex_lock(&outcome->lock);
    int completions = outcome->completions;

    pthread_mutex_unlock(&outcome->lock);
    return completions;
}

int test_outcome_wait(test_outcome *outcome)
{
    struct timespec end;
    int rc = 0, code;

    clock_gettime(CLOCK_REALTIME, &end);
    end.tv_sec += WAIT_MAX_S;
    pthread_mutex_lock(&outcome->lock);
    while (!outcome->completions && rc != ETIMEDOUT)
        rc = pthread_cond_timedwait(&outcome->some, &outcome->lock, &end);
    code = outcome->error.code;
    pthread_mutex_unlock(&outcome->lock);
    if (rc == ETIMEDOUT)
        fail_msg("no completion within %d s", WAIT_MAX_S);
    return code;
}
