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

/* The answer's body, the caller's; it must be JSON. */
json_t *test_answer_json(const raw_answer *answer);

/* The body is an object whose member key is this text, or no text where wanted is NULL. */
void test_answer_has(const raw_answer *answer, const char *key, const char *wanted);

#endif
