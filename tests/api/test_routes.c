/*
 * An application's routes, from their registration to answers at once: what a handler sees, who asks, what it can say.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <actingweb/test/fake_peer.h>

#include "support/apps.h"
#include "support/asking.h"

#define ALICES_BASIC "Authorization: Basic YWxpY2U6cGFzc3BocmFzZS1vZi1hbGljZQ==\r\n" /* alice:passphrase-of-alice */

static test_app app;
static aw_actor *alice;
static aw_fake_peer *bob;
static char bob_url[64];
static raw_answer answer;

/* ---- the client ---- */

static int request(const char *method, const char *path, const char *headers, const char *body)
{
    return test_request(aw_app_port(app.app), method, path, headers, body, &answer);
}

static int get(const char *path)
{
    return request("GET", path, "", "");
}

static const char *below_alice(const char *path)
{
    static char whole[256];

    snprintf(whole, sizeof(whole), "/%s%s", aw_actor_id(alice), path);
    return whole;
}

/* ---- accessors ---- */

static json_t *text_or_null(const char *text)
{
    return text ? json_string(text) : json_null();
}

static json_t *describe(aw_request *r)
{
    static const char *const roles[] = {"anonymous", "creator", "peer"};
    aw_actor *actor = aw_request_actor(r);
    size_t bytes = 7;
    const void *body = aw_request_body(r, &bytes);

    assert_ptr_equal(aw_request_body(r, NULL), body);
    assert_null(aw_request_query(r, NULL));
    assert_null(aw_request_header(r, NULL));
    assert_null(aw_request_segment(r, NULL));
    return json_pack("{s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:I}", "id", text_or_null(aw_request_id(r)), "method",
                     text_or_null(aw_request_method(r)), "path", text_or_null(aw_request_path(r)), "thing",
                     text_or_null(aw_request_segment(r, "thing")), "actor_id",
                     text_or_null(aw_request_segment(r, "actor_id")), "q", text_or_null(aw_request_query(r, "q")),
                     "header", text_or_null(aw_request_header(r, "x-mine")), "role",
                     json_string(roles[aw_request_role(r)]), "peer", text_or_null(aw_request_peer_id(r)), "actor",
                     text_or_null(actor ? aw_actor_id(actor) : NULL), "bytes", (json_int_t)bytes);
}

static void show(aw_request *r, void *ud)
{
    json_t *body = describe(r);

    assert_ptr_equal(ud, &app);
    assert_int_equal(aw_request_reply(r, 200, body), AW_OK);
    json_decref(body);
}

static void the_request_is_seen(void **state)
{
    (void)state;
    assert_int_equal(request("GET", "/things/a%2Fb%20c?q=%C3%A4+b&r=1", "X-Mine: yes\r\nX-Request-ID: r-1\r\n", ""),
                     200);
    test_answer_has(&answer, "id", "r-1");
    test_answer_has(&answer, "method", "GET");
    test_answer_has(&answer, "path", "/things/a%2Fb%20c");
    test_answer_has(&answer, "thing", "a/b c");
    test_answer_has(&answer, "q", "\xc3\xa4 b");
    test_answer_has(&answer, "header", "yes");
    test_answer_has(&answer, "role", "anonymous");
    test_answer_has(&answer, "actor", NULL);
    test_answer_has(&answer, "peer", NULL);
    assert_int_equal(get("/things/x"), 200);
    test_answer_has(&answer, "q", NULL);
    test_answer_has(&answer, "header", NULL);
    json_t *json = test_answer_json(&answer);

    assert_true(json_string_length(json_object_get(json, "id")) > 0); /* made, when the client sends none */
    json_decref(json);
    assert_int_equal(request("POST", "/things/x?q=query", "Content-Type: application/x-www-form-urlencoded\r\n",
                             "q=field"), 200);
    test_answer_has(&answer, "q", "field"); /* a form's field goes before */
    assert_int_equal(get(below_alice("/things/1")), 200);
    test_answer_has(&answer, "actor", aw_actor_id(alice));
    test_answer_has(&answer, "actor_id", aw_actor_id(alice));
    assert_int_equal(get("/nobody/things/1"), 404);
}

static void who_asks(void **state)
{
    static const char of_bob[] = "Authorization: Bearer of-bob\r\n", wrong[] = "Authorization: Bearer no\r\n";
    aw_error err = {0};

    (void)state;
    assert_int_equal(request("GET", below_alice("/things/1"), ALICES_BASIC, ""), 200);
    test_answer_has(&answer, "role", "creator");
    test_answer_has(&answer, "peer", NULL);
    assert_int_equal(request("GET", below_alice("/things/1"), wrong, ""), 200);
    test_answer_has(&answer, "role", "anonymous");
    assert_int_equal(aw_trust_create_verified(alice,
                                              AW_WITH(trust_create_verified, .baseuri = bob_url, .secret = "of-bob",
                                                      .relationship = "friend", .verify_token = "t"), NULL, &err),
                     AW_OK);
    assert_int_equal(request("GET", below_alice("/things/1"), of_bob, ""), 200);
    test_answer_has(&answer, "role", "anonymous"); /* until it is approved */
    test_answer_has(&answer, "peer", NULL);
    assert_int_equal(aw_trust_modify_and_notify(alice, AW_WITH(trust_modify_and_notify, .peer_id = "bob",
                                                               .approved = AW_SET), NULL, &err), AW_OK);
    assert_int_equal(request("GET", below_alice("/things/1"), of_bob, ""), 200);
    test_answer_has(&answer, "role", "peer");
    test_answer_has(&answer, "peer", "bob");
    assert_int_equal(aw_trust_delete_reciprocal(alice, AW_WITH(trust_delete_reciprocal, .peer_id = "bob"), &err),
                     AW_OK);
    assert_int_equal(request("GET", below_alice("/things/1"), of_bob, ""), 200);
    test_answer_has(&answer, "role", "anonymous");
}

/* ---- bodies ---- */

static void echo_bytes(aw_request *r, void *ud)
{
    size_t bytes;
    const char *body = aw_request_body(r, &bytes);
    json_t *codes = json_array();

    (void)ud;
    for (size_t i = 0; i < bytes; i++)
        json_array_append_new(codes, json_integer((unsigned char)body[i]));
    aw_request_reply(r, 200, codes);
    json_decref(codes);
}

static void echo_json(aw_request *r, void *ud)
{
    json_t *body = NULL;
    aw_error err = {0};

    (void)ud;
    assert_int_equal(aw_request_json(r, NULL, &err), AW_E_INVALID);
    err = (aw_error){0};
    if (aw_request_json(r, &body, &err)) {
        assert_null(body);
        aw_request_reply_error(r, &err);
        return;
    }
    aw_request_reply(r, 200, body);
    json_decref(body);
}

static void bodies(void **state)
{
    (void)state;
    raw_http *client = test_send(aw_app_port(app.app), "POST", "/bytes", "", "a\0\xff", 3);

    assert_true(raw_receive(client, &answer));
    raw_close(client);
    assert_string_equal(answer.body, "[97,0,255]");
    assert_int_equal(request("POST", "/bytes", "", ""), 200);
    assert_string_equal(answer.body, "[]");
    assert_int_equal(request("POST", "/json", "", "{\"a\":[1,null,\"\\u00e4\"]}"), 200);
    assert_string_equal(answer.body, "{\"a\":[1,null,\"\xc3\xa4\"]}");
    assert_int_equal(request("POST", "/json", "", "{\"a\":"), 400);
    assert_int_equal(request("POST", "/json", "", ""), 400);
    assert_non_null(strstr(answer.body, "\"bad_request\""));
}

/* ---- answers ---- */

static void with_headers(aw_request *r, void *ud)
{
    (void)ud;
    assert_int_equal(aw_request_add_header(r, "X-One", "1"), AW_OK);
    assert_int_equal(aw_request_add_header(r, "X-Two", "two words"), AW_OK);
    assert_int_equal(aw_request_add_header(r, "X-Three", "a\nb"), AW_E_INVALID);
    assert_int_equal(aw_request_add_header(r, "X-Three", "a\rb"), AW_E_INVALID);
    assert_int_equal(aw_request_add_header(r, "X:Three", "a"), AW_E_INVALID);
    assert_int_equal(aw_request_add_header(r, "X Three", "a"), AW_E_INVALID);
    assert_int_equal(aw_request_add_header(r, "", "a"), AW_E_INVALID);
    assert_int_equal(aw_request_add_header(r, NULL, "a"), AW_E_INVALID);
    assert_int_equal(aw_request_add_header(r, "X-Three", NULL), AW_E_INVALID);
    assert_int_equal(aw_request_reply(r, 0, NULL), AW_E_INVALID);
    assert_int_equal(aw_request_reply(r, 101, NULL), AW_E_INVALID);
    assert_int_equal(aw_request_reply(r, 600, NULL), AW_E_INVALID);
    assert_int_equal(aw_request_reply(r, 204, NULL), AW_OK);
}

static void headers_and_statuses(void **state)
{
    (void)state;
    assert_int_equal(get("/headers"), 204);
    assert_string_equal(raw_header(&answer, "X-One"), "1");
    assert_string_equal(raw_header(&answer, "X-Two"), "two words");
    assert_string_equal(raw_header(&answer, "X-Three"), "");
    assert_int_equal(answer.body_bytes, 0);
    assert_int_equal(request("DELETE", "/headers", "", ""), 405);
    assert_string_equal(raw_header(&answer, "Allow"), "GET, HEAD");
    raw_http *client = test_send(aw_app_port(app.app), "HEAD", "/things/x", "", "", 0);

    assert_true(raw_receive_head(client, &answer)); /* HEAD comes with GET, without its body */
    assert_int_equal(answer.status, 200);
    assert_true(raw_silent(client, 50));
    raw_close(client);
}

/* A status that has no body, though the handler gives one. */
static void without_content(aw_request *r, void *ud)
{
    json_t *body = json_string("not to be sent");

    (void)ud;
    assert_int_equal(aw_request_reply(r, 204, body), AW_OK);
    json_decref(body);
}

static void a_status_without_body_has_none(void **state)
{
    static const char text[] = "GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n";
    raw_http *client = raw_open(aw_app_port(app.app));

    (void)state;
    assert_int_equal(raw_exchange(client, text, &answer), 204);
    assert_true(raw_silent(client, 20));
    assert_int_equal(raw_exchange(client, text, &answer), 204); /* the connection is still in step */
    raw_close(client);
}

static aw_error to_reply;

static void reply_error(aw_request *r, void *ud)
{
    assert_int_equal(aw_request_reply_error(r, ud), AW_OK);
}

static void assert_error(int code, int status, const char *word)
{
    to_reply = (aw_error){.code = code, .retry_after_ms = -1, .message = "the reason"};
    assert_int_equal(get("/error"), status);
    json_t *json = test_answer_json(&answer);
    json_t *error = json_object_get(json, "error");

    assert_string_equal(json_string_value(json_object_get(error, "code")), word);
    assert_true(json_string_length(json_object_get(error, "message")) > 0);
    if (status != 500) /* what goes wrong inside is nobody's business outside */
        assert_string_equal(json_string_value(json_object_get(error, "message")), "the reason");
    json_decref(json);
}

static void errors_have_their_status(void **state)
{
    (void)state;
    assert_error(AW_E_INVALID, 400, "bad_request");
    assert_error(AW_E_DENIED, 403, "forbidden");
    assert_error(AW_E_NOT_FOUND, 404, "not_found");
    assert_error(AW_E_EXISTS, 409, "exists");
    assert_error(AW_E_CONFLICT, 409, "conflict");
    assert_error(AW_E_TOO_LARGE, 413, "too_large");
    assert_error(AW_E_NOMEM, 500, "out_of_memory");
    assert_error(AW_E_STORE, 500, "store_failed");
    assert_error(AW_E_UNSUPPORTED, 501, "unsupported");
    assert_error(AW_E_HTTP, 502, "peer_refused");
    assert_error(AW_E_CONNECT, 502, "peer_unreachable");
    assert_error(AW_E_PROTOCOL, 502, "peer_protocol");
    assert_error(AW_E_BUSY, 503, "busy");
    assert_error(AW_E_CANCELED, 503, "canceled");
    assert_error(AW_E_TIMEOUT, 504, "timeout");
    assert_error(-4711, 500, "server_error");
    assert_error(AW_OK, 500, "server_error");
    to_reply = (aw_error){.code = AW_E_BUSY, .retry_after_ms = 1500, .message = "later"};
    assert_int_equal(get("/error"), 503);
    assert_string_equal(raw_header(&answer, "Retry-After"), "2");
    assert_int_equal(get("/no-error"), 501);
}

static void forget(aw_request *r, void *ud)
{
    (void)r;
    (void)ud;
}

static void a_forgotten_answer(void **state)
{
    (void)state;
    assert_int_equal(get("/forgotten"), 500);
    assert_non_null(strstr(answer.body, "\"no_answer\""));
    assert_int_equal(get("/forgotten"), 500);
}

/* ---- registration ---- */

static void registration(void **state)
{
    static const char *const bad_patterns[] = {NULL, "", "x", "//", "/x/", "/{name}", "/{name}/x", "/x//y", "/*",
                                               "/x/{", "/x/{}", "/x/}", "/x-{name}", "/x/{a}{b}", "/x?y", "/x#y",
                                               "/x\ny"};
    static const char *const bad_methods[] = {NULL, "", "get", "GET ", "G\nET", "HEAD"};
    test_app other;
    aw_error err = {0};

    (void)state;
    test_app_new(&other, NULL);
    for (size_t i = 0; i < sizeof(bad_patterns) / sizeof(*bad_patterns); i++)
        if (aw_app_route(other.app, "GET", bad_patterns[i], show, NULL, &err) != AW_E_INVALID)
            fail_msg("the pattern \"%s\" is not refused", bad_patterns[i]);
    assert_non_null(strstr(err.message, "pattern"));
    for (size_t i = 0; i < sizeof(bad_methods) / sizeof(*bad_methods); i++)
        assert_int_equal(aw_app_route(other.app, bad_methods[i], "/x", show, NULL, &err), AW_E_INVALID);
    assert_non_null(strstr(err.message, "method"));
    assert_int_equal(aw_app_route(other.app, "GET", "/x", NULL, NULL, &err), AW_E_INVALID);
    assert_int_equal(aw_app_route(NULL, "GET", "/x", show, NULL, &err), AW_E_INVALID);
    assert_int_equal(aw_app_route(other.app, "GET", "/x", show, NULL, &err), AW_OK);
    assert_int_equal(aw_app_route(other.app, "GET", "/x", forget, NULL, &err), AW_E_EXISTS);
    assert_int_equal(aw_app_route(other.app, "PUT", "/x", show, NULL, NULL), AW_OK);
    assert_int_equal(aw_app_listen(other.app, &err), AW_OK);
    assert_int_equal(aw_app_route(other.app, "GET", "/y", show, NULL, &err), AW_E_INVALID);
    test_app_close(&other);
}

static void without_a_request(void **state)
{
    json_t *body = NULL;
    aw_error err = {0};

    (void)state;
    assert_int_equal(aw_request_reply(NULL, 200, NULL), AW_E_INVALID);
    assert_int_equal(aw_request_reply_error(NULL, &err), AW_E_INVALID);
    assert_int_equal(aw_request_add_header(NULL, "X", "y"), AW_E_INVALID);
    assert_int_equal(aw_request_json(NULL, &body, &err), AW_E_INVALID);
}

/* ---- fixture ---- */

static void add(const char *method, const char *pattern, aw_route_handler *handler, void *ud)
{
    aw_error err = {0};

    if (aw_app_route(app.app, method, pattern, handler, ud, &err))
        fail_msg("no route: %s", err.message);
}

static int open_all(void **state)
{
    aw_error err = {0};

    (void)state;
    bob = aw_fake_peer_new();
    snprintf(bob_url, sizeof(bob_url), "%sbob", aw_fake_peer_root(bob));
    test_app_new(&app, NULL);
    alice = test_app_actor(&app, "alice"); /* its URL is not known yet: only its id is used */
    add("GET", "/things/{thing}", show, &app);
    add("POST", "/things/{thing}", show, &app);
    add("GET", "/{actor_id}/things/{thing}", show, &app);
    add("POST", "/bytes", echo_bytes, NULL);
    add("POST", "/json", echo_json, NULL);
    add("GET", "/headers", with_headers, NULL);
    add("GET", "/nothing", without_content, NULL);
    add("GET", "/error", reply_error, &to_reply);
    add("GET", "/no-error", reply_error, NULL);
    add("GET", "/forgotten", forget, NULL);
    return aw_app_listen(app.app, &err);
}

static int close_all(void **state)
{
    (void)state;
    aw_actor_unref(alice);
    test_app_close(&app);
    aw_fake_peer_free(bob);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(registration),
        cmocka_unit_test(without_a_request),
        cmocka_unit_test(the_request_is_seen),
        cmocka_unit_test(who_asks),
        cmocka_unit_test(bodies),
        cmocka_unit_test(headers_and_statuses),
        cmocka_unit_test(a_status_without_body_has_none),
        cmocka_unit_test(errors_have_their_status),
        cmocka_unit_test(a_forgotten_answer),
    };

    return cmocka_run_group_tests(tests, open_all, close_all);
}
