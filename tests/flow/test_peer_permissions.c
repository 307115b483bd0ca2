/*
 * The conversation "peer permissions": what a peer grants is fetched, kept, and served from what is kept; what the peer
 * said of itself later than that counts.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "actor/peer_permission.h"
#include "base/clock.h"
#include "base/json.h"
#include "flow/peer_permissions.h"
#include "support/pair.h"

static aw_error err;

/* The row is the caller's. */
static int get(int max_age_s, json_t **ret_row)
{
    aw__flow *flow = NULL;
    void *row = NULL;
    int rc = aw__peer_permissions_new(
        &t->site, t->actor_id,
        AW_WITH(peer_get_permissions, .peer_id = "bob", .max_age_s = max_age_s, .timeout_ms = 10000), &flow, &err);

    rc = run_flow(rc, flow, &row, &err);
    if (ret_row)
        *ret_row = row;
    else
        json_decref(row);
    return rc;
}

/* The first of what may be done to properties. */
static const char *first_operation(json_t *row)
{
    json_t *rules = json_object_get(row, "properties");

    return json_string_value(json_array_get(json_object_get(rules, "operations"), 0));
}

static void it_is_fetched_and_kept(void **state)
{
    json_t *row = NULL, *kept = NULL;

    (void)state;
    bob_answers("GET", "/permissions/", 200,
                "{\"permissions\":{\"properties\":[\"public/*\"],\"methods\":{\"allowed\":[\"sing\"]}},\"source\":\"x\"}");
    assert_int_equal(get(0, &row), AW_OK);
    aw_fake_peer_request request = bob_heard_request("GET", "/permissions/", 0);

    assert_non_null(strstr(request.path, t->actor_id));
    assert_true(request_has(&request, "Authorization: Bearer secret-of-bob"));
    assert_string_equal(first_operation(row), "read");
    assert_true(json_is_null(json_object_get(row, "actions")));
    assert_int_equal(aw__peer_permission_get(&t->site, t->actor_id, "bob", &kept, &err), AW_OK);
    assert_true(json_equal(row, kept));
    json_decref(kept);
    json_decref(row);
    assert_int_equal(get(0, NULL), AW_OK);
    assert_int_equal(bob_heard("GET", "/permissions/"), 1);
    assert_int_equal(get(-1, NULL), AW_OK);
    assert_int_equal(bob_heard("GET", "/permissions/"), 2);
}

static void the_categories_alone_will_do(void **state)
{
    json_t *row = NULL;

    (void)state;
    bob_answers("GET", "/permissions/", 200, "{\"properties\":{\"patterns\":[\"*\"],\"operations\":[\"delete\"]}}");
    assert_int_equal(get(0, &row), AW_OK);
    assert_string_equal(first_operation(row), "delete");
    json_decref(row);
}

static void say(int64_t at_us)
{
    json_t *said = json_pack("{s:{s:[s],s:[s]}}", "properties", "patterns", "*", "operations", "write");

    assert_int_equal(aw__peer_permission_keep(&t->site, t->actor_id, "bob", said, at_us, NULL, &err), AW_OK);
    json_decref(said);
}

static void what_the_peer_said_last_counts(void **state)
{
    json_t *row = NULL;

    (void)state;
    say(aw__utc_us());
    assert_int_equal(get(0, &row), AW_OK);
    assert_string_equal(first_operation(row), "write");
    json_decref(row);
    assert_int_equal(bob_heard("GET", "/permissions/"), 0);

    say(aw__utc_us() + 60 * INT64_C(1000000)); /* while it was being asked, or by a clock that is ahead */
    assert_int_equal(get(-1, &row), AW_OK);
    assert_string_equal(first_operation(row), "write");
    json_decref(row);
    assert_int_equal(bob_heard("GET", "/permissions/"), 1);
}

static void a_peer_that_fails_leaves_what_is_kept(void **state)
{
    static const struct {
        int status;
        const char *body;
        int code;
    } answers[] = {
        {404, "{}", AW_E_HTTP},
        {403, "", AW_E_HTTP},
        {200, "[]", AW_E_PROTOCOL},
        {200, "{\"detail\":\"hello\"}", AW_E_PROTOCOL},
        {200, "{\"permissions\":7}", AW_E_PROTOCOL},
        {200, "{\"permissions\":{\"methods\":\"all\"}}", AW_E_PROTOCOL},
    };
    json_t *row = NULL;

    (void)state;
    say(aw__utc_us());
    for (size_t i = 0; i < sizeof(answers) / sizeof(*answers); i++) {
        bob_answers("GET", "/permissions/", answers[i].status, answers[i].body);
        assert_int_equal(get(-1, NULL), answers[i].code);
        assert_int_equal(aw__peer_permission_get(&t->site, t->actor_id, "bob", &row, &err), AW_OK);
        assert_string_equal(first_operation(row), "write");
        json_decref(row);
    }
    assert_int_equal(get(-2, NULL), AW_E_INVALID);
}

/* The peer may answer, or send a callback, while the trust is being deleted. */
static void of_a_trust_that_is_gone_nothing_is_kept(void **state)
{
    json_t *said = json_pack("{s:{s:[s]}}", "properties", "patterns", "*"), *row = NULL;

    (void)state;
    assert_int_equal(aw__peer_permission_keep(&t->site, t->actor_id, "bob", said, aw__utc_us(), NULL, &err),
                     AW_E_NOT_FOUND);
    assert_int_equal(aw__peer_permission_get(&t->site, t->actor_id, "bob", &row, &err), AW_E_NOT_FOUND);
    json_decref(said);
}

static void without_a_trust_nobody_is_asked(void **state)
{
    (void)state;
    assert_int_equal(get(0, NULL), AW_E_NOT_FOUND);
    assert_int_equal(bob_heard("GET", "/permissions/"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(it_is_fetched_and_kept, pair_set_up_trusting, pair_tear_down),
        cmocka_unit_test_setup_teardown(the_categories_alone_will_do, pair_set_up_trusting, pair_tear_down),
        cmocka_unit_test_setup_teardown(what_the_peer_said_last_counts, pair_set_up_trusting, pair_tear_down),
        cmocka_unit_test_setup_teardown(a_peer_that_fails_leaves_what_is_kept, pair_set_up_trusting, pair_tear_down),
        cmocka_unit_test_setup_teardown(of_a_trust_that_is_gone_nothing_is_kept, pair_set_up, pair_tear_down),
        cmocka_unit_test_setup_teardown(without_a_trust_nobody_is_asked, pair_set_up, pair_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
