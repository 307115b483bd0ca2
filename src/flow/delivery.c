/*
 * Delivery: opened and closed, and told of what is due by other threads, who only post to the loop. What happens there
 * is delivery_queue.c's.
 */
#include "flow/delivery.h"

#include <string.h>

#include "actor/diff.h"
#include "base/clock.h"
#include "base/error.h"
#include "flow/delivery_queue.h"
#include "flow/membership.h"
#include "flow/resync_watch.h"
#include "flow/takeover.h"

/* The first try after a failure comes early, since most are of one connection; five on end still take seconds. */
enum { BACKOFF_MS = 100, BACKOFF_MAX_MS = 300000, EXPIRY_MS = 24 * 3600 * 1000, BREAKER_OPEN_MS = 60000 };

/* ---- being told ---- */

/* Notices on their way to the loop, in one block with their texts. */
struct told {
    aw__post post;
    aw__site *site;
    size_t count;
    aw__notice items[];
};

/* What was stored for this process under an id that it has no more is nobody's, and will be taken. */
static void take_notice(aw__delivery *delivery, const aw__notice *notice)
{
    if (!notice->stored || notice->server == atomic_load(&delivery->site->server))
        aw__queue_add(delivery, notice->actor_id, notice->peer_id, notice->subscription_id, notice->sequence,
                      notice->stored);
}

static void take_notices(void *arg)
{
    struct told *told = arg;
    aw__delivery *delivery = told->site->delivery;

    if (delivery && !delivery->tally.closing) {
        for (size_t i = 0; i < told->count; i++)
            take_notice(delivery, &told->items[i]);
    }
    aw__free(told);
}

static size_t text_bytes(const aw__notice *notice)
{
    return strlen(notice->actor_id) + strlen(notice->peer_id) + strlen(notice->subscription_id) + 3;
}

static const char *copy_text(char **at, const char *text)
{
    size_t bytes = strlen(text) + 1;
    char *copy = memcpy(*at, text, bytes);

    *at += bytes;
    return copy;
}

/* When it is lost for want of memory: what was stored is in the outbox, all else has had its try. */
static void notify(aw__site *site, const aw__notice *notices, size_t count)
{
    aw__delivery *delivery = site->delivery;
    size_t bytes = 0;

    for (size_t i = 0; i < count; i++)
        bytes += text_bytes(&notices[i]);
    struct told *told = aw__malloc(sizeof(*told) + count * sizeof(*notices) + bytes);

    if (!told) {
        if (delivery)
            atomic_store(&delivery->missed, true);
        return;
    }
    char *at = (char *)&told->items[count];

    *told = (struct told){.site = site, .count = count};
    for (size_t i = 0; i < count; i++) {
        told->items[i] = notices[i];
        told->items[i].actor_id = copy_text(&at, notices[i].actor_id);
        told->items[i].peer_id = copy_text(&at, notices[i].peer_id);
        told->items[i].subscription_id = copy_text(&at, notices[i].subscription_id);
    }
    aw__runtime_post(site->runtime, &told->post, take_notices, told);
}

struct waking {
    aw__post post;
    aw__site *site;
    aw__key key;
};

static void take_waking(void *arg)
{
    struct waking *waking = arg;
    aw__delivery *delivery = waking->site->delivery;

    if (delivery && !delivery->tally.closing)
        aw__queue_wake(delivery, &waking->key);
    aw__free(waking);
}

void aw__delivery_wake(aw__site *site, const char *actor_id, const char *peer_id)
{
    aw__delivery *delivery = site->delivery;
    aw__key key;

    if (!delivery || !aw__key_make(&key, actor_id, peer_id, NULL) ||
        !atomic_load_explicit(&delivery->waiting[key.hash % AW__WAITING_SLOTS], memory_order_relaxed))
        return;
    struct waking *waking = aw__malloc(sizeof(*waking));

    if (!waking)
        return; /* it comes back by itself, only later */
    *waking = (struct waking){.site = site, .key = key};
    aw__runtime_post(site->runtime, &waking->post, take_waking, waking);
}

/* ---- opening and closing ---- */

static void stop(void *arg)
{
    aw__delivery *delivery = arg;

    aw__membership_stop(delivery->membership);
    aw__takeover_stop(delivery);
    aw__queues_stop(delivery);
}

static void release(void *arg)
{
    aw__delivery *delivery = arg;

    aw__membership_free(delivery->membership);
    aw__takeover_free(delivery);
    aw__table_free(&delivery->queues);
    aw__table_free(&delivery->peers);
    aw__free(delivery);
}

static void begin(void *arg)
{
    aw__delivery *delivery = arg;

    aw__membership_start(delivery->membership);
}

/* Whether notices were lost, or nobody knows whether a commit was made: then the outbox may have rows that were claimed
 * for this server, and that it was not told of. Under a new id they are nobody's, and are taken; also those whose commit
 * ends later. */
static bool take_missed(aw__delivery *delivery)
{
    uint64_t doubts = aw__store_doubts(delivery->site->store);
    bool missed = atomic_exchange(&delivery->missed, false) || doubts != delivery->doubts;

    delivery->doubts = doubts;
    return missed;
}

/* The watch over gaps is closed before the delivery is: then site->resyncs is NULL. */
static void on_beat(void *arg, const aw__membership_news *news)
{
    aw__delivery *delivery = arg;

    if (news->renewed)
        aw__queues_forget(delivery);
    if (news->orphaned)
        aw__takeover_start(delivery);
    if (news->widowed && delivery->site->resyncs)
        aw__resyncs_load(delivery->site->resyncs);
    if (news->resumed)
        aw__queues_resume(delivery);
    if (take_missed(delivery))
        aw__membership_renew(delivery->membership);
}

static int or_default(int value, int otherwise)
{
    return value > 0 ? value : otherwise;
}

static aw__delivery *make(aw__site *site)
{
    const aw__config *config = &site->config;
    aw__delivery *delivery = aw__calloc(1, sizeof(*delivery));

    if (!delivery)
        return NULL;
    delivery->site = site;
    delivery->durable = config->delivery == AW_DELIVERY_DURABLE;
    delivery->backoff_ms = or_default(config->delivery_backoff_ms, BACKOFF_MS);
    delivery->backoff_max_ms = or_default(config->delivery_backoff_max_ms, BACKOFF_MAX_MS);
    delivery->expiry_ms = or_default(config->delivery_expiry_ms, EXPIRY_MS);
    delivery->breaker_open_ms = or_default(config->breaker_open_ms, BREAKER_OPEN_MS);
    delivery->random = (uint64_t)aw__utc_us() | 1;
    delivery->doubts = aw__store_doubts(site->store);
    aw__list_init(&delivery->list);
    aw__list_init(&delivery->starved);
    aw__table_init(&delivery->peers);
    aw__table_init(&delivery->queues);
    aw__tally_init(&delivery->tally, site->runtime, stop, release, delivery);
    return delivery;
}

int aw__delivery_open(aw__site *site, aw_error *err)
{
    aw__delivery *delivery = make(site);
    int rc = delivery ? aw__takeover_new(delivery, err) : aw__fail_nomem(err);

    if (rc == AW_OK)
        rc = aw__membership_new(site, &delivery->tally, on_beat, delivery, &delivery->membership, err);
    if (rc == AW_OK)
        rc = aw__resyncs_open(site, &delivery->resyncs, err);
    if (rc) {
        aw__membership_leave(site);
        if (delivery)
            release(delivery);
        return rc;
    }
    site->delivery = delivery;
    site->notify = notify;
    aw__runtime_post(site->runtime, &delivery->begin, begin, delivery);
    return AW_OK;
}

void aw__delivery_close(aw__site *site)
{
    aw__delivery *delivery = site->delivery;

    if (!delivery)
        return;
    site->notify = NULL;
    aw__resyncs_close(delivery->resyncs);
    aw__tally_close(&delivery->tally);
    site->delivery = NULL;
    aw__membership_leave(site);
}
