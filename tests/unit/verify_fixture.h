/*
 * What the tests of aw_store_verify() share: a store in which all is right, what is planted in it, and what is told of
 * that.
 *
 * What is planted is SQL that both databases understand; what PostgreSQL does not let anybody plant says so.
 */
#ifndef AW_TESTS_VERIFY_FIXTURE_H
#define AW_TESTS_VERIFY_FIXTURE_H

#include "store_fixture.h"

#include <actingweb/store.h>

/* What aw_store_verify() told. */
struct told {
    char kinds[1024]; /* "kind:found:left " each */
    char examples[2048];
    bool notes;
    int64_t left;
};

static inline void on_finding(const aw_store_finding *finding, void *ud)
{
    struct told *told = ud;
    char line[256];

    assert_true(finding->left <= finding->found && finding->example_count <= 3);
    assert_non_null(finding->what);
    told->notes = told->notes || finding->note;
    snprintf(line, sizeof(line), "%s:%d:%d ", finding->kind, (int)finding->found, (int)finding->left);
    strncat(told->kinds, line, sizeof(told->kinds) - strlen(told->kinds) - 1);
    for (size_t i = 0; i < finding->example_count; i++) {
        snprintf(line, sizeof(line), "%s ", finding->examples[i]);
        strncat(told->examples, line, sizeof(told->examples) - strlen(told->examples) - 1);
    }
}

static inline struct told verify(struct fixture *f, bool repair)
{
    struct told told = {.left = -1};

    f->err = (aw_error){0};
    assert_ok(f, aw_store_verify(AW_WITH(store_verify, .store = f->location, .repair = repair, .finding = on_finding,
                                         .ud = &told),
                                 &told.left, &f->err));
    return told;
}

static inline void execute(struct fixture *f, const char *sql)
{
    assert_ok(f, f->database->driver->execute(f->database, sql, &f->err));
}

/* ---- a store in which all is right ---- */

#define META(format, count)                                                                                            \
    "'{\"format\":" #format ",\"count_hint\":" #count ",\"length\":" #count ",\"description\":\"d\"}'"
#define TRUST(id, peer)                                                                                                \
    "INSERT INTO trusts (id, peerid, baseuri, type, relationship, secret, approved, peer_approved, verified)"          \
    " VALUES ('" id "', '" peer "', 'http://p/', 't', 'friend', 's3cret', TRUE, TRUE, TRUE);"
#define SUBSCRIPTION(id, key, peer, sub)                                                                               \
    "INSERT INTO subscriptions (id, peer_sub_id, peerid, subid, seqnr, callback) VALUES ('" id "', '" key "', '" peer  \
    "', '" sub "', 1, FALSE);"
#define DIFF(id, key, sub, seqnr)                                                                                      \
    "INSERT INTO subscription_diffs (id, subid_seqnr, subid, timestamp, diff, seqnr) VALUES ('" id "', '" key "', '" sub \
    "', '2026-01-01 00:00:00.000000', '{}', " #seqnr ");"
#define CALLBACK(id, peer, sub, seqnr)                                                                                 \
    "INSERT INTO outbox (id, peerid, subid, seqnr, created_at_ms) VALUES ('" id "', '" peer "', '" sub "', " #seqnr ", 1);"
#define ATTRIBUTE(id, key, bucket, name, data)                                                                         \
    "INSERT INTO attributes (id, bucket_name, bucket, name, data) VALUES ('" id "', '" key "', '" bucket "', '" name   \
    "', '" data "');"
#define PROPERTY(id, name, value) "INSERT INTO properties (id, name, value) VALUES ('" id "', '" name "', " value ");"

static const char right[] =
    "INSERT INTO actors (id, creator, passphrase) VALUES ('a', 'c', 'p'), ('b', 'c', 'p');"
    TRUST("a", "p") TRUST("a", "q") TRUST("b", "oauth:x@y")
    "INSERT INTO peertrustees (id, peerid, baseuri, type, passphrase) VALUES ('a', 'made', 'u', 't', 's');"
    SUBSCRIPTION("a", "p:s1", "p", "s1") SUBSCRIPTION("a", "q:s2", "q", "s2")
    DIFF("a", "s1:1", "s1", 1) DIFF("a", "s1:2", "s1", 2)
    "INSERT INTO subscription_suspensions (id, target, suspended_at) VALUES ('a', 'properties', '2026-01-01 00:00:00');"
    CALLBACK("a", "p", "s1", 2)
    "INSERT INTO outbox_queues (id, peerid, subid, owner) VALUES ('a', 'p', 's1', 'me'), ('a', 'q', 's2', '');"
    ATTRIBUTE("a", "mine:x", "mine", "x", "{\"k\":1}")
    ATTRIBUTE("a", "_trust_permissions:a:p", "_trust_permissions", "a:p", "\"{}\"")
    ATTRIBUTE("b", "_trust_permissions:b:oauth:x@y", "_trust_permissions", "b:oauth:x@y", "\"{}\"")
    ATTRIBUTE("a", "_peer_profiles:a:q", "_peer_profiles", "a:q", "{}")
    ATTRIBUTE("a", "_callback_state:state:p:s1", "_callback_state", "state:p:s1", "{}")
    ATTRIBUTE("a", "_callback_state:pending:q:s2", "_callback_state", "pending:q:s2", "{}")
    ATTRIBUTE("a", "_callback_state:strange", "_callback_state", "strange", "{}")
    ATTRIBUTE("a", "_callback_state:state:p:s 1/2", "_callback_state", "state:p:s 1/2", "{}")
    ATTRIBUTE("a", "remote:p:x", "remote:p", "x", "{\"value\":1}")
    "INSERT INTO attributes (id, bucket_name, bucket, name, data, ttl_timestamp)"
    " VALUES ('a', 'mine:later', 'mine', 'later', '1', 99999999999);"
    ATTRIBUTE("_actingweb_deleted", "_deleted_actors:gone", "_deleted_actors", "gone", "{}")
    PROPERTY("_actingweb_system", "trust_type:x", "'{}'")
    PROPERTY("a", "email", "'\"a@example.com\"'")
    "INSERT INTO property_lookup (property_name, value, actor_id) VALUES ('email', 'a@example.com', 'a');"
    PROPERTY("a", "list:empty-meta", META(2, 0))
    PROPERTY("a", "list:n-meta", META(2, 3)) PROPERTY("a", "list:n-#Zz", "'0'") PROPERTY("a", "list:n-#a0", "'1'")
    PROPERTY("a", "list:n-#a0V", "'2'")
    PROPERTY("a", "list:n-x-meta", META(2, 1)) PROPERTY("a", "list:n-x-#a0", "'1'")
    PROPERTY("a", "list:n-a-meta", META(2, 1)) PROPERTY("a", "list:n-a-#a0", "'1'")
    PROPERTY("a", "list:n-#1-meta", META(1, 1)) PROPERTY("a", "list:n-#1-0", "'1'")
    PROPERTY("a", "list:old-meta", META(1, 11)) PROPERTY("a", "list:old-0", "'0'") PROPERTY("a", "list:old-1", "'1'")
    PROPERTY("a", "list:old-2", "'2'") PROPERTY("a", "list:old-3", "'3'") PROPERTY("a", "list:old-4", "'4'")
    PROPERTY("a", "list:old-5", "'5'") PROPERTY("a", "list:old-6", "'6'") PROPERTY("a", "list:old-7", "'7'")
    PROPERTY("a", "list:old-8", "'8'") PROPERTY("a", "list:old-9", "'9'") PROPERTY("a", "list:old-10", "'10'");

/* ---- what is wrong, and mended ---- */

struct planted {
    const char *sql;
    const char *kinds; /* found */
    const char *example;
    const char *right; /* is 1 when it is mended; or NULL */
};

static inline void find_and_mend(struct fixture *f, const struct planted *planted)
{
    execute(f, right);
    execute(f, planted->sql);
    struct told told = verify(f, false);

    assert_string_equal(told.kinds, planted->kinds);
    assert_string_equal(told.examples, planted->example);
    told = verify(f, true);
    assert_int_equal(told.left, 0);
    if (planted->right && query_int(f, planted->right) != 1)
        fail_msg("not mended: %s", planted->sql);
}

/* Nothing more is found; the next one begins with no rows at all. */
static inline void end_mended(struct fixture *f)
{
    assert_string_equal(verify(f, false).kinds, "");
    execute(f, "DELETE FROM actors; DELETE FROM attributes; DELETE FROM peertrustees; DELETE FROM properties;"
               "DELETE FROM property_lookup; DELETE FROM subscriptions; DELETE FROM subscription_diffs;"
               "DELETE FROM subscription_suspensions; DELETE FROM trusts; DELETE FROM outbox; DELETE FROM outbox_queues");
}

#endif
