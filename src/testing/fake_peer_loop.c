/*
 * The fake peer's thread: epoll over all connections, and those that wait for a time.
 */
#include "testing/fake_peer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { EVENTS = 256, BACKLOG = 4096, PAUSE_MS = 20 };

uint64_t aw__fake_now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* Sorted from the end, where it nearly always belongs: delays are alike. */
void aw__fake_loop_delay(aw_fake_peer *peer, aw__fake_connection *connection, int delay_ms)
{
    aw__link *before = peer->timed.prev;

    connection->due_ms = aw__fake_now_ms() + (uint64_t)delay_ms;
    while (before != &peer->timed && AW__ITEM(before, aw__fake_connection, timed)->due_ms > connection->due_ms)
        before = before->prev;
    aw__list_append(before->next, &connection->timed);
}

/* ---- Listening ---- */

static void watch_listener(aw_fake_peer *peer, bool on)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = &peer->listener};

    epoll_ctl(peer->epoll, on ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, peer->listener, &event);
}

static void accept_all(aw_fake_peer *peer)
{
    for (;;) {
        int fd = accept4(peer->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

        if (fd >= 0) {
            atomic_fetch_add(&peer->accepted, 1);
            aw__fake_connection_open(peer, fd);
        } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
            /* Without a pause the waiting connection would keep this thread busy. */
            watch_listener(peer, false);
            peer->paused = true;
            return;
        } else if (errno != EINTR && errno != ECONNABORTED) {
            return;
        }
    }
}

static int listen_again(aw_fake_peer *peer)
{
    if (peer->listening)
        return 0;
    if (listen(peer->listener, BACKLOG))
        return -1;
    peer->listening = true;
    watch_listener(peer, true);
    return 0;
}

/* The socket keeps its port, so that nobody else gets it. Who is in the middle of a request is answered and then left;
 * connections that were kept open are closed, or a client would go on as if nothing had happened. */
static void refuse(aw_fake_peer *peer)
{
    if (!peer->listening)
        return;
    if (!peer->paused)
        watch_listener(peer, false);
    peer->paused = false;
    peer->listening = false;
    shutdown(peer->listener, SHUT_RDWR);
    for (aw__link *link = peer->open.next, *next; link != &peer->open; link = next) {
        aw__fake_connection *connection = AW__ITEM(link, aw__fake_connection, link);

        next = link->next;
        if (connection->state == AW__FAKE_READS && connection->in_bytes == 0)
            aw__fake_connection_close(connection);
        else
            connection->last = true;
    }
}

static int bound_socket(struct sockaddr_in *address)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int on = 1;

    if (fd >= 0 && (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) ||
                    bind(fd, (struct sockaddr *)address, sizeof(*address)))) {
        close(fd);
        return -1;
    }
    return fd;
}

/* Bound twice, since only a port that was asked for by its number stays with a socket that stops listening. */
static int open_listener(aw_fake_peer *peer)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t bytes = sizeof(address);
    int any = bound_socket(&address);

    if (any < 0)
        return -1;
    if (!getsockname(any, (struct sockaddr *)&address, &bytes))
        peer->listener = bound_socket(&address);
    close(any);
    if (peer->listener < 0)
        return -1;
    peer->port = ntohs(address.sin_port);
    return listen_again(peer);
}

int aw__fake_loop_open(aw_fake_peer *peer)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = &peer->wake};

    peer->listener = -1;
    peer->epoll = epoll_create1(EPOLL_CLOEXEC);
    peer->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (peer->epoll < 0 || peer->wake < 0 || epoll_ctl(peer->epoll, EPOLL_CTL_ADD, peer->wake, &event) ||
        open_listener(peer)) {
        aw__fake_loop_close(peer);
        return -1;
    }
    return 0;
}

static void free_closed(aw_fake_peer *peer)
{
    while (!aw__list_empty(&peer->closed))
        aw__fake_connection_free(AW__ITEM(aw__list_pop(&peer->closed), aw__fake_connection, link));
}

void aw__fake_loop_close(aw_fake_peer *peer)
{
    while (!aw__list_empty(&peer->open))
        aw__fake_connection_close(AW__ITEM(peer->open.next, aw__fake_connection, link));
    free_closed(peer);
    if (peer->listener >= 0)
        close(peer->listener);
    if (peer->wake >= 0)
        close(peer->wake);
    if (peer->epoll >= 0)
        close(peer->epoll);
}

/* ---- Commands ---- */

int aw__fake_loop_command(aw_fake_peer *peer, aw__fake_command command)
{
    uint64_t one = 1;

    pthread_mutex_lock(&peer->lock);
    while (peer->command != AW__FAKE_GO_ON) /* another thread's */
        pthread_cond_wait(&peer->changed, &peer->lock);
    peer->command = command;
    while (write(peer->wake, &one, sizeof(one)) < 0 && errno == EINTR)
        continue;
    while (peer->command == command)
        pthread_cond_wait(&peer->changed, &peer->lock);
    int result = peer->command_result;

    pthread_mutex_unlock(&peer->lock);
    return result;
}

/* True: the end. */
static bool obey(aw_fake_peer *peer)
{
    uint64_t count;

    if (read(peer->wake, &count, sizeof(count)) < 0)
        return false;
    pthread_mutex_lock(&peer->lock);
    aw__fake_command command = peer->command;

    pthread_mutex_unlock(&peer->lock);
    int result = 0;

    if (command == AW__FAKE_REFUSE)
        refuse(peer);
    else if (command == AW__FAKE_ACCEPT)
        result = listen_again(peer);
    pthread_mutex_lock(&peer->lock);
    peer->command = AW__FAKE_GO_ON;
    peer->command_result = result;
    pthread_cond_broadcast(&peer->changed);
    pthread_mutex_unlock(&peer->lock);
    return command == AW__FAKE_END;
}

/* ---- The thread ---- */

static void run_timed(aw_fake_peer *peer)
{
    uint64_t now = aw__fake_now_ms();

    while (!aw__list_empty(&peer->timed)) {
        aw__fake_connection *connection = AW__ITEM(peer->timed.next, aw__fake_connection, timed);

        if (connection->due_ms > now)
            return;
        aw__list_remove(&connection->timed);
        aw__fake_connection_due(connection);
    }
}

static int wait_ms(const aw_fake_peer *peer)
{
    if (aw__list_empty(&peer->timed))
        return peer->paused ? PAUSE_MS : -1;
    uint64_t now = aw__fake_now_ms();
    uint64_t due = AW__ITEM(peer->timed.next, aw__fake_connection, timed)->due_ms;
    int ms = due > now ? (int)(due - now) : 0;

    return peer->paused && ms > PAUSE_MS ? PAUSE_MS : ms;
}

void *aw__fake_loop_run(void *arg)
{
    aw_fake_peer *peer = arg;
    struct epoll_event events[EVENTS];
    bool end = false;

    while (!end) {
        int count = epoll_wait(peer->epoll, events, EVENTS, wait_ms(peer));

        if (peer->paused) {
            peer->paused = false;
            watch_listener(peer, true);
        }
        for (int i = 0; i < count; i++) {
            if (events[i].data.ptr == &peer->listener)
                accept_all(peer);
            else if (events[i].data.ptr == &peer->wake)
                end = obey(peer);
            else
                aw__fake_connection_event(events[i].data.ptr, events[i].events);
        }
        run_timed(peer);
        free_closed(peer);
    }
    return NULL;
}
