/*
 * One subscription's next sequence: its diff, and what makes it due. Which changes concern it is diff.c's.
 */
#include <string.h>

#include "actor/diff.h"
#include "actor/permission.h"
#include "actor/visible.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "store/diffs.h"
#include "store/outbox_queues.h"
#include "store/subscriptions.h"
#include "store/trusts.h"

enum { INBOUND = 0 };

/* Those that are still to be delivered, of one subscription. A subscriber that is further behind misses some, and takes
 * a baseline. */
enum { UNDELIVERED_DIFFS = 10000 };

/* *ret_ours is false when another server delivers it. */
static int insert_outbox(aw_database *database, const aw_subscription *subscription, const aw__telling *telling,
                         uint64_t server, bool *ret_ours, aw_error *err)
{
    aw__outbox_queue queue = {subscription->actor_id, subscription->peer_id, subscription->id};
    char owner[AW__SERVER_ID_BYTES];
    aw__outbox_row row = {
        .actor_id = subscription->actor_id,
        .peer_id = subscription->peer_id,
        .subscription_id = subscription->id,
        .sequence = subscription->sequence,
        .created_at_ms = aw__utc_us() / 1000,
        .kind = telling->kind,
        .subtarget = telling->subtarget,
    };

    int rc = aw__outbox_insert(database, &row, err);

    aw__server_id(server, owner);
    return rc ? rc : aw__outbox_queues_claim(database, &queue, owner, ret_ours, err);
}

/* The Python library, where it has the same database, counts a subscription back when others write meanwhile: then
 * there are diffs beyond its sequence, and what comes next follows them. */
static int pass_last(aw_database *database, aw_subscription *subscription, aw_error *err)
{
    int64_t last = 0;
    int rc = aw__diffs_last(database, subscription->actor_id, subscription->id, &last, err);

    if (rc == AW_OK && subscription->sequence <= last)
        subscription->sequence = last + 1;
    return rc;
}

static int insert_diff(aw_database *database, aw_subscription *subscription, const char *text, aw_error *err)
{
    char now[AW__TIMESTAMP_BYTES];
    aw__diff_row row = {.sequence = subscription->sequence, .timestamp = now, .data = text};
    aw_error why = {0};

    aw__timestamp_space(aw__utc_us(), now);
    int rc = aw__diffs_insert(database, subscription->actor_id, subscription->id, &row, &why);

    if (rc == AW_OK)
        return rc;
    if (rc != AW_E_EXISTS) {
        *err = why;
        return rc;
    }
    rc = pass_last(database, subscription, err);
    row.sequence = subscription->sequence;
    return rc ? rc : aw__diffs_insert(database, subscription->actor_id, subscription->id, &row, err);
}

int aw__diff_store(const aw__site *site, aw_database *database, aw_subscription *subscription, const aw__telling *telling,
                   aw__notices *notices, aw_error *err)
{
    bool durable = site->config.delivery == AW_DELIVERY_DURABLE;
    bool calls_back = strcmp(subscription->granularity, "none") != 0, told = notices && calls_back;
    bool stored = told && (durable || telling->kind != AW__OUTBOX_DIFF), ours = true;
    uint64_t server = atomic_load(&site->server);
    /* Also behind a diff that is not told: others may wait still. */
    int64_t kept = calls_back && durable ? UNDELIVERED_DIFFS : AW__KEPT_DIFFS;

    subscription->sequence++;
    int rc = telling->text ? insert_diff(database, subscription, telling->text, err)
                           : pass_last(database, subscription, err);
    int64_t sequence = subscription->sequence;

    /* One row goes for each that comes: they follow one another. */
    if (rc == AW_OK && sequence > kept)
        rc = aw__diffs_delete(database, subscription->actor_id, subscription->id, sequence - kept, err);
    if (rc == AW_OK)
        rc = aw__subscriptions_set_sequence(database, subscription->actor_id, subscription->peer_id, subscription->id,
                                            sequence, err);
    if (rc == AW_OK && stored)
        rc = insert_outbox(database, subscription, telling, server, &ours, err);
    return rc || !told || !ours ? rc : aw__notices_add(notices, subscription, stored, server, err);
}

int aw__diff_append(const aw__site *site, aw_database *database, const char *actor_id, const char *peer_id,
                    const char *subscription_id, json_t *data, aw__notices *notices, int64_t *ret_sequence,
                    aw_error *err)
{
    aw_subscription *subscription = NULL;
    aw_trust *trust = NULL;
    const aw__permissions *permissions = NULL;
    aw__arena *arena = aw__arena_new();
    json_t *part = NULL;
    char *text = NULL;
    int rc = arena ? aw__subscriptions_get(database, actor_id, peer_id, subscription_id, INBOUND, &subscription, err)
                   : aw__fail_nomem(err);

    if (rc == AW_OK)
        rc = aw__trusts_get(database, actor_id, peer_id, &trust, err);
    if (rc == AW_OK)
        rc = aw__permission_find(site, database, arena, trust, &permissions, err);
    if (rc == AW_OK)
        rc = aw__visible_part(trust, permissions, subscription, data, &part, err);
    if (rc)
        goto done;
    if (!part) {
        rc = aw__fail(err, AW_E_DENIED, "the peer may not read any of this data");
        goto done;
    }
    text = aw__json_text(part);
    rc = text ? aw__diff_store(site, database, subscription, &(aw__telling){.text = text}, notices, err)
              : aw__fail_nomem(err);
    if (rc == AW_OK && ret_sequence)
        *ret_sequence = subscription->sequence;
done:
    aw__free(text);
    json_decref(part);
    aw__arena_free(arena);
    aw_trust_free(trust);
    aw_subscription_free(subscription);
    return rc;
}
