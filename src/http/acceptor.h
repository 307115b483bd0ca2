/*
 * Listening: the sockets, and the one thread that accepts connections and hands them on.
 *
 * libmicrohttpd could accept by itself; but it knows one socket only, wakes all its threads for each connection, and
 * may abort the process when it is told to stop accepting while connections come in (seen in 0.9.75).
 */
#ifndef AW_HTTP_ACCEPTOR_H
#define AW_HTTP_ACCEPTOR_H

#include <sys/socket.h>

#include <actingweb/error.h>

typedef struct aw__acceptor aw__acceptor;

typedef struct aw__acceptor_params {
    const char *host; /* an address, "localhost" (127.0.0.1, and ::1 where there is one), or "" or "*" for all */
    int port;         /* 0: any */
    /* The next two run on the acceptor's thread. */
    bool (*full)(void *arg); /* no connection more: new ones wait in the system's queue meanwhile */
    /* A connection, whose socket is now the taker's. */
    void (*take)(int fd, const struct sockaddr *address, socklen_t bytes, void *arg);
    void *arg;
} aw__acceptor_params;

/* Binds and listens; nothing is accepted yet. AW_E_INVALID (the host is no address), AW_E_BUSY (in use),
 * AW_E_UNSUPPORTED, AW_E_NOMEM. */
int aw__acceptor_open(const aw__acceptor_params *params, aw__acceptor **ret_acceptor, aw_error *err);
int aw__acceptor_port(const aw__acceptor *acceptor);

/* AW_E_UNSUPPORTED: no thread to be had. */
int aw__acceptor_start(aw__acceptor *acceptor, aw_error *err);

/* take() does not run after this. The sockets are closed: new connections are refused. A second call does nothing. */
void aw__acceptor_stop(aw__acceptor *acceptor);
void aw__acceptor_free(aw__acceptor *acceptor); /* stops; takes NULL */

#endif
