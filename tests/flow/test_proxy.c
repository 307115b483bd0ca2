/*
 * The four proxy conversations.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "flow/proxy.h"
#include "store/peertrustees.h"
#include "support/pair.h"

#define SECRET "Authorization: Bearer secret-of-bob"

static int ask(const aw__proxy_ask *ask, json_t **ret_answer, aw_error *err)
{
    aw__flow *flow = NULL;
    void *answer = NULL;
    int rc = aw__proxy_new(&t->site, t->actor_id, ask, &flow, err);

    rc = run_flow(rc, flow, &answer, err);
    if (ret_answer)
        *ret_answer = answer;
    else
        json_decref(answer);
    return rc;
}

static int get(const char *path, json_t **ret_answer, aw_error *err)
{
    return ask(&(aw__proxy_ask){.method = "GET", .peer_id = "bob", .path = path}, ret_answer, err);
}

static int insert_trustee(aw_database *database, void *arg, aw_error *err)
{
    aw__peertrustee_row row = {.peer_id = "bob", .baseuri = bob_url, .type = BOB_TYPE, .passphrase = "opensesame"};

    (void)arg;
    return aw__peertrustees_set(database, t->actor_id, &row, err);
}

static void be_trustee(void)
{
    aw_error err = {0};

    assert_int_equal(aw__store_write(t->site.store, insert_trustee, NULL, &err), AW_OK);
}

static void test_get(void **state)
{
    json_t *answer = NULL;
    aw_error err = {0};
    char id[64];

    (void)state;
    bob_answers("GET", "/properties/location", 200, "{\"lat\":60.2}");
    assert_int_equal(get("properties/location", &answer, &err), AW_OK);
    assert_true(json_is_real(json_object_get(answer, "lat")));
    json_decref(answer);
    aw_fake_peer_request request = bob_heard_request("GET", "/properties", 0);

    assert_string_equal(request.path, "/bob/properties/location");
    assert_true(request_has(&request, SECRET));
    request_header(&request, "X-Request-ID", id, sizeof(id));
    assert_int_equal(strlen(id), 36);
    request_header(&request, "X-Parent-Request-ID", id, sizeof(id));
    assert_string_equal(id, "");
}

static void test_query_and_parent(void **state)
{
    json_t *query = json_pack("{s:s, s:s}", "a", "1 & 2", "b", "\xc3\xa6");
    aw__proxy_ask with_query = {.method = "GET", .peer_id = "bob", .path = "/properties/my name?metadata=true",
                                .query = query, .parent_request_id = "parent-1"};
    aw_error err = {0};

    (void)state;
    bob_answers("GET", "/properties", 200, "1");
    assert_int_equal(ask(&with_query, NULL, &err), AW_OK);
    aw_fake_peer_request request = bob_heard_request("GET", "/properties", 0);

    assert_string_equal(request.path, "/bob/properties/my%20name?metadata=true&a=1%20%26%202&b=%C3%A6");
    assert_true(request_has(&request, "X-Parent-Request-ID: parent-1"));
    json_decref(query);
}

static void test_create_change_and_delete(void **state)
{
    json_t *data = json_pack("{s:i}", "n", 7);
    aw__proxy_ask create = {.method = "POST", .peer_id = "bob", .path = "callbacks/notification", .data = data};
    aw__proxy_ask change = {.method = "PUT", .peer_id = "bob", .path = "properties/x"};
    aw__proxy_ask delete = {.method = "DELETE", .peer_id = "bob", .path = "properties/x"};
    json_t *answer = NULL;
    aw_error err = {0};

    (void)state;
    bob_answers("POST", "/callbacks", 204, NULL);
    assert_int_equal(ask(&create, NULL, &err), AW_OK);
    aw_fake_peer_request request = bob_heard_request("POST", "/callbacks/notification", 0);

    assert_string_equal(request.body, "{\"n\":7}");
    assert_true(request_has(&request, "Content-Type: application/json"));
    assert_int_equal(ask(&change, &answer, &err), AW_OK);
    assert_int_equal(json_object_size(answer), 0);
    json_decref(answer);
    assert_string_equal(bob_heard_request("PUT", "/properties/x", 0).body, "{}");
    assert_int_equal(ask(&delete, NULL, &err), AW_OK);
    assert_int_equal(bob_heard_request("DELETE", "/properties/x", 0).body_bytes, 0);
    json_decref(data);
}

static void test_success_that_is_no_json(void **state)
{
    json_t *answer = NULL;
    aw_error err = {0};

    (void)state;
    bob_answers("GET", "/x", 200, "<p>hello</p>");
    assert_int_equal(get("x", &answer, &err), AW_OK);
    assert_true(json_is_object(answer));
    assert_int_equal(json_object_size(answer), 0);
    json_decref(answer);
    bob_answers("GET", "/x", 200, "[1,2]");
    assert_int_equal(get("x", &answer, &err), AW_OK);
    assert_int_equal(json_array_size(answer), 2);
    json_decref(answer);
}

static void test_errors_in_every_form(void **state)
{
    static const char *const bodies[] = {"{\"error\":{\"code\":400,\"message\":\"no such thing\"}}",
                                         "{\"error\":\"no such thing\"}", "{\"detail\":\"no such thing\"}",
                                         "no such thing"};
    aw_error err = {0};

    (void)state;
    for (size_t i = 0; i < sizeof(bodies) / sizeof(*bodies); i++) {
        bob_answers("GET", "/x", 400, bodies[i]);
        assert_int_equal(get("x", NULL, &err), AW_E_HTTP);
        assert_int_equal(err.http_status, 400);
        assert_non_null(strstr(err.message, "no such thing"));
        assert_null(strstr(err.message, "{"));
    }
}

static void test_no_trust(void **state)
{
    aw__proxy_ask carol = {.method = "GET", .peer_id = "carol", .path = "x"};
    aw_error err = {0};

    (void)state;
    assert_int_equal(ask(&carol, NULL, &err), AW_E_NOT_FOUND);
    assert_int_equal(aw_fake_peer_count(bob), 0);
}

static void test_refused_without_a_trustee(void **state)
{
    aw_error err = {0};

    (void)state;
    bob_answers("GET", "/x", 403, NULL);
    assert_int_equal(get("x", NULL, &err), AW_E_HTTP);
    assert_int_equal(err.http_status, 403);
    assert_int_equal(bob_heard("GET", "/x"), 1);
}

/* The peer knows them, but whoever reads our message or log need not. */
static void test_credentials_that_the_peer_repeats_are_not_shown(void **state)
{
    static const char *const echoes[] = {
        "{\"error\":\"opensesame is wrong\"}",
        "{\"error\":\"Basic dHJ1c3RlZTpvcGVuc2VzYW1l is wrong\"}",
    };

    (void)state;
    be_trustee();
    for (size_t i = 0; i < sizeof(echoes) / sizeof(*echoes); i++) {
        json_t *answer = NULL;
        aw_error err = {0};

        bob_answers("GET", "/x", 403, echoes[i]);
        assert_int_equal(get("x", &answer, &err), AW_E_HTTP);
        assert_null(strstr(err.message, "opensesame"));
        assert_null(strstr(err.message, "dHJ1c3RlZTpvcGVuc2VzYW1l"));
    }
}

static void test_refused_then_as_trustee(void **state)
{
    static const int statuses[] = {302, 401, 403};
    char first[64], second[64];
    aw_error err = {0};

    (void)state;
    be_trustee();
    for (size_t i = 0; i < sizeof(statuses) / sizeof(*statuses); i++) {
        aw_fake_peer_clear(bob);
        aw_fake_peer_reset_rules(bob);
        bob_answers("GET", "/x", 200, "{}");
        aw_fake_peer_rule(bob, AW_WITH(fake_peer_rule, .path = "/bob/x", .status = statuses[i], .times = 1));
        assert_int_equal(get("x", NULL, &err), AW_OK);
        assert_int_equal(bob_heard("GET", "/x"), 2);
        aw_fake_peer_request a = bob_heard_request("GET", "/x", 0), b = bob_heard_request("GET", "/x", 1);

        assert_true(request_has(&a, SECRET));
        assert_false(request_has(&b, SECRET));
        assert_true(request_has(&b, "Authorization: Basic dHJ1c3RlZTpvcGVuc2VzYW1l")); /* trustee:opensesame */
        request_header(&a, "X-Request-ID", first, sizeof(first));
        request_header(&b, "X-Request-ID", second, sizeof(second));
        assert_string_equal(first, second);
    }
}

static void test_refused_as_trustee_too(void **state)
{
    aw_error err = {0};

    (void)state;
    be_trustee();
    bob_answers("GET", "/x", 401, NULL);
    assert_int_equal(get("x", NULL, &err), AW_E_HTTP);
    assert_int_equal(err.http_status, 401);
    assert_int_equal(bob_heard("GET", "/x"), 2);
}

static int move_trustee(aw_database *database, void *arg, aw_error *err)
{
    aw__peertrustee_row row = {.peer_id = "bob", .baseuri = "http://127.0.0.1:9/bob", .type = BOB_TYPE,
                               .passphrase = "opensesame"};

    (void)arg;
    return aw__peertrustees_set(database, t->actor_id, &row, err);
}

/* The passphrase is for the actor that was made, and not for whoever the trust leads to by now. */
static void test_a_trust_that_leads_elsewhere(void **state)
{
    aw_error err = {0};

    (void)state;
    assert_int_equal(aw__store_write(t->site.store, move_trustee, NULL, &err), AW_OK);
    bob_answers("GET", "/x", 401, NULL);
    assert_int_equal(get("x", NULL, &err), AW_E_HTTP);
    assert_int_equal(bob_heard("GET", "/x"), 1);
}

static void test_bad_arguments(void **state)
{
    static const char *const paths[] = {NULL, "", "..", "a/../../carol/x", "a/%2e%2e/b", "a/%2E./b", "a%2f..%2fb", ".",
                                        "a#b", "a%zz", "a\r\nX: y"};
    json_t *number = json_integer(1), *query = json_pack("{s:i}", "n", 1);
    aw__proxy_ask bad_query = {.method = "GET", .peer_id = "bob", .path = "x", .query = number};
    aw_error err = {0};

    (void)state;
    for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
        assert_int_equal(get(paths[i], NULL, &err), AW_E_INVALID);
        assert_non_null(strstr(err.message, "path"));
    }
    assert_int_equal(ask(&bad_query, NULL, &err), AW_E_INVALID);
    bad_query.query = query;
    assert_int_equal(ask(&bad_query, NULL, &err), AW_E_INVALID);
    assert_non_null(strstr(err.message, "\"n\""));
    bad_query.query = NULL;
    bad_query.parent_request_id = "a\nb";
    assert_int_equal(ask(&bad_query, NULL, &err), AW_E_INVALID);
    json_decref(number);
    json_decref(query);
    assert_int_equal(aw_fake_peer_count(bob), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, pair_set_up_trusting, pair_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(get),
        TEST(query_and_parent),
        TEST(create_change_and_delete),
        TEST(success_that_is_no_json),
        TEST(errors_in_every_form),
        TEST(no_trust),
        TEST(refused_without_a_trustee),
        TEST(credentials_that_the_peer_repeats_are_not_shown),
        TEST(refused_then_as_trustee),
        TEST(refused_as_trustee_too),
        TEST(a_trust_that_leads_elsewhere),
        TEST(bad_arguments),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
