/*
 * Trust as the store knows it: never replaced, never shared, removed with all that came of it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "actor/trust.h"
#include "store/attributes.h"
#include "store/peertrustees.h"
#include "store/subscriptions.h"
#include "support/site.h"

static test_site *t;
static aw_error err;

static int set_up(void **state)
{
    (void)state;
    err = (aw_error){0};
    t = test_site_new();
    test_site_add_trust(t, "bob", "http://example.org/bob");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    test_site_free(t);
    return 0;
}

static aw_trust carol(const char *secret)
{
    return (aw_trust){.actor_id = t->actor_id, .peer_id = "carol", .baseuri = "http://example.org/carol",
                      .type = "urn:x", .relationship = "friend", .secret = secret};
}

static void test_find(void **state)
{
    aw_trust *trust = NULL;

    (void)state;
    assert_int_equal(aw__trust_find(&t->site, t->actor_id, "bob", &trust, &err), AW_OK);
    assert_string_equal(aw_trust_peer_id(trust), "bob");
    aw_trust_free(trust);
    trust = NULL;
    assert_int_equal(aw__trust_find(&t->site, t->actor_id, "carol", &trust, &err), AW_E_NOT_FOUND);
    assert_int_equal(aw__trust_find(&t->site, "another", "bob", &trust, &err), AW_E_NOT_FOUND);
    assert_null(trust);
}

static void test_find_all(void **state)
{
    aw_trust **trusts = NULL;
    size_t count = 0;

    (void)state;
    test_site_add_trust(t, "alice", "http://example.org/alice");
    assert_int_equal(aw__trust_find_all(&t->site, t->actor_id, "friend", NULL, NULL, &trusts, &count, &err), AW_OK);
    assert_int_equal(count, 2);
    assert_string_equal(aw_trust_peer_id(trusts[0]), "alice");
    aw_trust_list_free(trusts, count);
    assert_int_equal(aw__trust_find_all(&t->site, t->actor_id, "admin", NULL, NULL, &trusts, &count, &err), AW_OK);
    assert_int_equal(count, 0);
    aw_trust_list_free(trusts, count);
}

static void test_add(void **state)
{
    aw_trust row = carol("s");
    aw_trust *stored;

    (void)state;
    assert_int_equal(aw__trust_add(&t->site, &row, &err), AW_OK);
    stored = test_site_trust(t, "carol");
    assert_string_equal(aw_trust_secret(stored), "s");
    assert_false(aw_trust_approved(stored));
    aw_trust_free(stored);
}

static void test_add_never_replaces(void **state)
{
    aw_trust row = carol("s"), again = carol("t"), shared = carol("secret-of-bob"), lost = carol("u");
    char *before, *after;

    (void)state;
    assert_int_equal(aw__trust_add(&t->site, &shared, &err), AW_E_DENIED);
    assert_null(strstr(err.message, "secret-of-bob"));
    assert_int_equal(aw__trust_add(&t->site, &row, &err), AW_OK);
    before = test_site_snapshot(t);
    assert_int_equal(aw__trust_add(&t->site, &row, &err), AW_E_EXISTS);
    assert_int_equal(aw__trust_add(&t->site, &again, &err), AW_E_EXISTS);
    lost.actor_id = "no-such-actor";
    assert_int_equal(aw__trust_add(&t->site, &lost, &err), AW_E_NOT_FOUND);
    after = test_site_snapshot(t);
    assert_string_equal(before, after);
    free(before);
    free(after);
}

static void test_change(void **state)
{
    aw__trust_edit clear = {.approved = AW_CLEAR, .desc = "new"}, set = {.approved = AW_SET, .verified = AW_CLEAR};
    aw_trust *trust = NULL;
    bool newly = true;

    (void)state;
    assert_int_equal(aw__trust_change(&t->site, t->actor_id, "bob", &clear, &trust, &newly, &err), AW_OK);
    assert_false(newly);
    assert_false(aw_trust_approved(trust));
    assert_true(aw_trust_peer_approved(trust));
    assert_string_equal(aw_trust_desc(trust), "new");
    assert_string_equal(aw_trust_baseuri(trust), "http://example.org/bob");
    aw_trust_free(trust);
    assert_int_equal(aw__trust_change(&t->site, t->actor_id, "bob", &set, &trust, &newly, &err), AW_OK);
    assert_true(newly);
    assert_false(aw_trust_verified(trust));
    aw_trust_free(trust);
    assert_int_equal(aw__trust_change(&t->site, t->actor_id, "bob", &set, &trust, &newly, &err), AW_OK);
    assert_false(newly);
    aw_trust_free(trust);
    trust = test_site_trust(t, "bob");
    assert_true(aw_trust_approved(trust));
    assert_string_equal(aw_trust_desc(trust), "new");
    aw_trust_free(trust);
    trust = NULL;
    assert_int_equal(aw__trust_change(&t->site, t->actor_id, "carol", &set, &trust, NULL, &err), AW_E_NOT_FOUND);
    assert_null(trust);
}

/* What there may be of a peer: both kinds of subscriptions, data, the state of callbacks; and its passphrase. */
static int surround_bob(aw_database *database, void *arg, aw_error *error)
{
    aw_subscription out = {.actor_id = t->actor_id, .peer_id = "bob", .id = "out-1", .granularity = "high",
                           .target = "properties", .subtarget = "", .resource = "", .url = "", .outbound = true};
    aw_subscription in = out;
    aw__peertrustee_row trustee = {.peer_id = "bob", .baseuri = "http://example.org/bob", .passphrase = "p"};
    int rc;

    (void)arg;
    in.id = "in-1";
    in.outbound = false;
    rc = aw__subscriptions_insert(database, &out, error);
    rc = rc ? rc : aw__subscriptions_insert(database, &in, error);
    rc = rc ? rc : aw__peertrustees_set(database, t->actor_id, &trustee, error);
    rc = rc ? rc : aw__attributes_set(database, t->actor_id, "remote:bob", "x", "1", 0, error);
    return rc ? rc : aw__attributes_set(database, t->actor_id, "_callback_state", "state:bob:out-1", "{}", 0, error);
}

static void test_remove(void **state)
{
    bool existed = false;

    (void)state;
    test_site_add_trust(t, "bobby", "http://example.org/bobby"); /* has nothing to do with it */
    assert_int_equal(aw__store_write(t->site.store, surround_bob, NULL, &err), AW_OK);
    assert_int_equal(aw__trust_remove(&t->site, t->actor_id, "bob", "another secret", &existed, &err), AW_OK);
    assert_false(existed);
    assert_int_equal(aw__trust_remove(&t->site, t->actor_id, "bob", "secret-of-bob", &existed, &err), AW_OK);
    assert_true(existed);
    char *after = test_site_snapshot(t);
    char *bobs = strstr(after, "=bob|");

    assert_non_null(bobs); /* a peer that is ours can be ended still */
    assert_null(strstr(bobs + 1, "=bob|"));
    assert_null(strstr(after, "secret-of-bob|"));
    assert_null(strstr(after, "bob:"));
    assert_null(strstr(after, ":bob"));
    assert_non_null(strstr(after, "bobby"));
    assert_int_equal(aw__trust_remove(&t->site, t->actor_id, "bob", NULL, &existed, &err), AW_OK);
    assert_false(existed);
    free(after);
}

#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(find), TEST(find_all), TEST(add), TEST(add_never_replaces), TEST(change),
        TEST(remove),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
