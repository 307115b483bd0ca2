/*
 * The HTTP server: accepts, reads requests up to their limits, hands each to one function on a web thread, and sends
 * the answer when it comes, whenever and from whatever thread. The only file with microhttpd.h is server.c.
 *
 * Refusals have the JSON body that the application makes for them, but for what libmicrohttpd itself cannot read (a
 * broken request line, a Content-Length that is no number, a head over its limit): that it answers in HTML.
 */
#ifndef AW_HTTP_SERVER_H
#define AW_HTTP_SERVER_H

#include "base/alloc.h"
#include "runtime/runtime.h"
#include <actingweb/error.h>

typedef struct aw__http_server aw__http_server;
typedef struct aw__exchange aw__exchange; /* one request and its answer */

typedef struct aw__http_server_params {
    const char *host;      /* an address, "localhost" (127.0.0.1, and ::1 where there is one), "" or "*" for all */
    int port;              /* 0: any */
    int threads;           /* 0: 1 */
    int max_connections;   /* 0: 1024; more wait in the system's queue */
    /* 0: 1 MiB; more is answered 413: before it is read when its length is announced. The same for what a body in gzip
     * holds, which the handler gets; other content encodings are answered 415. */
    size_t max_body_bytes;
    size_t max_path_bytes; /* 0: 4096; more is answered 414. The query counts only for the head, 30 KiB in all */
    int idle_timeout_s;    /* 0: 60; a client that waits for us is not idle */
    aw_runtime *runtime;   /* watches suspended connections for clients that hang up; outlives the server. NULL: none */
    /* On a web thread, when the whole request has been read. Answers with aw__exchange_reply() now or later. */
    void (*handle)(aw__exchange *exchange, void *arg);
    /* 413 and 414 and other refusals before handle(): makes the JSON body for a status; aw__free()d by the server. */
    char *(*refusal)(int status, const char *message);
    void *arg;
} aw__http_server_params;

/* Errors: AW_E_INVALID (host or port), AW_E_BUSY (the address is in use), AW_E_UNSUPPORTED (no address of this system;
 * no thread or descriptor left), AW_E_NOMEM. */
int aw__http_server_start(const aw__http_server_params *params, aw__http_server **ret_server, aw_error *err);
int aw__http_server_port(const aw__http_server *server);
/* Stops accepting; waits until what is in flight is answered, and sent, and for a second also for the first request of
 * connections that have not sent any. AW_E_TIMEOUT when something still was not answered. Answers end their connections
 * from here on. What open connections ask after the return is not answered, as if they were closed already; refused
 * with 503 when there was a timeout. Not on the loop's thread, where it would wait for itself. */
int aw__http_server_drain(aw__http_server *server, int timeout_ms);
/* Drops what is left and frees; on_hangup() begins no more. An exchange that was not answered is still owed its answer,
 * which then goes nowhere; only its memory is left meanwhile. Takes NULL. */
void aw__http_server_free(aw__http_server *server);

/* The request. All borrowed, until the answer. Of headers and cookies that come twice the first counts. */
aw__arena *aw__exchange_arena(aw__exchange *exchange); /* the handler's, then the answerer's; not both at once */
const char *aw__exchange_method(const aw__exchange *exchange);
const char *aw__exchange_path(const aw__exchange *exchange);  /* as sent, percent-encoded, without query */
const char *aw__exchange_query(const aw__exchange *exchange); /* as sent, without "?"; "" when none */
const char *aw__exchange_header(const aw__exchange *exchange, const char *name); /* NULL when absent */
/* Of a header whose value is a list: all its lines as one. NULL when absent, or out of memory, which sticks to the
 * arena. */
const char *aw__exchange_header_list(const aw__exchange *exchange, const char *name);
const char *aw__exchange_cookie(const aw__exchange *exchange, const char *name);
const char *aw__exchange_body(const aw__exchange *exchange, size_t *ret_bytes); /* NUL-terminated, never NULL; ret_bytes may be */

/* Says, inside handle(), that the answer comes later: the connection is suspended and no thread waits for it. Call it
 * before the exchange is given to another thread. on_hangup(arg), if not NULL, runs on the loop's thread if the client
 * goes away first, or closes its half; it begins neither before handle() has returned nor after the answer, and the
 * exchange's arena lives until it has returned. An answer is still due, there or later. */
void aw__exchange_defer(aw__exchange *exchange, void (*on_hangup)(void *arg), void *arg);

/* Adds a header to the answer. AW_E_INVALID for what is no header (line breaks) or the server's own to write
 * (Content-Length, Transfer-Encoding), AW_E_NOMEM. An empty value adds nothing. */
int aw__exchange_add_header(aw__exchange *exchange, const char *name, const char *value);

/* Answers, once; the exchange is gone afterwards. body is copied; NULL: none. Any thread. Out of memory is answered
 * with a plain 500. */
void aw__exchange_reply(aw__exchange *exchange, int status, const char *body, size_t body_bytes);

/* release(value) runs when the exchange ends: with the answer, before the client can have it. 0, or -1 when out of
 * memory (then release(value) ran at once). */
int aw__exchange_at_end(aw__exchange *exchange, void (*release)(void *), void *value);

#endif
