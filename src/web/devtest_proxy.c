/*
 * /{id}/devtest/proxy: the actor's twin, an actor of the same service that it makes and owns as a trustee, and the
 * twin's properties, reached as a peer's are (WIRE 9).
 */
#include <string.h>

#include "actor/trustee.h"
#include "base/encode.h"
#include "flow/proxy.h"
#include "flow/trustee_create.h"
#include "web/router.h"
#include "web/trouble.h"

struct twin {
    const char *peer_id;
    const char *baseuri;
    const char *path; /* of the twin's, "properties/a" */
    json_t *data;     /* to be sent; NULL: none */
    json_t *meta;     /* of proxy/create */
};

/* ---- asking the twin ---- */

static void ask(aw__call *call, const char *method, const char *path, json_t *data,
                void (*answered)(aw__call *call, const aw_error *err, aw__flow *flow))
{
    const struct twin *twin = call->state;
    const aw__proxy_ask wish = {
        .method = method, .peer_id = twin->peer_id, .path = path, .data = data, .parent_request_id = call->request_id};
    aw__flow *flow = NULL;
    aw_error err = {0};

    if (aw__proxy_new(call->site, call->actor.id, &wish, &flow, &err))
        aw__call_error(call, &err);
    else
        aw__call_run(call, flow, answered);
}

/* The twin's own refusal is passed on; that it cannot be reached is a peer's trouble. */
static void refuse(aw__call *call, const aw_error *err)
{
    if (err->code == AW_E_HTTP && err->http_status >= 400 && err->http_status <= 599)
        aw__call_fail(call, err->http_status, "peer_refused", "%s", err->message);
    else
        aw__call_peer_trouble(call, err, 502);
}

static void read_property(aw__call *call, const aw_error *err, aw__flow *flow)
{
    if (err)
        refuse(call, err);
    else
        aw__call_json(call, 200, flow->result);
}

static void changed(aw__call *call, const aw_error *err, aw__flow *flow)
{
    (void)flow;
    if (err)
        refuse(call, err);
    else
        aw__call_empty(call, 204);
}

/* ---- proxy/create: meta is shown, and properties are sent, if there are any ---- */

static void show_meta(aw__call *call)
{
    const struct twin *twin = call->state;

    aw__call_header(call, "Location", twin->baseuri);
    aw__call_json(call, 200, twin->meta);
}

static void sent(aw__call *call, const aw_error *err, aw__flow *flow)
{
    (void)flow;
    if (err)
        refuse(call, err);
    else
        show_meta(call);
}

static void met(aw__call *call, const aw_error *err, aw__flow *flow)
{
    struct twin *twin = call->state;

    if (err) {
        refuse(call, err);
        return;
    }
    twin->meta = aw__call_keep(call, aw__flow_take(flow));
    if (!twin->meta)
        aw__call_json(call, 500, NULL);
    else if (json_object_size(twin->data))
        ask(call, "POST", "properties", twin->data, sent);
    else
        show_meta(call);
}

static void use(aw__call *call)
{
    const struct twin *twin = call->state;

    if (!twin->path)
        ask(call, "GET", "meta", NULL, met);
    else
        ask(call, call->method, twin->path, twin->data, strcmp(call->method, "GET") == 0 ? read_property : changed);
}

/* ---- finding or making it ---- */

static void made(aw__call *call, const aw_error *err, aw__flow *flow)
{
    struct twin *twin = call->state;

    if (err) {
        aw__call_peer_trouble(call, err, 502);
        return;
    }
    twin->peer_id = aw__arena_strdup(call->arena, aw_trust_peer_id(flow->result));
    twin->baseuri = aw__arena_strdup(call->arena, aw_trust_baseuri(flow->result));
    if (aw__arena_failed(call->arena))
        aw__call_json(call, 500, NULL);
    else
        use(call);
}

static void make(aw__call *call)
{
    const aw__config *config = &call->site->config;
    aw__flow *flow = NULL;
    aw_error err = {0};

    if (aw__trustee_create_new(call->site, call->actor.id,
                               AW_WITH(peer_create_trustee, .factory_url = config->root, .relationship = "friend",
                                       .type = config->type, .desc = "a twin, made by devtest"),
                               &flow, &err))
        aw__call_error(call, &err);
    else
        aw__call_run(call, flow, made);
}

static void with_twin(aw__call *call, const char *path, json_t *data)
{
    struct twin *twin = aw__arena_alloc(call->arena, sizeof(*twin));
    aw__peertrustee_row row;
    aw_error err = {0};

    if (!twin) {
        aw__call_json(call, 500, NULL);
        return;
    }
    *twin = (struct twin){.path = path, .data = data};
    call->state = twin;
    int rc = aw__trustee_find_type(call->site, call->arena, call->actor.id, call->site->config.type, &row, &err);

    if (rc == AW_E_NOT_FOUND) {
        make(call);
        return;
    }
    if (rc) {
        aw__call_error(call, &err);
        return;
    }
    twin->peer_id = row.peer_id;
    twin->baseuri = row.baseuri;
    use(call);
}

/* ---- the endpoint ---- */

static void create(aw__call *call)
{
    size_t bytes;
    json_t *data = NULL;

    aw__exchange_body(call->exchange, &bytes);
    if (bytes) {
        data = aw__call_object(call);
        if (!data)
            return;
    }
    with_twin(call, NULL, data);
}

/* properties/a/b of the path, encoded again for the twin. */
static const char *path_of(aw__call *call)
{
    const char *rest = aw__call_rest(call, 3);

    return rest ? aw__percent_encode(call->arena, rest, "/") : NULL;
}

static void property(aw__call *call)
{
    const char *path = path_of(call);
    json_t *data = NULL;

    if (!path) {
        aw__call_json(call, 500, NULL);
        return;
    }
    if (strcmp(call->method, "PUT") != 0)
        with_twin(call, path, NULL);
    else if (!aw__call_read_json(call, &data))
        return;
    else if (data)
        with_twin(call, path, data);
    else
        aw__call_fail(call, 400, "bad_json", "a property's value is JSON");
}

void aw__devtest_proxy(aw__call *call)
{
    const char *what = call->segments > 3 ? call->segment[3] : "";
    bool posted = strcmp(call->method, "POST") == 0, put = strcmp(call->method, "PUT") == 0;

    if (posted && call->segments == 4 && strcmp(what, "create") == 0)
        create(call);
    else if (!posted && strcmp(what, "properties") == 0 && (!put || call->segments > 4))
        property(call);
    else
        aw__call_fail(call, 404, "not_found", "the proxy has create, to be posted to, and properties");
}
