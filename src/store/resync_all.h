/*
 * After an old copy of a store was put back: what peers were told of since then is not known here any more.
 */
#ifndef AW_STORE_RESYNC_ALL_H
#define AW_STORE_RESYNC_ALL_H

#include "store/store.h"
#include <actingweb/store.h>

/* Gives the sequence of every subscription that a peer has here a value that it cannot have seen, and makes a resync due
 * that whichever server delivers next sends. A page of subscriptions at a time, each in a transaction. progress may be
 * NULL. *ret_told: how many are due. AW_E_CANCELED by progress: what has been done by then stays, as it does after any
 * other failure. */
int aw__resync_all(aw__store *store, aw_store_progress_cb *progress, void *ud, int64_t *ret_told, aw_error *err);

#endif
