/*
 * The sequence machine under any network: callbacks that are lost, repeated, late, refused for want of room, and
 * resyncs in between. However they come, each is applied at most once and in order, and in the end the subscriber is
 * where the publisher is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "model/sequence.h"
#include "support/random.h"

enum { RUNS = 2000, STEPS = 300, PENDING = 8, WINDOW = 16, GAP_TIMEOUT_MS = 100 };

/* A subscriber as the machine's caller has to be, and what the publisher has said so far. */
struct world {
    random_source random;
    int64_t published;
    int64_t last;
    int64_t pending[PENDING];
    int64_t since_ms[PENDING];
    size_t count;
    int64_t now_ms;
    size_t applied, resyncs, duplicates, refused; /* that the cases occur at all */
};

static aw__sequence_state state_of(const struct world *w)
{
    int64_t oldest_ms = -1;

    for (size_t i = 0; i < w->count; i++)
        if (w->now_ms - w->since_ms[i] > oldest_ms)
            oldest_ms = w->now_ms - w->since_ms[i];
    return (aw__sequence_state){w->last, w->pending, w->count, oldest_ms};
}

static bool waits(const struct world *w, int64_t sequence)
{
    for (size_t i = 0; i < w->count; i++)
        if (w->pending[i] == sequence)
            return true;
    return false;
}

static void forget_up_to(struct world *w, int64_t sequence)
{
    size_t kept = 0;

    for (size_t i = 0; i < w->count; i++)
        if (w->pending[i] > sequence) {
            w->pending[kept] = w->pending[i];
            w->since_ms[kept++] = w->since_ms[i];
        }
    w->count = kept;
}

static void add(struct world *w, int64_t sequence)
{
    size_t at = w->count++;

    assert_true(w->count <= PENDING);
    for (; at > 0 && w->pending[at - 1] > sequence; at--) {
        w->pending[at] = w->pending[at - 1];
        w->since_ms[at] = w->since_ms[at - 1];
    }
    w->pending[at] = sequence;
    w->since_ms[at] = w->now_ms;
}

/* The machine says that all from last + 1 to `to` are to be applied: all of them must be there, and no more could
 * be. */
static void apply(struct world *w, int64_t incoming, int64_t to)
{
    assert_true(incoming == w->last + 1 && to >= incoming && to <= w->published);
    for (int64_t sequence = incoming + 1; sequence <= to; sequence++)
        assert_true(waits(w, sequence));
    assert_false(waits(w, to + 1));
    w->applied += (size_t)(to - w->last);
    w->last = to;
    forget_up_to(w, to);
}

static void deliver(struct world *w, int64_t incoming)
{
    static const aw__sequence_limits limits = {GAP_TIMEOUT_MS, PENDING};
    aw__sequence_state state = state_of(w);
    int64_t to = -7;
    bool expired = aw__sequence_gap_expired(&state, &limits);

    assert_true(expired == (w->count && state.oldest_pending_ms > GAP_TIMEOUT_MS));
    switch (aw__sequence_judge(&state, &limits, incoming, &to)) {
    case AW__SEQUENCE_DUPLICATE:
        assert_true(incoming <= w->last || waits(w, incoming));
        w->duplicates++;
        break;
    case AW__SEQUENCE_PROCESS:
        apply(w, incoming, to);
        return;
    case AW__SEQUENCE_QUEUE:
        assert_true(incoming > w->last + 1 && !waits(w, incoming) && !expired && w->count < PENDING);
        add(w, incoming);
        break;
    case AW__SEQUENCE_RESYNC:
        assert_true(incoming > w->last + 1 && expired);
        /* The baseline is what the publisher has now. */
        w->last = w->published;
        forget_up_to(w, w->last);
        w->resyncs++;
        break;
    case AW__SEQUENCE_REJECT_FULL:
        assert_true(incoming > w->last + 1 && !waits(w, incoming) && !expired && w->count == PENDING);
        w->refused++;
        break;
    }
    assert_int_equal(to, -7);
}

/* Any callback that the publisher has sent, most often one of the newest. */
static int64_t any(struct world *w)
{
    int64_t back = (int64_t)random_below(&w->random, random_one_in(&w->random, 10) ? (size_t)w->published : WINDOW);

    return back < w->published ? w->published - back : 1;
}

static void step(struct world *w)
{
    switch (random_below(&w->random, 6)) {
    case 0:
    case 1: /* sent, and lost or not */
        w->published++;
        if (random_below(&w->random, 10))
            deliver(w, w->published);
        break;
    case 2: /* repeated, late, or tried again */
    case 3:
        if (w->published)
            deliver(w, any(w));
        break;
    case 4: /* the one that is missing */
        if (w->last < w->published)
            deliver(w, w->last + 1);
        break;
    case 5:
        w->now_ms += (int64_t)random_below(&w->random, GAP_TIMEOUT_MS / 2);
        break;
    }
}

static void test_any_order(void **state)
{
    struct world total = {.random = random_begin("test_sequence_model")};

    (void)state;
    for (int run = 0; run < RUNS; run++) {
        struct world w = {.random = {random_next(&total.random)}};

        for (int i = 0; i < STEPS; i++)
            step(&w);
        /* A publisher that goes on trying. */
        while (w.last < w.published)
            deliver(&w, w.last + 1);
        assert_int_equal(w.last, w.published);
        assert_int_equal(w.count, 0);
        total.applied += w.applied;
        total.resyncs += w.resyncs;
        total.duplicates += w.duplicates;
        total.refused += w.refused;
    }
    assert_true(total.applied > RUNS && total.resyncs > RUNS / 10 && total.duplicates > RUNS && total.refused > RUNS / 10);
}

/* What waits may be in any state that a store was left in: twice the same, and older than what was applied. */
static void test_draining(void **state)
{
    random_source random = random_begin("test_draining");

    (void)state;
    for (int run = 0; run < RUNS; run++) {
        int64_t pending[PENDING], from = (int64_t)random_below(&random, 12), expected = from;
        size_t count = random_below(&random, PENDING + 1);
        bool there[24] = {false};

        for (size_t i = 0; i < count; i++)
            pending[i] = (i ? pending[i - 1] : 1) + (int64_t)random_below(&random, 3);
        for (size_t i = 0; i < count; i++)
            there[pending[i]] = true;
        while (there[expected + 1])
            expected++;
        aw__sequence_state s = {from, pending, count, 0};

        assert_int_equal(aw__sequence_drain(&s, from), expected);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_any_order),
        cmocka_unit_test(test_draining),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
