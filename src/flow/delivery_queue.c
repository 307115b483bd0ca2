/*
 * The queues of the delivery. Where what is due comes from is delivery.c's.
 *
 *   gathering -> ready -> sending -> ready ... until nothing is due
 *                  ^        |
 *                  +- backing off
 *
 * Rows of the outbox are deleted behind the callbacks that are done with, many at once while the store is busy: the next
 * callback does not wait for the disk. Only when they are too far behind does it (settling).
 */
#include "flow/delivery_queue.h"

#include <string.h>

#include "actor/diff.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "flow/callback_send.h"
#include "flow/delivery_peer.h"
#include "flow/peer_capabilities.h"
#include "flow/ranges.h"
#include "store/diffs.h"
#include "store/outbox.h"

enum {
    SENDING_MAX = 4096,    /* over all peers */
    PER_PEER_MAX = 32,     /* a dead peer with many subscriptions must not take all of it */
    GATHER_MS = 2,         /* transactions that commit together tell of it in any order */
    UNKNOWN_TRIES = 3,     /* a subscriber may store its side a little after ours */
    LOCAL_TRIES = 3,       /* of "once": what failed here was no try */
    BEHIND_MAX = 64,       /* rows that may still be there for callbacks that are done with */
    ASK_EVERY_MS = 60000,  /* what a peer can do, while it does not answer that */
    ASK_FOR_MS = 15000,
    TOO_MANY_REQUESTS = 429,
    UNAVAILABLE = 503
};

enum state { IDLE, GATHERING, READY, SENDING, SETTLING, BACKING_OFF };

struct queue {
    aw__entry entry; /* first */
    aw__link link;   /* in delivery->list */
    aw__delivery_peer *peer;
    aw__link of_peer;
    aw__link ready;
    const char *subscription_id;
    enum state state;
    aw__ranges due;
    int64_t current; /* under way; 0: none */
    bool stored;
    bool probe;
    int failures;   /* of the one that is due first */
    bool asked;     /* the peer itself said how long to wait */
    uint64_t failed_at_ms;
    uint64_t quiet_until_ms; /* how long the peer asked to be spared */
    aw_op op;
    aw__timer timer;
    struct {
        int64_t low, high; /* sequences that follow one another; low 0: none */
    } deleting, done;      /* by a worker now; and those that come next */
    aw__work work;
    char text[];
};

static void pump(aw__delivery_peer *peer);

static aw_runtime *runtime_of(const aw__delivery_peer *peer)
{
    return peer->delivery->site->runtime;
}

/* ---- queues ---- */

static struct queue *find_queue(aw__delivery *delivery, const char *actor_id, const char *peer_id,
                                const char *subscription_id)
{
    aw__key key;

    if (!aw__key_make(&key, actor_id, peer_id, subscription_id))
        return NULL;
    struct queue *queue = (struct queue *)aw__table_find(&delivery->queues, &key);

    if (queue)
        return queue;
    aw__delivery_peer *peer = aw__delivery_peer_get(delivery, actor_id, peer_id);

    queue = peer ? aw__calloc(1, sizeof(*queue) + key.bytes) : NULL;
    if (!queue) {
        if (peer)
            aw__delivery_peer_release(peer);
        return NULL;
    }
    memcpy(queue->text, key.text, key.bytes);
    queue->peer = peer;
    queue->subscription_id = queue->text + (key.bytes - strlen(subscription_id) - 1);
    queue->stored = delivery->durable;
    aw__list_init(&queue->ready);
    aw__list_append(&peer->queues, &queue->of_peer);
    aw__list_append(&delivery->list, &queue->link);
    aw__table_add(&delivery->queues, &queue->entry, &key, queue->text);
    return queue;
}

static void free_queue(struct queue *queue)
{
    aw__delivery_peer *peer = queue->peer;

    aw__timer_stop(runtime_of(peer), &queue->timer);
    aw__list_remove(&queue->ready);
    aw__list_remove(&queue->of_peer);
    aw__list_remove(&queue->link);
    aw__table_remove(&peer->delivery->queues, &queue->entry);
    aw__free(queue);
    aw__delivery_peer_release(peer);
}

/* Nothing more is to be sent; what is still being deleted frees it. */
static void retire(struct queue *queue)
{
    if (!queue->deleting.low) {
        free_queue(queue);
        return;
    }
    aw__timer_stop(runtime_of(queue->peer), &queue->timer);
    aw__list_remove(&queue->ready);
    aw__list_init(&queue->ready);
    queue->state = IDLE;
}

static void make_ready(struct queue *queue)
{
    queue->state = READY;
    aw__list_append(&queue->peer->ready, &queue->ready);
}

static void on_timer(void *arg)
{
    struct queue *queue = arg;

    if (aw__ranges_empty(&queue->due)) {
        retire(queue);
        return;
    }
    make_ready(queue);
    pump(queue->peer);
}

/* Goes on with what is due next, but not before the peer wants to hear of it: what comes until then waits here. */
static void go_on(struct queue *queue)
{
    aw__delivery_peer *peer = queue->peer;
    uint64_t now_ms = aw__now_ms();

    queue->current = 0;
    if (queue->quiet_until_ms > now_ms && !peer->delivery->tally.closing) {
        queue->state = BACKING_OFF;
        queue->asked = true;
        aw__timer_start(runtime_of(peer), &queue->timer, queue->quiet_until_ms - now_ms, on_timer, queue);
        return;
    }
    if (peer->delivery->tally.closing || aw__ranges_empty(&queue->due)) {
        retire(queue);
        return;
    }
    make_ready(queue);
    pump(peer);
}

/* ---- settling: it is done with, however it ended ---- */

static int delete_rows(aw_database *database, void *arg, aw_error *err)
{
    const struct queue *queue = arg;
    int rc = AW_OK;

    for (int64_t sequence = queue->deleting.low; rc == AW_OK && sequence <= queue->deleting.high; sequence++) {
        rc = aw__outbox_delete(database, queue->peer->actor_id, queue->peer->peer_id, queue->subscription_id, sequence,
                               err);
        if (rc == AW_OK && sequence > AW__KEPT_DIFFS)
            rc = aw__diffs_delete(database, queue->peer->actor_id, queue->subscription_id, sequence - AW__KEPT_DIFFS,
                                  err);
    }
    return rc;
}

/* Rows that stay are sent once more after the next start, and dropped by their receiver. */
static void run_deleting(void *arg)
{
    const struct queue *queue = arg;
    aw_error err = {0};

    if (aw__store_write(queue->peer->delivery->site->store, delete_rows, arg, &err))
        aw__log(AW_LOG_WARNING, "callbacks stay in the outbox: %s", err.message);
}

static void on_deleted(void *arg);

/* The rows of what is done with, unless some are being deleted: then when those have been. */
static void delete_done(struct queue *queue)
{
    if (queue->deleting.low || !queue->done.low)
        return;
    queue->deleting.low = queue->done.low;
    queue->deleting.high = queue->done.high;
    queue->done.low = queue->done.high = 0;
    aw__tally_begin(&queue->peer->delivery->tally);
    aw__worker_queue(runtime_of(queue->peer), &queue->work, run_deleting, on_deleted, queue);
}

/* False: they do not follow one another, or are too many. */
static bool add_done(struct queue *queue, int64_t sequence)
{
    if (queue->done.low && (sequence != queue->done.high + 1 || sequence - queue->done.low >= BEHIND_MAX))
        return false;
    if (!queue->done.low)
        queue->done.low = sequence;
    queue->done.high = sequence;
    return true;
}

static void settle(struct queue *queue)
{
    queue->failures = 0;
    if (queue->stored && !add_done(queue, queue->current)) {
        queue->state = SETTLING;
        return;
    }
    delete_done(queue);
    go_on(queue);
}

static void on_deleted(void *arg)
{
    struct queue *queue = arg;
    aw__tally *tally = &queue->peer->delivery->tally;

    queue->deleting.low = queue->deleting.high = 0;
    delete_done(queue);
    if (queue->state == SETTLING)
        settle(queue);
    else if (queue->state == IDLE)
        retire(queue);
    aw__tally_end(tally);
}

/* ---- after a failure ---- */

static uint64_t next_random(aw__delivery *delivery)
{
    delivery->random ^= delivery->random << 13;
    delivery->random ^= delivery->random >> 7;
    delivery->random ^= delivery->random << 17;
    return delivery->random;
}

static void back_off(struct queue *queue, const aw_error *err)
{
    aw__delivery *delivery = queue->peer->delivery;

    if (delivery->tally.closing) {
        retire(queue);
        return;
    }
    aw__ranges_add(&queue->due, queue->current);
    queue->current = 0;
    queue->failures++;
    queue->failed_at_ms = aw__now_ms();
    queue->asked = err->retry_after_ms > 0;
    queue->state = BACKING_OFF;
    uint64_t delay_ms = aw__backoff_ms(queue->failures, delivery->backoff_ms, delivery->backoff_max_ms,
                                       err->retry_after_ms, next_random(delivery));

    aw__log(AW_LOG_DEBUG, "callback to %s is tried again in %llu ms: %s", queue->peer->peer_id,
            (unsigned long long)delay_ms, err->message);
    aw__timer_start(runtime_of(queue->peer), &queue->timer, delay_ms, on_timer, queue);
    aw__delivery_peer_set_waiting(queue->peer, true);
}

static void give_up(struct queue *queue, const aw_error *err)
{
    aw__log(AW_LOG_INFO, "callback %lld of %s to %s is given up, its diff stays: %s", (long long)queue->current,
            queue->subscription_id, queue->peer->peer_id, err->message);
    settle(queue);
}

/* 429 spares the subscription, 503 the whole peer (the specification, "Callback Back-Pressure"). */
static void be_patient(struct queue *queue, const aw_error *err)
{
    int asked_ms = err->retry_after_ms < AW__ASKED_MAX_MS ? err->retry_after_ms : AW__ASKED_MAX_MS;

    if (asked_ms <= 0)
        return;
    queue->quiet_until_ms = aw__now_ms() + (uint64_t)asked_ms;
    if (err->http_status == UNAVAILABLE)
        queue->peer->quiet_until_ms = queue->quiet_until_ms;
}

static void on_unreachable(struct queue *queue, const aw__flow *flow, const aw_error *err)
{
    aw__delivery_peer *peer = queue->peer;
    aw__delivery *delivery = peer->delivery;

    /* One that asks for patience is alive. */
    if (err->http_status == TOO_MANY_REQUESTS)
        aw__breaker_undecided(&peer->breaker, queue->probe);
    else
        aw__breaker_fail(&peer->breaker, queue->probe, aw__now_ms(), delivery->breaker_open_ms);
    be_patient(queue, err);
    if (delivery->durable && aw__callback_send_age_ms(flow) < delivery->expiry_ms)
        back_off(queue, err);
    else
        give_up(queue, err);
}

static void on_fate(struct queue *queue, const aw__flow *flow, const aw_error *err)
{
    aw__breaker *breaker = &queue->peer->breaker;
    bool durable = queue->peer->delivery->durable;

    switch (aw__callback_send_fate(flow, err)) {
    case AW__FATE_ACCEPTED:
        aw__breaker_succeed(breaker);
        settle(queue);
        break;
    case AW__FATE_RETRIABLE:
        on_unreachable(queue, flow, err);
        break;
    case AW__FATE_UNKNOWN:
        aw__breaker_succeed(breaker);
        if (durable && queue->failures < UNKNOWN_TRIES)
            back_off(queue, err);
        else
            give_up(queue, err);
        break;
    case AW__FATE_LOCAL:
        aw__breaker_undecided(breaker, queue->probe);
        if (durable || queue->failures < LOCAL_TRIES)
            back_off(queue, err);
        else
            give_up(queue, err);
        break;
    case AW__FATE_ENDED:
        queue->due = (aw__ranges){0}; /* their rows went with it */
        /* fall through */
    case AW__FATE_OVER:
        if (err->http_status)
            aw__breaker_succeed(breaker);
        else
            aw__breaker_undecided(breaker, queue->probe);
        give_up(queue, err);
        break;
    }
}

/* ---- sending ---- */

static void feed_starved(aw__delivery *delivery)
{
    while (delivery->sending < SENDING_MAX && !aw__list_empty(&delivery->starved))
        pump(AW__ITEM(aw__list_pop(&delivery->starved), aw__delivery_peer, starved));
}

/* It is not waited for: whatever is learned serves the callbacks to come. One that says nothing is not asked again soon. */
static void ask_capabilities(aw__delivery_peer *peer)
{
    aw__delivery *delivery = peer->delivery;
    uint64_t *asked_ms = &delivery->asked_ms[peer->entry.hash % AW__WAITING_SLOTS], now_ms = aw__now_ms();
    aw__flow *flow = NULL;

    if (delivery->tally.closing || (*asked_ms && now_ms - *asked_ms < ASK_EVERY_MS))
        return;
    *asked_ms = now_ms;
    if (aw__peer_capabilities_new(delivery->site, peer->actor_id,
                                  AW_WITH(peer_get_capabilities, .peer_id = peer->peer_id, .timeout_ms = ASK_FOR_MS),
                                  &flow, NULL) == AW_OK)
        aw__flow_start(flow, NULL, NULL, NULL, NULL, NULL);
}

static void on_sent(aw__flow *flow, const aw_error *err, void *ud)
{
    struct queue *queue = ud;
    aw__delivery_peer *peer = queue->peer;
    aw__delivery *delivery = peer->delivery;

    peer->pins++;
    peer->sending--;
    delivery->sending--;
    if (!err && aw__callback_send_missed_capabilities(flow))
        ask_capabilities(peer);
    on_fate(queue, flow, err);
    pump(peer);
    peer->pins--;
    aw__delivery_peer_release(peer);
    feed_starved(delivery);
    aw__tally_end(&delivery->tally);
}

static int start_flow(struct queue *queue, aw_error *err)
{
    aw__delivery_peer *peer = queue->peer;
    aw__flow *flow = NULL;
    int rc = aw__callback_send_new(peer->delivery->site, peer->actor_id,
                                   AW_WITH(subscription_callback, .peer_id = peer->peer_id,
                                           .subscription_id = queue->subscription_id, .sequence = queue->current),
                                   &flow, err);

    return rc ? rc : aw__flow_start(flow, on_sent, NULL, queue, &queue->op, err);
}

static void send(struct queue *queue)
{
    aw__delivery_peer *peer = queue->peer;
    aw__delivery *delivery = peer->delivery;
    aw_error err = {0};

    queue->current = aw__ranges_take(&queue->due);
    queue->state = SENDING;
    queue->probe = aw__breaker_try(&peer->breaker);
    if (start_flow(queue, &err)) {
        aw__breaker_undecided(&peer->breaker, queue->probe);
        back_off(queue, &err);
        return;
    }
    peer->sending++;
    delivery->sending++;
    aw__tally_begin(&delivery->tally);
}

static void on_probe_allowed(void *arg)
{
    pump(arg);
}

/* Whether nothing may be sent to the peer now, and for how long (0: until something that is under way has ended). */
static bool must_wait(const aw__delivery_peer *peer, uint64_t *ret_wait_ms)
{
    uint64_t now_ms = aw__now_ms();

    if (peer->quiet_until_ms > now_ms)
        *ret_wait_ms = peer->quiet_until_ms - now_ms;
    else if (!aw__breaker_allows(&peer->breaker, now_ms))
        *ret_wait_ms = aw__breaker_wait_ms(&peer->breaker, now_ms);
    else
        return false;
    return true;
}

/* Sends what is ready, as far as it may now. */
static void pump(aw__delivery_peer *peer)
{
    aw__delivery *delivery = peer->delivery;

    peer->pins++;
    while (!aw__list_empty(&peer->ready) && !delivery->tally.closing && peer->sending < PER_PEER_MAX) {
        uint64_t wait_ms;

        if (must_wait(peer, &wait_ms)) {
            if (wait_ms)
                aw__timer_start(runtime_of(peer), &peer->timer, wait_ms, on_probe_allowed, peer);
            aw__delivery_peer_set_waiting(peer, true);
            break;
        }
        if (delivery->sending >= SENDING_MAX) {
            aw__list_remove(&peer->starved);
            aw__list_append(&delivery->starved, &peer->starved);
            break;
        }
        send(AW__ITEM(aw__list_pop(&peer->ready), struct queue, ready));
    }
    peer->pins--;
    aw__delivery_peer_release(peer);
}

/* ---- for delivery.c ---- */

void aw__queue_add(aw__delivery *delivery, const char *actor_id, const char *peer_id, const char *subscription_id,
                   int64_t sequence, bool stored, bool fresh)
{
    struct queue *queue = find_queue(delivery, actor_id, peer_id, subscription_id);

    if (!queue) {
        atomic_store(&delivery->missed, true);
        return;
    }
    queue->stored = queue->stored || stored;
    if (sequence != queue->current)
        aw__ranges_add(&queue->due, sequence);
    if (queue->state != IDLE)
        return;
    if (fresh) {
        queue->state = GATHERING;
        aw__timer_start(runtime_of(queue->peer), &queue->timer, GATHER_MS, on_timer, queue);
    } else {
        make_ready(queue);
        pump(queue->peer);
    }
}

/* The next try comes at once, but not before the first delay has passed: a peer may ask much and still fail here. */
static void hasten(struct queue *queue)
{
    uint64_t now_ms = aw__now_ms();
    uint64_t soonest_ms = queue->failed_at_ms + (uint64_t)queue->peer->delivery->backoff_ms;

    if (queue->state == BACKING_OFF && !queue->asked && queue->timer.due_ms > soonest_ms)
        aw__timer_start(runtime_of(queue->peer), &queue->timer, soonest_ms > now_ms ? soonest_ms - now_ms : 0, on_timer,
                        queue);
}

void aw__queue_wake(aw__delivery *delivery, const aw__key *key)
{
    aw__delivery_peer *peer = (aw__delivery_peer *)aw__table_find(&delivery->peers, key);

    if (!peer || !peer->waiting)
        return;
    aw__delivery_peer_set_waiting(peer, false);
    aw__breaker_succeed(&peer->breaker);
    aw__timer_stop(runtime_of(peer), &peer->timer);
    for (aw__link *link = peer->queues.next; link != &peer->queues; link = link->next)
        hasten(AW__ITEM(link, struct queue, of_peer));
    pump(peer);
}

void aw__queues_stop(aw__delivery *delivery)
{
    for (aw__link *link = delivery->list.next, *next; link != &delivery->list; link = next) {
        struct queue *queue = AW__ITEM(link, struct queue, link);

        next = link->next;
        if (queue->state == SENDING)
            aw_op_cancel(runtime_of(queue->peer), queue->op);
        else if (queue->state != SETTLING)
            retire(queue);
    }
}
