/*
 * The smallest HTTP client: sends exactly the bytes that a test gives it, and reads one answer after the other.
 */
#ifndef TESTS_SUPPORT_RAW_HTTP_H
#define TESTS_SUPPORT_RAW_HTTP_H

#include <stdbool.h>
#include <stddef.h>

typedef struct raw_http {
    int fd;
    size_t bytes; /* received and not yet read as an answer */
    char data[128 * 1024];
} raw_http;

typedef struct raw_answer {
    int status;
    char head[8 * 1024]; /* status line and headers */
    char body[96 * 1024];
    size_t body_bytes;
} raw_answer;

/* Connected to 127.0.0.1. Fails the test when it cannot. */
raw_http *raw_open(int port);
bool raw_refused(int port); /* nobody listens there any more */
void raw_close(raw_http *client);
void raw_reset(raw_http *client); /* closes with a reset */

void raw_send(raw_http *client, const char *text);
bool raw_try_send(raw_http *client, const char *data, size_t bytes); /* false when the connection broke */

/* The next answer, body included; false when the connection ended instead. Ten seconds of silence fail the test. */
bool raw_receive(raw_http *client, raw_answer *ret_answer);
bool raw_receive_head(raw_http *client, raw_answer *ret_answer); /* of an answer without body, to HEAD */
bool raw_ended(raw_http *client); /* nothing more comes: waits for the end of the connection */
bool raw_silent(const raw_http *client, int ms); /* nothing came for so long */

/* Sends a whole request and gives the status of its answer, 0 when there was none. */
int raw_exchange(raw_http *client, const char *request, raw_answer *ret_answer);
int raw_get(int port, const char *target, raw_answer *ret_answer); /* on a connection of its own */

/* A header's value, "" when absent. Valid until the next call. */
const char *raw_header(const raw_answer *answer, const char *name);

#endif
