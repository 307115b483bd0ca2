/*
 * Subscriptions as the store knows them, in both directions: found, added, removed, and their diffs read and cleared.
 * How diffs come to be is diff.c's, what happens to callbacks received is callback.c's.
 */
#include "actor/subscription.h"

#include <string.h>

#include "actor/callback.h"
#include "actor/inbox.h"
#include "actor/remote.h"
#include "base/error.h"
#include "base/id.h"
#include "base/text.h"
#include "store/outbox.h"
#include "store/trusts.h"

enum { TEXT_MAX_BYTES = 255, INBOUND = 0, OUTBOUND = 1 };

enum { MAX_OF_ONE_PEER = 1000 }; /* each costs a little with every change */

/* ---- reading ---- */

struct search {
    const char *actor_id;
    const char *peer_id;
    const char *id;
    const aw_subscription_list_params *filter;
    int direction;
    aw_subscription *found;
    aw_subscription **all;
    size_t count;
};

static int find_one(aw_database *database, void *arg, aw_error *err)
{
    struct search *search = arg;

    return aw__subscriptions_get(database, search->actor_id, search->peer_id, search->id, search->direction,
                                 &search->found, err);
}

int aw__subscription_find(aw__site *site, const char *actor_id, const char *peer_id, const char *id, int direction,
                          aw_subscription **ret_subscription, aw_error *err)
{
    struct search search = {.actor_id = actor_id, .peer_id = peer_id, .id = id, .direction = direction};
    int rc = aw__store_read(site->store, find_one, &search, err);

    if (rc == AW_OK)
        *ret_subscription = search.found;
    return rc;
}

static int find_all(aw_database *database, void *arg, aw_error *err)
{
    struct search *search = arg;
    const aw_subscription_list_params *filter = search->filter;

    return aw__subscriptions_list(database, search->actor_id, filter->peer_id, filter->target, filter->subtarget,
                                  filter->resource, search->direction, &search->all, &search->count, err);
}

int aw__subscription_find_all(aw__site *site, const char *actor_id, const aw_subscription_list_params *filter,
                              int direction, aw_subscription ***ret_subscriptions, size_t *ret_count, aw_error *err)
{
    static const aw_subscription_list_params every = {.size = sizeof(every)};
    struct search search = {.actor_id = actor_id, .filter = filter ? filter : &every, .direction = direction};
    int rc = aw__store_read(site->store, find_all, &search, err);

    if (rc)
        return rc;
    *ret_subscriptions = search.all;
    *ret_count = search.count;
    return AW_OK;
}

struct diffs {
    aw__arena *arena;
    const char *actor_id;
    const char *id;
    int64_t sequence;
    aw__diff_row *rows;
    size_t count;
    aw__diff_row row;
};

static int read_diffs(aw_database *database, void *arg, aw_error *err)
{
    struct diffs *diffs = arg;

    return aw__diffs_list(database, diffs->arena, diffs->actor_id, diffs->id, &diffs->rows, &diffs->count, err);
}

int aw__subscription_diffs(aw__site *site, aw__arena *arena, const char *actor_id, const char *id,
                           aw__diff_row **ret_rows, size_t *ret_count, aw_error *err)
{
    struct diffs diffs = {.arena = arena, .actor_id = actor_id, .id = id};
    int rc = aw__store_read(site->store, read_diffs, &diffs, err);

    if (rc)
        return rc;
    *ret_rows = diffs.rows;
    *ret_count = diffs.count;
    return AW_OK;
}

static int read_diff(aw_database *database, void *arg, aw_error *err)
{
    struct diffs *diffs = arg;

    return aw__diffs_get(database, diffs->arena, diffs->actor_id, diffs->id, diffs->sequence, &diffs->row, err);
}

int aw__subscription_diff(aw__site *site, aw__arena *arena, const char *actor_id, const char *id, int64_t sequence,
                          aw__diff_row *ret_row, aw_error *err)
{
    struct diffs diffs = {.arena = arena, .actor_id = actor_id, .id = id, .sequence = sequence};
    int rc = aw__store_read(site->store, read_diff, &diffs, err);

    if (rc == AW_OK)
        *ret_row = diffs.row;
    return rc;
}

struct due {
    aw__arena *arena;
    const char *actor_id;
    const char *peer_id;
    const char *id;
    int64_t sequence;
    aw__outbox_row row;
};

static int read_due(aw_database *database, void *arg, aw_error *err)
{
    struct due *due = arg;

    return aw__outbox_get(database, due->arena, due->actor_id, due->peer_id, due->id, due->sequence, &due->row, err);
}

int aw__subscription_due(aw__site *site, aw__arena *arena, const char *actor_id, const char *peer_id, const char *id,
                         int64_t sequence, aw__outbox_row *ret_row, aw_error *err)
{
    struct due due = {.arena = arena, .actor_id = actor_id, .peer_id = peer_id, .id = id, .sequence = sequence};
    int rc = aw__store_read(site->store, read_due, &due, err);

    if (rc == AW_OK)
        *ret_row = due.row;
    return rc;
}

/* ---- adding ---- */

/* Both directions need a trust, so that one that is being deleted at this moment leaves no subscription behind. */
static int insert(aw_database *database, void *arg, aw_error *err)
{
    const aw_subscription *subscription = arg;
    aw_trust *trust = NULL;
    int rc = aw__trusts_get(database, subscription->actor_id, subscription->peer_id, &trust, err);

    if (rc)
        return rc;
    aw_trust_free(trust);
    return aw__subscriptions_insert(database, subscription, err);
}

static int insert_inbound(aw_database *database, void *arg, aw_error *err)
{
    const aw_subscription *subscription = arg;
    int64_t count = 0;
    int rc = aw__subscriptions_count(database, subscription->actor_id, subscription->peer_id, &count, err);

    if (rc == AW_OK && count >= MAX_OF_ONE_PEER)
        rc = aw__fail(err, AW_E_DENIED, "this peer has %d subscriptions already", MAX_OF_ONE_PEER);
    return rc ? rc : insert(database, arg, err);
}

static int check_text(const char *name, const char *value, aw_error *err)
{
    size_t bytes = value ? strnlen(value, TEXT_MAX_BYTES + 1) : 0;

    if (bytes > TEXT_MAX_BYTES)
        return aw__fail(err, AW_E_INVALID, "%s is longer than %d bytes", name, TEXT_MAX_BYTES);
    if (bytes && !aw__text_utf8(value, bytes))
        return aw__fail(err, AW_E_INVALID, "%s is not UTF-8", name);
    return AW_OK;
}

static int check_granularity(const char *granularity, aw_error *err)
{
    if (!strcmp(granularity, "none") || !strcmp(granularity, "low") || !strcmp(granularity, "high"))
        return AW_OK;
    return aw__fail(err, AW_E_INVALID, "granularity must be \"none\", \"low\" or \"high\"");
}

static const char *or_empty(const char *text)
{
    return text ? text : "";
}

int aw__subscription_accept(aw__site *site, const char *actor_id, const char *peer_id, const char *target,
                            const char *subtarget, const char *resource, const char *granularity,
                            aw_subscription **ret_subscription, aw_error *err)
{
    char id[AW__ID_BYTES];
    aw_subscription made = {
        .actor_id = actor_id,
        .peer_id = peer_id,
        .id = id,
        .granularity = aw__text_empty(granularity) ? "none" : granularity,
        .target = target,
        .subtarget = or_empty(subtarget),
        .resource = or_empty(resource),
        .url = "",
    };

    if (aw__text_empty(target))
        return aw__fail(err, AW_E_INVALID, "target is required");
    if (!*made.subtarget && *made.resource)
        return aw__fail(err, AW_E_INVALID, "a resource needs its subtarget");
    int rc = check_text("target", target, err);

    if (rc == AW_OK)
        rc = check_text("subtarget", subtarget, err);
    if (rc == AW_OK)
        rc = check_text("resource", resource, err);
    if (rc == AW_OK)
        rc = check_granularity(made.granularity, err);
    if (rc)
        return rc;
    rc = aw__id_new_later(site->config.root, id);
    if (rc)
        return aw__fail(err, rc, "no subscription id could be made");
    aw_subscription *copy = aw_subscription_dup(&made);

    if (!copy)
        return aw__fail_nomem(err);
    rc = aw__store_write(site->store, insert_inbound, &made, err);
    if (rc) {
        aw_subscription_free(copy);
        return rc;
    }
    *ret_subscription = copy;
    return AW_OK;
}

int aw__subscription_add(aw__site *site, const aw_subscription *subscription, aw_error *err)
{
    aw_subscription row = *subscription;

    return aw__store_write(site->store, insert, &row, err);
}

struct holding {
    aw_subscription row;
    int64_t hold;
};

static int insert_held(aw_database *database, void *arg, aw_error *err)
{
    struct holding *holding = arg;
    const aw_subscription *row = &holding->row;
    int rc = insert(database, &holding->row, err);

    return rc ? rc : aw__inbox_hold(database, row->actor_id, row->peer_id, row->id, 0, &holding->hold, err);
}

int aw__subscription_add_held(aw__site *site, const aw_subscription *subscription, int64_t *ret_hold, aw_error *err)
{
    struct holding holding = {.row = *subscription};
    int rc = aw__store_write(site->store, insert_held, &holding, err);

    if (rc == AW_OK)
        *ret_hold = holding.hold;
    return rc;
}

/* ---- removing ---- */

struct removal {
    const char *actor_id;
    const char *peer_id;
    const char *id;
    int direction;
    bool and_data;
    bool existed;
};

static int wipe_when_last(aw_database *database, const struct removal *removal, aw_error *err)
{
    aw_subscription **left = NULL;
    size_t count = 0;
    int rc = aw__subscriptions_list(database, removal->actor_id, removal->peer_id, NULL, NULL, NULL, OUTBOUND, &left,
                                    &count, err);

    if (rc)
        return rc;
    aw_subscription_list_free(left, count);
    return count ? AW_OK : aw__remote_wipe(database, removal->actor_id, removal->peer_id, err);
}

static int remove_one(aw_database *database, void *arg, aw_error *err)
{
    struct removal *removal = arg;
    aw_subscription *found = NULL;
    aw_error why = {0};
    int rc;

    removal->existed = false;
    rc = aw__subscriptions_get(database, removal->actor_id, removal->peer_id, removal->id, removal->direction, &found,
                               &why);
    if (rc == AW_E_NOT_FOUND)
        return AW_OK;
    if (rc) {
        *err = why;
        return rc;
    }
    bool outbound = found->outbound;

    aw_subscription_free(found);
    rc = aw__subscriptions_delete(database, removal->actor_id, removal->peer_id, removal->id, &removal->existed, err);
    if (rc == AW_OK && outbound)
        rc = aw__callback_forget(database, removal->actor_id, removal->peer_id, removal->id, err);
    if (rc == AW_OK && outbound && removal->and_data)
        rc = wipe_when_last(database, removal, err);
    return rc;
}

int aw__subscription_remove(aw__site *site, const char *actor_id, const char *peer_id, const char *id, int direction,
                            bool and_data, bool *ret_existed, aw_error *err)
{
    struct removal removal = {
        .actor_id = actor_id, .peer_id = peer_id, .id = id, .direction = direction, .and_data = and_data};
    int rc = aw__store_write(site->store, remove_one, &removal, err);

    if (rc == AW_OK && ret_existed)
        *ret_existed = removal.existed;
    return rc;
}

/* ---- clearing ---- */

struct clearing {
    const char *actor_id;
    const char *peer_id;
    const char *id;
    int64_t sequence; /* 0: all */
};

/* What the subscriber has cleared need not be delivered any more. */
static int clear(aw_database *database, void *arg, aw_error *err)
{
    const struct clearing *clearing = arg;
    aw_subscription *found = NULL;
    int rc = aw__subscriptions_get(database, clearing->actor_id, clearing->peer_id, clearing->id, INBOUND, &found, err);

    if (rc)
        return rc;
    aw_subscription_free(found);
    rc = aw__diffs_clear(database, clearing->actor_id, clearing->id, clearing->sequence, err);
    return rc ? rc
              : aw__outbox_clear(database, clearing->actor_id, clearing->peer_id, clearing->id, clearing->sequence, err);
}

int aw__subscription_clear(aw__site *site, const char *actor_id, const char *peer_id, const char *id, int64_t sequence,
                           aw_error *err)
{
    struct clearing clearing = {.actor_id = actor_id, .peer_id = peer_id, .id = id, .sequence = sequence};

    if (sequence < 0)
        return aw__fail(err, AW_E_INVALID, "sequence is negative");
    return aw__store_write(site->store, clear, &clearing, err);
}
