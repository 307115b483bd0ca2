/*
 * The conversation "delete actor".
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actor/actor.h"
#include "actor/trustee.h"
#include "flow/actor_delete.h"
#include "support/pair.h"

enum { PEERS = 20 };

static aw_error err;

static int end(int timeout_ms)
{
    aw__flow *flow = NULL;
    int rc = aw__actor_delete_new(&t->site, t->actor_id,
                                  timeout_ms ? AW_WITH(actor_delete, .timeout_ms = timeout_ms) : NULL, &flow, &err);

    return run_flow(rc, flow, NULL, &err);
}

static bool alive(void)
{
    aw__arena *arena = aw__arena_new();
    aw__actor_row row;
    int rc = aw__actor_find(&t->site, arena, t->actor_id, &row, NULL);

    aw__arena_free(arena);
    assert_true(rc == AW_OK || rc == AW_E_NOT_FOUND);
    return rc == AW_OK;
}

static void befriend(int count)
{
    char id[32], url[96];

    for (int i = 0; i < count; i++) {
        snprintf(id, sizeof(id), "peer-%d", i);
        snprintf(url, sizeof(url), "%s%s", aw_fake_peer_root(bob), id);
        test_site_add_trust(t, id, url);
    }
}

static void test_alone(void **state)
{
    (void)state;
    assert_int_equal(end(0), AW_OK);
    assert_false(alive());
    assert_int_equal(end(0), AW_E_NOT_FOUND);
}

static void test_everybody_is_told(void **state)
{
    char path[128];

    (void)state;
    befriend(PEERS);
    test_site_add_trust(t, "oauth2:someone@example.org", bob_url);
    assert_int_equal(end(0), AW_OK);
    assert_false(alive());
    assert_int_equal(aw_fake_peer_count(bob), PEERS);
    for (int i = 0; i < PEERS; i++) {
        snprintf(path, sizeof(path), "/peer-%d/trust/friend/%s", i, t->actor_id);
        assert_int_equal(aw_fake_peer_count_of(bob, "DELETE", path), 1);
    }
    char *after = test_site_snapshot(t);

    assert_null(strstr(after, "peer-"));
    free(after);
}

static void own(const char *peer_id)
{
    char url[96];
    aw__peertrustee_row row = {.peer_id = peer_id, .baseuri = url, .type = BOB_TYPE, .passphrase = "opensesame"};

    snprintf(url, sizeof(url), "%s%s", aw_fake_peer_root(bob), peer_id);
    assert_int_equal(aw__trustee_add(&t->site, t->actor_id, &row, &err), AW_OK);
}

/* Also one whose trust is gone. */
static void test_what_it_has_made_ends_with_it(void **state)
{
    (void)state;
    own("peer-0");
    own("lamp");
    befriend(2);
    assert_int_equal(end(0), AW_OK);
    assert_false(alive());
    assert_int_equal(aw_fake_peer_count(bob), 3);
    assert_int_equal(aw_fake_peer_count_of(bob, "DELETE", "/lamp"), 1);
    assert_int_equal(aw_fake_peer_count_of(bob, "DELETE", "/peer-1/trust/friend/"), 1);
    assert_int_equal(aw_fake_peer_count_of(bob, "DELETE", "/peer-0/trust"), 0);
    for (size_t i = 0; i < 3; i++) {
        aw_fake_peer_request request;

        assert_true(aw_fake_peer_get(bob, i, &request));
        assert_int_equal(!strstr(request.path, "trust"), request_has(&request, "Authorization: Basic "
                                                                               "dHJ1c3RlZTpvcGVuc2VzYW1l"));
    }
}

/* It is told at least that the trust ends. */
static void test_what_it_has_made_does_not_want_to_end(void **state)
{
    (void)state;
    own("peer-0");
    own("lamp");
    befriend(1);
    aw_fake_peer_rule(bob, AW_WITH(fake_peer_rule, .path = "/peer-0", .exact = true, .status = 403));
    aw_fake_peer_rule(bob, AW_WITH(fake_peer_rule, .path = "/lamp", .status = 500));
    assert_int_equal(end(0), AW_OK);
    assert_false(alive());
    assert_int_equal(aw_fake_peer_count_of(bob, "DELETE", "/peer-0/trust/friend/"), 1);
    assert_int_equal(aw_fake_peer_count_of(bob, NULL, "/lamp"), 1);
}

/* All hang; told one after the other they would need a minute. */
static void test_peers_that_hang_share_the_time(void **state)
{
    (void)state;
    befriend(PEERS);
    aw_fake_peer_rule(bob, AW_WITH(fake_peer_rule, .path = "/peer-", .fault = AW_FAKE_HANG));
    assert_int_equal(end(4000), AW_OK);
    assert_false(alive());
    assert_int_equal(aw_fake_peer_count(bob), PEERS);
}

static void test_peers_that_refuse_or_are_away(void **state)
{
    (void)state;
    befriend(3);
    aw_fake_peer_rule(bob, AW_WITH(fake_peer_rule, .path = "/peer-0", .status = 500));
    aw_fake_peer_rule(bob, AW_WITH(fake_peer_rule, .path = "/peer-1", .fault = AW_FAKE_RESET));
    test_site_add_trust(t, "nobody", "http://127.0.0.1:9/nobody");
    test_site_add_trust(t, "odd", "not a URL");
    assert_int_equal(end(0), AW_OK);
    assert_false(alive());
}

static void test_cancelled(void **state)
{
    aw__flow *flow = NULL;
    test_outcome outcome;
    aw_op op = 0;

    (void)state;
    befriend(2);
    aw_fake_peer_rule(bob, AW_WITH(fake_peer_rule, .path = "/peer-", .fault = AW_FAKE_HANG));
    test_outcome_init(&outcome);
    assert_int_equal(aw__actor_delete_new(&t->site, t->actor_id, NULL, &flow, &err), AW_OK);
    assert_int_equal(aw__flow_start(flow, test_outcome_set, NULL, &outcome, &op, &err), AW_OK);
    assert_true(aw_fake_peer_wait_for(bob, "DELETE", "/peer-", 2, 10000));
    aw_op_cancel(t->site.runtime, op);
    assert_int_equal(test_outcome_wait(&outcome), AW_E_CANCELED);
    assert_true(alive());
    test_outcome_free(&outcome);
}

#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, pair_set_up, pair_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(alone),
        TEST(everybody_is_told),
        TEST(what_it_has_made_ends_with_it),
        TEST(what_it_has_made_does_not_want_to_end),
        TEST(peers_that_hang_share_the_time),
        TEST(peers_that_refuse_or_are_away),
        TEST(cancelled),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
