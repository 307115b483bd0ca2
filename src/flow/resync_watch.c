/*
 * When a resync is started: the subscriptions of which a callback is missing, each with a timer, and the attempts to bring
 * them up to date. All of it is the loop's; what other threads say is posted there.
 *
 * Nothing has to survive a restart: what waits is in the store with the time when it came, and the next callback after a
 * gap starts the watch again.
 */
#include "flow/resync_watch.h"

#include <string.h>

#include "actor/callback.h"
#include "base/error.h"
#include "base/log.h"
#include "flow/resync.h"
#include "flow/table.h"
#include "flow/tally.h"

enum { TRIES_MAX = 12, DELAY_MAX_MS = 300000, SLACK_MS = 20 };

/* WAITING: the timer runs. LOOKING: a worker reads the inbox. FETCHING: a resync is under way. */
enum state { WAITING, LOOKING, FETCHING };

struct aw__resyncs {
    aw__tally tally; /* first */
    aw__post begin;
    aw__site *site;
    aw__table gaps;
    aw__link list; /* the same, to go through */
};

/* One subscription that is watched. */
struct gap {
    aw__entry entry; /* first */
    aw__link link;
    aw__resyncs *all;
    const char *actor_id;
    const char *peer_id;
    const char *subscription_id;
    enum state state;
    bool again; /* something came while it was LOOKING or FETCHING */
    int failures;
    aw_op op;
    aw__timer timer;
    aw__work work;
    int rc; /* of looking */
    int64_t oldest_ms;
    char text[];
};

static void look(struct gap *gap);
static void fetch(struct gap *gap);

static void drop(struct gap *gap)
{
    aw__timer_stop(gap->all->site->runtime, &gap->timer);
    aw__table_remove(&gap->all->gaps, &gap->entry);
    aw__list_remove(&gap->link);
    aw__free(gap);
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
    int64_t sequence;
    aw_error err = {0};

    gap->rc = aw__callback_state(gap->all->site, gap->actor_id, gap->peer_id, gap->subscription_id, &sequence,
                                 &gap->oldest_ms, &err);
}

static void on_read(void *arg)
{
    struct gap *gap = arg;
    aw__resyncs *all = gap->all;
    int64_t patience_ms = all->site->config.gap_timeout_ms;

    if (all->tally.closing || gap->rc == AW_E_NOT_FOUND)
        drop(gap);
    else if (gap->rc || (gap->oldest_ms < 0 && gap->again))
        wait(gap, patience_ms);
    else if (gap->oldest_ms < 0)
        drop(gap);
    else if (gap->oldest_ms < patience_ms)
        wait(gap, patience_ms - gap->oldest_ms);
    else
        fetch(gap);
    aw__tally_end(&all->tally);
}

static void look(struct gap *gap)
{
    gap->state = LOOKING;
    gap->again = false;
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
    if (all->tally.closing) {
        drop(gap);
    } else if (err) {
        on_failed(gap, err);
    } else {
        /* What came meanwhile may have left another gap. */
        gap->failures = 0;
        look(gap);
    }
    aw__tally_end(&all->tally);
}

static void fetch(struct gap *gap)
{
    aw__resyncs *all = gap->all;
    aw__flow *flow = NULL;
    aw_error err = {0};
    int rc = aw__resync_new(all->site, gap->actor_id, gap->peer_id, gap->subscription_id, &flow, &err);

    gap->state = FETCHING;
    aw__tally_begin(&all->tally);
    if (rc == AW_OK)
        rc = aw__flow_start(flow, on_fetched, NULL, gap, &gap->op, &err);
    if (rc) {
        on_failed(gap, &err);
        aw__tally_end(&all->tally);
    }
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
    struct gap *gap = aw__calloc(1, sizeof(*gap) + key->bytes);

    if (!gap)
        return NULL;
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
    if (gap && gap->state != WAITING) {
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
        return gap->state == WAITING;
    aw__tally_end(&all->tally);
    return true;
}

static void stop(void *arg)
{
    aw__resyncs *all = arg;

    all->site->resyncs = NULL;
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

    aw__table_free(&all->gaps);
    aw__free(all);
}

/* site->resyncs is the loop's alone: flows may still ask for a watch while it is being closed. */
static void begin(void *arg)
{
    aw__resyncs *all = arg;

    all->site->resyncs = all;
}

int aw__resyncs_open(aw__site *site, aw__resyncs **ret_resyncs, aw_error *err)
{
    aw__resyncs *all = aw__calloc(1, sizeof(*all));

    if (!all)
        return aw__fail_nomem(err);
    all->site = site;
    aw__table_init(&all->gaps);
    aw__list_init(&all->list);
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
