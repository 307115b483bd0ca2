/*
 * Peers of alice's.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "actor/handle.h"
#include "actor/permission.h"
#include "actor/trust.h"
#include "store/attributes.h"
#include "support/views.h"

test_app views_app;
aw_fake_peer *nobody;
aw_actor *alice;
static aw_error err;

int views_open(void **state)
{
    (void)state;
    test_app_open(&views_app, AW_WITH(app, .workers = 2));
    nobody = aw_fake_peer_new();
    alice = test_app_actor(&views_app, "alice");
    return nobody ? 0 : -1;
}

int views_close(void **state)
{
    (void)state;
    aw_actor_unref(alice);
    aw_fake_peer_free(nobody);
    test_app_close(&views_app);
    return 0;
}

void add_trust(const char *peer_id, const char *relationship, bool approved, const char *client_id)
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

void remove_trust(const char *peer_id)
{
    bool existed = false;

    assert_int_equal(aw__trust_remove(alice->site, alice->id, peer_id, NULL, &existed, &err), AW_OK);
    assert_true(existed);
}

void approve(const char *peer_id, bool approved)
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

void give_rules(const char *peer_id, const char *json)
{
    struct rules rules = {peer_id, json};

    assert_int_equal(aw__store_write(alice->site->store, store_rules, &rules, &err), AW_OK);
}

aw_actor *view_of(const char *peer_id)
{
    aw_actor *view = NULL;

    if (aw_actor_as_peer(alice, peer_id, &view, &err))
        fail_msg("no view: %s", err.message);
    return view;
}
