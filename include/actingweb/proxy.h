/*
 * The proxy: requests to a trusted peer's own resources, authenticated by the trust.
 */
#ifndef ACTINGWEB_PROXY_H
#define ACTINGWEB_PROXY_H

#include <actingweb/op.h>
#include <jansson.h>

AW_BEGIN_DECLS

/*
 * The peer's answer: the JSON that it sent, an empty object when it sent none. In a callback it is borrowed until the
 * return and NULL on failure; from the synchronous form it is the caller's: json_decref(). When the peer refuses,
 * err->http_status is its status and err->message its reason.
 */
typedef void aw_proxy_cb(const aw_error *err, json_t *answer, void *ud);

/* All four: a 302, 401 or 403 is tried once more with Basic "trustee:{passphrase}" where a passphrase is known for the
 * peer (same X-Request-ID). Errors: AW_E_INVALID, AW_E_NOT_FOUND (no trust with peer_id), AW_E_HTTP, AW_E_PROTOCOL,
 * AW_E_CONNECT, AW_E_ADDRESS, AW_E_TOO_LARGE, AW_E_TIMEOUT, AW_E_CANCELED, AW_E_STORE, AW_E_REENTRANT, AW_E_CLOSED,
 * AW_E_NOMEM. (AwProxy; WIRE 12) */

typedef struct aw_proxy_get_resource_params {
    size_t size;
    const char *peer_id;           /* required */
    const char *path;              /* below the peer actor's URL, "properties/location"; required */
    json_t *query;                 /* borrowed; object of text values for the query string, or NULL */
    const char *parent_request_id; /* sent as X-Parent-Request-ID; NULL: none */
    int timeout_ms;                /* 0: 30 000 */
    aw_group *group;
} aw_proxy_get_resource_params;

AW_API int aw_proxy_get_resource(aw_actor *actor, const aw_proxy_get_resource_params *params, json_t **ret_answer,
                                 aw_error *err);
AW_API int aw_proxy_get_resource_async(aw_actor *actor, const aw_proxy_get_resource_params *params, aw_proxy_cb *cb,
                                       void *ud, aw_op *ret_op);

typedef struct aw_proxy_create_resource_params {
    size_t size;
    const char *peer_id;
    const char *path;
    json_t *data; /* borrowed; the body of the POST; NULL: an empty object */
    const char *parent_request_id;
    int timeout_ms;
    aw_group *group;
} aw_proxy_create_resource_params;

/* POST. */
AW_API int aw_proxy_create_resource(aw_actor *actor, const aw_proxy_create_resource_params *params, json_t **ret_answer,
                                    aw_error *err);
AW_API int aw_proxy_create_resource_async(aw_actor *actor, const aw_proxy_create_resource_params *params,
                                          aw_proxy_cb *cb, void *ud, aw_op *ret_op);

typedef struct aw_proxy_change_resource_params {
    size_t size;
    const char *peer_id;
    const char *path;
    json_t *data; /* borrowed; the body of the PUT; NULL: an empty object */
    const char *parent_request_id;
    int timeout_ms;
    aw_group *group;
} aw_proxy_change_resource_params;

/* PUT. */
AW_API int aw_proxy_change_resource(aw_actor *actor, const aw_proxy_change_resource_params *params, json_t **ret_answer,
                                    aw_error *err);
AW_API int aw_proxy_change_resource_async(aw_actor *actor, const aw_proxy_change_resource_params *params,
                                          aw_proxy_cb *cb, void *ud, aw_op *ret_op);

typedef struct aw_proxy_delete_resource_params {
    size_t size;
    const char *peer_id;
    const char *path;
    const char *parent_request_id;
    int timeout_ms;
    aw_group *group;
} aw_proxy_delete_resource_params;

/* DELETE. */
AW_API int aw_proxy_delete_resource(aw_actor *actor, const aw_proxy_delete_resource_params *params, json_t **ret_answer,
                                    aw_error *err);
AW_API int aw_proxy_delete_resource_async(aw_actor *actor, const aw_proxy_delete_resource_params *params,
                                          aw_proxy_cb *cb, void *ud, aw_op *ret_op);

AW_END_DECLS

#endif
