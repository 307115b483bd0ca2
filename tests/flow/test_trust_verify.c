/*
 * The conversation "create verified trust".
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actor/trust.h"
#include "flow/trust_verify.h"
#include "support/pair.h"

static aw__flow *flow;
static aw_trust *trust;
static aw_error err;

static int set_up(void **state)
{
    flow = NULL;
    trust = NULL;
    err = (aw_error){0};
    return pair_set_up(state);
}

static int tear_down(void **state)
{
    aw_trust_free(trust);
    return pair_tear_down(state);
}

static int verify(const aw_trust_create_verified_params *params, bool peer_approved)
{
    void *result = NULL;
    int rc = aw__trust_verify_new(&t->site, t->actor_id, params, peer_approved, &flow, &err);

    rc = run_flow(rc, flow, &result, &err);
    aw_trust_free(trust);
    trust = result;
    return rc;
}

#define VERIFY(...)                                                                                                    \
    verify(AW_WITH(trust_create_verified, .baseuri = bob_url, .relationship = "friend", .secret = "s3cret",            \
                   __VA_ARGS__), true)

static void bob_shows(int status, const char *token)
{
    char body[128];

    snprintf(body, sizeof(body), "{\"approved\":true,\"verification_token\":\"%s\"}", token);
    bob_answers("GET", "/trust/", status, body);
}

static void test_verified(void **state)
{
    char path[128];

    (void)state;
    bob_shows(200, "token");
    assert_int_equal(VERIFY(.peer_id = "bob", .type = "a type", .verify_token = "token", .desc = "hello"), AW_OK);
    assert_true(aw_trust_verified(trust));
    assert_false(aw_trust_approved(trust));
    assert_true(aw_trust_peer_approved(trust));
    assert_string_equal(aw_trust_peer_id(trust), "bob");
    assert_string_equal(aw_trust_type(trust), "a type");
    assert_string_equal(aw_trust_relationship(trust), "friend");
    assert_string_equal(aw_trust_baseuri(trust), bob_url);
    assert_string_equal(aw_trust_desc(trust), "hello");
    assert_string_equal(aw_trust_secret(trust), "s3cret");
    assert_string_not_equal(aw_trust_verification_token(trust), "token"); /* ours is another */

    snprintf(path, sizeof(path), "/trust/friend/%s", t->actor_id);
    aw_fake_peer_request request = bob_heard_request("GET", path, 0);

    assert_true(request_has(&request, "Authorization: Bearer s3cret"));
    assert_int_equal(bob_heard("GET", "/meta"), 0);

    aw_trust *stored = test_site_trust(t, "bob");

    assert_true(aw_trust_verified(stored));
    aw_trust_free(stored);
}

static void test_the_status_does_not_matter(void **state)
{
    (void)state;
    bob_shows(403, "token");
    assert_int_equal(VERIFY(.peer_id = "bob", .type = "", .verify_token = "token", .approved = true), AW_OK);
    assert_true(aw_trust_verified(trust));
    assert_true(aw_trust_approved(trust));
}

static void assert_unverified(void)
{
    aw_trust *stored = test_site_trust(t, "bob");

    assert_non_null(trust);
    assert_false(aw_trust_verified(trust));
    assert_non_null(stored);
    assert_false(aw_trust_verified(stored));
    aw_trust_free(stored);
}

static void test_another_token(void **state)
{
    (void)state;
    bob_shows(200, "token2");
    assert_int_equal(VERIFY(.peer_id = "bob", .type = "", .verify_token = "token"), AW_OK);
    assert_unverified();
}

static void test_no_token_to_verify(void **state)
{
    (void)state;
    bob_shows(200, "");
    assert_int_equal(VERIFY(.peer_id = "bob", .type = ""), AW_OK);
    assert_unverified();
    assert_int_equal(aw_fake_peer_count(bob), 0);
}

static void test_nobody_there(void **state)
{
    (void)state;
    aw_fake_peer_refuse(bob);
    assert_int_equal(VERIFY(.peer_id = "bob", .type = "", .verify_token = "token"), AW_OK);
    assert_unverified();
}

static void test_no_json(void **state)
{
    (void)state;
    bob_answers("GET", "/trust/", 200, "token");
    assert_int_equal(VERIFY(.peer_id = "bob", .type = "", .verify_token = "token"), AW_OK);
    assert_unverified();
}

/* A peer that hangs takes a part of the time, and not the whole operation. */
static void test_a_peer_that_hangs(void **state)
{
    (void)state;
    bob_fails("GET", "/trust/", AW_FAKE_HANG);
    assert_int_equal(VERIFY(.peer_id = "bob", .type = "", .verify_token = "token", .timeout_ms = 4000), AW_OK);
    assert_unverified();
}

static void test_meta_fills_in_what_is_missing(void **state)
{
    (void)state;
    bob_shows(200, "token");
    assert_int_equal(VERIFY(.verify_token = "token"), AW_OK);
    assert_string_equal(aw_trust_peer_id(trust), "bob");
    assert_string_equal(aw_trust_type(trust), BOB_TYPE);
    assert_true(aw_trust_verified(trust));
}

static void test_meta_must_agree(void **state)
{
    (void)state;
    bob_answers("GET", "/meta", 200, "{\"id\":\"mallory\",\"type\":\"x\"}");
    assert_int_equal(VERIFY(.peer_id = "bob", .verify_token = "token"), AW_E_PROTOCOL);
    assert_null(test_site_trust(t, "bob"));
    bob_answers("GET", "/meta", 404, NULL);
    assert_int_equal(VERIFY(.verify_token = "token"), AW_E_HTTP);
}

static void test_an_existing_trust_stays(void **state)
{
    char *before, *after;

    (void)state;
    test_site_add_trust(t, "bob", bob_url);
    before = test_site_snapshot(t);
    assert_int_equal(VERIFY(.peer_id = "bob", .type = "", .verify_token = "token"), AW_E_EXISTS);
    assert_int_equal(verify(AW_WITH(trust_create_verified, .baseuri = bob_url, .relationship = "admin",
                                    .peer_id = "bob", .type = "", .secret = "secret-of-bob"), true), AW_E_EXISTS);
    after = test_site_snapshot(t);
    assert_string_equal(before, after);
    assert_int_equal(aw_fake_peer_count(bob), 0); /* found out before the peer was asked anything */
    free(before);
    free(after);
}

/* It has missed our answer, say. */
static void test_a_peer_asks_again(void **state)
{
    char token[64], *before, *after;

    (void)state;
    bob_shows(200, "another token");
    assert_int_equal(VERIFY(.peer_id = "bob", .type = "x", .verify_token = "token", .approved = true), AW_OK);
    assert_false(aw_trust_verified(trust));
    snprintf(token, sizeof(token), "%s", aw_trust_verification_token(trust));
    bob_shows(200, "new token");
    assert_int_equal(VERIFY(.peer_id = "bob", .type = "y", .desc = "z", .verify_token = "new token"), AW_OK);
    assert_true(aw_trust_verified(trust) && aw_trust_approved(trust));
    assert_string_equal(aw_trust_verification_token(trust), token);
    assert_string_equal(aw_trust_type(trust), "x");
    assert_string_equal(aw_trust_desc(trust), "");
    /* It stays verified. */
    before = test_site_snapshot(t);
    assert_int_equal(VERIFY(.peer_id = "bob", .type = "x", .verify_token = "a third"), AW_OK);
    assert_true(aw_trust_verified(trust));
    after = test_site_snapshot(t);
    assert_string_equal(before, after);
    free(before);
    free(after);
}

static int again(const char *baseuri, const char *relationship, const char *secret)
{
    return verify(AW_WITH(trust_create_verified, .peer_id = "bob", .type = "x", .baseuri = baseuri,
                          .relationship = relationship, .secret = secret), true);
}

static void test_only_the_same_peer_asks_again(void **state)
{
    char *before, *after;

    (void)state;
    assert_int_equal(VERIFY(.peer_id = "bob", .type = "x"), AW_OK);
    before = test_site_snapshot(t);
    assert_int_equal(again(bob_url, "friend", "s3cres"), AW_E_EXISTS);
    assert_int_equal(again("http://127.0.0.1:9/bob", "friend", "s3cret"), AW_E_EXISTS);
    assert_int_equal(again(bob_url, "admin", "s3cret"), AW_E_EXISTS);
    assert_int_equal(again(bob_url, "friend", "s3cret"), AW_OK);
    after = test_site_snapshot(t);
    assert_string_equal(before, after);
    assert_int_equal(aw_fake_peer_count(bob), 0);
    free(before);
    free(after);
}

/* A request that fails the second time takes nothing of the first. */
static void test_asking_again_undoes_nothing(void **state)
{
    test_outcome outcome;
    char *before, *after;
    aw_op op = 0;

    (void)state;
    assert_int_equal(VERIFY(.peer_id = "bob", .type = "x"), AW_OK);
    before = test_site_snapshot(t);
    test_outcome_init(&outcome);
    bob_fails("GET", "/trust/", AW_FAKE_HANG);
    assert_int_equal(aw__trust_verify_new(&t->site, t->actor_id,
                                          AW_WITH(trust_create_verified, .baseuri = bob_url, .relationship = "friend",
                                                  .secret = "s3cret", .peer_id = "bob", .type = "x",
                                                  .verify_token = "token"),
                                          true, &flow, &err), AW_OK);
    assert_int_equal(aw__flow_start(flow, test_outcome_set, NULL, &outcome, &op, &err), AW_OK);
    assert_true(bob_hears("GET", "/trust/", 1));
    aw_op_cancel(t->site.runtime, op);
    assert_int_equal(test_outcome_wait(&outcome), AW_E_CANCELED);
    after = test_site_snapshot(t);
    assert_string_equal(before, after);
    free(before);
    free(after);
    test_outcome_free(&outcome);
}

/* Who asked in bob's name deletes that again while we verify, and the real bob asks: what is bob's stays bob's. */
static void test_a_trust_that_is_replaced_meanwhile(void **state)
{
    test_outcome outcome;
    char *before, *after;

    (void)state;
    test_outcome_init(&outcome);
    assert_int_equal(aw_fake_peer_rule(bob, AW_WITH(fake_peer_rule, .method = "GET", .path = "/bob/trust/",
                                                    .status = 200, .body = "{\"verification_token\":\"token\"}",
                                                    .delay_ms = 2000)), 0);
    assert_int_equal(aw__trust_verify_new(&t->site, t->actor_id,
                                          AW_WITH(trust_create_verified, .baseuri = bob_url, .relationship = "friend",
                                                  .secret = "s3cret", .peer_id = "bob", .type = "",
                                                  .verify_token = "token"),
                                          true, &flow, &err), AW_OK);
    assert_int_equal(aw__flow_start(flow, test_outcome_set, NULL, &outcome, NULL, &err), AW_OK);
    assert_true(bob_hears("GET", "/trust/", 1));
    assert_int_equal(aw__trust_remove(&t->site, t->actor_id, "bob", "s3cret", NULL, &err), AW_OK);
    test_site_add_trust(t, "bob", "http://bob.example/bob");
    before = test_site_snapshot(t);
    assert_int_equal(test_outcome_wait(&outcome), AW_E_NOT_FOUND);
    assert_false(outcome.had_result);
    assert_null(strstr(outcome.error.message, "secret-of-bob"));
    after = test_site_snapshot(t);
    assert_string_equal(before, after);
    free(before);
    free(after);
    test_outcome_free(&outcome);
}

static void add_waiting(size_t count)
{
    char peer_id[32], secret[32];

    for (size_t i = 0; i < count; i++) {
        aw_trust row = {.actor_id = t->actor_id, .peer_id = peer_id, .baseuri = bob_url, .type = "", .desc = "",
                        .relationship = "friend", .secret = secret, .verification_token = "t", .established_via = ""};

        snprintf(peer_id, sizeof(peer_id), "asks%zu", i);
        snprintf(secret, sizeof(secret), "secret%zu", i);
        assert_int_equal(aw__trust_add(&t->site, &row, &err), AW_OK);
    }
}

/* Anybody may ask, and no more than these are kept; whom the owner approves takes no place among them. */
static void test_no_more_wait_than_are_kept(void **state)
{
    (void)state;
    add_waiting(AW__TRUSTS_WAITING_MAX);
    assert_int_equal(VERIFY(.peer_id = "bob", .type = "", .verify_token = ""), AW_E_BUSY);
    assert_null(trust);
    assert_int_equal(VERIFY(.peer_id = "bob", .type = "", .verify_token = "", .approved = true), AW_OK);
    assert_int_equal(aw__trust_remove(&t->site, t->actor_id, "bob", NULL, NULL, &err), AW_OK);
    assert_int_equal(aw__trust_remove(&t->site, t->actor_id, "asks7", NULL, NULL, &err), AW_OK);
    assert_int_equal(VERIFY(.peer_id = "bob", .type = "", .verify_token = ""), AW_OK);
}

static void test_bad_arguments(void **state)
{
    (void)state;
    assert_int_equal(verify(NULL, false), AW_E_INVALID);
    assert_int_equal(verify(AW_WITH(trust_create_verified, .baseuri = bob_url), false), AW_E_INVALID);
    assert_non_null(strstr(err.message, "secret"));
    assert_int_equal(verify(AW_WITH(trust_create_verified, .secret = "s"), false), AW_E_INVALID);
    assert_non_null(strstr(err.message, "baseuri"));
    assert_int_equal(VERIFY(.peer_id = t->actor_id), AW_E_INVALID);
    assert_int_equal(VERIFY(.peer_id = ""), AW_E_INVALID);
    assert_int_equal(VERIFY(.verify_token = "a\nb"), AW_E_INVALID);
    assert_int_equal(aw_fake_peer_count(bob), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(verified),
        TEST(the_status_does_not_matter),
        TEST(another_token),
        TEST(no_token_to_verify),
        TEST(nobody_there),
        TEST(no_json),
        TEST(a_peer_that_hangs),
        TEST(meta_fills_in_what_is_missing),
        TEST(meta_must_agree),
        TEST(an_existing_trust_stays),
        TEST(a_peer_asks_again),
        TEST(only_the_same_peer_asks_again),
        TEST(asking_again_undoes_nothing),
        TEST(a_trust_that_is_replaced_meanwhile),
        TEST(no_more_wait_than_are_kept),
        TEST(bad_arguments),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
