/*
 * The accepting thread. Opening the sockets is listen.c's; what becomes of a connection is server.c's.
 */
#include "http/acceptor.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/log.h"
#include "http/listen.h"

enum {
    AT_ONCE = 64,         /* accepted from one socket before the others get their turn */
    FULL_PAUSE_MS = 20,   /* before asking again whether there is room */
    SCARCE_PAUSE_MS = 100 /* after the system had no descriptor or memory left */
};

struct aw__acceptor {
    aw__acceptor_params params;
    int sockets[AW__LISTEN_MAX];
    int count, port;
    int wake; /* an eventfd: readable means stop */
    bool running;
    pthread_t thread;
};

/* Milliseconds that the system needs before accept() makes sense again, or 0. */
static int accept_some(aw__acceptor *acceptor, int socket)
{
    const aw__acceptor_params *params = &acceptor->params;

    for (int i = 0; i < AT_ONCE && !params->full(params->arg); i++) {
        struct sockaddr_storage address;
        socklen_t bytes = sizeof(address);
        int fd = accept4(socket, (struct sockaddr *)&address, &bytes, SOCK_NONBLOCK | SOCK_CLOEXEC);

        if (fd >= 0) {
            params->take(fd, (const struct sockaddr *)&address, bytes, params->arg);
        } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
            aw__log(AW_LOG_WARNING, "server: cannot accept connections for the moment: %s", strerror(errno));
            return SCARCE_PAUSE_MS;
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            break;
        } /* else that client is gone already, or a signal came: the next one */
    }
    return 0;
}

/* Waits for connections, or only for stop when pause_ms is not 0. False: stop. */
static bool wait_for_some(aw__acceptor *acceptor, int pause_ms, struct pollfd ready[AW__LISTEN_MAX + 1])
{
    ready[0] = (struct pollfd){.fd = acceptor->wake, .events = POLLIN};
    for (int i = 0; i < acceptor->count; i++)
        ready[i + 1] = (struct pollfd){.fd = acceptor->sockets[i], .events = POLLIN};
    poll(ready, pause_ms ? 1 : (nfds_t)acceptor->count + 1, pause_ms ? pause_ms : -1);
    return !ready[0].revents;
}

static void *accept_until_stopped(void *arg)
{
    aw__acceptor *acceptor = arg;
    struct pollfd ready[AW__LISTEN_MAX + 1];
    int pause_ms = 0;

    while (wait_for_some(acceptor, pause_ms, ready)) {
        pause_ms = acceptor->params.full(acceptor->params.arg) ? FULL_PAUSE_MS : 0;
        for (int i = 0; i < acceptor->count && !pause_ms; i++) {
            if (ready[i + 1].revents)
                pause_ms = accept_some(acceptor, acceptor->sockets[i]);
        }
    }
    return NULL;
}

/* Those whose connections the system has made already: closing the socket would reset them, with the requests that they
 * may have sent. */
static void accept_the_rest(aw__acceptor *acceptor)
{
    const aw__acceptor_params *params = &acceptor->params;

    for (int i = 0; i < acceptor->count; i++) {
        aw__listen_shut(acceptor->sockets[i]);
        while (!params->full(params->arg)) {
            struct sockaddr_storage address;
            socklen_t bytes = sizeof(address);
            int fd = accept4(acceptor->sockets[i], (struct sockaddr *)&address, &bytes, SOCK_NONBLOCK | SOCK_CLOEXEC);

            if (fd >= 0)
                params->take(fd, (const struct sockaddr *)&address, bytes, params->arg);
            else if (errno != EINTR && errno != ECONNABORTED)
                break;
        }
    }
}

int aw__acceptor_open(const aw__acceptor_params *params, aw__acceptor **ret_acceptor, aw_error *err)
{
    aw__acceptor *acceptor = aw__calloc(1, sizeof(*acceptor));

    if (!acceptor)
        return aw__fail_nomem(err);
    int rc = aw__listen_open(params->host, params->port, acceptor->sockets, &acceptor->count, &acceptor->port, err);

    if (rc)
        goto failed;
    acceptor->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (acceptor->wake < 0) {
        rc = aw__fail(err, AW_E_UNSUPPORTED, "no descriptor for the server: %s", strerror(errno));
        for (int i = 0; i < acceptor->count; i++)
            close(acceptor->sockets[i]);
        goto failed;
    }
    acceptor->params = *params;
    acceptor->params.host = NULL; /* the caller's */
    *ret_acceptor = acceptor;
    return AW_OK;

failed:
    aw__free(acceptor);
    return rc;
}

int aw__acceptor_port(const aw__acceptor *acceptor)
{
    return acceptor->port;
}

int aw__acceptor_start(aw__acceptor *acceptor, aw_error *err)
{
    int rc = pthread_create(&acceptor->thread, NULL, accept_until_stopped, acceptor);

    if (rc)
        return aw__fail(err, AW_E_UNSUPPORTED, "no thread for the server: %s", strerror(rc));
    pthread_setname_np(acceptor->thread, "aw-accept");
    acceptor->running = true;
    return AW_OK;
}

void aw__acceptor_stop(aw__acceptor *acceptor)
{
    if (acceptor->running) {
        eventfd_write(acceptor->wake, 1);
        pthread_join(acceptor->thread, NULL);
        accept_the_rest(acceptor);
        acceptor->running = false;
    }
    for (int i = 0; i < acceptor->count; i++)
        close(acceptor->sockets[i]);
    acceptor->count = 0;
}

void aw__acceptor_free(aw__acceptor *acceptor)
{
    if (!acceptor)
        return;
    aw__acceptor_stop(acceptor);
    close(acceptor->wake);
    aw__free(acceptor);
}
