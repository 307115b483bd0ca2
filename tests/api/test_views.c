/*
 * Views: what a peer may do with a handle of its own is what it may do over HTTP, for every relationship, approved or
 * not, every path and every operation. Lists are in test_views_lists.c, all other functions in test_views_functions.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "actor/view.h"
#include "support/asking.h"
#include "support/operations.h"
#include "support/views.h"

static aw_error err;

/* The status of a request of the peer's. */
static int ask(const char *peer_id, const char *method, const char *what, const char *body, raw_answer *ret_answer)
{
    char path[256], headers[256];

    snprintf(path, sizeof(path), "/%s/%s", alice->id, what);
    snprintf(headers, sizeof(headers), "Authorization: Bearer secret-of-%s\r\nContent-Type: application/json\r\n",
             peer_id);
    return test_request(aw_app_port(views_app.app), method, path, headers, body, ret_answer);
}

/* ---- properties: the wire and the view ---- */

static const char all_properties[] =
    "{\"colour\":\"green\",\"public\":{\"x\":1,\"deep\":{\"er\":2}},\"shared\":{\"x\":1},\"private\":{\"x\":1},"
    "\"security\":{\"x\":1},\"_internal\":{\"x\":1},\"notes\":{\"x\":1},\"profile\":{\"x\":1},\"diary\":\"dear\"}";

static void reset(void)
{
    json_t *properties = json_loads(all_properties, 0, NULL);
    const char *name;
    json_t *value;

    assert_int_equal(aw_property_delete(alice, NULL, &err), AW_OK);
    json_object_foreach(properties, name, value)
    {
        assert_int_equal(aw_property_set(alice, name, value, &err), AW_OK);
    }
    json_decref(properties);
}

static json_t *everything(void)
{
    json_t *value = NULL;

    assert_int_equal(aw_property_get(alice, NULL, &value, &err), AW_OK);
    return value;
}

typedef struct operation {
    const char *method;
    const char *body;
} operation;

/* The first is none for all properties together. */
static const operation operations[] = {{"PUT", "\"new\""}, {"GET", ""}, {"DELETE", ""}};

static int use_view(aw_actor *view, const operation *o, const char *path, json_t **ret_value)
{
    json_t *value;
    int rc;

    if (strcmp(o->method, "GET") == 0)
        return aw_property_get(view, path, ret_value, &err);
    if (strcmp(o->method, "DELETE") == 0)
        return aw_property_delete(view, path, &err);
    value = json_string("new");
    rc = aw_property_set(view, path, value, &err);
    json_decref(value);
    return rc;
}

static void compare(const char *who, aw_actor *view, const operation *o, const char *path)
{
    raw_answer answer;
    char what[128];
    json_t *value = NULL;

    snprintf(what, sizeof(what), "properties%s%s", *path ? "/" : "", path);
    reset();
    int status = ask(aw_actor_viewer(view), o->method, what, o->body, &answer);
    json_t *by_wire = everything();

    reset();
    int rc = use_view(view, o, path, &value);
    json_t *by_view = everything();

    if ((status == 403) != (rc == AW_E_DENIED) || (status < 300) != (rc == AW_OK) || status == 401)
        fail_msg("%s: %s %s is %d by HTTP, and %s by the view", who, o->method, what, status, aw_code_name(rc));
    if (!json_equal(by_wire, by_view))
        fail_msg("%s: %s %s leaves different properties", who, o->method, what);
    if (value) {
        json_t *sent = json_loadb(answer.body, answer.body_bytes, JSON_DECODE_ANY, NULL);

        if (!json_equal(sent, value))
            fail_msg("%s: %s %s shows different values", who, o->method, what);
        json_decref(sent);
    }
    json_decref(by_wire);
    json_decref(by_view);
    json_decref(value);
}

static void compare_all(const char *who, const char *peer_id)
{
    static const char *const paths[] = {"",         "colour",  "public",      "public/x",    "public/deep/er",
                                        "shared/x", "private", "private/x",   "security/x",  "_internal/x",
                                        "notes/x",  "diary",   "profile/new", "nothing/here"};
    aw_actor *view = view_of(peer_id);

    for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++)
        for (size_t n = *paths[i] ? 0 : 1; n < sizeof(operations) / sizeof(*operations); n++)
            compare(who, view, &operations[n], paths[i]);
    aw_actor_unref(view);
}

static const char *const relationships[] = {"associate", "viewer",     "friend",   "partner",
                                            "admin",     "mcp_client", "stranger", "creator"};

enum { RELATIONSHIPS = sizeof(relationships) / sizeof(*relationships) };

static void properties_of_every_relationship(void **state)
{
    char who[64];

    (void)state;
    for (size_t i = 0; i < RELATIONSHIPS; i++) {
        for (int approved = 0; approved < 2; approved++) {
            snprintf(who, sizeof(who), "%s %s", approved ? "approved" : "unapproved", relationships[i]);
            add_trust("bob", relationships[i], approved, NULL);
            compare_all(who, "bob");
            remove_trust("bob");
        }
    }
}

static void properties_with_rules_of_ones_own(void **state)
{
    static const char *const rules[] = {
        "{\"properties\":{\"patterns\":[\"diary\",\"notes/*\"],\"operations\":[\"read\",\"write\"]}}",
        "{\"properties\":{\"patterns\":[\"*\"],\"operations\":[\"read\",\"delete\"],"
        "\"excluded_patterns\":[\"public/*\"]}}",
        "{\"properties\":{\"denied\":[\"colour\",\"public*\"],\"allowed\":[\"diary\"]}}",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rules) / sizeof(*rules); i++) {
        for (size_t n = 0; n < 2; n++) {
            add_trust("bob", n ? "friend" : "stranger", true, NULL);
            give_rules("bob", rules[i]);
            compare_all(rules[i], "bob");
            give_rules("bob", "{}");
            remove_trust("bob");
        }
    }
}

static void all_of_them_are_deleted_or_none(void **state)
{
    json_t *value = json_true();

    (void)state;
    assert_int_equal(aw_property_delete(alice, NULL, &err), AW_OK);
    add_trust("bob", "friend", true, NULL);
    give_rules("bob", "{\"properties\":{\"patterns\":[\"*\"],\"operations\":[\"delete\"],"
                      "\"excluded_patterns\":[\"kept\"]}}");
    aw_actor *view = view_of("bob");

    assert_int_equal(aw_property_set(alice, "other", value, &err), AW_OK);
    assert_int_equal(aw_list_create(alice, AW_WITH(list_create, .name = "kept"), &err), AW_OK);
    assert_int_equal(aw_property_delete(view, NULL, &err), AW_E_DENIED);
    value = NULL;
    assert_int_equal(aw_property_get(alice, "other", &value, &err), AW_OK);
    json_decref(value);
    assert_int_equal(aw_list_delete(alice, "kept", &err), AW_OK);
    assert_int_equal(aw_property_delete(view, NULL, &err), AW_OK);
    assert_int_equal(aw_property_get(alice, "other", &value, &err), AW_E_NOT_FOUND);
    give_rules("bob", "{}");
    aw_actor_unref(view);
    remove_trust("bob");
}

/* ---- trusts and subscriptions ---- */

static void compare_trusts(const char *who, aw_actor *view)
{
    static const char *const peers[] = {"bob", "carol", "dave"};
    raw_answer answer;
    char what[64];

    for (size_t i = 0; i < 3; i++) {
        aw_trust *trust = NULL;

        snprintf(what, sizeof(what), "trust/%s/%s", i ? "friend" : who, peers[i]);
        int status = ask("bob", "GET", what, "", &answer);
        int rc = aw_trust_get(view, peers[i], &trust, &err);

        if ((status == 403) != (rc == AW_E_DENIED) || (status < 300) != (rc == AW_OK))
            fail_msg("%s: %s is %d by HTTP, and %s by the view", who, what, status, aw_code_name(rc));
        if (trust && (strstr(answer.body, "\"secret\"") == NULL) != !*aw_trust_secret(trust))
            fail_msg("%s: a secret of %s is shown at one place only", who, peers[i]);
        if (trust && (strstr(answer.body, "\"verification_token\"") == NULL) != !*aw_trust_verification_token(trust))
            fail_msg("%s: a token of %s is shown at one place only", who, peers[i]);
        aw_trust_free(trust);
    }
    aw_trust **trusts = NULL;
    size_t count = 0;
    int status = ask("bob", "GET", "trust", "", &answer);
    int rc = aw_trust_list(view, NULL, &trusts, &count, &err);

    if ((status == 403) != (rc == AW_E_DENIED) || (status < 300) != (rc == AW_OK))
        fail_msg("%s: trust is %d by HTTP, and %s by the view", who, status, aw_code_name(rc));
    for (size_t i = 0; i < count; i++)
        if (strcmp(aw_trust_peer_id(trusts[i]), "bob"))
            assert_string_equal(aw_trust_secret(trusts[i]), "");
    aw_trust_list_free(trusts, count);
}

static void compare_subscriptions(const char *who, aw_actor *view)
{
    static const char *const peers[] = {NULL, "bob", "carol"};
    raw_answer answer;
    char what[64];

    for (size_t i = 0; i < 3; i++) {
        aw_subscription **subscriptions = NULL;
        size_t count = 0;

        snprintf(what, sizeof(what), "subscriptions%s%s", peers[i] ? "/" : "", peers[i] ? peers[i] : "");
        int status = ask("bob", "GET", what, "", &answer);
        int rc = aw_subscription_list(view, AW_WITH(subscription_list, .peer_id = peers[i]), &subscriptions, &count,
                                      &err);

        if ((status == 403) != (rc == AW_E_DENIED) || (status < 300) != (rc == AW_OK))
            fail_msg("%s: %s is %d by HTTP, and %s by the view", who, what, status, aw_code_name(rc));
        aw_subscription_list_free(subscriptions, count);
    }
}

static void trusts_and_subscriptions(void **state)
{
    (void)state;
    add_trust("carol", "friend", true, NULL);
    for (size_t i = 0; i < RELATIONSHIPS; i++) {
        for (int approved = 0; approved < 2; approved++) {
            add_trust("bob", relationships[i], approved, NULL);
            aw_actor *view = view_of("bob");

            compare_trusts(relationships[i], view);
            compare_subscriptions(relationships[i], view);
            aw_actor_unref(view);
            remove_trust("bob");
        }
    }
    remove_trust("carol");
}

/* ---- what a view is ---- */

static int get_colour(aw_actor *view)
{
    json_t *value = NULL;
    int rc = aw_property_get(view, "colour", &value, &err);

    json_decref(value);
    return rc;
}

static void rights_are_those_of_now(void **state)
{
    (void)state;
    reset();
    add_trust("bob", "friend", false, NULL);
    aw_actor *view = view_of("bob");

    assert_int_equal(get_colour(view), AW_E_DENIED);
    approve("bob", true);
    assert_int_equal(get_colour(view), AW_OK);
    give_rules("bob", "{\"properties\":{\"denied\":[\"colour\"]}}");
    assert_int_equal(get_colour(view), AW_E_DENIED);
    give_rules("bob", "{}");
    assert_int_equal(get_colour(view), AW_OK);
    approve("bob", false);
    assert_int_equal(get_colour(view), AW_E_DENIED);
    approve("bob", true);
    remove_trust("bob");
    assert_int_equal(get_colour(view), AW_E_DENIED);
    aw_actor_unref(view);
}

static void a_view_knows_no_secrets(void **state)
{
    aw_actor *other = (aw_actor *)&err;

    (void)state;
    add_trust("bob", "admin", true, NULL);
    aw_actor *view = view_of("bob");

    assert_string_equal(aw_actor_id(view), aw_actor_id(alice));
    assert_string_equal(aw_actor_url(view), aw_actor_url(alice));
    assert_string_equal(aw_actor_viewer(view), "bob");
    assert_null(aw_actor_viewer(alice));
    assert_string_equal(aw_actor_passphrase(view), "");
    assert_string_equal(aw_actor_creator(view), "");
    assert_int_equal(aw_actor_as_peer(view, "bob", &other, &err), AW_E_DENIED);
    assert_int_equal(aw_actor_as_client(view, "bob", &other, &err), AW_E_DENIED);
    assert_int_equal(aw_actor_as_peer(alice, "nobody", &other, &err), AW_E_NOT_FOUND);
    assert_int_equal(aw_actor_as_peer(alice, "", &other, &err), AW_E_INVALID);
    assert_int_equal(aw_actor_as_peer(NULL, "bob", &other, &err), AW_E_INVALID);
    assert_int_equal(aw_actor_as_client(alice, NULL, &other, &err), AW_E_INVALID);
    assert_int_equal(aw_actor_as_peer(alice, "bob", NULL, &err), AW_E_INVALID);
    assert_ptr_equal(other, &err);
    assert_ptr_equal(aw_actor_ref(view), view);
    aw_actor_unref(view);
    aw_actor_unref(view);
    remove_trust("bob");
}

static void clients(void **state)
{
    aw_actor *view = NULL;

    (void)state;
    reset();
    add_trust("oauth2_client:me@example.org:mcp_old", "mcp_client", true, NULL);
    add_trust("oauth2_client:me@example.org:mcp_new", "mcp_client", true, "mcp_new");
    assert_int_equal(aw_actor_as_client(alice, "mcp_none", &view, &err), AW_E_NOT_FOUND);
    assert_int_equal(aw_actor_as_client(alice, "me@example.org", &view, &err), AW_E_NOT_FOUND);
    assert_int_equal(aw_actor_as_client(alice, "mcp_old", &view, &err), AW_OK);
    assert_string_equal(aw_actor_viewer(view), "oauth2_client:me@example.org:mcp_old");
    assert_int_equal(get_colour(view), AW_E_DENIED);
    compare_all("client", aw_actor_viewer(view));
    aw_actor_unref(view);
    view = NULL;
    assert_int_equal(aw_actor_as_client(alice, "mcp_new", &view, &err), AW_OK);
    remove_trust("oauth2_client:me@example.org:mcp_new");
    add_trust("oauth2_client:me@example.org:mcp_new", "admin", true, "mcp_other");
    assert_int_equal(get_colour(view), AW_E_DENIED);
    add_trust("oauth2_client:you@example.org:mcp_old", "mcp_client", true, "mcp_old");
    aw_actor_unref(view);
    view = NULL;
    assert_int_equal(aw_actor_as_client(alice, "mcp_old", &view, &err), AW_E_CONFLICT);
    assert_null(view);
    remove_trust("oauth2_client:you@example.org:mcp_old");
    remove_trust("oauth2_client:me@example.org:mcp_new");
    remove_trust("oauth2_client:me@example.org:mcp_old");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(properties_of_every_relationship),
        cmocka_unit_test(properties_with_rules_of_ones_own),
        cmocka_unit_test(all_of_them_are_deleted_or_none),
        cmocka_unit_test(trusts_and_subscriptions),
        cmocka_unit_test(rights_are_those_of_now),
        cmocka_unit_test(a_view_knows_no_secrets),
        cmocka_unit_test(clients),
    };

    return cmocka_run_group_tests(tests, views_open, views_close);
}
