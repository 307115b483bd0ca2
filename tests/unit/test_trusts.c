/*
 * The table trusts, and aw_trust.
 */
#include "store_fixture.h"

#include "base/clock.h"
#include "store/trusts.h"

static const aw_trust full = {
    .actor_id = "a",
    .peer_id = "p",
    .baseuri = "https://peer.example/p",
    .type = "urn:actingweb:example:demo",
    .relationship = "friend",
    .secret = "5ec4e7",
    .desc = "a \"friend\"",
    .verification_token = "70ken",
    .peer_identifier = "peer@example.com",
    .established_via = "trust",
    .created_at = "2026-11-22 01:25:30.835806",
    .last_accessed = "2026-11-22 01:25:31.000000",
    .last_connected_via = "trust",
    .client_name = "client",
    .client_version = "1.0",
    .client_platform = "device",
    .oauth_client_id = "mcp_1",
    .aw_supported = "www,oauth",
    .aw_version = "1.4",
    .capabilities_fetched_at = "2026-11-22 01:25:32.000000+00:00",
    .approved = true,
    .verified = true,
};

static void assert_same(const aw_trust *got, const aw_trust *expected)
{
    assert_string_equal(got->actor_id, expected->actor_id);
    assert_string_equal(got->peer_id, expected->peer_id);
    assert_string_equal(got->baseuri, expected->baseuri);
    assert_string_equal(got->type, expected->type);
    assert_string_equal(got->relationship, expected->relationship);
    assert_string_equal(got->secret, expected->secret);
    assert_string_equal(got->desc, expected->desc);
    assert_string_equal(got->verification_token, expected->verification_token);
    assert_string_equal(got->peer_identifier, expected->peer_identifier);
    assert_string_equal(got->established_via, expected->established_via);
    assert_string_equal(got->created_at, expected->created_at);
    assert_string_equal(got->last_accessed, expected->last_accessed);
    assert_string_equal(got->last_connected_via, expected->last_connected_via);
    assert_string_equal(got->client_name, expected->client_name);
    assert_string_equal(got->client_version, expected->client_version);
    assert_string_equal(got->client_platform, expected->client_platform);
    assert_string_equal(got->oauth_client_id, expected->oauth_client_id);
    assert_string_equal(got->aw_supported, expected->aw_supported);
    assert_string_equal(got->aw_version, expected->aw_version);
    assert_string_equal(got->capabilities_fetched_at, expected->capabilities_fetched_at);
    assert_int_equal(got->approved, expected->approved);
    assert_int_equal(got->peer_approved, expected->peer_approved);
    assert_int_equal(got->verified, expected->verified);
}

static void put(struct fixture *f, const char *actor_id, const char *peer_id, const char *relationship,
                const char *type, const char *secret)
{
    aw_trust trust = {
        .actor_id = actor_id, .peer_id = peer_id, .relationship = relationship, .type = type, .secret = secret};

    assert_ok(f, aw__trusts_insert(f->database, &trust, &f->err));
}

static void test_every_column_comes_back(void **state)
{
    struct fixture *f = *state;
    aw_trust *trust = NULL;

    assert_ok(f, aw__trusts_insert(f->database, &full, &f->err));
    assert_ok(f, aw__trusts_get(f->database, "a", "p", &trust, &f->err));
    assert_same(trust, &full);
    aw_trust_free(trust);
}

static void test_unset_texts_are_empty(void **state)
{
    struct fixture *f = *state;
    aw_trust bare = {.actor_id = "a", .peer_id = "p"}, *trust = NULL;
    int64_t created = 0, before = aw__utc_us();

    assert_ok(f, aw__trusts_insert(f->database, &bare, &f->err));
    assert_int_equal(query_int(f, "SELECT \"desc\" = '' AND capabilities_fetched_at IS NULL FROM trusts"), 1);
    assert_ok(f, aw__trusts_get(f->database, "a", "p", &trust, &f->err));
    assert_string_equal(trust->secret, "");
    assert_string_equal(trust->desc, "");
    assert_string_equal(trust->capabilities_fetched_at, "");
    assert_false(trust->approved || trust->peer_approved || trust->verified);
    assert_true(aw__timestamp_parse(trust->created_at, &created));
    assert_true(created >= before && created <= aw__utc_us());
    assert_string_equal(trust->last_accessed, trust->created_at);
    aw_trust_free(trust);
}

static void test_a_trust_is_never_replaced(void **state)
{
    struct fixture *f = *state;
    aw_trust intruder = full, *trust = NULL;

    intruder.secret = "stolen";
    assert_ok(f, aw__trusts_insert(f->database, &full, &f->err));
    assert_fails(f, AW_E_EXISTS, aw__trusts_insert(f->database, &intruder, &f->err));
    assert_null(strstr(f->err.message, "stolen"));
    assert_ok(f, aw__trusts_get(f->database, "a", "p", &trust, &f->err));
    assert_string_equal(trust->secret, full.secret);
    aw_trust_free(trust);
}

static void test_absent_is_not_found(void **state)
{
    struct fixture *f = *state;
    aw_trust *trust = NULL;

    put(f, "a", "p", "friend", "t", "s");
    assert_fails(f, AW_E_NOT_FOUND, aw__trusts_get(f->database, "a", "q", &trust, &f->err));
    assert_fails(f, AW_E_NOT_FOUND, aw__trusts_get(f->database, "b", "p", &trust, &f->err));
    assert_null(trust);
}

static void test_get_by_secret(void **state)
{
    struct fixture *f = *state;
    aw_trust *trust = NULL;

    put(f, "a", "p", "friend", "t", "one");
    put(f, "a", "q", "friend", "t", "two");
    put(f, "a", "r", "friend", "t", "");
    put(f, "b", "p", "friend", "t", "three");
    assert_ok(f, aw__trusts_get_by_secret(f->database, "a", "two", &trust, &f->err));
    assert_string_equal(trust->peer_id, "q");
    aw_trust_free(trust);
    trust = NULL;
    assert_fails(f, AW_E_NOT_FOUND, aw__trusts_get_by_secret(f->database, "a", "three", &trust, &f->err));
    assert_fails(f, AW_E_NOT_FOUND, aw__trusts_get_by_secret(f->database, "a", "TWO", &trust, &f->err));
    assert_fails(f, AW_E_NOT_FOUND, aw__trusts_get_by_secret(f->database, "a", "", &trust, &f->err));
    assert_fails(f, AW_E_NOT_FOUND, aw__trusts_get_by_secret(f->database, "a", NULL, &trust, &f->err));
    assert_null(trust);
}

static void assert_list(struct fixture *f, const char *relationship, const char *type, const char *peer_id,
                        const char *expected)
{
    aw_trust **trusts = NULL;
    size_t count = 9;
    char got[64] = "";

    assert_ok(f, aw__trusts_list(f->database, "a", relationship, type, peer_id, &trusts, &count, &f->err));
    for (size_t i = 0; i < count; i++)
        strcat(got, trusts[i]->peer_id);
    assert_string_equal(got, expected);
    aw_trust_list_free(trusts, count);
}

static void test_list(void **state)
{
    struct fixture *f = *state;

    assert_list(f, NULL, NULL, NULL, "");
    put(f, "a", "r", "friend", "t", "1");
    put(f, "a", "p", "friend", "u", "2");
    put(f, "a", "q", "admin", "t", "3");
    put(f, "b", "s", "friend", "t", "4");
    assert_list(f, NULL, NULL, NULL, "pqr");
    assert_list(f, "friend", NULL, NULL, "pr");
    assert_list(f, NULL, "t", NULL, "qr");
    assert_list(f, "friend", "t", NULL, "r");
    assert_list(f, NULL, NULL, "q", "q");
    assert_list(f, "friend", NULL, "q", "");
    assert_list(f, "", NULL, NULL, "");
}

static void test_update(void **state)
{
    struct fixture *f = *state;
    aw_trust changed = full, *trust = NULL;

    assert_ok(f, aw__trusts_insert(f->database, &full, &f->err));
    changed.baseuri = "https://elsewhere.example/p";
    changed.type = "urn:other";
    changed.relationship = "associate";
    changed.desc = "";
    changed.approved = false;
    changed.peer_approved = true;
    changed.verified = false;
    changed.verification_token = "";
    changed.aw_supported = "callbackdiff";
    changed.aw_version = "1.5";
    changed.capabilities_fetched_at = "2026-11-23 00:00:00.000000+00:00";
    assert_ok(f, aw__trusts_update(f->database, &changed, &f->err));
    assert_ok(f, aw__trusts_get(f->database, "a", "p", &trust, &f->err));
    assert_same(trust, &changed);
    aw_trust_free(trust);
}

static void test_update_keeps_the_secret_and_the_dates(void **state)
{
    struct fixture *f = *state;
    aw_trust changed = full, *trust = NULL;

    assert_ok(f, aw__trusts_insert(f->database, &full, &f->err));
    changed.secret = "other";
    changed.created_at = changed.last_accessed = changed.client_name = "other";
    assert_ok(f, aw__trusts_update(f->database, &changed, &f->err));
    assert_ok(f, aw__trusts_get(f->database, "a", "p", &trust, &f->err));
    assert_same(trust, &full);
    aw_trust_free(trust);
    changed.peer_id = "q";
    assert_fails(f, AW_E_NOT_FOUND, aw__trusts_update(f->database, &changed, &f->err));
}

static void test_delete(void **state)
{
    struct fixture *f = *state;
    aw_trust *trust = NULL;

    put(f, "a", "p", "friend", "t", "1");
    put(f, "b", "p", "friend", "t", "2");
    assert_ok(f, aw__trusts_delete(f->database, "a", "p", &f->err));
    assert_int_equal(aw__changes(f->database), 1);
    assert_ok(f, aw__trusts_delete(f->database, "a", "p", &f->err));
    assert_int_equal(aw__changes(f->database), 0);
    assert_fails(f, AW_E_NOT_FOUND, aw__trusts_get(f->database, "a", "p", &trust, &f->err));
    assert_ok(f, aw__trusts_get(f->database, "b", "p", &trust, &f->err));
    aw_trust_free(trust);
}

static void test_dup_and_accessors(void **state)
{
    char peer_id[] = "p";
    aw_trust bare = {.peer_id = peer_id, .secret = "s", .verified = true};
    aw_trust *trust = aw_trust_dup(&bare), *again;

    (void)state;
    assert_non_null(trust);
    peer_id[0] = 'x';
    again = aw_trust_dup(trust);
    aw_trust_free(trust);
    assert_string_equal(aw_trust_actor_id(again), "");
    assert_string_equal(aw_trust_peer_id(again), "p");
    assert_string_equal(aw_trust_baseuri(again), "");
    assert_string_equal(aw_trust_type(again), "");
    assert_string_equal(aw_trust_relationship(again), "");
    assert_string_equal(aw_trust_secret(again), "s");
    assert_string_equal(aw_trust_desc(again), "");
    assert_string_equal(aw_trust_verification_token(again), "");
    assert_false(aw_trust_approved(again));
    assert_false(aw_trust_peer_approved(again));
    assert_true(aw_trust_verified(again));
    aw_trust_free(again);
    aw_trust_free(NULL);
    aw_trust_list_free(NULL, 0);

    aw__alloc_fail_at(1, false);
    assert_null(aw_trust_dup(&bare));
    aw__alloc_fail_at(0, false);
}

static void test_out_of_memory(void **state)
{
    struct fixture *f = *state;
    aw_trust *trust = NULL, **trusts = NULL;
    size_t count = 0;
    char peer_id[16];

    assert_survives_nomem(f, aw__trusts_insert(f->database, &full, &f->err), (void)0);
    for (int i = 0; i < 9; i++) {
        snprintf(peer_id, sizeof(peer_id), "p%d", i);
        put(f, "a", peer_id, "friend", "t", peer_id);
    }
    assert_survives_nomem(f, aw__trusts_get(f->database, "a", "p", &trust, &f->err), assert_null(trust));
    assert_same(trust, &full);
    aw_trust_free(trust);
    assert_survives_nomem(f, aw__trusts_list(f->database, "a", NULL, NULL, NULL, &trusts, &count, &f->err),
                          assert_null(trusts));
    assert_int_equal(count, 10);
    aw_trust_list_free(trusts, count);
    assert_survives_nomem(f, aw__trusts_update(f->database, &full, &f->err), (void)0);
}

static void test_a_failing_database(void **state)
{
    struct fixture *f = *state;
    aw_trust *trust = NULL, **trusts = NULL;
    size_t count = 0;

    drop_tables(f);
    assert_fails(f, AW_E_STORE, aw__trusts_insert(f->database, &full, &f->err));
    assert_fails(f, AW_E_STORE, aw__trusts_get(f->database, "a", "p", &trust, &f->err));
    assert_fails(f, AW_E_STORE, aw__trusts_get_by_secret(f->database, "a", "s", &trust, &f->err));
    assert_fails(f, AW_E_STORE, aw__trusts_list(f->database, "a", NULL, NULL, NULL, &trusts, &count, &f->err));
    assert_fails(f, AW_E_STORE, aw__trusts_update(f->database, &full, &f->err));
    assert_fails(f, AW_E_STORE, aw__trusts_delete(f->database, "a", "p", &f->err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_database(test_every_column_comes_back),
        with_database(test_unset_texts_are_empty),
        with_database(test_a_trust_is_never_replaced),
        with_database(test_absent_is_not_found),
        with_database(test_get_by_secret),
        with_database(test_list),
        with_database(test_update),
        with_database(test_update_keeps_the_secret_and_the_dates),
        with_database(test_delete),
        cmocka_unit_test(test_dup_and_accessors),
        with_database(test_out_of_memory),
        with_database(test_a_failing_database),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
