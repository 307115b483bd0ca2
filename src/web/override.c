/*
 * _method: the method that a GET or POST stands for, from clients that can send no other (the specification's "Use of
 * HTTP methods"). Which paths have which methods is the router's table.
 *
 * A link or form on somebody else's page is sent with what the browser knows of the actor's owner: Basic credentials,
 * or a cookie. It must not change anything, so what comes from such a page, or proves itself by a cookie alone, is
 * refused.
 */
#include <string.h>

#include "base/text.h"
#include "web/router.h"

static const char *method_named(const char *word)
{
    static const char *const methods[] = {"PUT", "DELETE", "POST"};

    for (size_t i = 0; i < sizeof(methods) / sizeof(*methods); i++)
        if (aw__text_equal(word, methods[i]))
            return methods[i];
    return NULL;
}

/* Most requests have no such argument, and are not taken apart before it is known who asks. A header cannot be set by
 * another's page, but a GET with it may be answered from a cache that has never heard of it. */
const char *aw__override_claimed(aw__call *call)
{
    const char *method = aw__exchange_method(call->exchange);
    bool posted = strcmp(method, "POST") == 0;
    const char *word = NULL;

    if (!posted && strcmp(method, "GET") != 0)
        return NULL;
    if (strstr(aw__exchange_query(call->exchange), "_method=") ||
        (posted && aw__call_is_form(call) && strstr(aw__exchange_body(call->exchange, NULL), "_method=")))
        word = aw__call_argument(call, "_method");
    if (!word && posted)
        word = aw__exchange_header(call->exchange, "X-HTTP-Method-Override");
    return method_named(word);
}

/* The page at url is one of this site's. */
static bool is_own_page(const aw__call *call, const char *url)
{
    const char *root = call->site->config.root;
    const char *host = strstr(root, "://");
    size_t bytes = host ? (size_t)(host - root) + 3 + strcspn(host + 3, "/") : strlen(root);

    return strncmp(url, root, bytes) == 0 && (!url[bytes] || url[bytes] == '/');
}

/* Browsers say where a request comes from; older ones say it in Origin and Referer. Programs say nothing. */
static bool is_from_elsewhere(const aw__call *call)
{
    const char *where = aw__exchange_header(call->exchange, "Sec-Fetch-Site");
    const char *page = aw__exchange_header(call->exchange, "Origin");

    if (where)
        return strcmp(where, "same-origin") != 0 && strcmp(where, "none") != 0;
    if (!page)
        page = aw__exchange_header(call->exchange, "Referer");
    return page && !is_own_page(call, page);
}

static bool has_only_a_cookie(const aw__call *call)
{
    return !aw__exchange_header(call->exchange, "Authorization") && aw__exchange_cookie(call->exchange, "oauth_token");
}

bool aw__override_allowed(aw__call *call)
{
    if (!is_from_elsewhere(call) && !has_only_a_cookie(call))
        return true;
    aw__call_fail(call, 403, "forbidden", "_method is not taken from another site's page, nor with a cookie alone");
    return false;
}
