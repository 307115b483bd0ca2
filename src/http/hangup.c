/*
 * The epoll set of suspended connections' sockets, and its one watch on the loop. What a hang-up means to a request is
 * exchange.c's.
 */
#include "http/hangup.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/log.h"
#include "runtime/watch.h"

enum { AT_ONCE = 64 }; /* hang-ups reported before the loop gets its turn again */

enum { UNWATCHED, WATCHED, GOING, OVER }; /* a hang-up's states; GOING: gone() is running */

struct aw__hangups {
    aw_runtime *runtime;
    int epoll;
    aw__post arm, disarm;
    aw__watch *watch; /* the loop's thread only */
    atomic_int refs;  /* the owner's and the loop's */
    pthread_mutex_t lock;
    bool stopped; /* under the lock, as are the states of all hang-ups, so that an event finds its hang-up alive */
};

static void unref(aw__hangups *hangups)
{
    if (atomic_fetch_sub(&hangups->refs, 1) > 1)
        return;
    pthread_mutex_destroy(&hangups->lock);
    aw__free(hangups);
}

/* Tells one owner. False when there is nothing more to tell. */
static bool report_one(aw__hangups *hangups)
{
    struct epoll_event event;

    pthread_mutex_lock(&hangups->lock);
    if (hangups->stopped || epoll_wait(hangups->epoll, &event, 1, 0) < 1) {
        pthread_mutex_unlock(&hangups->lock);
        return false;
    }
    aw__hangup *hangup = event.data.ptr;
    void *arg = hangup->arg;

    epoll_ctl(hangups->epoll, EPOLL_CTL_DEL, hangup->fd, NULL);
    hangup->state = GOING;
    pthread_mutex_unlock(&hangups->lock);

    hangup->gone(arg);

    pthread_mutex_lock(&hangups->lock);
    void (*after)(void *) = hangup->after;

    hangup->state = OVER; /* without an after() the owner may free it from here on */
    pthread_mutex_unlock(&hangups->lock);
    if (after)
        after(arg);
    return true;
}

static void on_ready(void *arg, int events)
{
    (void)events;
    for (int i = 0; i < AT_ONCE && report_one(arg); i++)
        ;
}

static void arm(void *arg)
{
    aw__hangups *hangups = arg;

    hangups->watch = aw__watch_new(hangups->runtime, hangups->epoll, on_ready, hangups);
    if (!hangups->watch || aw__watch_set(hangups->watch, AW__READABLE))
        aw__log(AW_LOG_WARNING, "server: clients that hang up will not be noticed: out of memory");
}

static void disarm(void *arg)
{
    aw__hangups *hangups = arg;

    aw__watch_free(hangups->watch);
    close(hangups->epoll);
    unref(hangups);
}

int aw__hangups_new(aw_runtime *runtime, aw__hangups **ret_hangups, aw_error *err)
{
    aw__hangups *hangups = aw__calloc(1, sizeof(*hangups));

    if (!hangups)
        return aw__fail_nomem(err);
    hangups->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (hangups->epoll < 0) {
        aw__free(hangups);
        return aw__fail(err, AW_E_UNSUPPORTED, "no epoll descriptor for the server: %s", strerror(errno));
    }
    hangups->runtime = runtime;
    atomic_init(&hangups->refs, 2);
    pthread_mutex_init(&hangups->lock, NULL);
    aw__runtime_post(runtime, &hangups->arm, arm, hangups);
    *ret_hangups = hangups;
    return AW_OK;
}

void aw__hangups_stop(aw__hangups *hangups)
{
    pthread_mutex_lock(&hangups->lock);
    bool first = !hangups->stopped;

    hangups->stopped = true;
    pthread_mutex_unlock(&hangups->lock);
    if (first)
        aw__runtime_post(hangups->runtime, &hangups->disarm, disarm, hangups);
}

void aw__hangups_free(aw__hangups *hangups)
{
    if (!hangups)
        return;
    aw__hangups_stop(hangups);
    unref(hangups);
}

void aw__hangup_watch(aw__hangups *hangups, aw__hangup *hangup, int fd, void (*gone)(void *arg), void *arg)
{
    struct epoll_event event = {.events = EPOLLRDHUP, .data.ptr = hangup}; /* errors and resets come unasked */

    hangup->fd = fd;
    hangup->gone = gone;
    hangup->arg = arg;
    pthread_mutex_lock(&hangups->lock);
    if (!hangups->stopped && epoll_ctl(hangups->epoll, EPOLL_CTL_ADD, fd, &event) == 0)
        hangup->state = WATCHED;
    pthread_mutex_unlock(&hangups->lock);
}

bool aw__hangup_end(aw__hangups *hangups, aw__hangup *hangup, void (*after)(void *arg))
{
    pthread_mutex_lock(&hangups->lock);
    bool going = hangup->state == GOING;

    if (going) {
        hangup->after = after;
    } else {
        if (hangup->state == WATCHED && !hangups->stopped)
            epoll_ctl(hangups->epoll, EPOLL_CTL_DEL, hangup->fd, NULL);
        hangup->state = OVER;
    }
    pthread_mutex_unlock(&hangups->lock);
    return !going;
}
