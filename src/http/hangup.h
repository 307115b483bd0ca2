/*
 * Clients that go away while their connection is suspended, when nobody reads from it. All these sockets are in one
 * epoll set, and the runtime's loop watches that set as a single descriptor: to watch a socket more is one system call,
 * from any thread, and takes no descriptor more.
 */
#ifndef AW_HTTP_HANGUP_H
#define AW_HTTP_HANGUP_H

#include "runtime/runtime.h"
#include <actingweb/error.h>

typedef struct aw__hangups aw__hangups;

/* One watched socket; embedded in its owner, zeroed at first. */
typedef struct aw__hangup {
    int fd;
    int state;
    void (*gone)(void *arg);
    void (*after)(void *arg);
    void *arg;
} aw__hangup;

/* The runtime must outlive it. AW_E_UNSUPPORTED (no descriptor left), AW_E_NOMEM. Any thread, as all below. */
int aw__hangups_new(aw_runtime *runtime, aw__hangups **ret_hangups, aw_error *err);

/* No gone() begins from now on; one that is running may go on. aw__hangup_end() remains allowed. */
void aw__hangups_stop(aw__hangups *hangups);

/* Stops too. Takes NULL. */
void aw__hangups_free(aw__hangups *hangups);

/* gone(arg) runs once on the loop's thread when the other side has closed its half, or all of it. The socket must stay
 * open until aw__hangup_end() or aw__hangups_stop(). When it cannot be watched, nobody tells. */
void aw__hangup_watch(aw__hangups *hangups, aw__hangup *hangup, int fd, void (*gone)(void *arg), void *arg);

/* Ends the watching. True: gone() does not run and never will. False: it is running (perhaps in this very thread), and
 * after(arg) runs on the loop's thread when it has returned. */
bool aw__hangup_end(aw__hangups *hangups, aw__hangup *hangup, void (*after)(void *arg));

#endif
