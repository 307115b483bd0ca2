/*
 * The conversations, as the walks need them.
 */
#include "support/conversations.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <stdio.h>

#include "actor/trust.h"
#include "base/error.h"
#include "actor/suspension.h"
#include "flow/actor_delete.h"
#include "flow/callback_receive.h"
#include "flow/callback_send.h"
#include "flow/peer_capabilities.h"
#include "flow/peer_info.h"
#include "flow/peer_permissions.h"
#include "flow/peer_profile.h"
#include "flow/permission_callback.h"
#include "flow/proxy.h"
#include "flow/resync.h"
#include "flow/subscription_create.h"
#include "flow/subscription_delete.h"
#include "flow/subscription_subscribe.h"
#include "flow/trust_create.h"
#include "flow/trust_delete.h"
#include "flow/trust_modify.h"
#include "flow/trust_verify.h"
#include "flow/trustee_create.h"
#include "flow/trustee_delete.h"
#include "store/attributes.h"
#include "store/peertrustees.h"
#include "support/subscribed.h"

static void trust_bob(void)
{
    test_site_add_trust(t, "bob", bob_url);
}

static void trust_two(void)
{
    char url[96];

    trust_bob();
    snprintf(url, sizeof(url), "%scarol", aw_fake_peer_root(bob));
    test_site_add_trust(t, "carol", url);
}

/* Bob proves himself to whoever asks. */
static void bob_can_verify(void)
{
    bob_answers("GET", "/trust/", 200, "{\"verification_token\":\"token\"}");
}

static int peer_info(int timeout_ms, aw__flow **ret_flow, aw_error *err)
{
    return aw__peer_info_new(&t->site, t->actor_id, AW_WITH(peer_get_info, .peer_id = "bob", .timeout_ms = timeout_ms),
                             ret_flow, err);
}

static int peer_capabilities(int timeout_ms, aw__flow **ret_flow, aw_error *err)
{
    return aw__peer_capabilities_new(&t->site, t->actor_id,
                                     AW_WITH(peer_get_capabilities, .peer_id = "bob", .timeout_ms = timeout_ms),
                                     ret_flow, err);
}

static int peer_profile(int timeout_ms, aw__flow **ret_flow, aw_error *err)
{
    json_t *attributes = json_pack("[s]", "colour");
    int rc = attributes ? AW_OK : aw__fail_nomem(err); /* of the test's own */

    if (rc == AW_OK)
        rc = aw__peer_profile_new(
            &t->site, t->actor_id,
            AW_WITH(peer_get_profile, .peer_id = "bob", .attributes = attributes, .timeout_ms = timeout_ms), ret_flow,
            err);
    json_decref(attributes);
    return rc;
}

static int peer_permissions(int timeout_ms, aw__flow **ret_flow, aw_error *err)
{
    return aw__peer_permissions_new(&t->site, t->actor_id,
                                    AW_WITH(peer_get_permissions, .peer_id = "bob", .timeout_ms = timeout_ms), ret_flow,
                                    err);
}

static int proxy(int timeout_ms, aw__flow **ret_flow, aw_error *err)
{
    json_t *data = json_pack("{s:i}", "n", 1);
    aw__proxy_ask ask = {.method = "POST", .peer_id = "bob", .path = "properties", .data = data,
                         .timeout_ms = timeout_ms};
    int rc = aw__proxy_new(&t->site, t->actor_id, &ask, ret_flow, err);

    json_decref(data);
    return rc;
}

static int trust_create(int timeout_ms, aw__flow **ret_flow, aw_error *err)
{
    return aw__trust_create_new(&t->site, t->actor_id,
                                AW_WITH(trust_create_reciprocal, .peer_url = bob_url, .relationship = "friend",
                                        .timeout_ms = timeout_ms), ret_flow, err);
}

static int trust_verify(int timeout_ms, aw__flow **ret_flow, aw_error *err)
{
    return aw__trust_verify_new(&t->site, t->actor_id,
                                AW_WITH(trust_create_verified, .baseuri = bob_url, .relationship = "friend",
                                        .secret = "s3cret", .verify_token = "token", .timeout_ms = timeout_ms),
                                true, ret_flow, err);
}

/* Bob has asked before, and could not be verified. */
static void bob_asks_again(void)
{
    aw_trust trust = {.actor_id = t->actor_id, .peer_id = "bob", .baseuri = bob_url, .type = BOB_TYPE,
                      .relationship = "friend", .secret = "s3cret", .verification_token = "ours",
                      .peer_approved = true};
    aw_error err = {0};

    bob_can_verify();
    assert_int_equal(aw__trust_add(&t->site, &trust, &err), AW_OK);
}

static int trust_modify(int timeout_ms, aw__flow **ret_flow, aw_error *err)
{
    return aw__trust_modify_new(&t->site, t->actor_id,
                                AW_WITH(trust_modify_and_notify, .peer_id = "bob", .desc = "changed",
                                        .approved = AW_SET, .timeout_ms = timeout_ms), ret_flow, err);
}

static int trust_delete(int timeout_ms, aw__flow **ret_flow, aw_error *err)
{
    return aw__trust_delete_new(&t->site, t->actor_id,
                                AW_WITH(trust_delete_reciprocal, .peer_id = "bob", .timeout_ms = timeout_ms),
                                ret_flow, err);
}

static int actor_delete(int timeout_ms, aw__flow **ret_flow, aw_error *err)
{
    return aw__actor_delete_new(&t->site, t->actor_id, AW_WITH(actor_delete, .timeout_ms = timeout_ms), ret_flow, err);
}

/* ---- permissions ---- */

/* Rules in a row that is the same each time. */
static int leave_rules(aw_database *database, void *arg, aw_error *err)
{
    char key[96];

    (void)arg;
    snprintf(key, sizeof(key), "%s:bob", t->actor_id);
    return aw__attributes_set(database, t->actor_id, "_trust_permissions", key,
                              "\"{\\\"properties\\\":{\\\"denied\\\":[\\\"mood\\\"]}}\"", 0, err);
}

static void rules_for_bob(void)
{
    aw_error err = {0};

    trust_bob();
    assert_int_equal(aw__store_write(t->site.store, leave_rules, NULL, &err), AW_OK);
}

static int permission_callback(int timeout_ms, aw__flow **ret_flow, aw_error *err)
{
    int rc = aw__permission_callback_new(&t->site, t->actor_id, "bob", ret_flow, err);

    if (rc == AW_OK)
        (*ret_flow)->timeout_ms = timeout_ms;
    return rc;
}

static int permission_set(int timeout_ms, aw__flow **ret_flow, aw_error *err)
{
    json_t *rules = json_pack("{s:{s:[s]}, s:n}", "properties", "denied", "diary/*", "notes");
    int rc = rules ? aw__permission_set_new(&t->site, t->actor_id,
                                            AW_WITH(permission_set, .peer_id = "bob", .permissions = rules,
                                                    .timeout_ms = timeout_ms),
                                            ret_flow, err)
                   : aw__fail_nomem(err);

    json_decref(rules);
    return rc;
}

static int permission_reset(int timeout_ms, aw__flow **ret_flow, aw_error *err)
{
    return aw__permission_reset_new(&t->site, t->actor_id,
                                    AW_WITH(permission_reset, .peer_id = "bob", .timeout_ms = timeout_ms), ret_flow,
                                    err);
}

/* ---- peers that are ours ---- */

/* Bob is what the factory makes. */
static void bob_can_be_made(void)
{
    char location[96];

    snprintf(location, sizeof(location), "Location: %s\r\n", bob_url);
    assert_int_equal(aw_fake_peer_rule(bob, AW_WITH(fake_peer_rule, .method = "POST", .path = "/bob/factory",
                                                    .status = 201, .body = "{\"passphrase\":\"opensesame\"}",
                                                    .headers = location)), 0);
}

static int trustee_create(int timeout_ms, aw__flow **ret_flow, aw_error *err)
{
    char url[96];

    snprintf(url, sizeof(url), "%s/factory", bob_url);
    return aw__trustee_create_new(&t->site, t->actor_id,
                                  AW_WITH(peer_create_trustee, .factory_url = url, .relationship = "friend",
                                          .timeout_ms = timeout_ms), ret_flow, err);
}

static int own(aw_database *database, void *arg, aw_error *err)
{
    aw__peertrustee_row row = {.peer_id = "bob", .baseuri = bob_url, .type = BOB_TYPE, .passphrase = "opensesame"};

    (void)arg;
    return aw__peertrustees_set(database, t->actor_id, &row, err);
}

static void own_bob(void)
{
    aw_error err = {0};

    trust_bob();
    assert_int_equal(aw__store_write(t->site.store, own, NULL, &err), AW_OK);
}

static int trustee_delete(int timeout_ms, aw__flow **ret_flow, aw_error *err)
{
    return aw__trustee_delete_new(&t->site, t->actor_id,
                                  AW_WITH(peer_delete_trustee, .peer_id = "bob", .timeout_ms = timeout_ms), ret_flow,
                                  err);
}

/* ---- subscriptions ---- */

static void bob_can_be_subscribed(void)
{
    trust_bob();
    bob_answers("POST", "/subscriptions/", 201, "{\"subscriptionid\":\"sub\"}");
}

static int subscription_create(int timeout_ms, aw__flow **ret_flow, aw_error *err)
{
    return aw__subscription_create_new(&t->site, t->actor_id,
                                       AW_WITH(subscription_create_remote, .peer_id = "bob", .target = "properties",
                                               .timeout_ms = timeout_ms), ret_flow, err);
}

static int subscription_subscribe(int timeout_ms, aw__flow **ret_flow, aw_error *err)
{
    return aw__subscription_subscribe_new(&t->site, t->actor_id,
                                          AW_WITH(subscription_subscribe_to_peer, .peer_id = "bob",
                                                  .timeout_ms = timeout_ms), ret_flow, err);
}

static void subscribe_to_bob(void)
{
    trust_bob();
    outbound("sub", NULL, NULL);
}

static int unsubscribe(int timeout_ms, aw__flow **ret_flow, aw_error *err)
{
    return aw__subscription_unsubscribe_new(&t->site, t->actor_id,
                                            AW_WITH(subscription_unsubscribe, .peer_id = "bob", .subscription_id = "sub",
                                                    .timeout_ms = timeout_ms), ret_flow, err);
}

static test_id bobs; /* subscription here */

static void change_for_bob(void)
{
    trust_bob();
    bobs = inbound("bob", NULL, NULL, "high");
    set_property("mood", "\"good\"");
}

/* There is no diff of it, only the outbox's row. */
static void resume_for_bob(void)
{
    aw_error err = {0};

    trust_bob();
    bobs = inbound("bob", NULL, NULL, "high");
    assert_int_equal(aw__suspension_begin(&t->site, t->actor_id, "properties", "mood", NULL, &err), AW_OK);
    set_property("mood", "\"good\"");
    assert_int_equal(aw__suspension_end(&t->site, t->actor_id, "properties", "mood", NULL, &err), AW_OK);
}

static int callback_send(int timeout_ms, aw__flow **ret_flow, aw_error *err)
{
    return aw__callback_send_new(&t->site, t->actor_id,
                                 AW_WITH(subscription_callback, .peer_id = "bob", .subscription_id = bobs.text,
                                         .sequence = 1, .timeout_ms = timeout_ms), ret_flow, err);
}

static int receive(json_t *body, int timeout_ms, aw__flow **ret_flow, aw_error *err)
{
    int rc = aw__callback_receive_new(&t->site, t->actor_id, "bob", "sub", body, true, ret_flow, err);

    json_decref(body);
    if (rc == AW_OK)
        (*ret_flow)->timeout_ms = timeout_ms;
    return rc;
}

static void bob_has_a_diff(void)
{
    subscribe_to_bob();
    bob_answers("GET", "/subscriptions/", 200, "{\"sequence\":1,\"data\":{\"mood\":\"good\"}}");
}

static int callback_low(int timeout_ms, aw__flow **ret_flow, aw_error *err)
{
    char url[300];

    snprintf(url, sizeof(url), "%s/subscriptions/%s/sub/1", bob_url, t->actor_id);
    return receive(json_pack("{s:i, s:s}", "sequence", 1, "url", url), timeout_ms, ret_flow, err);
}

static int callback_resync(int timeout_ms, aw__flow **ret_flow, aw_error *err)
{
    return receive(json_pack("{s:i, s:s}", "sequence", 7, "type", "resync"), timeout_ms, ret_flow, err);
}

/* A callback that waits, in a row that is the same each time. */
static int leave_gap(aw_database *database, void *arg, aw_error *err)
{
    (void)arg;
    return aw__attributes_set(database, t->actor_id, "_callback_state", "pending:bob:sub",
                              "{\"callbacks\":[{\"sequence\":5,\"data\":{\"n\":5},\"_received_at\":1.5}]}", 0, err);
}

static void miss_callbacks(void)
{
    aw_error err = {0};

    subscribe_to_bob();
    assert_int_equal(aw__store_write(t->site.store, leave_gap, NULL, &err), AW_OK);
    bob_answers("GET", "/subscriptions/", 200, "{\"sequence\":5,\"data\":[]}");
}

static int resync(int timeout_ms, aw__flow **ret_flow, aw_error *err)
{
    int rc = aw__resync_new(&t->site, t->actor_id, "bob", "sub", 0, ret_flow, err);

    if (rc == AW_OK)
        (*ret_flow)->timeout_ms = timeout_ms;
    return rc;
}

#define STORES(...) (const char *const[]){__VA_ARGS__, NULL}

const test_conversation test_conversations[] = {
    {
        .name = "peer_info",
        .prepare = trust_bob,
        .build = peer_info,
        .asks = {{"GET", "/meta"}},
    },
    {
        .name = "peer_capabilities",
        .prepare = trust_bob,
        .build = peer_capabilities,
        .asks = {{"GET", "/meta/actingweb/supported"}},
        .stores = STORES("keep"),
        .varies = "aw_supported", /* one without that path announces nothing */
        .stays = true,            /* what the peer said is true, though telling it failed */
    },
    {
        .name = "peer_profile",
        .prepare = trust_bob,
        .build = peer_profile,
        .asks = {{"GET", "/properties"}},
        .stores = STORES("keep"),
    },
    {
        .name = "peer_permissions",
        .prepare = trust_bob,
        .build = peer_permissions,
        .asks = {{"GET", "/permissions/"}},
        .stores = STORES("keep"),
        .stays = true, /* it is true, though reading it again failed */
    },
    {
        .name = "proxy",
        .prepare = trust_bob,
        .build = proxy,
        .asks = {{"POST", "/properties"}},
    },
    {
        .name = "trust_create",
        .build = trust_create,
        .asks = {{"GET", "/meta"}, {"POST", "/trust/friend", "DELETE", "/trust/friend/"}},
        .stores = STORES("record"),
        .varies = "peer_approved",
    },
    {
        .name = "trust_verify",
        .prepare = bob_can_verify,
        .build = trust_verify,
        .asks = {{"GET", "/meta"}, {"GET", "/trust/friend/"}},
        .stores = STORES("record", "settle"),
        .varies = "verified",
    },
    {
        .name = "trust_verify again",
        .prepare = bob_asks_again,
        .build = trust_verify,
        .asks = {{"GET", "/meta"}, {"GET", "/trust/friend/"}},
        .stores = STORES("settle"),
        .varies = "verified",
    },
    {
        .name = "trust_modify",
        .prepare = trust_bob,
        .build = trust_modify,
        .asks = {{"POST", "/trust/friend/"}},
        .stores = STORES("change"),
        .stores_first = true,
        .stays = true,
    },
    {
        .name = "trust_delete",
        .prepare = trust_bob,
        .build = trust_delete,
        .asks = {{"DELETE", "/trust/friend/"}},
        .stores = STORES("forget"),
    },
    {
        .name = "actor_delete",
        .prepare = trust_two,
        .build = actor_delete,
        .asks = {{"DELETE", "/trust/friend/"}},
        .stores = STORES("erase"),
    },
    {
        .name = "actor_delete with what is ours",
        .prepare = own_bob,
        .build = actor_delete,
        .asks = {{"DELETE", ""}},
        .stores = STORES("erase"),
    },
    {
        .name = "permission_callback",
        .prepare = rules_for_bob,
        .build = permission_callback,
        .asks = {{"POST", "/callbacks/permissions/"}},
    },
    {
        .name = "permission_set",
        .prepare = trust_bob,
        .build = permission_set,
        .asks = {{"POST", "/callbacks/permissions/"}},
        .stores = STORES("change"),
        .stores_first = true,
        .stays = true, /* what was decided counts, whether the peer hears of it or not */
    },
    {
        .name = "permission_reset",
        .prepare = rules_for_bob,
        .build = permission_reset,
        .asks = {{"POST", "/callbacks/permissions/"}},
        .stores = STORES("change"),
        .stores_first = true,
        .stays = true,
    },
    {
        .name = "trustee_create",
        .prepare = bob_can_be_made,
        .build = trustee_create,
        .asks = {{"POST", "/factory", "DELETE", "", .undo_needs_answer = true},
                 {"GET", "/meta"},
                 {"POST", "/trust/friend", "DELETE", ""},
                 {"PUT", "/trust/friend/"}},
        .stores = STORES("record", "settle"),
    },
    {
        .name = "trustee_delete",
        .prepare = own_bob,
        .build = trustee_delete,
        .asks = {{"DELETE", ""}},
        .stores = STORES("forget"),
    },
    {
        .name = "subscription_create",
        .prepare = bob_can_be_subscribed,
        .build = subscription_create,
        .asks = {{"POST", "/subscriptions/", "DELETE", "/subscriptions/", .undo_needs_answer = true}},
        .stores = STORES("record"),
    },
    {
        .name = "subscription_subscribe",
        .prepare = bob_can_be_subscribed,
        .build = subscription_subscribe,
        .asks = {{"POST", "/subscriptions/", "DELETE", "/subscriptions/", .undo_needs_answer = true},
                 {"GET", "/subscriptions/"},
                 {"GET", "/properties"}},
        .stores = STORES("record", "settle"),
    },
    {
        .name = "unsubscribe",
        .prepare = subscribe_to_bob,
        .build = unsubscribe,
        .asks = {{"DELETE", "/subscriptions/"}},
        .stores = STORES("forget"),
    },
    {
        .name = "callback_send",
        .prepare = change_for_bob,
        .build = callback_send,
        .asks = {{"POST", "/callbacks/"}},
    },
    {
        .name = "callback_send of a resync",
        .prepare = resume_for_bob,
        .build = callback_send,
        .asks = {{"POST", "/callbacks/"}},
        .varies = "created_at_ms",
    },
    {
        .name = "callback_receive low",
        .prepare = bob_has_a_diff,
        .build = callback_low,
        .asks = {{"GET", "/subscriptions/"}, {"PUT", "/subscriptions/"}},
        .stores = STORES("receive"),
        .stays = true,
    },
    {
        .name = "callback_receive resync",
        .prepare = subscribe_to_bob,
        .build = callback_resync,
        .asks = {{"GET", "/properties"}},
        .stores = STORES("hold", "settle"),
    },
    {
        .name = "resync",
        .prepare = miss_callbacks,
        .build = resync,
        .asks = {{"GET", "/subscriptions/"}, {"GET", "/properties"}},
        .stores = STORES("hold", "settle"),
        .stays = true, /* the peer need not hear that we have it */
    },
};

const size_t test_conversation_count = sizeof(test_conversations) / sizeof(*test_conversations);
