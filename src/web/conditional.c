/*
 * Representations with entity tags, and requests that depend on them (RFC 9110, 13). Whether a precondition of a change
 * holds is decided in the change's own transaction (src/actor/precondition.c).
 */
#include <string.h>

#include "base/error.h"
#include "http/etag.h"
#include "web/web.h"

/* ---- what the request says ---- */

/* One of the fields; NULL when it is absent. False: it was answered. */
static bool read_list(aw__call *call, const char *name, const char **ret_list)
{
    const char *list = aw__exchange_header_list(call->exchange, name);

    if (!list && aw__arena_failed(call->arena)) {
        aw__call_json(call, 500, NULL);
        return false;
    }
    if (list && !aw__etag_list_valid(list)) {
        aw__call_fail(call, 400, "bad_request", "%s is neither * nor a list of entity tags in quotes", name);
        return false;
    }
    *ret_list = list;
    return true;
}

bool aw__call_condition(aw__call *call, aw__represent_fn *represent, void *arg, aw__precondition **ret_condition)
{
    aw__precondition condition = {.represent = represent, .arg = arg};

    *ret_condition = NULL;
    if (!read_list(call, "If-Match", &condition.if_match) ||
        !read_list(call, "If-None-Match", &condition.if_none_match))
        return false;
    if (!condition.if_match && !condition.if_none_match)
        return true;
    *ret_condition = aw__arena_alloc(call->arena, sizeof(condition));
    if (!*ret_condition) {
        aw__call_json(call, 500, NULL);
        return false;
    }
    **ret_condition = condition;
    return true;
}

void aw__call_refuse_change(aw__call *call, const aw__precondition *condition, const aw_error *err)
{
    if (condition && condition->failed)
        aw__call_fail(call, 412, "precondition_failed", "%s", err->message);
    else
        aw__call_error(call, err);
}

/* ---- what is shown ---- */

struct showing {
    aw__represent_fn *represent;
    void *arg;
    char *text;
};

static int read_text(aw_database *database, void *arg, aw_error *err)
{
    struct showing *showing = arg;

    aw__free(showing->text);
    showing->text = NULL;
    return showing->represent(database, showing->arg, &showing->text, err);
}

static void answer_text(aw__call *call, const aw__precondition *condition, const char *text)
{
    char etag[AW__ETAG_BYTES];

    if (aw__etag_make(text, strlen(text), etag)) {
        aw__call_fail(call, 500, "server_error", "no digest is to be had");
        return;
    }
    if (condition && condition->if_match && !aw__etag_list_has(condition->if_match, etag, AW__ETAG_STRONG)) {
        aw__call_fail(call, 412, "precondition_failed", "what is there is not what the request expects");
        return;
    }
    aw__call_header(call, "ETag", etag);
    if (condition && condition->if_none_match && aw__etag_list_has(condition->if_none_match, etag, AW__ETAG_WEAK))
        /* Of this status the server sends, as for HEAD, the length alone. */
        aw__exchange_reply(call->exchange, 304, text, strlen(text));
    else
        aw__call_json_text(call, 200, text);
}

void aw__call_show(aw__call *call, aw__represent_fn *represent, void *arg)
{
    struct showing showing = {.represent = represent, .arg = arg};
    aw__precondition *condition = NULL;
    aw_error err = {0};

    if (!aw__call_condition(call, represent, arg, &condition))
        return;
    if (aw__store_read(call->site->store, read_text, &showing, &err))
        aw__call_error(call, &err);
    else
        answer_text(call, condition, showing.text);
    aw__free(showing.text);
}
