/*
 * Taking what is nobody's: the queues of the outbox that no living server delivers, of servers that have ended or died,
 * and at the start whatever is waiting. In pages, no more of them than the delivery can take.
 */
#ifndef AW_FLOW_TAKEOVER_H
#define AW_FLOW_TAKEOVER_H

#include "flow/delivery_queue.h"

/* Sets delivery->takeover. */
int aw__takeover_new(aw__delivery *delivery, aw_error *err);
void aw__takeover_free(aw__delivery *delivery);

/* The rest on the loop's thread. Begins, unless it is under way. When it fails the next beat begins it again. */
void aw__takeover_start(aw__delivery *delivery);
void aw__takeover_stop(aw__delivery *delivery);

/* Whether some are being taken: they may be this server's already, and what is due in them is not known yet. */
bool aw__takeover_busy(const aw__delivery *delivery);

#endif
