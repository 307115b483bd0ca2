/*
 * The tables: their names and columns, which the reference shares, and that each statement of a request finds its rows
 * by an index.
 */
#include "store_fixture.h"

#include "store/actors.h"
#include "store/attributes.h"
#include "store/diffs.h"
#include "store/outbox.h"
#include "store/outbox_queues.h"
#include "store/peertrustees.h"
#include "store/properties.h"
#include "store/servers.h"
#include "store/subscriptions.h"
#include "store/trusts.h"

/* From the reference's PostgreSQL schema, in its order; the last three are ours. */
static const char *const tables[][2] = {
    {"actors", "id,creator,passphrase,created_at"},
    {"attributes", "id,bucket_name,bucket,name,data,timestamp,ttl_timestamp"},
    {"peertrustees", "id,peerid,baseuri,type,passphrase"},
    {"properties", "id,name,value"},
    {"property_lookup", "property_name,value,actor_id"},
    {"subscriptions", "id,peer_sub_id,peerid,subid,granularity,target,subtarget,resource,seqnr,callback"},
    {"subscription_diffs", "id,subid_seqnr,subid,timestamp,diff,seqnr"},
    {"subscription_suspensions", "id,target,subtarget,suspended_at"},
    {"trusts", "id,peerid,baseuri,type,relationship,secret,desc,approved,peer_approved,verified,verification_token,"
               "peer_identifier,established_via,created_at,last_accessed,last_connected_via,client_name,client_version,"
               "client_platform,oauth_client_id,aw_supported,aw_version,capabilities_fetched_at"},
    {"outbox", "id,peerid,subid,seqnr,created_at_ms,kind,subtarget"},
    {"outbox_queues", "id,peerid,subid,owner"},
    {"servers", "server_id,beat"},
};

enum { TABLES = sizeof(tables) / sizeof(tables[0]) };

static void test_tables_and_columns(void **state)
{
    struct fixture *f = *state;

    for (size_t i = 0; i < TABLES; i++) {
        aw__statement s = aw__sql(f->database, "SELECT group_concat(name) FROM pragma_table_info($1)", &f->err);

        aw__bind_text(&s, tables[i][0]);
        assert_true(aw__row(&s));
        assert_string_equal(aw__column_text(&s, 0), tables[i][1]);
        assert_int_equal(aw__finish(&s), AW_OK);
    }
    assert_int_equal(query_int(f, "SELECT count(*) FROM sqlite_schema WHERE type = 'table'"), TABLES);
}

static void test_making_tables_twice_is_harmless(void **state)
{
    struct fixture *f = *state;

    assert_ok(f, aw__properties_set(f->database, "a", "colour", "1", &f->err));
    assert_ok(f, aw__schema_open(f->database, true, &f->err));
    assert_ok(f, aw__sqlite_driver.execute(f->database, "DROP TABLE outbox; PRAGMA user_version = 0", &f->err));
    assert_ok(f, aw__schema_open(f->database, true, &f->err));
    assert_int_equal(query_int(f, "SELECT count(*) FROM outbox"), 0);
    assert_int_equal(query_int(f, "SELECT count(*) FROM properties"), 1);
}

static void test_the_first_version_is_brought_up(void **state)
{
    struct fixture *f = *state;

    assert_ok(f, aw__sqlite_driver.execute(f->database,
                                           "DROP TABLE outbox; CREATE TABLE outbox (id TEXT NOT NULL, peerid TEXT NOT NULL,"
                                           " subid TEXT NOT NULL, seqnr INTEGER NOT NULL, created_at_ms INTEGER NOT NULL,"
                                           " PRIMARY KEY (id, peerid, subid, seqnr)) WITHOUT ROWID;"
                                           "INSERT INTO outbox VALUES ('a', 'p', 's', 7, 1); PRAGMA user_version = 1",
                                           &f->err));
    for (int i = 0; i < 2; i++) {
        aw__outbox_row row;

        assert_ok(f, aw__schema_open(f->database, true, &f->err));
        assert_ok(f, aw__outbox_get(f->database, f->arena, "a", "p", "s", 7, &row, &f->err));
        assert_int_equal(row.kind, AW__OUTBOX_DIFF);
        assert_string_equal(row.subtarget, "");
        assert_int_equal(query_int(f, "SELECT count(*) FROM outbox_queues WHERE owner = ''"), 1);
    }
}

/* Version 2 had the outbox, but no queues. */
static void test_what_is_in_the_outbox_becomes_queues(void **state)
{
    struct fixture *f = *state;

    assert_ok(f, aw__sqlite_driver.execute(f->database,
                                           "DROP TABLE outbox_queues; DROP TABLE servers;"
                                           "INSERT INTO outbox VALUES ('a', 'p', 's', 7, 1, 0, ''),"
                                           " ('a', 'p', 's', 8, 1, 0, ''), ('a', 'p', 't', 1, 1, 0, '');"
                                           "PRAGMA user_version = 2",
                                           &f->err));
    for (int i = 0; i < 2; i++) {
        assert_ok(f, aw__schema_open(f->database, true, &f->err));
        assert_int_equal(query_int(f, "SELECT count(*) FROM outbox_queues WHERE owner = ''"), 2);
        assert_int_equal(query_int(f, "SELECT count(*) FROM servers"), 0);
    }
}

/* What is another in PostgreSQL's tables alone. */
static void test_version_3_only_gets_the_number(void **state)
{
    struct fixture *f = *state;

    assert_ok(f, aw__outbox_queues_claim(f->database, &(aw__outbox_queue){"a", "p", "s"}, "me", &(bool){false}, &f->err));
    assert_ok(f, aw__sqlite_driver.execute(f->database, "PRAGMA user_version = 3", &f->err));
    assert_fails(f, AW_E_STORE, aw__schema_open(f->database, false, &f->err));
    assert_ok(f, aw__schema_open(f->database, true, &f->err));
    assert_ok(f, aw__schema_open(f->database, false, &f->err));
    assert_int_equal(query_int(f, "SELECT count(*) FROM outbox_queues WHERE owner = 'me'"), 1);
}

static void test_a_later_version_is_left_alone(void **state)
{
    struct fixture *f = *state;

    assert_ok(f, aw__sqlite_driver.execute(f->database, "DROP TABLE outbox; PRAGMA user_version = 99", &f->err));
    assert_fails(f, AW_E_STORE, aw__schema_open(f->database, true, &f->err));
    assert_non_null(strstr(f->err.message, "99"));
    assert_int_equal(query_int(f, "SELECT count(*) FROM sqlite_schema WHERE name = 'outbox'"), 0);
}

/* Another program's file, say. */
static void test_a_version_that_never_was_is_left_alone(void **state)
{
    struct fixture *f = *state;

    assert_ok(f, aw__sqlite_driver.execute(f->database, "DROP TABLE outbox; PRAGMA user_version = -2", &f->err));
    assert_fails(f, AW_E_STORE, aw__schema_open(f->database, true, &f->err));
    assert_fails(f, AW_E_STORE, aw__schema_open(f->database, false, &f->err));
    assert_fails(f, AW_E_STORE, aw__schema_known(f->database, &f->err));
    assert_int_equal(query_int(f, "SELECT count(*) FROM sqlite_schema WHERE name = 'outbox'"), 0);
}

static void test_a_failure_leaves_no_table(void **state)
{
    struct fixture *f = *state;

    drop_tables(f);
    assert_ok(
        f, aw__sqlite_driver.execute(f->database, "CREATE VIEW trusts AS SELECT 1; PRAGMA user_version = 0", &f->err));
    assert_fails(f, AW_E_STORE, aw__schema_open(f->database, true, &f->err));
    assert_int_equal(query_int(f, "SELECT count(*) FROM sqlite_schema WHERE type = 'table'"), 0);
}

/* ------------------------------------------------------------------------------------------------------- plans --- */

/* A driver that remembers what was prepared. */
static const char *prepared[200];
static size_t prepared_count;

static int remember(aw_database *database, const char *sql, aw_database_statement **ret_statement, aw_error *err)
{
    size_t i = 0;

    while (i < prepared_count && prepared[i] != sql)
        i++;
    assert_true(i < sizeof(prepared) / sizeof(prepared[0]));
    prepared[i] = sql;
    if (i == prepared_count)
        prepared_count++;
    return aw__sqlite_driver.prepare(database, sql, ret_statement, err);
}

/* Each function of each table; what they find does not matter here. */
static void run_everything(struct fixture *f)
{
    aw_database *d = f->database;
    int64_t expired;
    aw_trust trust = {.actor_id = "a", .peer_id = "p", .secret = "s"}, *got_trust = NULL, **trusts = NULL;
    aw_subscription row = {.actor_id = "a", .peer_id = "p", .id = "s"}, *got = NULL, **rows = NULL;
    aw__diff_row diff = {1, "2026-11-22 01:25:30.835806", "{}"}, *diffs;
    aw__outbox_row waiting = {"a", "p", "s", 1, 0}, *queue;
    aw__outbox_queue shared = {"a", "p", "s"};
    aw__outbox_taking taking;
    aw__server_row *servers;
    int64_t *sequences;
    aw__peertrustee_row trustee = {.peer_id = "p"};
    aw__attribute_row attribute, *attributes;
    aw__property_row *properties;
    aw__actor_row actor;
    const char *value;
    size_t count;
    bool flag;

    assert_ok(f, aw__actors_insert(d, "a", "me", "x", &f->err));
    assert_ok(f, aw__actors_get(d, f->arena, "a", &actor, &f->err));
    assert_ok(f, aw__actors_get_by_creator(d, f->arena, "me", &actor, &f->err));
    assert_ok(f, aw__properties_set(d, "a", "n", "v", &f->err));
    assert_ok(f, aw__properties_get(d, f->arena, "a", "n", &value, &f->err));
    assert_ok(f, aw__properties_list(d, f->arena, "a", &properties, &count, &f->err));
    assert_ok(f, aw__properties_is_list(d, "a", "n", &flag, &f->err));
    assert_ok(f, aw__properties_delete(d, "a", "n", &f->err));
    assert_ok(f, aw__attributes_set(d, "a", "b", "n", "1", 0, &f->err));
    assert_ok(f, aw__attributes_get(d, f->arena, "a", "b", "n", &attribute, &f->err));
    assert_ok(f, aw__attributes_list(d, f->arena, "a", "b", "n", &attributes, &count, &f->err));
    assert_ok(f, aw__attributes_delete(d, "a", "b", "n", &f->err));
    assert_ok(f, aw__attributes_delete_bucket(d, "a", "b", &f->err));
    assert_ok(f, aw__attributes_delete_expired(d, 1, 1, &expired, &f->err));
    assert_ok(f, aw__peertrustees_set(d, "a", &trustee, &f->err));
    assert_ok(f, aw__peertrustees_get(d, f->arena, "a", "p", &trustee, &f->err));
    assert_ok(f, aw__peertrustees_delete(d, "a", "p", &f->err));
    assert_ok(f, aw__trusts_insert(d, &trust, &f->err));
    assert_ok(f, aw__trusts_get(d, "a", "p", &got_trust, &f->err));
    aw_trust_free(got_trust);
    assert_ok(f, aw__trusts_get_by_secret(d, "a", "s", &got_trust, &f->err));
    aw_trust_free(got_trust);
    assert_ok(f, aw__trusts_list(d, "a", NULL, NULL, NULL, &trusts, &count, &f->err));
    aw_trust_list_free(trusts, count);
    assert_ok(f, aw__trusts_update(d, &trust, &f->err));
    assert_ok(f, aw__trusts_delete(d, "a", "p", &f->err));
    assert_ok(f, aw__subscriptions_insert(d, &row, &f->err));
    assert_ok(f, aw__subscriptions_get(d, "a", "p", "s", -1, &got, &f->err));
    aw_subscription_free(got);
    assert_ok(f, aw__subscriptions_list(d, "a", NULL, NULL, NULL, NULL, -1, &rows, &count, &f->err));
    aw_subscription_list_free(rows, count);
    assert_ok(f, aw__subscriptions_list(d, "a", "p", NULL, NULL, NULL, -1, &rows, &count, &f->err));
    aw_subscription_list_free(rows, count);
    assert_ok(f, aw__subscriptions_set_sequence(d, "a", "p", "s", 1, &f->err));
    assert_ok(f, aw__diffs_insert(d, "a", "s", &diff, &f->err));
    assert_ok(f, aw__diffs_get(d, f->arena, "a", "s", 1, &diff, &f->err));
    assert_ok(f, aw__diffs_list(d, f->arena, "a", "s", &diffs, &count, &f->err));
    assert_ok(f, aw__diffs_clear(d, "a", "s", 1, &f->err));
    assert_ok(f, aw__diffs_clear(d, "a", "s", 0, &f->err));
    assert_ok(f, aw__outbox_insert(d, &waiting, &f->err));
    assert_ok(f, aw__outbox_list(d, f->arena, NULL, 10, &queue, &count, &f->err));
    assert_ok(f, aw__outbox_queues_claim(d, &shared, "gone", &flag, &f->err));
    assert_ok(f, aw__servers_insert(d, "here", &f->err));
    assert_ok(f, aw__servers_beat(d, "here", &flag, &f->err));
    assert_ok(f, aw__servers_list(d, f->arena, &servers, &count, &f->err));
    assert_ok(f, aw__outbox_queues_orphaned(d, f->arena, &flag, &f->err));
    assert_ok(f, aw__outbox_queues_take(d, f->arena, "here", 10, 10, &taking, &f->err));
    assert_ok(f, aw__outbox_queues_release(d, f->arena, &shared, "here", 10, &sequences, &count, &f->err));
    assert_ok(f, aw__outbox_delete(d, "a", "p", "s", 1, &f->err));
    assert_ok(f, aw__outbox_queues_release(d, f->arena, &shared, "here", 10, &sequences, &count, &f->err));
    assert_ok(f, aw__servers_delete_silent(d, &servers[0], &flag, &f->err));
    assert_ok(f, aw__servers_delete(d, "here", &f->err));
    assert_ok(f, aw__subscriptions_delete(d, "a", "p", "s", &flag, &f->err));
    assert_ok(f, aw__subscriptions_delete_of_peer(d, "a", "p", &f->err));
    assert_ok(f, aw__actors_delete(d, "a", &f->err));
}

/* Statements that are for all actors at once. */
static bool for_all_actors(const char *sql)
{
    return strstr(sql, "WHERE creator = $1") || strstr(sql, "ttl_timestamp <= $1") ||
           strstr(sql, "FROM outbox WHERE (id") || strstr(sql, "server_id") || strstr(sql, "WHERE owner") ||
           strstr(sql, "WHERE q.owner");
}

static void check_plan(struct fixture *f, const char *sql)
{
    char explain[1024];
    aw__statement s;

    snprintf(explain, sizeof(explain), "EXPLAIN QUERY PLAN %s", sql);
    s = aw__sql(f->database, aw__arena_strdup(f->arena, explain), &f->err); /* the cache goes by address */
    while (aw__row(&s)) {
        const char *detail = aw__column_text(&s, 3);
        bool sought = strncmp(detail, "SEARCH ", 7) == 0;

        /* "RIGHT PART": what is sorted has one subscription's key. */
        if (strncmp(detail, "SCAN ", 5) == 0 || (strstr(detail, "TEMP B-TREE") && !strstr(detail, "RIGHT PART")))
            fail_msg("%s\n    %s", sql, detail);
        if (sought && !for_all_actors(sql) && !strstr(detail, "id=?"))
            fail_msg("not by actor: %s\n    %s", sql, detail);
        if (getenv("AW_SHOW_PLANS"))
            print_message("%s\n    %s\n", sql, detail);
    }
    assert_ok(f, aw__finish(&s));
}

static void test_every_statement_uses_an_index(void **state)
{
    struct fixture *f = *state;
    aw_database_driver remembering = aw__sqlite_driver;

    remembering.prepare = remember;
    f->database->driver = &remembering;
    run_everything(f);
    f->database->driver = &aw__sqlite_driver;
    assert_true(prepared_count > 40);
    for (size_t i = 0; i < prepared_count; i++)
        check_plan(f, prepared[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_database(test_tables_and_columns),
        with_database(test_making_tables_twice_is_harmless),
        with_database(test_the_first_version_is_brought_up),
        with_database(test_what_is_in_the_outbox_becomes_queues),
        with_database(test_version_3_only_gets_the_number),
        with_database(test_a_later_version_is_left_alone),
        with_database(test_a_version_that_never_was_is_left_alone),
        with_database(test_a_failure_leaves_no_table),
        with_database(test_every_statement_uses_an_index),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
