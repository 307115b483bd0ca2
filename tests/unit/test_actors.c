/*
 * The table actors, and what is left when an actor is deleted.
 */
#include "store_fixture.h"

#include <jansson.h>
#include <time.h>

#include "base/clock.h"
#include "store/actors.h"
#include "store/attributes.h"
#include "store/diffs.h"
#include "store/outbox.h"
#include "store/outbox_queues.h"
#include "store/peertrustees.h"
#include "store/properties.h"
#include "store/subscriptions.h"
#include "store/trusts.h"

static void test_insert_and_get(void **state)
{
    struct fixture *f = *state;
    aw__actor_row row = {0};
    int64_t created = 0, now = aw__utc_us();

    assert_ok(f, aw__actors_insert(f->database, "a1", "me@example.com", "secret", &f->err));
    assert_ok(f, aw__actors_get(f->database, f->arena, "a1", &row, &f->err));
    assert_string_equal(row.id, "a1");
    assert_string_equal(row.creator, "me@example.com");
    assert_string_equal(row.passphrase, "secret");
    assert_int_equal(strlen(row.created_at), strlen("2026-11-22 01:25:30.835806"));
    assert_true(aw__timestamp_parse(row.created_at, &created));
    assert_true(created >= now && created <= aw__utc_us());
}

static void test_an_id_is_taken_once(void **state)
{
    struct fixture *f = *state;
    aw__actor_row row = {0};

    assert_ok(f, aw__actors_insert(f->database, "a1", "me", "first", &f->err));
    assert_fails(f, AW_E_EXISTS, aw__actors_insert(f->database, "a1", "you", "second", &f->err));
    assert_ok(f, aw__actors_get(f->database, f->arena, "a1", &row, &f->err));
    assert_string_equal(row.passphrase, "first");
}

static void test_get_by_creator(void **state)
{
    struct fixture *f = *state;
    aw__actor_row row = {0};

    assert_fails(f, AW_E_NOT_FOUND, aw__actors_get_by_creator(f->database, f->arena, "me", &row, &f->err));
    assert_null(row.id);
    assert_ok(f, aw__actors_insert(f->database, "a2", "me", "x", &f->err));
    assert_ok(f, aw__actors_insert(f->database, "a1", "me", "y", &f->err));
    assert_ok(f, aw__actors_get_by_creator(f->database, f->arena, "me", &row, &f->err));
    assert_string_equal(row.id, "a1");
    assert_fails(f, AW_E_NOT_FOUND, aw__actors_get_by_creator(f->database, f->arena, "Me", &row, &f->err));
    assert_fails(f, AW_E_NOT_FOUND, aw__actors_get(f->database, f->arena, "me", &row, &f->err));
}

/* One row in every table. */
static void furnish(struct fixture *f, const char *id)
{
    aw_trust trust = {.actor_id = id, .peer_id = "p", .secret = "s"};
    aw_subscription subscription = {.actor_id = id, .peer_id = "p", .id = "s1", .target = "properties"};
    aw__peertrustee_row trustee = {.peer_id = "p", .passphrase = "t"};
    aw__diff_row diff = {.sequence = 1, .timestamp = "2026-11-22 01:25:30.835806", .data = "{}"};
    aw__outbox_row waiting = {.actor_id = id, .peer_id = "p", .subscription_id = "s1", .sequence = 1};
    aw__outbox_queue queue = {id, "p", "s1"};
    bool ours;
    char sql[300];

    assert_ok(f, aw__actors_insert(f->database, id, "me", "x", &f->err));
    assert_ok(f, aw__properties_set(f->database, id, "colour", "1", &f->err));
    assert_ok(f, aw__trusts_insert(f->database, &trust, &f->err));
    assert_ok(f, aw__peertrustees_set(f->database, id, &trustee, &f->err));
    assert_ok(f, aw__subscriptions_insert(f->database, &subscription, &f->err));
    assert_ok(f, aw__diffs_insert(f->database, id, "s1", &diff, &f->err));
    assert_ok(f, aw__outbox_insert(f->database, &waiting, &f->err));
    assert_ok(f, aw__outbox_queues_claim(f->database, &queue, "", &ours, &f->err));
    assert_ok(f, aw__attributes_set(f->database, id, "_internal", "email", "\"x\"", 0, &f->err));
    snprintf(sql, sizeof(sql),
             "INSERT INTO property_lookup VALUES ('email', '%s@example.com', '%s');"
             "INSERT INTO subscription_suspensions VALUES ('%s', 'properties', '', '2026-11-22 01:25:30')",
             id, id, id);
    assert_ok(f, f->database->driver->execute(f->database, sql, &f->err));
}

static int64_t rows_of_two_actors(struct fixture *f)
{
    return query_int(f, "SELECT (SELECT count(*) FROM actors) + (SELECT count(*) FROM properties)"
                        " + (SELECT count(*) FROM property_lookup) + (SELECT count(*) FROM trusts)"
                        " + (SELECT count(*) FROM peertrustees) + (SELECT count(*) FROM subscriptions)"
                        " + (SELECT count(*) FROM subscription_diffs) + (SELECT count(*) FROM outbox)"
                        " + (SELECT count(*) FROM outbox_queues) + (SELECT count(*) FROM subscription_suspensions)"
                        " + (SELECT count(*) FROM attributes WHERE id <> '_actingweb_deleted')");
}

static void test_delete_takes_every_row(void **state)
{
    struct fixture *f = *state;
    aw__actor_row row = {0};

    furnish(f, "a");
    furnish(f, "b");
    assert_int_equal(rows_of_two_actors(f), 22);
    assert_ok(f, aw__actors_delete(f->database, "a", &f->err));
    assert_int_equal(rows_of_two_actors(f), 11);
    assert_fails(f, AW_E_NOT_FOUND, aw__actors_get(f->database, f->arena, "a", &row, &f->err));
    assert_ok(f, aw__actors_get(f->database, f->arena, "b", &row, &f->err));
}

static void test_delete_leaves_a_tombstone(void **state)
{
    struct fixture *f = *state;
    aw__attribute_row row = {0};
    json_t *tombstone;
    int64_t ttl, month = 30 * 24 * 3600;

    furnish(f, "a");
    assert_ok(f, aw__actors_delete(f->database, "a", &f->err));
    assert_ok(f,
              aw__attributes_get(f->database, f->arena, "_actingweb_deleted", "_deleted_actors", "a", &row, &f->err));
    tombstone = json_loads(row.data, 0, NULL);
    assert_non_null(tombstone);
    assert_string_equal(json_string_value(json_object_get(tombstone, "actor_id")), "a");
    assert_non_null(json_string_value(json_object_get(tombstone, "deleted_at")));
    json_decref(tombstone);
    ttl = query_int(f, "SELECT ttl_timestamp FROM attributes WHERE id = '_actingweb_deleted'");
    assert_true(ttl <= time(NULL) + month && ttl > time(NULL) + month - 600);
}

static void test_an_id_with_a_tombstone_is_not_given_again(void **state)
{
    struct fixture *f = *state;

    furnish(f, "a");
    assert_ok(f, aw__actors_delete(f->database, "a", &f->err));
    assert_fails(f, AW_E_EXISTS, aw__actors_insert(f->database, "a", "c", "p", &f->err));
    assert_int_equal(query_int(f, "SELECT count(*) FROM actors"), 0);
    assert_ok(f, f->database->driver->execute(f->database, "UPDATE attributes SET ttl_timestamp = 1000", &f->err));
    assert_ok(f, aw__actors_insert(f->database, "a", "c", "p", &f->err)); /* it has expired, and is not swept yet */
}

static void test_delete_of_nobody(void **state)
{
    struct fixture *f = *state;

    assert_fails(f, AW_E_NOT_FOUND, aw__actors_delete(f->database, "a", &f->err));
    assert_int_equal(query_int(f, "SELECT count(*) FROM attributes"), 0);
}

static void test_out_of_memory(void **state)
{
    struct fixture *f = *state;
    aw__actor_row row = {0};

    assert_survives_nomem(f, aw__actors_insert(f->database, "a", "me", "x", &f->err), (void)0);
    assert_survives_nomem(f, aw__actors_get(f->database, f->arena, "a", &row, &f->err), assert_null(row.id));
    assert_string_equal(row.creator, "me");
    assert_int_equal(query_int(f, "SELECT count(*) FROM actors"), 1);

    /* A delete is a transaction, so that it can fail as a whole. */
    assert_survives_nomem(
        f, (f->database->driver->begin(f->database, true, &f->err), aw__actors_delete(f->database, "a", &f->err)), {
            f->database->driver->rollback(f->database);
            assert_int_equal(query_int(f, "SELECT count(*) FROM actors"), 1);
        });
    assert_ok(f, f->database->driver->commit(f->database, &f->err));
    assert_int_equal(query_int(f, "SELECT count(*) FROM actors"), 0);
}

static void test_a_failing_database(void **state)
{
    struct fixture *f = *state;
    aw__actor_row row = {0};

    drop_tables(f);
    assert_fails(f, AW_E_STORE, aw__actors_insert(f->database, "a", "me", "x", &f->err));
    assert_fails(f, AW_E_STORE, aw__actors_get(f->database, f->arena, "a", &row, &f->err));
    assert_fails(f, AW_E_STORE, aw__actors_get_by_creator(f->database, f->arena, "me", &row, &f->err));
    assert_fails(f, AW_E_STORE, aw__actors_delete(f->database, "a", &f->err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_database(test_insert_and_get),
        with_database(test_an_id_is_taken_once),
        with_database(test_get_by_creator),
        with_database(test_delete_takes_every_row),
        with_database(test_delete_leaves_a_tombstone),
        with_database(test_an_id_with_a_tombstone_is_not_given_again),
        with_database(test_delete_of_nobody),
        with_database(test_out_of_memory),
        with_database(test_a_failing_database),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
