/*
 * Slots: how many calls to one peer (a host and a port) may be under way at once; the others wait, first come, first
 * served. libcurl has such a limit too, but searches all that wait whenever a call ends, and lets them go in any order.
 * All on the loop's thread.
 */
#ifndef AW_HTTP_SLOTS_H
#define AW_HTTP_SLOTS_H

#include "base/list.h"

typedef struct aw__slots {
    struct aw__slot_peer **buckets;
    size_t mask; /* buckets less one; their number is a power of two */
    size_t peers;
    size_t per_peer;
} aw__slots;

/* A call's. */
typedef struct aw__slot {
    aw__link link; /* while it waits */
    struct aw__slot_peer *peer;
    bool waits;
    void (*go)(void *arg);
    void *arg;
} aw__slot;

/* AW_OK or AW_E_NOMEM. */
int aw__slots_init(aw__slots *slots, size_t per_peer);
void aw__slots_free(aw__slots *slots); /* all slots have been left */

/* Takes a slot for a call to url: at once, then ret_now is true, or else later, and then go(arg) says so. AW_OK or
 * AW_E_NOMEM. */
int aw__slot_take(aw__slots *slots, aw__slot *slot, const char *url, void (*go)(void *arg), void *arg, bool *ret_now);

/* The call is over, or waits no longer; the next one's go() runs. Never taken, or left before: nothing. */
void aw__slot_leave(aw__slots *slots, aw__slot *slot);

#endif
