/*
 * A runtime's beginning and end, its own thread, and the slot for the HTTP client. Embedding it in another loop is in
 * embed.c, running it in loop.c.
 */
#include "runtime/runtime.h"

#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/log.h"
#include "runtime/loop.h"
#include "base/params.h"

enum {
    DEFAULT_WORKERS = 4,
    MAX_WORKERS = 256,
    DEFAULT_CONNECTIONS_PER_PEER = 1024,
    DEFAULT_IDLE_CONNECTIONS = 256,
    DEFAULT_RESPONSE_BYTES = 4 * 1024 * 1024
};

static int read_params(aw_runtime_params *params, const aw_runtime_params *given, aw_error *err)
{
    if (!aw__params_read(params, sizeof(*params), given))
        return aw__fail(err, AW_E_INVALID, "aw_runtime_params.size is not set: use AW_WITH or AW_DEFAULTS");
    if (params->workers < 0 || params->workers > MAX_WORKERS)
        return aw__fail(err, AW_E_INVALID, "workers must be 0 to %d", MAX_WORKERS);
    if (params->max_connections_per_peer < 0 || params->max_idle_connections < 0)
        return aw__fail(err, AW_E_INVALID, "a number of connections is negative");
    params->size = sizeof(*params);
    if (!params->workers)
        params->workers = DEFAULT_WORKERS;
    if (!params->max_connections_per_peer)
        params->max_connections_per_peer = DEFAULT_CONNECTIONS_PER_PEER;
    if (!params->max_idle_connections)
        params->max_idle_connections = DEFAULT_IDLE_CONNECTIONS;
    if (!params->max_response_bytes)
        params->max_response_bytes = DEFAULT_RESPONSE_BYTES;
    return AW_OK;
}

/* What is left when the loop is closed and the workers are gone. */
static void free_rest(aw_runtime *runtime)
{
    aw__op_table_free(&runtime->table);
    pthread_cond_destroy(&runtime->released);
    pthread_mutex_destroy(&runtime->client_lock);
    pthread_mutex_destroy(&runtime->lock);
    aw__free(runtime);
}

int aw_runtime_new(const aw_runtime_params *given, aw_runtime **ret_runtime, aw_error *err)
{
    aw_runtime_params params;
    aw_runtime *runtime;
    int rc;

    if (!ret_runtime)
        return aw__fail(err, AW_E_INVALID, "ret_runtime is NULL");
    rc = read_params(&params, given, err);
    if (rc)
        return rc;
    runtime = aw__calloc(1, sizeof(*runtime));
    if (!runtime)
        return aw__fail_nomem(err);
    runtime->params = params;
    pthread_mutex_init(&runtime->lock, NULL);
    pthread_mutex_init(&runtime->client_lock, NULL);
    pthread_cond_init(&runtime->released, NULL);
    aw__list_init(&runtime->ops);
    aw__list_init(&runtime->waiters);
    rc = aw__op_table_init(&runtime->table) ? aw__fail_nomem(err) : AW_OK;
    if (!rc)
        rc = aw__loop_open(runtime, err);
    if (rc) {
        free_rest(runtime);
        return rc;
    }
    rc = aw__workers_start(runtime, params.workers, err);
    if (rc) {
        aw__loop_close(runtime);
        free_rest(runtime);
        return rc;
    }
    *ret_runtime = runtime;
    return AW_OK;
}

/* Ends everything that still goes on. The operations first: they use the client. */
static void wind_up(aw_runtime *runtime)
{
    void *client;

    aw__loop_drain(runtime);
    aw__runtime_lock(runtime);
    client = runtime->client;
    runtime->client = NULL;
    aw__runtime_unlock(runtime);
    if (client)
        runtime->client_close(client);
    aw__loop_drain(runtime);
}

static void *run_loop(void *arg)
{
    aw_runtime *runtime = arg;

    aw__loop_acquire(runtime);
    while (!atomic_load(&runtime->closing))
        uv_run(&runtime->loop, UV_RUN_DEFAULT);
    wind_up(runtime);
    aw__loop_release(runtime);
    return NULL;
}

int aw_runtime_start(aw_runtime *runtime, aw_error *err)
{
    int rc = AW_OK;

    if (!runtime)
        return aw__fail(err, AW_E_INVALID, "runtime is NULL");
    pthread_mutex_lock(&runtime->lock);
    if (runtime->threaded || runtime->embedded || runtime->exposed) {
        rc = aw__fail(err, AW_E_INVALID,
                      runtime->threaded ? "the runtime has been started already"
                                        : "the runtime is embedded in another loop");
    } else {
        int failed = aw__thread_start(&runtime->thread, "aw-loop", run_loop, runtime);

        if (failed)
            rc = aw__fail(err, AW_E_UNSUPPORTED, "no thread for the loop: %s", strerror(failed));
        else
            runtime->threaded = true;
    }
    pthread_mutex_unlock(&runtime->lock);
    return rc;
}

void aw_runtime_free(aw_runtime *runtime)
{
    if (!runtime)
        return;
    if (aw__runtime_inside(runtime)) {
        aw__log(AW_LOG_ERROR, "aw_runtime_free() was called from a callback of the same runtime, which goes on");
        return;
    }
    aw__op_table_close(&runtime->table);
    atomic_store(&runtime->closing, true);
    if (runtime->threaded) {
        aw__loop_wake(runtime);
        pthread_join(runtime->thread, NULL);
    } else {
        aw__loop_acquire(runtime);
        wind_up(runtime);
        aw__loop_release(runtime);
    }
    aw__waiters_join(runtime);
    aw__workers_stop(runtime);
    aw__loop_close(runtime);
    free_rest(runtime);
}

size_t aw_runtime_in_flight(const aw_runtime *runtime)
{
    return runtime ? atomic_load(&runtime->in_flight) : 0;
}

const aw_runtime_params *aw__runtime_params(const aw_runtime *runtime)
{
    return &runtime->params;
}

void aw__runtime_attach(aw_runtime *runtime, void *client, void (*close)(void *client))
{
    runtime->client = client;
    runtime->client_close = close;
}

void *aw__runtime_attached(const aw_runtime *runtime)
{
    return runtime->client;
}

void aw__runtime_lock(aw_runtime *runtime)
{
    pthread_mutex_lock(&runtime->client_lock);
}

void aw__runtime_unlock(aw_runtime *runtime)
{
    pthread_mutex_unlock(&runtime->client_lock);
}
