/*
 * An application's routes at paths of the protocol's: /resources, /methods, /actions, /services and /bot. Who may not
 * use these never reaches the handler.
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
static aw_fake_peer *fake;
static raw_answer answer;
static int reached; /* handlers; web threads run one request of this client after the other */

static int request(const char *method, const char *path, const char *headers, const char *body)
{
    char whole[256];

    snprintf(whole, sizeof(whole), "/%s%s", aw_actor_id(alice), path);
    return test_request(aw_app_port(app.app), method, whole, headers, body, &answer);
}

static void serve(aw_request *r, void *ud)
{
    (void)ud;
    reached++;
    aw_request_reply(r, 200, NULL);
}

/* ---- fixture: a peer of each relationship, by the secret "of-{relationship}" ---- */

static const char *const relationships[] = {"friend", "partner", "admin", "associate", "viewer"};

static void befriend(const char *relationship, const char *peer_id, bool approved)
{
    char url[96], secret[64];
    aw_error err = {0};

    snprintf(url, sizeof(url), "%s%s", aw_fake_peer_root(fake), peer_id);
    snprintf(secret, sizeof(secret), "of-%s", peer_id);
    assert_int_equal(aw_trust_create_verified(alice,
                                              AW_WITH(trust_create_verified, .baseuri = url, .secret = secret,
                                                      .relationship = relationship, .verify_token = "t",
                                                      .approved = approved), NULL, &err), AW_OK);
}

static int open_all(void **state)
{
    static const char *const patterns[] = {
        "/{actor_id}/resources/lamp", "/{actor_id}/resources/private/key", "/{actor_id}/resources/public/sign",
        "/{actor_id}/methods/get_light", "/{actor_id}/methods/delete_light",
        "/{actor_id}/methods", "/{actor_id}/actions/{name}", "/{actor_id}/services/{name}/callback", "/bot",
        "/{actor_id}/www/login",
    };

    (void)state;
    test_app_new(&app, NULL);
    for (size_t i = 0; i < sizeof(patterns) / sizeof(*patterns); i++) {
        assert_int_equal(aw_app_route(app.app, "GET", patterns[i], serve, NULL, NULL), AW_OK);
        assert_int_equal(aw_app_route(app.app, "POST", patterns[i], serve, NULL, NULL), AW_OK);
    }
    assert_int_equal(aw_app_listen(app.app, NULL), AW_OK);
    fake = aw_fake_peer_new();
    alice = test_app_actor(&app, "alice");
    for (size_t i = 0; i < sizeof(relationships) / sizeof(*relationships); i++)
        befriend(relationships[i], relationships[i], true);
    befriend("admin", "pending", false);
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    aw_actor_unref(alice);
    aw_fake_peer_free(fake);
    test_app_close(&app);
    return 0;
}

static const char *credentials(const char *who)
{
    static char header[96];

    if (strcmp(who, "creator") == 0)
        return ALICES_BASIC;
    if (!*who)
        return "";
    snprintf(header, sizeof(header), "Authorization: Bearer of-%s\r\n", who);
    return header;
}

/* ---- who gets there ---- */

static const struct {
    const char *path;
    const char *who; /* gets there; all others are refused */
} doors[] = {
    {"/resources/lamp", "creator friend partner admin"},
    {"/resources/private/key", "creator partner admin"}, /* a friend's rules exclude private/ */
    {"/methods/get_light", "creator friend partner admin associate viewer"},
    {"/methods/delete_light", "creator partner admin"},
    {"/methods", "creator friend partner admin"},
    {"/actions/light", "creator friend partner admin"},
    {"/services/mail/callback", "creator admin"},
};

static void test_door(const char *path, const char *method, const char *who, bool welcome)
{
    reached = 0;
    int status = request(method, path, credentials(who), strcmp(method, "POST") == 0 ? "{}" : "");
    int refusal = *who ? 403 : 401;

    if (status != (welcome ? 200 : refusal) || reached != welcome)
        fail_msg("%s %s by %s: %d, %d", method, path, who, status, reached);
}

static void only_who_may_reaches_the_handler(void **state)
{
    static const char *const callers[] = {"creator", "friend", "partner", "admin", "associate", "viewer", "pending",
                                          "nobody", ""};

    (void)state;
    for (size_t i = 0; i < sizeof(doors) / sizeof(*doors); i++)
        for (size_t c = 0; c < sizeof(callers) / sizeof(*callers); c++) {
            bool welcome = *callers[c] && strstr(doors[i].who, callers[c]);

            test_door(doors[i].path, "GET", callers[c], welcome);
            test_door(doors[i].path, "POST", callers[c], welcome);
        }
}

/* What the path does not name, the body may. */
static void a_call_by_rpc_needs_its_method(void **state)
{
    static const char allowed[] = "{\"jsonrpc\":\"2.0\",\"method\":\"get_light\",\"id\":1}";
    static const char denied[] = "{\"jsonrpc\":\"2.0\",\"method\":\"delete_light\",\"id\":1}";
    static const char batch[] = "[{\"jsonrpc\":\"2.0\",\"method\":\"get_light\"},{\"method\":\"delete_light\"}]";

    (void)state;
    assert_int_equal(request("POST", "/methods", credentials("friend"), allowed), 200);
    assert_int_equal(request("POST", "/methods", credentials("friend"), denied), 403);
    assert_int_equal(request("POST", "/methods", credentials("friend"), batch), 403);
    assert_int_equal(request("POST", "/methods/get_light", credentials("friend"), denied), 403);
    assert_int_equal(request("POST", "/methods", credentials("partner"), denied), 200);
    assert_int_equal(request("POST", "/methods", ALICES_BASIC, batch), 200);
    assert_int_equal(request("POST", "/methods", credentials("friend"), "no JSON"), 200); /* the handler's to refuse */
}

/* They grant what the access list does not, but no more than the operation. */
static void rules_of_resources_count(void **state)
{
    (void)state;
    test_door("/resources/public/sign", "GET", "associate", true);
    test_door("/resources/public/sign", "POST", "associate", false);
    test_door("/resources/public/sign", "GET", "pending", false);
    test_door("/resources/public/sign", "GET", "", false);
}

/* ---- what the application leaves to us ---- */

static void what_has_no_route_is_answered_as_always(void **state)
{
    (void)state;
    reached = 0;
    assert_int_equal(request("GET", "/resources", ALICES_BASIC, ""), 200);
    assert_string_equal(answer.body, "{}");
    assert_int_equal(request("GET", "/resources/other", ALICES_BASIC, ""), 404);
    assert_int_equal(request("DELETE", "/resources/lamp", ALICES_BASIC, ""), 404);
    assert_int_equal(request("DELETE", "/resources/lamp", "", ""), 401);
    assert_int_equal(request("GET", "/actions", ALICES_BASIC, ""), 200);
    assert_int_equal(request("PUT", "/services/mail/callback", ALICES_BASIC, ""), 405);
    assert_string_equal(raw_header(&answer, "Allow"), "GET, HEAD, POST");
    assert_int_equal(request("GET", "/methods/get_light/", ALICES_BASIC, ""), 307);
    assert_int_equal(reached, 0);
    assert_int_equal(test_request(aw_app_port(app.app), "GET", "/nobody/resources/lamp", "", "", &answer), 404);
}

/* These have no access of their own: the handler decides. */
static void bot_and_www_are_open(void **state)
{
    (void)state;
    reached = 0;
    assert_int_equal(test_request(aw_app_port(app.app), "POST", "/bot", "", "{}", &answer), 200);
    assert_int_equal(request("GET", "/www/login", "", ""), 200);
    assert_int_equal(reached, 2);
}

static void options(void **state)
{
    (void)state;
    assert_int_equal(request("OPTIONS", "/www/login", "", ""), 204);
    assert_string_equal(raw_header(&answer, "Allow"), "GET, HEAD, POST, OPTIONS");
    assert_int_equal(request("OPTIONS", "/services/mail/callback", "", ""), 204);
    assert_string_equal(raw_header(&answer, "Allow"), "GET, HEAD, POST, OPTIONS");
    assert_int_equal(request("OPTIONS", "/services/mail", "", ""), 204);
    assert_string_equal(raw_header(&answer, "Allow"), "DELETE, OPTIONS");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules_of_resources_count),
        cmocka_unit_test(only_who_may_reaches_the_handler),
        cmocka_unit_test(a_call_by_rpc_needs_its_method),
        cmocka_unit_test(what_has_no_route_is_answered_as_always),
        cmocka_unit_test(bot_and_www_are_open),
        cmocka_unit_test(options),
    };

    return cmocka_run_group_tests(tests, open_all, close_all);
}
