/*
 * Callbacks received: order, duplicates, gaps and limits, and what becomes of their data (WIRE 8). The state of a
 * subscription is in bucket _callback_state, as the reference keeps it: "state:{peer}:{sub}", "pending:{peer}:{sub}".
 */
#ifndef AW_ACTOR_CALLBACK_H
#define AW_ACTOR_CALLBACK_H

#include <jansson.h>

#include "actor/site.h"

typedef enum aw__callback_outcome {
    AW__CALLBACK_APPLIED,   /* and its queued successors with it; without processing: accepted, and nothing kept */
    AW__CALLBACK_DUPLICATE, /* dropped */
    AW__CALLBACK_QUEUED,    /* waits for the missing ones */
    AW__CALLBACK_RESYNC,    /* fetch the baseline: a gap was waited for too long, the peer asks for it, or this one was
                             * applied and is not enough */
    AW__CALLBACK_FULL       /* refused: too much is queued */
} aw__callback_outcome;

/* A callback with its data present (low granularity: fetched already by a flow). */
typedef struct aw__callback {
    const char *actor_id;
    const char *peer_id;
    const char *subscription_id;
    int64_t sequence;
    json_t *data;
    bool whole;  /* each value in data is the whole new value; otherwise it may be a part that changed */
    bool resync; /* type "resync" */
} aw__callback;

/* One transaction: the verdict and its consequences. *ret_last (or NULL) is the last one applied once this one is: one
 * that waited for it, or it; untouched with another outcome. Without processing (config.subscription_processing) a
 * callback is accepted and nothing is kept of it: neither its data nor its sequence. AW_E_NOT_FOUND: no such outbound
 * subscription. AW_E_INVALID: no sequence, or data that is no object where the subscription is to a whole target. */
int aw__callback_receive(aw__site *site, const aw__callback *callback, aw__callback_outcome *ret_outcome,
                         int64_t *ret_last, aw_error *err);

/*
 * A baseline is fetched between hold and resynced. In between callbacks are queued and none is applied, so that no
 * newer value is overwritten by an older baseline. The latest hold counts: what an earlier one brings is then dropped.
 * min_ms: how long another hold must have lasted for this one to take its place, or *ret_hold is 0 and nothing has
 * happened; 0: it does in any case.
 */
int aw__callback_hold(aw__site *site, const char *actor_id, const char *peer_id, const char *subscription_id,
                      int64_t min_ms, int64_t *ret_hold, aw_error *err);

/* What has become of it. */
typedef enum aw__callback_settling {
    AW__CALLBACK_OPEN, /* a baseline is needed, or another one */
    AW__CALLBACK_SETTLED,
    AW__CALLBACK_SUPERSEDED /* nothing happened: the hold is no longer the latest */
} aw__callback_settling;

typedef struct aw__callback_baseline {
    int64_t sequence; /* -1: unknown, that of the newest callback that came */
    bool asked;       /* the peer itself told that sequence after the hold began: nothing that came before can be newer */
    bool exact;       /* data is not newer than sequence, as far as that matters; otherwise another is needed after it */
    json_t *data;     /* NULL: there is nothing at that place */
} aw__callback_baseline;

/* One transaction: the baseline replaces what is kept, its sequence is that of the subscription, queued callbacks above
 * it are applied in order, those up to it dropped, and so are those that cannot be. It is open when another baseline is
 * needed, this one not being exact or because of what was queued. AW_E_NOT_FOUND: the subscription has ended
 * meanwhile. */
int aw__callback_resynced(aw__site *site, const char *actor_id, const char *peer_id, const char *subscription_id,
                          int64_t hold, const aw__callback_baseline *baseline, aw__callback_settling *ret_settling,
                           aw_error *err);

/*
 * Instead of a baseline: what the peer still has of its diffs, [{"sequence","data"}], and the sequence that it has
 * reached. When they close every gap up to there, they are applied in order with the callbacks that wait, and the hold
 * ends. Otherwise, and when only a baseline helps, nothing happens and it is open. So it is when a callback that came
 * before the hold is newer than that sequence: the peer must have begun to count anew.
 */
int aw__callback_catch_up(aw__site *site, const char *actor_id, const char *peer_id, const char *subscription_id,
                          int64_t hold, int64_t sequence, json_t *diffs, aw__callback_settling *ret_settling,
                           aw_error *err);

/* No baseline came: goes on from where it was. AW_OK also when the hold is no longer the latest, or the subscription
 * has ended. */
int aw__callback_release(aw__site *site, const char *actor_id, const char *peer_id, const char *subscription_id,
                         int64_t hold, aw_error *err);

/* Inside a write: the state of a subscription that ends. */
int aw__callback_forget(aw_database *database, const char *actor_id, const char *peer_id, const char *subscription_id,
                        aw_error *err);

typedef struct aw__callback_standing {
    int64_t sequence;          /* the last one applied */
    int64_t oldest_pending_ms; /* how long the oldest queued callback has waited; -1: none is queued */
    int64_t held_ms;           /* how long a baseline has been fetched for, by whichever server; -1: none is */
    bool needs_baseline;       /* whatever is queued: one was begun that never ended, or what came was not enough */
} aw__callback_standing;

int aw__callback_state(aw__site *site, const char *actor_id, const char *peer_id, const char *subscription_id,
                       aw__callback_standing *ret_standing, aw_error *err);

#endif
