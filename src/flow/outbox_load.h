/*
 * Reading the outbox into the queues: at the start, and again after notices were lost. In pages, no more of them than the
 * queues can take.
 */
#ifndef AW_FLOW_OUTBOX_LOAD_H
#define AW_FLOW_OUTBOX_LOAD_H

#include "flow/delivery_queue.h"

/* Sets delivery->load. */
int aw__outbox_load_new(aw__delivery *delivery, aw_error *err);
void aw__outbox_load_free(aw__delivery *delivery);

/* The rest on the loop's thread. Begins, or begins again, delay_ms from now. */
void aw__outbox_load_start(aw__delivery *delivery, int delay_ms);
void aw__outbox_load_stop(aw__delivery *delivery);

#endif
