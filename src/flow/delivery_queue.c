/*
 * The queues of the delivery: which there are, and what is due in them. Where that comes from is delivery.c's, sending
 * it delivery_send.c's, and what the outbox holds of it settling.c's: the next callback does not wait for the disk.
 */
#include "flow/delivery_queue.h"

#include <string.h>

#include "base/clock.h"
#include "flow/queue.h"
#include "flow/takeover.h"

enum {
    GATHER_MS = 2,     /* transactions that commit together tell of it in any order */
    NOTHING_KNOWN = -1 /* before whatever is due, the outbox may have something */
};

static void on_settled(void *arg, const aw__ranges *left);

static aw_runtime *runtime_of(const aw__delivery_peer *peer)
{
    return peer->delivery->site->runtime;
}

/* ---- queues ---- */

static aw__queue *find_queue(aw__delivery *delivery, const char *actor_id, const char *peer_id,
                             const char *subscription_id)
{
    aw__key key;

    if (!aw__key_make(&key, actor_id, peer_id, subscription_id))
        return NULL;
    aw__queue *queue = (aw__queue *)aw__table_find(&delivery->queues, &key);

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
    queue->settling = (aw__settling){.site = delivery->site,
                                     .tally = &delivery->tally,
                                     .queue = {peer->actor_id, peer->peer_id, queue->subscription_id},
                                     .over = on_settled,
                                     .arg = queue};
    aw__list_init(&queue->ready);
    aw__list_append(&peer->queues, &queue->of_peer);
    aw__list_append(&delivery->list, &queue->link);
    aw__table_add(&delivery->queues, &queue->entry, &key, queue->text);
    return queue;
}

static void free_queue(aw__queue *queue)
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

void aw__queue_retire(aw__queue *queue)
{
    if (aw__settling_idle(&queue->settling)) {
        free_queue(queue);
        return;
    }
    aw__timer_stop(runtime_of(queue->peer), &queue->timer);
    aw__list_remove(&queue->ready);
    queue->state = AW__QUEUE_IDLE;
}

/* The outbox may have something that nobody has told of here. */
void aw__queue_finish(aw__queue *queue)
{
    if (queue->stored)
        aw__settling_start(&queue->settling, true);
    aw__queue_retire(queue);
}

static void make_ready(aw__queue *queue)
{
    queue->state = AW__QUEUE_READY;
    aw__list_append(&queue->peer->ready, &queue->ready);
}

/* There is something to be sent now, or the outbox may have some. */
static void rouse(aw__queue *queue)
{
    if (aw__ranges_empty(&queue->due)) {
        aw__queue_finish(queue);
        return;
    }
    make_ready(queue);
    aw__queues_pump(queue->peer);
}

static void on_timer(void *arg)
{
    rouse(arg);
}

void aw__queue_back_off(aw__queue *queue, uint64_t delay_ms)
{
    queue->state = AW__QUEUE_BACKING_OFF;
    aw__timer_start(runtime_of(queue->peer), &queue->timer, delay_ms, on_timer, queue);
}

/* Goes on with what is due next, but not before the peer wants to hear of it: what comes until then waits here. */
static void go_on(aw__queue *queue)
{
    uint64_t now_ms = aw__now_ms();

    queue->current = 0;
    if (queue->peer->delivery->tally.closing) {
        aw__settling_start(&queue->settling, false);
        aw__queue_retire(queue);
    } else if (queue->quiet_until_ms > now_ms) {
        aw__settling_start(&queue->settling, false);
        queue->asked = true;
        aw__queue_back_off(queue, queue->quiet_until_ms - now_ms);
    } else if (aw__ranges_empty(&queue->due)) {
        aw__queue_finish(queue);
    } else {
        aw__settling_start(&queue->settling, false);
        rouse(queue);
    }
}

void aw__queue_settle(aw__queue *queue)
{
    queue->failures = queue->unknown = 0;
    if (queue->stored && !aw__settling_add(&queue->settling, queue->current))
        queue->state = AW__QUEUE_SETTLING;
    else
        go_on(queue);
}

/* ---- what the outbox has besides ---- */

static void add_listed(aw__queue *queue, int64_t sequence)
{
    if (sequence != queue->current && !aw__settling_has(&queue->settling, sequence))
        aw__ranges_add(&queue->due, sequence);
    if (sequence > queue->listed)
        queue->listed = sequence;
    if (sequence > queue->known)
        queue->known = sequence;
}

static void take_left(aw__queue *queue, const aw__ranges *left)
{
    for (int i = 0; i < left->count; i++)
        for (int64_t sequence = left->range[i].low; sequence <= left->range[i].high; sequence++)
            add_listed(queue, sequence);
}

static int64_t next_due(const aw__queue *queue)
{
    return queue->due.range[0].low;
}

/* Sequences follow one another, and so do the transactions that store them: what is missing before this one may have
 * been stored by another server. */
static bool misses_some(const aw__queue *queue)
{
    return queue->peer->delivery->durable && queue->known && next_due(queue) > queue->known + 1;
}

bool aw__queue_looks(aw__queue *queue)
{
    if (!misses_some(queue))
        return false;
    queue->state = AW__QUEUE_LOOKING;
    aw__settling_start(&queue->settling, true);
    return true;
}

static void on_settled(void *arg, const aw__ranges *left)
{
    aw__queue *queue = arg;
    bool closing = queue->peer->delivery->tally.closing;

    if (left && queue->ours && !closing)
        take_left(queue, left);
    if (queue->state == AW__QUEUE_SETTLING) {
        aw__queue_settle(queue);
    } else if (queue->state == AW__QUEUE_LOOKING && left) {
        if (next_due(queue) > queue->known)
            queue->known = next_due(queue); /* there is nothing before it */
        rouse(queue);
    } else if (queue->state == AW__QUEUE_IDLE && (closing || aw__ranges_empty(&queue->due))) {
        aw__queue_retire(queue);
    } else if (queue->state == AW__QUEUE_IDLE) {
        rouse(queue);
    }
}

/* ---- for delivery.c ---- */

void aw__queue_add(aw__delivery *delivery, const char *actor_id, const char *peer_id, const char *subscription_id,
                   int64_t sequence, bool stored)
{
    aw__queue *queue = find_queue(delivery, actor_id, peer_id, subscription_id);

    if (!queue) {
        atomic_store(&delivery->missed, true);
        return;
    }
    queue->stored = queue->stored || stored;
    queue->ours = queue->ours || stored;
    if (stored && !queue->known && aw__takeover_busy(delivery))
        queue->known = NOTHING_KNOWN; /* what comes before it may be among what is taken just now */
    if (sequence != queue->current && sequence > queue->listed && !aw__settling_has(&queue->settling, sequence))
        aw__ranges_add(&queue->due, sequence);
    if (queue->state != AW__QUEUE_IDLE)
        return;
    queue->state = AW__QUEUE_GATHERING;
    aw__timer_start(runtime_of(queue->peer), &queue->timer, GATHER_MS, on_timer, queue);
}

void aw__queue_take(aw__delivery *delivery, const aw__outbox_queue *key, const aw__outbox_due *due, size_t count)
{
    aw__queue *queue = find_queue(delivery, key->actor_id, key->peer_id, key->subscription_id);

    if (!queue) {
        atomic_store(&delivery->missed, true);
        return;
    }
    queue->stored = queue->ours = true;
    for (size_t i = 0; i < count; i++)
        add_listed(queue, due[i].sequence);
    /* What has been told of since, and may be under way, can be far behind what was taken. */
    queue->known = count ? due[count - 1].sequence : NOTHING_KNOWN;
    if (queue->state == AW__QUEUE_IDLE)
        rouse(queue);
}

/* The next try comes at once, but not before the first delay has passed: a peer may ask much and still fail here. */
static void hasten(aw__queue *queue)
{
    uint64_t now_ms = aw__now_ms();
    uint64_t soonest_ms = queue->failed_at_ms + (uint64_t)queue->peer->delivery->backoff_ms;

    if (queue->state == AW__QUEUE_BACKING_OFF && !queue->asked && queue->timer.due_ms > soonest_ms)
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
        hasten(AW__ITEM(link, aw__queue, of_peer));
    aw__queues_pump(peer);
}

void aw__queues_resume(aw__delivery *delivery)
{
    for (aw__link *link = delivery->list.next, *next; link != &delivery->list; link = next) {
        next = link->next;
        aw__queues_pump(AW__ITEM(link, aw__queue, link)->peer);
    }
}

void aw__queues_forget(aw__delivery *delivery)
{
    for (aw__link *link = delivery->list.next, *next; link != &delivery->list; link = next) {
        aw__queue *queue = AW__ITEM(link, aw__queue, link);

        next = link->next;
        if (!queue->stored)
            continue;
        queue->due = (aw__ranges){0};
        queue->known = queue->listed = 0;
        queue->ours = false;
        if (queue->state != AW__QUEUE_SENDING && queue->state != AW__QUEUE_SETTLING)
            aw__queue_retire(queue);
    }
}

void aw__queues_stop(aw__delivery *delivery)
{
    for (aw__link *link = delivery->list.next, *next; link != &delivery->list; link = next) {
        aw__queue *queue = AW__ITEM(link, aw__queue, link);

        next = link->next;
        aw__settling_stop(&queue->settling);
        if (queue->state == AW__QUEUE_SENDING)
            aw_op_cancel(runtime_of(queue->peer), queue->op);
        else if (queue->state != AW__QUEUE_SETTLING || aw__settling_idle(&queue->settling))
            aw__queue_retire(queue);
    }
}
