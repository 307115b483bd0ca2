/*
 * Worker threads: for what may wait (the store, the application's own blocking code), never for a peer.
 */
#ifndef AW_RUNTIME_WORKER_H
#define AW_RUNTIME_WORKER_H

#include "base/list.h"
#include "runtime/runtime.h"

/* Embedded in the caller's object, zeroed at first; queueing never allocates and never fails. */
typedef struct aw__work {
    void (*run)(void *arg);  /* on a worker */
    void (*done)(void *arg); /* then on the loop's thread */
    void *arg;
    aw_runtime *runtime;
    /* the rest is worker.c's own */
    aw__link link;
    aw__post post;
    bool queued; /* under the queue's lock */
} aw__work;

/* Queues it, first come first served. On the loop's thread. Always ends with done(), which may queue it again. */
void aw__worker_queue(aw_runtime *runtime, aw__work *work, void (*run)(void *), void (*done)(void *), void *arg);

/* The same, before all that no worker has begun: for what others count on to be done in time. */
void aw__worker_queue_first(aw_runtime *runtime, aw__work *work, void (*run)(void *), void (*done)(void *), void *arg);

/* Takes it back when no worker has begun it: then done() never runs. On the loop's thread. */
bool aw__worker_withdraw(aw_runtime *runtime, aw__work *work);

#endif
