/*
 * One connection of the fake peer: reads well-formed requests, answers them as told, well or badly.
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "testing/fake_peer.h"

enum { READ_BYTES = 512, MAX_REQUEST_BYTES = 64 * 1024 * 1024, ENDLESS_BYTES = 16 * 1024 };

void aw__fake_connection_open(aw_fake_peer *peer, int fd)
{
    aw__fake_connection *connection = calloc(1, sizeof(*connection));
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = connection};
    int on = 1;

    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    if (!connection || epoll_ctl(peer->epoll, EPOLL_CTL_ADD, fd, &event)) {
        free(connection);
        close(fd);
        return;
    }
    connection->peer = peer;
    connection->fd = fd;
    aw__list_init(&connection->timed);
    aw__list_append(&peer->open, &connection->link);
}

void aw__fake_connection_close(aw__fake_connection *connection)
{
    if (connection->fd < 0)
        return;
    close(connection->fd);
    connection->fd = -1;
    aw__list_remove(&connection->timed);
    aw__list_remove(&connection->link);
    aw__list_append(&connection->peer->closed, &connection->link);
}

void aw__fake_connection_free(aw__fake_connection *connection)
{
    free(connection->in);
    free(connection->answer.text);
    free(connection);
}

static void reset(aw__fake_connection *connection)
{
    struct linger none = {.l_onoff = 1, .l_linger = 0};

    setsockopt(connection->fd, SOL_SOCKET, SO_LINGER, &none, sizeof(none));
    aw__fake_connection_close(connection);
}

/* ---- Writing ---- */

static void want_out(aw__fake_connection *connection, bool on)
{
    struct epoll_event event = {.events = EPOLLIN | (on ? EPOLLOUT : 0), .data.ptr = connection};

    if (connection->wants_out == on)
        return;
    connection->wants_out = on;
    epoll_ctl(connection->peer->epoll, EPOLL_CTL_MOD, connection->fd, &event);
}

/* What was written, 0 when the client has no room now, or -1 after closing. */
static ssize_t put(aw__fake_connection *connection, const char *text, size_t bytes)
{
    ssize_t n;

    do
        n = send(connection->fd, text, bytes, MSG_NOSIGNAL);
    while (n < 0 && errno == EINTR);
    if (n < 0 && errno == EAGAIN) {
        want_out(connection, true);
        return 0;
    }
    if (n < 0)
        aw__fake_connection_close(connection);
    return n;
}

/* The answer has been sent as far as it is to be. */
static void end_answer(aw__fake_connection *connection)
{
    free(connection->answer.text);
    connection->answer = (aw__fake_answer){0};
    connection->written = 0;
    if (connection->last) {
        aw__fake_connection_close(connection);
        return;
    }
    want_out(connection, false);
    connection->state = AW__FAKE_READS;
}

/* One round of what is written for ever: the other connections have their turn between two. */
static void write_endless(aw__fake_connection *connection)
{
    char filler[ENDLESS_BYTES];

    memset(filler, 'x', sizeof(filler));
    if (put(connection, filler, sizeof(filler)) > 0)
        want_out(connection, true);
}

static void write_on(aw__fake_connection *connection)
{
    aw__fake_answer *answer = &connection->answer;

    while (connection->written < answer->bytes) {
        size_t left = answer->bytes - connection->written;
        bool slow = answer->fault == AW_FAKE_DRIBBLE;
        ssize_t n = put(connection, answer->text + connection->written, slow ? 1 : left);

        if (n <= 0)
            return;
        connection->written += (size_t)n;
        if (slow && connection->written < answer->bytes) {
            want_out(connection, false);
            aw__fake_loop_delay(connection->peer, connection, answer->dribble_ms > 0 ? answer->dribble_ms : 1);
            return;
        }
    }
    if (answer->fault == AW_FAKE_ENDLESS)
        write_endless(connection);
    else
        end_answer(connection);
}

static void begin_answer(aw__fake_connection *connection)
{
    switch (connection->answer.fault) {
    case AW_FAKE_RESET:
        reset(connection);
        return;
    case AW_FAKE_CLOSE:
        aw__fake_connection_close(connection);
        return;
    case AW_FAKE_HANG:
        connection->state = AW__FAKE_HANGS;
        return;
    case AW_FAKE_TRUNCATE:
    case AW_FAKE_GARBAGE:
    case AW_FAKE_ENDLESS:
        connection->last = true;
        break;
    case AW_FAKE_NONE:
    case AW_FAKE_DRIBBLE:
        break;
    }
    connection->state = AW__FAKE_WRITES;
    write_on(connection);
}

/* ---- Reading ---- */

/* Splits the request in in, whose head has head_bytes with the empty line. False when it is none. */
static bool parse_head(char *in, size_t head_bytes, aw_fake_peer_request *ret_request)
{
    char *line_end = memmem(in, head_bytes, "\r\n", 2);
    char *path = memchr(in, ' ', (size_t)(line_end - in));
    char *version = path ? memchr(path + 1, ' ', (size_t)(line_end - path - 1)) : NULL;

    if (!version || path[1] != '/')
        return false;
    *path = *version = '\0';
    in[head_bytes - 2] = '\0';
    *ret_request = (aw_fake_peer_request){.method = in, .path = path + 1, .headers = line_end + 2};
    return true;
}

static size_t body_bytes_of(const char *head, size_t head_bytes)
{
    static const char name[] = "\r\ncontent-length:";
    const char *end = head + head_bytes;

    for (const char *at = head; (at = memmem(at, (size_t)(end - at), "\r\n", 2)); at += 2)
        if ((size_t)(end - at) > sizeof(name) && strncasecmp(at, name, sizeof(name) - 1) == 0)
            return strtoul(at + sizeof(name) - 1, NULL, 10);
    return 0;
}

static bool asks_to_close(const aw_fake_peer_request *request)
{
    size_t bytes;
    const char *value = aw__fake_header(request->headers, "Connection", &bytes);

    return value && bytes == 5 && strncasecmp(value, "close", 5) == 0;
}

/* Records the request at the beginning of in and begins its answer. */
static void take_request(aw__fake_connection *connection, size_t head_bytes, size_t body_bytes)
{
    aw_fake_peer_request request;
    char *body = connection->in + head_bytes;
    char after = body[body_bytes]; /* in has room for a NUL */

    if (!parse_head(connection->in, head_bytes, &request)) {
        aw__fake_connection_close(connection);
        return;
    }
    body[body_bytes] = '\0';
    request.body = body;
    request.body_bytes = body_bytes;
    if (asks_to_close(&request))
        connection->last = true;
    bool ok = aw__fake_answer_make(connection->peer, &request, &connection->answer) &&
              aw__fake_record(connection->peer, &request);

    body[body_bytes] = after;
    connection->in_bytes -= head_bytes + body_bytes;
    memmove(connection->in, body + body_bytes, connection->in_bytes);
    if (!ok) {
        aw__fake_connection_close(connection);
    } else if (connection->answer.delay_ms > 0) {
        connection->state = AW__FAKE_WAITS;
        aw__fake_loop_delay(connection->peer, connection, connection->answer.delay_ms);
    } else {
        begin_answer(connection);
    }
}

static void take_requests(aw__fake_connection *connection)
{
    while (connection->fd >= 0 && connection->state == AW__FAKE_READS && connection->in_bytes) {
        char *end = memmem(connection->in, connection->in_bytes, "\r\n\r\n", 4);

        if (!end)
            return;
        size_t head_bytes = (size_t)(end - connection->in) + 4;
        size_t body_bytes = body_bytes_of(connection->in, head_bytes - 2);

        if (body_bytes > MAX_REQUEST_BYTES)
            aw__fake_connection_close(connection);
        else if (connection->in_bytes < head_bytes + body_bytes)
            return;
        else
            take_request(connection, head_bytes, body_bytes);
    }
}

/* Room for READ_BYTES more and a NUL. */
static bool make_room(aw__fake_connection *connection)
{
    if (connection->in_room > connection->in_bytes + READ_BYTES)
        return true;
    size_t room = connection->in_room ? connection->in_room * 2 : READ_BYTES * 2;
    char *in = room > 2 * (size_t)MAX_REQUEST_BYTES ? NULL : realloc(connection->in, room);

    if (!in)
        return false;
    connection->in = in;
    connection->in_room = room;
    return true;
}

static void read_more(aw__fake_connection *connection)
{
    ssize_t n;

    if (!make_room(connection)) {
        aw__fake_connection_close(connection);
        return;
    }
    n = recv(connection->fd, connection->in + connection->in_bytes, connection->in_room - connection->in_bytes - 1, 0);
    if (n > 0)
        connection->in_bytes += (size_t)n;
    else if (n == 0 || (errno != EAGAIN && errno != EINTR))
        aw__fake_connection_close(connection);
}

void aw__fake_connection_event(aw__fake_connection *connection, uint32_t events)
{
    if (connection->fd >= 0 && events & (EPOLLIN | EPOLLHUP | EPOLLERR))
        read_more(connection);
    if (connection->fd >= 0 && events & EPOLLOUT && connection->state == AW__FAKE_WRITES)
        write_on(connection);
    take_requests(connection);
}

void aw__fake_connection_due(aw__fake_connection *connection)
{
    if (connection->state == AW__FAKE_WAITS)
        begin_answer(connection);
    else if (connection->state == AW__FAKE_WRITES)
        write_on(connection);
    take_requests(connection);
}
