/*
 * Shared by the tests of src/runtime/: gates that threads wait at, and functions that run on the loop while the test
 * waits. Other threads never assert; they write down what the test then looks at.
 */
#ifndef AW_TESTS_LOOP_SUPPORT_H
#define AW_TESTS_LOOP_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "runtime/runtime.h"

/* Opens once; whoever waits or comes later goes through. */
struct gate {
    pthread_mutex_t lock;
    pthread_cond_t opened;
    bool open;
};

#define GATE                                                                                                           \
    {                                                                                                                  \
        PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false                                                     \
    }

static inline void gate_open(struct gate *gate)
{
    pthread_mutex_lock(&gate->lock);
    gate->open = true;
    pthread_cond_broadcast(&gate->opened);
    pthread_mutex_unlock(&gate->lock);
}

static inline void gate_pass(struct gate *gate)
{
    pthread_mutex_lock(&gate->lock);
    while (!gate->open)
        pthread_cond_wait(&gate->opened, &gate->lock);
    pthread_mutex_unlock(&gate->lock);
}

static inline bool gate_is_open(struct gate *gate)
{
    bool open;

    pthread_mutex_lock(&gate->lock);
    open = gate->open;
    pthread_mutex_unlock(&gate->lock);
    return open;
}

static inline void sleep_ms(long ms)
{
    struct timespec span = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

    nanosleep(&span, NULL);
}

/* A runtime with its own thread, and one that nobody runs yet. */
static inline aw_runtime *runtime_idle(int workers)
{
    aw_runtime *runtime = NULL;
    aw_runtime_params params = {.size = sizeof(params), .workers = workers};

    assert_int_equal(aw_runtime_new(&params, &runtime, NULL), AW_OK);
    return runtime;
}

static inline aw_runtime *runtime_started(int workers)
{
    aw_runtime *runtime = runtime_idle(workers);

    assert_int_equal(aw_runtime_start(runtime, NULL), AW_OK);
    return runtime;
}

/* Runs fn(arg) on the loop of a started runtime and waits until it has. */
struct visit {
    aw__post post;
    void (*fn)(void *arg);
    void *arg;
    struct gate done;
};

static inline void visit_run(void *arg)
{
    struct visit *visit = arg;

    visit->fn(visit->arg);
    gate_open(&visit->done);
}

static inline void on_loop(aw_runtime *runtime, void (*fn)(void *), void *arg)
{
    struct visit visit = {.fn = fn, .arg = arg, .done = GATE};

    aw__runtime_post(runtime, &visit.post, visit_run, &visit);
    gate_pass(&visit.done);
}

static inline void nothing(void *arg)
{
    (void)arg;
}

/* Everything that was posted before is done. */
static inline void settle(aw_runtime *runtime)
{
    on_loop(runtime, nothing, NULL);
}

/* Embeds the runtime in a poll() until *count is wanted, as an application's loop would: it sleeps until the descriptor
 * or the timeout wakes it, or for nap_ms when another thread may do the counting. False after 20 s. */
static inline bool embed_until(aw_runtime *runtime, const atomic_int *count, int wanted, int nap_ms)
{
    struct timespec start, now;

    clock_gettime(CLOCK_MONOTONIC, &start);
    while (atomic_load(count) < wanted) {
        struct pollfd slot = {.fd = aw_runtime_fd(runtime), .events = POLLIN};
        int timeout_ms = aw_runtime_timeout_ms(runtime);

        clock_gettime(CLOCK_MONOTONIC, &now);
        if (now.tv_sec - start.tv_sec > 20)
            return false;
        poll(&slot, 1, timeout_ms < 0 || timeout_ms > nap_ms ? nap_ms : timeout_ms);
        aw_runtime_process(runtime);
    }
    return true;
}

enum { NO_NAP_MS = 30 * 1000 };

#endif
