/*
 * The tables and their indexes, in SQLite's dialect. The names are those of the Python reference's PostgreSQL schema
 * (WIRE 14); texts that are keys have no length here, timestamps are texts in UTC and flags the integers 0 and 1.
 */
#include "store/schema.h"

#include "store/statement.h"

/* In PRAGMA user_version. */
#define VERSION_TEXT "4"

/* Which servers there are, and which of them delivers what is in the outbox for a subscription. */
#define SHARED_OUTBOX \
    "CREATE TABLE IF NOT EXISTS servers (" \
    " server_id TEXT NOT NULL PRIMARY KEY, beat INTEGER NOT NULL" \
    ") WITHOUT ROWID;" \
    "CREATE TABLE IF NOT EXISTS outbox_queues (" \
    " id TEXT NOT NULL, peerid TEXT NOT NULL, subid TEXT NOT NULL, owner TEXT NOT NULL," \
    " PRIMARY KEY (id, peerid, subid)" \
    ") WITHOUT ROWID;" \
    "CREATE INDEX IF NOT EXISTS ix_outbox_queues_owner ON outbox_queues (owner);"

/*
 * Rows are short and found by their text keys, so they live in the key's tree itself (WITHOUT ROWID). Indexes beyond
 * the reference's keep a lookup within what it asks for, and not all that an actor has: a bucket's attributes, a peer's
 * subscriptions, a subscription's diffs.
 */
static const char tables[] =
    "CREATE TABLE IF NOT EXISTS actors ("
    " id TEXT NOT NULL PRIMARY KEY, creator TEXT NOT NULL, passphrase TEXT NOT NULL, created_at TEXT"
    ") WITHOUT ROWID;"
    "CREATE INDEX IF NOT EXISTS ix_actors_creator ON actors (creator);"

    "CREATE TABLE IF NOT EXISTS attributes ("
    " id TEXT NOT NULL, bucket_name TEXT NOT NULL, bucket TEXT NOT NULL, name TEXT NOT NULL, data TEXT,"
    " timestamp TEXT, ttl_timestamp INTEGER, PRIMARY KEY (id, bucket_name)"
    ") WITHOUT ROWID;"
    "CREATE INDEX IF NOT EXISTS ix_attributes_bucket ON attributes (id, bucket, name);"
    "CREATE INDEX IF NOT EXISTS idx_attributes_ttl ON attributes (ttl_timestamp) WHERE ttl_timestamp IS NOT NULL;"
    "CREATE INDEX IF NOT EXISTS ix_attributes_callback_state ON attributes (id, name) WHERE bucket = '_callback_state';"

    "CREATE TABLE IF NOT EXISTS peertrustees ("
    " id TEXT NOT NULL, peerid TEXT NOT NULL, baseuri TEXT NOT NULL, type TEXT NOT NULL, passphrase TEXT NOT NULL,"
    " PRIMARY KEY (id, peerid)"
    ") WITHOUT ROWID;"

    "CREATE TABLE IF NOT EXISTS properties ("
    " id TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (id, name)"
    ") WITHOUT ROWID;"

    "CREATE TABLE IF NOT EXISTS property_lookup ("
    " property_name TEXT NOT NULL, value TEXT NOT NULL,"
    " actor_id TEXT NOT NULL REFERENCES actors (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,"
    " PRIMARY KEY (property_name, value)"
    ") WITHOUT ROWID;"
    "CREATE INDEX IF NOT EXISTS idx_property_lookup_actor_id ON property_lookup (actor_id);"

    "CREATE TABLE IF NOT EXISTS subscriptions ("
    " id TEXT NOT NULL, peer_sub_id TEXT NOT NULL, peerid TEXT NOT NULL, subid TEXT NOT NULL, granularity TEXT,"
    " target TEXT, subtarget TEXT, resource TEXT, seqnr INTEGER NOT NULL DEFAULT 1, callback INTEGER NOT NULL,"
    " PRIMARY KEY (id, peer_sub_id)"
    ") WITHOUT ROWID;"
    "CREATE INDEX IF NOT EXISTS ix_subscriptions_peer ON subscriptions (id, peerid, subid);"

    "CREATE TABLE IF NOT EXISTS subscription_diffs ("
    " id TEXT NOT NULL, subid_seqnr TEXT NOT NULL, subid TEXT NOT NULL, timestamp TEXT NOT NULL, diff TEXT NOT NULL,"
    " seqnr INTEGER NOT NULL DEFAULT 1, PRIMARY KEY (id, subid_seqnr)"
    ") WITHOUT ROWID;"
    "CREATE INDEX IF NOT EXISTS ix_subscription_diffs_seqnr ON subscription_diffs (id, subid, seqnr);"

    "CREATE TABLE IF NOT EXISTS subscription_suspensions ("
    " id TEXT NOT NULL, target TEXT NOT NULL, subtarget TEXT NOT NULL DEFAULT '', suspended_at TEXT NOT NULL,"
    " PRIMARY KEY (id, target, subtarget)"
    ") WITHOUT ROWID;"

    "CREATE TABLE IF NOT EXISTS trusts ("
    " id TEXT NOT NULL, peerid TEXT NOT NULL, baseuri TEXT NOT NULL, type TEXT NOT NULL, relationship TEXT NOT NULL,"
    " secret TEXT NOT NULL, \"desc\" TEXT, approved INTEGER NOT NULL, peer_approved INTEGER NOT NULL,"
    " verified INTEGER NOT NULL, verification_token TEXT, peer_identifier TEXT, established_via TEXT,"
    " created_at TEXT, last_accessed TEXT, last_connected_via TEXT, client_name TEXT, client_version TEXT,"
    " client_platform TEXT, oauth_client_id TEXT, aw_supported TEXT, aw_version TEXT, capabilities_fetched_at TEXT,"
    " PRIMARY KEY (id, peerid)"
    ") WITHOUT ROWID;"
    "CREATE INDEX IF NOT EXISTS idx_trusts_secret ON trusts (secret);"

    "CREATE TABLE IF NOT EXISTS outbox ("
    " id TEXT NOT NULL, peerid TEXT NOT NULL, subid TEXT NOT NULL, seqnr INTEGER NOT NULL,"
    " created_at_ms INTEGER NOT NULL, kind INTEGER NOT NULL DEFAULT 0, subtarget TEXT NOT NULL DEFAULT '',"
    " PRIMARY KEY (id, peerid, subid, seqnr)"
    ") WITHOUT ROWID;"

    SHARED_OUTBOX

    "PRAGMA user_version = " VERSION_TEXT;

/* What version 2 has and version 1 had not. */
static const char from_version_1[] =
    "ALTER TABLE outbox ADD COLUMN kind INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE outbox ADD COLUMN subtarget TEXT NOT NULL DEFAULT '';";

/* What version 3 has: what was in the outbox is nobody's at first. */
static const char from_version_2[] =
    SHARED_OUTBOX
    "INSERT INTO outbox_queues (id, peerid, subid, owner) SELECT DISTINCT id, peerid, subid, '' FROM outbox;";

/* Version 4 is of PostgreSQL's index of owners: here each index has the key's columns behind its own. */
static const char from_version_3[] = "PRAGMA user_version = " VERSION_TEXT;

static const char *const upgrades[AW__SCHEMA_VERSION] = {tables, from_version_1, from_version_2, from_version_3};

static int read_version(aw_database *database, int64_t *ret_version, aw_error *err)
{
    aw__statement s = aw__sql(database, "PRAGMA user_version", err);
    int64_t version = aw__row(&s) ? aw__column_int(&s, 0) : 0;
    int rc = aw__finish(&s);

    if (!rc)
        *ret_version = version;
    return rc;
}

const aw__schema_dialect aw__schema_sqlite = {
    .read_version = read_version,
    .upgrades = upgrades,
};
