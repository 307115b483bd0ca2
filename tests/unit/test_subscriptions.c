/*
 * The table subscriptions, and aw_subscription.
 */
#include "store_fixture.h"

#include "store/diffs.h"
#include "store/outbox.h"
#include "store/outbox_queues.h"
#include "store/subscriptions.h"

enum { INBOUND = 0, OUTBOUND = 1, EITHER = -1 };

static void put(struct fixture *f, const char *peer_id, const char *id, const char *subtarget, bool outbound)
{
    aw_subscription subscription = {.actor_id = "a",
                                    .peer_id = peer_id,
                                    .id = id,
                                    .granularity = "high",
                                    .target = "properties",
                                    .subtarget = subtarget,
                                    .outbound = outbound};

    assert_ok(f, aw__subscriptions_insert(f->database, &subscription, &f->err));
}

static void put_diff(struct fixture *f, const char *peer_id, const char *id)
{
    aw__diff_row diff = {1, "2026-11-22 01:25:30.835806", "{}"};
    aw__outbox_row waiting = {"a", peer_id, id, 1, 0};
    aw__outbox_queue queue = {"a", peer_id, id};
    bool ours;

    assert_ok(f, aw__diffs_insert(f->database, "a", id, &diff, &f->err));
    assert_ok(f, aw__outbox_insert(f->database, &waiting, &f->err));
    assert_ok(f, aw__outbox_queues_claim(f->database, &queue, "", &ours, &f->err));
}

static void test_every_column_comes_back(void **state)
{
    struct fixture *f = *state;
    aw_subscription row = {"a", "p", "s1", "low", "properties", "notes", "1", "https://gone", 7, true}, *got = NULL;

    assert_ok(f, aw__subscriptions_insert(f->database, &row, &f->err));
    assert_ok(f, aw__subscriptions_get(f->database, "a", "p", "s1", EITHER, &got, &f->err));
    assert_string_equal(got->actor_id, "a");
    assert_string_equal(got->peer_id, "p");
    assert_string_equal(got->id, "s1");
    assert_string_equal(got->granularity, "low");
    assert_string_equal(got->target, "properties");
    assert_string_equal(got->subtarget, "notes");
    assert_string_equal(got->resource, "1");
    assert_string_equal(got->url, "");
    assert_int_equal(got->sequence, 7);
    assert_true(got->outbound);
    aw_subscription_free(got);
    assert_int_equal(query_int(f, "SELECT count(*) FROM subscriptions WHERE peer_sub_id = 'p:s1' AND callback"), 1);
}

/* The reference leaves NULL in columns that nobody set. */
static void test_null_is_empty(void **state)
{
    struct fixture *f = *state;
    aw_subscription *got = NULL;

    assert_ok(f, f->database->driver->execute(
                     f->database,
                     "INSERT INTO subscriptions (id, peer_sub_id, peerid, subid, target, seqnr, callback)"
                     " VALUES ('a', 'p:s', 'p', 's', 'properties', 0, FALSE)",
                     &f->err));
    assert_ok(f, aw__subscriptions_get(f->database, "a", "p", "s", INBOUND, &got, &f->err));
    assert_string_equal(got->granularity, "");
    assert_string_equal(got->subtarget, "");
    assert_string_equal(got->resource, "");
    assert_false(got->outbound);
    aw_subscription_free(got);
}

static void test_an_id_is_taken_once_per_peer(void **state)
{
    struct fixture *f = *state;
    aw_subscription row = {.actor_id = "a", .peer_id = "p", .id = "s"};

    put(f, "p", "s", "", false);
    assert_fails(f, AW_E_EXISTS, aw__subscriptions_insert(f->database, &row, &f->err));
    row.peer_id = "q";
    assert_ok(f, aw__subscriptions_insert(f->database, &row, &f->err));
}

/* Both have the key "p:q:s"; the reference's database may hold ids with ":". */
static void test_ids_that_join_to_one_key(void **state)
{
    struct fixture *f = *state;
    aw_subscription *got = NULL;
    bool existed = true;

    put(f, "p:q", "s", "", false);
    put_diff(f, "p:q", "s");
    assert_fails(f, AW_E_NOT_FOUND, aw__subscriptions_get(f->database, "a", "p", "q:s", EITHER, &got, &f->err));
    assert_fails(f, AW_E_NOT_FOUND, aw__subscriptions_set_sequence(f->database, "a", "p", "q:s", 5, &f->err));
    assert_ok(f, aw__subscriptions_delete(f->database, "a", "p", "q:s", &existed, &f->err));
    assert_false(existed);
    assert_int_equal(query_int(f, "SELECT count(*) FROM subscription_diffs"), 1);
    assert_ok(f, aw__subscriptions_get(f->database, "a", "p:q", "s", INBOUND, &got, &f->err));
    assert_int_equal(got->sequence, 0);
    aw_subscription_free(got);
}

static void test_get_heeds_the_direction(void **state)
{
    struct fixture *f = *state;
    aw_subscription *got = NULL;

    put(f, "p", "in", "", false);
    put(f, "p", "out", "", true);
    assert_fails(f, AW_E_NOT_FOUND, aw__subscriptions_get(f->database, "a", "p", "in", OUTBOUND, &got, &f->err));
    assert_fails(f, AW_E_NOT_FOUND, aw__subscriptions_get(f->database, "a", "p", "out", INBOUND, &got, &f->err));
    assert_fails(f, AW_E_NOT_FOUND, aw__subscriptions_get(f->database, "a", "q", "in", EITHER, &got, &f->err));
    assert_fails(f, AW_E_NOT_FOUND, aw__subscriptions_get(f->database, "b", "p", "in", EITHER, &got, &f->err));
    assert_null(got);
    assert_ok(f, aw__subscriptions_get(f->database, "a", "p", "out", OUTBOUND, &got, &f->err));
    aw_subscription_free(got);
    assert_ok(f, aw__subscriptions_get(f->database, "a", "p", "in", INBOUND, &got, &f->err));
    aw_subscription_free(got);
}

static void assert_list(struct fixture *f, const char *peer_id, const char *target, const char *subtarget,
                        const char *resource, int direction, const char *expected)
{
    aw_subscription **rows = NULL;
    size_t count = 9;
    char got[64] = "";

    assert_ok(f, aw__subscriptions_list(f->database, "a", peer_id, target, subtarget, resource, direction, &rows,
                                        &count, &f->err));
    for (size_t i = 0; i < count; i++) {
        strcat(got, rows[i]->peer_id);
        strcat(got, rows[i]->id);
        strcat(got, " ");
    }
    assert_string_equal(got, expected);
    aw_subscription_list_free(rows, count);
}

static void test_list(void **state)
{
    struct fixture *f = *state;

    assert_list(f, NULL, NULL, NULL, NULL, EITHER, "");
    put(f, "q", "1", "notes", false);
    put(f, "p", "2", "", false);
    put(f, "p", "1", "notes", true);
    put(f, "pp", "1", "", true);
    assert_list(f, NULL, NULL, NULL, NULL, EITHER, "p1 p2 pp1 q1 ");
    assert_list(f, NULL, NULL, NULL, NULL, INBOUND, "p2 q1 ");
    assert_list(f, NULL, NULL, NULL, NULL, OUTBOUND, "p1 pp1 ");
    assert_list(f, "p", NULL, NULL, NULL, EITHER, "p1 p2 ");
    assert_list(f, NULL, "properties", NULL, NULL, EITHER, "p1 p2 pp1 q1 ");
    assert_list(f, NULL, "methods", NULL, NULL, EITHER, "");
    assert_list(f, NULL, NULL, "notes", NULL, EITHER, "p1 q1 ");
    assert_list(f, NULL, NULL, "", NULL, EITHER, "p2 pp1 ");
    assert_list(f, NULL, NULL, NULL, "", EITHER, "p1 p2 pp1 q1 ");
    assert_list(f, NULL, NULL, NULL, "x", EITHER, "");
    assert_list(f, "q", "properties", "notes", "", INBOUND, "q1 ");
}

static void test_set_sequence(void **state)
{
    struct fixture *f = *state;
    aw_subscription *got = NULL;

    put(f, "p", "s", "", false);
    assert_ok(f, aw__subscriptions_set_sequence(f->database, "a", "p", "s", 12, &f->err));
    assert_ok(f, aw__subscriptions_get(f->database, "a", "p", "s", EITHER, &got, &f->err));
    assert_int_equal(aw_subscription_sequence(got), 12);
    aw_subscription_free(got);
    assert_fails(f, AW_E_NOT_FOUND, aw__subscriptions_set_sequence(f->database, "a", "p", "t", 1, &f->err));
}

static void test_delete_takes_diffs_and_outbox(void **state)
{
    struct fixture *f = *state;
    bool existed = false;

    put(f, "p", "s", "", false);
    put(f, "p", "t", "", false);
    put_diff(f, "p", "s");
    put_diff(f, "p", "t");
    assert_ok(f, aw__subscriptions_delete(f->database, "a", "p", "s", &existed, &f->err));
    assert_true(existed);
    assert_int_equal(query_int(f, "SELECT count(*) FROM subscription_diffs"), 1);
    assert_int_equal(query_int(f, "SELECT count(*) FROM outbox"), 1);
    assert_int_equal(query_int(f, "SELECT count(*) FROM outbox_queues"), 1);
    assert_list(f, NULL, NULL, NULL, NULL, EITHER, "pt ");
    assert_ok(f, aw__subscriptions_delete(f->database, "a", "p", "s", &existed, &f->err));
    assert_false(existed);
    assert_int_equal(query_int(f, "SELECT count(*) FROM subscription_diffs"), 1);
}

/* A peer chooses the ids of our subscriptions at it; "s" is another peer's at us. */
static void test_a_peer_cannot_delete_diffs_of_another(void **state)
{
    struct fixture *f = *state;
    bool existed = false;

    put(f, "good", "s", "", false);
    put_diff(f, "good", "s");
    put(f, "evil", "s", "", true);
    assert_ok(f, aw__subscriptions_delete(f->database, "a", "evil", "s", &existed, &f->err));
    assert_true(existed);
    put(f, "evil", "s", "", true);
    assert_ok(f, aw__subscriptions_delete_of_peer(f->database, "a", "evil", &f->err));
    assert_int_equal(query_int(f, "SELECT count(*) FROM subscription_diffs"), 1);
    assert_int_equal(query_int(f, "SELECT count(*) FROM outbox"), 1);
    assert_int_equal(query_int(f, "SELECT count(*) FROM outbox_queues"), 1);
    assert_list(f, NULL, NULL, NULL, NULL, EITHER, "goods ");
}

static void test_delete_of_peer(void **state)
{
    struct fixture *f = *state;

    put(f, "p", "s", "", false);
    put(f, "p", "t", "", true);
    put(f, "q", "u", "", false);
    put_diff(f, "p", "s");
    put_diff(f, "q", "u");
    assert_ok(f, aw__subscriptions_delete_of_peer(f->database, "a", "p", &f->err));
    assert_list(f, NULL, NULL, NULL, NULL, EITHER, "qu ");
    assert_int_equal(query_int(f, "SELECT count(*) FROM subscription_diffs"), 1);
    assert_int_equal(query_int(f, "SELECT count(*) FROM outbox WHERE peerid = 'q'"), 1);
    assert_int_equal(query_int(f, "SELECT count(*) FROM outbox"), 1);
    assert_int_equal(query_int(f, "SELECT count(*) FROM outbox_queues"), 1);
    assert_ok(f, aw__subscriptions_delete_of_peer(f->database, "a", "p", &f->err));
}

static void test_dup_and_accessors(void **state)
{
    aw_subscription row = {"a", "p", "s", "high", "properties", NULL, NULL, "https://peer/s", 3, true};
    aw_subscription *got = aw_subscription_dup(&row);

    (void)state;
    assert_non_null(got);
    assert_string_equal(aw_subscription_id(got), "s");
    assert_string_equal(aw_subscription_peer_id(got), "p");
    assert_string_equal(aw_subscription_target(got), "properties");
    assert_string_equal(aw_subscription_subtarget(got), "");
    assert_string_equal(aw_subscription_resource(got), "");
    assert_string_equal(aw_subscription_granularity(got), "high");
    assert_string_equal(aw_subscription_url(got), "https://peer/s");
    assert_int_equal(aw_subscription_sequence(got), 3);
    assert_true(aw_subscription_outbound(got));
    aw_subscription_free(got);
    aw_subscription_free(NULL);
    aw_subscription_list_free(NULL, 0);

    aw__alloc_fail_at(1, false);
    assert_null(aw_subscription_dup(&row));
    aw__alloc_fail_at(0, false);
}

static void test_out_of_memory(void **state)
{
    struct fixture *f = *state;
    aw_subscription row = {.actor_id = "a", .peer_id = "p", .id = "s"}, *got = NULL, **rows = NULL;
    size_t count = 0;
    bool existed = false;
    char id[16];

    assert_survives_nomem(f, aw__subscriptions_insert(f->database, &row, &f->err), (void)0);
    for (int i = 0; i < 9; i++) {
        snprintf(id, sizeof(id), "s%d", i);
        put(f, "p", id, "", false);
    }
    assert_survives_nomem(f, aw__subscriptions_get(f->database, "a", "p", "s", EITHER, &got, &f->err),
                          assert_null(got));
    aw_subscription_free(got);
    assert_survives_nomem(
        f, aw__subscriptions_list(f->database, "a", "p", NULL, NULL, NULL, EITHER, &rows, &count, &f->err),
        assert_null(rows));
    assert_int_equal(count, 10);
    aw_subscription_list_free(rows, count);
    assert_survives_nomem(f, aw__subscriptions_delete(f->database, "a", "p", "s", &existed, &f->err),
                          assert_false(existed));
    assert_true(existed);
    assert_survives_nomem(f, aw__subscriptions_delete_of_peer(f->database, "a", "p", &f->err), (void)0);
    assert_list(f, NULL, NULL, NULL, NULL, EITHER, "");
}

static void test_a_failing_database(void **state)
{
    struct fixture *f = *state;
    aw_subscription row = {.actor_id = "a", .peer_id = "p", .id = "s"}, *got = NULL, **rows = NULL;
    size_t count = 0;
    bool existed = false;

    drop_tables(f);
    assert_fails(f, AW_E_STORE, aw__subscriptions_insert(f->database, &row, &f->err));
    assert_fails(f, AW_E_STORE, aw__subscriptions_get(f->database, "a", "p", "s", EITHER, &got, &f->err));
    assert_fails(f, AW_E_STORE,
                 aw__subscriptions_list(f->database, "a", NULL, NULL, NULL, NULL, EITHER, &rows, &count, &f->err));
    assert_fails(f, AW_E_STORE, aw__subscriptions_set_sequence(f->database, "a", "p", "s", 1, &f->err));
    assert_fails(f, AW_E_STORE, aw__subscriptions_delete(f->database, "a", "p", "s", &existed, &f->err));
    assert_fails(f, AW_E_STORE, aw__subscriptions_delete_of_peer(f->database, "a", "p", &f->err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_database(test_every_column_comes_back),
        with_database(test_null_is_empty),
        with_database(test_an_id_is_taken_once_per_peer),
        with_database(test_ids_that_join_to_one_key),
        with_database(test_get_heeds_the_direction),
        with_database(test_list),
        with_database(test_set_sequence),
        with_database(test_delete_takes_diffs_and_outbox),
        with_database(test_a_peer_cannot_delete_diffs_of_another),
        with_database(test_delete_of_peer),
        cmocka_unit_test(test_dup_and_accessors),
        with_database(test_out_of_memory),
        with_database(test_a_failing_database),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
