/*
 * The writer: one thread and one connection through which all writes go. Whatever is queued when it comes round shares
 * one commit, so that many callers pay for one wait for the disk.
 */
#ifndef AW_STORE_WRITER_H
#define AW_STORE_WRITER_H

#include "store/store.h"

typedef struct aw__writer aw__writer;

/* The connection is the writer's once this succeeds: its thread uses it and aw__writer_stop() closes it. */
int aw__writer_start(aw_database *database, aw__writer **ret_writer, aw_error *err);

/* aw__store_write() */
int aw__writer_run(aw__writer *writer, aw__store_fn *fn, void *arg, aw_error *err);

/* After the last aw__writer_run() has returned. Takes NULL. */
void aw__writer_stop(aw__writer *writer);

#endif
