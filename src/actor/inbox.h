/*
 * The inbox of one outbound subscription, inside a transaction: how far its callbacks have been applied, and those that
 * wait. What to do with the next one is callback.c's.
 */
#ifndef AW_ACTOR_INBOX_H
#define AW_ACTOR_INBOX_H

#include <jansson.h>

#include "base/alloc.h"
#include "model/sequence.h"
#include "store/subscriptions.h"

typedef struct aw__inbox {
    aw_database *database;
    aw__arena *arena;
    aw_subscription *subscription; /* its sequence is that of the last callback applied */
    bool held;                     /* a baseline is being fetched */
    bool out_of_step;              /* what is kept may not be what the peer has: a baseline has to come */
    int64_t hold;                  /* the latest hold's number */
    json_t *pending;               /* {"sequence","data","whole",...} each, by sequence */
    int64_t *sequences;            /* of pending */
    size_t count;
    int64_t oldest_ms; /* how long the oldest of them has waited; -1 when there is none */
} aw__inbox;

/* AW_E_NOT_FOUND: no such outbound subscription. To be closed in any case. */
int aw__inbox_open(aw__inbox *inbox, aw_database *database, const char *actor_id, const char *peer_id,
                   const char *subscription_id, aw_error *err);
void aw__inbox_close(aw__inbox *inbox);

/* For the model. */
aw__sequence_state aw__inbox_state(const aw__inbox *inbox);

/* Lets a callback wait. whole: see aw__callback. *ret_fits is false when all that waits would become too large; then
 * nothing is stored. NULL: nothing is stored at all, it is for what follows only. */
int aw__inbox_add(aw__inbox *inbox, int64_t sequence, json_t *data, bool whole, bool *ret_fits, aw_error *err);

/* Applies one callback's data to what is kept of the peer; sets out_of_step when that cannot be all. */
int aw__inbox_apply(aw__inbox *inbox, json_t *data, bool whole, aw_error *err);

/* Applies those that wait and come after `from` up to `to`, drops all up to `to`; that is then the last one applied. */
int aw__inbox_advance(aw__inbox *inbox, int64_t from, int64_t to, aw_error *err);

/* Whether some came before the hold and are newer than `sequence`, the publisher's own word of how far it was after
 * that: it counted otherwise when it sent them, and nothing will ever come between. */
bool aw__inbox_has_impossible(const aw__inbox *inbox, int64_t sequence);
int aw__inbox_drop_impossible(aw__inbox *inbox, int64_t sequence, aw_error *err);

/* Begins a hold (actor/callback.h), whose number is *ret_hold; 0 when another one is younger than min_ms. Opens and
 * closes the inbox by itself. */
int aw__inbox_hold(aw_database *database, const char *actor_id, const char *peer_id, const char *subscription_id,
                   int64_t min_ms, int64_t *ret_hold, aw_error *err);
/* How long the hold has lasted; -1 when there is none. */
int64_t aw__inbox_held_ms(const aw__inbox *inbox);
/* Stores held and out_of_step as they are now. */
int aw__inbox_save_state(const aw__inbox *inbox, aw_error *err);

/* What is stored beside the subscription itself goes. */
int aw__inbox_forget(aw_database *database, const char *actor_id, const char *peer_id, const char *subscription_id,
                     aw_error *err);

#endif
