/*
 * Membership: being one of several servers on one database. Each raises its own beat in the store (store/servers.h),
 * and reads those of the others. One whose beat has not changed for the lease, by the reader's own clock, is dead: it
 * is removed, and with that its queues are nobody's (takeover.h). No clocks are compared between machines. While a
 * server is the only one it raises nothing, and only looks whether there are others. A beat goes before all other work
 * that waits for a worker, so that a server is not taken for dead because it has much to do.
 *
 * In figures: a beat every 2 s, a lease of 10 s (config.lease_ms; a beat is a fifth of it). One that dies is found out
 * at the first beat of another one after the lease: its callbacks are taken over within 15 s. One that could not write
 * its beat for 8 s sends nothing until it has, so that it has stopped before it is taken for dead; and one that was
 * removed meanwhile goes on under a new id, beginning with what the database says.
 */
#ifndef AW_FLOW_MEMBERSHIP_H
#define AW_FLOW_MEMBERSHIP_H

#include "actor/site.h"
#include "flow/tally.h"

typedef struct aw__membership aw__membership;

/* What a beat has found out, or changed. */
typedef struct aw__membership_news {
    bool renewed;  /* this server has another id: no queue of the outbox is its own */
    bool resumed;  /* what is claimed here may be sent again */
    bool orphaned; /* there are queues that are nobody's */
    bool widowed;  /* a server is gone, and it falls to this one to see to what it watched */
} aw__membership_news;

/* Sets site->server: joins, which blocks. tell is called on the loop after each beat, and may not free it. After a
 * failure and at the end comes leave. What is under way is counted in the tally. */
int aw__membership_new(aw__site *site, aw__tally *tally, void (*tell)(void *arg, const aw__membership_news *news),
                       void *arg, aw__membership **ret_membership, aw_error *err);
void aw__membership_free(aw__membership *membership); /* takes NULL */

/* Removes this server, so that the others take its queues with their next beat. Blocks; when there is nothing to remove
 * it does nothing. After the tally is closed. */
void aw__membership_leave(aw__site *site);

/* On the loop's thread: begins with a beat at once, which tells also of what waits in the outbox. */
void aw__membership_start(aw__membership *membership);
void aw__membership_stop(aw__membership *membership);

/* Begins anew from the database, under another id, with the next beat: what is claimed here is not what is known here.
 * On the loop's thread. */
void aw__membership_renew(aw__membership *membership);

/* Whether what is claimed here may be sent now. On the loop's thread. */
bool aw__membership_holds(const aw__membership *membership);

#endif
