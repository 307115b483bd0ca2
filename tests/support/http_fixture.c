/*
 * The server for tests.
 */
#include "support/http_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/text.h"

enum { PATIENCE_MS = 10000 };

/* In the exchange's arena, for on_hangup(). */
typedef struct holding {
    http_fixture *fixture;
    aw__exchange *exchange;
    char witness[64];
} holding;

static void sleep_ms(int ms)
{
    struct timespec pause = {ms / 1000, ms % 1000 * 1000000L};

    nanosleep(&pause, NULL);
}

void http_fixture_answer(aw__exchange *exchange, int status, const char *text)
{
    aw__exchange_reply(exchange, status, text, text ? strlen(text) : 0);
}

static void count_end(void *value)
{
    atomic_fetch_add(&((http_fixture *)value)->ended, 1);
}

static void on_hangup(void *arg)
{
    holding *hold = arg;
    http_fixture *fixture = hold->fixture;

    if (strcmp(hold->witness, "alive") != 0)
        abort();
    if (atomic_load(&fixture->answer_in_hangup)) {
        http_fixture_answer(hold->exchange, 499, NULL);
        if (strcmp(hold->witness, "alive") != 0) /* the arena is there until this function returns */
            abort();
    }
    atomic_fetch_add(&fixture->hangups, 1);
}

static void put(http_fixture *fixture, aw__exchange **list, int *count, aw__exchange *exchange)
{
    pthread_mutex_lock(&fixture->lock);
    if (*count == HTTP_FIXTURE_HOLDS)
        abort();
    list[(*count)++] = exchange;
    pthread_cond_broadcast(&fixture->changed);
    pthread_mutex_unlock(&fixture->lock);
}

/* With the lock held. */
static aw__exchange *shift(aw__exchange **list, int *count)
{
    aw__exchange *first = list[0];

    *count -= 1;
    memmove(list, list + 1, (size_t)*count * sizeof(*list));
    return first;
}

static void hold(http_fixture *fixture, aw__exchange *exchange, bool soon)
{
    holding *h = aw__arena_alloc(aw__exchange_arena(exchange), sizeof(*h));
    int pause_ms = atomic_load(&fixture->handler_sleep_ms);

    if (!h) {
        http_fixture_answer(exchange, 500, NULL);
        return;
    }
    h->fixture = fixture;
    h->exchange = exchange;
    strcpy(h->witness, "alive");
    aw__exchange_defer(exchange, on_hangup, h);
    if (soon)
        put(fixture, fixture->soon_held, &fixture->soon_holds, exchange);
    else
        put(fixture, fixture->held, &fixture->holds, exchange);
    if (pause_ms)
        sleep_ms(pause_ms);
}

static void *answer_soon(void *arg)
{
    http_fixture *fixture = arg;

    pthread_mutex_lock(&fixture->lock);
    for (;;) {
        while (!fixture->soon_holds && !fixture->stopping)
            pthread_cond_wait(&fixture->changed, &fixture->lock);
        if (!fixture->soon_holds)
            break;
        aw__exchange *exchange = shift(fixture->soon_held, &fixture->soon_holds);

        pthread_mutex_unlock(&fixture->lock);
        http_fixture_answer(exchange, 200, "soon");
        pthread_mutex_lock(&fixture->lock);
    }
    pthread_mutex_unlock(&fixture->lock);
    return NULL;
}

static void *answer_early(void *arg)
{
    http_fixture_answer(arg, 200, "early");
    return NULL;
}

static void be_early(aw__exchange *exchange)
{
    pthread_t thread;

    aw__exchange_defer(exchange, NULL, NULL);
    if (pthread_create(&thread, NULL, answer_early, exchange) != 0)
        abort();
    pthread_join(thread, NULL);
}

static void echo(aw__exchange *exchange)
{
    size_t bytes = 0;
    const char *body = aw__exchange_body(exchange, &bytes);

    if (body[bytes] != '\0')
        abort();
    if (aw__exchange_add_header(exchange, "X-Method", aw__exchange_method(exchange)) ||
        aw__exchange_add_header(exchange, "X-Path", aw__exchange_path(exchange)) ||
        aw__exchange_add_header(exchange, "X-Query", aw__exchange_query(exchange)))
        http_fixture_answer(exchange, 500, "no memory");
    else
        aw__exchange_reply(exchange, 200, body, bytes);
}

static void answer_value(aw__exchange *exchange, const char *value)
{
    http_fixture_answer(exchange, value ? 200 : 404, value);
}

static void handle(aw__exchange *exchange, void *arg)
{
    http_fixture *fixture = arg;
    const char *path = aw__exchange_path(exchange);

    atomic_fetch_add(&fixture->handled, 1);
    if (aw__exchange_at_end(exchange, count_end, fixture))
        http_fixture_answer(exchange, 500, "no memory");
    else if (aw__text_starts(path, "/hold"))
        hold(fixture, exchange, false);
    else if (strcmp(path, "/soon") == 0)
        hold(fixture, exchange, true);
    else if (strcmp(path, "/early") == 0)
        be_early(exchange);
    else if (strcmp(path, "/self") == 0) {
        aw__exchange_defer(exchange, on_hangup, NULL);
        http_fixture_answer(exchange, 200, "self");
    } else if (strcmp(path, "/header") == 0)
        answer_value(exchange, aw__exchange_header(exchange, "x-TEST"));
    else if (strcmp(path, "/cookie") == 0)
        answer_value(exchange, aw__exchange_cookie(exchange, "session"));
    else if (aw__text_starts(path, "/status/"))
        http_fixture_answer(exchange, atoi(path + strlen("/status/")), NULL);
    else if (strcmp(path, "/nothing") != 0)
        echo(exchange);
}

static char *refusal(int status, const char *message)
{
    char *text = aw__malloc(128);

    if (text)
        snprintf(text, 128, "{\"status\":%d,\"message\":\"%s\"}", status, message);
    return text;
}

http_fixture *http_fixture_new(const aw__http_server_params *params)
{
    http_fixture *fixture = calloc(1, sizeof(*fixture));
    aw__http_server_params all = params ? *params : (aw__http_server_params){0};

    assert_non_null(fixture);
    pthread_mutex_init(&fixture->lock, NULL);
    pthread_cond_init(&fixture->changed, NULL);
    assert_int_equal(aw_runtime_new(NULL, &fixture->runtime, NULL), AW_OK);
    assert_int_equal(aw_runtime_start(fixture->runtime, NULL), AW_OK);
    assert_int_equal(pthread_create(&fixture->soon, NULL, answer_soon, fixture), 0);
    all.host = all.host ? all.host : "127.0.0.1";
    all.threads = all.threads ? all.threads : 2;
    all.max_body_bytes = all.max_body_bytes ? all.max_body_bytes : 16 * 1024;
    all.max_connections = all.max_connections ? all.max_connections : 100;
    all.runtime = fixture->runtime;
    all.handle = handle;
    all.refusal = refusal;
    all.arg = fixture;
    assert_int_equal(aw__http_server_start(&all, &fixture->server, NULL), AW_OK);
    fixture->port = aw__http_server_port(fixture->server);
    return fixture;
}

void http_fixture_stop_server(http_fixture *fixture)
{
    aw__http_server_free(fixture->server);
    fixture->server = NULL;
}

void http_fixture_free(http_fixture *fixture)
{
    http_fixture_stop_server(fixture);
    pthread_mutex_lock(&fixture->lock);
    fixture->stopping = true;
    pthread_cond_broadcast(&fixture->changed);
    pthread_mutex_unlock(&fixture->lock);
    pthread_join(fixture->soon, NULL);
    aw_runtime_free(fixture->runtime);
    pthread_cond_destroy(&fixture->changed);
    pthread_mutex_destroy(&fixture->lock);
    free(fixture);
}

aw__exchange *http_fixture_take(http_fixture *fixture)
{
    aw__exchange *exchange = NULL;

    for (int waited = 0; !exchange && waited < PATIENCE_MS; waited++) {
        pthread_mutex_lock(&fixture->lock);
        if (fixture->holds)
            exchange = shift(fixture->held, &fixture->holds);
        pthread_mutex_unlock(&fixture->lock);
        if (!exchange)
            sleep_ms(1);
    }
    assert_non_null(exchange);
    return exchange;
}

bool http_fixture_wait(const atomic_int *counter, int value)
{
    for (int waited = 0; atomic_load(counter) < value; waited++) {
        if (waited == PATIENCE_MS)
            return false;
        sleep_ms(1);
    }
    return true;
}
