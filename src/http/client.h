/*
 * The HTTP client: one per runtime, hence one pool of connections for all. The only file with curl.h is client.c. All
 * calls on the loop's thread.
 */
#ifndef AW_HTTP_CLIENT_H
#define AW_HTTP_CLIENT_H

#include "base/alloc.h"
#include "base/buffer.h"
#include "runtime/runtime.h"
#include <actingweb/error.h>

typedef struct aw__http_client aw__http_client;

/* The runtime's client, made at the first call and closed with the runtime. NULL when out of memory. Any thread. */
aw__http_client *aw__http_client_of(aw_runtime *runtime, aw_error *err);

/* A request. The texts must stay until done() or aw__http_abort(); an arena is their natural place. */
typedef struct aw__http_request {
    const char *method;
    const char *url;
    const char *const *headers; /* "Name: value", NULL-terminated, or NULL */
    const char *body;           /* or NULL */
    size_t body_bytes;
    int connect_timeout_ms; /* 0: 5 000 */
    int timeout_ms;         /* over connection, request and answer; 0: none (the operation has a deadline) */
} aw__http_request;

/* An answer; borrowed by done() until it returns. */
typedef struct aw__http_response {
    int status;
    int retry_after_ms;       /* -1: the peer asked for nothing; seconds and HTTP dates are both understood */
    const char *location;     /* "" when absent */
    const char *content_type; /* "" when absent */
    const char *header_lines; /* all, "Name: value\r\n" each, without the status line */
    const char *body;         /* NUL-terminated, the NUL not counted */
    size_t body_bytes;
} aw__http_response;

typedef struct aw__http_call aw__http_call; /* one request under way */

/* err is NULL and response set when the peer answered, with whatever status; otherwise err says what failed, with
 * code AW_E_CONNECT, AW_E_ADDRESS, AW_E_TIMEOUT, AW_E_TOO_LARGE, AW_E_PROTOCOL (no HTTP), AW_E_INVALID (URL),
 * AW_E_NOMEM. sent tells whether the peer may have received the request. */
typedef void aw__http_done(void *arg, const aw_error *err, const aw__http_response *response, bool sent);

/* Starts a request. done() runs later, once, unless aborted; never inside this call. AW_E_NOMEM, AW_E_INVALID. */
int aw__http_start(aw__http_client *client, const aw__http_request *request, aw__http_done *done, void *arg,
                   aw__http_call **ret_call, aw_error *err);

/* Drops it at once; done() never runs. The connection is closed if it had been used. Takes NULL. Inside the call's own
 * done() it does nothing, and after it the call is gone. */
void aw__http_abort(aw__http_call *call);

/* A header's value in header_lines, in the arena; NULL when absent. */
const char *aw__http_header(aw__arena *arena, const char *header_lines, const char *name);

/* HTTP's Retry-After ("120", or a date) in ms from now, -1 when neither. */
int aw__http_retry_after_ms(const char *value);

/* What a peer meant by an answer that is no success: {"error":{"message"}}, {"error":"text"}, {"detail":"text"}, or the
 * first line of the text; in the arena, cut to 160 bytes, control characters gone; "" when it said nothing. */
const char *aw__http_reason(aw__arena *arena, const aw__http_response *response);

#endif
