/*
 * Peers of the delivery. What their queues do is delivery_queue.c's.
 */
#include "flow/delivery_peer.h"

#include <string.h>

#include "base/alloc.h"

void aw__delivery_peer_set_waiting(aw__delivery_peer *peer, bool waiting)
{
    atomic_uint *slot = &peer->delivery->waiting[peer->entry.hash % AW__WAITING_SLOTS];

    if (peer->waiting == waiting)
        return;
    peer->waiting = waiting;
    if (waiting)
        atomic_fetch_add_explicit(slot, 1, memory_order_relaxed);
    else
        atomic_fetch_sub_explicit(slot, 1, memory_order_relaxed);
}

aw__delivery_peer *aw__delivery_peer_get(aw__delivery *delivery, const char *actor_id, const char *peer_id)
{
    aw__key key;

    if (!aw__key_make(&key, actor_id, peer_id, NULL))
        return NULL;
    aw__delivery_peer *peer = (aw__delivery_peer *)aw__table_find(&delivery->peers, &key);

    if (peer)
        return peer;
    peer = aw__calloc(1, sizeof(*peer) + key.bytes);
    if (!peer)
        return NULL;
    memcpy(peer->text, key.text, key.bytes);
    peer->delivery = delivery;
    peer->actor_id = peer->text;
    peer->peer_id = peer->text + strlen(peer->text) + 1;
    aw__list_init(&peer->queues);
    aw__list_init(&peer->ready);
    aw__list_init(&peer->starved);
    aw__table_add(&delivery->peers, &peer->entry, &key, peer->text);
    return peer;
}

void aw__delivery_peer_release(aw__delivery_peer *peer)
{
    if (peer->pins || !aw__list_empty(&peer->queues))
        return;
    aw__delivery_peer_set_waiting(peer, false);
    aw__timer_stop(peer->delivery->site->runtime, &peer->timer);
    aw__list_remove(&peer->starved);
    aw__table_remove(&peer->delivery->peers, &peer->entry);
    aw__free(peer);
}
