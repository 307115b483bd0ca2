/*
 * The table subscription_diffs: what changed, per subscription, in sequence, until the subscriber clears it.
 */
#ifndef AW_STORE_DIFFS_H
#define AW_STORE_DIFFS_H

#include "base/alloc.h"
#include "store/outbox_queues.h"
#include <actingweb/sys/database.h>

typedef struct aw__diff_row {
    int64_t sequence;
    const char *timestamp; /* as aw__timestamp_space() */
    const char *data;      /* JSON text */
} aw__diff_row;

/* AW_E_EXISTS when there is one of that sequence; the transaction may go on. */
int aw__diffs_insert(aw_database *database, const char *actor_id, const char *subscription_id, const aw__diff_row *diff,
                     aw_error *err);
/* The highest sequence; 0 without diffs. */
int aw__diffs_last(aw_database *database, const char *actor_id, const char *subscription_id, int64_t *ret_sequence,
                   aw_error *err);
int aw__diffs_get(aw_database *database, aw__arena *arena, const char *actor_id, const char *subscription_id,
                  int64_t sequence, aw__diff_row *ret_row, aw_error *err);
/* In order of sequence as a number. */
int aw__diffs_list(aw_database *database, aw__arena *arena, const char *actor_id, const char *subscription_id,
                   aw__diff_row **ret_rows, size_t *ret_count, aw_error *err);
/* One of them. AW_OK when absent. */
int aw__diffs_delete(aw_database *database, const char *actor_id, const char *subscription_id, int64_t sequence,
                     aw_error *err);
/* The same, unless it is in the outbox still. */
int aw__diffs_delete_delivered(aw_database *database, const aw__outbox_queue *queue, int64_t sequence, aw_error *err);
/* Up to sequence, that one included; 0: all. */
int aw__diffs_clear(aw_database *database, const char *actor_id, const char *subscription_id, int64_t sequence,
                    aw_error *err);

#endif
