/*
 * The conversations, as the walks need them.
 */
#include "support/conversations.h"

#include <stdio.h>

#include "flow/actor_delete.h"
#include "flow/peer_info.h"
#include "flow/proxy.h"
#include "flow/trust_create.h"
#include "flow/trust_delete.h"
#include "flow/trust_modify.h"
#include "flow/trust_verify.h"

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

#define STORES(...) (const char *const[]){__VA_ARGS__, NULL}

const test_conversation test_conversations[] = {
    {
        .name = "peer_info",
        .prepare = trust_bob,
        .build = peer_info,
        .asks = {{"GET", "/meta"}},
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
};

const size_t test_conversation_count = sizeof(test_conversations) / sizeof(*test_conversations);
