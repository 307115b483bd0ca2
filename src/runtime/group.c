/*
 * Groups of operations: their turns, their common deadline, cancelling and waiting for all of them.
 *
 * A group lives as long as its handle, its members and its posts. Its deadline's timer runs only while it has members
 * on the loop, so it holds nothing alive.
 */
#include "runtime/group.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/error.h"
#include "runtime/loop.h"
#include "base/params.h"

struct aw_group {
    aw_runtime *runtime;
    size_t max_in_flight; /* 0: no cap */
    uint64_t due_ms;      /* 0: no deadline */
    atomic_int refs;
    aw__post cancel_post;
    aw__post done_post;

    pthread_mutex_t lock;
    /* under lock */
    size_t unfinished; /* joined and not left */
    bool canceled;
    bool done_sent;   /* done_post was posted */
    bool done_called; /* and done has returned */
    aw_group_cb *done;
    void *done_ud;
    aw_group_result result;
    aw__link waiters;

    /* the loop's thread only */
    aw__link waiting, running;
    size_t slots_used;
    size_t admitted;
    int stop_code;
    int in_callbacks;
    bool starting;
    aw__timer deadline;
};

/* ---- Making and letting go ---- */

aw_group *aw__group_new(aw_runtime *runtime, const aw_group_params *given)
{
    aw_group_params params;
    aw_group *group;

    if (!aw__params_read(&params, sizeof(params), given))
        return NULL;
    if (!runtime)
        runtime = params.runtime;
    group = runtime ? aw__calloc(1, sizeof(*group)) : NULL;
    if (!group)
        return NULL;
    group->runtime = runtime;
    group->max_in_flight = params.max_in_flight > 0 ? (size_t)params.max_in_flight : 0;
    group->due_ms = params.deadline_ms > 0 ? aw__now_ms() + (uint64_t)params.deadline_ms : 0;
    atomic_init(&group->refs, 1);
    pthread_mutex_init(&group->lock, NULL);
    aw__list_init(&group->waiters);
    aw__list_init(&group->waiting);
    aw__list_init(&group->running);
    return group;
}

static void ref(aw_group *group)
{
    atomic_fetch_add_explicit(&group->refs, 1, memory_order_relaxed);
}

static void unref(aw_group *group)
{
    if (atomic_fetch_sub_explicit(&group->refs, 1, memory_order_acq_rel) != 1)
        return;
    pthread_mutex_destroy(&group->lock);
    aw__free(group);
}

void aw_group_free(aw_group *group)
{
    if (group)
        unref(group);
}

/* ---- Done ---- */

/* With the lock held, as the two below. */
static bool complete(const aw_group *group)
{
    return group->unfinished == 0 && (!group->done || group->done_called);
}

static void wake_waiters(aw_group *group)
{
    if (!complete(group))
        return;
    while (!aw__list_empty(&group->waiters))
        aw__waiter_wake(group->runtime, AW__ITEM(aw__list_pop(&group->waiters), aw__waiter, among));
}

static void call_done(void *arg)
{
    aw_group *group = arg;
    aw_group_result result;

    pthread_mutex_lock(&group->lock);
    result = group->result;
    pthread_mutex_unlock(&group->lock);
    group->done(group, &result, group->done_ud);
    pthread_mutex_lock(&group->lock);
    group->done_called = true;
    wake_waiters(group);
    pthread_mutex_unlock(&group->lock);
    unref(group);
}

static void send_done_if_due(aw_group *group)
{
    if (!group->done || group->done_sent || group->unfinished)
        return;
    group->done_sent = true;
    ref(group);
    aw__runtime_post(group->runtime, &group->done_post, call_done, group);
}

int aw_group_on_done(aw_group *group, aw_group_cb *cb, void *ud)
{
    int rc = AW_OK;

    if (!group || !cb)
        return AW_E_INVALID;
    pthread_mutex_lock(&group->lock);
    if (group->done) {
        rc = AW_E_EXISTS;
    } else {
        group->done = cb;
        group->done_ud = ud;
        send_done_if_due(group);
    }
    pthread_mutex_unlock(&group->lock);
    return rc;
}

int aw_group_wait(aw_group *group, aw_group_result *ret_result, aw_error *err)
{
    aw__waiter waiter;
    bool wait;

    if (!group)
        return aw__fail(err, AW_E_INVALID, "no group");
    if (aw__runtime_inside(group->runtime))
        return aw__fail(err, AW_E_REENTRANT, "aw_group_wait would wait for its own thread: use aw_group_on_done");
    ref(group); /* on-done may let go of the handle */
    aw__waiter_enter(group->runtime, &waiter);
    pthread_mutex_lock(&group->lock);
    wait = !complete(group);
    if (wait)
        aw__list_append(&group->waiters, &waiter.among);
    pthread_mutex_unlock(&group->lock);
    if (wait)
        aw__waiter_wait(group->runtime, &waiter);
    aw__waiter_leave(group->runtime, &waiter);
    if (ret_result) {
        pthread_mutex_lock(&group->lock);
        *ret_result = group->result;
        pthread_mutex_unlock(&group->lock);
    }
    unref(group);
    return AW_OK;
}

/* ---- Stopping all ---- */

static void stop_all(aw_group *group, int code)
{
    aw__link doomed;

    if (group->stop_code)
        return;
    group->stop_code = code;
    aw__list_init(&doomed);
    aw__list_move(&doomed, &group->running);
    aw__list_move(&doomed, &group->waiting);
    ref(group);
    while (!aw__list_empty(&doomed)) {
        aw__op *op = AW__ITEM(aw__list_pop(&doomed), aw__op, group_link);

        aw__list_append(&group->running, &op->group_link); /* it may finish later */
        aw__op_stop(op, code);
    }
    unref(group);
}

static void on_deadline(void *arg)
{
    stop_all(arg, AW_E_TIMEOUT);
}

static void on_cancel(void *arg)
{
    aw_group *group = arg;

    stop_all(group, AW_E_CANCELED);
    unref(group);
}

void aw_group_cancel(aw_group *group)
{
    bool first;

    if (!group)
        return;
    pthread_mutex_lock(&group->lock);
    first = !group->canceled;
    group->canceled = true;
    /* Without members nothing is left to stop, and the runtime may be gone. */
    first = first && group->unfinished;
    if (first)
        ref(group);
    pthread_mutex_unlock(&group->lock);
    if (first)
        aw__runtime_post(group->runtime, &group->cancel_post, on_cancel, group);
}

/* ---- Members ---- */

int aw__group_join(aw_group *group, const aw__op *op, aw_error *err)
{
    bool in_callback, open;

    if (group->runtime != op->runtime)
        return aw__fail(err, AW_E_INVALID, "the group belongs to another runtime");
    in_callback = aw__runtime_inside(group->runtime) && group->in_callbacks;
    pthread_mutex_lock(&group->lock);
    open = !group->canceled && (!group->done || in_callback);
    if (open) {
        group->unfinished++;
        ref(group);
    }
    pthread_mutex_unlock(&group->lock);
    return open ? AW_OK : aw__fail(err, AW_E_CLOSED, "the group was canceled, or takes no more members");
}

/* The deadline while members are there to be stopped by it. */
static int set_deadline(aw_group *group)
{
    uint64_t now_ms = aw__now_ms();

    if (!group->due_ms || group->deadline.armed)
        return AW_OK;
    if (now_ms >= group->due_ms)
        return AW_E_TIMEOUT;
    aw__timer_start(group->runtime, &group->deadline, group->due_ms - now_ms, on_deadline, group);
    return AW_OK;
}

static bool has_slot(const aw_group *group)
{
    return !group->max_in_flight || group->slots_used < group->max_in_flight;
}

static void give_slot(aw_group *group, aw__op *op)
{
    op->group_slot = true;
    group->slots_used++;
    aw__list_append(&group->running, &op->group_link);
}

int aw__group_admit(aw_group *group, aw__op *op, bool *ret_turn)
{
    group->admitted++;
    if (!group->stop_code)
        group->stop_code = set_deadline(group);
    *ret_turn = has_slot(group);
    if (*ret_turn)
        give_slot(group, op);
    else
        aw__list_append(&group->waiting, &op->group_link);
    return group->stop_code;
}

/* A member that finishes as soon as it begins comes back here: the outermost call goes on with the next. */
static void begin_next(aw_group *group)
{
    if (group->starting)
        return;
    group->starting = true;
    while (!group->stop_code && has_slot(group) && !aw__list_empty(&group->waiting)) {
        aw__op *op = AW__ITEM(aw__list_pop(&group->waiting), aw__op, group_link);

        give_slot(group, op);
        aw__op_begin(op);
    }
    group->starting = false;
}

void aw__group_callback(aw_group *group)
{
    group->in_callbacks++;
}

static void count(aw_group_result *result, int code)
{
    if (code == AW_OK)
        result->succeeded++;
    else if (code == AW_E_CANCELED)
        result->canceled++;
    else if (code == AW_E_TIMEOUT)
        result->timed_out++;
    else
        result->failed++;
}

void aw__group_leave(aw_group *group, aw__op *op, int code)
{
    group->in_callbacks--;
    aw__list_remove(&op->group_link);
    if (op->group_slot)
        group->slots_used--;
    if (--group->admitted == 0)
        aw__timer_stop(group->runtime, &group->deadline);
    begin_next(group);
    pthread_mutex_lock(&group->lock);
    count(&group->result, code);
    group->unfinished--;
    send_done_if_due(group);
    wake_waiters(group);
    pthread_mutex_unlock(&group->lock);
    unref(group);
}
