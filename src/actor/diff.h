/*
 * Diffs: a change at an actor becomes a diff of every subscription that it concerns, in the change's own transaction.
 */
#ifndef AW_ACTOR_DIFF_H
#define AW_ACTOR_DIFF_H

#include <jansson.h>

#include "actor/site.h"
#include "store/outbox.h"
#include "store/subscriptions.h"

/* Diffs that nobody clears do not stay for ever: so many of a subscription do, behind its newest; or, when delivery is
 * durable, behind the one that was delivered last, and 10000 behind one that an application sends itself. */
enum { AW__KEPT_DIFFS = 1000 };

/* A callback that is due. */
struct aw__notice {
    const char *actor_id;
    const char *peer_id;
    const char *subscription_id;
    int64_t sequence;
    bool stored;     /* has a row in the outbox */
    uint64_t server; /* as which this process claimed it then: site->server */
};

/* The notices of one transaction, gathered while it runs and told when it has been committed. */
typedef struct aw__notices {
    aw__arena *arena;
    aw__notice *items;
    size_t count;
    size_t capacity;
} aw__notices;

/* What changed: target "properties", the top-level name, the path below it (NULL: the whole), and the new value there
 * (NULL: deleted). */
typedef struct aw__change {
    const char *target;
    const char *subtarget;
    const char *resource;
    json_t *value;
    bool list; /* value announces a change of the list subtarget: told as it is, one diff each, to whoever may read it */
} aw__change;

/* Inside a write, after the properties were written: raises the sequence of each inbound subscription that matches,
 * stores its diff, its outbox row when delivery is durable, and adds a notice (none for granularity "none"). Of one
 * peer's subscriptions that call back one is told of a change (model/overlap.h); the others do not know that there was
 * one. Values that were set together make one diff, each deletion is one. A diff holds the new value of the whole
 * property, or the part of it that the subscription asks for, as far as the peer may read it; a peer that may read
 * nothing of it is told nothing, and nobody is of what happens at a place that is suspended (actor/suspension.h). A
 * subscription's last 1000 diffs are kept. May run again: call aw__notices_clear() first. */
int aw__diff_register(const aw__site *site, aw_database *database, const char *actor_id, const aw__change *changes,
                      size_t count, aw__notices *notices, aw_error *err);

/* Inside a write: one diff for one subscription, of what the peer may read of data (AW_E_DENIED: nothing). notices
 * NULL: the caller sends it by itself, so it becomes neither a notice nor an outbox row. ret_sequence may be NULL.
 * AW_E_NOT_FOUND: no such inbound subscription, or no trust. */
int aw__diff_append(const aw__site *site, aw_database *database, const char *actor_id, const char *peer_id,
                    const char *subscription_id, json_t *data, aw__notices *notices, int64_t *ret_sequence,
                    aw_error *err);

/* What a subscription is told with its next sequence. */
typedef struct aw__telling {
    aw__outbox_kind kind;
    const char *text;      /* the diff's data as JSON; NULL: there is no diff of this sequence (a resync) */
    const char *subtarget; /* of a resync, as in the outbox */
} aw__telling;

/* Inside a write: raises the subscription's sequence, stores its diff, and what makes it due: as for
 * aw__diff_register(). What is no plain diff has a row in the outbox even when delivery is "once", which tells what it
 * is. A row in the outbox that another server is to deliver makes no notice: it finds it. notices may be NULL. */
int aw__diff_store(const aw__site *site, aw_database *database, aw_subscription *subscription, const aw__telling *telling,
                   aw__notices *notices, aw_error *err);

void aw__notices_clear(aw__notices *notices);
/* Of the subscription's sequence. server: as which it was claimed; stored ones only. */
int aw__notices_add(aw__notices *notices, const aw_subscription *subscription, bool stored, uint64_t server,
                    aw_error *err);
/* After the commit. */
void aw__notices_tell(aw__site *site, const aw__notices *notices);

#endif
