/*
 * Delivery of callbacks to peers that fail: retries, patience that they ask for, the breaker, and what is given up.
 */
#include "flow/delivering.h"

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
    usleep(300000);
    change(2);
    change(3);
    aw__delivery_wake(&t->site, t->actor_id, "bob");
    assert_true(bob_hears("POST", NULL, 3));
    assert_true(aw__now_ms() - begin >= 1000);
    assert_int_equal(sequences_at(bob, id.text, got, 4), 3);
    assert_int_equal(got[1], 2);
    assert_int_equal(got[2], 3);
}

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
    usleep(300000);
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
    usleep(300000);
    set_property("other", "1");
    assert_true(bob_hears("POST", NULL, 2));
    assert_true(aw__now_ms() - begin >= 1000);
}

/* While it is open nothing is sent; then one, and all the others when that was accepted. */
static void test_half_open(void **state)
{
    (void)state;
    aw__delivery_close(&t->site);
    t->site.config.breaker_open_ms = 1500;
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

/* Something else that answers at its place for a while. */
static void test_what_is_no_answer_is_tried_again(void **state)
{
    (void)state;
    inbound("bob", NULL, NULL, "high");
    aw_fake_peer_rule(bob, AW_WITH(fake_peer_rule, .method = "POST", .path = "/bob/callbacks", .times = 2,
                                   .fault = AW_FAKE_GARBAGE));
    change(1);
    assert_true(outbox_empties());
    assert_int_equal(bob_heard("POST", NULL), 3);
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

/* A proxy that is back before the peer behind it says 404 as well. */
static void test_unknown_after_other_failures(void **state)
{
    (void)state;
    inbound("bob", NULL, NULL, "high");
    callbacks_answer(404, 3, 0, NULL);
    callbacks_answer(503, 3, 0, NULL); /* first */
    change(1);
    assert_true(outbox_empties());
    assert_int_equal(bob_heard("POST", NULL), 3 + 3 + 1);
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

/* Bob has heard of a change, and is about to accept it. */
static void lose_outbox_while_bob_answers(void)
{
    inbound("bob", NULL, NULL, "high");
    callbacks_answer(204, 0, 1500, NULL);
    change(1);
    assert_true(bob_hears("POST", NULL, 1));
    test_place_execute(&t->place, "ALTER TABLE outbox RENAME TO elsewhere");
}

static void find_outbox(void)
{
    test_place_execute(&t->place, "ALTER TABLE elsewhere RENAME TO outbox");
}

/* What was accepted stays in the outbox while it cannot be deleted, and is not sent again for that. */
static void test_an_outbox_that_cannot_be_written(void **state)
{
    (void)state;
    lose_outbox_while_bob_answers();
    usleep(2500000);
    find_outbox();
    assert_true(outbox_empties());
    callbacks_answer(204, 0, 0, NULL);
    change(2);
    assert_true(bob_hears("POST", NULL, 2));
    assert_true(outbox_empties());
    assert_int_equal(bob_heard("POST", NULL), 2);
}

static void test_closing_while_the_outbox_cannot_be_written(void **state)
{
    (void)state;
    lose_outbox_while_bob_answers();
    usleep(2000000);
    aw__delivery_close(&t->site);
    find_outbox();
    assert_int_equal(outbox_count(), 1);
    assert_int_equal(aw__delivery_open(&t->site, &err), AW_OK);
    assert_true(outbox_empties()); /* sent once more, and dropped by its receiver */
    assert_int_equal(bob_heard("POST", NULL), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DURABLE(test_retried_until_accepted),
        DURABLE(test_a_peer_that_is_not_there),
        DURABLE(test_retry_after_is_honoured),
        ONCE(test_once_spares_who_asks_for_it),
        BOTH(test_unavailable_means_all_of_it),
        DURABLE(test_half_open),
        DURABLE(test_what_a_peer_refuses_is_given_up),
        DURABLE(test_what_is_no_answer_is_tried_again),
        DURABLE(test_a_subscription_that_is_not_known_yet),
        DURABLE(test_unknown_after_other_failures),
        DURABLE(test_what_is_too_old_is_given_up),
        DURABLE(test_the_breaker),
        DURABLE(test_a_probe_speaks_for_all),
        DURABLE(test_a_sign_of_life_wakes_the_queue),
        DURABLE(test_an_outbox_that_cannot_be_written),
        DURABLE(test_closing_while_the_outbox_cannot_be_written),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
