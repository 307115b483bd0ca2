/*
 * Sixteen writers change one list while readers read it: no item is lost or there twice, each reader sees what one
 * moment had, and items keep their order from one moment to the next.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "support/lists.h"
#include "support/random.h"

enum { WRITERS = 16, READERS = 4, STEPS = 60, ITEMS = 2 * STEPS, MOST = WRITERS * ITEMS };

/* An item is [writer, number, partner, version]: its id is writer * ITEMS + number; partner is the number of the one
 * that came in the same transaction, or -1. */
struct mine {
    bool there;
    int version;
    char handle[200]; /* "" when it was not told */
};

struct writer {
    int number;
    random_source source;
    struct mine items[ITEMS];
    int made;
    int failures;
};

static struct writer writers[WRITERS];
static atomic_int running;
static atomic_int reader_failures;
static atomic_int snapshots;

/* ---- writing; cmocka's assertions are for the main thread ---- */

static int run(aw__list_change *change, char handle[200])
{
    aw__arena *arena = aw__arena_new();
    aw_error err = {0};
    int rc = arena ? aw__list_change_run(&t->site, arena, t->actor_id, change, NULL, &err) : AW_E_NOMEM;

    if (rc)
        fprintf(stderr, "operation %d: %s\n", change->operation, err.message);
    if (rc == AW_OK && handle)
        snprintf(handle, 200, "%s", change->handle ? change->handle : "");
    aw__arena_free(arena);
    return rc;
}

static json_t *item_of(const struct writer *w, int number, int partner)
{
    return json_pack("[i,i,i,i]", w->number, number, partner, w->items[number].version);
}

static int make_one(struct writer *w, aw__list_operation operation)
{
    int number = w->made++;
    aw__list_change change = {.operation = operation, .name = "notes", .item = item_of(w, number, -1)};

    /* Others change the length meanwhile, and the first place is always there. */
    int rc = run(&change, w->items[number].handle);

    w->items[number].there = true;
    json_decref(change.item);
    return rc;
}

static int make_two(struct writer *w)
{
    int number = w->made;
    aw__list_change change = {.operation = AW__LIST_EXTEND,
                              .name = "notes",
                              .items = json_pack("[o,o]", item_of(w, number, number + 1),
                                                 item_of(w, number + 1, number))};
    int rc = run(&change, NULL);

    w->made += 2;
    w->items[number].there = w->items[number + 1].there = true;
    json_decref(change.items);
    return rc;
}

/* One of its own that it has a handle of; NULL: none. */
static struct mine *any_of(struct writer *w, int *ret_number)
{
    size_t first = w->made ? random_below(&w->source, (size_t)w->made) : 0;

    for (int i = 0; i < w->made; i++) {
        int number = (int)((first + (size_t)i) % (size_t)w->made);

        if (w->items[number].there && *w->items[number].handle) {
            *ret_number = number;
            return &w->items[number];
        }
    }
    return NULL;
}

static int change_one(struct writer *w)
{
    int number = 0;
    struct mine *mine = any_of(w, &number);

    if (!mine)
        return make_one(w, AW__LIST_ADD);
    mine->version++;
    aw__list_change change = {.operation = AW__LIST_SET,
                              .name = "notes",
                              .place.handle = mine->handle,
                              .item = item_of(w, number, -1)};
    int rc = run(&change, NULL);

    json_decref(change.item);
    return rc;
}

static int remove_one(struct writer *w)
{
    int number = 0;
    struct mine *mine = any_of(w, &number);

    if (!mine)
        return make_one(w, AW__LIST_INSERT);
    mine->there = false;
    return run(&(aw__list_change){.operation = AW__LIST_REMOVE, .name = "notes", .place.handle = mine->handle}, NULL);
}

static void *write_all(void *arg)
{
    struct writer *w = arg;

    for (int step = 0; step < STEPS; step++) {
        int rc;

        switch (random_below(&w->source, 6)) {
        case 0:
            rc = make_one(w, AW__LIST_ADD);
            break;
        case 1:
            rc = make_one(w, AW__LIST_INSERT);
            break;
        case 2:
            rc = make_two(w);
            break;
        case 3:
        case 4:
            rc = change_one(w);
            break;
        default:
            rc = remove_one(w);
            break;
        }
        w->failures += rc != AW_OK;
    }
    atomic_fetch_sub(&running, 1);
    return NULL;
}

/* ---- reading ---- */

/* Where each item stood, -1 when it was not there, and its version. */
struct view {
    int at[MOST];
    int version[MOST];
};

static int fault(const char *what)
{
    fprintf(stderr, "a reader saw that %s\n", what);
    return 1;
}

static int look_at(json_t *item, int at, struct view *view)
{
    int writer, number, partner, version;

    if (json_unpack(item, "[i,i,i,i]", &writer, &number, &partner, &version))
        return fault("an item is none");
    int id = writer * ITEMS + number;

    if (view->at[id] >= 0)
        return fault("an item is there twice");
    view->at[id] = at;
    view->version[id] = version;
    return 0;
}

static int check_partners(const json_t *items, const struct view *view)
{
    size_t i;
    json_t *item;

    json_array_foreach(items, i, item) {
        int writer = (int)json_integer_value(json_array_get(item, 0));
        int partner = (int)json_integer_value(json_array_get(item, 2));

        if (partner >= 0 && view->at[writer * ITEMS + partner] < 0)
            return fault("half of a transaction is there");
    }
    return 0;
}

/* Of those that were there before, the order is the same, and no change was taken back. */
static int check_order(const struct view *before, const struct view *now)
{
    static const int nowhere = -1;
    int by_place[MOST], last = nowhere;

    memset(by_place, -1, sizeof(by_place));
    for (int id = 0; id < MOST; id++)
        if (before->at[id] >= 0)
            by_place[before->at[id]] = id;
    for (int place = 0; place < MOST; place++) {
        int id = by_place[place];

        if (id < 0 || now->at[id] < 0)
            continue;
        if (now->at[id] <= last)
            return fault("items changed places");
        if (now->version[id] < before->version[id])
            return fault("a change was taken back");
        last = now->at[id];
    }
    return 0;
}

static int read_view(struct view *view)
{
    json_t *items = NULL, *item;
    aw_error err = {0};
    size_t i;
    int faults = 0;

    memset(view->at, -1, sizeof(view->at));
    if (aw__list_get_items(&t->site, (aw__list_source){.actor_id = t->actor_id, .name = "notes"}, &items, &err))
        return fault(err.message);
    json_array_foreach(items, i, item)
        faults += look_at(item, (int)i, view);
    faults += check_partners(items, view);
    json_decref(items);
    atomic_fetch_add(&snapshots, 1);
    return faults;
}

static void *read_all(void *arg)
{
    struct view *views = calloc(2, sizeof(*views));
    size_t turn = 0;

    (void)arg;
    if (!views)
        return NULL;
    memset(views[1].at, -1, sizeof(views[1].at));
    while (atomic_load(&running)) {
        int faults = read_view(&views[turn % 2]);

        faults += check_order(&views[(turn + 1) % 2], &views[turn % 2]);
        atomic_fetch_add(&reader_failures, faults);
        turn++;
    }
    free(views);
    return NULL;
}

/* ---- the end of it ---- */

static void assert_nothing_is_lost(void)
{
    struct view *view = malloc(sizeof(*view));
    int64_t expected = 0;

    assert_non_null(view);
    assert_int_equal(read_view(view), 0);
    for (int w = 0; w < WRITERS; w++)
        for (int n = 0; n < writers[w].made; n++) {
            int id = w * ITEMS + n;

            assert_int_equal(view->at[id] >= 0, writers[w].items[n].there);
            if (view->at[id] >= 0)
                assert_int_equal(view->version[id], writers[w].items[n].version);
            expected += writers[w].items[n].there;
        }
    assert_int_equal(list_count("notes"), expected);
    free(view);
}

static void test_sixteen_writers_and_readers(void **state)
{
    random_source source = random_begin("sixteen writers of one list");
    pthread_t threads[WRITERS + READERS];

    (void)state;
    list_create("notes");
    atomic_store(&running, WRITERS);
    for (int i = 0; i < WRITERS; i++) {
        writers[i].number = i;
        writers[i].source.state = random_next(&source);
        assert_int_equal(pthread_create(&threads[i], NULL, write_all, &writers[i]), 0);
    }
    for (int i = 0; i < READERS; i++)
        assert_int_equal(pthread_create(&threads[WRITERS + i], NULL, read_all, NULL), 0);
    for (int i = 0; i < WRITERS + READERS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    for (int i = 0; i < WRITERS; i++)
        assert_int_equal(writers[i].failures, 0);
    assert_int_equal(atomic_load(&reader_failures), 0);
    assert_true(atomic_load(&snapshots) > 0);
    assert_nothing_is_lost();
}

/* All remove the first item at once: each goes once, and those who come too late are told so. */
static atomic_int removed, too_late;

static void *remove_first(void *arg)
{
    (void)arg;
    for (int i = 0; i < STEPS; i++) {
        aw__list_change change = {.operation = AW__LIST_REMOVE, .name = "notes"};
        aw__arena *arena = aw__arena_new();
        aw_error err = {0};
        int rc = aw__list_change_run(&t->site, arena, t->actor_id, &change, NULL, &err);

        atomic_fetch_add(rc == AW_OK ? &removed : &too_late, 1);
        aw__arena_free(arena);
    }
    return NULL;
}

static void test_sixteen_remove_the_first(void **state)
{
    enum { THERE = WRITERS * STEPS - 100 };
    pthread_t threads[WRITERS];
    json_t *items = json_array();

    (void)state;
    list_create("notes");
    for (int i = 0; i < THERE; i++)
        json_array_append_new(items, json_integer(i));
    assert_int_equal(list_run(t, &(aw__list_change){.operation = AW__LIST_EXTEND, .name = "notes", .items = items}),
                     AW_OK);
    json_decref(items);
    for (int i = 0; i < WRITERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, remove_first, NULL), 0);
    for (int i = 0; i < WRITERS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_int_equal(atomic_load(&removed), THERE);
    assert_int_equal(atomic_load(&too_late), 100);
    assert_string_equal(list_items("notes"), "[]");
}

#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, pair_set_up, pair_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(sixteen_writers_and_readers),
        TEST(sixteen_remove_the_first),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
