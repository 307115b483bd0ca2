/*
 * Reading the outbox. What the rows become is delivery_queue.c's.
 */
#include "flow/outbox_load.h"

#include "base/error.h"
#include "base/log.h"
#include "store/outbox.h"

enum {
    PAGE = 500,
    QUEUES_MAX = 65536, /* beyond it the outbox waits until some have come to their end */
    PAUSE_MS = 1000
};

struct aw__outbox_load {
    aw__delivery *delivery;
    aw__timer timer;
    aw__work work;
    bool busy;  /* a worker reads */
    bool again; /* from the start, when it has ended */
    aw__arena *arena;        /* of the page that was read last */
    aw__arena *next_arena;   /* of the one being read */
    const aw__outbox_row *after; /* its last row; NULL: from the start */
    aw__outbox_row *rows;
    size_t count;
    int rc;
};

int aw__outbox_load_new(aw__delivery *delivery, aw_error *err)
{
    delivery->load = aw__calloc(1, sizeof(*delivery->load));
    if (!delivery->load)
        return aw__fail_nomem(err);
    delivery->load->delivery = delivery;
    return AW_OK;
}

void aw__outbox_load_free(aw__delivery *delivery)
{
    if (!delivery->load)
        return;
    aw__arena_free(delivery->load->arena);
    aw__free(delivery->load);
    delivery->load = NULL;
}

/* ---- one page ---- */

static int list_rows(aw_database *database, void *arg, aw_error *err)
{
    struct aw__outbox_load *load = arg;

    return aw__outbox_list(database, load->next_arena, load->after, PAGE, &load->rows, &load->count, err);
}

static void run_reading(void *arg)
{
    struct aw__outbox_load *load = arg;
    aw_error err = {0};

    load->count = 0;
    load->next_arena = aw__arena_new();
    load->rc = load->next_arena ? aw__store_read(load->delivery->site->store, list_rows, load, &err)
                                : aw__fail_nomem(&err);
    if (load->rc)
        aw__log(AW_LOG_WARNING, "the outbox cannot be read: %s", err.message);
}

static void from_the_start(struct aw__outbox_load *load)
{
    aw__arena_free(load->arena);
    load->arena = NULL;
    load->after = NULL;
    load->again = false;
}

static void take_page(struct aw__outbox_load *load)
{
    for (size_t i = 0; i < load->count; i++)
        aw__queue_add(load->delivery, load->rows[i].actor_id, load->rows[i].peer_id, load->rows[i].subscription_id,
                      load->rows[i].sequence, true, false);
    aw__arena_free(load->arena);
    load->arena = load->next_arena;
    load->after = load->count ? &load->rows[load->count - 1] : load->after;
}

static void on_read(void *arg)
{
    struct aw__outbox_load *load = arg;
    aw__delivery *delivery = load->delivery;

    load->busy = false;
    if (delivery->tally.closing || load->rc) {
        aw__arena_free(load->next_arena);
        from_the_start(load);
        if (!delivery->tally.closing)
            aw__outbox_load_start(delivery, PAUSE_MS);
    } else {
        bool more = load->count == PAGE;

        take_page(load);
        if (atomic_exchange(&delivery->missed, false))
            load->again = true; /* there was no memory for all of them */
        if (more && !load->again) {
            aw__outbox_load_start(delivery, delivery->queues.count < QUEUES_MAX ? 0 : PAUSE_MS);
        } else if (load->again) {
            from_the_start(load);
            aw__outbox_load_start(delivery, PAUSE_MS);
        } else {
            from_the_start(load);
        }
    }
    aw__tally_end(&delivery->tally);
}

static void on_timer(void *arg)
{
    struct aw__outbox_load *load = arg;
    aw__delivery *delivery = load->delivery;

    if (delivery->queues.count >= QUEUES_MAX) {
        aw__timer_start(delivery->site->runtime, &load->timer, PAUSE_MS, on_timer, load);
        return;
    }
    load->busy = true;
    aw__tally_begin(&delivery->tally);
    aw__worker_queue(delivery->site->runtime, &load->work, run_reading, on_read, load);
}

/* ---- starting and stopping ---- */

void aw__outbox_load_start(aw__delivery *delivery, int delay_ms)
{
    struct aw__outbox_load *load = delivery->load;

    if (load->busy)
        load->again = true;
    else if (!load->timer.armed)
        aw__timer_start(delivery->site->runtime, &load->timer, (uint64_t)delay_ms, on_timer, load);
}

void aw__outbox_load_stop(aw__delivery *delivery)
{
    struct aw__outbox_load *load = delivery->load;

    aw__timer_stop(delivery->site->runtime, &load->timer);
    if (load->busy && aw__worker_withdraw(delivery->site->runtime, &load->work)) {
        load->busy = false;
        aw__tally_end(&delivery->tally);
    }
}
