/*
 * Settling. When a queue is settled is delivery_queue.c's.
 */
#include "flow/settling.h"

#include "actor/diff.h"
#include "base/error.h"
#include "base/log.h"
#include "store/diffs.h"
#include "store/outbox.h"

enum {
    BEHIND_MAX = 64, /* rows that may still be there for callbacks that are done with */
    LEFT_MAX = 500,  /* of what is left so many are read at once */
    RETRY_MS = 1000
};

static bool within(const struct aw__settling_rows *rows, int64_t sequence)
{
    return rows->low && sequence >= rows->low && sequence <= rows->high;
}

bool aw__settling_add(aw__settling *settling, int64_t sequence)
{
    struct aw__settling_rows *done = &settling->done;

    if (done->low && (sequence != done->high + 1 || sequence - done->low >= BEHIND_MAX))
        return false;
    if (!done->low)
        done->low = sequence;
    done->high = sequence;
    return true;
}

bool aw__settling_has(const aw__settling *settling, int64_t sequence)
{
    return within(&settling->deleting, sequence) || within(&settling->done, sequence);
}

bool aw__settling_idle(const aw__settling *settling)
{
    return !settling->busy;
}

/* ---- a transaction ---- */

static int delete_rows(const aw__settling *settling, aw_database *database, aw_error *err)
{
    const aw__outbox_queue *queue = &settling->queue;
    int rc = AW_OK;

    for (int64_t sequence = settling->deleting.low;
         rc == AW_OK && sequence && sequence <= settling->deleting.high; sequence++) {
        rc = aw__outbox_delete(database, queue->actor_id, queue->peer_id, queue->subscription_id, sequence, err);
        if (rc == AW_OK && sequence > AW__KEPT_DIFFS)
            rc = aw__diffs_delete_delivered(database, queue, sequence - AW__KEPT_DIFFS, err);
    }
    return rc;
}

/* More ranges than there is room for would become one, with sequences in it that are done with: the rest is found
 * later. */
static void keep_left(aw__settling *settling, const int64_t *sequences, size_t count)
{
    aw__ranges *left = &settling->left;

    for (size_t i = 0; i < count; i++) {
        if (left->count == AW__RANGES_MAX && sequences[i] != left->range[left->count - 1].high + 1)
            return;
        aw__ranges_add(left, sequences[i]);
    }
}

static int release(aw__settling *settling, aw_database *database, aw_error *err)
{
    char server[AW__SERVER_ID_BYTES];
    aw__arena *arena = aw__arena_new();
    int64_t *sequences = NULL;
    size_t count = 0;

    if (!arena)
        return aw__fail_nomem(err);
    aw__server_id(settling->server, server);
    int rc = aw__outbox_queues_release(database, arena, &settling->queue, server, LEFT_MAX, &sequences, &count, err);

    if (rc == AW_OK)
        keep_left(settling, sequences, count);
    aw__arena_free(arena);
    return rc;
}

static int settle(aw_database *database, void *arg, aw_error *err)
{
    aw__settling *settling = arg;

    settling->left = (aw__ranges){0};
    int rc = delete_rows(settling, database, err);

    return rc || !settling->asking ? rc : release(settling, database, err);
}

static void run(void *arg)
{
    aw__settling *settling = arg;
    aw_error err = {0};

    settling->rc = aw__store_write(settling->site->store, settle, settling, &err);
    if (settling->rc && !settling->failed)
        aw__log(AW_LOG_WARNING, "callbacks stay in the outbox: %s", err.message);
}

/* ---- on the loop ---- */

static void on_run(void *arg);

static void begin(aw__settling *settling)
{
    settling->busy = true;
    aw__tally_begin(settling->tally);
    aw__worker_queue(settling->site->runtime, &settling->work, run, on_run, settling);
}

static void on_timer(void *arg)
{
    begin(arg);
}

void aw__settling_start(aw__settling *settling, bool last)
{
    settling->asked = settling->asked || last;
    if (settling->busy || (!settling->done.low && !settling->asked))
        return;
    settling->deleting = settling->done;
    settling->done = (struct aw__settling_rows){0};
    settling->asking = settling->asked;
    settling->asked = false;
    settling->server = atomic_load(&settling->site->server);
    begin(settling);
}

static void on_run(void *arg)
{
    aw__settling *settling = arg;
    aw__tally *tally = settling->tally;

    settling->failed = settling->rc != AW_OK;
    if (settling->failed && !tally->closing) {
        aw__timer_start(settling->site->runtime, &settling->timer, RETRY_MS, on_timer, settling);
    } else {
        /* Who has asked since is told by the next one. What was asked under another id says nothing: the queue is another
         * server's, or is taken anew. */
        bool asked = settling->asking && !settling->asked && !settling->failed &&
                     settling->server == atomic_load(&settling->site->server);
        aw__ranges left = settling->left;

        settling->busy = false;
        settling->deleting = (struct aw__settling_rows){0};
        aw__settling_start(settling, false);
        settling->over(settling->arg, asked ? &left : NULL);
    }
    aw__tally_end(tally);
}

/* What a failed transaction would have deleted is sent once more after the next start, and dropped by its receiver. */
void aw__settling_stop(aw__settling *settling)
{
    if (!settling->timer.armed)
        return;
    aw__timer_stop(settling->site->runtime, &settling->timer);
    settling->busy = false;
}
