/*
 * Membership: being one of several servers on one database. Each raises its own beat in the store (store/servers.h), and
 * reads those of the others. One whose beat has not changed for the lease, by the reader's own clock, is dead: it is
 * removed, and with that its queues are nobody's (takeover.h). No clocks are compared between machines. While a server is the
 * only one it raises nothing, and only looks whether there are others.
 *
 * In figures: a beat every 2 s, a lease of 10 s (config.lease_ms; a beat is a fifth of it). One that dies is found out at
 * the first beat of another one after the lease: its callbacks are taken over within 15 s. One that could not write its
 * beat for 8 s sends nothing until it has, so that it has stopped before it is taken for dead; and one that was removed
 * meanwhile goes on under a new id, beginning with what the database says.
 */
#ifndef AW_FLOW_MEMBERSHIP_H
#define AW_FLOW_MEMBERSHIP_H

#include "flow/delivery_queue.h"

/* Sets delivery->membership and site->server: joins, which blocks. After a failure and at the end comes leave. */
int aw__membership_new(aw__delivery *delivery, aw_error *err);
void aw__membership_free(aw__delivery *delivery);

/* Removes this server, so that the others take its queues with their next beat. Blocks; when there is nothing to remove it
 * does nothing. After delivery has ended. */
void aw__membership_leave(aw__site *site);

/* On the loop's thread: begins with a beat at once, by which also what waits in the outbox is taken. */
void aw__membership_start(aw__delivery *delivery);
void aw__membership_stop(aw__delivery *delivery);

/* Begins anew from the database, under another id, with the next beat: what is claimed here is not what is known here. On
 * the loop's thread. */
void aw__membership_renew(aw__delivery *delivery);

/* Whether what is claimed here may be sent now. On the loop's thread. */
bool aw__membership_holds(const aw__delivery *delivery);

#endif
