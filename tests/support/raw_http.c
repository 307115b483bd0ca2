/*
 * The raw client over blocking sockets.
 */
#include "support/raw_http.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PATIENCE_MS = 10000 };

static int try_connect(int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_true(fd >= 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0)
        return fd;
    close(fd);
    return -1;
}

raw_http *raw_open(int port)
{
    raw_http *client = malloc(sizeof(*client));

    assert_non_null(client);
    client->fd = try_connect(port);
    client->bytes = 0;
    assert_true(client->fd >= 0);
    return client;
}

bool raw_refused(int port)
{
    int fd = try_connect(port);

    if (fd >= 0)
        close(fd);
    return fd < 0;
}

void raw_close(raw_http *client)
{
    close(client->fd);
    free(client);
}

void raw_reset(raw_http *client)
{
    struct linger at_once = {.l_onoff = 1, .l_linger = 0};

    setsockopt(client->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
    raw_close(client);
}

bool raw_try_send(raw_http *client, const char *data, size_t bytes)
{
    while (bytes) {
        ssize_t sent = send(client->fd, data, bytes, MSG_NOSIGNAL);

        if (sent < 0)
            return false;
        data += sent;
        bytes -= (size_t)sent;
    }
    return true;
}

void raw_send(raw_http *client, const char *text)
{
    assert_true(raw_try_send(client, text, strlen(text)));
}

bool raw_silent(const raw_http *client, int ms)
{
    struct pollfd readable = {.fd = client->fd, .events = POLLIN};

    return client->bytes == 0 && poll(&readable, 1, ms) == 0;
}

/* False at the end of the connection. */
static bool receive_more(raw_http *client)
{
    struct pollfd readable = {.fd = client->fd, .events = POLLIN};

    assert_true(client->bytes < sizeof(client->data) - 1);
    if (poll(&readable, 1, PATIENCE_MS) != 1)
        fail_msg("no answer after %d ms", PATIENCE_MS);
    ssize_t got = recv(client->fd, client->data + client->bytes, sizeof(client->data) - 1 - client->bytes, 0);

    if (got <= 0)
        return false;
    client->bytes += (size_t)got;
    return true;
}

static void consume(raw_http *client, size_t bytes)
{
    client->bytes -= bytes;
    memmove(client->data, client->data + bytes, client->bytes);
}

bool raw_receive_head(raw_http *client, raw_answer *ret_answer)
{
    char *end = NULL;

    memset(ret_answer, 0, sizeof(*ret_answer));
    do {
        client->data[client->bytes] = '\0';
        end = strstr(client->data, "\r\n\r\n");
    } while (!end && receive_more(client));
    if (!end)
        return false;
    size_t bytes = (size_t)(end - client->data) + 4;

    assert_true(bytes < sizeof(ret_answer->head));
    memcpy(ret_answer->head, client->data, bytes);
    consume(client, bytes);
    assert_int_equal(sscanf(ret_answer->head, "HTTP/1.%*d %d", &ret_answer->status), 1);
    return true;
}

bool raw_receive(raw_http *client, raw_answer *ret_answer)
{
    if (!raw_receive_head(client, ret_answer))
        return false;
    size_t bytes = (size_t)atol(raw_header(ret_answer, "Content-Length"));

    if (ret_answer->status < 200 || ret_answer->status == 204 || ret_answer->status == 304)
        bytes = 0;
    assert_true(bytes < sizeof(ret_answer->body));
    while (client->bytes < bytes) {
        if (!receive_more(client))
            return false;
    }
    memcpy(ret_answer->body, client->data, bytes);
    ret_answer->body_bytes = bytes;
    consume(client, bytes);
    return true;
}

bool raw_ended(raw_http *client)
{
    return client->bytes == 0 && !receive_more(client);
}

int raw_exchange(raw_http *client, const char *request, raw_answer *ret_answer)
{
    if (!raw_try_send(client, request, strlen(request)))
        return 0;
    return raw_receive(client, ret_answer) ? ret_answer->status : 0;
}

int raw_get(int port, const char *target, raw_answer *ret_answer)
{
    char request[8 * 1024];
    raw_http *client = raw_open(port);

    snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: test\r\n\r\n", target);
    int status = raw_exchange(client, request, ret_answer);

    raw_close(client);
    return status;
}

const char *raw_header(const raw_answer *answer, const char *name)
{
    static char value[4096];
    size_t bytes = strlen(name);

    for (const char *line = strstr(answer->head, "\r\n"); line; line = strstr(line + 2, "\r\n")) {
        if (strncasecmp(line + 2, name, bytes) == 0 && line[2 + bytes] == ':') {
            line += 3 + bytes;
            line += strspn(line, " ");
            snprintf(value, sizeof(value), "%.*s", (int)strcspn(line, "\r"), line);
            return value;
        }
    }
    return "";
}
