/*
 * The watch over gaps, opened and closed with the delivery of callbacks. resync.h says what it is told.
 */
#ifndef AW_FLOW_RESYNC_WATCH_H
#define AW_FLOW_RESYNC_WATCH_H

#include "actor/site.h"

/* Sets site->resyncs. Without it nobody sees to gaps. */
int aw__resyncs_open(aw__site *site, aw_error *err);
void aw__resyncs_close(aw__site *site); /* as aw__delivery_close() */

#endif
