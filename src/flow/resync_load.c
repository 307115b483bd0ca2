/*
 * The pass over what is stored of gaps. What becomes of them is resync_watch.c's.
 */
#include "flow/resync_load.h"

#include <string.h>

#include "base/error.h"
#include "base/log.h"

enum { PAGE = 500 };

static int list_places(aw_database *database, void *arg, aw_error *err)
{
    aw__resync_load *load = arg;

    return aw__attributes_callback_states(database, load->next_arena, load->after, PAGE, &load->places, &load->count,
                                          err);
}

static void run_reading(void *arg)
{
    aw__resync_load *load = arg;
    aw_error err = {0};

    load->count = 0;
    load->next_arena = aw__arena_new();
    load->rc = load->next_arena ? aw__store_read(load->site->store, list_places, load, &err) : aw__fail_nomem(&err);
    if (load->rc)
        aw__log(AW_LOG_WARNING, "gaps that were open cannot be read: %s", err.message);
}

/* "pending:{peer}:{subscription}" or "state:...": ids have no colons. Others are not ours. */
static bool take(aw__resync_load *load, const aw__attribute_place *place)
{
    const char *peer_id = strchr(place->name, ':');
    const char *subscription_id = peer_id ? strrchr(place->name, ':') + 1 : NULL;

    if (!peer_id || subscription_id - 1 == peer_id)
        return true;
    peer_id = aw__arena_strndup(load->arena, peer_id + 1, (size_t)(subscription_id - peer_id) - 2);
    return !peer_id || load->take(load->arg, place->actor_id, peer_id, subscription_id);
}

static void take_page(aw__resync_load *load)
{
    aw__arena_free(load->arena);
    load->arena = load->next_arena;
    load->next_arena = NULL;
    for (size_t i = 0; i < load->count && !load->paused; i++) {
        load->paused = !take(load, &load->places[i]);
        if (!load->paused)
            load->after = &load->places[i];
    }
}

static void on_read(void *arg)
{
    aw__resync_load *load = arg;

    load->busy = false;
    if (load->tally->closing || load->rc) {
        aw__arena_free(load->next_arena);
        load->next_arena = NULL;
    } else {
        load->after = NULL; /* it goes with the page before. When nothing of this one has room, the pass begins anew */
        take_page(load);
        if (!load->paused && load->count == PAGE) {
            aw__resync_load_start(load);
        } else if (!load->paused) {
            load->after = NULL;
            if (load->again)
                aw__resync_load_again(load);
        }
    }
    aw__tally_end(load->tally);
}

void aw__resync_load_start(aw__resync_load *load)
{
    if (load->busy || load->tally->closing)
        return;
    load->busy = true;
    load->paused = false;
    aw__tally_begin(load->tally);
    aw__worker_queue(load->site->runtime, &load->work, run_reading, on_read, load);
}

void aw__resync_load_again(aw__resync_load *load)
{
    load->again = load->busy || load->paused;
    if (!load->again)
        aw__resync_load_start(load);
}

void aw__resync_load_stop(aw__resync_load *load)
{
    if (load->busy && aw__worker_withdraw(load->site->runtime, &load->work)) {
        load->busy = false;
        aw__tally_end(load->tally);
    }
}

void aw__resync_load_free(aw__resync_load *load)
{
    aw__arena_free(load->arena);
    load->arena = NULL;
}
