/*
 * The life of requests: deferring, answering, hang-ups, draining (invariants in exchange.h). What a request says is in
 * exchange_request.c, its connection in server.c.
 */
#include "http/exchange.h"

#include <errno.h>
#include <pthread.h>
#include <time.h>

#include "base/error.h"
#include "base/log.h"

struct aw__exchanges {
    aw__hangups *hangups;  /* or NULL */
    atomic_int refs;       /* the server's and each exchange's */
    atomic_long in_flight; /* begun, and not yet answered and left */
    atomic_bool draining, refusing, drained;
    pthread_mutex_t lock;
    pthread_cond_t idle; /* nothing is in flight; signalled while draining */
    /* Under the lock. */
    bool closed;
    aw__exchange *suspended;
};

int aw__exchanges_new(aw_runtime *runtime, aw__exchanges **ret_all, aw_error *err)
{
    aw__exchanges *all = aw__calloc(1, sizeof(*all));

    if (!all)
        return aw__fail_nomem(err);
    int rc = runtime ? aw__hangups_new(runtime, &all->hangups, err) : AW_OK;

    if (rc) {
        aw__free(all);
        return rc;
    }
    pthread_condattr_t attr;

    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&all->idle, &attr);
    pthread_condattr_destroy(&attr);
    pthread_mutex_init(&all->lock, NULL);
    atomic_init(&all->refs, 1);
    *ret_all = all;
    return AW_OK;
}

void aw__exchanges_unref(aw__exchanges *all)
{
    if (!all || atomic_fetch_sub(&all->refs, 1) > 1)
        return;
    aw__hangups_free(all->hangups);
    pthread_cond_destroy(&all->idle);
    pthread_mutex_destroy(&all->lock);
    aw__free(all);
}

void aw__exchanges_last(aw__exchanges *all)
{
    atomic_store(&all->draining, true);
}

bool aw__exchanges_draining(const aw__exchanges *all)
{
    return atomic_load(&all->draining);
}

bool aw__exchanges_drained(const aw__exchanges *all)
{
    return atomic_load(&all->drained);
}

static bool wait_until_idle(aw__exchanges *all, const struct timespec *until)
{
    int rc = 0;

    pthread_mutex_lock(&all->lock);
    while (atomic_load(&all->in_flight) > 0 && rc != ETIMEDOUT)
        rc = pthread_cond_timedwait(&all->idle, &all->lock, until);
    bool idle = atomic_load(&all->in_flight) == 0;
    pthread_mutex_unlock(&all->lock);
    return idle;
}

int aw__exchanges_drain(aw__exchanges *all, int timeout_ms)
{
    struct timespec until;

    clock_gettime(CLOCK_MONOTONIC, &until);
    if (timeout_ms > 0) {
        until.tv_sec += timeout_ms / 1000;
        until.tv_nsec += timeout_ms % 1000 * 1000000L;
        until.tv_sec += until.tv_nsec / 1000000000L;
        until.tv_nsec %= 1000000000L;
    }
    atomic_store(&all->draining, true);
    atomic_store(&all->drained, wait_until_idle(all, &until));
    /* One may have slipped in on an open connection between being idle and refusing: so once more. */
    atomic_store(&all->refusing, true);
    return wait_until_idle(all, &until) ? AW_OK : AW_E_TIMEOUT;
}

void aw__exchanges_close(aw__exchanges *all)
{
    atomic_store(&all->refusing, true);
    if (all->hangups)
        aw__hangups_stop(all->hangups); /* before the sockets are closed */
    pthread_mutex_lock(&all->lock);
    all->closed = true;
    for (aw__exchange *x = all->suspended; x; x = x->next) {
        x->suspended = false;
        aw__connection_resume(x->connection);
    }
    all->suspended = NULL;
    pthread_mutex_unlock(&all->lock);
}

aw__exchange *aw__exchange_new(aw__exchanges *all, const char *target)
{
    aw__exchange *x = aw__calloc(1, sizeof(*x));

    if (!x)
        return NULL;
    x->arena = aw__arena_new();
    if (!x->arena || !aw__exchange_set_target(x, target)) {
        aw__arena_free(x->arena);
        aw__free(x);
        return NULL;
    }
    x->all = all;
    atomic_fetch_add(&all->refs, 1);
    atomic_init(&x->refs, 1);
    return x;
}

bool aw__exchange_begin(aw__exchange *x)
{
    x->counted = true;
    atomic_fetch_add(&x->all->in_flight, 1);
    return !atomic_load(&x->all->refusing);
}

static void end_request(aw__exchange *x)
{
    aw__arena_free(x->arena);
    aw__buffer_free(&x->body);
    x->arena = NULL;
}

static void unref(aw__exchange *x)
{
    if (atomic_fetch_sub(&x->refs, 1) > 1)
        return;
    aw__exchanges *all = x->all;
    bool counted = x->counted;

    end_request(x);
    aw__answer_free(x->answer);
    aw__free(x);
    if (counted && atomic_fetch_sub(&all->in_flight, 1) == 1 && atomic_load(&all->draining)) {
        pthread_mutex_lock(&all->lock);
        pthread_cond_broadcast(&all->idle);
        pthread_mutex_unlock(&all->lock);
    }
    aw__exchanges_unref(all);
}

void aw__exchange_leave(aw__exchange *x)
{
    unref(x);
}

void aw__exchange_hand(aw__exchange *x)
{
    atomic_fetch_add(&x->refs, 1);
}

static void answerer_leaves(void *arg)
{
    end_request(arg);
    unref(arg);
}

static void on_gone(void *arg)
{
    aw__exchange *x = arg;

    x->on_hangup(x->hangup_arg);
}

aw__exchange_turn aw__exchange_settle(aw__exchange *x)
{
    aw__exchanges *all = x->all;
    aw__exchange_turn turn = AW__TURN_WAIT;

    if (!x->deferred) {
        if (!x->answered) {
            aw__log(AW_LOG_ERROR, "server: %s %s was neither answered nor deferred", x->method, x->path);
            aw__exchange_reply(x, 500, NULL, 0);
        }
        return AW__TURN_ANSWER;
    }
    pthread_mutex_lock(&all->lock);
    if (x->answered) {
        turn = AW__TURN_ANSWER;
    } else if (all->closed) {
        turn = AW__TURN_CLOSE;
    } else {
        aw__connection_suspend(x->connection);
        x->suspended = true;
        x->next = all->suspended;
        if (x->next)
            x->next->prev = x;
        all->suspended = x;
        /* Only now: everything that handle() set up for on_hangup() is in place. */
        if (x->on_hangup && all->hangups && !x->answering)
            aw__hangup_watch(all->hangups, &x->hangup, x->fd, on_gone, x);
    }
    pthread_mutex_unlock(&all->lock);
    return turn;
}

aw__exchange_turn aw__exchange_resumed(const aw__exchange *x)
{
    pthread_mutex_lock(&x->all->lock);
    bool answered = x->answered;
    pthread_mutex_unlock(&x->all->lock);

    return answered ? AW__TURN_ANSWER : AW__TURN_CLOSE;
}

/* Called with the lock held. */
static void resume(aw__exchange *x)
{
    if (!x->suspended)
        return;
    if (x->prev)
        x->prev->next = x->next;
    else
        x->all->suspended = x->next;
    if (x->next)
        x->next->prev = x->prev;
    x->suspended = false;
    aw__connection_resume(x->connection);
}

static void reply_later(aw__exchange *x, int status, void *answer)
{
    aw__exchanges *all = x->all;
    bool quiet = true;

    atomic_fetch_add(&x->refs, 1); /* this function's own: the answerer's may go with a hang-up's end */
    pthread_mutex_lock(&all->lock);
    x->answering = true; /* no watching begins any more */
    if (all->hangups)
        quiet = aw__hangup_end(all->hangups, &x->hangup, answerer_leaves);
    pthread_mutex_unlock(&all->lock);
    if (quiet)
        answerer_leaves(x); /* before the client can see the answer, so that it finds everything ended */

    pthread_mutex_lock(&all->lock);
    x->status = status;
    x->answer = answer;
    x->answered = true;
    resume(x);
    pthread_mutex_unlock(&all->lock);
    unref(x);
}

void aw__exchange_reply(aw__exchange *x, int status, const char *body, size_t body_bytes)
{
    void *answer = aw__answer_new(x, body, body_bytes, aw__exchanges_draining(x->all));

    if (x->deferred) {
        reply_later(x, status, answer);
        return;
    }
    x->status = status;
    x->answer = answer;
    x->answered = true;
    answerer_leaves(x);
}

void aw__exchange_defer(aw__exchange *x, void (*on_hangup)(void *arg), void *arg)
{
    x->on_hangup = on_hangup;
    x->hangup_arg = arg;
    x->deferred = true;
}

int aw__exchange_at_end(aw__exchange *x, void (*release)(void *), void *value)
{
    return aw__arena_defer(x->arena, release, value);
}
