/*
 * The tables in SQLite: their names and columns, which the reference shares, and how earlier versions are brought up.
 */
#include "store_fixture.h"

#include "store/outbox.h"
#include "store/outbox_queues.h"
#include "store/properties.h"

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

static int begin_after_another(aw_database *database, bool writes, aw_error *err)
{
    int rc = aw__sqlite_driver.execute(database, "PRAGMA user_version = 99", err);

    return rc ? rc : aw__sqlite_driver.begin(database, writes, err);
}

/* It has looked, and before its transaction began a later version of this library was there. */
static void test_a_version_that_was_raised_meanwhile_is_left_alone(void **state)
{
    struct fixture *f = *state;
    aw_database_driver later = aw__sqlite_driver;

    later.begin = begin_after_another;
    assert_ok(f, aw__sqlite_driver.execute(f->database, "DROP TABLE outbox; PRAGMA user_version = 3", &f->err));
    f->database->driver = &later;
    f->err = (aw_error){0};
    int rc = aw__schema_open(f->database, true, &f->err);

    f->database->driver = &aw__sqlite_driver;
    assert_int_equal(rc, AW_E_STORE);
    assert_non_null(strstr(f->err.message, "99"));
    assert_int_equal(query_int(f, "PRAGMA user_version"), 99);
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
        with_database(test_a_version_that_was_raised_meanwhile_is_left_alone),
        with_database(test_a_failure_leaves_no_table),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
