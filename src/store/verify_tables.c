/*
 * What is wrong with rows of trusts, trustees, subscriptions, what depends on them, and property_lookup: that nothing
 * leads to them. SQL alone can tell.
 */
#include "store/verify.h"

#define NO_TRUST(id, peer_id) "(SELECT 1 FROM trusts t WHERE t.id = " id " AND t.peerid = " peer_id " LIMIT 1) IS NULL"

const aw__verify_pass aw__verify_trusts = {
    .table = "trusts",
    .sql = "SELECT r.id, r.peerid, CASE WHEN " AW__VERIFY_ORPHAN("r.id") " THEN 1 ELSE 0 END FROM trusts r"
           " WHERE (r.id, r.peerid) > ($1, $2) ORDER BY r.id, r.peerid LIMIT $3",
    .keys = 2,
    .texts = 2,
    .kinds = {{
        .name = "trust-without-actor",
        .what = "trusts of actors that are not there",
        .mend = "deleted",
        .sql = {"DELETE FROM trusts WHERE id = $1 AND peerid = $2 AND " AW__VERIFY_STILL_ORPHAN},
        .binds = 2,
    }},
};

const aw__verify_pass aw__verify_peertrustees = {
    .table = "peertrustees",
    .sql = "SELECT r.id, r.peerid, CASE WHEN " AW__VERIFY_ORPHAN("r.id") " THEN 1 ELSE 0 END FROM peertrustees r"
           " WHERE (r.id, r.peerid) > ($1, $2) ORDER BY r.id, r.peerid LIMIT $3",
    .keys = 2,
    .texts = 2,
    .kinds = {{
        .name = "trustee-without-actor",
        .what = "peers made by actors that are not there",
        .mend = "deleted",
        .sql = {"DELETE FROM peertrustees WHERE id = $1 AND peerid = $2 AND " AW__VERIFY_STILL_ORPHAN},
        .binds = 2,
    }},
};

const aw__verify_pass aw__verify_suspensions = {
    .table = "subscription_suspensions",
    .sql = "SELECT r.id, r.target, r.subtarget, CASE WHEN " AW__VERIFY_ORPHAN("r.id") " THEN 1 ELSE 0 END"
           " FROM subscription_suspensions r WHERE (r.id, r.target, r.subtarget) > ($1, $2, $3)"
           " ORDER BY r.id, r.target, r.subtarget LIMIT $4",
    .keys = 3,
    .texts = 3,
    .kinds = {{
        .name = "suspension-without-actor",
        .what = "suspensions at actors that are not there",
        .mend = "deleted",
        .sql = {"DELETE FROM subscription_suspensions WHERE id = $1 AND target = $2 AND subtarget = $3"
                " AND " AW__VERIFY_STILL_ORPHAN},
        .binds = 3,
    }},
};

/* ---- subscriptions ---- */

static const char *second_and_third(aw__arena *arena, const aw__verify_fault *fault)
{
    return aw__arena_printf(arena, "%s/%s/%s", fault->texts[0], fault->texts[2], fault->texts[3]);
}

/* Whoever deletes a trust deletes its subscriptions, and without one nobody may be told or ask. */
const aw__verify_pass aw__verify_subscriptions = {
    .table = "subscriptions",
    .sql = "SELECT r.id, r.peer_sub_id, r.peerid, r.subid, CASE WHEN " AW__VERIFY_ORPHAN("r.id") " THEN 1"
           " WHEN " NO_TRUST("r.id", "r.peerid") " THEN 2"
           " WHEN r.peer_sub_id <> r.peerid || ':' || r.subid THEN 3 ELSE 0 END FROM subscriptions r"
           " WHERE (r.id, r.peer_sub_id) > ($1, $2) ORDER BY r.id, r.peer_sub_id LIMIT $3",
    .keys = 2,
    .texts = 4,
    .example = second_and_third,
    .kinds =
        {
            {
                .name = "subscription-without-actor",
                .what = "subscriptions of actors that are not there",
                .mend = "deleted",
                .sql = {"DELETE FROM subscriptions WHERE id = $1 AND peer_sub_id = $2 AND " AW__VERIFY_STILL_ORPHAN},
                .binds = 2,
            },
            {
                .name = "subscription-without-trust",
                .what = "subscriptions with peers that there is no trust with",
                .mend = "deleted",
                .sql = {"DELETE FROM subscriptions WHERE id = $1 AND peer_sub_id = $2"
                        " AND NOT EXISTS (SELECT 1 FROM trusts WHERE id = $1 AND peerid = $3)"},
                .binds = 3,
            },
            {
                .name = "subscription-key",
                .what = "subscriptions whose key is not made of their peer and id, so that nobody finds them",
                .mend = "given the right key, or deleted where that is taken",
                .sql = {"UPDATE subscriptions SET peer_sub_id = $3 || ':' || $4 WHERE id = $1 AND peer_sub_id = $2"
                        " AND peerid = $3 AND subid = $4 AND NOT EXISTS"
                        " (SELECT 1 FROM subscriptions s WHERE s.id = $1 AND s.peer_sub_id = $3 || ':' || $4)",
                        "DELETE FROM subscriptions WHERE id = $1 AND peer_sub_id = $2"
                        " AND peerid = $3 AND subid = $4 AND peer_sub_id <> $3 || ':' || $4"},
                .binds = 4,
            },
        },
};

/* Diffs are of a subscription's id, whoever its peer is. */
const aw__verify_pass aw__verify_diffs = {
    .table = "subscription_diffs",
    .sql = "SELECT r.id, r.subid_seqnr, r.subid, CASE WHEN " AW__VERIFY_ORPHAN("r.id") " THEN 1"
           " WHEN (SELECT 1 FROM subscriptions s WHERE s.id = r.id AND s.subid = r.subid LIMIT 1) IS NULL THEN 2"
           " WHEN r.subid_seqnr <> r.subid || ':' || CAST(r.seqnr AS TEXT) THEN 3 ELSE 0 END FROM subscription_diffs r"
           " WHERE (r.id, r.subid_seqnr) > ($1, $2) ORDER BY r.id, r.subid_seqnr LIMIT $3",
    .keys = 2,
    .texts = 3,
    .kinds =
        {
            {
                .name = "diff-without-actor",
                .what = "diffs of actors that are not there",
                .mend = "deleted",
                .sql = {"DELETE FROM subscription_diffs WHERE id = $1 AND subid_seqnr = $2 AND " AW__VERIFY_STILL_ORPHAN},
                .binds = 2,
            },
            {
                .name = "diff-without-subscription",
                .what = "diffs of subscriptions that are not there",
                .mend = "deleted",
                .sql = {"DELETE FROM subscription_diffs WHERE id = $1 AND subid_seqnr = $2"
                        " AND NOT EXISTS (SELECT 1 FROM subscriptions WHERE id = $1 AND subid = $3)"},
                .binds = 3,
            },
            {
                .name = "diff-key",
                .what = "diffs whose key is not made of their subscription and number, so that nobody finds them",
                .mend = "given the right key, or deleted where that is taken",
                .sql = {"UPDATE subscription_diffs SET subid_seqnr = subid || ':' || CAST(seqnr AS TEXT)"
                        " WHERE id = $1 AND subid_seqnr = $2 AND subid_seqnr <> subid || ':' || CAST(seqnr AS TEXT)"
                        " AND NOT EXISTS (SELECT 1 FROM subscription_diffs s WHERE s.id = $1 AND s.subid_seqnr ="
                        " subscription_diffs.subid || ':' || CAST(subscription_diffs.seqnr AS TEXT))",
                        "DELETE FROM subscription_diffs WHERE id = $1 AND subid_seqnr = $2"
                        " AND subid_seqnr <> subid || ':' || CAST(seqnr AS TEXT)"},
                .binds = 2,
            },
        },
};

/* ---- the outbox ---- */

static const char *callback_example(aw__arena *arena, const aw__verify_fault *fault)
{
    return aw__arena_printf(arena, "%s/%s/%s/%lld", fault->texts[0], fault->texts[1], fault->texts[2],
                            (long long)fault->number);
}

#define NO_SUBSCRIPTION                                                                                                \
    "(SELECT 1 FROM subscriptions s WHERE s.id = r.id AND s.peer_sub_id = r.peerid || ':' || r.subid LIMIT 1) IS NULL"
#define STILL_NO_SUBSCRIPTION                                                                                          \
    "NOT EXISTS (SELECT 1 FROM subscriptions WHERE id = $1 AND peer_sub_id = $2 || ':' || $3)"

const aw__verify_pass aw__verify_outbox = {
    .table = "outbox",
    .sql = "SELECT r.id, r.peerid, r.subid, r.seqnr, CASE WHEN " AW__VERIFY_ORPHAN("r.id") " THEN 1"
           " WHEN " NO_SUBSCRIPTION " THEN 2 WHEN (SELECT 1 FROM outbox_queues q WHERE q.id = r.id"
           " AND q.peerid = r.peerid AND q.subid = r.subid LIMIT 1) IS NULL THEN 3 ELSE 0 END FROM outbox r"
           " WHERE (r.id, r.peerid, r.subid, r.seqnr) > ($1, $2, $3, $4)"
           " ORDER BY r.id, r.peerid, r.subid, r.seqnr LIMIT $5",
    .keys = 3,
    .texts = 3,
    .numbered = true,
    .example = callback_example,
    .kinds =
        {
            {
                .name = "callback-without-actor",
                .what = "callbacks to be delivered of actors that are not there",
                .mend = "deleted",
                .sql = {"DELETE FROM outbox WHERE id = $1 AND peerid = $2 AND subid = $3 AND seqnr = $4"
                        " AND " AW__VERIFY_STILL_ORPHAN},
                .binds = 3,
            },
            {
                .name = "callback-without-subscription",
                .what = "callbacks to be delivered of subscriptions that are not there",
                .mend = "deleted",
                .sql = {"DELETE FROM outbox WHERE id = $1 AND peerid = $2 AND subid = $3 AND seqnr = $4"
                        " AND " STILL_NO_SUBSCRIPTION},
                .binds = 3,
            },
            {
                .name = "callback-without-queue",
                .what = "callbacks to be delivered that no server finds",
                .mend = "given to the next server that looks",
                .sql = {"INSERT INTO outbox_queues (id, peerid, subid, owner) SELECT id, peerid, subid, '' FROM outbox"
                        " WHERE id = $1 AND peerid = $2 AND subid = $3 AND seqnr = $4"
                        " ON CONFLICT (id, peerid, subid) DO NOTHING"},
                .binds = 3,
            },
        },
};

/* One that is merely empty is about to be let go by its server. */
const aw__verify_pass aw__verify_outbox_queues = {
    .table = "outbox_queues",
    .sql = "SELECT r.id, r.peerid, r.subid, CASE WHEN " NO_SUBSCRIPTION " THEN 1 ELSE 0 END FROM outbox_queues r"
           " WHERE (r.id, r.peerid, r.subid) > ($1, $2, $3) ORDER BY r.id, r.peerid, r.subid LIMIT $4",
    .keys = 3,
    .texts = 3,
    .kinds = {{
        .name = "queue-without-subscription",
        .what = "queues of callbacks of subscriptions that are not there",
        .mend = "deleted",
        .sql = {"DELETE FROM outbox_queues WHERE id = $1 AND peerid = $2 AND subid = $3 AND " STILL_NO_SUBSCRIPTION},
        .binds = 3,
    }},
};

/* ---- property_lookup ---- */

/* Its key has a value in it, which may be somebody's address. */
static const char *lookup_example(aw__arena *arena, const aw__verify_fault *fault)
{
    return aw__arena_printf(arena, "%s/%s", fault->texts[2], fault->texts[0]);
}

const aw__verify_pass aw__verify_property_lookup = {
    .table = "property_lookup",
    .sql = "SELECT r.property_name, r.value, r.actor_id,"
           " CASE WHEN (SELECT 1 FROM actors a WHERE a.id = r.actor_id LIMIT 1) IS NULL THEN 1"
           " WHEN (SELECT 1 FROM properties p WHERE p.id = r.actor_id AND p.name = r.property_name LIMIT 1) IS NULL THEN 2"
           " ELSE 0 END FROM property_lookup r WHERE (r.property_name, r.value) > ($1, $2)"
           " ORDER BY r.property_name, r.value LIMIT $3",
    .keys = 2,
    .texts = 3,
    .example = lookup_example,
    .kinds =
        {
            {
                .name = "lookup-without-actor",
                .what = "entries for finding actors that are not there by a property",
                .mend = "deleted",
                .sql = {"DELETE FROM property_lookup WHERE property_name = $1 AND value = $2 AND actor_id = $3"
                        " AND NOT EXISTS (SELECT 1 FROM actors WHERE id = $3)"},
                .binds = 3,
            },
            {
                .name = "lookup-without-property",
                .what = "entries for finding actors by a property that they do not have",
                .mend = "deleted",
                .sql = {"DELETE FROM property_lookup WHERE property_name = $1 AND value = $2 AND actor_id = $3"
                        " AND NOT EXISTS (SELECT 1 FROM properties WHERE id = $3 AND name = $1)"},
                .binds = 3,
            },
        },
};
