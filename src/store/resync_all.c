/*
 * Telling all subscribers to fetch anew. What they do then, and what becomes due when one place is resumed, are in
 * flow/resync.c and actor/suspension.c.
 */
#include "store/resync_all.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "store/diffs.h"
#include "store/outbox.h"
#include "store/outbox_queues.h"
#include "store/subscriptions.h"
#include "store/suspensions.h"

enum { PAGE = 20, TRIES = 3, SKIPPED = 1000000, US_PER_S = 1000000 };

/* Numbers go on from the seconds since 2026-01-01, so that the same copy can be put back again, and a million later, for
 * peers that do not fetch what a resync tells them to. The column is of 32 bits. */
#define EPOCH_S INT64_C(1767225600)

struct page {
    const aw_subscription *after; /* the last one of the page before; NULL: this is the first */
    aw_subscription **subscriptions;
    size_t count;
    int64_t told;
};

static void clear(struct page *page)
{
    aw_subscription_list_free(page->subscriptions, page->count);
    page->subscriptions = NULL;
    page->count = 0;
    page->told = 0;
}

/* ---- one subscription ---- */

/* One that peers cannot have seen; the largest that there is stays. */
static int64_t next_number(int64_t sequence)
{
    int64_t now_s = aw__utc_us() / US_PER_S - EPOCH_S;
    int64_t next = (sequence > now_s ? sequence : now_s) + SKIPPED;

    if (next > INT32_MAX)
        next = sequence < INT32_MAX ? sequence + 1 : INT32_MAX;
    return next;
}

static int make_due(aw_database *database, const aw_subscription *subscription, int64_t sequence, aw_error *err)
{
    aw__outbox_queue queue = {subscription->actor_id, subscription->peer_id, subscription->id};
    aw__outbox_row row = {
        .actor_id = subscription->actor_id,
        .peer_id = subscription->peer_id,
        .subscription_id = subscription->id,
        .sequence = sequence,
        .created_at_ms = aw__utc_us() / 1000,
        .kind = AW__OUTBOX_RESYNC,
    };
    bool ours;
    int rc = aw__outbox_clear(database, queue.actor_id, queue.peer_id, queue.subscription_id, 0, err);

    if (rc == AW_OK)
        rc = aw__outbox_insert(database, &row, err);
    return rc ? rc : aw__outbox_queues_claim(database, &queue, "", &ours, err);
}

/* Who polls is not called back; and where a place is suspended, the end of that tells its subscribers. */
static int is_to_be_told(aw_database *database, const aw_subscription *subscription, bool *ret_told, aw_error *err)
{
    aw__arena *arena = aw__arena_new();
    aw__suspension *all = NULL;
    size_t count = 0;
    int rc = arena ? aw__suspensions_list(database, arena, subscription->actor_id, &all, &count, err) : aw__fail_nomem(err);

    if (rc == AW_OK)
        *ret_told = strcmp(subscription->granularity, "none") != 0 &&
                    !aw__suspensions_hold(all, count, subscription->target, subscription->subtarget);
    aw__arena_free(arena);
    return rc;
}

static int resync(aw_database *database, const aw_subscription *subscription, int64_t *told, aw_error *err)
{
    const char *actor_id = subscription->actor_id, *peer_id = subscription->peer_id, *id = subscription->id;
    int64_t last = 0;
    bool to_be_told = false;
    int rc = aw__diffs_last(database, actor_id, id, &last, err);

    if (rc)
        return rc;

    int64_t sequence = next_number(last > subscription->sequence ? last : subscription->sequence);

    rc = aw__diffs_clear(database, actor_id, id, 0, err); /* what they tell of comes with all the rest */
    if (rc == AW_OK)
        rc = aw__subscriptions_set_sequence(database, actor_id, peer_id, id, sequence, err);
    if (rc == AW_OK)
        rc = is_to_be_told(database, subscription, &to_be_told, err);
    if (rc || !to_be_told)
        return rc;
    ++*told;
    return make_due(database, subscription, sequence, err);
}

/* ---- pages ---- */

static int resync_page(aw_database *database, void *arg, aw_error *err)
{
    struct page *page = arg;

    clear(page);
    int rc = aw__subscriptions_list_inbound(database, page->after, PAGE, &page->subscriptions, &page->count, err);

    for (size_t i = 0; rc == AW_OK && i < page->count; i++)
        rc = resync(database, page->subscriptions[i], &page->told, err);
    return rc;
}

static int write_page(aw__store *store, struct page *page, aw_error *err)
{
    aw_error why = {0};
    int rc = AW_E_STORE;

    for (int tries = 0; rc && tries < TRIES && (!tries || why.retriable); tries++) {
        why = (aw_error){0};
        rc = aw__store_write(store, resync_page, page, &why);
    }
    if (rc && err)
        *err = why;
    return rc;
}

int aw__resync_all(aw__store *store, aw_store_progress_cb *progress, void *ud, int64_t *ret_told, aw_error *err)
{
    struct page before = {.after = NULL}, page = {.after = NULL};
    int64_t seen = 0, told = 0;
    int rc;

    do {
        rc = write_page(store, &page, err);
        seen += (int64_t)page.count;
        told += page.told;
        if (rc == AW_OK && progress && !progress("subscriptions", seen, 0, ud))
            rc = aw__fail(err, AW_E_CANCELED, "ended before all was done");
        clear(&before);
        before = page;
        page = (struct page){.after = before.count ? before.subscriptions[before.count - 1] : NULL};
    } while (rc == AW_OK && before.count);
    clear(&before);
    if (rc == AW_OK)
        *ret_told = told;
    return rc;
}
