/*
 * The table of the protocol's routes, and the way of a request through it. Application routes are in route.c.
 */
#include "web/router.h"

#include <string.h>

#include "base/error.h"
#include "base/id.h"
#include "base/json.h"
#include "base/text.h"

/* ---- the table ---- */

enum {
    DEVTEST = 1,       /* only where config.devtest is on; and there _method is an argument like any other */
    ANY_SLASH = 2,     /* a slash at the end is passed over; elsewhere it is redirected */
    OWN_ARGUMENTS = 4, /* a POST takes every argument for its own, so no GET can stand for one */
};

/* A path with a guard is an application's to serve, if it has a route for it; whom the guard refuses never gets
 * there. */
typedef struct row {
    const char *pattern;
    aw__endpoint *get, *post, *put, *remove;
    unsigned flags;
    aw__guard *guard;
} row;

/* The protocol's routes without an actor. */
static const row site_rows[] = {
    {"/", aw__factory_page, aw__factory_create, NULL, NULL},
    {"/login", aw__factory_page, NULL, NULL, NULL},
    {"/bot", NULL, aw__bot_post, NULL, NULL, 0, aw__open_guard},
};

/* And those of an actor. The first pattern that fits decides, whatever its methods. */
static const row actor_rows[] = {
    {"/{id}", aw__root_get, NULL, NULL, aw__root_delete},
    {"/{id}/meta", aw__meta_get, NULL, NULL, NULL, ANY_SLASH},
    {"/{id}/meta/*", aw__meta_get, NULL, NULL, NULL, ANY_SLASH},
    {"/{id}/properties", aw__properties_read, aw__properties_post, NULL, aw__properties_remove,
     ANY_SLASH | OWN_ARGUMENTS},
    {"/{id}/properties/*", aw__properties_read, aw__properties_post, aw__properties_put, aw__properties_remove,
     ANY_SLASH | OWN_ARGUMENTS},
    {"/{id}/trust", aw__trust_get_all, aw__trust_initiate, NULL, NULL},
    {"/{id}/trust/{rel}", aw__trust_get_relationship, aw__trust_request, aw__trust_put_trustee,
     aw__trust_remove_trustee},
    {"/{id}/trust/{rel}/{peer}", aw__trust_get_one, aw__trust_notice, aw__trust_put, aw__trust_remove_one},
    {"/{id}/trust/{rel}/{peer}/permissions", aw__permissions_get, NULL, aw__permissions_put, aw__permissions_remove},
    {"/{id}/trust/{rel}/{peer}/shared_properties", aw__permissions_shared, NULL, NULL, NULL},
    {"/{id}/permissions/{peer}", aw__permissions_query, NULL, NULL, NULL},
    {"/{id}/subscriptions", aw__subscriptions_get_all, aw__subscriptions_initiate, NULL, NULL},
    {"/{id}/subscriptions/{peer}", aw__subscriptions_get_peer, aw__subscriptions_accept, NULL, NULL},
    {"/{id}/subscriptions/{peer}/{sub}", aw__subscriptions_get_one, NULL, aw__subscriptions_clear,
     aw__subscriptions_remove_one},
    {"/{id}/subscriptions/{peer}/{sub}/{n}", aw__subscriptions_get_diff, NULL, NULL, NULL},
    {"/{id}/callbacks/subscriptions/{peer}/{sub}", NULL, aw__callbacks_receive, aw__callbacks_receive,
     aw__callbacks_remove},
    {"/{id}/callbacks/permissions/{peer}", NULL, aw__callbacks_permissions, aw__callbacks_permissions, NULL},
    {"/{id}/resources", aw__resources_get, NULL, NULL, NULL, 0, aw__resources_guard},
    {"/{id}/resources/*", aw__resources_absent, aw__resources_absent, aw__resources_absent, aw__resources_absent, 0,
     aw__resources_guard},
    {"/{id}/methods", aw__methods_get, aw__methods_call, aw__methods_call, NULL, 0, aw__methods_guard},
    {"/{id}/methods/*", aw__methods_absent, aw__methods_call, aw__methods_call, aw__methods_absent, 0,
     aw__methods_guard},
    {"/{id}/actions", aw__actions_get, aw__actions_call, aw__actions_call, NULL, 0, aw__actions_guard},
    {"/{id}/actions/*", aw__actions_absent, aw__actions_call, aw__actions_call, aw__actions_absent, 0,
     aw__actions_guard},
    {"/{id}/www", aw__www_absent, aw__www_absent, NULL, NULL, ANY_SLASH, aw__open_guard},
    {"/{id}/www/*", aw__www_absent, aw__www_absent, NULL, NULL, ANY_SLASH, aw__open_guard},
    {"/{id}/services/{name}", NULL, NULL, NULL, aw__services_absent, 0, aw__services_guard},
    {"/{id}/services/{name}/callback", aw__services_absent, NULL, NULL, NULL, 0, aw__services_guard},
    {"/{id}/devtest", aw__devtest_any, aw__devtest_any, aw__devtest_any, aw__devtest_any, DEVTEST | ANY_SLASH},
    {"/{id}/devtest/*", aw__devtest_any, aw__devtest_any, aw__devtest_any, aw__devtest_any, DEVTEST | ANY_SLASH},
};

static const row *find_row(const row *rows, size_t count, const aw__call *call)
{
    for (size_t i = 0; i < count; i++) {
        if ((rows[i].flags & DEVTEST) && !call->site->config.devtest)
            continue;
        if (aw__pattern_matches(rows[i].pattern, call->segment, call->segments))
            return &rows[i];
    }
    return NULL;
}

static bool of_site(const row *found)
{
    return found >= site_rows && found < site_rows + sizeof(site_rows) / sizeof(*site_rows);
}

static aw__endpoint *row_endpoint(const row *found, const char *method)
{
    if (strcmp(method, "GET") == 0)
        return found->get;
    if (strcmp(method, "POST") == 0)
        return found->post;
    if (strcmp(method, "PUT") == 0)
        return found->put;
    return strcmp(method, "DELETE") == 0 ? found->remove : NULL;
}

static const char *row_allow(const row *found, aw__arena *arena)
{
    char *allow = aw__arena_printf(arena, "%s%s%s%s", found->get ? "GET, HEAD, " : "", found->post ? "POST, " : "",
                                   found->put ? "PUT, " : "", found->remove ? "DELETE, " : "");

    if (allow)
        allow[strlen(allow) - 2] = '\0';
    return allow;
}

/* ---- one request ---- */

/* The client's, when it is fit to be echoed, or a new one; "" when there is none to be had. */
static const char *request_id(const aw__call *call)
{
    enum { ID_MAX_BYTES = 128 };
    const char *given = aw__exchange_header(call->exchange, "X-Request-ID");
    size_t bytes = given ? strnlen(given, ID_MAX_BYTES + 1) : 0;
    bool fit = bytes >= 1 && bytes <= ID_MAX_BYTES;

    for (size_t i = 0; i < bytes && fit; i++)
        fit = given[i] > 0x20 && given[i] < 0x7F;
    char *made = fit ? NULL : aw__arena_alloc(call->arena, AW__UUID_BYTES);

    if (fit)
        return aw__arena_strdup(call->arena, given);
    return made && aw__uuid4(made) == AW_OK ? made : NULL;
}

/* 307 to the same URL without the slash. Only for paths that exist without it, and always to the site's own root. */
static void redirect(aw__call *call)
{
    const char *path = aw__exchange_path(call->exchange) + 1;
    const char *query = aw__exchange_query(call->exchange);
    char *location = aw__arena_printf(call->arena, "%s%.*s%s%s", call->site->config.root, (int)strlen(path) - 1, path,
                                      *query ? "?" : "", query);

    if (!location) {
        aw__call_fail(call, 500, "out_of_memory", "out of memory");
        return;
    }
    aw__call_header(call, "Location", location);
    aw__call_empty(call, 307);
}

/* OPTIONS asks for no more than the methods, of which nothing is a secret. */
static void refuse_method(aw__call *call, const char *allow)
{
    bool asked = strcmp(call->method, "OPTIONS") == 0;

    if (asked && allow)
        allow = aw__arena_printf(call->arena, "%s, OPTIONS", allow);
    if (allow)
        aw__call_header(call, "Allow", allow);
    if (asked)
        aw__call_empty(call, 204);
    else
        aw__call_fail(call, 405, "method_not_allowed", "%s is not possible here", call->method);
}

bool aw__call_meet(aw__call *call)
{
    aw_error err = {0};
    int rc = aw__actor_find(call->site, call->arena, call->segment[0], &call->actor, &err);

    if (rc == AW_OK) {
        call->has_actor = true;
        rc = aw__call_authenticate(call, &err);
    }
    if (rc)
        aw__call_error(call, &err);
    return rc == AW_OK;
}

/* Runs an endpoint of the protocol's, whose arguments can be read. */
static void run(aw__call *call, aw__endpoint *endpoint)
{
    aw_error err = {0};

    if (aw__call_read_arguments(call, &err))
        aw__call_error(call, &err);
    else
        endpoint(call);
}

/* A GET may stand for what there is here, and is a GET where that is nothing; a POST that stands for what there is not
 * is refused as that, for it asks for no POST. */
static bool row_takes(const row *found, const char *method, const char *claimed)
{
    if (found->flags & DEVTEST)
        return false;
    if (strcmp(method, "POST") == 0)
        return true;
    return row_endpoint(found, claimed) && !((found->flags & OWN_ARGUMENTS) && strcmp(claimed, "POST") == 0);
}

/* False: the call was answered. */
static bool take_override(aw__call *call, const row *found)
{
    const char *claimed = aw__override_claimed(call);

    if (aw__arena_failed(call->arena)) { /* what it claims may have got lost */
        aw__call_json(call, 500, NULL);
        return false;
    }
    if (!claimed || strcmp(claimed, call->method) == 0 || !row_takes(found, call->method, claimed))
        return true;
    if (!aw__override_allowed(call))
        return false;
    call->method = claimed;
    call->overridden = true;
    return true;
}

/* allow: the methods that there are, with those of an application's routes; NULL: those of the row. */
static void serve_row(aw__call *call, const row *found, const char *allow)
{
    if (!take_override(call, found))
        return;
    aw__endpoint *endpoint = row_endpoint(found, call->method);

    if (!endpoint)
        refuse_method(call, allow ? allow : row_allow(found, call->arena));
    else if (call->slash && !(found->flags & ANY_SLASH))
        redirect(call);
    else if (of_site(found))
        run(call, endpoint);
    else if (aw__call_meet(call))
        run(call, endpoint);
}

/* By a route of the application's, at a path that is the protocol's. */
static bool serve_instead(aw__call *call, const row *found, const char **ret_allow)
{
    if (!found->guard || call->slash)
        return false;
    *ret_allow = row_allow(found, call->arena);
    return aw__route_serve(call, !of_site(found), found->guard, ret_allow);
}

static void route(aw__call *call)
{
    const row *found = find_row(site_rows, sizeof(site_rows) / sizeof(*site_rows), call);
    const char *allow = NULL;

    if (!found && !call->slash && aw__route_serve(call, false, NULL, &allow))
        return;
    if (!found && !allow)
        found = find_row(actor_rows, sizeof(actor_rows) / sizeof(*actor_rows), call);
    if (found && serve_instead(call, found, &allow))
        return;
    if (found)
        serve_row(call, found, allow);
    else if (!call->slash && aw__route_serve(call, true, NULL, &allow))
        return;
    else if (allow)
        refuse_method(call, allow);
    else
        aw__call_fail(call, 404, "not_found", "there is nothing at this path");
}

static void refuse_path(aw__call *call, int status)
{
    if (status == 414)
        aw__call_fail(call, 414, "too_long", "the path has more than %d segments", AW__WEB_MAX_SEGMENTS);
    else if (status == 404)
        aw__call_fail(call, 404, "not_found", "there is nothing at this path");
    else if (status == 400)
        aw__call_fail(call, 400, "bad_request", "the path is not percent-encoded UTF-8");
    else
        aw__call_fail(call, status, "out_of_memory", "out of memory");
}

void aw__web_handle(aw__exchange *exchange, void *arg)
{
    aw__web *web = arg;
    aw__arena *arena = aw__exchange_arena(exchange);
    aw__call *call = aw__arena_alloc(arena, sizeof(*call));

    if (!call) {
        aw__exchange_reply(exchange, 500, NULL, 0);
        return;
    }
    call->web = web;
    call->site = web->site;
    call->exchange = exchange;
    call->arena = arena;
    call->method = aw__exchange_method(exchange);
    call->caller = aw__caller_anonymous();
    if (strcmp(call->method, "HEAD") == 0)
        call->method = "GET";
    call->request_id = request_id(call);
    if (call->request_id)
        aw__call_header(call, "X-Request-ID", call->request_id);
    int status = aw__call_split(call, aw__exchange_path(exchange), &call->slash);

    if (status)
        refuse_path(call, status);
    else
        route(call);
}

/* ---- the web layer itself ---- */

int aw__web_new(aw__site *site, aw__web **ret_web, aw_error *err)
{
    aw__web *web = aw__calloc(1, sizeof(*web));

    if (!web)
        return aw__fail_nomem(err);
    web->site = site;
    pthread_mutex_init(&web->lock, NULL);
    *ret_web = web;
    return AW_OK;
}

void aw__web_free(aw__web *web)
{
    if (!web)
        return;
    aw__routes_free(web->routes);
    pthread_mutex_destroy(&web->lock);
    aw__free(web);
}
