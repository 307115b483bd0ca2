/*
 * The watch over gaps, opened and closed with the delivery of callbacks. resync.h says what it is told.
 */
#ifndef AW_FLOW_RESYNC_WATCH_H
#define AW_FLOW_RESYNC_WATCH_H

#include "actor/site.h"

typedef struct aw__resyncs aw__resyncs;

/* Without it nobody sees to gaps. */
int aw__resyncs_open(aw__site *site, aw__resyncs **ret_resyncs, aw_error *err);
/* Another server is gone, and with it its watch: what is stored of gaps is gone through once more. On the loop's
 * thread. */
void aw__resyncs_load(aw__resyncs *resyncs);
void aw__resyncs_close(aw__resyncs *resyncs); /* as aw__delivery_close(); takes NULL */

#endif
