/*
 * Delivery of callbacks: order, peers that are slow, what waits, restarts. Peers that fail are in
 * test_delivery_failures.c.
 */
#include "flow/delivering.h"

#include <pthread.h>

#include "actor/diff.h"

/* ---- both kinds ---- */

static void test_in_order_one_at_a_time(void **state)
{
    enum { COUNT = 20 };
    int64_t got[COUNT + 1];

    (void)state;
    test_id id = inbound("bob", NULL, NULL, "high");

    callbacks_answer(204, 0, 10, NULL);
    for (int i = 1; i <= COUNT; i++)
        change(i);
    assert_true(bob_hears("POST", NULL, COUNT));
    assert_int_equal(sequences_at(bob, id.text, got, COUNT + 1), COUNT);
    for (int i = 0; i < COUNT; i++)
        assert_int_equal(got[i], i + 1);
    assert_int_equal(aw_fake_peer_connections(bob), 1);
    assert_true(outbox_empties());
    assert_int_equal(diff_count(id.text), COUNT);
}

static void test_peers_do_not_wait_for_each_other(void **state)
{
    (void)state;
    inbound("bob", NULL, NULL, "high");
    inbound("carol", NULL, NULL, "high");
    bob_fails("POST", "/callbacks", AW_FAKE_HANG);
    for (int i = 1; i <= 10; i++)
        change(i);
    assert_true(carol_hears(10));
    assert_true(bob_hears("POST", NULL, 1));
    assert_int_equal(bob_heard("POST", NULL), 1);
}

static void test_subscriptions_of_one_peer_are_independent(void **state)
{
    char path[160];

    (void)state;
    test_id slow = part("bob", 0, "high");
    test_id quick = part("bob", 1, "high");

    snprintf(path, sizeof(path), "/callbacks/subscriptions/%s/%s", t->actor_id, slow.text);
    bob_fails("POST", path, AW_FAKE_HANG);
    for (int i = 1; i <= 5; i++)
        change(i);
    snprintf(path, sizeof(path), "/callbacks/subscriptions/%s/%s", t->actor_id, quick.text);
    assert_true(bob_hears("POST", path, 5));
}

static void test_many_subscriptions_at_once(void **state)
{
    enum { COUNT = 200 };

    (void)state;
    for (int i = 0; i < COUNT / 2; i++) {
        part("bob", i, "high");
        part("carol", i, "low");
    }
    for (int i = 1; i <= 3; i++)
        change(i);
    assert_true(bob_hears("POST", NULL, 3 * COUNT / 2));
    assert_true(carol_hears(3 * COUNT / 2));
    assert_true(outbox_empties());
}

static void *write_some(void *arg)
{
    const char *name = arg;

    for (int i = 0; i < 25; i++)
        set_property(name, i % 2 ? "1" : "2");
    return NULL;
}

/* Transactions that commit together tell of it from their own threads, in any order. */
static void test_writers_at_the_same_time(void **state)
{
    enum { WRITERS = 4, COUNT = WRITERS * 25 };
    char names[WRITERS][8];
    pthread_t threads[WRITERS];
    int64_t got[COUNT + 20];
    bool seen[COUNT + 1] = {false};

    (void)state;
    test_id id = inbound("bob", NULL, NULL, "high");

    for (int i = 0; i < WRITERS; i++) {
        snprintf(names[i], sizeof(names[i]), "n%d", i);
        assert_int_equal(pthread_create(&threads[i], NULL, write_some, names[i]), 0);
    }
    for (int i = 0; i < WRITERS; i++)
        pthread_join(threads[i], NULL);
    assert_true(bob_hears("POST", NULL, COUNT));
    assert_true(outbox_empties());
    size_t count = sequences_at(bob, id.text, got, COUNT + 20);

    assert_in_range(count, COUNT, COUNT + 20);
    for (size_t i = 0; i < count; i++) {
        assert_in_range(got[i], 1, COUNT);
        seen[got[i]] = true;
    }
    for (int i = 1; i <= COUNT; i++)
        assert_true(seen[i]);
}

static void test_closing_with_callbacks_under_way(void **state)
{
    (void)state;
    for (int i = 0; i < 20; i++)
        part("bob", i, "high");
    bob_fails("POST", "/callbacks", AW_FAKE_HANG);
    change(1);
    assert_true(bob_hears("POST", NULL, 20));
    change(2);
    uint64_t begin = aw__now_ms();

    aw__delivery_close(&t->site);
    assert_true(aw__now_ms() - begin < 5000);
    assert_null(t->site.delivery);
    change(3); /* nobody delivers, and nobody minds */
    aw__delivery_wake(&t->site, t->actor_id, "bob");
    aw__delivery_close(&t->site);
}

/* ---- once ---- */

static void test_once_is_one_try(void **state)
{
    int64_t got[4];

    (void)state;
    test_id id = inbound("bob", NULL, NULL, "high");

    callbacks_answer(503, 1, 0, NULL);
    change(1);
    assert_true(bob_hears("POST", NULL, 1));
    change(2);
    assert_true(bob_hears("POST", NULL, 2));
    usleep(200000);
    assert_int_equal(sequences_at(bob, id.text, got, 4), 2);
    assert_int_equal(got[1], 2);
    assert_int_equal(diff_count(id.text), 2); /* for polling */
    assert_int_equal(outbox_count(), 0);
}

static void test_once_leaves_nothing_for_the_next_start(void **state)
{
    (void)state;
    inbound("bob", NULL, NULL, "high");
    bob_fails("POST", "/callbacks", AW_FAKE_RESET);
    change(1);
    assert_true(bob_hears("POST", NULL, 1));
    usleep(300000);
    aw_fake_peer_reset_rules(bob);
    reopen();
    usleep(100000);
    assert_int_equal(bob_heard("POST", NULL), 1);
}

/* ---- durable ---- */

static void test_across_a_restart(void **state)
{
    int64_t got[8];

    (void)state;
    test_id id = inbound("bob", NULL, NULL, "high");

    aw_fake_peer_refuse(bob);
    for (int i = 1; i <= 4; i++)
        change(i);
    aw__delivery_close(&t->site);
    assert_int_equal(outbox_count(), 4);
    change(5); /* while nobody delivers */
    assert_int_equal(aw_fake_peer_accept(bob), 0);
    assert_int_equal(aw__delivery_open(&t->site, &err), AW_OK);
    assert_true(bob_hears("POST", NULL, 5));
    assert_true(outbox_empties());
    assert_int_equal(sequences_at(bob, id.text, got, 8), 5);
    for (int i = 0; i < 5; i++)
        assert_int_equal(got[i], i + 1);
}

static int fill_outbox(aw_database *database, void *arg, aw_error *error)
{
    const test_id *ids = arg;
    int rc = AW_OK;
    bool ours;

    for (int i = 0; i < 3; i++) {
        aw__outbox_queue queue = {t->actor_id, "bob", ids[i].text};

        rc = rc ? rc : aw__outbox_queues_claim(database, &queue, "", &ours, error);
        for (int64_t n = 1; n <= 400 && rc == AW_OK; n++) {
            aw__outbox_row row = {t->actor_id, "bob", ids[i].text, n, 0};
            aw__diff_row diff = {n, "2026-11-22 01:25:30.835806", "{\"n\":1}"};

            rc = aw__outbox_insert(database, &row, error);
            if (rc == AW_OK)
                rc = aw__diffs_insert(database, t->actor_id, ids[i].text, &diff, error);
        }
    }
    return rc;
}

/* More diffs than stay: none goes before its subscriber has been told, and none of the old ones stays after it. */
static void test_a_subscriber_that_is_behind(void **state)
{
    enum { COUNT = 1010, STAY = 1000 };

    (void)state;
    test_id id = inbound("bob", NULL, NULL, "high");

    callbacks_answer(503, 1, 0, NULL);
    for (int i = 1; i <= COUNT; i++)
        change(i);
    callbacks_answer(204, 0, 0, NULL);
    assert_true(outbox_empties());
    assert_true(bob_heard("POST", NULL) >= COUNT);
    assert_int_equal(diff_count(id.text), STAY);
}

/* More than one page of the outbox. */
static void test_a_long_outbox(void **state)
{
    test_id ids[3];
    int64_t got[400];

    (void)state;
    aw__delivery_close(&t->site);
    for (int i = 0; i < 3; i++)
        ids[i] = inbound("bob", NULL, NULL, "high");
    assert_int_equal(aw__store_write(t->site.store, fill_outbox, ids, &err), AW_OK);
    assert_int_equal(aw__delivery_open(&t->site, &err), AW_OK);
    assert_true(bob_hears("POST", NULL, 1200));
    assert_true(outbox_empties());
    for (int i = 0; i < 3; i++) {
        assert_int_equal(sequences_at(bob, ids[i].text, got, 400), 400);
        for (int n = 0; n < 400; n++)
            assert_int_equal(got[n], n + 1);
    }
}

static void test_what_is_cleared_is_not_delivered(void **state)
{
    int64_t got[8];

    (void)state;
    test_id id = inbound("bob", NULL, NULL, "high");

    aw_fake_peer_refuse(bob);
    for (int i = 1; i <= 5; i++)
        change(i);
    assert_int_equal(aw__subscription_clear(&t->site, t->actor_id, "bob", id.text, 3, &err), AW_OK);
    assert_int_equal(aw_fake_peer_accept(bob), 0);
    assert_true(outbox_empties());
    size_t count = sequences_at(bob, id.text, got, 8);

    /* The first may have been under way when it was cleared. */
    assert_true(count == 2 || (count == 3 && got[0] == 1));
    assert_int_equal(got[count - 2], 4);
    assert_int_equal(got[count - 1], 5);
}

static int append_diff(aw_database *database, void *arg, aw_error *error)
{
    const test_id *id = arg;
    json_t *data = json_pack("{si}", "n", 2);
    int rc = aw__diff_append(&t->site, database, t->actor_id, "bob", id->text, data, NULL, NULL, error);

    json_decref(data);
    return rc;
}

/* A diff that the application makes and sends itself is not one after which what is a thousand behind has been sent. */
static void test_a_diff_of_the_application_leaves_what_waits(void **state)
{
    (void)state;
    test_id id = inbound("bob", NULL, NULL, "high");

    aw_fake_peer_refuse(bob);
    change(1);
    test_place_execute(&t->place, "UPDATE subscriptions SET seqnr = 1000");
    assert_int_equal(aw__store_write(t->site.store, append_diff, &id, &err), AW_OK);
    assert_int_equal(sequence_of("bob", id.text), 1001);
    assert_string_equal(diff_of(id.text, 1), "{\"n\":1}");
    assert_int_equal(aw_fake_peer_accept(bob), 0);
    assert_true(bob_hears("POST", NULL, 1));
    assert_true(outbox_empties());
}

static void test_a_subscription_that_ends(void **state)
{
    (void)state;
    test_id id = part("bob", 0, "high");
    test_id other = part("bob", 1, "high");
    char path[160];

    aw_fake_peer_refuse(bob);
    for (int i = 1; i <= 5; i++)
        change(i);
    assert_int_equal(aw__subscription_remove(&t->site, t->actor_id, "bob", id.text, 0, false, NULL, &err), AW_OK);
    assert_int_equal(aw_fake_peer_accept(bob), 0);
    snprintf(path, sizeof(path), "/callbacks/subscriptions/%s/%s", t->actor_id, other.text);
    assert_true(bob_hears("POST", path, 5));
    assert_true(outbox_empties());
    assert_in_range(bob_heard("POST", NULL), 5, 6); /* its first may have been under way */
}

/* Out of memory the notice is lost, but not the row; it is found there though nothing follows. */
static void test_notices_that_are_lost(void **state)
{
    (void)state;
    inbound("bob", NULL, NULL, "high");
    void (*notify)(aw__site *site, const aw__notice *notices, size_t count) = t->site.notify;

    t->site.notify = NULL;
    change(1);
    t->site.notify = notify;
    aw__alloc_fail_at(1, true);
    notify(&t->site, NULL, 0);
    aw__alloc_fail_at(0, false);
    assert_true(bob_hears("POST", NULL, 1));
    change(2);
    assert_true(bob_hears("POST", NULL, 2));
    assert_true(outbox_empties());
}

/* What bob can do is asked when it is first of use, and nothing waits for it. */
static void test_compressed_from_the_second_on(void **state)
{
    char json[4003];

    (void)state;
    inbound("bob", NULL, NULL, "high");
    memset(json, 'x', sizeof(json));
    json[0] = json[sizeof(json) - 2] = '"';
    json[sizeof(json) - 1] = '\0';
    bob_answers("GET", "/meta/actingweb/supported", 200, "callbackcompression");
    set_property("n", "1");
    assert_true(bob_hears("POST", NULL, 1));
    assert_int_equal(bob_heard("GET", NULL), 0);
    set_property("n", json);
    assert_true(bob_hears("POST", NULL, 2));
    for (int i = 3; i < 200; i++) {
        set_property("n", json);
        assert_true(bob_hears("POST", NULL, (size_t)i));
        aw_fake_peer_request request = bob_heard_request("POST", "/callbacks", (size_t)i - 1);

        if (request_has(&request, "Content-Encoding: gzip"))
            break;
        usleep(20000);
        assert_true(i < 199);
    }
    assert_int_equal(bob_heard("GET", NULL), 2);
    assert_true(outbox_empties());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOTH(test_in_order_one_at_a_time),
        BOTH(test_compressed_from_the_second_on),
        BOTH(test_peers_do_not_wait_for_each_other),
        BOTH(test_subscriptions_of_one_peer_are_independent),
        BOTH(test_many_subscriptions_at_once),
        BOTH(test_writers_at_the_same_time),
        BOTH(test_closing_with_callbacks_under_way),
        ONCE(test_once_is_one_try),
        ONCE(test_once_leaves_nothing_for_the_next_start),
        DURABLE(test_across_a_restart),
        DURABLE(test_a_subscriber_that_is_behind),
        DURABLE(test_a_long_outbox),
        DURABLE(test_what_is_cleared_is_not_delivered),
        DURABLE(test_a_diff_of_the_application_leaves_what_waits),
        DURABLE(test_a_subscription_that_ends),
        DURABLE(test_notices_that_are_lost),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
