/*
 * The smallest HTTP client: one GET at a time, on one connection. It waits for nothing but the answer, so what is
 * measured is the server.
 */
#include "scale.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/encode.h"

enum { ANSWER_BYTES = 16384, REQUEST_BYTES = 1024 };

static _Noreturn void fail(const char *what)
{
    give_up(what, NULL);
}

int http_connect(int port)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int connection = socket(AF_INET, SOCK_STREAM, 0), on = 1;

    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connection < 0 || connect(connection, (struct sockaddr *)&to, sizeof(to)))
        fail("cannot connect to the server");
    setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    return connection;
}

/* Whether the answer is there to its end. */
static bool is_whole(const char *answer, size_t bytes)
{
    const char *body = strstr(answer, "\r\n\r\n");
    const char *length = body ? strcasestr(answer, "\r\ncontent-length:") : NULL;

    if (!body)
        return false;
    if (!length || length > body)
        fail("an answer without Content-Length");
    return bytes >= (size_t)(body + 4 - answer) + strtoul(length + strlen("\r\ncontent-length:"), NULL, 10);
}

void http_get(int connection, const char *path, const sample_actor *actor)
{
    char pair[CREATOR_BYTES + PASSPHRASE_BYTES + 2], request[REQUEST_BYTES], answer[ANSWER_BYTES];
    aw__arena *arena = aw__arena_new();
    size_t got = 0;
    int bytes;

    snprintf(pair, sizeof(pair), "%s:%s", actor->creator, actor->passphrase);
    bytes = snprintf(request, sizeof(request),
                     "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: application/json\r\nAuthorization: Basic %s\r\n\r\n", path,
                     aw__base64_encode(arena, pair, strlen(pair)));
    aw__arena_free(arena);
    if (send(connection, request, (size_t)bytes, MSG_NOSIGNAL) != bytes)
        fail("cannot send a request");
    do {
        ssize_t more = recv(connection, answer + got, sizeof(answer) - 1 - got, 0);

        if (more <= 0)
            fail("the server has closed the connection");
        got += (size_t)more;
        answer[got] = '\0';
    } while (!is_whole(answer, got));
    if (strncmp(answer, "HTTP/1.1 200 ", 13) != 0) {
        answer[strcspn(answer, "\r\n")] = '\0';
        fail(answer);
    }
}
