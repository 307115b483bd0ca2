/*
 * Every conversation x every request of it x everything that a peer or a network can do wrong.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include <actingweb/log.h>

#include "support/walk.h"

enum { PATIENCE_MS = 20000, HASTE_MS = 250 };

#define DEEP "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["

#define NULLS "{\"id\":null,\"type\":null,\"verification_token\":null,\"subscriptionid\":null}"

static const struct mishap {
    const char *name;
    aw_fake_peer_rule_params rule;
    bool slow;    /* ends with the deadline */
    bool refuses; /* the peer has said no, and keeps nothing */
} mishaps[] = {
    {"reset", {.fault = AW_FAKE_RESET}},
    {"closed", {.fault = AW_FAKE_CLOSE}},
    {"truncated", {.fault = AW_FAKE_TRUNCATE}},
    {"hangs", {.fault = AW_FAKE_HANG}, .slow = true},
    {"dribbles", {.fault = AW_FAKE_DRIBBLE, .dribble_ms = 20}, .slow = true},
    {"no HTTP", {.fault = AW_FAKE_GARBAGE}},
    {"endless", {.fault = AW_FAKE_ENDLESS}},
    {"500", {.status = 500}},
    {"502 HTML", {.status = 502, .body = "<html>bad gateway</html>"}},
    {"503", {.status = 503, .headers = "Retry-After: 3\r\n"}},
    {"429", {.status = 429, .headers = "Retry-After: 3\r\n"}, .refuses = true},
    {"404", {.status = 404}, .refuses = true},
    {"403", {.status = 403, .body = "{\"error\":{\"code\":403,\"message\":\"no\"}}"}, .refuses = true},
    {"redirect", {.status = 302, .headers = "Location: http://127.0.0.1:9/elsewhere\r\n"}, .refuses = true},
    {"empty", {.status = 200}},
    {"no JSON", {.status = 200, .body = "{\"id\":\"bob\",\"type\""}},
    {"another JSON", {.status = 200, .body = "[\"id\", {}, null, 1e999]"}},
    {"nulls", {.status = 201, .body = NULLS}},
    {"deep JSON", {.status = 200, .body = DEEP}},
};

static void run(walk *w, const struct mishap *mishap, int index)
{
    const test_ask *ask = &w->conversation->asks[index];
    aw_fake_peer_rule_params rule = mishap->rule;
    char path[256];

    walk_begin(w, "%s %s: %s", ask->method, ask->path, mishap->name);
    snprintf(path, sizeof(path), "/bob%s", ask->path);
    rule.size = sizeof(rule);
    rule.method = ask->method;
    rule.path = path;
    assert_int_equal(aw_fake_peer_rule(bob, &rule), 0);
    walk_start(w, mishap->slow ? HASTE_MS : PATIENCE_MS);
    walk_finish(w);
    walk_check_withdrawn(w, index, mishap->refuses);
    walk_end(w);
}

static void test_faults(void **state)
{
    walk w;

    walk_open(&w, *state, false);
    for (size_t i = 0; i < walk_ask_count(w.conversation); i++)
        for (size_t m = 0; m < sizeof(mishaps) / sizeof(*mishaps); m++)
            run(&w, &mishaps[m], (int)i);
    walk_close(&w);
}

/* ---- nobody listens, from some request on ---- */

static _Atomic(const test_ask *) last_heard; /* after this one, the peer goes away */

/* Runs at the end of each step. */
static void go_away(aw_log_level level, const char *line, void *ud)
{
    const test_ask *ask = atomic_load(&last_heard);

    (void)line;
    (void)ud;
    if (level == AW_LOG_TRACE && ask && bob_heard(ask->method, ask->path)) {
        atomic_store(&last_heard, NULL);
        aw_fake_peer_refuse(bob);
    }
}

static void test_refused(void **state)
{
    walk w;

    walk_open(&w, *state, false);
    for (size_t i = 0; i < walk_ask_count(w.conversation); i++) {
        const test_ask *ask = &w.conversation->asks[i];

        bob_headers = "Connection: close\r\n"; /* those that were kept would still serve */
        walk_begin(&w, "%s %s: refused", ask->method, ask->path);
        bob_headers = "";
        if (i == 0)
            aw_fake_peer_refuse(bob);
        atomic_store(&last_heard, i ? ask - 1 : NULL);
        walk_start(&w, PATIENCE_MS);
        walk_finish(&w);
        WALK_CHECK(&w, bob_heard(ask->method, ask->path) == 0);
        atomic_store(&last_heard, NULL);
        walk_end(&w);
    }
    walk_close(&w);
}

int main(void)
{
    aw_log_to(go_away, AW_LOG_TRACE, NULL);
    return walk_all("faults", test_faults) + walk_all("refused", test_refused);
}
