/*
 * Every request, with each of its allocations failing in turn: it is answered as well as without, or with an error, or
 * its connection ends; and what comes after it is served. The sanitizers see leaks and what is freed twice.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <actingweb/actingweb.h>
#include <actingweb/test/fake_peer.h>

#include "base/alloc.h"
#include "support/asking.h"
#include "support/json_memory.h"
#include "support/place.h"

enum { MAX_ALLOCATIONS = 600 };

#define OWNER "Authorization: Basic YWxpY2U6cGFzcw==\r\n"
#define PEER  "Authorization: Bearer s3cret\r\n"

static test_place place;
static aw_app *app;
static aw_actor *alice;
static aw_fake_peer *bob;
static raw_answer answer;

/* Each can be asked again and again. {} is alice. */
static const test_request_row requests[] = {
    {"GET", "/", "", "", 200},
    {"POST", "/", "", "{\"creator\":\"a\",\"trustee_root\":\"https://a.example/\"}", 201},
    {"POST", "/", "Content-Type: application/x-www-form-urlencoded\r\n", "creator=a%20b&passphrase=%3C", 200},
    {"POST", "/", "", "{", 400},
    {"GET", "/{}", OWNER, "", 200},
    {"GET", "/{}", "", "", 401},
    {"GET", "/{}/meta", "", "", 200},
    {"GET", "/{}/meta/desc", "", "", 200},
    {"GET", "/{}/meta/actingweb/trust_types", "", "", 200},
    {"GET", "/{}/meta/trusttypes", "", "", 200},
    {"PUT", "/{}/properties/a/b/c", OWNER, "{\"d\":[1,2,{\"e\":\"f\"}]}", 204},
    {"POST", "/{}/properties", OWNER, "{\"x\":{\"y\":1},\"z\":\"text\"}", 201},
    {"POST", "/{}/properties?q=1", OWNER, "", 201},
    {"GET", "/{}/properties", OWNER, "", 200},
    {"GET", "/{}/properties?metadata=true", PEER, "", 200},
    {"GET", "/{}/properties/a/b", PEER, "", 200},
    {"PUT", "/{}/properties/peer/x", PEER, "words", 204},
    {"POST", "/{}/properties", OWNER, "{\"n\":{\"_type\":\"list\",\"description\":\"d\"},\"y\":1}", 201},
    {"POST", "/{}/properties/n", PEER, "{\"i\":[1]}", 201},
    {"POST", "/{}/properties/n/items", OWNER, "{\"action\":\"update\",\"item_index\":0,\"item_value\":2}", 204},
    {"POST", "/{}/properties", OWNER, "{\"n\":{\"items\":[{\"index\":0,\"v\":1}]}}", 201},
    {"PUT", "/{}/properties/n/0", PEER "If-Match: *\r\n", "3", 204},
    {"PUT", "/{}/properties/n/metadata", OWNER, "{\"explanation\":\"e\"}", 204},
    {"GET", "/{}/properties/n/0", PEER, "", 200},
    {"GET", "/{}/properties/n/items", OWNER, "", 200},
    {"GET", "/{}/properties/n?format=short", OWNER, "", 200},
    {"GET", "/{}/properties?format=full", PEER, "", 200},
    {"GET", "/{}/properties?metadata=true", OWNER, "", 200},
    {"GET", "/{}/properties", OWNER "If-None-Match: *\r\n", "", 304},
    {"GET", "/{}/properties/peer", PEER "If-None-Match: \"a\"\r\nIf-None-Match: \"b\"\r\n", "", 200},
    {"PUT", "/{}/properties/peer/x", PEER "If-Match: *\r\n", "words", 204},
    {"POST", "/{}/properties", PEER "If-Match: \"a\", \"b\"\r\n", "{\"x\":1}", 412},
    {"GET", "/{}/properties/peer/x?_method=PUT&value=1", PEER, "", 204},
    {"POST", "/{}/properties/q?_method=DELETE", OWNER, "", 204},
    {"POST", "/{}/properties/q", OWNER "Content-Type: application/x-www-form-urlencoded\r\n", "value=2&_method=PUT", 204},
    {"DELETE", "/{}/properties/a", PEER, "", 403},
    {"DELETE", "/{}/properties/z", OWNER, "", 204},
    {"GET", "/{}/trust/", OWNER, "", 307},
    {"PUT", "/{}/properties", OWNER, "", 405},
    {"GET", "/nothing/here", "", "", 404},
    {"OPTIONS", "/{}/trust", "", "", 204},
    {"GET", "/{}/trust/friend", OWNER, "", 200},
    {"GET", "/{}/trust/bob", PEER, "", 200},
    {"PUT", "/{}/trust/trustee", OWNER, "{\"trustee_root\":\"urn:a\",\"creator\":\"alice\"}", 204},
    {"DELETE", "/{}/trust/trustee", OWNER, "", 204},
    {"PUT", "/{}/trust/friend/carol", OWNER, "{\"permissions\":{\"methods\":{\"allowed\":[\"m\"]}}}", 204},
    {"PUT", "/{}/trust/friend/carol/permissions", OWNER, "{\"properties\":{\"denied\":[\"a/*\"]}}", 200},
    {"GET", "/{}/trust/friend/carol/permissions", OWNER, "", 200},
    {"GET", "/{}/trust/friend/carol?permissions=true", OWNER, "", 202},
    {"GET", "/{}/trust/friend/bob/shared_properties", PEER, "", 200},
    {"GET", "/{}/permissions/bob", PEER, "", 200},
    {"DELETE", "/{}/trust/friend/carol/permissions", OWNER, "", 204},
    {"GET", "/{}/resources", PEER, "", 200},
    {"GET", "/{}/resources/a/b", PEER, "", 404},
    {"GET", "/{}/methods", PEER, "", 200},
    {"POST", "/{}/methods/get_x", PEER, "{\"jsonrpc\":\"2.0\",\"method\":\"get_x\",\"id\":1}", 200},
    {"POST", "/{}/methods", PEER, "[{\"method\":\"get_x\"},{\"method\":\"delete_x\"}]", 403},
    {"DELETE", "/{}/actions/x", PEER, "", 404},
    {"GET", "/{}/services/x/callback", OWNER, "", 404},
    {"POST", "/{}/devtest/attributes/b", PEER, "{\"a\":1,\"c\":[2]}", 200},
    {"PUT", "/{}/devtest/attributes/b/a", PEER, "\"x\"", 204},
    {"GET", "/{}/devtest/attributes", PEER, "", 200},
    {"GET", "/{}/devtest/attributes/b/a", PEER, "", 200},
    {"DELETE", "/{}/devtest/attributes/d", PEER, "", 204},
    {"POST", "/{}/methods/guarded", PEER, "{\"jsonrpc\":\"2.0\",\"method\":\"delete_x\"}", 403},
    {"POST", "/{}/methods/guarded", PEER, "{\"jsonrpc\":\"2.0\",\"method\":\"guarded\"}", 200},
    {"POST", "/{}/app/echo", OWNER, "[1]", 200},
    {"GET", "/{}/app/ask", OWNER, "", 200},
};

/* ---- the application's routes ---- */

static void echo(aw_request *request, void *ud)
{
    json_t *body = NULL;
    aw_error err = {0};

    (void)ud;
    if (aw_request_json(request, &body, &err))
        aw_request_reply_error(request, &err);
    else
        aw_request_reply(request, 200, body);
    json_decref(body);
}

static void heard(const aw_error *err, json_t *info, void *ud)
{
    if (err)
        aw_request_reply_error(ud, err);
    else
        aw_request_reply(ud, 200, info);
}

static void ask(aw_request *request, void *ud)
{
    static const aw_error failed = {.code = AW_E_NOMEM, .message = "could not start"};
    char url[80];

    (void)ud;
    snprintf(url, sizeof(url), "%sbob", aw_fake_peer_root(bob));
    aw_request_defer(request);
    if (aw_peer_get_info_async(aw_request_actor(request),
                               AW_WITH(peer_get_info, .peer_url = url, .group = aw_request_group(request)), heard,
                               request, NULL))
        aw_request_reply_error(request, &failed);
}

/* ---- fixture ---- */

static int set_up(void **state)
{
    char url[80];
    aw_error err = {0};

    (void)state;
    test_place_make(&place, NULL);
    bob = aw_fake_peer_new();
    if (!bob ||
        aw_app_new(AW_WITH(app, .store = place.location, .listen = "127.0.0.1:0", .web_threads = 1, .devtest = true), &app,
                   &err) ||
        aw_actor_create(app, AW_WITH(actor_create, .creator = "alice", .passphrase = "pass"), &alice, &err))
        return -1;
    snprintf(url, sizeof(url), "%sbob", aw_fake_peer_root(bob));
    if (aw_trust_create_verified(alice,
                                 AW_WITH(trust_create_verified, .peer_id = "bob", .baseuri = url, .type = "urn:x",
                                         .relationship = "friend", .secret = "s3cret", .verify_token = "t",
                                         .approved = true),
                                 NULL, &err) ||
        aw_trust_create_verified(alice,
                                 AW_WITH(trust_create_verified, .peer_id = "carol", .baseuri = url, .type = "urn:x",
                                         .relationship = "friend", .secret = "another", .verify_token = "t"),
                                 NULL, &err) ||
        aw_app_route(app, "POST", "/{actor_id}/app/echo", echo, NULL, &err) ||
        aw_app_route(app, "POST", "/{actor_id}/methods/guarded", echo, NULL, &err) ||
        aw_app_route(app, "GET", "/{actor_id}/app/ask", ask, NULL, &err))
        return -1;
    return aw_app_listen(app, &err) ? -1 : 0;
}

static int tear_down(void **state)
{
    (void)state;
    aw_actor_unref(alice);
    aw_app_free(app);
    aw_fake_peer_free(bob);
    test_place_remove(&place);
    return 0;
}

static int send_request(size_t i)
{
    return test_request_send(&requests[i], aw_app_port(app), aw_actor_id(alice), &answer);
}

static void assert_fit(size_t i, long n, int status)
{
    if (status == requests[i].status || status == 0 || status == 500 || status == 503)
        return;
    fail_msg("%s %s, allocation %ld: %d %s", requests[i].method, requests[i].path, n, status, answer.body);
}

static void each_allocation_of_each_request(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(requests) / sizeof(*requests); i++) {
        long count;

        assert_int_equal(send_request(i), requests[i].status);
        aw__alloc_fail_at(0, false);
        assert_int_equal(send_request(i), requests[i].status);
        count = aw__alloc_count();
        assert_true(count < MAX_ALLOCATIONS);
        for (long n = 1; n <= count; n++) {
            aw__alloc_fail_at(n, false);
            int status = send_request(i);

            aw__alloc_fail_at(0, false);
            assert_fit(i, n, status);
        }
        assert_int_equal(send_request(i), requests[i].status);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_allocation_of_each_request, set_up, tear_down),
    };

    json_memory_use();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
