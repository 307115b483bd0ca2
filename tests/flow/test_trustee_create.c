/*
 * The conversation "create a peer as its trustee".
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "actor/trustee.h"
#include "flow/trustee_create.h"
#include "support/pair.h"

#define TRUSTEE "Authorization: Basic dHJ1c3RlZTpvcGVuc2VzYW1l" /* trustee:opensesame */

static aw_trust *trust;
static aw_error err;

static int set_up(void **state)
{
    trust = NULL;
    err = (aw_error){0};
    return pair_set_up(state);
}

static int tear_down(void **state)
{
    aw_trust_free(trust);
    return pair_tear_down(state);
}

static int create(const aw_peer_create_trustee_params *params)
{
    aw__flow *flow = NULL;
    void *result = NULL;
    int rc = aw__trustee_create_new(&t->site, t->actor_id, params, &flow, &err);

    rc = run_flow(rc, flow, &result, &err);
    aw_trust_free(trust);
    trust = result;
    return rc;
}

#define CREATE(...)                                                                                                    \
    create(AW_WITH(peer_create_trustee, .factory_url = aw_fake_peer_root(bob), .relationship = "friend", __VA_ARGS__))

static aw_fake_peer_request request(size_t index)
{
    aw_fake_peer_request found = {0};

    assert_true(aw_fake_peer_get(bob, index, &found));
    return found;
}

static void test_what_is_asked(void **state)
{
    static const char *const paths[] = {"POST /", "GET /made1/meta", "GET /made1/meta", "POST /made1/trust/friend",
                                        "PUT /made1/trust/friend/"};
    char expected[256];

    (void)state;
    assert_int_equal(CREATE(.desc = "the lamp"), AW_OK);
    assert_int_equal(aw_fake_peer_count(bob), 5);
    for (size_t i = 0; i < 5; i++) {
        aw_fake_peer_request r = request(i);

        snprintf(expected, sizeof(expected), "%s %s", r.method, r.path);
        assert_memory_equal(expected, paths[i], strlen(paths[i]));
    }
    aw_fake_peer_request made = request(0), approved = request(4);

    snprintf(expected, sizeof(expected), "{\"creator\":\"trustee\",\"trustee_root\":\"%s%s\"}", t->root, t->actor_id);
    assert_string_equal(made.body, expected);
    assert_null(strstr(made.headers, "Authorization"));
    assert_string_equal(approved.body, "{\"approved\":true}");
    assert_true(request_has(&approved, TRUSTEE));
    assert_null(strstr(request(3).headers, "Authorization"));
}

static void test_what_is_kept(void **state)
{
    char url[96];
    aw__arena *arena = aw__arena_new();
    aw__peertrustee_row row;

    (void)state;
    assert_int_equal(CREATE(.desc = "the lamp", .type = BOB_TYPE), AW_OK);
    snprintf(url, sizeof(url), "%smade1", aw_fake_peer_root(bob));
    assert_string_equal(aw_trust_peer_id(trust), "made1");
    assert_string_equal(aw_trust_baseuri(trust), url);
    assert_string_equal(aw_trust_relationship(trust), "friend");
    assert_string_equal(aw_trust_desc(trust), "the lamp");
    assert_true(aw_trust_approved(trust) && aw_trust_peer_approved(trust) && aw_trust_verified(trust));
    assert_int_equal(aw__trustee_find(&t->site, arena, t->actor_id, "made1", &row, &err), AW_OK);
    assert_string_equal(row.baseuri, url);
    assert_string_equal(row.type, BOB_TYPE);
    assert_string_equal(row.passphrase, "opensesame");
    assert_int_equal(CREATE(0), AW_OK);
    assert_string_equal(aw_trust_peer_id(trust), "made2");
    assert_int_equal(aw__trustee_find_type(&t->site, arena, t->actor_id, BOB_TYPE, &row, &err), AW_OK);
    assert_string_equal(row.peer_id, "made1");
    aw__arena_free(arena);
}

/* The store is as before, and the actor that was made is ended. */
static void assert_taken_back(int code, const char *before)
{
    char *after;

    assert_int_equal(CREATE(.type = BOB_TYPE), code);
    assert_null(trust);
    assert_null(strstr(err.message, "opensesame"));
    after = test_site_snapshot(t);
    assert_string_equal(before, after);
    free(after);
}

static void test_whatever_fails_later_ends_it(void **state)
{
    static const struct {
        const char *method, *path;
        int status, code;
        const char *body;
    } answers[] = {
        {"GET", "/made", 404, AW_E_HTTP, "opensesame"},
        {"GET", "/made", 200, AW_E_PROTOCOL, "{\"id\":\"made9\",\"type\":\"urn:another\"}"},
        {"GET", "/made", 200, AW_E_PROTOCOL, "[]"},
        {"POST", "/made", 403, AW_E_HTTP, "{\"error\":\"opensesame\"}"},
        {"PUT", "/made", 403, AW_E_HTTP, "dHJ1c3RlZTpvcGVuc2VzYW1l"},
        {"PUT", "/made", 500, AW_E_HTTP, NULL},
    };
    char *before;

    (void)state;
    before = test_site_snapshot(t);
    for (size_t i = 0; i < sizeof(answers) / sizeof(*answers); i++) {
        aw_fake_peer_reset_rules(bob);
        aw_fake_peer_clear(bob);
        assert_int_equal(aw_fake_peer_rule(bob, AW_WITH(fake_peer_rule, .method = answers[i].method,
                                                        .path = answers[i].path, .status = answers[i].status,
                                                        .body = answers[i].body)), 0);
        assert_taken_back(answers[i].code, before);
        assert_true(aw_fake_peer_wait_for(bob, "DELETE", "/made", 1, 10000));
        aw_fake_peer_request ended = request(aw_fake_peer_count(bob) - 1);

        assert_true(request_has(&ended, TRUSTEE));
        assert_null(strstr(ended.path, "trust"));
    }
    free(before);
}

/* What was made can neither be used nor ended then. */
static void test_factories_that_make_nothing(void **state)
{
    static const struct {
        int status, code;
        const char *headers, *body;
    } answers[] = {
        {403, AW_E_HTTP, NULL, "{\"error\":{\"code\":403,\"message\":\"no more\"}}"},
        {302, AW_E_HTTP, "Location: http://127.0.0.1:9/\r\n", NULL},
        {201, AW_E_PROTOCOL, "Location: http://127.0.0.1:9/made\r\n", "{}"},
        {201, AW_E_PROTOCOL, "Location: http://127.0.0.1:9/made\r\n", "{\"passphrase\":7}"},
        {201, AW_E_PROTOCOL, "Location: http://127.0.0.1:9/made\r\n", "{\"passphrase\":\"\"}"},
        {201, AW_E_PROTOCOL, "Location: http://127.0.0.1:9/made\r\n", "{\"passphrase\":\"a\\u0001\"}"},
        {201, AW_E_PROTOCOL, "Location: http://127.0.0.1:9/made\r\n", "<html>"},
        {201, AW_E_PROTOCOL, NULL, "{\"passphrase\":\"opensesame\"}"},
        {201, AW_E_PROTOCOL, "Location: /made\r\n", "{\"passphrase\":\"opensesame\"}"},
        {201, AW_E_PROTOCOL, "Location: file:///etc/passwd\r\n", "{\"passphrase\":\"opensesame\"}"},
    };
    char *before;

    (void)state;
    before = test_site_snapshot(t);
    for (size_t i = 0; i < sizeof(answers) / sizeof(*answers); i++) {
        aw_fake_peer_clear(bob);
        assert_int_equal(aw_fake_peer_rule(bob, AW_WITH(fake_peer_rule, .method = "POST", .path = "/", .exact = true,
                                                        .status = answers[i].status, .headers = answers[i].headers,
                                                        .body = answers[i].body)), 0);
        assert_taken_back(answers[i].code, before);
        assert_int_equal(aw_fake_peer_count(bob), 1);
    }
    free(before);
}

/* The name that a factory gives must not get at a peer that there is. */
static void test_a_name_that_is_taken(void **state)
{
    char *before;

    (void)state;
    test_site_add_trust(t, "made1", "http://127.0.0.1:9/somebody");
    before = test_site_snapshot(t);
    assert_taken_back(AW_E_EXISTS, before);
    assert_true(aw_fake_peer_wait_for(bob, "DELETE", "/made1", 1, 10000));
    assert_int_equal(aw_fake_peer_count_of(bob, "POST", "/made1/trust"), 0);
    free(before);
}

static void test_itself(void **state)
{
    char meta[128];

    (void)state;
    snprintf(meta, sizeof(meta), "{\"id\":\"%s\",\"type\":\"urn:x\"}", t->actor_id);
    assert_int_equal(aw_fake_peer_rule(bob, AW_WITH(fake_peer_rule, .method = "GET", .path = "/made1/meta",
                                                    .status = 200, .body = meta)), 0);
    assert_int_equal(CREATE(0), AW_E_INVALID);
}

static void test_bad_arguments(void **state)
{
    (void)state;
    assert_int_equal(create(NULL), AW_E_INVALID);
    assert_int_equal(create(AW_DEFAULTS(peer_create_trustee)), AW_E_INVALID);
    assert_non_null(strstr(err.message, "factory_url"));
    assert_int_equal(create(AW_WITH(peer_create_trustee, .factory_url = "http://h/?a=b")), AW_E_INVALID);
    assert_int_equal(CREATE(.desc = "a\nb"), AW_E_INVALID);
    assert_int_equal(CREATE(.timeout_ms = -1), AW_E_INVALID);
    assert_int_equal(aw_fake_peer_count(bob), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_asked),
        TEST(what_is_kept),
        TEST(whatever_fails_later_ends_it),
        TEST(factories_that_make_nothing),
        TEST(a_name_that_is_taken),
        TEST(itself),
        TEST(bad_arguments),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
