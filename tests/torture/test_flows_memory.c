/*
 * Every conversation x every allocation of it that can fail, by itself and with all after it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>

#include "base/alloc.h"
#include "support/json_memory.h"
#include "support/walk.h"

enum { PATIENCE_MS = 20000, MAX_ALLOCATIONS = 3000, LASTING_STRIDE = 5 };

/* True when the conversation was over before the nth allocation. */
static bool run(walk *w, long n)
{
    aw__alloc_fail_at(n, false);
    walk_start(w, PATIENCE_MS);

    int code = walk_finish(w);
    long made = aw__alloc_count();

    aw__alloc_fail_at(0, false);
    walk_check_withdrawn(w, (int)walk_ask_count(w->conversation) - 1, false);
    test_outcome_free(&w->outcome);
    return made < n && code == AW_OK;
}

/* After a failure the store is as before, so the next attempt begins there; after a success, in a new one. */
static void test_one(void **state)
{
    bool over = false;
    walk w;

    walk_open(&w, *state, false);
    for (long n = 1; !over && n < MAX_ALLOCATIONS; n++) {
        if (!t)
            walk_begin(&w, "allocation %ld fails", n);
        snprintf(w.mishap, sizeof(w.mishap), "allocation %ld fails", n);
        over = run(&w, n);
        aw_fake_peer_clear(bob);
        if (w.outcome.error.code == AW_OK || w.conversation->stays)
            pair_tear_down(NULL);
    }
    assert_true(over);
    walk_close(&w);
}

/* Nothing can be undone then: it completes, once, and that is all. */
static void test_lasting(void **state)
{
    long made = LASTING_STRIDE;
    walk w;

    walk_open(&w, *state, false);
    for (long n = 1; n <= made; n += LASTING_STRIDE) {
        walk_begin(&w, "allocation %ld and all after it fail", n);
        aw__alloc_fail_at(n, true);
        walk_start(&w, PATIENCE_MS);
        test_outcome_wait(&w.outcome);
        made = aw__alloc_count();
        aw__alloc_fail_at(0, false);
        WALK_CHECK(&w, test_outcome_completions(&w.outcome) == 1);
        walk_end(&w);
    }
    walk_close(&w);
}

int main(void)
{
    json_memory_use();
    return walk_all("one allocation fails", test_one) + walk_all("no more memory", test_lasting);
}
