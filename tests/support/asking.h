/*
 * Whole requests to an app under test, each on a connection of its own, and what their answers hold.
 */
#ifndef TESTS_SUPPORT_ASKING_H
#define TESTS_SUPPORT_ASKING_H

#include <jansson.h>

#include "support/raw_http.h"

/* Sends and does not wait. headers: lines that end with \r\n, or "". The caller's: raw_close(). */
raw_http *test_send(int port, const char *method, const char *path, const char *headers, const char *body,
                    size_t bytes);

/* Sends and waits; gives the status. */
int test_request(int port, const char *method, const char *path, const char *headers, const char *body,
                 raw_answer *ret_answer);

/* One of a table of requests. {} in the path is an actor. */
typedef struct test_request_row {
    const char *method, *path, *headers, *body;
    int status; /* that it is to be answered with */
} test_request_row;

/* Sends one and waits; gives the status, 0 when the connection ended without an answer. */
int test_request_send(const test_request_row *row, int port, const char *actor_id, raw_answer *ret_answer);

/* The answer's body, the caller's; it must be JSON. */
json_t *test_answer_json(const raw_answer *answer);

/* The body is an object whose member key is this text, or no text where wanted is NULL. */
void test_answer_has(const raw_answer *answer, const char *key, const char *wanted);

#endif
