/*
 * Trust as the store knows it: found, added, changed, removed, each in one transaction. What peers have to be told is
 * src/flow/'s.
 */
#include "actor/trust.h"

#include "actor/callback.h"
#include "actor/peer_permission.h"
#include "actor/peer_profile.h"
#include "actor/permission_own.h"
#include "actor/remote.h"
#include "base/error.h"
#include "base/secret.h"
#include "base/text.h"
#include "store/actors.h"
#include "store/peertrustees.h"
#include "store/subscriptions.h"

enum { OUTBOUND = 1 };

/* ---- finding ---- */

struct search {
    const char *actor_id;
    const char *peer_id;
    const char *secret;
    const char *relationship;
    const char *type;
    aw_trust *found;
    aw_trust **all;
    size_t count;
};

static int find_one(aw_database *database, void *arg, aw_error *err)
{
    struct search *search = arg;

    return aw__trusts_get(database, search->actor_id, search->peer_id, &search->found, err);
}

int aw__trust_find(aw__site *site, const char *actor_id, const char *peer_id, aw_trust **ret_trust, aw_error *err)
{
    struct search search = {.actor_id = actor_id, .peer_id = peer_id};
    int rc = aw__store_read(site->store, find_one, &search, err);

    if (rc == AW_OK)
        *ret_trust = search.found;
    return rc;
}

static int find_all(aw_database *database, void *arg, aw_error *err)
{
    struct search *search = arg;

    return aw__trusts_list(database, search->actor_id, search->relationship, search->type, search->peer_id,
                           &search->all, &search->count, err);
}

int aw__trust_find_all(aw__site *site, const char *actor_id, const char *relationship, const char *type,
                       const char *peer_id, aw_trust ***ret_trusts, size_t *ret_count, aw_error *err)
{
    struct search search = {.actor_id = actor_id, .relationship = relationship, .type = type, .peer_id = peer_id};
    int rc = aw__store_read(site->store, find_all, &search, err);

    if (rc)
        return rc;
    *ret_trusts = search.all;
    *ret_count = search.count;
    return AW_OK;
}

/* ---- adding ---- */

/* AW_E_NOT_FOUND from a read is an answer here; anything else is a failure, with err filled. */
static int fail_unless_absent(int rc, const aw_error *why, aw_error *err)
{
    if (rc == AW_E_NOT_FOUND)
        return AW_OK;
    *err = *why;
    return rc;
}

static int refuse_existing(aw_database *database, const aw_trust *trust, aw_error *err)
{
    aw_trust *found = NULL;
    aw_error why = {0};
    int rc = aw__trusts_get(database, trust->actor_id, trust->peer_id, &found, &why);

    if (rc)
        return fail_unless_absent(rc, &why, err);
    aw_trust_free(found);
    return aw__fail(err, AW_E_EXISTS, "there is a trust with this peer; delete it first");
}

/* Two peers with one secret could not be told apart. */
static int refuse_shared_secret(aw_database *database, const aw_trust *trust, aw_error *err)
{
    aw_trust *found = NULL;
    aw_error why = {0};
    int rc = aw__trusts_get_by_secret(database, trust->actor_id, trust->secret, &found, &why);

    if (rc)
        return fail_unless_absent(rc, &why, err);
    aw_trust_free(found);
    return aw__fail(err, AW_E_DENIED, "the secret is in use for another trust of this actor");
}

static int refuse_too_many(aw_database *database, const aw_trust *trust, aw_error *err)
{
    int64_t waiting = 0;
    int rc = trust->approved ? AW_OK : aw__trusts_count_waiting(database, trust->actor_id, &waiting, err);

    if (rc == AW_OK && waiting >= AW__TRUSTS_WAITING_MAX)
        rc = aw__fail(err, AW_E_BUSY, "too many trusts of this actor wait for its owner's approval");
    return rc;
}

static int find_actor(aw_database *database, const char *actor_id, aw_error *err)
{
    aw__arena *arena = aw__arena_new();
    aw__actor_row row;
    int rc = arena ? aw__actors_get(database, arena, actor_id, &row, err) : aw__fail_nomem(err);

    aw__arena_free(arena);
    return rc;
}

static int add(aw_database *database, void *arg, aw_error *err)
{
    const aw_trust *trust = arg;
    int rc = find_actor(database, trust->actor_id, err);

    if (rc == AW_OK)
        rc = refuse_existing(database, trust, err);
    if (rc == AW_OK)
        rc = refuse_shared_secret(database, trust, err);
    if (rc == AW_OK)
        rc = refuse_too_many(database, trust, err);
    return rc ? rc : aw__trusts_insert(database, trust, err);
}

int aw__trust_add(aw__site *site, const aw_trust *trust, aw_error *err)
{
    aw_trust row = *trust;

    return aw__store_write(site->store, add, &row, err);
}

/* ---- changing ---- */

struct change {
    const char *actor_id;
    const char *peer_id;
    const aw__trust_edit *edit;
    aw_trust *result;
    bool newly_approved;
};

static const char *edited(const char *text, const char *stored)
{
    return text ? text : stored;
}

static bool edited_flag(aw_change change, bool stored)
{
    return change == AW_KEEP ? stored : change == AW_SET;
}

static bool edits_something(const aw__trust_edit *edit)
{
    return edit->baseuri || edit->desc || edit->type || edit->approved != AW_KEEP || edit->peer_approved != AW_KEEP ||
           edit->verified != AW_KEEP;
}

static int apply(aw_database *database, const aw_trust *stored, struct change *change, aw_error *err)
{
    const aw__trust_edit *edit = change->edit;
    aw_trust row = *stored;

    if (edit->only_token && !aw__secret_equal(stored->verification_token, edit->only_token))
        return aw__fail(err, AW_E_NOT_FOUND, "the trust was deleted meanwhile, and is another one now");
    row.baseuri = edited(edit->baseuri, row.baseuri);
    row.desc = edited(edit->desc, row.desc);
    row.type = edited(edit->type, row.type);
    row.approved = edited_flag(edit->approved, row.approved);
    row.peer_approved = edited_flag(edit->peer_approved, row.peer_approved);
    row.verified = edited_flag(edit->verified, row.verified);
    change->newly_approved = row.approved && !stored->approved;
    change->result = aw_trust_dup(&row);
    if (!change->result)
        return aw__fail_nomem(err);
    return edits_something(edit) ? aw__trusts_update(database, &row, err) : AW_OK;
}

/* May run again: what an earlier run made is freed first. */
static int change_one(aw_database *database, void *arg, aw_error *err)
{
    struct change *change = arg;
    aw_trust *stored = NULL;

    aw_trust_free(change->result);
    change->result = NULL;
    int rc = aw__trusts_get(database, change->actor_id, change->peer_id, &stored, err);

    if (rc == AW_OK)
        rc = apply(database, stored, change, err);
    aw_trust_free(stored);
    return rc;
}

int aw__trust_change(aw__site *site, const char *actor_id, const char *peer_id, const aw__trust_edit *edit,
                     aw_trust **ret_trust, bool *ret_newly_approved, aw_error *err)
{
    struct change change = {.actor_id = actor_id, .peer_id = peer_id, .edit = edit};
    int rc = aw__store_write(site->store, change_one, &change, err);

    if (rc || !ret_trust)
        aw_trust_free(change.result);
    else
        *ret_trust = change.result;
    if (rc == AW_OK && ret_newly_approved)
        *ret_newly_approved = change.newly_approved;
    return rc;
}

/* ---- removing ---- */

struct removal {
    const char *actor_id;
    const char *peer_id;
    const char *secret; /* or NULL: whatever the row's is */
    bool existed;
};

static int forget_callbacks(aw_database *database, const struct removal *removal, aw_error *err)
{
    aw_subscription **all = NULL;
    size_t count = 0;
    int rc = aw__subscriptions_list(database, removal->actor_id, removal->peer_id, NULL, NULL, NULL, OUTBOUND, &all,
                                    &count, err);

    for (size_t i = 0; rc == AW_OK && i < count; i++)
        rc = aw__callback_forget(database, removal->actor_id, removal->peer_id, all[i]->id, err);
    aw_subscription_list_free(all, count);
    return rc;
}

static int remove_all_of(aw_database *database, const struct removal *removal, aw_error *err)
{
    const char *actor_id = removal->actor_id, *peer_id = removal->peer_id;
    int rc = forget_callbacks(database, removal, err);

    if (rc == AW_OK)
        rc = aw__subscriptions_delete_of_peer(database, actor_id, peer_id, err);
    if (rc == AW_OK)
        rc = aw__remote_wipe(database, actor_id, peer_id, err);
    if (rc == AW_OK)
        rc = aw__peer_permission_forget(database, actor_id, peer_id, err);
    if (rc == AW_OK)
        rc = aw__permission_forget(database, actor_id, peer_id, err);
    if (rc == AW_OK)
        rc = aw__peer_profile_forget(database, actor_id, peer_id, err);
    return rc ? rc : aw__trusts_delete(database, actor_id, peer_id, err);
}

static int remove_one(aw_database *database, void *arg, aw_error *err)
{
    struct removal *removal = arg;
    aw_trust *stored = NULL;
    aw_error why = {0};

    removal->existed = false;
    int rc = aw__trusts_get(database, removal->actor_id, removal->peer_id, &stored, &why);

    if (rc)
        return fail_unless_absent(rc, &why, err);
    removal->existed = !removal->secret || aw__secret_equal(stored->secret, removal->secret);
    aw_trust_free(stored);
    return removal->existed ? remove_all_of(database, removal, err) : AW_OK;
}

int aw__trust_remove(aw__site *site, const char *actor_id, const char *peer_id, const char *secret, bool *ret_existed,
                     aw_error *err)
{
    struct removal removal = {.actor_id = actor_id, .peer_id = peer_id, .secret = secret};
    int rc = aw__store_write(site->store, remove_one, &removal, err);

    if (rc == AW_OK && ret_existed)
        *ret_existed = removal.existed;
    return rc;
}

static int remove_made(aw_database *database, void *arg, aw_error *err)
{
    const struct removal *removal = arg;
    int rc = remove_one(database, arg, err);

    return rc ? rc : aw__peertrustees_delete(database, removal->actor_id, removal->peer_id, err);
}

int aw__trust_remove_made(aw__site *site, const char *actor_id, const char *peer_id, const char *secret, aw_error *err)
{
    struct removal removal = {.actor_id = actor_id, .peer_id = peer_id, .secret = secret};

    return aw__store_write(site->store, remove_made, &removal, err);
}
