/*
 * Taking queues of the outbox: what was stored comes in its order, whatever the loop is told of meanwhile.
 */
#include "flow/sharing.h"

#include "flow/delivery_queue.h"
#include "flow/takeover.h"
#include "store/servers.h"

enum { LONG_LEASE_MS = 60000, RENEWED = 0xbeef };

/* ---- wrapped: what happens between the end of a transaction that took queues, and when the loop hears of it ---- */

struct write {
    aw__store_fn *fn;
    void *arg;
    bool has_taken;
};

static void (*_Atomic after_taking)(void); /* called once */
static atomic_int writes_begun;
static _Thread_local struct write *running; /* by this thread: with SQLite the writer runs what others wrote */

int __real_aw__outbox_queues_take(aw_database *database, aw__arena *arena, const char *owner, int queue_limit,
                                  int due_limit, aw__outbox_taking *ret_taking, aw_error *error);
int __wrap_aw__outbox_queues_take(aw_database *database, aw__arena *arena, const char *owner, int queue_limit,
                                  int due_limit, aw__outbox_taking *ret_taking, aw_error *error);

int __wrap_aw__outbox_queues_take(aw_database *database, aw__arena *arena, const char *owner, int queue_limit,
                                  int due_limit, aw__outbox_taking *ret_taking, aw_error *error)
{
    int rc = __real_aw__outbox_queues_take(database, arena, owner, queue_limit, due_limit, ret_taking, error);

    running->has_taken = rc == AW_OK && ret_taking->queue_count > 0;
    return rc;
}

static int run(aw_database *database, void *arg, aw_error *error)
{
    struct write *before = running;

    running = arg;
    int rc = running->fn(database, running->arg, error);

    running = before;
    return rc;
}

int __real_aw__store_write(aw__store *store, aw__store_fn *fn, void *arg, aw_error *error);
int __wrap_aw__store_write(aw__store *store, aw__store_fn *fn, void *arg, aw_error *error);

int __wrap_aw__store_write(aw__store *store, aw__store_fn *fn, void *arg, aw_error *error)
{
    struct write write = {fn, arg, false};

    atomic_fetch_add(&writes_begun, 1);
    int rc = __real_aw__store_write(store, run, &write, error);
    void (*then)(void) = rc == AW_OK && write.has_taken ? atomic_exchange(&after_taking, NULL) : NULL;

    if (then)
        then();
    return rc;
}

static atomic_ullong doubts;

uint64_t __wrap_aw__store_doubts(const aw__store *store);

uint64_t __wrap_aw__store_doubts(const aw__store *store)
{
    (void)store;
    return atomic_load(&doubts);
}

/* ---- what the loop is told of bob's queue at one moment ---- */

struct moment {
    aw__post post;
    const char *subscription_id;
    bool renewed; /* this server has another id */
    bool taken;   /* the queue; with: */
    int64_t due;  /* 0: with nothing */
    int64_t told; /* 0: of nothing */
    bool told_before;
    atomic_int over;
};

static void be_told(const struct moment *moment)
{
    if (moment->told)
        aw__queue_add(here->site.delivery, here->actor_id, "bob", moment->subscription_id, moment->told, true);
}

static void live_through(void *arg)
{
    struct moment *moment = arg;
    aw__delivery *delivery = here->site.delivery;
    aw__outbox_queue queue = {here->actor_id, "bob", moment->subscription_id};
    aw__outbox_due due = {queue, moment->due};

    if (moment->renewed) {
        atomic_store(&here->site.server, RENEWED);
        aw__queues_forget(delivery);
    }
    if (moment->told_before)
        be_told(moment);
    if (moment->taken)
        aw__queue_take(delivery, &queue, &due, moment->due ? 1 : 0);
    if (!moment->told_before)
        be_told(moment);
    atomic_store(&moment->over, 1);
}

static void post(struct moment *moment)
{
    aw__runtime_post(here->site.runtime, &moment->post, live_through, moment);
}

static bool exceeds(atomic_int *count, int value)
{
    uint64_t end = aw__now_ms() + 10000;

    while (atomic_load(count) <= value && aw__now_ms() < end)
        usleep(1000);
    return atomic_load(count) > value;
}

static void own(uint64_t server)
{
    char owner[AW__SERVER_ID_BYTES], sql[96];

    aw__server_id(server, owner);
    snprintf(sql, sizeof(sql), "UPDATE outbox_queues SET owner = '%s'", owner);
    execute(sql);
}

/* When it has begun, the next beat is long in coming. */
static void open_with_beat(void)
{
    here->site.config.lease_ms = LONG_LEASE_MS;
    assert_int_equal(aw__delivery_open(&here->site, &err), AW_OK);
    assert_true(becomes("SELECT beat FROM servers WHERE server_id <> '000000000000dead'", 1));
}

/* Here, the queue of somebody who has died is taken, with the first to the last stored in it. */
static void open_and_own(int first, int last)
{
    die_having_stored(first, last);
    open_with_beat();
    own(atomic_load(&here->site.server));
}

/* ---- what comes first ---- */

/* Of many queues that are taken at once only the beginning is read. */
static void test_told_of_before_it_is_taken(void **state)
{
    (void)state;
    test_id id = inbound("bob", NULL, NULL, "low");
    struct moment moment = {.subscription_id = id.text, .told = 4, .told_before = true, .taken = true};

    open_and_own(1, 4);
    post(&moment);
    assert_true(outbox_empties());
    assert_sequences(id.text, 4);
}

static void test_under_way_when_it_is_taken(void **state)
{
    static const int64_t expected[] = {3, 1, 2, 4};
    int64_t got[8];

    (void)state;
    test_id id = inbound("bob", NULL, NULL, "low");
    struct moment first = {.subscription_id = id.text, .told = 3};
    struct moment then = {.subscription_id = id.text, .told = 4, .told_before = true, .taken = true, .due = 1};

    open_and_own(1, 4);
    callbacks_answer(204, 1, 1500, NULL);
    post(&first);
    assert_true(bob_hears("POST", NULL, 1));
    callbacks_answer(204, 0, 0, NULL);
    post(&then);
    assert_true(outbox_empties());
    assert_int_equal(sequences_at(bob, id.text, got, 8), 4);
    assert_memory_equal(got, expected, sizeof(expected));
}

static struct moment while_taking;

static void tell_and_dawdle(void)
{
    post(&while_taking);
    usleep(100000);
}

static void test_told_of_while_it_is_taken(void **state)
{
    (void)state;
    test_id id = inbound("bob", NULL, NULL, "low");

    while_taking.subscription_id = id.text;
    while_taking.told = 4;
    die_having_stored(1, 4);
    execute("DELETE FROM servers");
    atomic_store(&after_taking, tell_and_dawdle);
    assert_int_equal(aw__delivery_open(&here->site, &err), AW_OK);
    assert_true(outbox_empties());
    assert_true(atomic_load(&while_taking.over));
    assert_sequences(id.text, 4);
}

/* It begins anew while its outbox is being asked what is left: that it has nothing more is true of its old id only. */
static void test_asked_under_an_id_that_is_no_more(void **state)
{
    (void)state;
    test_id id = inbound("bob", NULL, NULL, "low");
    struct moment before = {.subscription_id = id.text, .taken = true, .due = 1};
    struct moment anew = {.subscription_id = id.text, .renewed = true, .taken = true, .told = 4};

    open_and_own(1, 4);
    own(RENEWED);
    aw_database *held = test_place_hold(&here->place);
    int begun = atomic_load(&writes_begun);

    post(&before);
    assert_true(exceeds(&writes_begun, begun)); /* it asks what is left, after the first one */
    post(&anew);
    assert_true(exceeds(&anew.over, 0));
    assert_int_equal(bob_heard("POST", NULL), 1);
    test_place_let_go(held);
    assert_true(outbox_empties());
    assert_sequences(id.text, 4);
}

/* ---- what nobody was told of ---- */

/* The queue is this server's, and this server does not know of it. */
static void test_a_commit_in_doubt(void **state)
{
    (void)state;
    test_id id = inbound("bob", NULL, NULL, "low");

    assert_int_equal(aw__delivery_open(&here->site, &err), AW_OK);
    void (*notify)(aw__site *site, const aw__notice *notices, size_t count) = here->site.notify;

    here->site.notify = NULL;
    for (int i = 1; i <= 3; i++)
        change(i);
    here->site.notify = notify;
    usleep(3 * LEASE_MS / 5 * 1000); /* two beats, and more */
    assert_int_equal(aw_fake_peer_count(bob), 0);
    atomic_fetch_add(&doubts, 1);
    assert_true(outbox_empties());
    assert_sequences(id.text, 3);
    assert_true(becomes("SELECT count(*) FROM outbox_queues", 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TWO(test_told_of_before_it_is_taken),
        TWO(test_under_way_when_it_is_taken),
        TWO(test_told_of_while_it_is_taken),
        TWO(test_asked_under_an_id_that_is_no_more),
        TWO(test_a_commit_in_doubt),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
