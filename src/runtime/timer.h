/*
 * Timers on the loop: embedded, never allocated, never failing, a heap of their own over one libuv timer. All calls on
 * the loop's thread.
 */
#ifndef AW_RUNTIME_TIMER_H
#define AW_RUNTIME_TIMER_H

#include <stdint.h>

#include "runtime/runtime.h"

typedef struct aw__timer {
    void (*fn)(void *arg);
    void *arg;
    uint64_t due_ms;
    struct aw__timer *child, *next, *prev; /* timer.c's own */
    bool armed;
} aw__timer;

/* fn(arg) once, delay_ms from now. Armed already: moved. */
void aw__timer_start(aw_runtime *runtime, aw__timer *timer, uint64_t delay_ms, void (*fn)(void *), void *arg);
void aw__timer_stop(aw_runtime *runtime, aw__timer *timer); /* not armed: nothing */

#endif
