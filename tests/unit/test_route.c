/*
 * Routes of the application's, beside the protocol's: who asks, answers now and later, and clients that hang up.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <actingweb/actingweb.h>
#include <actingweb/test/fake_peer.h>

#include "support/raw_http.h"
#include "support/place.h"

static test_place place;
static aw_app *app;
static aw_actor *alice;
static aw_fake_peer *bob;
static raw_answer answer;

/* What the last GET /{actor_id}/ask led to. */
static atomic_int asked, completed, outcome;

/* ---- handlers ---- */

static void say(aw_request *request, void *ud)
{
    const char *query = aw_request_query(request, "q");
    json_t *body =
        json_pack("{s:s,s:s,s:s*,s:s*,s:s}", "method", aw_request_method(request), "path", aw_request_path(request),
                  "q", query, "name", aw_request_segment(request, "name"), "ud", ud);

    assert_null(aw_request_segment(request, "other"));
    assert_null(aw_request_header(request, "X-Absent"));
    assert_non_null(aw_request_id(request));
    assert_int_equal(aw_request_add_header(request, "X-Said", "yes"), AW_OK);
    assert_int_equal(aw_request_add_header(request, "X-Split", "a\r\nb: c"), AW_E_INVALID);
    assert_int_equal(aw_request_reply(request, 99, body), AW_E_INVALID);
    assert_int_equal(aw_request_reply(request, 200, body), AW_OK);
    json_decref(body);
}

static void who(aw_request *request, void *ud)
{
    static const char *const roles[] = {"anonymous", "creator", "peer"};
    aw_actor *actor = aw_request_actor(request);
    json_t *body = json_pack("{s:s,s:s*,s:s*}", "role", roles[aw_request_role(request)], "peer",
                             aw_request_peer_id(request), "actor", actor ? aw_actor_id(actor) : NULL);

    (void)ud;
    aw_request_reply(request, 200, body);
    json_decref(body);
}

static void echo(aw_request *request, void *ud)
{
    json_t *body = NULL;
    aw_error err = {0};
    size_t bytes;

    (void)ud;
    assert_non_null(aw_request_body(request, &bytes));
    if (aw_request_json(request, &body, &err)) {
        aw_request_reply_error(request, &err);
        return;
    }
    aw_request_reply(request, 201, body);
    json_decref(body);
}

static void forget(aw_request *request, void *ud)
{
    (void)request;
    (void)ud;
}

static void *answer_later(void *request)
{
    aw_request_reply(request, 202, NULL);
    return NULL;
}

static pthread_t answerer;

static void later(aw_request *request, void *ud)
{
    (void)ud;
    aw_request_defer(request);
    pthread_create(&answerer, NULL, answer_later, request);
}

static void heard(const aw_error *err, json_t *info, void *ud)
{
    aw_request *request = ud;

    atomic_store(&outcome, err ? err->code : AW_OK);
    if (err)
        aw_request_reply_error(request, err);
    else
        aw_request_reply(request, 200, info);
    atomic_fetch_add(&completed, 1);
}

/* Asks bob for his meta, in the request's group. */
static void ask(aw_request *request, void *ud)
{
    char url[80];

    (void)ud;
    snprintf(url, sizeof(url), "%sbob", aw_fake_peer_root(bob));
    aw_request_defer(request);
    int rc = aw_peer_get_info_async(aw_request_actor(request),
                                    AW_WITH(peer_get_info, .peer_url = url, .group = aw_request_group(request)), heard,
                                    request, NULL);
    assert_int_equal(rc, AW_OK);
    atomic_fetch_add(&asked, 1);
}

/* ---- fixture ---- */

static void add(const char *method, const char *pattern, aw_route_handler *handler)
{
    static char word[] = "word";
    aw_error err = {0};

    if (aw_app_route(app, method, pattern, handler, word, &err))
        fail_msg("no route: %s", err.message);
}

static int set_up(void **state)
{
    aw_error err = {0};

    (void)state;
    test_place_make(&place, NULL);
    bob = aw_fake_peer_new();
    if (!bob || aw_app_new(AW_WITH(app, .store = place.location, .listen = "127.0.0.1:0", .web_threads = 2), &app, &err) ||
        aw_actor_create(app, AW_WITH(actor_create, .creator = "alice", .passphrase = "pass"), &alice, &err))
        return -1;
    add("GET", "/hello/{name}", say);
    add("POST", "/hello/{name}", say);
    add("GET", "/status", say);
    add("GET", "/silent", forget);
    add("GET", "/later", later);
    add("GET", "/{actor_id}/who", who);
    add("GET", "/{actor_id}/callbacks/{name}", who);
    add("GET", "/{actor_id}/www/settings", who);
    add("POST", "/{actor_id}/echo", echo);
    add("GET", "/{actor_id}/ask", ask);
    add("GET", "/{actor_id}/properties/{name}", who); /* never served: the protocol's come first */
    atomic_store(&asked, 0);
    atomic_store(&completed, 0);
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

/* A whole request on a connection of its own; gives the status. */
static int request(const char *method, const char *path, const char *headers, const char *body)
{
    char text[1024];
    raw_http *client = raw_open(aw_app_port(app));

    snprintf(text, sizeof(text), "%s %s HTTP/1.1\r\nHost: a\r\n%sContent-Length: %zu\r\n\r\n%s", method, path, headers,
             strlen(body), body);
    int status = raw_exchange(client, text, &answer);

    raw_close(client);
    return status;
}

/* The same below alice. */
static int ask_alice(const char *method, const char *path, const char *headers, const char *body)
{
    char whole[256];

    snprintf(whole, sizeof(whole), "/%s%s", aw_actor_id(alice), path);
    return request(method, whole, headers, body);
}

/* ---- tests ---- */

static void handlers_see_the_request(void **state)
{
    (void)state;
    assert_int_equal(request("GET", "/hello/a%20b?q=c+d", "", ""), 200);
    assert_string_equal(
        answer.body, "{\"method\":\"GET\",\"path\":\"/hello/a%20b\",\"q\":\"c d\",\"name\":\"a b\",\"ud\":\"word\"}");
    assert_string_equal(raw_header(&answer, "X-Said"), "yes");
    assert_string_equal(raw_header(&answer, "X-Split"), "");
    assert_int_equal(request("POST", "/hello/x", "Content-Type: application/x-www-form-urlencoded\r\n", "q=form"), 200);
    assert_non_null(strstr(answer.body, "\"q\":\"form\""));
    assert_int_equal(request("GET", "/status", "", ""), 200); /* goes before an actor of that name */
    assert_int_equal(request("DELETE", "/hello/x", "", ""), 405);
    assert_string_equal(raw_header(&answer, "Allow"), "GET, HEAD, POST");
    assert_int_equal(request("GET", "/hello", "", ""), 404);
}

static void bodies(void **state)
{
    (void)state;
    assert_int_equal(ask_alice("POST", "/echo", "", "[1]"), 201);
    assert_string_equal(answer.body, "[1]");
    assert_int_equal(ask_alice("POST", "/echo", "", "[1"), 400);
    assert_non_null(strstr(answer.body, "{\"error\":{\"code\":\"bad_request\""));
    assert_int_equal(ask_alice("POST", "/echo", "", ""), 400);
}

static void roles(void **state)
{
    aw_error err = {0};
    char url[80];

    (void)state;
    snprintf(url, sizeof(url), "%sbob", aw_fake_peer_root(bob));
    assert_int_equal(ask_alice("GET", "/who", "", ""), 200);
    assert_non_null(strstr(answer.body, "\"role\":\"anonymous\""));
    assert_non_null(strstr(answer.body, aw_actor_id(alice)));
    assert_int_equal(ask_alice("GET", "/who", "Authorization: Basic YWxpY2U6cGFzcw==\r\n", ""), 200);
    assert_non_null(strstr(answer.body, "\"role\":\"creator\""));
    assert_int_equal(ask_alice("GET", "/who", "Authorization: Bearer nonsense\r\n", ""), 200);
    assert_non_null(strstr(answer.body, "\"role\":\"anonymous\""));
    /* A peer is none until it is approved. */
    assert_int_equal(aw_trust_create_verified(alice,
                                              AW_WITH(trust_create_verified, .peer_id = "bob", .baseuri = url,
                                                      .type = "urn:x", .secret = "s3cret", .verify_token = "t"),
                                              NULL, &err),
                     AW_OK);
    assert_int_equal(ask_alice("GET", "/who", "Authorization: Bearer s3cret\r\n", ""), 200);
    assert_non_null(strstr(answer.body, "\"role\":\"anonymous\""));
    assert_null(strstr(answer.body, "bob"));
    assert_int_equal(aw_trust_modify_and_notify(
                         alice, AW_WITH(trust_modify_and_notify, .peer_id = "bob", .approved = AW_SET), NULL, &err),
                     AW_OK);
    assert_int_equal(ask_alice("GET", "/who", "Authorization: Bearer s3cret\r\n", ""), 200);
    assert_non_null(strstr(answer.body, "\"role\":\"peer\",\"peer\":\"bob\""));
}

static void the_protocol_comes_first(void **state)
{
    (void)state;
    assert_int_equal(ask_alice("GET", "/properties/x", "", ""), 401);
    assert_int_equal(ask_alice("GET", "/callbacks/bell", "", ""), 200);
    assert_int_equal(ask_alice("GET", "/www/settings", "", ""), 200);
    assert_int_equal(ask_alice("GET", "/www/other", "", ""), 401); /* no page of the application's: the owner's to miss */
    assert_int_equal(request("GET", "/nobody/who", "", ""), 404);
}

static void answers_that_are_forgotten_or_late(void **state)
{
    (void)state;
    assert_int_equal(request("GET", "/silent", "", ""), 500);
    assert_non_null(strstr(answer.body, "no_answer"));
    assert_int_equal(request("GET", "/later", "", ""), 202);
    pthread_join(answerer, NULL);
}

static void peers_answer_for_requests(void **state)
{
    (void)state;
    assert_int_equal(ask_alice("GET", "/ask", "", ""), 200);
    assert_non_null(strstr(answer.body, "\"id\":\"bob\""));
    aw_fake_peer_rule(bob, AW_WITH(fake_peer_rule, .path = "/bob/meta", .status = 500));
    assert_int_equal(ask_alice("GET", "/ask", "", ""), 502);
    assert_non_null(strstr(answer.body, "peer_refused"));
    aw_fake_peer_refuse(bob);
    assert_int_equal(ask_alice("GET", "/ask", "", ""), 502);
    assert_non_null(strstr(answer.body, "peer_unreachable"));
}

static bool wait_for(const atomic_int *counter, int value)
{
    for (int i = 0; i < 1000 && atomic_load(counter) < value; i++)
        usleep(10000);
    return atomic_load(counter) >= value;
}

/* Sends GET /{alice}/ask to a peer that never answers, and waits until it was asked. */
static raw_http *ask_a_silent_peer(void)
{
    char text[256];
    raw_http *client = raw_open(aw_app_port(app));

    aw_fake_peer_rule(bob, AW_WITH(fake_peer_rule, .path = "/bob/meta", .fault = AW_FAKE_HANG));
    snprintf(text, sizeof(text), "GET /%s/ask HTTP/1.1\r\nHost: a\r\n\r\n", aw_actor_id(alice));
    raw_send(client, text);
    assert_true(wait_for(&asked, 1));
    assert_true(aw_fake_peer_wait_for(bob, "GET", "/bob/meta", 1, 10000));
    return client;
}

static void a_client_that_hangs_up_cancels(void **state)
{
    raw_http *client = ask_a_silent_peer();

    (void)state;
    assert_int_equal(atomic_load(&completed), 0);
    raw_close(client);
    assert_true(wait_for(&completed, 1));
    assert_int_equal(atomic_load(&outcome), AW_E_CANCELED);
}

static void ending_the_app_cancels(void **state)
{
    raw_http *client = ask_a_silent_peer();
    aw_error err = {0};

    (void)state;
    assert_int_equal(aw_app_drain(app, 50, &err), AW_E_TIMEOUT);
    aw_actor_unref(alice);
    alice = NULL;
    aw_app_free(app);
    app = NULL;
    assert_int_equal(atomic_load(&completed), 1);
    assert_int_equal(atomic_load(&outcome), AW_E_CANCELED);
    raw_close(client);
}

static void patterns_are_checked(void **state)
{
    static const char *const bad[] = {NULL, "", "hello", "/hello/", "/{name}", "/{name}/x", "/a//b", "/a/*"};
    aw_app *other = NULL;
    aw_error err = {0};

    (void)state;
    assert_int_equal(aw_app_route(app, "GET", "/too/late", say, NULL, &err), AW_E_INVALID);
    assert_int_equal(aw_app_new(AW_WITH(app, .store = place.location, .root = "http://a/"), &other, &err), AW_OK);
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        assert_int_equal(aw_app_route(other, "GET", bad[i], say, NULL, &err), AW_E_INVALID);
        assert_non_null(strstr(err.message, "pattern"));
    }
    assert_int_equal(aw_app_route(other, "get", "/a", say, NULL, &err), AW_E_INVALID);
    assert_int_equal(aw_app_route(other, "HEAD", "/a", say, NULL, &err), AW_E_INVALID);
    assert_int_equal(aw_app_route(other, "GET", "/a", NULL, NULL, &err), AW_E_INVALID);
    assert_int_equal(aw_app_route(other, "GET", "/", say, NULL, &err), AW_E_EXISTS);
    assert_int_equal(aw_app_route(other, "GET", "/a", say, NULL, &err), AW_OK);
    assert_int_equal(aw_app_route(other, "GET", "/a", say, NULL, &err), AW_E_EXISTS);
    assert_int_equal(aw_app_route(other, "PUT", "/a", say, NULL, &err), AW_OK);
    aw_app_free(other);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(handlers_see_the_request),
        TEST(bodies),
        TEST(roles),
        TEST(the_protocol_comes_first),
        TEST(answers_that_are_forgotten_or_late),
        TEST(peers_answer_for_requests),
        TEST(a_client_that_hangs_up_cancels),
        TEST(ending_the_app_cancels),
        TEST(patterns_are_checked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
