/*
 * The table subscriptions, and the aw_subscription object that its rows become. callback true = outbound: this actor
 * subscribes at the peer (WIRE 7).
 */
#ifndef AW_STORE_SUBSCRIPTIONS_H
#define AW_STORE_SUBSCRIPTIONS_H

#include <actingweb/subscription.h>
#include <actingweb/sys/database.h>

struct aw_subscription {
    const char *actor_id;
    const char *peer_id;
    const char *id;
    const char *granularity;
    const char *target;
    const char *subtarget; /* "" when unset */
    const char *resource;  /* "" when unset */
    const char *url;       /* at the peer; not stored */
    int64_t sequence;
    bool outbound;
};

int aw__subscriptions_insert(aw_database *database, const aw_subscription *subscription, aw_error *err);
/* direction: 1 outbound, 0 inbound, -1 either. */
int aw__subscriptions_get(aw_database *database, const char *actor_id, const char *peer_id, const char *id,
                          int direction, aw_subscription **ret_subscription, aw_error *err);
/* NULL is any, "" is unset. Freed with aw_subscription_list_free(). Ordered by peer and id. */
int aw__subscriptions_list(aw_database *database, const char *actor_id, const char *peer_id, const char *target,
                           const char *subtarget, const char *resource, int direction,
                           aw_subscription ***ret_subscriptions, size_t *ret_count, aw_error *err);
/* The inbound ones of all actors behind this one (NULL: from the first), at most limit; by actor, peer and id. None whose
 * key is not made of these: no lookup finds it. */
int aw__subscriptions_list_inbound(aw_database *database, const aw_subscription *after, int limit,
                                   aw_subscription ***ret_subscriptions, size_t *ret_count, aw_error *err);
/* How many inbound ones a peer has. */
int aw__subscriptions_count(aw_database *database, const char *actor_id, const char *peer_id, int64_t *ret_count,
                            aw_error *err);
int aw__subscriptions_set_sequence(aw_database *database, const char *actor_id, const char *peer_id, const char *id,
                                   int64_t sequence, aw_error *err);
/* The row with its diffs and outbox rows. AW_OK when absent; aw__changes() does not tell, *ret_existed does. */
int aw__subscriptions_delete(aw_database *database, const char *actor_id, const char *peer_id, const char *id,
                             bool *ret_existed, aw_error *err);
int aw__subscriptions_delete_of_peer(aw_database *database, const char *actor_id, const char *peer_id, aw_error *err);

#endif
