/*
 * Routes of the application's: kept, and found for a call.
 */
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "web/router.h"

static const char actor_pattern[] = "/{actor_id}";

/* ---- keeping ---- */

static void route_free(aw__route *route)
{
    if (!route)
        return;
    aw__free(route->method);
    aw__free(route->pattern);
    aw__free(route);
}

void aw__routes_free(aw__route *routes)
{
    while (routes) {
        aw__route *next = routes->next;

        route_free(routes);
        routes = next;
    }
}

static bool begins_with_actor(const char *pattern)
{
    size_t bytes = sizeof(actor_pattern) - 1;

    return strncmp(pattern, actor_pattern, bytes) == 0 && (!pattern[bytes] || pattern[bytes] == '/');
}

static int check(const char *method, const char *pattern, aw_route_handler *handler, aw_error *err)
{
    const char *mistake = aw__pattern_mistake(pattern);

    if (aw__text_empty(method) || strspn(method, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != strlen(method))
        return aw__fail(err, AW_E_INVALID, "method: must be an HTTP method in capitals, such as \"GET\"");
    if (strcmp(method, "HEAD") == 0)
        return aw__fail(err, AW_E_INVALID, "method: HEAD is served by the route for GET");
    if (mistake)
        return aw__fail(err, AW_E_INVALID, "pattern: %s", mistake);
    if (pattern[1] == '{' && !begins_with_actor(pattern))
        return aw__fail(err, AW_E_INVALID, "pattern: the first segment must be plain text or {actor_id}");
    if (strcmp(pattern, "/") == 0 || strcmp(pattern, "/login") == 0)
        return aw__fail(err, AW_E_EXISTS, "pattern: %s is the protocol's own", pattern);
    if (!handler)
        return aw__fail(err, AW_E_INVALID, "handler: must not be NULL");
    return AW_OK;
}

int aw__web_route(aw__web *web, const char *method, const char *pattern, aw_route_handler *handler, void *ud,
                  aw_error *err)
{
    int rc = check(method, pattern, handler, err);
    aw__route **at = &web->routes;

    if (rc)
        return rc;
    for (; *at; at = &(*at)->next)
        if (strcmp((*at)->method, method) == 0 && strcmp((*at)->pattern, pattern) == 0)
            return aw__fail(err, AW_E_EXISTS, "pattern: %s %s is served already", method, pattern);
    aw__route *route = aw__calloc(1, sizeof(*route));

    if (!route)
        return aw__fail_nomem(err);
    route->method = aw__strdup(method);
    route->pattern = aw__strdup(pattern);
    if (!route->method || !route->pattern) {
        route_free(route);
        return aw__fail_nomem(err);
    }
    route->handler = handler;
    route->ud = ud;
    route->of_actor = begins_with_actor(pattern);
    *at = route;
    return AW_OK;
}

/* ---- finding ---- */

/* "GET" is in "GET, HEAD". */
static bool is_allowed(const char *allow, const char *method)
{
    size_t bytes = strlen(method);

    for (const char *at = allow; at; at = strchr(at, ' ')) {
        at += *at == ' ';
        if (strncmp(at, method, bytes) == 0 && (!at[bytes] || at[bytes] == ','))
            return true;
    }
    return false;
}

/* "GET, HEAD, POST" grows by one method. */
static void allow_also(aw__call *call, const char *method, const char **ret_allow)
{
    const char *allow = *ret_allow;

    if (is_allowed(allow, method))
        return;
    const char *added = strcmp(method, "GET") == 0 ? "GET, HEAD" : method;
    const char *longer = allow ? aw__arena_printf(call->arena, "%s, %s", allow, added) : added;

    *ret_allow = longer ? longer : allow;
}

bool aw__route_serve(aw__call *call, bool of_actor, aw__guard *guard, const char **ret_allow)
{
    for (const aw__route *route = call->web->routes; route; route = route->next) {
        if (route->of_actor != of_actor || !aw__pattern_matches(route->pattern, call->segment, call->segments))
            continue;
        if (strcmp(route->method, call->method) != 0) {
            allow_also(call, route->method, ret_allow);
            continue;
        }
        if ((!of_actor || aw__call_meet(call)) && (!guard || guard(call)))
            aw__request_run(call, route);
        return true;
    }
    return false;
}

bool aw__routes_serve(const aw__route *routes, const char *segment)
{
    size_t bytes = strlen(segment);

    for (; routes; routes = routes->next) {
        const char *below = routes->of_actor ? strchr(routes->pattern + 1, '/') : NULL;

        if (below && strncmp(below + 1, segment, bytes) == 0 && (!below[bytes + 1] || below[bytes + 1] == '/'))
            return true;
    }
    return false;
}
