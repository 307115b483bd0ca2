/*
 * What is kept of a publisher, against a model of what it has: its changes come as callbacks that are lost, repeated,
 * late and out of order, while baselines are fetched that are as old as the time they took. Whenever the subscriber
 * thinks that it is in step, it has exactly what the publisher had at that sequence; and in the end, what it has.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actor/callback.h"
#include "actor/remote.h"
#include "actor/subscription.h"
#include "support/random.h"
#include "support/subscribed.h"

enum { RUNS = 24, STEPS = 120, CHANGES_MAX = 400, FETCHES = 2, WINDOW = 6 };

struct change {
    json_t *data;  /* of its diff */
    json_t *after; /* all that the publisher had then: lists are arrays */
};

/* A baseline on its way: each step is some time after the one before. */
struct fetch {
    enum { IDLE, HELD, TOLD, FETCHED } stage;
    int64_t hold;
    int64_t sequence;
    int64_t moment; /* of the baseline */
};

struct world {
    random_source random;
    bool reference; /* a publisher of the reference's kind: parts, and its own shapes for lists */
    struct change changes[CHANGES_MAX + 1];
    int64_t published;
    int64_t cleared; /* diffs up to there are not to be had any more */
    int64_t newest;  /* moment of a baseline that was applied; until it is reached, values may be set once more */
    struct fetch fetches[FETCHES];
    int64_t hold;    /* the latest, while it lasts; 0: none */
    size_t in_step, caught_up, baselines; /* how often */
};

static aw_error err;

static size_t below(struct world *w, size_t bound)
{
    return random_below(&w->random, bound);
}

/* ---- the publisher ---- */

static json_t *now(const struct world *w)
{
    return w->changes[w->published].after;
}

/* Takes both references. */
static void publish(struct world *w, json_t *data, json_t *after)
{
    assert_true(w->published < CHANGES_MAX && data && after);
    w->published++;
    w->changes[w->published] = (struct change){data, after};
}

static json_t *scalar(struct world *w)
{
    return below(w, 4) ? json_integer((json_int_t)below(w, 1000)) : json_string("text");
}

static const char *member(struct world *w)
{
    static const char *const names[] = {"x", "y", "z", "value"};

    return names[below(w, 4)];
}

static json_t *value(struct world *w, int depth)
{
    json_t *object;

    if (depth == 0 || !below(w, 3))
        return scalar(w);
    object = json_object();
    for (size_t i = below(w, 4); i > 0; i--)
        json_object_set_new(object, member(w), value(w, depth - 1));
    return object;
}

static const char *property(struct world *w)
{
    static const char *const names[] = {"a", "b", "c"};

    return names[below(w, 3)];
}

static void set_whole(struct world *w)
{
    const char *name = property(w);
    json_t *after = json_deep_copy(now(w)), *new_value = value(w, 2);

    json_object_set_new(after, name, json_deep_copy(new_value));
    publish(w, json_pack("{s:o}", name, new_value), after);
}

static void delete_whole(struct world *w)
{
    const char *name = property(w);
    json_t *after = json_deep_copy(now(w));

    json_object_del(after, name);
    publish(w, json_pack("{s:s}", name, ""), after);
}

/* Inside of an object, where there is one. */
static void change_inside(struct world *w)
{
    const char *name = property(w), *part = member(w);
    json_t *after = json_deep_copy(now(w)), *object = json_object_get(after, name);
    json_t *new_value = below(w, 3) ? value(w, 1) : NULL;

    if (!json_is_object(object) || (!new_value && !json_object_get(object, part))) {
        json_decref(new_value);
        json_decref(after);
        return;
    }
    if (new_value)
        json_object_set(object, part, new_value);
    else
        json_object_del(object, part);
    json_t *told = w->reference ? json_pack("{s:o}", part, new_value ? json_deep_copy(new_value) : json_string(""))
                                : json_deep_copy(object);

    json_decref(new_value);
    publish(w, json_pack("{s:o}", name, told), after);
}

/* In the specification's shape, which says the length; *ret_told the shape of the reference's routes, where it has
 * one. */
static json_t *change_items(struct world *w, const char *name, json_t *items, json_t **ret_told)
{
    size_t length = json_array_size(items), at = length ? below(w, length) : 0;
    json_t *item = scalar(w), *told = NULL;

    switch (length ? below(w, 7) : below(w, 2)) {
    case 0:
        told = json_pack("{s:s, s:O, s:i}", "operation", "append", "item", item, "index", (int)length);
        *ret_told = json_pack("{s:s, s:i, s:O}", "action", "add", "index", (int)length, "value", item);
        json_array_append(items, item);
        break;
    case 1:
        told = json_pack("{s:s, s:[O,O]}", "operation", "extend", "items", item, item);
        json_array_append(items, item);
        json_array_append(items, item);
        break;
    case 2:
        told = json_pack("{s:s, s:i, s:O}", "operation", "insert", "index", (int)at, "item", item);
        json_array_insert(items, at, item);
        break;
    case 3:
        told = json_pack("{s:s, s:i, s:O}", "operation", "update", "index", (int)at, "item", item);
        *ret_told = json_pack("{s:i, s:O}", "index", (int)at, "value", item);
        json_array_set(items, at, item);
        break;
    case 4:
        told = json_pack("{s:s, s:i}", "operation", "delete", "index", (int)at);
        *ret_told = json_pack("{s:s, s:i}", "action", "delete", "index", (int)at);
        json_array_remove(items, at);
        break;
    case 5:
        told = json_pack("{s:s}", "operation", "clear");
        json_array_clear(items);
        break;
    case 6:
        told = json_pack("{s:s, s:i, s:O}", "operation", "update", "index", (int)at, "item", item);
        *ret_told = json_string("[Bulk update: 1 items updated, 0 items deleted]");
        json_array_set(items, at, item);
        break;
    }
    json_object_set_new(told, "list", json_string(name));
    json_object_set_new(told, "length", json_integer((json_int_t)json_array_size(items)));
    json_decref(item);
    return told;
}

static void change_list(struct world *w)
{
    const char *name = below(w, 2) ? "list" : "other";
    json_t *after = json_deep_copy(now(w)), *items = json_object_get(after, name), *shape = NULL;

    if (items && !below(w, 12)) {
        json_object_del(after, name);
        publish(w, json_pack("{s:s}", name, ""), after);
        return;
    }
    if (!items) {
        items = json_array();
        json_object_set_new(after, name, items);
    }
    json_t *told = change_items(w, name, items, &shape);

    if (w->reference && shape) {
        json_decref(told);
        told = json_incref(shape);
    }
    json_decref(shape);
    publish(w, json_pack("{s:o}", name, told), after);
}

static void change(struct world *w)
{
    void (*const kinds[])(struct world *) = {set_whole, change_inside, change_list, delete_whole};

    if (w->published < CHANGES_MAX)
        kinds[below(w, 10) ? below(w, 3) : 3](w);
}

/* What a GET of all gives. */
static json_t *baseline_of(json_t *state, bool *ret_lists)
{
    json_t *baseline = json_object(), *one;
    const char *name;

    *ret_lists = false;
    json_object_foreach(state, name, one) {
        *ret_lists = *ret_lists || json_is_array(one);
        json_object_set_new(baseline, name,
                            json_is_array(one) ? json_pack("{s:b, s:o}", "_list", 1, "items", json_deep_copy(one))
                                               : json_deep_copy(one));
    }
    return baseline;
}

/* ---- the subscriber ---- */

static aw__callback_standing standing(void)
{
    aw__callback_standing s;

    assert_int_equal(aw__callback_state(&t->site, t->actor_id, "bob", "sub", &s, &err), AW_OK);
    return s;
}

static void deliver(struct world *w, int64_t sequence)
{
    aw__callback callback = {.actor_id = t->actor_id, .peer_id = "bob", .subscription_id = "sub", .sequence = sequence,
                             .data = w->changes[sequence].data, .whole = !w->reference};
    int64_t before = standing().sequence;
    aw__callback_outcome outcome;

    assert_int_equal(aw__callback_receive(&t->site, &callback, &outcome, NULL, &err), AW_OK);
    int64_t after = standing().sequence;

    assert_true(after >= before && after <= w->published);
    assert_true(outcome != AW__CALLBACK_APPLIED || after > before);
    assert_true(outcome != AW__CALLBACK_DUPLICATE || after == before);
}

static json_t *diffs_of(const struct world *w)
{
    json_t *diffs = json_array();

    for (int64_t i = w->cleared + 1; i <= w->published; i++)
        json_array_append_new(diffs, json_pack("{s:I, s:O}", "sequence", (json_int_t)i, "data", w->changes[i].data));
    return diffs;
}

static void try_to_catch_up(struct world *w, struct fetch *fetch)
{
    json_t *diffs = diffs_of(w);
    aw__callback_settling done = AW__CALLBACK_OPEN;

    assert_int_equal(aw__callback_catch_up(&t->site, t->actor_id, "bob", "sub", fetch->hold, fetch->sequence, diffs,
                                           &done, &err),
                     AW_OK);
    json_decref(diffs);
    if (done) {
        fetch->stage = IDLE;
        w->hold = fetch->hold == w->hold ? 0 : w->hold;
        w->caught_up++;
    }
}

static void settle(struct world *w, struct fetch *fetch)
{
    aw__callback_settling done = AW__CALLBACK_OPEN;
    bool lists;
    json_t *baseline = baseline_of(w->changes[fetch->moment].after, &lists);

    assert_int_equal(
        aw__callback_resynced(&t->site, t->actor_id, "bob", "sub", fetch->hold,
                              &(aw__callback_baseline){.sequence = fetch->sequence,
                                                       .asked = true,
                                                       .exact = !lists || fetch->moment == fetch->sequence,
                                                       .data = baseline},
                              &done, &err),
        AW_OK);
    json_decref(baseline);
    fetch->stage = IDLE;
    /* When it was overtaken by a later one nothing happened. */
    assert_true(fetch->hold == w->hold || done);
    if (fetch->hold != w->hold)
        return;
    w->hold = 0;
    w->newest = fetch->moment;
    w->baselines++;
}

static void fetch_step(struct world *w, struct fetch *fetch)
{
    switch (fetch->stage) {
    case IDLE:
        assert_int_equal(aw__callback_hold(&t->site, t->actor_id, "bob", "sub", 0, &fetch->hold, &err), AW_OK);
        fetch->stage = HELD;
        w->hold = fetch->hold;
        break;
    case HELD:
        if (!below(w, 10)) {
            assert_int_equal(aw__callback_release(&t->site, t->actor_id, "bob", "sub", fetch->hold, &err), AW_OK);
            fetch->stage = IDLE;
            w->hold = fetch->hold == w->hold ? 0 : w->hold;
            break;
        }
        fetch->sequence = w->published;
        fetch->stage = TOLD;
        if (below(w, 2))
            try_to_catch_up(w, fetch);
        break;
    case TOLD:
        fetch->moment = w->published;
        fetch->stage = FETCHED;
        break;
    case FETCHED:
        settle(w, fetch);
        break;
    }
}

/* ---- that they agree ---- */

static json_t *all_kept(void)
{
    json_t *all = NULL;

    assert_int_equal(aw__remote_get(&t->site, t->actor_id, "bob", NULL, &all, &err), AW_OK);
    return all;
}

static void check(struct world *w)
{
    aw__callback_standing s = standing();

    if (s.needs_baseline || s.sequence < w->newest)
        return;
    json_t *kept_now = all_kept();

    if (!json_equal(kept_now, w->changes[s.sequence].after)) {
        char *is = json_dumps(kept_now, JSON_SORT_KEYS), *should = json_dumps(w->changes[s.sequence].after, JSON_SORT_KEYS);

        fail_msg("at %lld of %lld:\n  %s\ninstead of\n  %s", (long long)s.sequence, (long long)w->published, is, should);
    }
    json_decref(kept_now);
    w->in_step++;
}

static void step(struct world *w)
{
    int64_t last = standing().sequence, to = last + 1 + (int64_t)below(w, WINDOW);

    switch (below(w, 10)) {
    case 0: case 1: case 2: case 3:
        change(w);
        if (below(w, 6) && w->published)
            deliver(w, w->published);
        break;
    case 4: case 5: case 6:
        if (last < w->published)
            deliver(w, to > w->published || below(w, 2) ? last + 1 : to);
        break;
    case 7:
        if (w->published)
            deliver(w, 1 + (int64_t)below(w, (size_t)w->published));
        break;
    case 8:
        fetch_step(w, &w->fetches[0]);
        break;
    case 9:
        if (w->fetches[1].stage != IDLE || !below(w, 4))
            fetch_step(w, &w->fetches[1]);
        else if (!below(w, 4))
            w->cleared = w->published;
        break;
    }
}

/* Nothing changes any more, and the publisher goes on trying; whoever is out of step fetches. */
static void come_to_rest(struct world *w)
{
    for (size_t i = 0; i < FETCHES; i++)
        while (w->fetches[i].stage != IDLE)
            fetch_step(w, &w->fetches[i]);
    for (int tries = 0; standing().needs_baseline || standing().sequence < w->published; tries++) {
        assert_true(tries < 2 * CHANGES_MAX);
        if (standing().needs_baseline)
            do
                fetch_step(w, &w->fetches[0]);
            while (w->fetches[0].stage != IDLE);
        else
            deliver(w, standing().sequence + 1);
        check(w);
    }
    check(w);
    json_t *kept_now = all_kept();

    assert_true(json_equal(kept_now, now(w)));
    assert_int_equal(standing().oldest_pending_ms, -1);
    json_decref(kept_now);
}

static void run(struct world *w)
{
    w->changes[0].after = json_object();
    for (int i = 0; i < STEPS; i++) {
        step(w);
        check(w);
    }
    come_to_rest(w);
    for (int64_t i = 0; i <= w->published; i++) {
        json_decref(w->changes[i].data);
        json_decref(w->changes[i].after);
    }
}

static void test_any_network(void **state)
{
    random_source seeds = random_begin("test_callback_model");
    size_t in_step = 0, caught_up = 0, baselines = 0;

    (void)state;
    for (int i = 0; i < RUNS; i++) {
        struct world *w = calloc(1, sizeof(*w));

        w->random.state = random_next(&seeds);
        w->reference = i % 2;
        outbound("sub", NULL, NULL);
        run(w);
        assert_int_equal(aw__subscription_remove(&t->site, t->actor_id, "bob", "sub", 1, true, NULL, &err), AW_OK);
        in_step += w->in_step;
        caught_up += w->caught_up;
        baselines += w->baselines;
        free(w);
    }
    printf("in step %zu times, %zu gaps closed by diffs, %zu baselines\n", in_step, caught_up, baselines);
    assert_true(in_step > RUNS && caught_up > 0 && baselines > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_any_network, pair_set_up_trusting, pair_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
