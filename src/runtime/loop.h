/*
 * The runtime's insides, for the files of this folder: the libuv loop, who runs it, who waits for it. The rest of the
 * library uses runtime.h.
 *
 * One thread at a time owns the loop and runs it: the runtime's own thread, the thread that embeds it, a thread in a
 * synchronous call when there is neither, or at the end the one that frees the runtime.
 */
#ifndef AW_RUNTIME_LOOP_H
#define AW_RUNTIME_LOOP_H

#include <pthread.h>
#include <stdatomic.h>
#include <uv.h>

#include "base/list.h"
#include "runtime/op.h"
#include "runtime/runtime.h"
#include "runtime/timer.h"

typedef struct aw__workers aw__workers; /* worker.c */

/* Operations by handle (op_table.c). Handles count up and never come again. */
typedef struct aw__op_table {
    pthread_mutex_t lock;
    aw__op **buckets;
    size_t mask; /* buckets less one; their number is a power of two */
    size_t used;
    aw_op newest;
    bool closed;
} aw__op_table;

struct aw_runtime {
    aw_runtime_params params;

    /* Any thread. */
    _Atomic(aw__post *) posted; /* newest first */
    uv_async_t wake;
    atomic_size_t in_flight;
    atomic_bool closing;
    aw__op_table table;

    /* The owner of the loop only. */
    uv_loop_t loop;
    uv_timer_t alarm;      /* for the earliest of timers */
    uint64_t alarm_due_ms; /* 0: not set */
    aw__timer *timers;
    bool dirty;   /* a watch changed since libuv last told the kernel */
    aw__link ops; /* admitted and not finished */
    aw__workers *workers;
    struct aw__waiter *pumping; /* the waiter that runs the loop, if one does */

    /* Who owns the loop: written under lock; any thread may ask whether it is the owner. */
    _Atomic(pthread_t) owner;
    atomic_bool owned;
    atomic_bool yield; /* somebody else wants the loop */

    pthread_mutex_t lock;
    pthread_cond_t released; /* the loop has no owner, or a waiter has left */
    int wanted;              /* threads in aw__loop_acquire() */
    bool threaded;           /* aw_runtime_start() */
    bool embedded;           /* aw_runtime_process() was called, by embedder */
    bool exposed;            /* aw_runtime_fd() was called: an outer loop may watch */
    pthread_t embedder;
    pthread_t thread;
    aw__link waiters;

    /* Layer 2's. */
    pthread_mutex_t client_lock;
    void *client;
    void (*client_close)(void *client);
};

/* ---- loop.c: posting, and owning the loop ---- */

int aw__loop_open(aw_runtime *runtime, aw_error *err);
void aw__loop_close(aw_runtime *runtime); /* closes all handles that are left; nobody may own the loop */

/* Makes the owner look around: its uv_run() returns soon. Any thread. */
void aw__loop_wake(aw_runtime *runtime);

/* Takes the loop, waiting until its owner lets go of it: a waiter that pumps is asked to. */
void aw__loop_acquire(aw_runtime *runtime);
/* The same for the embedding thread, which must not wait: ret_taken is false when a waiter has the loop. It is asked to
 * let go of it, and the descriptor becomes readable when it has. AW_E_INVALID when the runtime has its own thread. */
int aw__loop_acquire_embedded(aw_runtime *runtime, bool *ret_taken);
void aw__loop_release(aw_runtime *runtime);

/* For the functions below and wait.c, with the lock held. */
void aw__loop_own(aw_runtime *runtime);
void aw__loop_disown(aw_runtime *runtime);
void aw__loop_ask(aw_runtime *runtime); /* the owner, if it is a waiter, to let go of it soon */

/* Stops every operation with AW_E_CLOSED and runs the loop until nothing is left to happen. By its owner, closing. */
void aw__loop_drain(aw_runtime *runtime);

/* ---- wait.c: threads that wait for the loop ---- */

typedef struct aw__waiter {
    aw__link link;  /* in runtime.waiters */
    aw__link among; /* the waker's own list */
    pthread_cond_t woken;
    bool done;
} aw__waiter;

/* Between enter and leave the runtime is not freed. Not inside the loop. */
void aw__waiter_enter(aw_runtime *runtime, aw__waiter *waiter);
void aw__waiter_wait(aw_runtime *runtime, aw__waiter *waiter); /* runs the loop itself when nobody else does */
void aw__waiter_leave(aw_runtime *runtime, aw__waiter *waiter);
void aw__waiter_wake(aw_runtime *runtime, aw__waiter *waiter); /* on the loop */
/* The loop has lost its owner: a waiter may run it now. With the lock held. */
void aw__waiters_take_over(aw_runtime *runtime);
/* Waits until none is left. */
void aw__waiters_join(aw_runtime *runtime);

/* ---- op_table.c ---- */

int aw__op_table_init(aw__op_table *table);
void aw__op_table_free(aw__op_table *table);
/* Gives op its handle and finds it from now on. False when the table was closed. */
bool aw__op_table_add(aw__op_table *table, aw__op *op);
void aw__op_table_remove(aw__op_table *table, aw__op *op);
/* The operation with one more reference, if its cancelling has not been asked for yet (then that is remembered);
 * ret_known tells whether there is one at all. */
aw__op *aw__op_table_claim_cancel(aw__op_table *table, aw_op handle, bool *ret_known);
void aw__op_table_close(aw__op_table *table);

/* ---- op.c, worker.c, timer.c, watch.c, as runtime.c and loop.c see them ---- */

void aw__ops_stop(aw_runtime *runtime, int code);

int aw__workers_start(aw_runtime *runtime, int count, aw_error *err);
bool aw__workers_idle(const aw_runtime *runtime); /* nothing queued or running. On the loop */
void aw__workers_stop(aw_runtime *runtime);       /* joins them; idle */

void aw__timers_ring(uv_timer_t *alarm);
void aw__watch_close_left(uv_handle_t *handle); /* a UV_POLL handle that nobody freed */

/* A thread of the library's: the application's signals are not delivered to it. 0, or an errno. */
int aw__thread_start(pthread_t *thread, const char *name, void *(*run)(void *), void *arg);

#endif
