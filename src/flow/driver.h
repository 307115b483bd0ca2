/*
 * What the files of the driver know of each other: flow.c walks, undo.c takes back, closing.c ends all.
 */
#ifndef AW_FLOW_DRIVER_H
#define AW_FLOW_DRIVER_H

#include "flow/flow.h"

/* ---- flow.c ---- */

extern const aw__op_class aw__flow_class;

/* Sends flow->request. Negative with flow->error filled, and then done() never runs. */
int aw__flow_send(aw__flow *flow, aw__http_done *done);

/* ---- undo.c ---- */

/* Undoing that goes on when its flow has completed; the operation is flow->rest.op. */
extern const aw__op_class aw__undo_class;

/* Takes back what the steps that began have done and finishes the operation with flow->outcome. On the loop, once. */
void aw__undo_start(aw__flow *flow);
/* The operation shall end now: what is still to be said to the peer is said in the background. */
void aw__undo_stop(aw__flow *flow);

#endif
