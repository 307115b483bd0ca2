/*
 * Shared by the tests of the HTTP client: a fake peer, a started runtime, and calls whose outcome is written down on
 * the loop and looked at in the test.
 */
#ifndef AW_TESTS_CLIENT_SUPPORT_H
#define AW_TESTS_CLIENT_SUPPORT_H

#include "loop_support.h"

#include <stdio.h>
#include <stdlib.h>

#include "http/client.h"
#include <actingweb/test/fake_peer.h>

#define PATIENCE_MS 20000

struct world {
    aw_fake_peer *peer;
    aw_runtime *runtime;
};

static inline void world_open(struct world *world, aw_runtime_params params)
{
    params.size = sizeof(params);
    world->peer = aw_fake_peer_new();
    assert_non_null(world->peer);
    assert_int_equal(aw_runtime_new(&params, &world->runtime, NULL), AW_OK);
    assert_int_equal(aw_runtime_start(world->runtime, NULL), AW_OK);
}

#define WORLD(...)                                                                                                     \
    (aw_runtime_params)                                                                                                \
    {                                                                                                                  \
        .allow_private_peers = true, __VA_ARGS__                                                                       \
    }

static inline void world_close(struct world *world)
{
    aw_runtime_free(world->runtime);
    aw_fake_peer_free(world->peer);
}

/* A call and what came of it. Zeroed; method NULL is GET. */
struct attempt {
    struct world *world;
    aw__http_request request;
    char url[256];
    void (*then)(struct attempt *attempt); /* inside done() */
    void *more;                            /* for then() */
    aw__http_call *call;
    int start_rc;
    bool in_start;
    bool early; /* done() ran inside aw__http_start() */
    atomic_int completions;
    int code;
    char message[256];
    bool retriable;
    bool sent;
    int status;
    int retry_after_ms;
    char location[128];
    char body[128];
    size_t body_bytes;
};

static inline void attempt_done(void *arg, const aw_error *err, const aw__http_response *response, bool sent)
{
    struct attempt *attempt = arg;

    attempt->early = attempt->in_start;
    attempt->sent = sent;
    if (err) {
        attempt->code = err->code;
        attempt->retriable = err->retriable;
        snprintf(attempt->message, sizeof(attempt->message), "%s", err->message);
    } else {
        attempt->status = response->status;
        attempt->retry_after_ms = response->retry_after_ms;
        attempt->body_bytes = response->body_bytes;
        snprintf(attempt->location, sizeof(attempt->location), "%s", response->location);
        snprintf(attempt->body, sizeof(attempt->body), "%s", response->body);
    }
    if (attempt->then)
        attempt->then(attempt);
    atomic_fetch_add(&attempt->completions, 1);
}

/* On the loop. */
static inline void attempt_start_here(void *arg)
{
    struct attempt *attempt = arg;
    aw__http_client *client = aw__http_client_of(attempt->world->runtime, NULL);
    aw_error err = {0};

    if (!attempt->request.method)
        attempt->request.method = "GET";
    if (!attempt->request.url)
        attempt->request.url = attempt->url;
    attempt->in_start = true;
    attempt->start_rc =
        client ? aw__http_start(client, &attempt->request, attempt_done, attempt, &attempt->call, &err) : AW_E_NOMEM;
    attempt->in_start = false;
    if (attempt->start_rc)
        snprintf(attempt->message, sizeof(attempt->message), "%s", err.message);
}

/* To a path of the fake peer's. */
static inline void attempt_aim(struct attempt *attempt, struct world *world, const char *path)
{
    attempt->world = world;
    snprintf(attempt->url, sizeof(attempt->url), "%s%s", aw_fake_peer_root(world->peer), path);
}

static inline void attempt_start(struct attempt *attempt, struct world *world, const char *path)
{
    attempt_aim(attempt, world, path);
    on_loop(world->runtime, attempt_start_here, attempt);
    assert_int_equal(attempt->start_rc, AW_OK);
}

static inline bool attempt_over(struct attempt *attempt)
{
    return atomic_load(&attempt->completions) > 0;
}

static inline void attempt_wait(struct attempt *attempt)
{
    for (int waited = 0; !attempt_over(attempt); waited += 2) {
        if (waited > PATIENCE_MS)
            fail_msg("no completion");
        sleep_ms(2);
    }
    assert_false(attempt->early);
}

/* Starts it, waits, and returns the code. */
static inline int attempt_run(struct attempt *attempt, struct world *world, const char *path)
{
    attempt_start(attempt, world, path);
    attempt_wait(attempt);
    return attempt->code;
}

/* On the loop. Once it is over, its call may be somebody else's. */
static inline void attempt_abort_here(void *arg)
{
    struct attempt *attempt = arg;

    if (!attempt_over(attempt))
        aw__http_abort(attempt->call);
}

#endif
