/*
 * Several servers on one database: each callback is sent by one of them at a time, and what one of them leaves behind
 * by the others. Here are two sites in one process; who has sent a callback is told by the root in it.
 */
#include "flow/sharing.h"

#include "actor/callback.h"
#include "flow/membership.h"
#include "store/servers.h"
#include <actingweb/offload.h>

/* ---- both live ---- */

static void test_each_is_sent_once_and_in_order(void **state)
{
    enum { COUNT = 100 };

    (void)state;
    test_id id = inbound("bob", NULL, NULL, "low");

    open_both();
    for (int i = 1; i <= COUNT; i++)
        change_at(i % 2 ? here : there, i);
    assert_true(bob_hears("POST", NULL, COUNT));
    assert_true(outbox_empties());
    assert_sequences(id.text, COUNT);
    assert_true(becomes("SELECT count(*) FROM outbox_queues", 0));
}

static void test_the_owner_sends_what_another_stores(void **state)
{
    (void)state;
    test_id id = inbound("bob", NULL, NULL, "low");

    open_both();
    callbacks_answer(204, 1, 500, NULL);
    change_at(here, 1);
    assert_true(bob_hears("POST", NULL, 1));
    change_at(there, 2);
    change_at(there, 3);
    change_at(here, 4);
    change_at(there, 5);
    callbacks_answer(204, 0, 0, NULL);
    assert_true(outbox_empties());
    assert_sequences(id.text, 5);
    assert_int_equal(sent_by(here), 5);
    assert_true(becomes("SELECT count(*) FROM outbox_queues", 0));
    change_at(there, 6); /* it has let go */
    assert_true(bob_hears("POST", NULL, 6));
    assert_int_equal(sent_by(there), 1);
}

/* ---- one ends ---- */

static void test_a_dead_servers_callbacks_are_taken_over(void **state)
{
    (void)state;
    test_id id = inbound("bob", NULL, NULL, "low");

    die_having_stored(1, 3);
    assert_int_equal(aw__delivery_open(&there->site, &err), AW_OK);
    change_at(there, 4);
    usleep(200000);
    assert_int_equal(aw_fake_peer_count(bob), 0); /* it may be alive */
    assert_true(bob_hears("POST", NULL, 4));
    assert_true(outbox_empties());
    assert_sequences(id.text, 4);
    assert_int_equal(sent_by(there), 4);
    assert_true(becomes("SELECT count(*) FROM servers", 1));
}

static void test_many_queues_are_taken_over(void **state)
{
    enum { COUNT = 250 };

    (void)state;
    for (int i = 0; i < COUNT; i++)
        part("bob", i, "low");
    change(1); /* nobody delivers */
    change(2);
    assert_int_equal(query("SELECT count(*) FROM outbox_queues WHERE owner = ''"), COUNT);
    open_both();
    assert_true(outbox_empties());
    assert_int_equal(bob_heard("POST", NULL), 2 * COUNT);
    assert_true(becomes("SELECT count(*) FROM outbox_queues", 0));
}

static void test_who_ends_well_hands_over(void **state)
{
    (void)state;
    test_id id = inbound("bob", NULL, NULL, "low");

    there->site.config.lease_ms = here->site.config.lease_ms = 10 * LEASE_MS; /* it is not waited for */
    open_both();
    aw_fake_peer_refuse(bob);
    for (int i = 1; i <= 3; i++)
        change_at(here, i);
    aw__delivery_close(&here->site);
    assert_int_equal(query("SELECT count(*) FROM servers"), 1);
    assert_int_equal(aw_fake_peer_accept(bob), 0);
    assert_true(outbox_empties());
    assert_sequences(id.text, 3);
    assert_int_equal(sent_by(there), 3);
    assert_int_equal(sent_by(here), 0);
}

/* A subscription that ends, and one that was cleared, leave no queue behind when their owner is dead. */
static void test_what_is_empty_is_let_go(void **state)
{
    (void)state;
    test_id id = inbound("bob", NULL, NULL, "low");

    die_having_stored(1, 3);
    assert_int_equal(aw__subscription_clear(&here->site, here->actor_id, "bob", id.text, 0, &err), AW_OK);
    assert_int_equal(outbox_count(), 0);
    assert_int_equal(query("SELECT count(*) FROM outbox_queues"), 1);
    assert_int_equal(aw__delivery_open(&there->site, &err), AW_OK);
    assert_true(becomes("SELECT count(*) FROM outbox_queues", 0));
    assert_int_equal(aw_fake_peer_count(bob), 0);
}

/* ---- one is taken for dead ---- */

static void test_one_that_was_removed_begins_anew(void **state)
{
    int64_t got[16];

    (void)state;
    test_id id = inbound("bob", NULL, NULL, "low");

    assert_int_equal(aw__delivery_open(&here->site, &err), AW_OK);
    callbacks_answer(204, 1, 300, NULL);
    change_at(here, 1);
    change_at(here, 2);
    assert_true(bob_hears("POST", NULL, 1));
    uint64_t before = atomic_load(&here->site.server);

    execute("DELETE FROM servers");
    callbacks_answer(204, 0, 0, NULL);
    assert_true(becomes("SELECT count(*) FROM servers", 1));
    change_at(here, 3);
    assert_true(outbox_empties());
    assert_int_not_equal(atomic_load(&here->site.server), before);
    size_t count = sequences_at(bob, id.text, got, 16);

    assert_in_range(count, 3, 4); /* the first may have been under way */
    assert_int_equal(got[count - 1], 3);
    assert_int_equal(got[count - 2], 2);
    assert_int_equal(query("SELECT count(*) FROM servers WHERE server_id = (SELECT max(server_id) FROM servers)"), 1);
    assert_true(becomes("SELECT count(*) FROM outbox_queues", 0));
}

/* What it owned is the other's then: it does not try it again. */
static void test_one_that_was_removed_leaves_its_queues(void **state)
{
    (void)state;
    test_id id = inbound("bob", NULL, NULL, "low");

    open_both();
    aw_fake_peer_refuse(bob);
    change_at(here, 1);
    change_at(here, 2);
    for (int i = 0; i < 3; i++) {
        execute("DELETE FROM servers");
        assert_true(becomes("SELECT count(*) FROM servers", 2));
    }
    assert_int_equal(aw_fake_peer_accept(bob), 0);
    change_at(there, 3);
    change_at(here, 4);
    assert_true(outbox_empties());
    assert_sequences(id.text, 4);
    assert_true(becomes("SELECT count(*) FROM outbox_queues", 0));
}

/* It cannot write its beat: it may be taken for dead by others that can, so it waits. */
static void test_without_a_beat_nothing_is_sent(void **state)
{
    (void)state;
    test_id id = inbound("bob", NULL, NULL, "low");

    aw_fake_peer_refuse(bob);
    execute("INSERT INTO servers VALUES ('ffffffffffffffff', 7)");
    assert_int_equal(aw__delivery_open(&here->site, &err), AW_OK);
    for (int i = 1; i <= 3; i++)
        change_at(here, i);
    aw_database *held = test_place_hold(&here->place);

    usleep(LEASE_MS * 1000);
    assert_int_equal(aw_fake_peer_accept(bob), 0);
    usleep(500000);
    assert_int_equal(aw_fake_peer_count(bob), 0);
    test_place_let_go(held);
    assert_true(outbox_empties());
    assert_sequences(id.text, 3);
}

/* ---- what fails ---- */

static void test_a_server_that_cannot_be_made_known(void **state)
{
    (void)state;
    execute("ALTER TABLE servers RENAME TO elsewhere");
    assert_int_equal(aw__delivery_open(&here->site, &err), AW_E_STORE);
    assert_null(here->site.delivery);
    execute("ALTER TABLE elsewhere RENAME TO servers");
    assert_int_equal(aw__delivery_open(&here->site, &err), AW_OK);
}

static void test_opening_without_memory(void **state)
{
    int rc = AW_E_NOMEM;

    (void)state;
    for (long n = 1; rc; n++) {
        aw__alloc_fail_at(n, false);
        rc = aw__delivery_open(&here->site, &err);
        aw__alloc_fail_at(0, false);
        if (rc) {
            assert_int_equal(rc, AW_E_NOMEM);
            assert_int_equal(query("SELECT count(*) FROM servers"), 0);
        }
        assert_true(n < 1000);
    }
    assert_int_equal(query("SELECT count(*) FROM servers"), 1);
}

enum { MOMENT_MS = 50 };

static int take_a_moment(void *arg, aw_error *why)
{
    (void)arg, (void)why;
    usleep(MOMENT_MS * 1000);
    return AW_OK;
}

static void on_moment(const aw_error *failure, void *ud)
{
    (void)failure, (void)ud;
}

/* The work that waits for its workers takes longer than the others wait. */
static void test_one_that_is_busy_is_not_taken_for_dead(void **state)
{
    enum { WORKERS = 2, MOMENTS = 5 * WORKERS * LEASE_MS / 2 / MOMENT_MS };

    (void)state;
    open_both();
    uint64_t before = atomic_load(&here->site.server);

    usleep(LEASE_MS * 1000 / 2);
    for (int i = 0; i < MOMENTS; i++)
        assert_int_equal(aw_offload_async(here->site.runtime, AW_WITH(offload, .fn = take_a_moment), on_moment, NULL,
                                          NULL), AW_OK);
    usleep(2 * LEASE_MS * 1000);
    assert_int_equal(atomic_load(&here->site.server), before);
    assert_int_equal(query("SELECT count(*) FROM servers"), 2);
    assert_int_equal(aw_offload(here->site.runtime, AW_WITH(offload, .fn = take_a_moment), &err), AW_OK); /* all is done */
    assert_int_equal(atomic_load(&here->site.server), before);
}

/* ---- one is alone ---- */

/* An idle server writes nothing, and is not taken for dead by one that comes later. */
static void test_one_that_is_alone_only_looks(void **state)
{
    (void)state;
    assert_int_equal(aw__delivery_open(&here->site, &err), AW_OK);
    usleep(LEASE_MS * 1000);
    assert_int_equal(query("SELECT sum(beat) FROM servers"), 0);
    uint64_t before = atomic_load(&here->site.server);

    assert_int_equal(aw__delivery_open(&there->site, &err), AW_OK);
    usleep(2 * LEASE_MS * 1000);
    assert_int_equal(query("SELECT count(*) FROM servers"), 2);
    assert_int_equal(query("SELECT count(*) FROM servers WHERE beat > 0"), 2);
    assert_int_equal(atomic_load(&here->site.server), before);
    aw__delivery_close(&there->site);
    usleep(LEASE_MS * 1000);
    int64_t beats = query("SELECT sum(beat) FROM servers");

    usleep(LEASE_MS * 1000 / 2);
    assert_int_equal(query("SELECT sum(beat) FROM servers"), beats);
}

/* ---- the watch over gaps ---- */

/* A callback that waits for the ones before it, accepted by a server that has died since. */
static void test_a_dead_servers_gaps_are_watched(void **state)
{
    aw__callback_outcome outcome;
    char path[160];

    (void)state;
    snprintf(path, sizeof(path), "/subscriptions/%s/sub", here->actor_id);
    bob_answers("GET", path, 200, "{\"sequence\":5,\"data\":[]}");
    bob_answers("GET", "/properties", 200, "{\"base\":true}");
    outbound("sub", NULL, NULL);
    assert_int_equal(aw__delivery_open(&here->site, &err), AW_OK);
    execute("INSERT INTO servers VALUES ('ffffffffffffdead', 7)");
    usleep(LEASE_MS * 1000 / 2); /* it is seen */
    json_t *data = json_pack("{s:i}", "n", 5);

    assert_int_equal(aw__callback_receive(&there->site,
                                          &(aw__callback){.actor_id = here->actor_id, .peer_id = "bob",
                                                          .subscription_id = "sub", .sequence = 5, .data = data},
                                          &outcome, NULL, &err), AW_OK);
    json_decref(data);
    assert_int_equal(outcome, AW__CALLBACK_QUEUED);
    assert_int_equal(aw_fake_peer_count(bob), 0);
    assert_true(bob_hears("GET", "/properties", 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TWO(test_each_is_sent_once_and_in_order),
        TWO(test_the_owner_sends_what_another_stores),
        TWO(test_a_dead_servers_callbacks_are_taken_over),
        TWO(test_many_queues_are_taken_over),
        TWO(test_who_ends_well_hands_over),
        TWO(test_what_is_empty_is_let_go),
        TWO(test_one_that_was_removed_begins_anew),
        TWO(test_one_that_was_removed_leaves_its_queues),
        TWO(test_without_a_beat_nothing_is_sent),
        TWO(test_a_server_that_cannot_be_made_known),
        TWO(test_opening_without_memory),
        TWO(test_one_that_is_busy_is_not_taken_for_dead),
        TWO(test_one_that_is_alone_only_looks),
        TWO(test_a_dead_servers_gaps_are_watched),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
