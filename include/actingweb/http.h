/*
 * Plain HTTP over the runtime's connection pool, for what is no ActingWeb peer: an application's own services, and the
 * command-line client.
 */
#ifndef ACTINGWEB_HTTP_H
#define ACTINGWEB_HTTP_H

#include <actingweb/op.h>

AW_BEGIN_DECLS

typedef struct aw_http_fetch_params {
    size_t size;
    const char *url;            /* http or https; required */
    const char *method;         /* NULL: GET */
    const char *const *headers; /* "Name: value", NULL-terminated; NULL: none */
    const void *body;
    size_t body_bytes;
    int timeout_ms; /* 0: 30 000 */
    aw_group *group;
} aw_http_fetch_params;

/* An answer of whatever status: only the lack of one is an error. */
typedef struct aw_http_answer aw_http_answer;
AW_API int aw_http_answer_status(const aw_http_answer *answer);
AW_API const char *aw_http_answer_header(const aw_http_answer *answer, const char *name); /* borrowed, or NULL */
AW_API const void *aw_http_answer_body(const aw_http_answer *answer, size_t *ret_bytes); /* borrowed; ends with a NUL that is not counted */
AW_API void aw_http_answer_free(aw_http_answer *answer); /* takes NULL */

/* answer is borrowed until the return; NULL on failure. */
typedef void aw_http_cb(const aw_error *err, const aw_http_answer *answer, void *ud);

/* One request. Redirects are not followed. The private-peer rule of the runtime holds here too.
 * Errors: AW_E_INVALID, AW_E_CONNECT, AW_E_ADDRESS, AW_E_PROTOCOL (the answer is not HTTP), AW_E_TOO_LARGE,
 * AW_E_TIMEOUT, AW_E_CANCELED, AW_E_REENTRANT, AW_E_CLOSED, AW_E_NOMEM. */
AW_API int aw_http_fetch(aw_runtime *runtime, const aw_http_fetch_params *params, aw_http_answer **ret_answer,
                         aw_error *err);
AW_API int aw_http_fetch_async(aw_runtime *runtime, const aw_http_fetch_params *params, aw_http_cb *cb, void *ud,
                               aw_op *ret_op);

AW_END_DECLS

#endif
