/*
 * What steps use to talk to a peer: making the request, and reading the answer. Sending it is the driver's.
 */
#include "flow/flow.h"

#include <string.h>

#include "base/encode.h"
#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "http/headers.h"
#include "http/url.h"

/* ---- the request ---- */

int aw__flow_ask_header(aw__flow *flow, const char *name, const char *value)
{
    const char *const *old = flow->request.headers;
    size_t count = 0;

    if (!aw__header_value_valid(value))
        return aw__fail(&flow->error, AW_E_INVALID, "the value for %s holds control characters", name);
    while (old && old[count])
        count++;
    const char **headers = aw__arena_alloc(flow->arena, (count + 2) * sizeof(*headers));
    const char *line = aw__arena_printf(flow->arena, "%s: %s", name, value);

    if (!headers || !line)
        return aw__fail_nomem(&flow->error);
    for (size_t i = 0; i < count; i++)
        headers[i] = old[i];
    headers[count] = line;
    flow->request.headers = headers;
    return AW_OK;
}

static int ask_bearer(aw__flow *flow, const char *secret)
{
    const char *value = aw__arena_printf(flow->arena, "Bearer %s", secret);

    flow->secret = secret;
    return value ? aw__flow_ask_header(flow, "Authorization", value) : aw__fail_nomem(&flow->error);
}

int aw__flow_ask_basic(aw__flow *flow, const char *user, const char *passphrase)
{
    const char *pair = aw__arena_printf(flow->arena, "%s:%s", user, passphrase);
    const char *encoded = pair ? aw__base64_encode(flow->arena, pair, strlen(pair)) : NULL;
    const char *value = encoded ? aw__arena_printf(flow->arena, "Basic %s", encoded) : NULL;

    flow->secret = passphrase;
    flow->encoded_secret = encoded;
    return value ? aw__flow_ask_header(flow, "Authorization", value) : aw__fail_nomem(&flow->error);
}

static int ask_body(aw__flow *flow, const json_t *body)
{
    char *text = aw__json_text(body);

    if (!text || aw__arena_defer(flow->arena, aw__free, text))
        return aw__fail_nomem(&flow->error);
    flow->request.body = text;
    flow->request.body_bytes = strlen(text);
    return aw__flow_ask_header(flow, "Content-Type", "application/json");
}

int aw__flow_ask(aw__flow *flow, const char *method, const char *url, const char *secret, json_t *body)
{
    if (!url)
        return aw__fail_nomem(&flow->error);
    int rc = aw__url_check(url, &flow->error);

    flow->request.method = method;
    flow->request.url = url;
    if (rc == AW_OK)
        rc = aw__flow_ask_header(flow, "Accept", "application/json");
    if (rc == AW_OK && secret)
        rc = ask_bearer(flow, secret);
    if (rc == AW_OK && body)
        rc = ask_body(flow, body);
    return rc;
}

/* ---- the answer ---- */

static void release_json(void *value)
{
    json_decref(value);
}

json_t *aw__flow_keep(aw__flow *flow, json_t *value)
{
    if (!value || aw__arena_defer(flow->arena, release_json, value))
        return NULL;
    return value;
}

static int fail_protocol(aw__flow *flow, const char *what, const char *why)
{
    aw__fail(&flow->error, AW_E_PROTOCOL, "%s%s", what, why);
    flow->error.http_status = flow->response->status;
    return AW_E_PROTOCOL;
}

int aw__flow_answer_take(aw__flow *flow, json_t **ret_value)
{
    aw_error why = {0};
    int rc = aw__json_parse(flow->response->body, flow->response->body_bytes, ret_value, &why);

    if (rc == AW_E_NOMEM)
        return aw__fail_nomem(&flow->error);
    return rc ? fail_protocol(flow, "the peer's answer cannot be read: ", why.message) : AW_OK;
}

int aw__flow_answer_json(aw__flow *flow, json_t **ret_value)
{
    json_t *value = NULL;
    int rc = aw__flow_answer_take(flow, &value);

    if (rc)
        return rc;
    if (!aw__flow_keep(flow, value))
        return aw__fail_nomem(&flow->error);
    *ret_value = value;
    return AW_OK;
}

int aw__flow_answer_object(aw__flow *flow, json_t **ret_object)
{
    json_t *value = NULL;
    int rc = aw__flow_answer_json(flow, &value);

    if (rc)
        return rc;
    if (!json_is_object(value))
        return fail_protocol(flow, "the peer's answer is no JSON object", "");
    *ret_object = value;
    return AW_OK;
}

static bool holds(const char *text, const char *secret)
{
    return !aw__text_empty(secret) && strstr(text, secret);
}

/* The whole answer is looked at, since its reason may be cut within a secret; and the reason, which JSON may have
 * hidden behind escapes. */
static bool repeats(const aw__http_response *r, const char *reason, const char *secret)
{
    return holds(r->body, secret) || holds(reason, secret);
}

int aw__flow_answer_ok(aw__flow *flow)
{
    const aw__http_response *r = flow->response;

    if (r->status >= 200 && r->status <= 299)
        return AW_OK;
    const char *reason = aw__http_reason(flow->arena, r);

    if (!reason)
        return aw__fail_nomem(&flow->error);
    if (*reason && (repeats(r, reason, flow->secret) || repeats(r, reason, flow->encoded_secret)))
        reason = "its reason repeats a secret, and is not shown";
    else if (!*reason && r->status >= 300 && r->status <= 399)
        reason = "redirects are not followed";
    return aw__fail_http(&flow->error, r->status, r->retry_after_ms, "the peer answered %d%s%s", r->status,
                         *reason ? ": " : "", reason);
}
