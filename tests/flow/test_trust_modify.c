/*
 * The conversation "modify and notify".
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flow/trust_modify.h"
#include "support/pair.h"

static aw__flow *flow;
static aw_trust *trust;
static aw_error err;

static int set_up(void **state)
{
    flow = NULL;
    trust = NULL;
    err = (aw_error){0};
    return pair_set_up_trusting(state);
}

static int tear_down(void **state)
{
    aw_trust_free(trust);
    return pair_tear_down(state);
}

static int modify(const aw_trust_modify_and_notify_params *params)
{
    void *result = NULL;
    int rc = aw__trust_modify_new(&t->site, t->actor_id, params, &flow, &err);

    rc = run_flow(rc, flow, &result, &err);
    aw_trust_free(trust);
    trust = result;
    return rc;
}

#define MODIFY(...) modify(AW_WITH(trust_modify_and_notify, .peer_id = "bob", __VA_ARGS__))

static bool stored_approved(void)
{
    aw_trust *stored = test_site_trust(t, "bob");
    bool approved = aw_trust_approved(stored);

    aw_trust_free(stored);
    return approved;
}

static void test_a_text_tells_nobody(void **state)
{
    (void)state;
    assert_int_equal(MODIFY(.desc = "an old friend"), AW_OK);
    assert_string_equal(aw_trust_desc(trust), "an old friend");
    assert_string_equal(aw_trust_baseuri(trust), bob_url);
    assert_true(aw_trust_approved(trust));
    assert_int_equal(aw_fake_peer_count(bob), 0);
}

static void test_approval_is_told(void **state)
{
    char path[128];

    (void)state;
    assert_int_equal(MODIFY(.approved = AW_CLEAR), AW_OK);
    assert_false(aw_trust_approved(trust));
    assert_false(stored_approved());
    assert_int_equal(aw_fake_peer_count(bob), 0);
    assert_int_equal(MODIFY(.approved = AW_SET), AW_OK);
    assert_true(aw_trust_approved(trust));
    assert_true(stored_approved());

    snprintf(path, sizeof(path), "/trust/friend/%s", t->actor_id);
    aw_fake_peer_request request = bob_heard_request("POST", path, 0);

    assert_string_equal(request.body, "{\"approved\":true}");
    assert_true(request_has(&request, "Authorization: Bearer secret-of-bob"));
}

static void test_a_peer_that_cannot_be_told(void **state)
{
    (void)state;
    MODIFY(.approved = AW_CLEAR);
    bob_answers("POST", "/trust/", 500, "{\"error\":\"not now\"}");
    assert_int_equal(MODIFY(.approved = AW_SET), AW_E_HTTP);
    assert_non_null(strstr(err.message, "not now"));
    assert_null(trust);
    assert_true(stored_approved());
    aw_fake_peer_reset_rules(bob);
    assert_int_equal(MODIFY(.approved = AW_SET), AW_OK); /* tells again */
    assert_int_equal(bob_heard("POST", "/trust/"), 2);
}

static void test_a_new_address_is_told_there(void **state)
{
    char url[128];

    (void)state;
    snprintf(url, sizeof(url), "%scarol/", aw_fake_peer_root(bob));
    assert_int_equal(MODIFY(.baseuri = url, .approved = AW_SET), AW_OK);
    assert_int_equal(aw_fake_peer_count_of(bob, "POST", "/carol/trust/friend/"), 1);
    assert_int_equal(bob_heard("POST", "/"), 0);
}

static void test_bad_arguments(void **state)
{
    (void)state;
    assert_int_equal(modify(AW_WITH(trust_modify_and_notify, .peer_id = "carol")), AW_E_NOT_FOUND);
    assert_int_equal(modify(AW_DEFAULTS(trust_modify_and_notify)), AW_E_INVALID);
    assert_int_equal(MODIFY(.baseuri = "file:///etc/passwd"), AW_E_INVALID);
    assert_int_equal(MODIFY(.desc = "a\001"), AW_E_INVALID);
    assert_int_equal(MODIFY(.approved = (aw_change)9), AW_E_INVALID);
}

#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_text_tells_nobody),
        TEST(approval_is_told),
        TEST(a_peer_that_cannot_be_told),
        TEST(a_new_address_is_told_there),
        TEST(bad_arguments),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
