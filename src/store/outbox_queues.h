/*
 * The table outbox_queues (ours alone; the reference has none): which server delivers what the outbox holds for a
 * subscription. A row is there as long as the subscription has rows in the outbox; it has one owner, a server's id (the
 * table servers), and only that one sends. A queue whose owner is "", or has no row in servers, is nobody's: any server
 * may take it.
 *
 * Whoever stores a row of the outbox claims its queue in the same transaction. When that is another's, its owner finds
 * the row before it lets go of the queue: claim and release change the same row, so that one waits for the other.
 */
#ifndef AW_STORE_OUTBOX_QUEUES_H
#define AW_STORE_OUTBOX_QUEUES_H

#include "base/alloc.h"
#include <actingweb/sys/database.h>

typedef struct aw__outbox_queue {
    const char *actor_id;
    const char *peer_id;
    const char *subscription_id;
} aw__outbox_queue;

/* What is due of a queue that was taken. */
typedef struct aw__outbox_due {
    aw__outbox_queue queue;
    int64_t sequence;
} aw__outbox_due;

/* After a row of the outbox was inserted. owner "": a process that does not deliver. *ret_ours is false when the queue
 * has another owner, or none yet that would deliver what was in it before. */
int aw__outbox_queues_claim(aw_database *database, const aw__outbox_queue *queue, const char *owner, bool *ret_ours,
                            aw_error *err);

/* Lets go of a queue of owner's in which nothing is left. Otherwise *ret_sequences, in the arena, are what is left, in
 * order, at most limit; none when it is not owner's any more, or was let go. */
int aw__outbox_queues_release(aw_database *database, aw__arena *arena, const aw__outbox_queue *queue, const char *owner,
                              int limit, int64_t **ret_sequences, size_t *ret_count, aw_error *err);

typedef struct aw__outbox_taking {
    aw__outbox_queue *queues; /* that are owner's now */
    size_t queue_count;
    aw__outbox_due *due; /* what they have due, by queue and sequence; not all of it when that is more than the limit */
    size_t due_count;
} aw__outbox_taking;

/* Takes nobody's queues for owner, at most queue_limit, without those that another server is just taking; all in the
 * arena. */
int aw__outbox_queues_take(aw_database *database, aw__arena *arena, const char *owner, int queue_limit, int due_limit,
                           aw__outbox_taking *ret_taking, aw_error *err);

/* Whether there are any that aw__outbox_queues_take() would find. */
int aw__outbox_queues_orphaned(aw_database *database, aw__arena *arena, bool *ret_orphaned, aw_error *err);

#endif
