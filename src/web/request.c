/*
 * An application's route: its handler's view of a call (include/actingweb/route.h).
 */
#include "actor/handle.h"
#include "base/error.h"
#include "base/json.h"
#include "web/router.h"

/* Lives in the call's arena. What the handler says before it returns goes to `said`, on the stack of the web thread: an
 * answer ends the call and all that belongs to it. */
struct said {
    bool answered;
    bool deferred;
};

struct aw_request {
    aw__call *call;
    const aw__route *route;
    aw_actor *actor;   /* of a route of an actor */
    struct said *said; /* NULL once deferred */
};

/* ---- running ---- */

static void unref_actor(void *actor)
{
    aw_actor_unref(actor);
}

static int prepare(aw__call *call, const aw__route *route, struct said *said)
{
    aw_request *request = aw__arena_alloc(call->arena, sizeof(*request));
    aw_error err = {0};

    if (!request)
        return AW_E_NOMEM;
    request->call = call;
    request->route = route;
    request->said = said;
    if (call->has_actor) {
        int rc = aw__handle_new(call->site, &call->actor, &request->actor, &err);

        if (rc)
            return rc;
        if (aw__exchange_at_end(call->exchange, unref_actor, request->actor))
            return AW_E_NOMEM;
    }
    call->request = request;
    return AW_OK;
}

void aw__request_run(aw__call *call, const aw__route *route)
{
    struct said said = {0};

    if (prepare(call, route, &said)) {
        aw__call_fail(call, 500, "out_of_memory", "out of memory");
        return;
    }
    route->handler(call->request, route->ud);
    if (!said.answered && !said.deferred)
        aw__call_fail(call, 500, "no_answer", "the application did not answer");
}

void aw_request_defer(aw_request *request)
{
    if (!request->said)
        return;
    request->said->deferred = true;
    request->said = NULL;
    aw__call_defer(request->call);
}

/* ---- asking ---- */

const char *aw_request_id(const aw_request *request)
{
    return request->call->request_id;
}

const char *aw_request_method(const aw_request *request)
{
    return request->call->method;
}

const char *aw_request_path(const aw_request *request)
{
    return aw__exchange_path(request->call->exchange);
}

const char *aw_request_segment(const aw_request *request, const char *name)
{
    return name ? aw__pattern_segment(request->route->pattern, name, request->call->segment) : NULL;
}

const char *aw_request_query(const aw_request *request, const char *name)
{
    return name ? aw__call_argument(request->call, name) : NULL;
}

const char *aw_request_header(const aw_request *request, const char *name)
{
    return name ? aw__exchange_header(request->call->exchange, name) : NULL;
}

const void *aw_request_body(const aw_request *request, size_t *ret_bytes)
{
    size_t bytes;
    const char *body = aw__exchange_body(request->call->exchange, &bytes);

    if (ret_bytes)
        *ret_bytes = bytes;
    return body;
}

/* A peer that is not approved proves nothing that an application could rely on. */
aw_role aw_request_role(const aw_request *request)
{
    const aw__caller *caller = &request->call->caller;

    return caller->role == AW_ROLE_PEER && !caller->approved ? AW_ROLE_ANONYMOUS : caller->role;
}

const char *aw_request_peer_id(const aw_request *request)
{
    return aw_request_role(request) == AW_ROLE_PEER ? request->call->caller.trust->peer_id : NULL;
}

aw_actor *aw_request_actor(const aw_request *request)
{
    return request->actor;
}

int aw_request_json(const aw_request *request, json_t **ret_body, aw_error *err)
{
    size_t bytes;

    if (!request || !ret_body)
        return aw__fail(err, AW_E_INVALID, "%s: must not be NULL", request ? "ret_body" : "request");
    const char *body = aw__exchange_body(request->call->exchange, &bytes);
    int rc = aw__json_parse(body, bytes, ret_body, err);

    return rc == AW_E_TOO_LARGE ? aw__fail(err, AW_E_INVALID, "the body's JSON is nested too deep") : rc;
}

aw_group *aw_request_group(aw_request *request)
{
    return aw__call_group(request->call);
}

/* ---- answering ---- */

/* Before the answer itself, after which request is gone. */
static void note_answered(aw_request *request)
{
    if (request->said)
        request->said->answered = true;
}

int aw_request_reply(aw_request *request, int status, json_t *body)
{
    if (!request || status < 200 || status > 599)
        return AW_E_INVALID;
    note_answered(request);
    if (body)
        aw__call_json(request->call, status, body);
    else
        aw__call_empty(request->call, status);
    return AW_OK;
}

int aw_request_add_header(aw_request *request, const char *name, const char *value)
{
    return request && name && value ? aw__exchange_add_header(request->call->exchange, name, value) : AW_E_INVALID;
}

int aw_request_reply_error(aw_request *request, const aw_error *err)
{
    static const aw_error unknown = {.code = AW_E_UNSUPPORTED, .retry_after_ms = -1, .message = "no error was given"};

    if (!request)
        return AW_E_INVALID;
    note_answered(request);
    aw__call_error(request->call, err ? err : &unknown);
    return AW_OK;
}
