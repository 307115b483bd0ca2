/*
 * Taking queues. That there are some is found out with each beat (membership.c); what becomes of them is
 * delivery_queue.c's.
 */
#include "flow/takeover.h"

#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "store/outbox_queues.h"

enum {
    PAGE = 100,         /* queues */
    PAGE_DUE = 1000,    /* callbacks that are due in them */
    QUEUES_MAX = 65536, /* beyond it the others wait until some have come to their end, or are another server's */
    PAUSE_MS = 1000
};

struct aw__takeover {
    aw__delivery *delivery;
    aw__timer timer;
    aw__work work;
    bool busy; /* a worker takes */
    uint64_t server; /* for whom */
    aw__arena *arena;
    aw__outbox_taking taking;
    int rc;
};

int aw__takeover_new(aw__delivery *delivery, aw_error *err)
{
    delivery->takeover = aw__calloc(1, sizeof(*delivery->takeover));
    if (!delivery->takeover)
        return aw__fail_nomem(err);
    delivery->takeover->delivery = delivery;
    return AW_OK;
}

void aw__takeover_free(aw__delivery *delivery)
{
    aw__free(delivery->takeover);
    delivery->takeover = NULL;
}

/* ---- one page ---- */

static int take(aw_database *database, void *arg, aw_error *err)
{
    struct aw__takeover *takeover = arg;
    char server[AW__SERVER_ID_BYTES];

    takeover->taking = (aw__outbox_taking){0};
    aw__server_id(takeover->server, server);
    return aw__outbox_queues_take(database, takeover->arena, server, PAGE, PAGE_DUE, &takeover->taking, err);
}

static void run(void *arg)
{
    struct aw__takeover *takeover = arg;
    aw_error err = {0};

    takeover->arena = aw__arena_new();
    takeover->rc = takeover->arena ? aw__store_write(takeover->delivery->site->store, take, takeover, &err)
                                   : aw__fail_nomem(&err);
    if (takeover->rc)
        aw__log(AW_LOG_WARNING, "the outbox cannot be read: %s", err.message);
}

static bool same_queue(const aw__outbox_queue *a, const aw__outbox_queue *b)
{
    return !strcmp(a->subscription_id, b->subscription_id) && !strcmp(a->peer_id, b->peer_id) &&
           !strcmp(a->actor_id, b->actor_id);
}

/* Queues and what they have due come in the same order. */
static void hand_over(aw__delivery *delivery, const aw__outbox_taking *taking)
{
    for (size_t i = 0, at = 0, n; i < taking->queue_count; i++, at += n) {
        n = 0;
        while (at + n < taking->due_count && same_queue(&taking->due[at + n].queue, &taking->queues[i]))
            n++;
        aw__queue_take(delivery, &taking->queues[i], taking->due + at, n);
    }
}

static void on_timer(void *arg);

static void on_taken(void *arg)
{
    struct aw__takeover *takeover = arg;
    aw__delivery *delivery = takeover->delivery;
    bool more = takeover->rc == AW_OK && takeover->taking.queue_count > 0;

    takeover->busy = false;
    /* What was taken under an id that is no more is nobody's still. */
    if (more && !delivery->tally.closing && takeover->server == atomic_load(&delivery->site->server)) {
        hand_over(delivery, &takeover->taking);
        aw__timer_start(delivery->site->runtime, &takeover->timer,
                        delivery->queues.count < QUEUES_MAX ? 0 : PAUSE_MS, on_timer, takeover);
    }
    aw__arena_free(takeover->arena);
    takeover->arena = NULL;
    aw__tally_end(&delivery->tally);
}

static void on_timer(void *arg)
{
    struct aw__takeover *takeover = arg;
    aw__delivery *delivery = takeover->delivery;

    if (delivery->queues.count >= QUEUES_MAX) {
        aw__timer_start(delivery->site->runtime, &takeover->timer, PAUSE_MS, on_timer, takeover);
        return;
    }
    takeover->busy = true;
    takeover->server = atomic_load(&delivery->site->server);
    aw__tally_begin(&delivery->tally);
    aw__worker_queue(delivery->site->runtime, &takeover->work, run, on_taken, takeover);
}

/* ---- starting and stopping ---- */

void aw__takeover_start(aw__delivery *delivery)
{
    struct aw__takeover *takeover = delivery->takeover;

    if (!takeover->busy && !takeover->timer.armed)
        on_timer(takeover);
}

void aw__takeover_stop(aw__delivery *delivery)
{
    struct aw__takeover *takeover = delivery->takeover;

    aw__timer_stop(delivery->site->runtime, &takeover->timer);
    if (takeover->busy && aw__worker_withdraw(delivery->site->runtime, &takeover->work)) {
        takeover->busy = false;
        aw__tally_end(&delivery->tally);
    }
}

bool aw__takeover_busy(const aw__delivery *delivery)
{
    return delivery->takeover->busy;
}
