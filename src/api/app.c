/*
 * The app: opens what one service needs, in this order: store, runtime, web layer, delivery, server; and closes it in
 * the reverse one. What its params mean is in settings.c.
 */
#include "api/app.h"

#include "base/error.h"
#include "flow/delivery.h"
#include "flow/expiry.h"
#include <actingweb/offload.h>
#include <actingweb/route.h>

enum {
    END_MS = 5000, /* what is left of requests when the app ends */
    SLICE_MS = 20  /* of waiting on a worker, which others may need */
};

/* ---- opening ---- */

int aw_app_check(const aw_app_params *params, aw_error *err)
{
    aw__settings settings;
    aw__arena *arena = aw__arena_new();

    if (!arena)
        return aw__fail_nomem(err);
    int rc = aw__settings_read(params, arena, &settings, err);

    aw__arena_free(arena);
    return rc;
}

static int open_runtime(aw_app *app, aw_error *err)
{
    aw_runtime_params params = {
        .size = sizeof(params),
        .workers = app->settings.workers,
        .allow_private_peers = app->settings.allow_private_peers,
    };

    if (app->settings.runtime) {
        app->site.runtime = app->settings.runtime;
        return AW_OK;
    }
    int rc = aw_runtime_new(&params, &app->site.runtime, err);

    app->own_runtime = rc == AW_OK;
    return rc ? rc : aw_runtime_start(app->site.runtime, err);
}

static int open_delivery(aw_app *app, aw_error *err)
{
    int rc = aw__delivery_open(&app->site, err);

    app->delivers = rc == AW_OK;
    return rc;
}

int aw_app_new(const aw_app_params *params, aw_app **ret_app, aw_error *err)
{
    aw_app *app = aw__calloc(1, sizeof(*app));
    int rc;

    if (!ret_app || !app) {
        aw__free(app);
        return ret_app ? aw__fail_nomem(err) : aw__fail(err, AW_E_INVALID, "ret_app: must not be NULL");
    }
    app->arena = aw__arena_new();
    rc = app->arena ? aw__settings_read(params, app->arena, &app->settings, err) : aw__fail_nomem(err);
    if (rc)
        goto done;
    app->site.config = app->settings.config;
    app->site.app = app;
    rc = aw__store_open(app->settings.store, app->settings.opening, &app->site.store, err);
    if (rc == AW_OK)
        rc = open_runtime(app, err);
    if (rc == AW_OK)
        rc = aw__web_new(&app->site, &app->web, err);
    if (rc == AW_OK)
        rc = aw__expiry_open(&app->site, err);
    /* Peers must be told who calls, so nothing is delivered before the root is known. */
    if (rc == AW_OK && !app->settings.root_waits)
        rc = open_delivery(app, err);
done:
    if (rc)
        aw_app_free(app);
    else
        *ret_app = app;
    return rc;
}

/* ---- serving ---- */

static void handle(aw__exchange *exchange, void *arg)
{
    aw_app *app = arg;

    if (atomic_load_explicit(&app->ready, memory_order_acquire))
        aw__web_handle(exchange, app->web);
    else
        aw__exchange_reply(exchange, 503, NULL, 0); /* only in the moment in which the port becomes known */
}

static int start_server(aw_app *app, aw_error *err)
{
    const aw__settings *settings = &app->settings;
    aw__http_server_params params = {
        .host = settings->host,
        .port = settings->port,
        .threads = settings->web_threads,
        .max_connections = settings->max_connections,
        .max_body_bytes = settings->max_body_bytes,
        .runtime = app->site.runtime,
        .handle = handle,
        .refusal = aw__web_refusal,
        .arg = app,
    };

    return aw__http_server_start(&params, &app->server, err);
}

int aw_app_listen(aw_app *app, aw_error *err)
{
    if (!app)
        return aw__fail(err, AW_E_INVALID, "app: must not be NULL");
    const aw__settings *settings = &app->settings;

    if (!settings->listens)
        return aw__fail(err, AW_E_INVALID, "listen: was not given to aw_app_new()");
    if (app->server)
        return aw__fail(err, AW_E_INVALID, "the app is listening already");
    int rc = start_server(app, err);

    if (rc)
        return rc;
    if (settings->root_waits) {
        app->site.config.root = aw__settings_root(settings, app->arena, aw_app_port(app));
        rc = app->site.config.root ? AW_OK : aw__fail_nomem(err);
    }
    if (rc == AW_OK && !app->delivers)
        rc = open_delivery(app, err);
    if (rc) {
        aw__http_server_free(app->server);
        app->server = NULL;
        app->site.config.root = settings->config.root;
        return rc;
    }
    atomic_store_explicit(&app->ready, true, memory_order_release);
    return AW_OK;
}

int aw_app_route(aw_app *app, const char *method, const char *pattern, aw_route_handler *handler, void *ud,
                 aw_error *err)
{
    if (!app)
        return aw__fail(err, AW_E_INVALID, "app: must not be NULL");
    if (app->server)
        return aw__fail(err, AW_E_INVALID, "routes are added before aw_app_listen()");
    return aw__web_route(app->web, method, pattern, handler, ud, err);
}

/* ---- ending ---- */

struct slice {
    aw__http_server *server;
    int timeout_ms;
};

static int drain_slice(void *arg, aw_error *err)
{
    struct slice *slice = arg;
    int rc = aw__http_server_drain(slice->server, slice->timeout_ms);

    return rc ? aw__fail(err, rc, "some requests were not answered in time") : AW_OK;
}

/* Waits until all requests are answered. Their flows may need this very thread to run the loop, when the runtime is the
 * caller's: so the waiting is done on a worker, slice by slice, while aw_offload() lets the loop go on. */
static int drain(aw_app *app, int timeout_ms, aw_error *err)
{
    struct slice slice = {.server = app->server, .timeout_ms = timeout_ms};
    int rc;

    if (app->own_runtime)
        return drain_slice(&slice, err);
    do {
        slice.timeout_ms = timeout_ms < SLICE_MS ? timeout_ms : SLICE_MS;
        timeout_ms -= slice.timeout_ms;
        rc = aw_offload(app->site.runtime, AW_WITH(offload, .fn = drain_slice, .arg = &slice), err);
    } while (rc == AW_E_TIMEOUT && timeout_ms > 0);
    return rc;
}

int aw_app_drain(aw_app *app, int timeout_ms, aw_error *err)
{
    if (!app || timeout_ms < 0)
        return aw__fail(err, AW_E_INVALID, app ? "timeout_ms: must not be negative" : "app: must not be NULL");
    if (aw__runtime_inside(app->site.runtime))
        return aw__fail(err, AW_E_REENTRANT, "draining waits, which the loop's thread must not");
    return app->server ? drain(app, timeout_ms, err) : AW_OK;
}

/* No more requests; those under way are cancelled and answered. */
static void stop_server(aw_app *app)
{
    aw_error err = {0};

    if (!app->server)
        return;
    if (drain(app, 0, &err)) {
        aw__web_cancel(app->web);
        (void)drain(app, END_MS, &err); /* what is still open then has lost its client's answer */
    }
    aw__http_server_free(app->server);
}

void aw_app_free(aw_app *app)
{
    if (!app)
        return;
    stop_server(app);
    aw__flow_close_all(&app->site);
    if (app->delivers)
        aw__delivery_close(&app->site);
    aw__expiry_close(&app->site);
    if (app->own_runtime)
        aw_runtime_free(app->site.runtime);
    aw__web_free(app->web);
    aw__store_close(app->site.store);
    aw__arena_free(app->arena);
    aw__free(app);
}

/* ---- asking ---- */

aw_runtime *aw_app_runtime(aw_app *app)
{
    return app->site.runtime;
}

const char *aw_app_root(const aw_app *app)
{
    return app->site.config.root;
}

int aw_app_port(const aw_app *app)
{
    return app->server ? aw__http_server_port(app->server) : 0;
}
