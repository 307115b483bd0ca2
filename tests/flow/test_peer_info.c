/*
 * The conversation "peer info".
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
#include "flow/peer_info.h"
#include "support/pair.h"

static int get(const char *url, const char *peer_id, json_t **ret_info, aw_error *err)
{
    aw__flow *flow = NULL;
    void *info = NULL;
    int rc = aw__peer_info_new(&t->site, t->actor_id,
                               AW_WITH(peer_get_info, .peer_url = url, .peer_id = peer_id, .timeout_ms = 10000), &flow,
                               err);

    rc = run_flow(rc, flow, &info, err);
    if (ret_info)
        *ret_info = info;
    else
        json_decref(info);
    return rc;
}

static void test_by_url(void **state)
{
    json_t *info = NULL;
    aw_error err = {0};

    (void)state;
    assert_int_equal(get(bob_url, NULL, &info, &err), AW_OK);
    assert_string_equal(aw__json_get_text(info, "id", ""), "bob");
    assert_string_equal(aw__json_get_text(info, "type", ""), BOB_TYPE);
    json_decref(info);
    aw_fake_peer_request request = bob_heard_request("GET", "/meta", 0);
    char credentials[64];

    request_header(&request, "Authorization", credentials, sizeof(credentials));
    assert_string_equal(credentials, "");
}

static void test_slashes_at_the_end_do_not_matter(void **state)
{
    aw_error err = {0};
    char url[80];

    (void)state;
    snprintf(url, sizeof(url), "%s//", bob_url);
    assert_int_equal(get(url, NULL, NULL, &err), AW_OK);
    assert_string_equal(bob_heard_request("GET", "/meta", 0).path, "/bob/meta");
}

static void test_by_trust(void **state)
{
    aw_error err = {0};

    (void)state;
    assert_int_equal(get(NULL, "bob", NULL, &err), AW_OK);
    assert_int_equal(bob_heard("GET", "/meta"), 1);
    assert_int_equal(get(NULL, "carol", NULL, &err), AW_E_NOT_FOUND);
}

static void test_answers_that_are_no_meta(void **state)
{
    aw_error err = {0};

    (void)state;
    bob_answers("GET", "/meta", 200, "[1, 2]");
    assert_int_equal(get(bob_url, NULL, NULL, &err), AW_E_PROTOCOL);
    bob_answers("GET", "/meta", 200, "<html>");
    assert_int_equal(get(bob_url, NULL, NULL, &err), AW_E_PROTOCOL);
    assert_int_equal(err.http_status, 200);
    bob_answers("GET", "/meta", 404, "{\"error\":\"who?\"}");
    assert_int_equal(get(bob_url, NULL, NULL, &err), AW_E_HTTP);
    assert_int_equal(err.http_status, 404);
    assert_non_null(strstr(err.message, "who?"));
    assert_false(err.retriable);
}

static void test_redirects_are_not_followed(void **state)
{
    aw_error err = {0};

    (void)state;
    aw_fake_peer_rule(bob, AW_WITH(fake_peer_rule, .path = "/bob/meta", .status = 302,
                                   .headers = "Location: /carol/meta\r\n"));
    assert_int_equal(get(bob_url, NULL, NULL, &err), AW_E_HTTP);
    assert_int_equal(err.http_status, 302);
    assert_int_equal(aw_fake_peer_count(bob), 1);
}

static void test_bad_arguments(void **state)
{
    static const char *const urls[] = {"", "ftp://example.org/a", "http://", "http://user:pw@example.org/a",
                                       "http://example.org/a?b", "http://example.org/a b", "http://x/\n"};
    aw__flow *flow = NULL;
    aw_error err = {0};

    (void)state;
    for (size_t i = 0; i < sizeof(urls) / sizeof(*urls); i++) {
        err.code = 0;
        assert_int_equal(get(urls[i], NULL, NULL, &err), AW_E_INVALID);
        assert_int_equal(err.code, AW_E_INVALID);
        assert_non_null(strstr(err.message, "peer_url"));
    }
    assert_int_equal(get(NULL, NULL, NULL, &err), AW_E_INVALID);
    assert_int_equal(get(bob_url, "bob", NULL, &err), AW_E_INVALID);
    assert_int_equal(get(NULL, "..", NULL, &err), AW_E_INVALID);
    assert_int_equal(aw__peer_info_new(&t->site, t->actor_id, NULL, &flow, &err), AW_E_INVALID);
    assert_int_equal(aw__peer_info_new(&t->site, t->actor_id, &(aw_peer_get_info_params){0}, &flow, &err),
                     AW_E_INVALID);
    assert_int_equal(aw__peer_info_new(&t->site, t->actor_id, AW_WITH(peer_get_info, .peer_url = bob_url,
                                                                      .timeout_ms = -1), &flow, &err), AW_E_INVALID);
    assert_null(flow);
    assert_int_equal(aw_fake_peer_count(bob), 0);
}

/* An application that was compiled when the struct ended with peer_id. */
static void test_params_of_an_older_caller(void **state)
{
    aw_peer_get_info_params p = {.size = offsetof(aw_peer_get_info_params, timeout_ms), .peer_url = bob_url};
    aw__flow *flow = NULL;
    aw_error err = {0};

    (void)state;
    p.timeout_ms = -12345;
    p.group = (aw_group *)&p; /* not its own: must not be read */
    int rc = aw__peer_info_new(&t->site, t->actor_id, &p, &flow, &err);

    assert_int_equal(run_flow(rc, flow, NULL, &err), AW_OK);
}

#define TEST(name, up) cmocka_unit_test_setup_teardown(test_##name, up, pair_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(by_url, pair_set_up),
        TEST(slashes_at_the_end_do_not_matter, pair_set_up),
        TEST(by_trust, pair_set_up_trusting),
        TEST(answers_that_are_no_meta, pair_set_up),
        TEST(redirects_are_not_followed, pair_set_up),
        TEST(bad_arguments, pair_set_up),
        TEST(params_of_an_older_caller, pair_set_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
