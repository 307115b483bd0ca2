/*
 * The conversations about permissions: what is set, and what the peer is told of it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actor/permission_own.h"
#include "actor/trust.h"
#include "base/clock.h"
#include "flow/permission_callback.h"
#include "flow/trust_modify.h"
#include "support/pair.h"

static aw__flow *flow;
static aw_error err;

static int set_up(void **state)
{
    flow = NULL;
    err = (aw_error){0};
    return pair_set_up_trusting(state);
}

static json_t *denied(const char *what)
{
    return json_pack("{s:{s:[s]}}", "properties", "denied", what);
}

static int set(json_t *permissions)
{
    int rc = aw__permission_set_new(&t->site, t->actor_id,
                                    AW_WITH(permission_set, .peer_id = "bob", .permissions = permissions), &flow, &err);

    json_decref(permissions); /* copied */
    return run_flow(rc, flow, NULL, &err);
}

static int reset(void)
{
    int rc = aw__permission_reset_new(&t->site, t->actor_id, AW_WITH(permission_reset, .peer_id = "bob"), &flow, &err);

    return run_flow(rc, flow, NULL, &err);
}

static bool has_own(void)
{
    aw__arena *arena = aw__arena_new();
    aw__granted granted;

    assert_int_equal(aw__permission_look(&t->site, arena, t->actor_id, "bob", &granted, &err), AW_OK);
    bool own = granted.own != NULL;

    aw__arena_free(arena);
    return own;
}

static int approve(aw_change approved)
{
    void *trust = NULL;
    int rc = aw__trust_modify_new(&t->site, t->actor_id,
                                  AW_WITH(trust_modify_and_notify, .peer_id = "bob", .approved = approved), &flow, &err);

    rc = run_flow(rc, flow, &trust, &err);
    aw_trust_free(trust);
    return rc;
}

static void test_set_and_told(void **state)
{
    char path[128];
    json_error_t where;
    int64_t at_us;

    (void)state;
    assert_int_equal(set(denied("mood")), AW_OK);
    assert_true(has_own());
    snprintf(path, sizeof(path), "/callbacks/permissions/%s", t->actor_id);
    aw_fake_peer_request request = bob_heard_request("POST", path, 0);
    json_t *body = json_loads(request.body, 0, &where);
    json_t *properties = json_object_get(json_object_get(body, "data"), "properties");

    assert_true(request_has(&request, "Authorization: Bearer secret-of-bob"));
    assert_string_equal(json_string_value(json_object_get(body, "type")), "permission");
    assert_string_equal(json_string_value(json_object_get(body, "id")), t->actor_id);
    assert_true(aw__timestamp_parse(json_string_value(json_object_get(body, "timestamp")), &at_us));
    assert_string_equal(json_string_value(json_array_get(json_object_get(properties, "denied"), 0)), "mood");
    assert_string_equal(json_string_value(json_array_get(json_object_get(properties, "patterns"), 0)), "*");
    json_decref(body);
}

static void test_taken_back_and_told(void **state)
{
    (void)state;
    assert_int_equal(set(denied("mood")), AW_OK);
    assert_int_equal(reset(), AW_OK);
    assert_false(has_own());
    assert_int_equal(reset(), AW_OK);
    assert_int_equal(bob_heard("POST", "/callbacks/permissions/"), 3);
    aw_fake_peer_request request = bob_heard_request("POST", "/callbacks/permissions/", 1);

    assert_null(strstr(request.body, "denied\":[\"mood\""));
}

static void test_a_peer_that_cannot_be_told(void **state)
{
    (void)state;
    bob_answers("POST", "/callbacks/", 500, "{\"error\":\"not now\"}");
    assert_int_equal(set(denied("mood")), AW_E_HTTP);
    assert_non_null(strstr(err.message, "not now"));
    assert_true(has_own());
    assert_int_equal(reset(), AW_E_HTTP);
    assert_false(has_own());
}

static void test_an_unapproved_peer_is_told_nothing_until_it_is(void **state)
{
    (void)state;
    assert_int_equal(approve(AW_CLEAR), AW_OK);
    assert_int_equal(set(denied("mood")), AW_OK);
    assert_true(has_own());
    assert_int_equal(aw_fake_peer_count(bob), 0);
    assert_int_equal(approve(AW_SET), AW_OK);
    assert_true(bob_hears("POST", "/callbacks/permissions/", 1));
}

static void test_an_approval_that_says_it_all(void **state)
{
    (void)state;
    assert_int_equal(approve(AW_CLEAR), AW_OK);
    assert_int_equal(approve(AW_SET), AW_OK);
    assert_int_equal(bob_heard("POST", "/trust/"), 1);
    assert_int_equal(bob_heard("POST", "/callbacks/"), 0);
}

static void test_what_was_made_by_oauth_is_told_nothing(void **state)
{
    (void)state;
    aw__trust_edit edit = {.type = "oauth2:google"};

    assert_int_equal(aw__trust_change(&t->site, t->actor_id, "bob", &edit, NULL, NULL, &err), AW_OK);
    assert_int_equal(set(denied("mood")), AW_OK);
    assert_int_equal(aw_fake_peer_count(bob), 0);
}

static void test_bad_arguments(void **state)
{
    (void)state;
    assert_int_equal(set(NULL), AW_E_INVALID);
    assert_int_equal(set(json_array()), AW_E_INVALID);
    assert_int_equal(set(json_pack("{s:s}", "properties", "all")), AW_E_INVALID);
    assert_non_null(strstr(err.message, "permissions: properties"));
    assert_int_equal(set(json_pack("{s:{}}", "propertes")), AW_E_INVALID);
    assert_false(has_own());
    assert_int_equal(aw__permission_reset_new(&t->site, t->actor_id, AW_DEFAULTS(permission_reset), &flow, &err),
                     AW_E_INVALID);
    int rc = aw__permission_reset_new(&t->site, t->actor_id, AW_WITH(permission_reset, .peer_id = "carol"), &flow, &err);

    assert_int_equal(run_flow(rc, flow, NULL, &err), AW_E_NOT_FOUND);
    assert_int_equal(aw_fake_peer_count(bob), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, set_up, pair_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(set_and_told),
        TEST(taken_back_and_told),
        TEST(a_peer_that_cannot_be_told),
        TEST(an_unapproved_peer_is_told_nothing_until_it_is),
        TEST(an_approval_that_says_it_all),
        TEST(what_was_made_by_oauth_is_told_nothing),
        TEST(bad_arguments),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
