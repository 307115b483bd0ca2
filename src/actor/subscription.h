/*
 * Subscriptions as the store knows them, in both directions, with their diffs.
 */
#ifndef AW_ACTOR_SUBSCRIPTION_H
#define AW_ACTOR_SUBSCRIPTION_H

#include <jansson.h>

#include "actor/site.h"
#include "store/diffs.h"
#include "store/outbox.h"
#include "store/subscriptions.h"

int aw__subscription_find(aw__site *site, const char *actor_id, const char *peer_id, const char *id, int direction,
                          aw_subscription **ret_subscription, aw_error *err);
int aw__subscription_find_all(aw__site *site, const char *actor_id, const aw_subscription_list_params *filter,
                              int direction, aw_subscription ***ret_subscriptions, size_t *ret_count, aw_error *err);
/* A peer subscribes here: makes the id, stores, returns the row. Texts NULL or "" are unset; granularity NULL: "none".
 * AW_E_INVALID: no target, a resource without its subtarget, an unknown granularity; AW_E_NOT_FOUND: no trust with it;
 * AW_E_DENIED: it has 1000 of them. */
int aw__subscription_accept(aw__site *site, const char *actor_id, const char *peer_id, const char *target,
                            const char *subtarget, const char *resource, const char *granularity,
                            aw_subscription **ret_subscription, aw_error *err);
/* We subscribed at a peer. AW_E_EXISTS: it gave an id that it has given before; AW_E_NOT_FOUND: no trust with it. */
int aw__subscription_add(aw__site *site, const aw_subscription *subscription, aw_error *err);
/* The same, and its callbacks are held from the first (actor/callback.h): a baseline is about to be fetched. */
int aw__subscription_add_held(aw__site *site, const aw_subscription *subscription, int64_t *ret_hold, aw_error *err);
/* With its diffs, outbox rows and callback state; with `and_data`, what is kept of the peer goes too when it was the
 * last outbound one. direction -1: either. AW_OK when absent. */
int aw__subscription_remove(aw__site *site, const char *actor_id, const char *peer_id, const char *id, int direction,
                            bool and_data, bool *ret_existed, aw_error *err);

int aw__subscription_diffs(aw__site *site, aw__arena *arena, const char *actor_id, const char *id,
                           aw__diff_row **ret_rows, size_t *ret_count, aw_error *err);
int aw__subscription_diff(aw__site *site, aw__arena *arena, const char *actor_id, const char *id, int64_t sequence,
                          aw__diff_row *ret_row, aw_error *err);
/* What is still to be told with that sequence, as the outbox has it. AW_E_NOT_FOUND. */
int aw__subscription_due(aw__site *site, aw__arena *arena, const char *actor_id, const char *peer_id, const char *id,
                         int64_t sequence, aw__outbox_row *ret_row, aw_error *err);
/* The subscriber has what came up to sequence, that one included; 0: all. It is not delivered any more. */
int aw__subscription_clear(aw__site *site, const char *actor_id, const char *peer_id, const char *id, int64_t sequence,
                           aw_error *err);

#endif
