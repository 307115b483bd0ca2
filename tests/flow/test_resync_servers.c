/*
 * A gap that two servers see: one of them resyncs, and neither undoes what the other has done.
 */
#include "flow/resyncing.h"

#include <pthread.h>

#include "store/attributes.h"

/* Delivery is opened anew, and has looked through what was stored then: it has closed the gap of `first`. */
static void open_and_look(void)
{
    aw__callback_outcome outcome;
    json_t *body = callback_body("first", 3, "3");
    uint64_t end = aw__now_ms() + 20000;

    aw__delivery_close(&t->site);
    outbound("first", "some", NULL);
    assert_int_equal(aw__callback_receive_now(&t->site, t->actor_id, "bob", "first", body, true, &outcome, &err), AW_OK);
    json_decref(body);
    assert_int_equal(aw__delivery_open(&t->site, &err), AW_OK);
    while (sequence_of("bob", "first") != 3 && aw__now_ms() < end)
        usleep(5000);
    assert_int_equal(sequence_of("bob", "first"), 3);
}

/* Another server fetches the baseline: this one does not, or each would have the other's dropped, again and again. It
 * goes on when that has ended without one. */
static void test_a_baseline_that_another_fetches(void **state)
{
    int64_t hold;

    (void)state;
    bob_answers("GET", "/subscriptions/", 403, NULL);
    open_and_look();
    assert_int_equal(aw__callback_hold(&t->site, t->actor_id, "bob", "sub", 0, &hold, &err), AW_OK);
    receive(5);
    usleep(500000);
    assert_int_equal(aw_fake_peer_count_of(bob, "GET", sub_url()), 0);
    assert_int_equal(aw__callback_release(&t->site, t->actor_id, "bob", "sub", hold, &err), AW_OK);
    assert_true(reaches(5));
}

static int number_hold(aw_database *database, void *arg, aw_error *why)
{
    const int64_t *hold = arg;
    char text[100];

    snprintf(text, sizeof(text), "{\"version\":%lld,\"resync_pending\":true,\"out_of_step\":false}", (long long)*hold);
    return aw__attributes_set(database, t->actor_id, "_callback_state", "state:bob:sub", text, 0, why);
}

/* Both began at the same moment: the later one leaves it to the other, and does not tell the peer to forget what that
 * needs. */
static void test_two_that_begin_at_once(void **state)
{
    aw__flow *flow = NULL;
    int64_t hold;

    (void)state;
    receive(5);
    assert_int_equal(aw__callback_hold(&t->site, t->actor_id, "bob", "sub", 0, &hold, &err), AW_OK);
    int rc = aw__resync_new(&t->site, t->actor_id, "bob", "sub", 60000, &flow, &err);

    assert_int_equal(run_flow(rc, flow, NULL, &err), AW_OK);
    assert_int_equal(aw_fake_peer_count(bob), 0);
    assert_int_equal(aw__callback_release(&t->site, t->actor_id, "bob", "sub", hold, &err), AW_OK);
}

static void *take_hold(void *arg)
{
    int64_t *hold = arg;

    assert_true(aw_fake_peer_wait_for(bob, "GET", "/bob/properties", 1, 5000));
    assert_int_equal(aw__callback_hold(&t->site, t->actor_id, "bob", "sub", 0, hold, &err), AW_OK);
    return NULL;
}

/* It is taken over, as by a resync that the peer asks for: then it acknowledges nothing that it has not applied. */
static void test_one_that_is_taken_over(void **state)
{
    pthread_t thread;
    int64_t hold = 0;

    (void)state;
    receive(5);
    bob_answers("GET", sub_path, 200, "{\"sequence\":5,\"data\":[{\"sequence\":5,\"data\":{\"n5\":1}}]}");
    aw_fake_peer_rule(bob, AW_WITH(fake_peer_rule, .method = "GET", .path = "/bob/properties", .status = 200,
                                   .body = "{\"base\":true}", .delay_ms = 1500));
    assert_int_equal(pthread_create(&thread, NULL, take_hold, &hold), 0);
    assert_int_equal(resync("sub"), AW_OK);
    pthread_join(thread, NULL);
    assert_int_equal(aw_fake_peer_count_of(bob, "PUT", sub_url()), 0);
    assert_int_equal(sequence_of("bob", "sub"), 0);
    assert_int_equal(aw__callback_release(&t->site, t->actor_id, "bob", "sub", hold, &err), AW_OK);
}

/* What comes during a hold is never taken for older than it, though the clock of the server that takes it may be
 * behind. */
static void test_clocks_that_differ(void **state)
{
    const aw__callback_baseline baseline = {.sequence = 2, .asked = true, .exact = true, .data = json_object()};
    aw__callback_settling settling;
    int64_t hold;

    (void)state;
    assert_int_equal(aw__callback_hold(&t->site, t->actor_id, "bob", "sub", 0, &hold, &err), AW_OK);
    hold += 30000000;
    assert_int_equal(aw__store_write(t->site.store, number_hold, &hold, &err), AW_OK);
    receive(3);
    assert_int_equal(aw__callback_resynced(&t->site, t->actor_id, "bob", "sub", hold, &baseline, &settling, &err), AW_OK);
    json_decref(baseline.data);
    assert_int_equal(settling, AW__CALLBACK_SETTLED);
    assert_int_equal(sequence_of("bob", "sub"), 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_baseline_that_another_fetches, set_up_watching, tear_down_watching),
        cmocka_unit_test_setup_teardown(test_two_that_begin_at_once, set_up, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_one_that_is_taken_over, set_up, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_clocks_that_differ, set_up, pair_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
