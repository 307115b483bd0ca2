/*
 * aw_http_fetch: an operation of one HTTP request.
 */
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/params.h"
#include "http/answer.h"
#include "http/client.h"
#include "http/client_request.h"
#include "http/url.h"
#include "runtime/op.h"

enum { TIMEOUT_MS = 30000 };

typedef struct fetch {
    aw__op op;
    aw__arena *arena; /* the request's texts */
    aw__http_request request;
    int timeout_ms;
    aw__http_call *call;    /* while it is under way */
    aw_http_answer *answer; /* the caller's once a synchronous call has taken it */
    aw_http_cb *cb;         /* NULL: a synchronous call */
    void *ud;
} fetch;

/* aw__http_done */
static void on_reply(void *arg, const aw_error *err, const aw__http_response *response, bool sent)
{
    fetch *me = arg;
    aw_error nomem;

    (void)sent;
    me->call = NULL;
    if (!err) {
        me->answer = aw__http_answer_new(response);
        if (!me->answer) {
            aw__fail_nomem(&nomem);
            err = &nomem;
        }
    }
    aw__op_finish(&me->op, err);
}

static void start(aw__op *op)
{
    fetch *me = (fetch *)op;
    aw_error err;
    aw__http_client *client = aw__http_client_of(op->runtime, &err);

    if (!client || aw__http_start(client, &me->request, on_reply, me, &me->call, &err))
        aw__op_finish(op, &err);
}

static void stop(aw__op *op, int code)
{
    fetch *me = (fetch *)op;
    char peer[AW__HOST_PORT_BYTES];
    aw_error err;

    aw__http_abort(me->call);
    me->call = NULL;
    aw__url_host_port(me->request.url, peer);
    if (code == AW_E_TIMEOUT)
        aw__fail(&err, code, "no answer from %s within %d ms", peer, me->timeout_ms);
    else if (code == AW_E_CLOSED)
        aw__fail(&err, code, "the runtime ended before %s answered", peer);
    else
        aw__fail(&err, code, "canceled before %s answered", peer);
    aw__op_finish(op, &err);
}

static void deliver(aw__op *op, const aw_error *err)
{
    fetch *me = (fetch *)op;

    if (me->cb)
        me->cb(err, err ? NULL : me->answer, me->ud);
}

static void destroy(aw__op *op)
{
    fetch *me = (fetch *)op;

    aw_http_answer_free(me->answer);
    aw__arena_free(me->arena);
    aw__free(me);
}

static const aw__op_class fetch_class = {"fetch", start, stop, deliver, destroy};

static const char *const *copy_headers(aw__arena *arena, const char *const *headers)
{
    size_t count = 0;

    while (headers && headers[count])
        count++;
    const char **copy = aw__arena_alloc(arena, (count + 1) * sizeof(*copy));

    for (size_t i = 0; copy && i < count; i++)
        copy[i] = aw__arena_strdup(arena, headers[i]);
    return copy;
}

static const char *copy_body(aw__arena *arena, const void *body, size_t bytes)
{
    char *copy = aw__arena_alloc(arena, bytes + 1);

    return copy && bytes ? memcpy(copy, body, bytes) : copy;
}

/* Everything of params that the operation needs after the caller has gone on. */
static int copy_request(fetch *me, const aw_http_fetch_params *params, aw_error *err)
{
    aw__http_request given = {
        .method = params->method ? params->method : "GET",
        .url = params->url,
        .headers = params->headers,
        .body = params->body,
        .body_bytes = params->body_bytes,
    };
    int rc = aw__http_request_check(&given, err);

    if (rc)
        return rc;
    me->arena = aw__arena_new();
    if (!me->arena)
        return aw__fail_nomem(err);
    me->request = (aw__http_request){
        .method = aw__arena_strdup(me->arena, given.method),
        .url = aw__arena_strdup(me->arena, given.url),
        .headers = copy_headers(me->arena, given.headers),
        .body = given.body ? copy_body(me->arena, given.body, given.body_bytes) : NULL,
        .body_bytes = given.body_bytes,
    };
    return aw__arena_failed(me->arena) ? aw__fail_nomem(err) : AW_OK;
}

static int make(aw_runtime *runtime, const aw_http_fetch_params *given, aw_http_fetch_params *params, fetch **ret_fetch,
                aw_error *err)
{
    if (!runtime || !given || !aw__params_read(params, sizeof(*params), given) || !params->url)
        return aw__fail(err, AW_E_INVALID, "aw_http_fetch needs a runtime and params with size and url");
    if (params->timeout_ms < 0)
        return aw__fail(err, AW_E_INVALID, "timeout_ms is negative");
    fetch *me = aw__calloc(1, sizeof(*me));

    if (!me)
        return aw__fail_nomem(err);
    aw__op_init(&me->op, &fetch_class, runtime);
    me->timeout_ms = params->timeout_ms ? params->timeout_ms : TIMEOUT_MS;
    int rc = copy_request(me, params, err);

    if (rc) {
        aw__op_unref(&me->op);
        return rc;
    }
    *ret_fetch = me;
    return AW_OK;
}

int aw_http_fetch_async(aw_runtime *runtime, const aw_http_fetch_params *given, aw_http_cb *cb, void *ud, aw_op *ret_op)
{
    aw_http_fetch_params params;
    fetch *me = NULL;
    int rc = cb ? make(runtime, given, &params, &me, NULL) : AW_E_INVALID;

    if (rc)
        return rc;
    me->cb = cb;
    me->ud = ud;
    rc = aw__op_start(&me->op, me->timeout_ms, params.group, ret_op, NULL);
    aw__op_unref(&me->op);
    return rc;
}

int aw_http_fetch(aw_runtime *runtime, const aw_http_fetch_params *given, aw_http_answer **ret_answer, aw_error *err)
{
    aw_http_fetch_params params;
    fetch *me = NULL;

    if (!ret_answer)
        return aw__fail(err, AW_E_INVALID, "ret_answer is NULL");
    int rc = make(runtime, given, &params, &me, err);

    if (rc)
        return rc;
    rc = aw__op_run(&me->op, me->timeout_ms, params.group, err);
    if (!rc) {
        *ret_answer = me->answer;
        me->answer = NULL;
    }
    aw__op_unref(&me->op);
    return rc;
}
