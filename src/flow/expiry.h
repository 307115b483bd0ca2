/*
 * The sweep: attributes that have expired, tombstones of deleted actors among them, are deleted from time to time.
 * Reads pass over them anyway.
 */
#ifndef AW_FLOW_EXPIRY_H
#define AW_FLOW_EXPIRY_H

#include "actor/site.h"

/* The first sweep is a few seconds from now. Sets site->expiry. AW_E_NOMEM. */
int aw__expiry_open(aw__site *site, aw_error *err);
/* Waits for a page that is being deleted. Not from the loop; nothing when it was not opened. */
void aw__expiry_close(aw__site *site);

#endif
