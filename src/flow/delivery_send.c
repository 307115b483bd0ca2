/*
 * Sending what is ready, and what follows from how it ended: the next one, another try, or none. One callback of a
 * queue is under way at a time; over all peers there may be so many.
 */
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "flow/callback_send.h"
#include "flow/membership.h"
#include "flow/peer_capabilities.h"
#include "flow/queue.h"

enum {
    SENDING_MAX = 4096,   /* over all peers */
    PER_PEER_MAX = 32,    /* a dead peer with many subscriptions must not take all of it */
    UNKNOWN_TRIES = 3,    /* a subscriber may store its side a little after ours */
    LOCAL_TRIES = 3,      /* of "once": what failed here was no try */
    ASK_EVERY_MS = 60000, /* what a peer can do, while it does not answer that */
    ASK_FOR_MS = 15000,
    TOO_MANY_REQUESTS = 429,
    UNAVAILABLE = 503
};

static aw_runtime *runtime_of(const aw__delivery_peer *peer)
{
    return peer->delivery->site->runtime;
}

/* ---- after a failure ---- */

static uint64_t next_random(aw__delivery *delivery)
{
    delivery->random ^= delivery->random << 13;
    delivery->random ^= delivery->random >> 7;
    delivery->random ^= delivery->random << 17;
    return delivery->random;
}

static void back_off(aw__queue *queue, const aw_error *err)
{
    aw__delivery *delivery = queue->peer->delivery;

    if (delivery->tally.closing) {
        aw__queue_retire(queue);
        return;
    }
    if (queue->ours || !queue->stored)
        aw__ranges_add(&queue->due, queue->current);
    queue->current = 0;
    if (aw__ranges_empty(&queue->due)) {
        aw__queue_finish(queue);
        return;
    }
    queue->failures++;
    queue->failed_at_ms = aw__now_ms();
    queue->asked = err->retry_after_ms > 0;
    uint64_t delay_ms = aw__backoff_ms(queue->failures, delivery->backoff_ms, delivery->backoff_max_ms,
                                       err->retry_after_ms, next_random(delivery));

    aw__log(AW_LOG_DEBUG, "callback to %s is tried again in %llu ms: %s", queue->peer->peer_id,
            (unsigned long long)delay_ms, err->message);
    aw__queue_back_off(queue, delay_ms);
    aw__delivery_peer_set_waiting(queue->peer, true);
}

static void give_up(aw__queue *queue, const aw_error *err)
{
    aw__log(AW_LOG_INFO, "callback %lld of %s to %s is given up, its diff stays: %s", (long long)queue->current,
            queue->subscription_id, queue->peer->peer_id, err->message);
    aw__queue_settle(queue);
}

/* 429 spares the subscription, 503 the whole peer (the specification, "Callback Back-Pressure"). */
static void be_patient(aw__queue *queue, const aw_error *err)
{
    int asked_ms = err->retry_after_ms < AW__ASKED_MAX_MS ? err->retry_after_ms : AW__ASKED_MAX_MS;

    if (asked_ms <= 0)
        return;
    queue->quiet_until_ms = aw__now_ms() + (uint64_t)asked_ms;
    if (err->http_status == UNAVAILABLE)
        queue->peer->quiet_until_ms = queue->quiet_until_ms;
}

static void on_unreachable(aw__queue *queue, const aw__flow *flow, const aw_error *err)
{
    aw__delivery_peer *peer = queue->peer;
    aw__delivery *delivery = peer->delivery;

    /* One that asks for patience is alive. */
    if (err->http_status == TOO_MANY_REQUESTS)
        aw__breaker_undecided(&peer->breaker, queue->probe);
    else
        aw__breaker_fail(&peer->breaker, queue->probe, aw__now_ms(), delivery->breaker_open_ms);
    queue->unknown = 0;
    be_patient(queue, err);
    if (delivery->durable && aw__callback_send_age_ms(flow) < delivery->expiry_ms)
        back_off(queue, err);
    else
        give_up(queue, err);
}

static void on_fate(aw__queue *queue, const aw__flow *flow, const aw_error *err)
{
    aw__breaker *breaker = &queue->peer->breaker;
    bool durable = queue->peer->delivery->durable;

    switch (aw__callback_send_fate(flow, err)) {
    case AW__FATE_ACCEPTED:
        aw__breaker_succeed(breaker);
        aw__queue_settle(queue);
        break;
    case AW__FATE_RETRIABLE:
        on_unreachable(queue, flow, err);
        break;
    case AW__FATE_UNKNOWN:
        aw__breaker_succeed(breaker);
        if (durable && queue->unknown++ < UNKNOWN_TRIES)
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
        aw__queues_pump(AW__ITEM(aw__list_pop(&delivery->starved), aw__delivery_peer, starved));
}

/* It is not waited for: whatever is learned serves the callbacks to come. One that says nothing is not asked again
 * soon. */
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
    aw__queue *queue = ud;
    aw__delivery_peer *peer = queue->peer;
    aw__delivery *delivery = peer->delivery;

    peer->pins++;
    peer->sending--;
    delivery->sending--;
    if (!err && aw__callback_send_missed_capabilities(flow))
        ask_capabilities(peer);
    on_fate(queue, flow, err);
    aw__queues_pump(peer);
    peer->pins--;
    aw__delivery_peer_release(peer);
    feed_starved(delivery);
    aw__tally_end(&delivery->tally);
}

static int start_flow(aw__queue *queue, aw_error *err)
{
    aw__delivery_peer *peer = queue->peer;
    aw__flow *flow = NULL;
    int rc = aw__callback_send_new(peer->delivery->site, peer->actor_id,
                                   AW_WITH(subscription_callback, .peer_id = peer->peer_id,
                                           .subscription_id = queue->subscription_id, .sequence = queue->current),
                                   &flow, err);

    return rc ? rc : aw__flow_start(flow, on_sent, NULL, queue, &queue->op, err);
}

static void send(aw__queue *queue)
{
    aw__delivery_peer *peer = queue->peer;
    aw__delivery *delivery = peer->delivery;
    aw_error err = {0};

    queue->current = aw__ranges_take(&queue->due);
    if (queue->current > queue->known)
        queue->known = queue->current;
    queue->state = AW__QUEUE_SENDING;
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
    aw__queues_pump(arg);
}

/* Without a beat of its own a server may have been taken for dead. "once" has little to lose. */
static bool may_send(const aw__delivery *delivery)
{
    return !delivery->tally.closing && (!delivery->durable || aw__membership_holds(delivery->membership));
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

void aw__queues_pump(aw__delivery_peer *peer)
{
    aw__delivery *delivery = peer->delivery;

    peer->pins++;
    while (!aw__list_empty(&peer->ready) && peer->sending < PER_PEER_MAX && may_send(delivery)) {
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
        aw__queue *queue = AW__ITEM(aw__list_pop(&peer->ready), aw__queue, ready);

        if (!aw__queue_looks(queue))
            send(queue);
    }
    peer->pins--;
    aw__delivery_peer_release(peer);
}
