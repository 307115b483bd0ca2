/*
 * Every conversation, cancelled at every moment of it, and out of time.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <actingweb/log.h>

#include "base/clock.h"
#include "support/walk.h"

enum { PATIENCE_MS = 20000, HASTE_MS = 250, MAX_TURNS = 500 };

/* ---- between any two turns of the loop ---- */

/* True when the conversation was over before it was cancelled. */
static bool run_turns(walk *w, int turns)
{
    walk_begin(w, "cancelled after %d turns of the loop", turns);
    walk_start(w, PATIENCE_MS);
    for (int i = 0; i < turns && !w->outcome.done; i++)
        test_site_pump(t);

    bool over = w->outcome.done;

    aw_op_cancel(t->site.runtime, w->op);
    int code = walk_finish(w);

    WALK_CHECK(w, code == AW_OK || code == AW_E_CANCELED);
    walk_check_withdrawn(w, (int)walk_ask_count(w->conversation) - 1, false);
    walk_end(w);
    return over;
}

static void test_any_turn(void **state)
{
    bool over = false;
    walk w;

    walk_open(&w, *state, true);
    for (int turns = 0; !over && turns < MAX_TURNS; turns++)
        over = run_turns(&w, turns);
    assert_true(over);
    walk_close(&w);
}

/* ---- while the peer hangs ---- */

static void run_hanging(walk *w, int index, bool cancel)
{
    const test_ask *ask = &w->conversation->asks[index];

    walk_begin(w, "%s while %s %s hangs", cancel ? "cancelled" : "the runtime ends", ask->method, ask->path);
    bob_fails(ask->method, ask->path, AW_FAKE_HANG);
    walk_start(w, PATIENCE_MS);
    WALK_CHECK(w, bob_hears(ask->method, ask->path, 1));
    if (cancel) {
        aw_op_cancel(t->site.runtime, w->op);
        WALK_CHECK(w, walk_finish(w) == AW_E_CANCELED);
        walk_check_withdrawn(w, index, false);
    } else {
        aw_runtime_free(t->site.runtime);
        t->site.runtime = NULL;
        WALK_CHECK(w, walk_finish(w) == AW_E_CLOSED);
    }
    walk_end(w);
}

static void test_hanging(void **state)
{
    walk w;

    walk_open(&w, *state, false);
    for (size_t i = 0; i < walk_ask_count(w.conversation); i++) {
        run_hanging(&w, (int)i, true);
        run_hanging(&w, (int)i, false);
    }
    walk_close(&w);
}

/* ---- while a step waits for the store ---- */

static aw_database *other; /* a connection that can keep all others from writing */
static _Atomic(const char *) before_step;
static atomic_bool held;

static void hold_store(void)
{
    other = test_place_hold(&t->place);
    atomic_store(&held, true);
}

/* Runs at the end of each step: "conversation/step -> next 1 ms". */
static void hold_before_step(aw_log_level level, const char *line, void *ud)
{
    const char *step = atomic_load(&before_step);
    const char *arrow = level == AW_LOG_TRACE ? strstr(line, " -> ") : NULL;

    (void)ud;
    if (step && arrow && strncmp(arrow + 4, step, strlen(step)) == 0 && arrow[4 + strlen(step)] == ' ') {
        atomic_store(&before_step, NULL);
        hold_store();
    }
}

static bool soon(atomic_bool *flag)
{
    uint64_t end = aw__now_ms() + PATIENCE_MS;

    while (!atomic_load(flag) && aw__now_ms() < end)
        usleep(1000);
    return atomic_load(flag);
}

static void run_held(walk *w, const char *step, bool first, bool in_time)
{
    walk_begin(w, "%s while %s waits for the store", in_time ? "cancelled" : "out of time", step);
    atomic_store(&held, false);
    if (first)
        hold_store();
    else
        atomic_store(&before_step, step);
    walk_start(w, in_time ? PATIENCE_MS : HASTE_MS);
    soon(&held);
    if (in_time) {
        usleep(20000);
        aw_op_cancel(t->site.runtime, w->op);
        usleep(20000);
    } else {
        usleep(2 * HASTE_MS * 1000);
    }
    atomic_store(&before_step, NULL);
    test_place_let_go(other);
    other = NULL;

    int code = walk_finish(w);

    WALK_CHECK(w, code == AW_OK || code == (in_time ? AW_E_CANCELED : AW_E_TIMEOUT));
    walk_check_withdrawn(w, (int)walk_ask_count(w->conversation) - 1, false);
    walk_end(w);
}

static void test_held(void **state)
{
    walk w;

    walk_open(&w, *state, false);
    for (const char *const *step = w.conversation->stores; step && *step; step++)
        for (int in_time = 0; in_time < 2; in_time++)
            run_held(&w, *step, w.conversation->stores_first && step == w.conversation->stores, in_time);
    walk_close(&w);
}

int main(void)
{
    aw_log_to(hold_before_step, AW_LOG_TRACE, NULL);
    return walk_all("cancelled at any turn", test_any_turn) + walk_all("cancelled while the peer hangs", test_hanging) +
           walk_all("stopped while the store is held", test_held);
}
