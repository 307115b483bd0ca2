/*
 * Views: what a peer may do with a handle of its own is what it may do over HTTP, for every relationship, approved or not,
 * every path and every operation; and no public function has forgotten that there are views.
 */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "actor/permission.h"
#include "actor/trust.h"
#include "actor/view.h"
#include "store/attributes.h"
#include "support/asking.h"
#include "support/operations.h"

static test_app app;
static aw_fake_peer *nobody;
static aw_actor *alice;
static aw_error err;

static int open_all(void **state)
{
    (void)state;
    test_app_open(&app, AW_WITH(app, .workers = 2));
    nobody = aw_fake_peer_new();
    alice = test_app_actor(&app, "alice");
    return nobody ? 0 : -1;
}

static int close_all(void **state)
{
    (void)state;
    aw_actor_unref(alice);
    aw_fake_peer_free(nobody);
    test_app_close(&app);
    return 0;
}

/* ---- peers ---- */

static void add_trust(const char *peer_id, const char *relationship, bool approved, const char *client_id)
{
    char secret[128];
    aw_trust trust = {.actor_id = alice->id, .peer_id = peer_id, .baseuri = "http://127.0.0.1:9/nowhere",
                      .type = "urn:test", .relationship = relationship, .secret = secret, .desc = "",
                      .verification_token = "token", .oauth_client_id = client_id, .approved = approved,
                      .peer_approved = true, .verified = true};

    snprintf(secret, sizeof(secret), "secret-of-%s", peer_id);
    aw_trust *whole = aw_trust_dup(&trust);

    assert_int_equal(aw__trust_add(alice->site, whole, &err), AW_OK);
    aw_trust_free(whole);
}

static void remove_trust(const char *peer_id)
{
    bool existed = false;

    assert_int_equal(aw__trust_remove(alice->site, alice->id, peer_id, NULL, &existed, &err), AW_OK);
    assert_true(existed);
}

static void approve(const char *peer_id, bool approved)
{
    assert_int_equal(aw__trust_change(alice->site, alice->id, peer_id,
                                      &(aw__trust_edit){.approved = approved ? AW_SET : AW_CLEAR}, NULL, NULL, &err),
                     AW_OK);
}

struct rules {
    const char *peer_id;
    const char *json;
};

static int store_rules(aw_database *database, void *arg, aw_error *error)
{
    const struct rules *rules = arg;
    aw__arena *arena = aw__arena_new();
    int rc = aw__attributes_set(database, alice->id, AW__TRUST_PERMISSIONS_BUCKET,
                                aw__permission_key(arena, alice->id, rules->peer_id), rules->json, 0, error);

    aw__arena_free(arena);
    return rc;
}

static void give_rules(const char *peer_id, const char *json)
{
    struct rules rules = {peer_id, json};

    assert_int_equal(aw__store_write(alice->site->store, store_rules, &rules, &err), AW_OK);
}

static aw_actor *view_of(const char *peer_id)
{
    aw_actor *view = NULL;

    if (aw_actor_as_peer(alice, peer_id, &view, &err))
        fail_msg("no view: %s", err.message);
    return view;
}

/* The status of a request of the peer's. */
static int ask(const char *peer_id, const char *method, const char *what, const char *body, raw_answer *ret_answer)
{
    char path[256], headers[256];

    snprintf(path, sizeof(path), "/%s/%s", alice->id, what);
    snprintf(headers, sizeof(headers), "Authorization: Bearer secret-of-%s\r\nContent-Type: application/json\r\n",
             peer_id);
    return test_request(aw_app_port(app.app), method, path, headers, body, ret_answer);
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

/* ---- every public function that takes an actor ---- */

static json_t *got;

static int subscription_suspend(aw_actor *v)
{
    return aw_subscription_suspend(v, "properties", NULL, NULL, &err);
}

static int subscription_resume(aw_actor *v)
{
    return aw_subscription_resume(v, "properties", NULL, NULL, &err);
}

static int subscription_is_suspended(aw_actor *v)
{
    bool suspended = false;

    return aw_subscription_is_suspended(v, "properties", NULL, &suspended, &err);
}

static int attribute_get(aw_actor *v)
{
    return aw_attribute_get(v, "things", "a", &got, &err);
}

static int attribute_list(aw_actor *v)
{
    return aw_attribute_list(v, NULL, &got, &err);
}

static int attribute_set(aw_actor *v)
{
    json_t *value = json_true();

    return aw_attribute_set(v, AW_WITH(attribute_set, .bucket = "things", .name = "a", .value = value), &err);
}

static void never(const aw_error *error, void *ud)
{
    (void)error;
    (void)ud;
    fail();
}

static int attribute_delete(aw_actor *v)
{
    return aw_attribute_delete(v, "things", "a", &err);
}

static int attribute_delete_bucket(aw_actor *v)
{
    return aw_attribute_delete_bucket(v, "things", &err);
}

static int remote_get(aw_actor *v)
{
    return aw_remote_get(v, "bob", NULL, &got, &err);
}

static int remote_info(aw_actor *v)
{
    return aw_remote_info(v, "bob", NULL, &got, &err);
}

static int remote_get_item(aw_actor *v)
{
    return aw_remote_get_item(v, AW_WITH(remote_get_item, .peer_id = "bob", .name = "songs"), &got, &err);
}

static int remote_delete(aw_actor *v)
{
    return aw_remote_delete(v, "bob", "songs", &err);
}

static int remote_wipe(aw_actor *v)
{
    return aw_remote_wipe(v, "bob", &err);
}

static int kept_profile(aw_actor *v)
{
    return aw_peer_kept_profile(v, "bob", &got, &err);
}

static int as_peer(aw_actor *v)
{
    aw_actor *other = NULL;

    return aw_actor_as_peer(v, "bob", &other, &err);
}

static int as_client(aw_actor *v)
{
    aw_actor *other = NULL;

    return aw_actor_as_client(v, "bob", &other, &err);
}

static int permission_get(aw_actor *v)
{
    return aw_permission_get(v, "bob", &got, &err);
}

static int permission_get_own(aw_actor *v)
{
    return aw_permission_get_own(v, "bob", &got, &err);
}

static int permission_get_granted(aw_actor *v)
{
    return aw_permission_get_granted(v, "bob", &got, &err);
}

static int permission_check(aw_actor *v)
{
    bool may;

    return aw_permission_check(v, AW_WITH(permission_check, .peer_id = "bob", .target = "mood"), &may, &err);
}

static int set_rules(aw_actor *v, bool async)
{
    json_t *rules = json_object();
    const aw_permission_set_params *params = AW_WITH(permission_set, .peer_id = "bob", .permissions = rules);
    int rc = async ? aw_permission_set_async(v, params, never, NULL, NULL) : aw_permission_set(v, params, &err);

    json_decref(rules);
    return rc;
}

static int permission_set(aw_actor *v)
{
    return set_rules(v, false);
}

static int permission_set_async(aw_actor *v)
{
    return set_rules(v, true);
}

static int permission_reset(aw_actor *v)
{
    return aw_permission_reset(v, AW_WITH(permission_reset, .peer_id = "bob"), &err);
}

static int permission_reset_async(aw_actor *v)
{
    return aw_permission_reset_async(v, AW_WITH(permission_reset, .peer_id = "bob"), never, NULL, NULL);
}

/* What a view may do with each. Those that talk to peers are in test_operations. */
static const struct function {
    const char *name;
    enum { ANY, WITHIN_ITS_RIGHTS, OWNER } what; /* ANY: it shows and changes nothing of the actor's */
    int (*call)(aw_actor *view);                 /* of OWNER */
} functions[] = {
    {"aw_actor_ref", ANY, NULL},
    {"aw_actor_unref", ANY, NULL},
    {"aw_group_new", ANY, NULL},
    {"aw_property_get", WITHIN_ITS_RIGHTS, NULL},
    {"aw_property_set", WITHIN_ITS_RIGHTS, NULL},
    {"aw_property_delete", WITHIN_ITS_RIGHTS, NULL},
    {"aw_list_get", WITHIN_ITS_RIGHTS, NULL},
    {"aw_list_get_item", WITHIN_ITS_RIGHTS, NULL},
    {"aw_list_entries", WITHIN_ITS_RIGHTS, NULL},
    {"aw_list_get_info", WITHIN_ITS_RIGHTS, NULL},
    {"aw_list_infos", WITHIN_ITS_RIGHTS, NULL},
    {"aw_list_create", WITHIN_ITS_RIGHTS, NULL},
    {"aw_list_describe", WITHIN_ITS_RIGHTS, NULL},
    {"aw_list_clear", WITHIN_ITS_RIGHTS, NULL},
    {"aw_list_delete", WITHIN_ITS_RIGHTS, NULL},
    {"aw_list_append", WITHIN_ITS_RIGHTS, NULL},
    {"aw_list_extend", WITHIN_ITS_RIGHTS, NULL},
    {"aw_list_insert", WITHIN_ITS_RIGHTS, NULL},
    {"aw_list_set", WITHIN_ITS_RIGHTS, NULL},
    {"aw_list_remove", WITHIN_ITS_RIGHTS, NULL},
    {"aw_list_edit_all", WITHIN_ITS_RIGHTS, NULL},
    {"aw_trust_get", WITHIN_ITS_RIGHTS, NULL},
    {"aw_trust_list", WITHIN_ITS_RIGHTS, NULL},
    {"aw_subscription_list", WITHIN_ITS_RIGHTS, NULL},
    {"aw_actor_as_peer", OWNER, as_peer},
    {"aw_actor_as_client", OWNER, as_client},
    {"aw_subscription_suspend", OWNER, subscription_suspend},
    {"aw_subscription_resume", OWNER, subscription_resume},
    {"aw_subscription_is_suspended", OWNER, subscription_is_suspended},
    {"aw_attribute_get", OWNER, attribute_get},
    {"aw_attribute_list", OWNER, attribute_list},
    {"aw_attribute_set", OWNER, attribute_set},
    {"aw_attribute_delete", OWNER, attribute_delete},
    {"aw_attribute_delete_bucket", OWNER, attribute_delete_bucket},
    {"aw_peer_kept_profile", OWNER, kept_profile},
    {"aw_remote_get", OWNER, remote_get},
    {"aw_permission_get", OWNER, permission_get},
    {"aw_permission_get_own", OWNER, permission_get_own},
    {"aw_permission_get_granted", OWNER, permission_get_granted},
    {"aw_permission_check", OWNER, permission_check},
    {"aw_permission_set", OWNER, permission_set},
    {"aw_permission_set_async", OWNER, permission_set_async},
    {"aw_permission_reset", OWNER, permission_reset},
    {"aw_permission_reset_async", OWNER, permission_reset_async},
    {"aw_remote_info", OWNER, remote_info},
    {"aw_remote_get_item", OWNER, remote_get_item},
    {"aw_remote_delete", OWNER, remote_delete},
    {"aw_remote_wipe", OWNER, remote_wipe},
};

enum { FUNCTIONS = sizeof(functions) / sizeof(*functions) };

/* "aw_proxy_get_resource_async" is the operation "proxy_get_resource", with or without words in brackets behind it. */
static bool is_operation(const char *function)
{
    size_t bytes = strlen(function + 3);

    if (bytes > 6 && strcmp(function + strlen(function) - 6, "_async") == 0)
        bytes -= 6;
    for (size_t i = 0; i < test_operation_count; i++)
        if (strncmp(test_operations[i].name, function + 3, bytes) == 0 && strchr(" ", test_operations[i].name[bytes]))
            return true;
    return false;
}

static bool is_known(const char *function)
{
    for (size_t i = 0; i < FUNCTIONS; i++)
        if (strcmp(functions[i].name, function) == 0)
            return true;
    return is_operation(function);
}

/* Every "aw_x(aw_actor *" in the text. */
static size_t check_header(const char *file, const char *text)
{
    static const char taking[] = "(aw_actor *";
    size_t found = 0;

    for (const char *at = text; (at = strstr(at, taking)); at++, found++) {
        const char *from = at;
        char name[128];

        while (from > text && (from[-1] == '_' || (from[-1] >= 'a' && from[-1] <= 'z')))
            from--;
        snprintf(name, sizeof(name), "%.*s", (int)(at - from), from);
        if (!is_known(name))
            fail_msg("%s: what may a view do with %s()? Add it to `functions` of this test", file, name);
    }
    return found;
}

static void no_function_has_forgotten(void **state)
{
    static char text[1 << 17];
    char path[1024];
    size_t found = 0;
    DIR *directory = opendir(AW_HEADERS);
    struct dirent *entry;

    (void)state;
    assert_non_null(directory);
    while ((entry = readdir(directory))) {
        if (!strstr(entry->d_name, ".h"))
            continue;
        snprintf(path, sizeof(path), "%s/%s", AW_HEADERS, entry->d_name);
        FILE *file = fopen(path, "r");

        assert_non_null(file);
        text[fread(text, 1, sizeof(text) - 1, file)] = 0;
        fclose(file);
        found += check_header(entry->d_name, text);
    }
    closedir(directory);
    assert_true(found > 30);
}

static void what_is_the_owners(void **state)
{
    (void)state;
    add_trust("bob", "admin", true, NULL);
    aw_actor *view = view_of("bob");

    for (size_t i = 0; i < FUNCTIONS; i++) {
        if (functions[i].what == OWNER && functions[i].call(view) != AW_E_DENIED)
            fail_msg("a view may use %s()", functions[i].name);
    }
    assert_null(got);
    aw_actor_unref(view);
    remove_trust("bob");
}

static void talking_to_peers_is_the_owners(void **state)
{
    const test_operation *o = *state;
    test_ask asked;
    test_done d;
    aw_op op = 77;

    test_operation_prepare(&(test_operation){0}, &app, nobody, "somebody", &asked);
    add_trust("bob", "admin", true, NULL);
    aw_actor *view = view_of("bob"), *owner = asked.actor;
    size_t heard = aw_fake_peer_count(nobody);

    asked.actor = view;
    if (!strstr(o->name, "http_") && !strstr(o->name, "fetch")) {
        test_done_init(&d);
        assert_int_equal(test_operation_run(o, &asked, &d), AW_E_DENIED);
        assert_false(d.touched);
        d.calls = 0;
        assert_int_equal(test_operation_start(o, &asked, &d, &op), AW_E_DENIED);
        assert_int_equal(op, 77);
        assert_int_equal(test_done_calls(&d), 0);
        assert_int_equal(aw_fake_peer_count(nobody), heard);
        test_done_free(&d);
    }
    asked.actor = owner;
    aw_actor_unref(view);
    remove_trust("bob");
    test_ask_free(&asked);
}

/* ---- lists ---- */

static void assert_list_rights(aw_actor *view, const char *name, bool reads, bool writes, bool deletes)
{
    json_t *item = json_integer(1), *items = json_pack("[O]", item), *value = NULL;
    aw_list_entry *entries = NULL;
    aw_list_info *info = NULL;
    aw_list_edit edit = {0, item}, removal = {0, NULL}, both[] = {{0, item}, {0, NULL}};
    size_t count = 0;
    int reading = reads ? AW_OK : AW_E_DENIED, writing = writes ? AW_OK : AW_E_DENIED;
    int deleting = deletes ? AW_OK : AW_E_DENIED;

    assert_int_equal(aw_list_create(view, AW_WITH(list_create, .name = name), &err), writing);
    if (!writes)
        assert_int_equal(aw_list_create(alice, AW_WITH(list_create, .name = name), &err), AW_OK);
    assert_int_equal(aw_list_append(view, name, item, NULL, &err), writing);
    assert_int_equal(aw_list_append(alice, name, item, NULL, &err), AW_OK);
    assert_int_equal(aw_list_extend(view, name, items, &err), writing);
    assert_int_equal(aw_list_insert(view, AW_WITH(list_insert, .name = name, .item = item), &err), writing);
    assert_int_equal(aw_list_set(view, AW_WITH(list_set, .name = name, .item = item), &err), writing);
    assert_int_equal(aw_list_edit_all(view, AW_WITH(list_edit_all, .name = name, .edits = &edit, .count = 1), &err),
                     writing);
    assert_int_equal(aw_list_remove(view, AW_WITH(list_remove, .name = name, .position = -1), &err), deleting);
    assert_int_equal(aw_list_edit_all(view, AW_WITH(list_edit_all, .name = name, .edits = both, .count = 2), &err),
                     deleting);
    assert_int_equal(aw_list_edit_all(view, AW_WITH(list_edit_all, .name = name, .edits = &removal, .count = 1), &err),
                     deleting);
    assert_int_equal(aw_list_describe(view, AW_WITH(list_describe, .name = name, .description = "x"), &err), writing);
    if (!writes)
        assert_int_equal(aw_list_get_info(alice, name, &info, &err), AW_OK);
    if (!writes)
        assert_true(info->count == 1 && !*info->description); /* nothing has happened */
    aw_list_infos_free(info, 1);
    info = NULL;
    assert_int_equal(aw_list_get(view, name, &value, &err), reading);
    json_decref(value);
    value = NULL;
    assert_int_equal(aw_list_get_item(view, AW_WITH(list_get_item, .name = name), &value, &err), reading);
    json_decref(value);
    assert_int_equal(aw_list_entries(view, name, &entries, &count, &err), reading);
    aw_list_entries_free(entries, count);
    assert_int_equal(aw_list_get_info(view, name, &info, &err), reading);
    aw_list_infos_free(info, 1);
    assert_int_equal(aw_list_infos(view, &info, &count, &err), AW_OK);
    assert_int_equal(count, reads);
    aw_list_infos_free(info, count);
    assert_int_equal(aw_list_clear(view, name, &err), deleting);
    assert_int_equal(aw_list_delete(view, name, &err), deleting);
    (void)aw_list_delete(alice, name, &err);
    json_decref(items);
    json_decref(item);
}

static void lists_are_properties_by_their_names(void **state)
{
    static const struct {
        const char *relationship, *name;
        bool approved, reads, writes, deletes;
    } rights[] = {
        {"friend", "groceries", true, true, true, false},    {"friend", "groceries", false, false, false, false},
        {"friend", "private/notes", true, false, false, false}, {"admin", "groceries", true, true, true, true},
        {"viewer", "public/notes", true, true, false, false}, {"viewer", "groceries", true, false, false, false},
        {"unheard-of", "groceries", true, false, false, false},
    };

    (void)state;
    assert_int_equal(aw_property_delete(alice, NULL, &err), AW_OK);
    for (size_t i = 0; i < sizeof(rights) / sizeof(*rights); i++) {
        add_trust("bob", rights[i].relationship, rights[i].approved, "");
        aw_actor *view = view_of("bob");

        assert_list_rights(view, rights[i].name, rights[i].reads, rights[i].writes, rights[i].deletes);
        aw_actor_unref(view);
        remove_trust("bob");
    }
    aw_list_info *infos = NULL;
    size_t count = 0;

    add_trust("bob", "friend", true, "");
    aw_actor *view = view_of("bob");

    assert_int_equal(aw_list_create(alice, AW_WITH(list_create, .name = "a"), &err), AW_OK);
    assert_int_equal(aw_list_create(alice, AW_WITH(list_create, .name = "private/b"), &err), AW_OK);
    assert_int_equal(aw_list_create(alice, AW_WITH(list_create, .name = "z"), &err), AW_OK);
    assert_int_equal(aw_list_infos(view, &infos, &count, &err), AW_OK);
    assert_int_equal(count, 2);
    assert_string_equal(infos[1].name, "z");
    aw_list_infos_free(infos, count);
    remove_trust("bob");
    assert_int_equal(aw_list_infos(view, &infos, &count, &err), AW_E_DENIED);
    aw_actor_unref(view);
    assert_int_equal(aw_property_delete(alice, NULL, &err), AW_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_are_properties_by_their_names),
        cmocka_unit_test(properties_of_every_relationship),
        cmocka_unit_test(properties_with_rules_of_ones_own),
        cmocka_unit_test(trusts_and_subscriptions),
        cmocka_unit_test(rights_are_those_of_now),
        cmocka_unit_test(a_view_knows_no_secrets),
        cmocka_unit_test(clients),
        cmocka_unit_test(no_function_has_forgotten),
        cmocka_unit_test(what_is_the_owners),
        cmocka_unit_test(all_of_them_are_deleted_or_none),
    };

    return cmocka_run_group_tests(tests, open_all, close_all) +
           test_operations_walk("of a view", talking_to_peers_is_the_owners, open_all, close_all);
}
