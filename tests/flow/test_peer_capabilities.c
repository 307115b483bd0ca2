/*
 * The conversation "peer capabilities".
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "actor/capability.h"
#include "actor/trust.h"
#include "flow/peer_capabilities.h"
#include "support/pair.h"

static aw_error err;

static int get_at_most(int max_age_s, json_t **ret_capabilities)
{
    aw__flow *flow = NULL;
    void *result = NULL;
    int rc = aw__peer_capabilities_new(&t->site, t->actor_id,
                                       AW_WITH(peer_get_capabilities, .peer_id = "bob", .max_age_s = max_age_s), &flow,
                                       &err);

    rc = run_flow(rc, flow, &result, &err);
    if (ret_capabilities)
        *ret_capabilities = result;
    else
        json_decref(result);
    return rc;
}

static void assert_has(const char *option, bool expected)
{
    aw_trust *trust = NULL;

    assert_int_equal(aw__trust_find(&t->site, t->actor_id, "bob", &trust, &err), AW_OK);
    assert_int_equal(aw__capability_has(trust, option), expected);
    aw_trust_free(trust);
}

static void test_asked_once(void **state)
{
    json_t *got = NULL;

    (void)state;
    assert_has("callbacks", false);
    bob_answers("GET", "/meta/actingweb/supported", 200, "www,callbacks, subscriptionresync\n");
    bob_answers("GET", "/meta/actingweb/version", 200, "1.4");
    assert_int_equal(get_at_most(0, &got), AW_OK);
    assert_int_equal(json_array_size(json_object_get(got, "supported")), 3);
    assert_string_equal(json_string_value(json_array_get(json_object_get(got, "supported"), 2)), "subscriptionresync");
    assert_string_equal(json_string_value(json_object_get(got, "version")), "1.4");
    json_decref(got);
    assert_has("callbacks", true);
    assert_has("subscriptionresync", true);
    assert_has("callback", false);
    assert_has("subscription", false);
    aw_fake_peer_request request = bob_heard_request("GET", "/meta", 0);

    assert_false(request_has(&request, "Authorization: Bearer secret-of-bob"));
    assert_int_equal(get_at_most(0, NULL), AW_OK);
    assert_int_equal(bob_heard("GET", "/meta"), 2);
    assert_int_equal(get_at_most(-1, NULL), AW_OK); /* it is asked in any case */
    assert_int_equal(bob_heard("GET", "/meta"), 4);
}

static void test_what_peers_answer(void **state)
{
    (void)state;
    bob_answers("GET", "/meta/actingweb/supported", 500, NULL);
    assert_int_equal(get_at_most(0, NULL), AW_E_HTTP);
    bob_answers("GET", "/meta/actingweb/supported", 200, "<html>hello</html>");
    assert_int_equal(get_at_most(0, NULL), AW_E_PROTOCOL);
    bob_answers("GET", "/meta/actingweb/supported", 200, "caf\xe9");
    assert_int_equal(get_at_most(0, NULL), AW_E_PROTOCOL);
    assert_has("callbacks", false);
    bob_answers("GET", "/meta/actingweb/supported", 200, "\"callbacks\"");
    bob_answers("GET", "/meta/actingweb/version", 500, NULL);
    assert_int_equal(get_at_most(0, NULL), AW_OK); /* its version is not needed */
    assert_has("callbacks", true);
    bob_answers("GET", "/meta/actingweb/supported", 404, NULL);
    assert_int_equal(get_at_most(-1, NULL), AW_OK); /* one without that path announces nothing, and it is known */
    assert_has("callbacks", false);
    size_t heard = bob_heard("GET", "/meta");

    assert_int_equal(get_at_most(0, NULL), AW_OK);
    assert_int_equal(bob_heard("GET", "/meta"), heard);
}

static void test_whom_to_ask(void **state)
{
    aw__flow *flow = NULL;

    (void)state;
    int rc = aw__peer_capabilities_new(&t->site, t->actor_id, AW_WITH(peer_get_capabilities, .peer_id = "dave"), &flow,
                                       &err);

    assert_int_equal(run_flow(rc, flow, NULL, &err), AW_E_NOT_FOUND);
    assert_int_equal(aw__peer_capabilities_new(&t->site, t->actor_id,
                                               AW_WITH(peer_get_capabilities, .peer_id = "bob", .max_age_s = -2), &flow,
                                               &err),
                     AW_E_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_asked_once, pair_set_up_trusting, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_what_peers_answer, pair_set_up_trusting, pair_tear_down),
        cmocka_unit_test_setup_teardown(test_whom_to_ask, pair_set_up_trusting, pair_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
