/*
 * A server for tests of src/http: its handler does what the path says, and exchanges that it holds back are answered by
 * the test.
 *
 *   /echo...          200 with the body; X-Method, X-Path, X-Query say what was asked
 *   /header, /cookie  200 with the value of the header X-Test, the cookie "session"; 404 when absent
 *   /status/N         N without a body
 *   /hold...          deferred; the test takes it with http_fixture_take() and answers
 *   /self             deferred, and answered before the handler returns
 *   /early            deferred, and answered by another thread before the handler returns
 *   /soon             deferred, and answered by another thread about when the handler returns
 *   /nothing          neither answered nor deferred
 */
#ifndef TESTS_SUPPORT_HTTP_FIXTURE_H
#define TESTS_SUPPORT_HTTP_FIXTURE_H

#include <pthread.h>
#include <stdatomic.h>

#include "http/server.h"

enum { HTTP_FIXTURE_HOLDS = 2048 };

typedef struct http_fixture {
    aw_runtime *runtime;
    aw__http_server *server;
    int port;
    atomic_int handled;             /* requests that reached the handler */
    atomic_int ended;               /* and have ended */
    atomic_int hangups;             /* on_hangup() calls */
    atomic_bool answer_in_hangup;   /* on_hangup() answers at once */
    atomic_int handler_sleep_ms;    /* before /hold returns */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    aw__exchange *held[HTTP_FIXTURE_HOLDS];
    int holds;
    pthread_t soon; /* answers /soon */
    bool stopping;
    aw__exchange *soon_held[HTTP_FIXTURE_HOLDS];
    int soon_holds;
} http_fixture;

/* Two threads, 16 KiB per body, 100 connections, or what params say (may be NULL). Fails the test if it cannot. */
http_fixture *http_fixture_new(const aw__http_server_params *params);
void http_fixture_free(http_fixture *fixture);
void http_fixture_stop_server(http_fixture *fixture); /* before free, when exchanges are to outlive the server */

/* The exchange that was held first; waits for one, ten seconds at most. */
aw__exchange *http_fixture_take(http_fixture *fixture);
/* Waits until counter is at least value; false after ten seconds. */
bool http_fixture_wait(const atomic_int *counter, int value);

void http_fixture_answer(aw__exchange *exchange, int status, const char *text);

#endif
