/*
 * Views: made, and asked who they are.
 */
#include "actor/view.h"

#include <string.h>

#include "actor/trust.h"
#include "base/error.h"
#include "base/text.h"

/* ---- made ---- */

/* "oauth2_client:{who}:{client}" is how the reference names the peer of a client's trust; older rows have nothing
 * else. */
static bool is_of_client(const aw_trust *trust, const char *client_id)
{
    const char *last = strrchr(trust->peer_id, ':');

    if (*trust->oauth_client_id)
        return strcmp(trust->oauth_client_id, client_id) == 0;
    return aw__text_starts(trust->peer_id, "oauth2_client:") && strcmp(last + 1, client_id) == 0;
}

static int find_client(const aw_actor *actor, const char *client_id, aw_trust **ret_trust, aw_error *err)
{
    aw_trust **trusts = NULL;
    size_t count = 0, fitting = 0, at = 0;
    int rc = aw__trust_find_all(actor->site, actor->id, NULL, NULL, NULL, &trusts, &count, err);

    for (size_t i = 0; i < count; i++) {
        if (is_of_client(trusts[i], client_id)) {
            at = i;
            fitting++;
        }
    }
    if (rc == AW_OK && !fitting)
        rc = aw__fail(err, AW_E_NOT_FOUND, "there is no trust with this client");
    if (rc == AW_OK && fitting > 1)
        rc = aw__fail(err, AW_E_CONFLICT, "more than one trust is this client's; choose one with aw_actor_as_peer()");
    if (rc == AW_OK) {
        *ret_trust = trusts[at];
        trusts[at] = NULL;
    }
    aw_trust_list_free(trusts, count);
    return rc;
}

int aw__view_new(const aw_actor *actor, const char *peer_id, const char *client_id, aw_actor **ret_view, aw_error *err)
{
    aw_trust *trust = NULL;
    int rc;

    if (actor->peer_id)
        return aw__fail(err, AW_E_DENIED, "a view makes no other views");
    rc = client_id ? find_client(actor, client_id, &trust, err)
                   : aw__trust_find(actor->site, actor->id, peer_id, &trust, err);
    if (rc == AW_OK)
        rc = aw__handle_new_view(actor, trust->peer_id, client_id, ret_view, err);
    aw_trust_free(trust);
    return rc;
}

/* ---- asked ---- */

struct asking {
    const aw_actor *actor;
    aw__arena *arena;
    aw__caller caller;
};

static void free_trust(void *trust)
{
    aw_trust_free(trust);
}

static int ask(aw_database *database, void *arg, aw_error *err)
{
    struct asking *asking = arg;
    const aw_actor *actor = asking->actor;
    aw_trust *trust = NULL;
    int rc = aw__trusts_get(database, actor->id, actor->peer_id, &trust, err);

    asking->caller = aw__caller_anonymous();
    if (rc == AW_OK && aw__arena_defer(asking->arena, free_trust, trust))
        return aw__fail_nomem(err);
    if (rc == AW_E_NOT_FOUND || (rc == AW_OK && actor->client_id && !is_of_client(trust, actor->client_id)))
        return aw__fail(err, AW_E_DENIED, "the trust of this view is gone");
    return rc ? rc : aw__caller_become_peer(&asking->caller, actor->site, database, asking->arena, trust, err);
}

int aw__view_caller(const aw_actor *actor, aw__arena *arena, aw__caller *ret_caller, aw_error *err)
{
    struct asking asking = {.actor = actor, .arena = arena};
    aw_error why = {0};

    if (!actor->peer_id) {
        *ret_caller = (aw__caller){.role = AW_ROLE_CREATOR, .acl_role = "creator"};
        return AW_OK;
    }
    int rc = aw__store_read(actor->site->store, ask, &asking, &why);

    if (rc == AW_OK)
        *ret_caller = asking.caller;
    else if (err)
        *err = why;
    return rc;
}

int aw__view_refuse(const aw__caller *caller, aw_error *err)
{
    if (caller->role == AW_ROLE_PEER && !caller->approved)
        return aw__fail(err, AW_E_DENIED, "the trust with this peer is not approved");
    return aw__fail(err, AW_E_DENIED, "the relationship with this peer does not allow this");
}
