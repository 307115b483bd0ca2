/*
 * The tables and their indexes, in PostgreSQL's dialect: those of the Python library at its migration e5f6a7b8c9d0
 * (WIRE 14), exactly, so that either can use them, and beside them what is ours.
 */
#include "store/schema.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "store/statement.h"

#define THEIR_VERSION "e5f6a7b8c9d0"
#define VERSION_TEXT  "4"

/* "ActingWe", as a number. */
#define LOCK_KEY "4711737631332325221"

#define KEY  " character varying(255) NOT NULL"
#define TEXT " character varying(255)"

/* An owner's queues in the order in which they are taken. */
#define OWNERS      "CREATE INDEX IF NOT EXISTS ix_outbox_queues_owner ON outbox_queues (owner, id, peerid, subid);"
#define SET_VERSION "DELETE FROM aw_schema; INSERT INTO aw_schema (version) VALUES (" VERSION_TEXT ");"

/* The names of constraints and indexes are theirs as well: their later migrations may refer to them. */
static const char tables[] =
    "SET LOCAL statement_timeout = 0;"

    "CREATE TABLE IF NOT EXISTS alembic_version ("
    " version_num character varying(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num));"
    "INSERT INTO alembic_version (version_num) VALUES ('" THEIR_VERSION "') ON CONFLICT DO NOTHING;"

    "CREATE TABLE IF NOT EXISTS actors ("
    " id" KEY " PRIMARY KEY, creator" KEY ", passphrase text NOT NULL, created_at timestamp without time zone);"
    "CREATE INDEX IF NOT EXISTS ix_actors_creator ON actors (creator);"

    "CREATE TABLE IF NOT EXISTS attributes ("
    " id" KEY ", bucket_name" KEY ", bucket" KEY ", name" KEY ", data jsonb, \"timestamp\" timestamp without time zone,"
    " ttl_timestamp bigint, PRIMARY KEY (id, bucket_name));"
    "CREATE INDEX IF NOT EXISTS idx_attributes_ttl ON attributes (ttl_timestamp) WHERE ttl_timestamp IS NOT NULL;"
    "CREATE INDEX IF NOT EXISTS idx_attributes_chain_id ON attributes ((data ->> 'chain_id'))"
    " WHERE (data ->> 'chain_id') IS NOT NULL;"

    "CREATE TABLE IF NOT EXISTS peertrustees ("
    " id" KEY ", peerid" KEY ", baseuri text NOT NULL, type" KEY ", passphrase text NOT NULL, PRIMARY KEY (id, peerid));"

    "CREATE TABLE IF NOT EXISTS properties ("
    " id" KEY ", name text NOT NULL, value text NOT NULL, PRIMARY KEY (id, name));"

    "CREATE TABLE IF NOT EXISTS property_lookup ("
    " property_name" KEY ", value text NOT NULL, actor_id" KEY ", PRIMARY KEY (property_name, value),"
    " CONSTRAINT fk_property_lookup_actor FOREIGN KEY (actor_id) REFERENCES actors (id) ON DELETE CASCADE"
    " DEFERRABLE INITIALLY DEFERRED);"
    "CREATE INDEX IF NOT EXISTS idx_property_lookup_actor_id ON property_lookup (actor_id);"

    "CREATE TABLE IF NOT EXISTS subscriptions ("
    " id" KEY ", peer_sub_id" KEY ", peerid" KEY ", subid" KEY ", granularity" TEXT ", target" TEXT ", subtarget" TEXT ","
    " resource" TEXT ", seqnr integer NOT NULL, callback boolean NOT NULL, PRIMARY KEY (id, peer_sub_id));"

    "CREATE TABLE IF NOT EXISTS subscription_diffs ("
    " id" KEY ", subid_seqnr" KEY ", subid" KEY ", \"timestamp\" timestamp without time zone NOT NULL, diff text NOT NULL,"
    " seqnr integer NOT NULL, PRIMARY KEY (id, subid_seqnr));"

    "CREATE TABLE IF NOT EXISTS subscription_suspensions ("
    " id" KEY ", target" KEY ", subtarget" KEY " DEFAULT '', suspended_at timestamp with time zone NOT NULL,"
    " PRIMARY KEY (id, target, subtarget));"

    "CREATE TABLE IF NOT EXISTS trusts ("
    " id" KEY ", peerid" KEY ", baseuri text NOT NULL, type" KEY ", relationship" KEY ", secret" KEY ", \"desc\" text,"
    " approved boolean NOT NULL, peer_approved boolean NOT NULL, verified boolean NOT NULL, verification_token" TEXT ","
    " peer_identifier" TEXT ", established_via" TEXT ", created_at timestamp without time zone,"
    " last_accessed timestamp without time zone, last_connected_via" TEXT ", client_name" TEXT ", client_version" TEXT ","
    " client_platform" TEXT ", oauth_client_id" TEXT ", aw_supported text, aw_version character varying(50),"
    " capabilities_fetched_at timestamp with time zone, PRIMARY KEY (id, peerid));"
    "CREATE INDEX IF NOT EXISTS idx_trusts_secret ON trusts (secret);"

    /* Ours. The order of bytes, which ranks of list items have, under the name by which SQLite knows it. */
    "CREATE COLLATION IF NOT EXISTS \"binary\" FROM \"C\";"
    /* Lookups within what they ask for, and not all that an actor has. */
    "CREATE INDEX IF NOT EXISTS aw_properties_name ON properties (id, name COLLATE \"binary\");"
    "CREATE INDEX IF NOT EXISTS aw_attributes_bucket ON attributes (id, bucket, name COLLATE \"binary\");"
    "CREATE INDEX IF NOT EXISTS aw_attributes_callback_state ON attributes (id, name) WHERE bucket = '_callback_state';"
    "CREATE INDEX IF NOT EXISTS aw_subscriptions_peer ON subscriptions (id, peerid, subid);"
    "CREATE INDEX IF NOT EXISTS aw_subscription_diffs_seqnr ON subscription_diffs (id, subid, seqnr);"

    "CREATE TABLE IF NOT EXISTS outbox ("
    " id" KEY ", peerid" KEY ", subid" KEY ", seqnr bigint NOT NULL, created_at_ms bigint NOT NULL,"
    " kind integer NOT NULL DEFAULT 0, subtarget text NOT NULL DEFAULT '', PRIMARY KEY (id, peerid, subid, seqnr));"

    "CREATE TABLE IF NOT EXISTS outbox_queues ("
    " id" KEY ", peerid" KEY ", subid" KEY ", owner" KEY ", PRIMARY KEY (id, peerid, subid));"
    OWNERS
    "CREATE TABLE IF NOT EXISTS servers (server_id" KEY " PRIMARY KEY, beat bigint NOT NULL);"

    "CREATE TABLE IF NOT EXISTS aw_schema (version integer NOT NULL PRIMARY KEY);"
    SET_VERSION;

/* Until then the index had the owner alone, and an owner's queues were sorted for each page of them. */
static const char from_version_3[] =
    "SET LOCAL statement_timeout = 0;"
    "DROP INDEX IF EXISTS ix_outbox_queues_owner;"
    OWNERS
    SET_VERSION;

/* No database of this kind has had an earlier version than 3. */
static const char *const upgrades[AW__SCHEMA_VERSION] = {tables, tables, tables, from_version_3};

/* The first column of the only row, as a text of at most bytes; "" for NULL and for no row. */
static int ask(aw_database *database, const char *sql, char *text, size_t bytes, aw_error *err)
{
    aw__statement s = aw__sql(database, sql, err);

    text[0] = '\0';
    if (aw__row(&s))
        snprintf(text, bytes, "%s", aw__column_text(&s, 0));
    return aw__finish(&s);
}

/* Tables of the Python library are used as they are, when they are those that we know. Its next version may change them
 * while ours stay as they are: so this is looked at each time. */
static int check_theirs(aw_database *database, aw_error *err)
{
    char theirs[64];
    int rc = ask(database, "SELECT to_regclass('alembic_version')::text", theirs, sizeof(theirs), err);

    if (rc || !*theirs)
        return rc;
    rc = ask(database, "SELECT version_num FROM alembic_version ORDER BY version_num LIMIT 1", theirs, sizeof(theirs), err);
    if (rc || !strcmp(theirs, THEIR_VERSION))
        return rc;
    return aw__fail(err, AW_E_STORE,
                    "the Python library's tables are at its migration %.40s and this server knows " THEIR_VERSION
                    "; run \"alembic upgrade head\" of version 3.15, or use another schema", *theirs ? theirs : "(none)");
}

static int read_version(aw_database *database, int64_t *ret_version, aw_error *err)
{
    char found[64];
    int64_t version = 0;
    int rc = ask(database, "SELECT to_regclass('aw_schema')::text", found, sizeof(found), err);

    if (!rc && *found) {
        aw__statement s = aw__sql(database, "SELECT version FROM aw_schema", err);

        version = aw__row(&s) ? aw__column_int(&s, 0) : 0;
        rc = aw__finish(&s);
    }
    if (!rc && version)
        rc = check_theirs(database, err);
    if (!rc)
        *ret_version = version;
    return rc;
}

/* Only when there is none: it takes a right on the whole database, also where it would do nothing. */
static int make_schema(aw_database *database, aw_error *err)
{
    char name[128], sql[192];
    int rc = ask(database, "SELECT current_setting('search_path') WHERE to_regnamespace(current_setting('search_path')) IS NULL",
                 name, sizeof(name), err);

    if (rc || !*name)
        return rc;
    snprintf(sql, sizeof(sql), "CREATE SCHEMA IF NOT EXISTS %s", name);
    return database->driver->execute(database, sql, err);
}

static int prepare(aw_database *database, aw_error *err)
{
    int rc = make_schema(database, err);

    return rc ? rc : check_theirs(database, err);
}

const aw__schema_dialect aw__schema_postgres = {
    .lock = "SET statement_timeout = 0; SET lock_timeout = 0; SELECT pg_advisory_lock(" LOCK_KEY ")",
    .unlock = "SELECT pg_advisory_unlock(" LOCK_KEY ")",
    .read_version = read_version,
    .prepare = prepare,
    .upgrades = upgrades,
};
