/*
 * The tables in PostgreSQL: those of the Python library as it has them and ours beside them, made by one server of
 * several that start at once, brought up, or left alone. That the library finds in them what it expects is tested in
 * tests/interop.
 */
#include "postgres_support.h"

#include <sys/wait.h>

#define THEIRS "e5f6a7b8c9d0"

/* Theirs first, as WIRE 14 has them. */
static const char *const tables[][2] = {
    {"alembic_version", "version_num varchar!"},
    {"actors", "id varchar!, creator varchar!, passphrase text!, created_at timestamp"},
    {"attributes", "id varchar!, bucket_name varchar!, bucket varchar!, name varchar!, data jsonb, timestamp timestamp,"
                   " ttl_timestamp int8"},
    {"peertrustees", "id varchar!, peerid varchar!, baseuri text!, type varchar!, passphrase text!"},
    {"properties", "id varchar!, name text!, value text!"},
    {"property_lookup", "property_name varchar!, value text!, actor_id varchar!"},
    {"subscriptions", "id varchar!, peer_sub_id varchar!, peerid varchar!, subid varchar!, granularity varchar, target varchar,"
                      " subtarget varchar, resource varchar, seqnr int4!, callback bool!"},
    {"subscription_diffs", "id varchar!, subid_seqnr varchar!, subid varchar!, timestamp timestamp!, diff text!, seqnr int4!"},
    {"subscription_suspensions", "id varchar!, target varchar!, subtarget varchar!, suspended_at timestamptz!"},
    {"trusts", "id varchar!, peerid varchar!, baseuri text!, type varchar!, relationship varchar!, secret varchar!, desc text,"
               " approved bool!, peer_approved bool!, verified bool!, verification_token varchar, peer_identifier varchar,"
               " established_via varchar, created_at timestamp, last_accessed timestamp, last_connected_via varchar,"
               " client_name varchar, client_version varchar, client_platform varchar, oauth_client_id varchar,"
               " aw_supported text, aw_version varchar, capabilities_fetched_at timestamptz"},
    {"outbox", "id varchar!, peerid varchar!, subid varchar!, seqnr int8!, created_at_ms int8!, kind int4!, subtarget text!"},
    {"outbox_queues", "id varchar!, peerid varchar!, subid varchar!, owner varchar!"},
    {"servers", "server_id varchar!, beat int8!"},
    {"aw_schema", "version int4!"},
};

enum { TABLES = sizeof(tables) / sizeof(tables[0]) };

#define OUR_INDEXES                                                                                                          \
    "aw_attributes_bucket aw_attributes_callback_state aw_properties_name aw_subscription_diffs_seqnr aw_subscriptions_peer" \
    " ix_outbox_queues_owner"

static int64_t count_tables(struct fixture *f)
{
    return query_int(f, "SELECT count(*) FROM pg_tables WHERE schemaname = current_schema()");
}

static const char *columns_of(struct fixture *f, const char *table)
{
    const char *sql = aw__arena_printf(f->arena,
                                       "SELECT string_agg(column_name || ' ' || udt_name || CASE is_nullable WHEN 'NO' THEN '!'"
                                       " ELSE '' END, ', ' ORDER BY ordinal_position) FROM information_schema.columns"
                                       " WHERE table_schema = current_schema() AND table_name = '%s'", table);

    return text_of(f, sql);
}

/* Everything that there must be, and nothing more. */
static void assert_complete(struct fixture *f)
{
    for (size_t i = 0; i < TABLES; i++)
        assert_string_equal(columns_of(f, tables[i][0]), tables[i][1]);
    assert_int_equal(count_tables(f), TABLES);
    assert_int_equal(query_int(f, "SELECT version FROM aw_schema"), AW__SCHEMA_VERSION);
    assert_string_equal(text_of(f, "SELECT version_num FROM alembic_version"), THEIRS);
    assert_string_equal(text_of(f, "SELECT string_agg(indexname, ' ' ORDER BY indexname) FROM pg_indexes"
                                   " WHERE schemaname = current_schema()"
                                   " AND (indexname LIKE 'aw\\_%' AND indexname <> 'aw_schema_pkey' OR indexname LIKE '%owner')"),
                        OUR_INDEXES);
    assert_non_null(strstr(text_of(f, "SELECT pg_get_indexdef('ix_outbox_queues_owner'::regclass)"),
                           "(owner, id, peerid, subid)"));
}

/* A connection, and nothing there. */
static int connect_only(void **state)
{
    struct fixture *f;

    if (make_directory(state))
        return -1;
    f = *state;
    return test_place_is_postgres() && driver->open(f->place.rest, false, &f->database, &f->err) ? -1 : 0;
}

#define with_nothing(test) cmocka_unit_test_setup_teardown(test, connect_only, remove_directory)

/* ---- made ---- */

static void test_tables_and_columns(void **state)
{
    struct fixture *f = with_tables(state);

    assert_complete(f);
}

static void test_making_them_again_is_harmless(void **state)
{
    struct fixture *f = with_tables(state);

    execute(f, "INSERT INTO properties VALUES ('a', 'colour', '1')");
    assert_ok(f, aw__schema_open(f->database, true, &f->err));
    assert_ok(f, aw__schema_open(f->database, false, &f->err));
    execute(f, "DROP TABLE outbox; DELETE FROM aw_schema");
    assert_ok(f, aw__schema_open(f->database, true, &f->err));
    assert_complete(f);
    assert_int_equal(query_int(f, "SELECT count(*) FROM properties"), 1);
}

static void test_nothing_is_made_without_leave(void **state)
{
    struct fixture *f = with_tables(state);

    assert_fails(f, AW_E_STORE, aw__schema_open(f->database, false, &f->err));
    assert_non_null(strstr(f->err.message, "--migrate on"));
    assert_int_equal(query_int(f, "SELECT count(*) FROM pg_namespace WHERE nspname = current_setting('search_path')"), 0);
    assert_int_equal(count_tables(f), 0);
}

/* What is in the way is found after most was made, all of which goes again; and the next one is not kept waiting. */
static void test_a_failure_leaves_no_table(void **state)
{
    struct fixture *f = with_tables(state);
    aw_database *other = NULL;

    execute(f, aw__arena_printf(f->arena, "CREATE SCHEMA %s; CREATE VIEW trusts AS SELECT 1 AS secret",
                                strrchr(f->location, '=') + 1));
    assert_fails(f, AW_E_STORE, aw__schema_open(f->database, true, &f->err));
    assert_non_null(strstr(f->err.message, "trusts"));
    assert_int_equal(count_tables(f), 0);
    execute(f, "DROP VIEW trusts");
    assert_ok(f, driver->open(f->place.rest, false, &other, &f->err));
    assert_ok(f, aw__schema_open(other, true, &f->err));
    driver->close(other);
    assert_complete(f);
}

static void test_out_of_memory(void **state)
{
    struct fixture *f = with_tables(state);

    assert_survives_nomem(f, aw__schema_open(f->database, true, &f->err), assert_int_equal(count_tables(f), 0));
    assert_complete(f);
}

static void test_many_make_them_at_once(void **state)
{
    struct fixture *f = with_tables(state);
    enum { PROCESSES = 8 };
    pid_t children[PROCESSES];

    driver->close(f->database); /* which a child must not have */
    f->database = NULL;
    for (int i = 0; i < PROCESSES; i++) {
        children[i] = fork();
        assert_true(children[i] >= 0);
        if (!children[i]) {
            aw_database *database = NULL;
            int rc = driver->open(f->place.rest, false, &database, &f->err);

            if (!rc)
                rc = aw__schema_open(database, true, &f->err);
            if (rc)
                fprintf(stderr, "%s\n", f->err.message);
            driver->close(database);
            _exit(rc ? 1 : 0);
        }
    }
    for (int i = 0; i < PROCESSES; i++) {
        int status = 0;

        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    assert_ok(f, driver->open(f->place.rest, false, &f->database, &f->err));
    assert_complete(f);
}

/* ---- names ---- */

static void open_as(struct fixture *f, const char *user, const char *query)
{
    const char *host = strchr(f->place.rest, '@');

    driver->close(f->database);
    f->database = NULL;
    assert_ok(f, driver->open(aw__arena_printf(f->arena, "//%s%.*s%s", user, (int)strcspn(host, "?"), host, query), false,
                              &f->database, &f->err));
}

/* It is the schema's name that the prefix stands before, as with the library's PG_DB_PREFIX; and any name will do. */
static void test_names_of_schemas(void **state)
{
    struct fixture *f = with_tables(state);
    static const char *const names[][2] = {{"?prefix=sel&schema=ect", "select"},
                                           {"?schema=user&prefix=test_prefix_", "test_prefix_user"},
                                           {"?schema=1_2", "1_2"}};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        open_as(f, "actingweb", names[i][0]);
        assert_ok(f, aw__schema_open(f->database, true, &f->err));
        assert_string_equal(text_of(f, "SELECT schemaname::text FROM pg_tables WHERE tablename = 'aw_schema'"
                                       " AND schemaname = current_schema()"), names[i][1]);
        assert_complete(f);
        execute(f, aw__arena_printf(f->arena, "DROP SCHEMA \"%s\" CASCADE", names[i][1]));
    }
}

/* One who may not make a schema is told what is missing; given one, he needs no right on the database. */
static void test_users_with_few_rights(void **state)
{
    struct fixture *f = with_tables(state);
    const char *name = strrchr(f->location, '=') + 1;
    const char *query = aw__arena_printf(f->arena, "?schema=%s", name);

    execute(f, aw__arena_printf(f->arena, "CREATE ROLE of_%s LOGIN", name));
    open_as(f, aw__arena_printf(f->arena, "of_%s", name), query);
    assert_fails(f, AW_E_STORE, aw__schema_open(f->database, true, &f->err));
    assert_non_null(strstr(f->err.message, "42501"));
    assert_non_null(strstr(f->err.message, "GRANT"));

    open_as(f, "actingweb", query);
    execute(f, aw__arena_printf(f->arena, "CREATE SCHEMA %s; GRANT CREATE, USAGE ON SCHEMA %s TO of_%s", name, name, name));
    open_as(f, aw__arena_printf(f->arena, "of_%s", name), query);
    assert_ok(f, aw__schema_open(f->database, true, &f->err));
    assert_complete(f);

    open_as(f, "actingweb", query);
    execute(f, aw__arena_printf(f->arena, "DROP OWNED BY of_%s CASCADE; DROP ROLE of_%s", name, name));
}

/* ---- earlier and later versions ---- */

static void test_version_3_is_brought_up(void **state)
{
    struct fixture *f = with_tables(state);

    execute(f, "DROP INDEX ix_outbox_queues_owner; CREATE INDEX ix_outbox_queues_owner ON outbox_queues (owner);"
               "UPDATE aw_schema SET version = 3; INSERT INTO outbox_queues VALUES ('a', 'p', 's', 'me')");
    assert_fails(f, AW_E_STORE, aw__schema_open(f->database, false, &f->err));
    assert_non_null(strstr(f->err.message, "version 3 "));
    assert_non_null(strstr(f->err.message, "--migrate on"));
    for (int i = 0; i < 2; i++) {
        assert_ok(f, aw__schema_open(f->database, true, &f->err));
        assert_complete(f);
        assert_int_equal(query_int(f, "SELECT count(*) FROM outbox_queues"), 1);
    }
}

static void test_versions_that_are_not_known_are_left_alone(void **state)
{
    struct fixture *f = with_tables(state);

    execute(f, "DROP TABLE outbox; UPDATE aw_schema SET version = 99");
    assert_fails(f, AW_E_STORE, aw__schema_open(f->database, true, &f->err));
    assert_non_null(strstr(f->err.message, "99"));
    execute(f, "UPDATE aw_schema SET version = -1");
    assert_fails(f, AW_E_STORE, aw__schema_open(f->database, true, &f->err));
    assert_int_equal(count_tables(f), TABLES - 1);
}

/* ---- the Python library's ---- */

/* What is left is theirs. */
static void leave_theirs(struct fixture *f)
{
    execute(f, "DROP TABLE outbox, outbox_queues, servers, aw_schema; DROP COLLATION \"binary\" CASCADE;"
               "DROP INDEX aw_attributes_callback_state, aw_subscriptions_peer, aw_subscription_diffs_seqnr");
}

static void test_their_tables_are_used_as_they_are(void **state)
{
    struct fixture *f = with_tables(state);

    leave_theirs(f);
    execute(f, "INSERT INTO actors VALUES ('a', 'me', 'x', '2026-01-01'); INSERT INTO properties VALUES ('a', 'n', '1')");
    assert_fails(f, AW_E_STORE, aw__schema_open(f->database, false, &f->err));
    assert_int_equal(count_tables(f), TABLES - 4);
    assert_ok(f, aw__schema_open(f->database, true, &f->err));
    assert_complete(f);
    assert_int_equal(query_int(f, "SELECT count(*) FROM actors JOIN properties USING (id)"), 1);
}

static void assert_theirs_refused(struct fixture *f, const char *version)
{
    int64_t before = count_tables(f);

    assert_fails(f, AW_E_STORE, aw__schema_open(f->database, true, &f->err));
    if (!strstr(f->err.message, version))
        fail_msg("\"%s\" does not say \"%s\"", f->err.message, version);
    assert_non_null(strstr(f->err.message, "alembic upgrade head"));
    assert_int_equal(count_tables(f), before);
}

/* Whether ours are there, or not. */
static void test_their_other_versions_are_left_alone(void **state)
{
    struct fixture *f = with_tables(state);

    execute(f, "UPDATE alembic_version SET version_num = 'ffffffffffff'");
    assert_theirs_refused(f, "ffffffffffff");
    assert_fails(f, AW_E_STORE, aw__schema_open(f->database, false, &f->err));
    assert_non_null(strstr(f->err.message, "ffffffffffff"));
    leave_theirs(f);
    assert_theirs_refused(f, "ffffffffffff");
    execute(f, "DELETE FROM alembic_version");
    assert_theirs_refused(f, "(none)");
    execute(f, "INSERT INTO alembic_version VALUES ('" THEIRS "')");
    assert_ok(f, aw__schema_open(f->database, true, &f->err));
    assert_complete(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_database(test_tables_and_columns),
        with_database(test_making_them_again_is_harmless),
        with_nothing(test_nothing_is_made_without_leave),
        with_nothing(test_a_failure_leaves_no_table),
        with_nothing(test_out_of_memory),
        with_nothing(test_many_make_them_at_once),
        with_nothing(test_names_of_schemas),
        with_nothing(test_users_with_few_rights),
        with_database(test_version_3_is_brought_up),
        with_database(test_versions_that_are_not_known_are_left_alone),
        with_database(test_their_tables_are_used_as_they_are),
        with_database(test_their_other_versions_are_left_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
