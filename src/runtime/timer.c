/*
 * Timers: a pairing heap, its earliest member backed by the runtime's one libuv timer. Nearly all timers are deadlines
 * that are stopped long before they are due: starting one and stopping one that is not the earliest cost O(1).
 *
 * In the heap, child is the first child, next the next sibling, prev the previous sibling or, of a first child, the
 * parent. No child is due before its parent.
 */
#include "runtime/timer.h"

#include "base/clock.h"
#include "runtime/loop.h"

/* Joins two heaps, neither with siblings. Either may be NULL. */
static aw__timer *meld(aw__timer *a, aw__timer *b)
{
    if (!a || !b)
        return a ? a : b;
    if (b->due_ms < a->due_ms) {
        aw__timer *later = a;

        a = b;
        b = later;
    }
    b->prev = a;
    b->next = a->child;
    if (b->next)
        b->next->prev = b;
    a->child = b;
    return a;
}

/* Makes one heap of siblings: in pairs from the left, then all of these from the right. */
static aw__timer *meld_siblings(aw__timer *first)
{
    aw__timer *pairs = NULL, *heap = NULL;

    while (first) {
        aw__timer *a = first, *b = first->next;

        first = b ? b->next : NULL;
        a->next = a->prev = NULL;
        if (b)
            b->next = b->prev = NULL;
        a = meld(a, b);
        a->next = pairs;
        pairs = a;
    }
    while (pairs) {
        aw__timer *next = pairs->next;

        pairs->next = NULL;
        heap = meld(heap, pairs);
        pairs = next;
    }
    return heap;
}

static void take_out(aw_runtime *runtime, aw__timer *timer)
{
    aw__timer *below = meld_siblings(timer->child);

    if (timer == runtime->timers) {
        runtime->timers = below;
    } else {
        if (timer->prev->child == timer)
            timer->prev->child = timer->next;
        else
            timer->prev->next = timer->next;
        if (timer->next)
            timer->next->prev = timer->prev;
        runtime->timers = meld(runtime->timers, below);
    }
    timer->child = timer->next = timer->prev = NULL;
    timer->armed = false;
}

/* Sets libuv's timer for the earliest of ours. */
static void set_alarm(aw_runtime *runtime)
{
    uint64_t due_ms = runtime->timers ? runtime->timers->due_ms : 0;
    uint64_t now_ms;

    if (due_ms == runtime->alarm_due_ms)
        return;
    runtime->alarm_due_ms = due_ms;
    if (!due_ms) {
        uv_timer_stop(&runtime->alarm);
        return;
    }
    /* libuv adds the delay to the time it saw last, which may be long ago. */
    now_ms = uv_now(&runtime->loop);
    uv_timer_start(&runtime->alarm, aw__timers_ring, due_ms > now_ms ? due_ms - now_ms : 0, 0);
}

/* libuv's clock may be a millisecond ahead of ours: what is not due yet has the alarm set again. */
void aw__timers_ring(uv_timer_t *alarm)
{
    aw_runtime *runtime = alarm->data;
    uint64_t now_ms = aw__now_ms();

    while (runtime->timers && runtime->timers->due_ms <= now_ms) {
        aw__timer *timer = runtime->timers;

        take_out(runtime, timer);
        timer->fn(timer->arg); /* may free it, start it again, stop others */
    }
    runtime->alarm_due_ms = 0;
    uv_update_time(&runtime->loop);
    set_alarm(runtime);
}

void aw__timer_start(aw_runtime *runtime, aw__timer *timer, uint64_t delay_ms, void (*fn)(void *), void *arg)
{
    if (timer->armed)
        take_out(runtime, timer);
    timer->fn = fn;
    timer->arg = arg;
    timer->due_ms = aw__now_ms() + delay_ms;
    timer->child = timer->next = timer->prev = NULL;
    timer->armed = true;
    runtime->timers = meld(runtime->timers, timer);
    set_alarm(runtime);
}

void aw__timer_stop(aw_runtime *runtime, aw__timer *timer)
{
    if (!timer->armed)
        return;
    take_out(runtime, timer);
    set_alarm(runtime);
}
