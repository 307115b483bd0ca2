/*
 * Requests under way, apart from libmicrohttpd: what they hold, who still needs them, and how an answer from any thread
 * meets its suspended connection. server.c is the other half.
 *
 * 1. An exchange has two owners: its connection, until libmicrohttpd is done with the request; and the answerer, from
 *    handle() until the answer. The last to leave frees it.
 * 2. The arena, and with it all of the request, is the answerer's: it ends with the answer, though never while
 *    on_hangup() runs. A request that was never handed over keeps it until the connection leaves.
 * 3. A connection is suspended and resumed under the lock of its set, once each, and by nobody outside exchange.c.
 */
#ifndef AW_HTTP_EXCHANGE_H
#define AW_HTTP_EXCHANGE_H

#include <stdatomic.h>

#include "base/buffer.h"
#include "http/hangup.h"
#include "http/headers.h"
#include "http/server.h"

typedef struct aw__exchanges aw__exchanges; /* all of one server */

struct aw__exchange {
    aw__exchanges *all;
    atomic_int refs;
    bool counted; /* as in flight */

    /* The request: written by its web thread before handle(), the answerer's from then on. */
    aw__arena *arena;
    const char *method, *path, *query;
    aw__header_list headers;
    aw__buffer body;
    aw__header_list answer_headers;

    /* The connection's side: its web thread's. */
    void *connection;
    int fd;
    int stage;           /* server.c's */
    size_t excess_bytes; /* of a body that was given up */
    int body_refusal;    /* the status for it, or 0 */

    /* Set by the handler, inside handle(). */
    bool deferred;
    void (*on_hangup)(void *arg);
    void *hangup_arg;

    /* Under the set's lock once deferred. */
    bool answering, answered, suspended;
    int status;
    void *answer; /* NULL when out of memory */
    aw__hangup hangup;
    aw__exchange *next, *prev; /* of the suspended */
};

/* The set. runtime may be NULL: then hang-ups are not noticed. AW_E_NOMEM, AW_E_UNSUPPORTED. */
int aw__exchanges_new(aw_runtime *runtime, aw__exchanges **ret_all, aw_error *err);
/* Answers are the last of their connections from now on. */
void aw__exchanges_last(aw__exchanges *all);
/* That too; waits until nothing is in flight, and refuses new requests after that, or after timeout_ms, when
 * AW_E_TIMEOUT returns. */
int aw__exchanges_drain(aw__exchanges *all, int timeout_ms);
bool aw__exchanges_draining(const aw__exchanges *all);
/* Nothing was in flight any more: what comes now comes on a connection that is about to be closed. */
bool aw__exchanges_drained(const aw__exchanges *all);
/* Lets go of every suspended connection, unanswered, and suspends none any more. */
void aw__exchanges_close(aw__exchanges *all);
/* Closed or never used. The memory stays until the last exchange has been answered. Takes NULL. */
void aw__exchanges_unref(aw__exchanges *all);

/* A request, begun by its target (what stands between method and version). NULL when out of memory. The reference is
 * the connection's. */
aw__exchange *aw__exchange_new(aw__exchanges *all, const char *target);
bool aw__exchange_set_target(aw__exchange *exchange, const char *target); /* false when out of memory */
/* Its headers are there: it is in flight. False when new requests are refused. */
bool aw__exchange_begin(aw__exchange *exchange);
/* What libmicrohttpd lets through though it is no HTTP, and a body that announces to be over its limit. Above all a
 * request whose end is ambiguous, for us or for a proxy before us, goes no further. The status to refuse it with, or 0.
 * hostless: it need not have a Host header. */
int aw__exchange_check_head(const aw__exchange *exchange, bool hostless, const char **ret_message);
/* Its body is there: unpacks it, when it is gzip, up to the limit that all bodies have. The status to refuse it with,
 * or 0. */
int aw__exchange_unpack_body(aw__exchange *exchange, const char **ret_message);
/* The answerer's reference; right before handle(). */
void aw__exchange_hand(aw__exchange *exchange);

/* What the connection has to do: send the answer, stay suspended, or close without an answer. */
typedef enum aw__exchange_turn { AW__TURN_ANSWER, AW__TURN_WAIT, AW__TURN_CLOSE } aw__exchange_turn;

aw__exchange_turn aw__exchange_settle(aw__exchange *exchange);        /* handle() has returned; may suspend */
aw__exchange_turn aw__exchange_resumed(const aw__exchange *exchange); /* no longer suspended */
void aw__exchange_leave(aw__exchange *exchange);                      /* the connection's reference */

/* server.c's part, which alone knows what connections and answers are. aw__answer_new() copies all it needs; NULL when
 * out of memory. */
void *aw__answer_new(const aw__exchange *exchange, const char *body, size_t body_bytes, bool last);
void aw__answer_free(void *answer); /* takes NULL */
void aw__connection_suspend(void *connection);
void aw__connection_resume(void *connection);

#endif
