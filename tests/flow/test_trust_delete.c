/*
 * The conversation "delete reciprocal trust".
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flow/trust_delete.h"
#include "store/subscriptions.h"
#include "support/pair.h"

static aw_error err;

static int end(const char *peer_id, bool local_only, int timeout_ms)
{
    aw__flow *flow = NULL;
    int rc = aw__trust_delete_new(&t->site, t->actor_id,
                                  AW_WITH(trust_delete_reciprocal, .peer_id = peer_id, .local_only = local_only,
                                          .timeout_ms = timeout_ms), &flow, &err);

    return run_flow(rc, flow, NULL, &err);
}

static bool trusted(const char *peer_id)
{
    aw_trust *trust = test_site_trust(t, peer_id);

    aw_trust_free(trust);
    return trust != NULL;
}

static int subscribe(aw_database *database, void *arg, aw_error *error)
{
    aw_subscription row = {.actor_id = t->actor_id, .peer_id = arg, .id = "sub-1", .granularity = "high",
                           .target = "properties", .subtarget = "", .resource = "", .url = "", .outbound = true};

    return aw__subscriptions_insert(database, &row, error);
}

static void test_both_halves_end(void **state)
{
    char path[128], peer[] = "bob";

    (void)state;
    char *before = test_site_snapshot(t);

    assert_int_equal(aw__store_write(t->site.store, subscribe, peer, &err), AW_OK);
    assert_int_equal(end("bob", false, 0), AW_OK);
    snprintf(path, sizeof(path), "/trust/friend/%s", t->actor_id);
    aw_fake_peer_request request = bob_heard_request("DELETE", path, 0);

    assert_true(request_has(&request, "Authorization: Bearer secret-of-bob"));
    assert_false(trusted("bob"));

    char *after = test_site_snapshot(t);

    assert_null(strstr(after, "bob")); /* its subscription went with it */
    assert_null(strstr(after, "sub-1"));
    assert_non_null(strstr(before, "bob"));
    free(before);
    free(after);
}

static void test_a_peer_that_has_forgotten(void **state)
{
    (void)state;
    bob_answers("DELETE", "/trust/", 404, NULL);
    assert_int_equal(end("bob", false, 0), AW_OK);
    assert_false(trusted("bob"));
}

static void test_a_peer_that_refuses(void **state)
{
    (void)state;
    bob_answers("DELETE", "/trust/", 403, "{\"error\":\"no\"}");
    assert_int_equal(end("bob", false, 0), AW_E_HTTP);
    assert_int_equal(err.http_status, 403);
    assert_true(trusted("bob"));
    bob_answers("DELETE", "/trust/", 502, NULL);
    assert_int_equal(end("bob", false, 0), AW_E_HTTP);
    assert_true(err.retriable);
    assert_true(trusted("bob"));
}

static void test_a_peer_that_is_away(void **state)
{
    (void)state;
    bob_fails("DELETE", "/trust/", AW_FAKE_HANG);
    assert_int_equal(end("bob", false, 1000), AW_E_TIMEOUT);
    assert_true(trusted("bob"));
    aw_fake_peer_refuse(bob);
    assert_int_equal(end("bob", false, 0), AW_E_CONNECT);
    assert_true(trusted("bob"));
    assert_int_equal(end("bob", true, 0), AW_OK);
    assert_false(trusted("bob"));
}

static void test_local_only(void **state)
{
    (void)state;
    assert_int_equal(end("bob", true, 0), AW_OK);
    assert_false(trusted("bob"));
    assert_int_equal(aw_fake_peer_count(bob), 0);
}

/* Nobody is at the other end of a trust that OAuth has made. */
static void test_trusts_of_oauth(void **state)
{
    (void)state;
    test_site_add_trust(t, "oauth2:someone@example.org", bob_url);
    assert_int_equal(end("oauth2:someone@example.org", false, 0), AW_OK);
    assert_false(trusted("oauth2:someone@example.org"));
    assert_int_equal(aw_fake_peer_count(bob), 0);
}

static void test_others_stay(void **state)
{
    (void)state;
    test_site_add_trust(t, "carol", "http://127.0.0.1:9/carol");
    assert_int_equal(end("bob", false, 0), AW_OK);
    assert_true(trusted("carol"));
    assert_int_equal(end("bob", false, 0), AW_E_NOT_FOUND);
    assert_int_equal(end("", false, 0), AW_E_INVALID);
    assert_int_equal(end(NULL, false, 0), AW_E_INVALID);
}

#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, pair_set_up_trusting, pair_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(both_halves_end),
        TEST(a_peer_that_has_forgotten),
        TEST(a_peer_that_refuses),
        TEST(a_peer_that_is_away),
        TEST(local_only),
        TEST(trusts_of_oauth),
        TEST(others_stay),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
