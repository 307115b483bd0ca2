/*
 * Finding, at the start and when another server has ended, the subscriptions whose gaps were open then: one pass over
 * what is stored of them, in pages. All on the loop's thread, but for the reading.
 */
#ifndef AW_FLOW_RESYNC_LOAD_H
#define AW_FLOW_RESYNC_LOAD_H

#include "actor/site.h"
#include "flow/tally.h"
#include "runtime/worker.h"
#include "store/attributes.h"

typedef struct aw__resync_load {
    /* Filled in by whoever has it embedded, zeroed otherwise. */
    aw__site *site;
    aw__tally *tally;
    /* False: there is no room for more now. Then the pass pauses until it is started again. */
    bool (*take)(void *arg, const char *actor_id, const char *peer_id, const char *subscription_id);
    void *arg;
    /* Its own. */
    bool busy;
    bool paused;
    bool again; /* once more from the start, when the pass has ended */
    aw__work work;
    aw__arena *arena;                 /* of the page read last */
    aw__arena *next_arena;            /* of the one being read */
    const aw__attribute_place *after; /* in arena; NULL: from the start */
    aw__attribute_place *places;
    size_t count;
    int rc;
} aw__resync_load;

/* Begins, or goes on where it paused; under way: nothing. */
void aw__resync_load_start(aw__resync_load *load);
/* A whole pass, after the one that may be under way. */
void aw__resync_load_again(aw__resync_load *load);
void aw__resync_load_stop(aw__resync_load *load);
void aw__resync_load_free(aw__resync_load *load);

#endif
