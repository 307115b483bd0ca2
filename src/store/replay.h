/*
 * Transactions on connections of a pool, run again when the database asks for it (it could not put them in an order
 * with others, or the connection was lost before anything could have been committed). For databases with many writers;
 * SQLite's writes are writer.c's.
 */
#ifndef AW_STORE_REPLAY_H
#define AW_STORE_REPLAY_H

#include "store/pool.h"
#include "store/store.h"

typedef struct aw__replay aw__replay;

/* pool is borrowed. */
int aw__replay_new(aw__pool *pool, aw__replay **ret_replay, aw_error *err);
void aw__replay_free(aw__replay *replay); /* takes NULL */

/* As aw__store_read(). Also for SQLite, which never asks. */
int aw__replay_read(aw__pool *pool, aw__store_fn *fn, void *arg, aw_error *err);

/* As aw__store_write(). Where the driver has lock(), others are faster a few times only: then none of them is beside it.
 * AW_E_BUSY: they were too many times, or kept their locks for too long. When the connection breaks during the commit
 * nobody knows whether it was; that is AW_E_STORE, and is not tried again. */
int aw__replay_write(aw__replay *replay, aw__store_fn *fn, void *arg, aw_error *err);

/* As aw__store_doubts(). */
uint64_t aw__replay_doubts(const aw__replay *replay);

#endif
