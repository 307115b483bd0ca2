/*
 * Delivery of callbacks: order, peers that are slow or dead, retries, the breaker, restarts.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "actor/property.h"
#include "actor/subscription.h"
#include "actor/trust.h"
#include "base/clock.h"
#include "flow/delivery.h"
#include "store/outbox.h"
#include "support/subscribed.h"

static aw_error err;
static aw_fake_peer *carol;

static int set_up_with(void **state, aw_delivery delivery)
{
    char url[96];

    pair_set_up_trusting(state);
    carol = aw_fake_peer_new();
    snprintf(url, sizeof(url), "%scarol", aw_fake_peer_root(carol));
    test_site_add_trust(t, "carol", url);
    t->site.config.delivery = delivery;
    t->site.config.delivery_backoff_ms = 20;
    t->site.config.delivery_backoff_max_ms = 50;
    t->site.config.breaker_open_ms = 200;
    assert_int_equal(aw__delivery_open(&t->site, &err), AW_OK);
    return 0;
}

static int set_up_once(void **state)
{
    return set_up_with(state, AW_DELIVERY_ONCE);
}

static int set_up_durable(void **state)
{
    return set_up_with(state, AW_DELIVERY_DURABLE);
}

static int tear_down(void **state)
{
    aw__delivery_close(&t->site);
    aw_fake_peer_free(carol);
    return pair_tear_down(state);
}

static void reopen(void)
{
    aw__delivery_close(&t->site);
    assert_int_equal(aw__delivery_open(&t->site, &err), AW_OK);
}

static void change(int n)
{
    char json[32];

    snprintf(json, sizeof(json), "%d", n);
    set_property("n", json);
}

/* One of several subscriptions of a peer, each to another part of what changes: a peer is told of a change once. */
static test_id part(const char *peer_id, int i, const char *granularity)
{
    char name[16];

    snprintf(name, sizeof(name), "%d", i);
    return inbound(peer_id, "n", name, granularity);
}

static void callbacks_answer(int status, int times, int delay_ms, const char *headers)
{
    aw_fake_peer_rule(bob, AW_WITH(fake_peer_rule, .method = "POST", .path = "/bob/callbacks", .status = status,
                                   .times = times, .delay_ms = delay_ms, .headers = headers));
}

/* The sequences of the callbacks that a peer has had for a subscription, in order of arrival. */
static size_t sequences_at(aw_fake_peer *peer, const char *id, int64_t *out, size_t room)
{
    aw_fake_peer_request request;
    size_t count = 0;

    for (size_t i = 0; aw_fake_peer_get(peer, i, &request); i++) {
        if (strcmp(request.method, "POST") || (id && !strstr(request.path, id)))
            continue;
        json_t *body = json_loadb(request.body, request.body_bytes, 0, NULL);

        assert_non_null(body);
        if (count < room)
            out[count] = json_integer_value(json_object_get(body, "sequence"));
        count++;
        json_decref(body);
    }
    return count;
}

static bool outbox_empties(void)
{
    uint64_t end = aw__now_ms() + 10000;

    while (outbox_count() && aw__now_ms() < end)
        usleep(5000);
    return outbox_count() == 0;
}

static bool carol_hears(size_t count)
{
    return aw_fake_peer_wait_for(carol, "POST", NULL, count, 10000);
}

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

/* What comes while the peer wants to be spared waits here, and has its one try then. */
static void test_once_spares_who_asks_for_it(void **state)
{
    int64_t got[4];

    (void)state;
    test_id id = inbound("bob", NULL, NULL, "high");

    callbacks_answer(429, 1, 0, "Retry-After: 1\r\n");
    uint64_t begin = aw__now_ms();

    change(1);
    assert_true(bob_hears("POST", NULL, 1));
    usleep(100000);
    change(2);
    change(3);
    aw__delivery_wake(&t->site, t->actor_id, "bob");
    assert_true(bob_hears("POST", NULL, 3));
    assert_true(aw__now_ms() - begin >= 1000);
    assert_int_equal(sequences_at(bob, id.text, got, 4), 3);
    assert_int_equal(got[1], 2);
    assert_int_equal(got[2], 3);
}

static void test_once_leaves_nothing_for_the_next_start(void **state)
{
    (void)state;
    inbound("bob", NULL, NULL, "high");
    aw_fake_peer_refuse(bob);
    change(1);
    usleep(50000);
    assert_int_equal(aw_fake_peer_accept(bob), 0);
    reopen();
    usleep(100000);
    assert_int_equal(aw_fake_peer_count(bob), 0);
}

/* ---- durable ---- */

static void test_retried_until_accepted(void **state)
{
    int64_t got[8];

    (void)state;
    test_id id = inbound("bob", NULL, NULL, "high");

    callbacks_answer(503, 3, 0, NULL);
    change(1);
    change(2);
    assert_true(bob_hears("POST", NULL, 5));
    assert_true(outbox_empties());
    assert_int_equal(sequences_at(bob, id.text, got, 8), 5);
    assert_int_equal(got[0], 1);
    assert_int_equal(got[2], 1);
    assert_int_equal(got[3], 1);
    assert_int_equal(got[4], 2); /* not before the first was accepted */
}

static void test_a_peer_that_is_not_there(void **state)
{
    (void)state;
    inbound("bob", NULL, NULL, "high");
    aw_fake_peer_refuse(bob);
    change(1);
    usleep(100000);
    assert_int_equal(outbox_count(), 1);
    assert_int_equal(aw_fake_peer_accept(bob), 0);
    assert_true(bob_hears("POST", NULL, 1));
    assert_true(outbox_empties());
}

static void test_retry_after_is_honoured(void **state)
{
    (void)state;
    inbound("bob", NULL, NULL, "high");
    callbacks_answer(429, 1, 0, "Retry-After: 1\r\n");
    uint64_t begin = aw__now_ms();

    change(1);
    assert_true(bob_hears("POST", NULL, 1));
    usleep(100000);
    aw__delivery_wake(&t->site, t->actor_id, "bob"); /* it asked for patience itself */
    assert_true(bob_hears("POST", NULL, 2));
    assert_true(aw__now_ms() - begin >= 1000);
    assert_true(outbox_empties());
}

/* 503 is said of the whole peer. */
static void test_unavailable_means_all_of_it(void **state)
{
    (void)state;
    inbound("bob", "n", NULL, "high");
    inbound("bob", "other", NULL, "high");
    callbacks_answer(503, 1, 0, "Retry-After: 1\r\n");
    uint64_t begin = aw__now_ms();

    change(1);
    assert_true(bob_hears("POST", NULL, 1));
    usleep(100000);
    set_property("other", "1");
    assert_true(bob_hears("POST", NULL, 2));
    assert_true(aw__now_ms() - begin >= 1000);
}

/* While it is open nothing is sent; then one, and all the others when that was accepted. */
static void test_half_open(void **state)
{
    (void)state;
    aw__delivery_close(&t->site);
    t->site.config.breaker_open_ms = 400;
    assert_int_equal(aw__delivery_open(&t->site, &err), AW_OK);
    inbound("bob", "n", NULL, "high");
    callbacks_answer(500, 6, 0, NULL); /* five, and the first probe */
    change(1);
    assert_true(bob_hears("POST", NULL, 5));
    usleep(50000);
    inbound("bob", "other", NULL, "high");
    set_property("other", "1");
    assert_true(bob_hears("POST", NULL, 6));
    usleep(100000);
    assert_int_equal(bob_heard("POST", NULL), 6); /* the probe failed: it is open again */
    assert_true(outbox_empties());
}

static void test_what_a_peer_refuses_is_given_up(void **state)
{
    static const int refusals[] = {400, 401, 403, 410, 302, 413};
    int64_t got[16];

    (void)state;
    test_id id = inbound("bob", NULL, NULL, "high");

    for (size_t i = 0; i < 6; i++) {
        aw_fake_peer_reset_rules(bob);
        callbacks_answer(refusals[i], 1, 0, NULL);
        change((int)i);
        assert_true(bob_hears("POST", NULL, i + 1));
        assert_true(outbox_empties());
    }
    assert_int_equal(sequences_at(bob, id.text, got, 16), 6);
    assert_int_equal(diff_count(id.text), 6);
}

/* A subscriber's half may be stored a little after ours. */
static void test_a_subscription_that_is_not_known_yet(void **state)
{
    (void)state;
    inbound("bob", NULL, NULL, "high");
    callbacks_answer(404, 2, 0, NULL);
    change(1);
    assert_true(bob_hears("POST", NULL, 3));
    assert_true(outbox_empties());
    callbacks_answer(404, 0, 0, NULL);
    change(2);
    assert_true(outbox_empties());
    assert_int_equal(bob_heard("POST", NULL), 3 + 4);
}

static void test_what_is_too_old_is_given_up(void **state)
{
    (void)state;
    aw__delivery_close(&t->site);
    t->site.config.delivery_expiry_ms = 1;
    assert_int_equal(aw__delivery_open(&t->site, &err), AW_OK);
    inbound("bob", NULL, NULL, "high");
    callbacks_answer(503, 0, 5, NULL);
    change(1);
    change(2);
    assert_true(outbox_empties());
    assert_true(bob_heard("POST", NULL) >= 2);
}

static void test_the_breaker(void **state)
{
    (void)state;
    inbound("bob", NULL, NULL, "high");
    callbacks_answer(503, 6, 0, NULL);
    uint64_t begin = aw__now_ms();

    change(1);
    assert_true(bob_hears("POST", NULL, 6)); /* the probe, which fails as well */
    assert_true(aw__now_ms() - begin >= 200);
    assert_true(bob_hears("POST", NULL, 7));
    assert_true(aw__now_ms() - begin >= 400);
    assert_true(outbox_empties());
}

static void test_a_probe_speaks_for_all(void **state)
{
    enum { COUNT = 10 };

    (void)state;
    for (int i = 0; i < COUNT; i++)
        part("bob", i, "high");
    aw_fake_peer_refuse(bob);
    change(1);
    usleep(300000);
    assert_int_equal(outbox_count(), COUNT);
    assert_int_equal(aw_fake_peer_accept(bob), 0);
    assert_true(bob_hears("POST", NULL, COUNT));
    assert_true(outbox_empties());
    assert_int_equal(bob_heard("POST", NULL), COUNT);
}

static void test_a_sign_of_life_wakes_the_queue(void **state)
{
    (void)state;
    aw__delivery_close(&t->site);
    t->site.config.delivery_backoff_max_ms = 600000;
    t->site.config.breaker_open_ms = 600000;
    assert_int_equal(aw__delivery_open(&t->site, &err), AW_OK);
    inbound("bob", NULL, NULL, "high");
    callbacks_answer(503, 5, 0, NULL);
    change(1);
    assert_true(bob_hears("POST", NULL, 5)); /* the breaker is open, for ten minutes */
    usleep(50000);
    aw__delivery_wake(&t->site, t->actor_id, "carol");
    usleep(100000);
    assert_int_equal(bob_heard("POST", NULL), 5);
    for (int i = 0; i < 100 && bob_heard("POST", NULL) == 5; i++) {
        aw__delivery_wake(&t->site, t->actor_id, "bob");
        usleep(20000);
    }
    assert_true(bob_hears("POST", NULL, 6));
    assert_true(outbox_empties());
}

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

    for (int i = 0; i < 3; i++)
        for (int64_t n = 1; n <= 400 && rc == AW_OK; n++) {
            aw__outbox_row row = {t->actor_id, "bob", ids[i].text, n, 0};
            aw__diff_row diff = {n, "2026-11-22 01:25:30.835806", "{\"n\":1}"};

            rc = aw__outbox_insert(database, &row, error);
            if (rc == AW_OK)
                rc = aw__diffs_insert(database, t->actor_id, ids[i].text, &diff, error);
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

/* Out of memory the notice is lost, but not the row. */
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

#define ONCE(test)    cmocka_unit_test_setup_teardown(test, set_up_once, tear_down)
#define DURABLE(test) cmocka_unit_test_setup_teardown(test, set_up_durable, tear_down)
#define BOTH(test)    ONCE(test), DURABLE(test)

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
        DURABLE(test_retried_until_accepted),
        DURABLE(test_a_peer_that_is_not_there),
        DURABLE(test_retry_after_is_honoured),
        ONCE(test_once_spares_who_asks_for_it),
        BOTH(test_unavailable_means_all_of_it),
        DURABLE(test_half_open),
        DURABLE(test_what_a_peer_refuses_is_given_up),
        DURABLE(test_a_subscription_that_is_not_known_yet),
        DURABLE(test_what_is_too_old_is_given_up),
        DURABLE(test_the_breaker),
        DURABLE(test_a_probe_speaks_for_all),
        DURABLE(test_a_sign_of_life_wakes_the_queue),
        DURABLE(test_across_a_restart),
        DURABLE(test_a_subscriber_that_is_behind),
        DURABLE(test_a_long_outbox),
        DURABLE(test_what_is_cleared_is_not_delivered),
        DURABLE(test_a_subscription_that_ends),
        DURABLE(test_notices_that_are_lost),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
