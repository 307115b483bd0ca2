/*
 * Routes of the application's own, beside the protocol's. A handler answers at once, or defers and answers later from
 * any thread: no thread waits meanwhile.
 */
#ifndef ACTINGWEB_ROUTE_H
#define ACTINGWEB_ROUTE_H

#include <actingweb/common.h>
#include <actingweb/error.h>
#include <jansson.h>

AW_BEGIN_DECLS

/* Runs on a web thread; may wait for the store, never for a peer. request lives until it is answered. A handler that
 * returns without an answer and without aw_request_defer() is answered with 500. */
typedef void aw_route_handler(aw_request *request, void *ud);

/*
 * Serves method ("GET", "POST", ...; HEAD comes with GET) at pattern, in which {name} stands for one segment:
 * "/{actor_id}/connect". The first segment is either plain text ("/status") or {actor_id}: then the route is served
 * only for actors that exist. The protocol's own routes come first, but for these, which are the application's to take:
 *
 *   /{actor_id}/callbacks/{name}, /{actor_id}/www/..., /bot: for all; the handler decides who may.
 *   /{actor_id}/resources/..., /methods/..., /actions/..., /services/{name} (DELETE) and /services/{name}/callback:
 *   guarded. A caller whom the access list or its relationship's permissions do not let in is answered with 401 or 403,
 *   and never reaches the handler. The owner always does. A call by JSON-RPC at /methods needs the permission of the
 *   method that its body names, too.
 *
 * Before aw_app_listen().
 * Errors: AW_E_INVALID, AW_E_EXISTS, AW_E_NOMEM.
 */
AW_API int aw_app_route(aw_app *app, const char *method, const char *pattern, aw_route_handler *handler, void *ud,
                        aw_error *err);

/* Who asks, as the request's credentials prove it. A peer whose trust is not approved is anonymous. */
typedef enum aw_role { AW_ROLE_ANONYMOUS, AW_ROLE_CREATOR, AW_ROLE_PEER } aw_role;

/* All borrowed until the answer; NULL when absent. */
AW_API const char *aw_request_id(const aw_request *request); /* X-Request-ID, made when the client sent none */
AW_API const char *aw_request_method(const aw_request *request);
AW_API const char *aw_request_path(const aw_request *request);
AW_API const char *aw_request_segment(const aw_request *request, const char *name); /* what {name} stands for */
AW_API const char *aw_request_query(const aw_request *request, const char *name);   /* or a form field */
AW_API const char *aw_request_header(const aw_request *request, const char *name);
AW_API const void *aw_request_body(const aw_request *request, size_t *ret_bytes);
AW_API aw_role aw_request_role(const aw_request *request);
AW_API const char *aw_request_peer_id(const aw_request *request); /* of AW_ROLE_PEER with an approved trust */
AW_API aw_actor *aw_request_actor(const aw_request *request);     /* borrowed; aw_actor_ref() to keep it */

/* The body parsed as JSON, the caller's: json_decref(). Errors: AW_E_INVALID (not JSON), AW_E_NOMEM. */
AW_API int aw_request_json(const aw_request *request, json_t **ret_body, aw_error *err);

/* The group of everything that is started for this request: pass it as params.group, and a client that hangs up
 * cancels it. Borrowed until the answer. */
AW_API aw_group *aw_request_group(aw_request *request);

/* The answer will come later, from any thread, exactly once. Only inside the handler. */
AW_API void aw_request_defer(aw_request *request);

/* Answers. body is borrowed; NULL: no body. Afterwards request is gone. Any thread. When the client has hung up the
 * answer is dropped; out of memory, it is a plain 500. Errors: AW_E_INVALID (a status that is none from 200 to 599; the
 * answer is still due). */
AW_API int aw_request_reply(aw_request *request, int status, json_t *body);

/* Adds a header to the answer to come; an empty value adds nothing. Errors: AW_E_INVALID (no header name, control
 * characters, or Content-Length and Transfer-Encoding, which are the server's), AW_E_NOMEM. */
AW_API int aw_request_add_header(aw_request *request, const char *name, const char *value);

/* Answers with {"error":{"code","message"}} and the status that fits err: a peer's failure is 502, its silence 504. */
AW_API int aw_request_reply_error(aw_request *request, const aw_error *err);

AW_END_DECLS

#endif
