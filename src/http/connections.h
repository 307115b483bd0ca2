/*
 * The server's connections, counted: all of them, those that are on their way to libmicrohttpd's threads, and those
 * that have not sent a request yet. Any thread; one connection's own functions are called by one thread at a time.
 */
#ifndef AW_HTTP_CONNECTIONS_H
#define AW_HTTP_CONNECTIONS_H

#include <stdatomic.h>
#include <stdbool.h>

/* Zeroed at first. */
typedef struct aw__connections {
    atomic_int open;
    atomic_int handed_over; /* to libmicrohttpd, and not yet begun by its threads */
    atomic_int silent;      /* begun, and without a request so far */
} aw__connections;

typedef struct aw__connection aw__connection; /* one of them; NULL is one that is not waited for */

/* One was accepted, and is handed over; or could not be. */
void aw__connections_add(aw__connections *all);
void aw__connections_undo_add(aw__connections *all);
/* A thread has begun with it. NULL when out of memory. */
aw__connection *aw__connection_begin(aw__connections *all);
/* It has sent a request, which has been counted as in flight already: a drain must see it as one or the other. */
void aw__connection_heard(aw__connections *all, aw__connection *connection);
/* It is closed. Frees it. */
void aw__connection_end(aw__connections *all, aw__connection *connection);

/* Waits until none is being handed over, or for max_ms. */
void aw__connections_wait_begun(const aw__connections *all, int max_ms);
/* Waits also until each has sent a request. Gives how many milliseconds that took. */
int aw__connections_wait_heard(const aw__connections *all, int max_ms);

#endif
