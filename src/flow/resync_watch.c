/*
 * When a resync is started: the subscriptions of which a callback is missing, each with a timer, and the attempts to
 * bring them up to date. All of it is the loop's; what other threads say is posted there.
 *
 * What waits is in the store with the time when it came, so that after a restart the gaps are found there again.
 *
 *   waiting -> looking -> (queued ->) fetching -> waiting, for a rest -> looking ... until nothing is missing
 *
 * No more than so many are fetched at once, and none without a rest since the last time: publishers say what is
 * fetched.
 */
#include "flow/resync_watch.h"

#include <string.h>

#include "actor/callback.h"
#include "base/error.h"
#include "base/log.h"
#include "flow/resync.h"
#include "flow/resync_load.h"
#include "flow/table.h"
#include "flow/tally.h"

enum {
    TRIES_MAX = 12,
    DELAY_MAX_MS = 300000,
    SLACK_MS = 20,
    HELD_MAX_MS = 65000,    /* a little more than a resync may take: one that has a baseline fetched for longer is dead */
    FETCHING_MAX = 32, /* over all peers */
    GAPS_MAX = 16384   /* beyond it they stay in the store until there is room */
};

/* WAITING: the timer runs. LOOKING: a worker reads the inbox. QUEUED: too many others fetch. FETCHING: a resync is
 * under way. */
enum state { WAITING, LOOKING, QUEUED, FETCHING };

struct aw__resyncs {
    aw__tally tally; /* first */
    aw__post begin;
    aw__site *site;
    aw__table gaps;
    aw__link list;   /* the same, to go through */
    aw__link queued; /* gaps that are */
    int fetching;
    bool missed; /* there was no room for some */
    aw__resync_load load;
};

/* One subscription that is watched. */
struct gap {
    aw__entry entry; /* first */
    aw__link link;
    aw__link queued;
    aw__resyncs *all;
    const char *actor_id;
    const char *peer_id;
    const char *subscription_id;
    enum state state;
    bool again; /* something came while it was not simply WAITING */
    bool rests; /* it was fetched a moment ago */
    bool found; /* in the store, at the start or when another server has died: whoever fetched then has not ended it */
    int failures;
    aw_op op;
    aw__timer timer;
    aw__work work;
    int rc; /* of looking */
    aw__callback_standing standing;
    char text[];
};

static void look(struct gap *gap);
static void fetch(struct gap *gap);
static void fetch_queued(aw__resyncs *all);

static void drop(struct gap *gap)
{
    aw__resyncs *all = gap->all;

    aw__timer_stop(all->site->runtime, &gap->timer);
    aw__table_remove(&all->gaps, &gap->entry);
    aw__list_remove(&gap->queued);
    aw__list_remove(&gap->link);
    aw__free(gap);
    if (all->gaps.count < GAPS_MAX / 2 && (all->missed || all->load.paused)) {
        all->missed = false;
        aw__resync_load_start(&all->load);
    }
}

static void on_timer(void *arg)
{
    look(arg);
}

static void wait(struct gap *gap, int64_t delay_ms)
{
    gap->state = WAITING;
    aw__timer_start(gap->all->site->runtime, &gap->timer, (uint64_t)(delay_ms > 0 ? delay_ms : 0) + SLACK_MS, on_timer,
                    gap);
}

/* ---- looking ---- */

static void read_inbox(void *arg)
{
    struct gap *gap = arg;
    aw_error err = {0};

    gap->rc = aw__callback_state(gap->all->site, gap->actor_id, gap->peer_id, gap->subscription_id, &gap->standing,
                                 &err);
}

static void on_read(void *arg)
{
    struct gap *gap = arg;
    aw__resyncs *all = gap->all;
    int64_t patience_ms = all->site->config.gap_timeout_ms, oldest_ms = gap->standing.oldest_pending_ms;
    int64_t held_ms = gap->found ? -1 : gap->standing.held_ms;

    if (all->tally.closing || gap->rc == AW_E_NOT_FOUND)
        drop(gap);
    else if (gap->rc || (held_ms >= 0 && held_ms < HELD_MAX_MS)) /* two that fetch would have each other's baseline dropped */
        wait(gap, patience_ms);
    else if (gap->standing.needs_baseline || oldest_ms >= patience_ms)
        fetch(gap);
    else if (oldest_ms >= 0)
        wait(gap, patience_ms - oldest_ms);
    else if (gap->again)
        wait(gap, patience_ms);
    else
        drop(gap);
    aw__tally_end(&all->tally);
}

static void look(struct gap *gap)
{
    gap->state = LOOKING;
    gap->again = false;
    gap->rests = false;
    aw__tally_begin(&gap->all->tally);
    aw__worker_queue(gap->all->site->runtime, &gap->work, read_inbox, on_read, gap);
}

/* ---- fetching ---- */

static int64_t delay_after(const struct gap *gap, const aw_error *err)
{
    int64_t delay_ms = (int64_t)gap->all->site->config.gap_timeout_ms << (gap->failures < 20 ? gap->failures : 20);

    if (delay_ms < err->retry_after_ms)
        delay_ms = err->retry_after_ms;
    return delay_ms < DELAY_MAX_MS ? delay_ms : DELAY_MAX_MS;
}

static void on_failed(struct gap *gap, const aw_error *err)
{
    gap->failures++;
    aw__log(AW_LOG_INFO, "resync of %s with %s failed: %s", gap->actor_id, gap->peer_id, err->message);
    if ((err->retriable || err->code == AW_E_STORE) && gap->failures < TRIES_MAX)
        wait(gap, delay_after(gap, err));
    else
        drop(gap);
}

static void on_fetched(aw__flow *flow, const aw_error *err, void *ud)
{
    struct gap *gap = ud;
    aw__resyncs *all = gap->all;

    (void)flow;
    all->fetching--;
    if (all->tally.closing) {
        drop(gap);
    } else if (err) {
        on_failed(gap, err);
    } else {
        /* What came meanwhile may have left another gap: that is looked at after a rest. */
        gap->failures = 0;
        gap->rests = true;
        wait(gap, all->site->config.gap_timeout_ms);
    }
    fetch_queued(all);
    aw__tally_end(&all->tally);
}

static void fetch_now(struct gap *gap)
{
    aw__resyncs *all = gap->all;
    aw__flow *flow = NULL;
    aw_error err = {0};
    int rc = aw__resync_new(all->site, gap->actor_id, gap->peer_id, gap->subscription_id, gap->found ? 0 : HELD_MAX_MS, &flow,
                            &err);

    gap->state = FETCHING;
    gap->found = false;
    if (rc == AW_OK)
        rc = aw__flow_start(flow, on_fetched, NULL, gap, &gap->op, &err);
    if (rc) {
        on_failed(gap, &err);
        return;
    }
    all->fetching++;
    aw__tally_begin(&all->tally);
}

static void fetch_queued(aw__resyncs *all)
{
    while (all->fetching < FETCHING_MAX && !aw__list_empty(&all->queued) && !all->tally.closing)
        fetch_now(AW__ITEM(aw__list_pop(&all->queued), struct gap, queued));
}

static void fetch(struct gap *gap)
{
    gap->state = QUEUED;
    aw__list_append(&gap->all->queued, &gap->queued);
    fetch_queued(gap->all);
}

/* ---- being told ---- */

struct request {
    aw__post post;
    aw__site *site;
    bool now;
    aw__key key;
};

static struct gap *add_gap(aw__resyncs *all, const aw__key *key)
{
    struct gap *gap = all->gaps.count < GAPS_MAX ? aw__calloc(1, sizeof(*gap) + key->bytes) : NULL;

    if (!gap) {
        all->missed = true;
        return NULL;
    }
    aw__list_init(&gap->queued);
    memcpy(gap->text, key->text, key->bytes);
    gap->all = all;
    gap->actor_id = gap->text;
    gap->peer_id = gap->actor_id + strlen(gap->actor_id) + 1;
    gap->subscription_id = gap->peer_id + strlen(gap->peer_id) + 1;
    aw__table_add(&all->gaps, &gap->entry, key, gap->text);
    aw__list_append(&all->list, &gap->link);
    return gap;
}

static void on_request(void *arg)
{
    struct request *request = arg;
    aw__resyncs *all = request->site->resyncs;
    struct gap *gap = all ? (struct gap *)aw__table_find(&all->gaps, &request->key) : NULL;

    if (!all || all->tally.closing)
        goto done;
    if (gap && (gap->state != WAITING || gap->rests)) {
        gap->again = true;
        goto done;
    }
    if (!gap) {
        gap = add_gap(all, &request->key);
        if (gap && !request->now)
            wait(gap, all->site->config.gap_timeout_ms);
    }
    /* After a failure the next attempt has its time, however many callbacks come. */
    if (gap && request->now && !gap->failures) {
        aw__timer_stop(all->site->runtime, &gap->timer);
        fetch(gap);
    }
done:
    aw__free(request);
}

/* A gap that was stored. The next callback may close it, so it has its time again. */
static bool take_stored(void *arg, const char *actor_id, const char *peer_id, const char *subscription_id)
{
    aw__resyncs *all = arg;
    aw__key key;

    if (!aw__key_make(&key, actor_id, peer_id, subscription_id))
        return true;
    struct gap *gap = (struct gap *)aw__table_find(&all->gaps, &key);

    if (!gap && all->gaps.count >= GAPS_MAX)
        return false;
    if (!gap) {
        gap = add_gap(all, &key);
        if (gap)
            wait(gap, all->site->config.gap_timeout_ms);
    }
    if (gap && gap->state != FETCHING)
        gap->found = true;
    return true;
}

static void tell(aw__site *site, const char *actor_id, const char *peer_id, const char *subscription_id, bool now)
{
    struct request *request = aw__calloc(1, sizeof(*request));

    if (!request)
        return;
    request->site = site;
    request->now = now;
    if (aw__key_make(&request->key, actor_id, peer_id, subscription_id))
        aw__runtime_post(site->runtime, &request->post, on_request, request);
    else
        aw__free(request);
}

void aw__resync_watch(aw__site *site, const char *actor_id, const char *peer_id, const char *subscription_id)
{
    tell(site, actor_id, peer_id, subscription_id, false);
}

void aw__resync_start(aw__site *site, const char *actor_id, const char *peer_id, const char *subscription_id)
{
    tell(site, actor_id, peer_id, subscription_id, true);
}

/* ---- opening and closing ---- */

/* True when the gap is idle now. Those that wait for a worker or a flow drop themselves when it ends. */
static bool stop_gap(struct gap *gap)
{
    aw__resyncs *all = gap->all;

    if (gap->state == FETCHING)
        aw_op_cancel(all->site->runtime, gap->op);
    if (gap->state != LOOKING || !aw__worker_withdraw(all->site->runtime, &gap->work))
        return gap->state == WAITING || gap->state == QUEUED;
    aw__tally_end(&all->tally);
    return true;
}

static void stop(void *arg)
{
    aw__resyncs *all = arg;

    all->site->resyncs = NULL;
    aw__resync_load_stop(&all->load);
    for (aw__link *link = all->list.next, *next; link != &all->list; link = next) {
        struct gap *gap = AW__ITEM(link, struct gap, link);

        next = link->next;
        if (stop_gap(gap))
            drop(gap);
    }
}

static void release(void *arg)
{
    aw__resyncs *all = arg;

    aw__resync_load_free(&all->load);
    aw__table_free(&all->gaps);
    aw__free(all);
}

/* site->resyncs is the loop's alone: flows may still ask for a watch while it is being closed. */
static void begin(void *arg)
{
    aw__resyncs *all = arg;

    all->site->resyncs = all;
    if (all->site->config.subscription_processing)
        aw__resync_load_start(&all->load);
}

void aw__resyncs_load(aw__resyncs *all)
{
    if (all->site->config.subscription_processing && !all->tally.closing)
        aw__resync_load_again(&all->load);
}

int aw__resyncs_open(aw__site *site, aw__resyncs **ret_resyncs, aw_error *err)
{
    aw__resyncs *all = aw__calloc(1, sizeof(*all));

    if (!all)
        return aw__fail_nomem(err);
    all->site = site;
    aw__table_init(&all->gaps);
    aw__list_init(&all->list);
    aw__list_init(&all->queued);
    all->load = (aw__resync_load){.site = site, .tally = &all->tally, .take = take_stored, .arg = all};
    aw__tally_init(&all->tally, site->runtime, stop, release, all);
    aw__runtime_post(site->runtime, &all->begin, begin, all);
    *ret_resyncs = all;
    return AW_OK;
}

void aw__resyncs_close(aw__resyncs *resyncs)
{
    if (resyncs)
        aw__tally_close(&resyncs->tally);
}
