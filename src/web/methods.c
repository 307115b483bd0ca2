/*
 * /{id}/methods and /{id}/actions: what can be called by name, plainly or (methods) by JSON-RPC 2.0 (WIRE 9). The
 * methods and actions themselves are an application's routes. Here is who may use them, and what is answered where no
 * route is.
 */
#include <errno.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "model/permission.h"
#include "web/router.h"

typedef struct collection {
    const char *name; /* also what a list of them is called */
    const char *one;
    aw__permission_category category;
    bool rpc;
} collection;

static const collection methods = {"methods", "method", AW__PERMISSION_METHODS, true};
static const collection actions = {"actions", "action", AW__PERMISSION_ACTIONS, false};

static bool is_call(const aw__call *call)
{
    return strcmp(call->method, "POST") == 0 || strcmp(call->method, "PUT") == 0;
}

/* ---- who may ---- */

static bool need_name(aw__call *call, const collection *of, const char *name)
{
    return aw__call_need_permission(call, of->category, name, AW__OPERATION_READ);
}

static bool need_rpc_name(aw__call *call, const collection *of, const json_t *request)
{
    const char *name = json_string_value(json_object_get(request, "method"));

    return !name || need_name(call, of, name);
}

/* Of two members of one name a handler with another parser may take the other. False: it was answered. */
static bool need_plain(aw__call *call)
{
    size_t bytes;
    const char *text = aw__exchange_body(call->exchange, &bytes);

    errno = 0;
    json_t *value = json_loadb(text, bytes, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, NULL);
    bool plain = value != NULL;

    json_decref(value);
    if (plain)
        return true;
    if (errno == ENOMEM)
        aw__call_json(call, 500, NULL);
    else
        aw__call_fail(call, 400, "bad_request", "the body has two members of one name");
    return false;
}

/* What JSON-RPC names in the body may not pass where the path could not. */
static bool need_rpc_names(aw__call *call, const collection *of)
{
    json_t *body = NULL;

    if (!is_call(call) || !of->rpc)
        return true;
    if (!aw__call_read_json(call, &body) || (body && !need_plain(call)))
        return false;
    for (size_t i = 0; i < json_array_size(body); i++)
        if (!need_rpc_name(call, of, json_array_get(body, i)))
            return false;
    return need_rpc_name(call, of, body);
}

static bool guard(aw__call *call, const collection *of)
{
    const char *name = aw__call_rest(call, 2);

    if (name)
        return need_name(call, of, name) && need_rpc_names(call, of);
    aw__call_json(call, 500, NULL);
    return false;
}

/* ---- what is there: nothing ---- */

static void list(aw__call *call, const collection *of)
{
    if (!guard(call, of))
        return;
    json_t *body = json_pack("{s:[]}", of->name);

    aw__call_json(call, 200, body);
    json_decref(body);
}

static void absent(aw__call *call, const collection *of)
{
    if (guard(call, of))
        aw__call_fail(call, 404, "not_found", "there is no such %s", of->one);
}

/* ---- JSON-RPC ---- */

enum { INVALID_REQUEST = -32600, METHOD_NOT_FOUND = -32601 };

/* 200: that the call has failed is said inside. data may be NULL. */
static void answer_rpc(aw__call *call, const json_t *request, int code, const char *message, const char *data)
{
    json_t *id = json_object_get(request, "id");
    json_t *body = json_pack("{s:s,s:{s:i,s:s,s:s*},s:O?}", "jsonrpc", "2.0", "error", "code", code, "message", message,
                             "data", data, "id", id);

    if (body && !id && json_object_set_new(body, "id", json_null())) {
        json_decref(body);
        body = NULL;
    }
    aw__call_json(call, 200, body);
    json_decref(body);
}

static void call_rpc(aw__call *call, const json_t *request)
{
    const char *method = json_string_value(json_object_get(request, "method"));
    const char *name = aw__call_rest(call, 2);

    if (!aw__text_equal(json_string_value(json_object_get(request, "jsonrpc")), "2.0"))
        answer_rpc(call, request, INVALID_REQUEST, "Invalid Request", "Not version 2.0");
    else if (!method)
        answer_rpc(call, request, INVALID_REQUEST, "Invalid Request", "Missing method");
    else if (name && *name && strcmp(name, method) != 0)
        answer_rpc(call, request, INVALID_REQUEST, "Invalid Request", "Method name mismatch");
    else
        answer_rpc(call, request, METHOD_NOT_FOUND, "Method not found", NULL);
}

/* ---- calls ---- */

static void invoke(aw__call *call, const collection *of)
{
    if (!guard(call, of))
        return;
    const json_t *body = aw__call_object(call);

    if (!body)
        return;
    if (of->rpc && json_object_get(body, "jsonrpc"))
        call_rpc(call, body);
    else if (call->segments == 2)
        aw__call_fail(call, 400, "bad_request", "the path names no %s", of->one);
    else
        aw__call_fail(call, 404, "not_found", "there is no such %s", of->one);
}

/* ---- the endpoints ---- */

bool aw__methods_guard(aw__call *call)
{
    return guard(call, &methods);
}

void aw__methods_get(aw__call *call)
{
    list(call, &methods);
}

void aw__methods_call(aw__call *call)
{
    invoke(call, &methods);
}

void aw__methods_absent(aw__call *call)
{
    absent(call, &methods);
}

bool aw__actions_guard(aw__call *call)
{
    return guard(call, &actions);
}

void aw__actions_get(aw__call *call)
{
    list(call, &actions);
}

void aw__actions_call(aw__call *call)
{
    invoke(call, &actions);
}

void aw__actions_absent(aw__call *call)
{
    absent(call, &actions);
}
