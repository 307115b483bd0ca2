/*
 * The conversation "create reciprocal trust".
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "flow/trust_create.h"
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

static int create(const aw_trust_create_reciprocal_params *params)
{
    void *result = NULL;
    int rc = aw__trust_create_new(&t->site, t->actor_id, params, &flow, &err);

    rc = run_flow(rc, flow, &result, &err);
    aw_trust_free(trust);
    trust = result;
    return rc;
}

#define CREATE(...) create(AW_WITH(trust_create_reciprocal, .peer_url = bob_url, __VA_ARGS__))

static void assert_nothing_stored(void)
{
    aw_trust *stored = test_site_trust(t, "bob");

    assert_null(stored);
    assert_null(trust);
}

/* What bob was asked to forget, by whom, with which secret. */
static void assert_withdrawn(const char *secret)
{
    char path[128], credentials[128];

    snprintf(path, sizeof(path), "/trust/friend/%s", t->actor_id);
    assert_true(bob_hears("DELETE", path, 1));
    aw_fake_peer_request request = bob_heard_request("DELETE", path, 0);

    snprintf(credentials, sizeof(credentials), "Authorization: Bearer %s", secret);
    assert_true(request_has(&request, credentials));
}

static void test_pending(void **state)
{
    json_error_t problem;
    char url[128];

    (void)state;
    assert_int_equal(CREATE(.relationship = "friend", .desc = "of mine"), AW_OK);
    assert_string_equal(aw_trust_peer_id(trust), "bob");
    assert_string_equal(aw_trust_baseuri(trust), bob_url);
    assert_string_equal(aw_trust_type(trust), BOB_TYPE);
    assert_string_equal(aw_trust_relationship(trust), "friend");
    assert_string_equal(aw_trust_desc(trust), "of mine");
    assert_true(aw_trust_approved(trust));
    assert_false(aw_trust_peer_approved(trust));
    assert_true(aw_trust_verified(trust));
    assert_int_equal(strlen(aw_trust_secret(trust)), 40);
    assert_int_equal(strlen(aw_trust_verification_token(trust)), 40);

    json_t *body = json_loads(bob_heard_request("POST", "/trust/friend", 0).body, 0, &problem);

    snprintf(url, sizeof(url), "%s%s", t->site.config.root, t->actor_id);
    assert_string_equal(aw__json_get_text(body, "baseuri", ""), url);
    assert_string_equal(aw__json_get_text(body, "id", ""), t->actor_id);
    assert_string_equal(aw__json_get_text(body, "type", ""), t->site.config.type);
    assert_string_equal(aw__json_get_text(body, "secret", ""), aw_trust_secret(trust));
    assert_string_equal(aw__json_get_text(body, "desc", ""), "of mine");
    assert_string_equal(aw__json_get_text(body, "verify", ""), aw_trust_verification_token(trust));
    json_decref(body);

    aw_trust *stored = test_site_trust(t, "bob");

    assert_non_null(stored);
    assert_string_equal(aw_trust_secret(stored), aw_trust_secret(trust));
    assert_string_equal(stored->established_via, "trust");
    aw_trust_free(stored);
}

static void test_approved_at_once(void **state)
{
    (void)state;
    bob_answers("POST", "/trust/", 201, "{}");
    assert_int_equal(CREATE(.secret = "our little secret"), AW_OK);
    assert_true(aw_trust_peer_approved(trust));
    assert_string_equal(aw_trust_secret(trust), "our little secret");
    assert_string_equal(aw_trust_relationship(trust), "associate"); /* the site's default */
}

static void test_relationships_are_encoded(void **state)
{
    (void)state;
    assert_int_equal(CREATE(.relationship = "best friend/\xc3\xa6"), AW_OK);
    assert_int_equal(bob_heard("POST", "/trust/best%20friend%2F%C3%A6"), 1);
}

static void test_an_existing_trust_stays(void **state)
{
    char *before, *after;

    (void)state;
    test_site_add_trust(t, "bob", bob_url);
    before = test_site_snapshot(t);
    assert_int_equal(CREATE(.relationship = "friend"), AW_E_EXISTS);
    assert_int_equal(CREATE(.relationship = "friend", .secret = "secret-of-bob"), AW_E_EXISTS);
    after = test_site_snapshot(t);
    assert_string_equal(before, after);
    assert_int_equal(bob_heard("POST", "/trust"), 0);
    assert_int_equal(bob_heard("DELETE", NULL), 0);
    free(before);
    free(after);
}

static void test_a_secret_in_use(void **state)
{
    (void)state;
    test_site_add_trust(t, "carol", "http://127.0.0.1:9/carol");
    assert_int_equal(CREATE(.secret = "secret-of-carol"), AW_E_DENIED);
    assert_nothing_stored();
    assert_int_equal(bob_heard("POST", "/trust"), 0);
}

/* A peer that says no keeps nothing: it is not asked to forget what it may have from another attempt. */
static void test_refused(void **state)
{
    (void)state;
    bob_answers("POST", "/trust/", 403, "{\"error\":{\"message\":\"not you\"}}");
    assert_int_equal(CREATE(.relationship = "friend"), AW_E_HTTP);
    assert_int_equal(err.http_status, 403);
    assert_non_null(strstr(err.message, "not you"));
    assert_nothing_stored();
    assert_int_equal(bob_heard("DELETE", NULL), 0);
}

static void test_failed_at_the_peer(void **state)
{
    (void)state;
    bob_answers("POST", "/trust/", 500, NULL);
    assert_int_equal(CREATE(.relationship = "friend", .secret = "s"), AW_E_HTTP);
    assert_nothing_stored();
    assert_withdrawn("s");
}

static void test_a_success_of_another_kind(void **state)
{
    (void)state;
    bob_answers("POST", "/trust/", 200, "{}");
    assert_int_equal(CREATE(.relationship = "friend", .secret = "s"), AW_E_HTTP);
    assert_int_equal(err.http_status, 200);
    assert_nothing_stored();
    assert_withdrawn("s");
}

static void test_no_answer(void **state)
{
    (void)state;
    bob_fails("POST", "/trust/", AW_FAKE_RESET);
    assert_int_equal(CREATE(.relationship = "friend", .secret = "s"), AW_E_CONNECT);
    assert_nothing_stored();
    assert_withdrawn("s");
}

static void test_deadline(void **state)
{
    (void)state;
    bob_fails("POST", "/trust/", AW_FAKE_HANG);
    assert_int_equal(CREATE(.relationship = "friend", .secret = "s", .timeout_ms = 1500), AW_E_TIMEOUT);
    assert_true(err.retriable);
    assert_nothing_stored();
    assert_withdrawn("s");
}

static void test_meta_that_will_not_do(void **state)
{
    static const char *const bodies[] = {"{}", "{\"id\":\"bob\"}", "{\"id\":\"\",\"type\":\"x\"}", "[]", "no",
                                         "{\"id\":7,\"type\":\"x\"}", "{\"id\":\"..\",\"type\":\"x\"}",
                                         "{\"id\":\"a\\nb\",\"type\":\"x\"}"};

    (void)state;
    for (size_t i = 0; i < sizeof(bodies) / sizeof(*bodies); i++) {
        bob_answers("GET", "/meta", 200, bodies[i]);
        assert_int_equal(CREATE(.relationship = "friend"), AW_E_PROTOCOL);
    }
    assert_nothing_stored();
    assert_int_equal(bob_heard("POST", NULL), 0);
}

static void test_types(void **state)
{
    (void)state;
    assert_int_equal(CREATE(.type = "urn:actingweb:example.com:other"), AW_E_PROTOCOL);
    assert_nothing_stored();
    assert_int_equal(CREATE(.type = "URN:ACTINGWEB:actingweb.org:fake-peer"), AW_OK);
}

static void test_ourselves(void **state)
{
    char body[128];

    (void)state;
    snprintf(body, sizeof(body), "{\"id\":\"%s\",\"type\":\"x\"}", t->actor_id);
    bob_answers("GET", "/meta", 200, body);
    assert_int_equal(CREATE(.relationship = "friend"), AW_E_INVALID);
}

static void test_bad_arguments(void **state)
{
    static char long_text[300];

    (void)state;
    memset(long_text, 'x', sizeof(long_text) - 1);
    assert_int_equal(create(NULL), AW_E_INVALID);
    assert_int_equal(create(AW_DEFAULTS(trust_create_reciprocal)), AW_E_INVALID);
    assert_non_null(strstr(err.message, "peer_url"));
    assert_int_equal(CREATE(.relationship = ""), AW_E_INVALID);
    assert_non_null(strstr(err.message, "relationship"));
    assert_int_equal(CREATE(.relationship = ".."), AW_E_INVALID);
    assert_int_equal(CREATE(.relationship = long_text), AW_E_INVALID);
    assert_int_equal(CREATE(.secret = ""), AW_E_INVALID);
    assert_int_equal(CREATE(.secret = "a\r\nb"), AW_E_INVALID);
    assert_non_null(strstr(err.message, "secret"));
    assert_null(strstr(err.message, "a\r"));
    assert_int_equal(CREATE(.secret = long_text), AW_E_INVALID);
    assert_int_equal(CREATE(.desc = "\xff"), AW_E_INVALID);
    assert_int_equal(CREATE(.type = long_text), AW_E_INVALID);
    assert_int_equal(aw_fake_peer_count(bob), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(pending),
        TEST(approved_at_once),
        TEST(relationships_are_encoded),
        TEST(an_existing_trust_stays),
        TEST(a_secret_in_use),
        TEST(refused),
        TEST(failed_at_the_peer),
        TEST(a_success_of_another_kind),
        TEST(no_answer),
        TEST(deadline),
        TEST(meta_that_will_not_do),
        TEST(types),
        TEST(ourselves),
        TEST(bad_arguments),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
