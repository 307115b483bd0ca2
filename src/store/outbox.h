/*
 * The table outbox (ours alone; the reference has none): callbacks still to be delivered when delivery is durable. A
 * row is written in the transaction of its change and deleted when the callback was accepted or given up.
 */
#ifndef AW_STORE_OUTBOX_H
#define AW_STORE_OUTBOX_H

#include "base/alloc.h"
#include <actingweb/sys/database.h>

typedef enum aw__outbox_kind {
    AW__OUTBOX_DIFF,   /* the diff of that sequence */
    AW__OUTBOX_RESYNC, /* there is no diff: the subscriber is to fetch what it subscribes to */
    AW__OUTBOX_LINK    /* the diff, announced as if the granularity were "low" */
} aw__outbox_kind;

typedef struct aw__outbox_row {
    const char *actor_id;
    const char *peer_id;
    const char *subscription_id;
    int64_t sequence;
    int64_t created_at_ms; /* UTC */
    aw__outbox_kind kind;
    const char *subtarget; /* of a resync: all that is to be fetched; NULL or "": whatever the subscription is to */
} aw__outbox_row;

int aw__outbox_insert(aw_database *database, const aw__outbox_row *row, aw_error *err);
int aw__outbox_delete(aw_database *database, const char *actor_id, const char *peer_id, const char *subscription_id,
                      int64_t sequence, aw_error *err);
/* Of a subscription all up to this sequence; 0: all. */
int aw__outbox_clear(aw_database *database, const char *actor_id, const char *peer_id, const char *subscription_id,
                     int64_t sequence, aw_error *err);
/* AW_E_NOT_FOUND. */
int aw__outbox_get(aw_database *database, aw__arena *arena, const char *actor_id, const char *peer_id,
                   const char *subscription_id, int64_t sequence, aw__outbox_row *ret_row, aw_error *err);

#endif
