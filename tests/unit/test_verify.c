/*
 * aw_store_verify(): each thing that can be wrong is planted in a store in which all is right, found, mended, and then
 * everything is as it was: nothing else was touched.
 */
#include "verify_fixture.h"

#include <jansson.h>
#include <time.h>

#include "store/attributes.h"
#include "store/properties.h"
#include "store/rows.h"
#include "store/store.h"

enum { TEXT_BYTES = 1 << 16 };

/* ---- the whole store as text ---- */

static const char *const dumps[] = {
    "SELECT id || '|' || creator || '|' || passphrase FROM actors ORDER BY 1",
    "SELECT id || '|' || bucket_name || '|' || bucket || '|' || name || '|' || substr(CAST(data AS TEXT), 1, 99) || '|' ||"
    " COALESCE(CAST(ttl_timestamp AS TEXT), '') FROM attributes ORDER BY 1",
    "SELECT id || '|' || peerid FROM peertrustees ORDER BY 1",
    "SELECT id || '|' || name || '|' || substr(value, 1, 999) FROM properties ORDER BY 1",
    "SELECT property_name || '|' || value || '|' || actor_id FROM property_lookup ORDER BY 1",
    "SELECT id || '|' || peer_sub_id || '|' || peerid || '|' || subid FROM subscriptions ORDER BY 1",
    "SELECT id || '|' || subid_seqnr || '|' || subid || '|' || seqnr FROM subscription_diffs ORDER BY 1",
    "SELECT id || '|' || target || '|' || subtarget FROM subscription_suspensions ORDER BY 1",
    "SELECT id || '|' || peerid FROM trusts ORDER BY 1",
    "SELECT id || '|' || peerid || '|' || subid || '|' || seqnr FROM outbox ORDER BY 1",
    "SELECT id || '|' || peerid || '|' || subid || '|' || owner FROM outbox_queues ORDER BY 1",
};

static void dump(struct fixture *f, char text[TEXT_BYTES])
{
    size_t used = 0;

    text[0] = '\0';
    for (size_t i = 0; i < sizeof(dumps) / sizeof(*dumps); i++) {
        aw__statement s = aw__sql(f->database, dumps[i], &f->err);

        while (aw__row(&s)) {
            used += (size_t)snprintf(text + used, TEXT_BYTES - used, "%s\n", aw__column_text(&s, 0));
            assert_true(used < TEXT_BYTES);
        }
        assert_ok(f, aw__finish(&s));
    }
}

/* ---- nothing is wrong ---- */

static void test_a_store_in_which_all_is_right(void **state)
{
    struct fixture *f = *state;
    char before[TEXT_BYTES], after[TEXT_BYTES];
    struct told told;

    told = verify(f, false); /* an empty one */
    assert_string_equal(told.kinds, "");
    execute(f, right);
    dump(f, before);
    told = verify(f, false);
    assert_string_equal(told.kinds, "");
    assert_int_equal(told.left, 0);
    told = verify(f, true);
    assert_string_equal(told.kinds, "");
    dump(f, after);
    assert_string_equal(before, after);
}

/* ---- what is simply deleted ---- */

static const struct planted deleted[] = {
    {TRUST("gone", "p"), "trust-without-actor:1:1 ", "gone/p "},
    {"INSERT INTO peertrustees (id, peerid, baseuri, type, passphrase) VALUES ('gone', 'm', 'u', 't', 's');",
     "trustee-without-actor:1:1 ", "gone/m "},
    {SUBSCRIPTION("gone", "p:s9", "p", "s9"), "subscription-without-actor:1:1 ", "gone/p/s9 "},
    {SUBSCRIPTION("a", "r:s9", "r", "s9") DIFF("a", "s9:1", "s9", 1) CALLBACK("a", "r", "s9", 1)
     "INSERT INTO outbox_queues (id, peerid, subid, owner) VALUES ('a', 'r', 's9', '');",
     "subscription-without-trust:1:1 ", "a/r/s9 "},
    {SUBSCRIPTION("a", "wrong", "p", "s1"), "subscription-key:1:1 ", "a/p/s1 "},
    {"INSERT INTO subscription_suspensions (id, target, suspended_at) VALUES ('gone', 'properties', '2026-01-01 00:00:00');",
     "suspension-without-actor:1:1 ", "gone/properties/ "},
    {DIFF("gone", "s1:1", "s1", 1), "diff-without-actor:1:1 ", "gone/s1:1 "},
    {DIFF("a", "s9:1", "s9", 1) DIFF("a", "s9:2", "s9", 2), "diff-without-subscription:2:2 ", "a/s9:1 a/s9:2 "},
    {DIFF("a", "wrong", "s1", 2), "diff-key:1:1 ", "a/wrong "},
    {CALLBACK("gone", "p", "s1", 1), "callback-without-actor:1:1 ", "gone/p/s1/1 "},
    {CALLBACK("a", "q", "s1", 7), "callback-without-subscription:1:1 ", "a/q/s1/7 "},
    {"INSERT INTO outbox_queues (id, peerid, subid, owner) VALUES ('gone', 'p', 's1', 'me'), ('a', 'q', 's1', '');",
     "queue-without-subscription:2:2 ", "a/q/s1 gone/p/s1 "},
    {ATTRIBUTE("gone", "mcp_tokens:t0ken", "mcp_tokens", "t0ken", "1"), "attribute-without-actor:1:1 ",
     "gone/mcp_tokens "},
    {"INSERT INTO attributes (id, bucket_name, bucket, name, data, ttl_timestamp)"
     " VALUES ('a', 'mine:late', 'mine', 'late', '1', 1000), ('_actingweb_deleted', '_deleted_actors:old',"
     " '_deleted_actors', 'old', '{}', 1000);",
     "attribute-expired:2:2 ", "_actingweb_deleted/_deleted_actors/old a/mine "},
    {ATTRIBUTE("_actingweb_deleted", "_deleted_actors:a", "_deleted_actors", "a", "{}"), "tombstone-of-actor:1:1 ",
     "_actingweb_deleted/_deleted_actors/a "},
    {ATTRIBUTE("a", "wrong", "mine", "x", "2"), "attribute-key:1:1 ", "a/mine "},
    {ATTRIBUTE("a", "_trust_permissions:a:r", "_trust_permissions", "a:r", "\"{}\"")
     ATTRIBUTE("a", "_peer_capabilities:a:r", "_peer_capabilities", "a:r", "{}"),
     "peer-row-without-trust:2:2 ", "a/_peer_capabilities/a:r a/_trust_permissions/a:r "},
    {ATTRIBUTE("a", "_callback_state:state:r:s1", "_callback_state", "state:r:s1", "{}")
     ATTRIBUTE("a", "_callback_state:pending:r:s1", "_callback_state", "pending:r:s1", "{}"),
     "callback-state-without-trust:2:2 ", "a/_callback_state/pending:r:s1 a/_callback_state/state:r:s1 "},
    {ATTRIBUTE("a", "remote:r:x", "remote:r", "x", "{}"), "remote-data-without-trust:1:1 ", "a/remote:r/x "},
    {PROPERTY("gone", "x", "'1'") PROPERTY("gone", "list:l-meta", "'{}'"), "property-without-actor:2:2 ",
     "gone/list:l-meta gone/x "},
    {PROPERTY("a", "list:n-0", "'9'") PROPERTY("a", "list:old-#a0", "'9'"), "list-leftover:2:2 ", "a/n a/old "},
    {"INSERT INTO property_lookup (property_name, value, actor_id) VALUES ('email', 'private', 'gone');",
     "lookup-without-actor:1:1 ", "gone/email "},
    {"INSERT INTO property_lookup (property_name, value, actor_id) VALUES ('oauthId', 'private', 'a');",
     "lookup-without-property:1:1 ", "a/oauthId "},
};

/* The value without its time; the text is in the arena. */
static const char *without_time(struct fixture *f, const char *value)
{
    json_t *description = json_loads(value, 0, NULL);

    assert_non_null(description);
    json_object_del(description, "updated_at");

    char *text = json_dumps(description, JSON_SORT_KEYS);
    const char *result = aw__arena_strdup(f->arena, text);

    free(text);
    json_decref(description);
    return result;
}

/* The lists' descriptions have a time in them, and those of lists that were mended a new one. */
static void drop_times(struct fixture *f)
{
    static const char sql[] = "SELECT id, name, value FROM properties WHERE name LIKE 'list:%-meta'";
    struct { const char *id, *name, *value; } found[20];
    size_t count = 0;
    aw__statement s = aw__sql(f->database, sql, &f->err);

    for (; aw__row(&s); count++) {
        assert_true(count < sizeof(found) / sizeof(*found));
        found[count].id = aw__column_dup(&s, f->arena, 0);
        found[count].name = aw__column_dup(&s, f->arena, 1);
        found[count].value = aw__column_dup(&s, f->arena, 2);
    }
    assert_ok(f, aw__finish(&s));
    for (size_t i = 0; i < count; i++)
        assert_ok(f, aw__properties_set(f->database, found[i].id, found[i].name, without_time(f, found[i].value), &f->err));
}

/* What refers to an actor that is not there cannot be stored while PostgreSQL looks after it. */
static void allow_lookups_of_nobody(struct fixture *f)
{
    if (test_place_is_postgres())
        execute(f, "ALTER TABLE property_lookup DROP CONSTRAINT fk_property_lookup_actor");
}

static void test_what_leads_to_nothing_is_found_and_deleted(void **state)
{
    struct fixture *f = *state;
    char before[TEXT_BYTES], planted[TEXT_BYTES], after[TEXT_BYTES];

    allow_lookups_of_nobody(f);
    execute(f, right);
    drop_times(f);
    dump(f, before);
    for (size_t i = 0; i < sizeof(deleted) / sizeof(*deleted); i++) {
        execute(f, deleted[i].sql);
        dump(f, planted);
        struct told told = verify(f, false);

        assert_string_equal(told.kinds, deleted[i].kinds);
        assert_string_equal(told.examples, deleted[i].example);
        assert_true(told.notes ? told.left == 0 : told.left > 0);
        dump(f, after);
        assert_string_equal(after, planted); /* looking changes nothing */
        told = verify(f, true);
        assert_int_equal(told.left, 0);
        told = verify(f, false);
        assert_string_equal(told.kinds, "");
        drop_times(f);
        dump(f, after);
        assert_string_equal(after, before);
    }
}

/* The server deletes it when it looks next, so nothing is wrong. */
static void test_what_has_expired_lately_is_a_note(void **state)
{
    struct fixture *f = *state;

    execute(f, right);
    assert_ok(f, aw__attributes_set(f->database, "a", "mine", "late", "1", (int64_t)time(NULL) - 60, &f->err));
    struct told told = verify(f, false);

    assert_string_equal(told.kinds, "attribute-expired-lately:1:1 ");
    assert_string_equal(told.examples, "a/mine ");
    assert_true(told.notes);
    assert_int_equal(told.left, 0);
    told = verify(f, true);
    assert_string_equal(verify(f, false).kinds, "");
}

/* More than a page of each, of many actors: 1201 diffs, properties and attributes that lead to nothing, between right
 * ones. */
static void test_many(void **state)
{
    struct fixture *f = *state;
    char before[TEXT_BYTES], after[TEXT_BYTES];

    execute(f, right);
    drop_times(f);
    dump(f, before);
    execute(f, "CREATE TEMP TABLE n AS WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 1200)"
               " SELECT i FROM n;"
               "INSERT INTO properties SELECT 'gone' || (i / 10), 'p' || i, '1' FROM n;"
               "INSERT INTO attributes (id, bucket_name, bucket, name, data) SELECT 'a', 'remote:r:' || i, 'remote:r', i, '1'"
               " FROM n;"
               "INSERT INTO subscription_diffs (id, subid_seqnr, subid, timestamp, diff, seqnr)"
               " SELECT 'a', 's9:' || i, 's9', 'now', '{}', i FROM n;"
               "INSERT INTO outbox (id, peerid, subid, seqnr, created_at_ms) SELECT 'a', 'p', 's9', i, 1 FROM n;"
               "DROP TABLE n");
    struct told told = verify(f, false);

    assert_string_equal(told.kinds, "remote-data-without-trust:1201:1201 property-without-actor:1201:1201 "
                                    "diff-without-subscription:1201:1201 callback-without-subscription:1201:1201 ");
    assert_int_equal(told.left, 4 * 1201);
    told = verify(f, true);
    assert_string_equal(told.kinds, "remote-data-without-trust:1201:0 property-without-actor:1201:0 "
                                    "diff-without-subscription:1201:0 callback-without-subscription:1201:0 ");
    assert_int_equal(told.left, 0);
    drop_times(f);
    dump(f, after);
    assert_string_equal(after, before);
}

/* ---- what is made right ---- */

/* Of properties: test_verify_properties.c. */
static const struct planted mended[] = {
    {"UPDATE subscriptions SET peer_sub_id = 'x' WHERE subid = 's1'",
     "subscription-key:1:1 callback-without-subscription:1:1 queue-without-subscription:1:1 ", "a/p/s1 a/p/s1/2 a/p/s1 ",
     .right = "SELECT count(*) FROM subscriptions WHERE peer_sub_id = 'p:s1'"},
    {"DELETE FROM outbox_queues WHERE subid = 's1'", "callback-without-queue:1:1 ", "a/p/s1/2 ",
     .right = "SELECT count(*) FROM outbox_queues WHERE subid = 's1' AND owner = ''"},
    {"UPDATE subscription_diffs SET subid_seqnr = 'x' WHERE seqnr = 2", "diff-key:1:1 ", "a/x ",
     .right = "SELECT count(*) FROM subscription_diffs WHERE subid_seqnr = 's1:2'"},
    {"UPDATE attributes SET bucket_name = 'x' WHERE name = 'x' AND bucket = 'mine'", "attribute-key:1:1 ", "a/mine ",
     .right = "SELECT count(*) FROM attributes WHERE bucket_name = 'mine:x' AND data = '{\"k\":1}'"},
};

static void test_what_can_be_made_right_is(void **state)
{
    struct fixture *f = *state;

    for (size_t i = 0; i < sizeof(mended) / sizeof(*mended); i++) {
        find_and_mend(f, &mended[i]);
        end_mended(f);
    }
}

/* ---- what is left to people ---- */

/* A text in JSON that no page of rows has room for, or one that does not end. */
static const char *long_text(struct fixture *f, bool ends)
{
    enum { BYTES = 100000 };
    char *text = aw__arena_alloc(f->arena, BYTES + 2);

    memset(text, 'x', BYTES);
    text[0] = '"';
    strcpy(text + BYTES, ends ? "\"" : "");
    return text;
}

static void plant_values(struct fixture *f)
{
    aw_database *d = f->database;

    execute(f, "UPDATE properties SET value = '{' WHERE name = 'list:n-#a0'");
    assert_ok(f, aw__attributes_set(d, "a", "mine", "long", long_text(f, true), 0, &f->err));
    assert_ok(f, aw__properties_set(d, "a", "long", long_text(f, true), &f->err));
    assert_ok(f, aw__properties_set(d, "a", "long_text", long_text(f, false), &f->err));
    if (test_place_is_postgres()) /* which takes no attribute that is not JSON */
        return;
    assert_ok(f, aw__attributes_set(d, "a", "mine", "bad", "{\"k\":", 0, &f->err));
    assert_ok(f, aw__attributes_set(d, "a", "mine", "long_bad", long_text(f, false), 0, &f->err));
}

static void test_what_is_only_told(void **state)
{
    struct fixture *f = *state;
    char before[TEXT_BYTES], after[TEXT_BYTES];
    bool postgres = test_place_is_postgres();

    execute(f, right);
    execute(f, PROPERTY("a", "list:stray", "'1'") PROPERTY("a", "list:x-#", "'1'") PROPERTY("a", "text", "'hello'"));
    struct told told = verify(f, true);

    assert_string_equal(told.kinds, "property-like-list:2:2 property-text:1:1 ");
    assert_int_equal(told.left, 0); /* nothing is wrong */
    plant_values(f);
    dump(f, before);
    told = verify(f, true);
    assert_string_equal(told.kinds, postgres
                                        ? "list-item:1:1 property-like-list:2:2 property-text:2:2 "
                                        : "attribute-value:2:2 list-item:1:1 property-like-list:2:2 property-text:2:2 ");
    assert_string_equal(told.examples, postgres ? "a/n a/list:stray a/list:x-# a/long_text a/text "
                                                : "a/mine a/mine a/n a/list:stray a/list:x-# a/long_text a/text ");
    assert_int_equal(told.left, postgres ? 1 : 3);
    dump(f, after);
    assert_string_equal(before, after);
}

/* ---- failures ---- */

static void set_version(struct fixture *f, int version)
{
    char sql[64];

    snprintf(sql, sizeof(sql), test_place_is_postgres() ? "UPDATE aw_schema SET version = %d" : "PRAGMA user_version = %d",
             version);
    execute(f, sql);
}

/* A place without tables, of which it makes none. */
static void check_missing(struct fixture *f, const char *missing)
{
    int64_t left = 77;

    for (int repair = 0; repair < 2; repair++) {
        assert_fails(f, AW_E_STORE,
                     aw_store_verify(AW_WITH(store_verify, .store = missing, .repair = repair), &left, &f->err));
    }
    assert_int_equal(left, 77);
}

static void test_a_database_that_is_not_there(void **state)
{
    struct fixture *f = *state;
    char missing[400];

    if (test_place_is_postgres()) {
        snprintf(missing, sizeof(missing), "%s_none", f->location);
        check_missing(f, missing);
        assert_int_equal(query_int(f, "SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'test%none'"), 0);
    } else {
        snprintf(missing, sizeof(missing), "sqlite:%s/none.db", f->directory);
        check_missing(f, missing);
        assert_int_not_equal(access(missing + strlen("sqlite:"), F_OK), 0);
    }
}

static void test_tables_of_another_version(void **state)
{
    static const int versions[] = {0, 1, AW__SCHEMA_VERSION - 1, 99};
    struct fixture *f = *state;

    for (size_t i = 0; i < sizeof(versions) / sizeof(*versions); i++) {
        set_version(f, versions[i]);
        assert_fails(f, AW_E_STORE, aw_store_verify(AW_WITH(store_verify, .store = f->location), NULL, &f->err));
    }
}

static void test_what_is_wrong_with_the_question(void **state)
{
    struct fixture *f = *state;
    int64_t left = 77;

    assert_fails(f, AW_E_INVALID, aw_store_verify(NULL, &left, &f->err));
    assert_fails(f, AW_E_INVALID, aw_store_verify(&(aw_store_verify_params){.store = f->location}, &left, &f->err));
    assert_fails(f, AW_E_INVALID, aw_store_verify(AW_DEFAULTS(store_verify), &left, &f->err));
    assert_fails(f, AW_E_INVALID, aw_store_verify(AW_WITH(store_verify, .store = "nosql:x"), &left, &f->err));
    assert_int_equal(left, 77);
}

static bool stop_at_attributes(const char *what, int64_t done, int64_t total, void *ud)
{
    assert_true(done >= 0 && total == 0);
    return !ud || strcmp(what, "attributes") != 0;
}

static void test_it_stops_when_asked(void **state)
{
    struct fixture *f = *state;
    int64_t left = 77;

    assert_fails(f, AW_E_CANCELED,
                 aw_store_verify(AW_WITH(store_verify, .store = f->location, .progress = stop_at_attributes, .ud = f), &left,
                                 &f->err));
    assert_int_equal(left, 77);
    assert_ok(f, aw_store_verify(AW_WITH(store_verify, .store = f->location, .progress = stop_at_attributes), NULL, &f->err));
}

static void test_without_memory(void **state)
{
    struct fixture *f = *state;
    int64_t left = 77;

    execute(f, right);
    execute(f, DIFF("a", "s9:1", "s9", 1) "DELETE FROM properties WHERE name = 'list:n-meta'");
    assert_survives_nomem(f, aw_store_verify(AW_WITH(store_verify, .store = f->location, .repair = true), &left, &f->err),
                          assert_int_equal(left, 77));
    assert_int_equal(left, 0);
    assert_string_equal(verify(f, false).kinds, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_database(test_a_store_in_which_all_is_right),
        with_database(test_what_leads_to_nothing_is_found_and_deleted),
        with_database(test_what_has_expired_lately_is_a_note),
        with_database(test_many),
        with_database(test_what_can_be_made_right_is),
        with_database(test_what_is_only_told),
        with_database(test_a_database_that_is_not_there),
        with_database(test_tables_of_another_version),
        with_database(test_what_is_wrong_with_the_question),
        with_database(test_it_stops_when_asked),
        with_database(test_without_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
