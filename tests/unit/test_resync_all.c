/*
 * aw_store_resync(): what becomes due, which numbers come next, and what stays as it is.
 */
#include "verify_fixture.h"

#include <time.h>

#include "store/outbox.h"

enum { SKIPPED = 1000000, MANY = 250 }; /* more than two pages */

#define SUBSCRIBED(id, peer, sub, granularity, seqnr, outbound)                                                        \
    "INSERT INTO subscriptions (id, peer_sub_id, peerid, subid, granularity, target, subtarget, resource, seqnr, callback)" \
    " VALUES ('" id "', '" peer ":" sub "', '" peer "', '" sub "', '" granularity "', 'properties', '', '', " #seqnr     \
    ", " outbound ");"

static int64_t resynced(struct fixture *f)
{
    int64_t told = -1;

    assert_ok(f, aw_store_resync(AW_WITH(store_resync, .store = f->location), &told, &f->err));
    return told;
}

/* Where numbers begin now. */
static int64_t beginning(void)
{
    return time(NULL) - 1767225600 + SKIPPED;
}

#define SEQUENCE_OF(sub) query_int(f, "SELECT seqnr FROM subscriptions WHERE subid = '" sub "'")

static void test_subscriptions_are_told_and_go_on_later(void **state)
{
    struct fixture *f = *state;
    int64_t first = beginning();

    execute(f, SUBSCRIBED("a", "p", "high", "high", 7, "FALSE") SUBSCRIBED("a", "p", "polls", "none", 3, "FALSE")
                   SUBSCRIBED("b", "p", "low", "low", 0, "FALSE") SUBSCRIBED("b", "p", "ours", "high", 5, "TRUE")
                       SUBSCRIBED("b", "p", "far", "high", 900000000, "FALSE"));
    execute(f, DIFF("a", "high:7", "high", 7) DIFF("b", "ours:5", "ours", 5) CALLBACK("a", "p", "high", 7));
    assert_int_equal(resynced(f), 3);
    assert_in_range(SEQUENCE_OF("high"), first, beginning());
    assert_in_range(SEQUENCE_OF("polls"), first, beginning());
    assert_in_range(SEQUENCE_OF("low"), first, beginning());
    assert_int_equal(SEQUENCE_OF("far"), 900000000 + SKIPPED);
    assert_int_equal(SEQUENCE_OF("ours"), 5);

    assert_int_equal(query_int(f, "SELECT count(*) FROM outbox"), 3); /* who polls is not called */
    assert_int_equal(query_int(f, "SELECT count(*) FROM outbox o JOIN subscriptions s ON s.id = o.id AND s.subid = o.subid"
                                  " AND s.seqnr = o.seqnr WHERE o.kind = 1 AND o.subtarget = '' AND o.peerid = 'p'"), 3);
    assert_int_equal(AW__OUTBOX_RESYNC, 1);
    assert_int_equal(query_int(f, "SELECT count(*) FROM outbox_queues WHERE owner = ''"), 3); /* for who comes next */
    assert_int_equal(query_int(f, "SELECT count(*) FROM subscription_diffs"), 1);
    assert_int_equal(query_int(f, "SELECT count(*) FROM subscription_diffs WHERE subid = 'ours'"), 1);

    int64_t before = SEQUENCE_OF("high");

    assert_int_equal(resynced(f), 3);
    assert_int_equal(SEQUENCE_OF("high"), before + SKIPPED);
    assert_int_equal(query_int(f, "SELECT count(*) FROM outbox"), 3);
    assert_int_equal(query_int(f, "SELECT count(*) FROM outbox_queues"), 3);
}

/* A queue that a server has stays its own; it finds what was added before it lets go. */
static void test_a_queue_stays_whose_it_is(void **state)
{
    struct fixture *f = *state;

    execute(f, SUBSCRIBED("a", "p", "s", "high", 7, "FALSE") CALLBACK("a", "p", "s", 7)
            "INSERT INTO outbox_queues (id, peerid, subid, owner) VALUES ('a', 'p', 's', 'some server')");
    assert_int_equal(resynced(f), 1);
    assert_int_equal(query_int(f, "SELECT count(*) FROM outbox"), 1);
    assert_int_equal(query_int(f, "SELECT count(*) FROM outbox_queues WHERE owner = 'some server'"), 1);
}

/* The Python library may count a subscription back; and the column of numbers has an end. */
static void test_the_ends_of_numbers(void **state)
{
    struct fixture *f = *state;

    execute(f, SUBSCRIBED("a", "p", "back", "high", 2, "FALSE") DIFF("a", "back:900000000", "back", 900000000)
                   SUBSCRIBED("a", "p", "long", "high", 2147000000, "FALSE")
                       SUBSCRIBED("a", "p", "longest", "high", 2147483647, "FALSE"));
    assert_int_equal(resynced(f), 3);
    assert_int_equal(SEQUENCE_OF("back"), 900000000 + SKIPPED);
    assert_int_equal(SEQUENCE_OF("long"), 2147000001);
    assert_int_equal(SEQUENCE_OF("longest"), 2147483647);
}

/* Its resumption tells. */
static void test_what_is_suspended_is_not_told(void **state)
{
    struct fixture *f = *state;
    int64_t first = beginning();

    execute(f, SUBSCRIBED("a", "p", "s", "high", 7, "FALSE") SUBSCRIBED("b", "p", "t", "high", 7, "FALSE")
            "INSERT INTO subscription_suspensions (id, target, suspended_at) VALUES ('a', 'properties', '2026-01-01 00:00:00')");
    assert_int_equal(resynced(f), 1);
    assert_in_range(SEQUENCE_OF("s"), first, beginning());
    assert_int_equal(query_int(f, "SELECT count(*) FROM outbox WHERE id = 'a'"), 0);
    assert_int_equal(query_int(f, "SELECT count(*) FROM outbox WHERE id = 'b'"), 1);
}

/* Verify mends it; the others are told all the same. */
static void test_a_row_that_no_lookup_finds(void **state)
{
    struct fixture *f = *state;

    execute(f, SUBSCRIBED("a", "p", "s", "high", 7, "FALSE") SUBSCRIBED("b", "p", "t", "high", 7, "FALSE")
            "UPDATE subscriptions SET peer_sub_id = 'wrong' WHERE subid = 's'");
    assert_int_equal(resynced(f), 1);
    assert_int_equal(SEQUENCE_OF("s"), 7);
}

static void subscribe_many(struct fixture *f)
{
    for (int i = 0; i < MANY; i++) {
        char sql[512];

        snprintf(sql, sizeof(sql),
                 "INSERT INTO subscriptions (id, peer_sub_id, peerid, subid, granularity, target, subtarget, resource, seqnr,"
                 " callback) VALUES ('a%d', 'p:s', 'p', 's', 'high', 'properties', '', '', 1, FALSE)", i / 3);
        if (i % 3)
            snprintf(strstr(sql, "'p:s'"), sizeof(sql) / 2,
                     "'p:s%d', 'p', 's%d', 'high', 'properties', '', '', 1, FALSE)", i, i);
        execute(f, sql);
    }
}

struct seen {
    int64_t done;
    int calls, until;
};

static bool on_progress(const char *what, int64_t done, int64_t total, void *ud)
{
    struct seen *seen = ud;

    assert_string_equal(what, "subscriptions");
    assert_int_equal(total, 0);
    assert_true(done >= seen->done);
    seen->done = done;
    return ++seen->calls != seen->until;
}

static void test_pages(void **state)
{
    struct fixture *f = *state;
    struct seen seen = {0};
    int64_t count = 0;

    int64_t first = beginning();

    subscribe_many(f);
    assert_ok(f, aw_store_resync(AW_WITH(store_resync, .store = f->location, .progress = on_progress, .ud = &seen), &count,
                                 &f->err));
    assert_int_equal(count, MANY);
    assert_int_equal(seen.done, MANY);
    assert_true(query_int(f, "SELECT min(seqnr) FROM subscriptions") >= first);
    assert_int_equal(query_int(f, "SELECT count(*) FROM outbox"), MANY);

    seen = (struct seen){.until = 2};
    assert_fails(f, AW_E_CANCELED, aw_store_resync(AW_WITH(store_resync, .store = f->location, .progress = on_progress,
                                                           .ud = &seen), &count, &f->err));
    assert_int_equal(query_int(f, "SELECT count(*) FROM subscriptions WHERE seqnr > (SELECT min(seqnr) FROM subscriptions) + 500000"),
                     seen.done);
    assert_true(seen.done < MANY);
}

static void test_what_cannot_be_done(void **state)
{
    struct fixture *f = *state;
    int64_t count = 77;

    assert_fails(f, AW_E_INVALID, aw_store_resync(NULL, &count, &f->err));
    assert_fails(f, AW_E_INVALID, aw_store_resync(AW_WITH(store_resync, .store = ""), &count, &f->err));
    assert_fails(f, AW_E_STORE, aw_store_resync(AW_WITH(store_resync, .store = "sqlite:/nowhere/at/all"), &count, &f->err));
    assert_int_equal(count, 77);
    assert_int_equal(resynced(f), 0);
    assert_ok(f, aw_store_resync(AW_WITH(store_resync, .store = f->location), NULL, &f->err));
}

static void test_out_of_memory(void **state)
{
    struct fixture *f = *state;

    execute(f, SUBSCRIBED("a", "p", "s", "high", 7, "FALSE") SUBSCRIBED("a", "p", "t", "high", 7, "FALSE"));
    assert_survives_nomem(f, aw_store_resync(AW_WITH(store_resync, .store = f->location), NULL, &f->err),
                          assert_int_equal(query_int(f, "SELECT count(*) FROM outbox"), 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_database(test_subscriptions_are_told_and_go_on_later),
        with_database(test_a_queue_stays_whose_it_is),
        with_database(test_the_ends_of_numbers),
        with_database(test_what_is_suspended_is_not_told),
        with_database(test_a_row_that_no_lookup_finds),
        with_database(test_pages),
        with_database(test_what_cannot_be_done),
        with_database(test_out_of_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
