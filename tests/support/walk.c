/*
 * The walk's bookkeeping: sites, snapshots, verdicts. The mishaps are the tests'.
 */
#include "support/walk.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"

enum { SETTLE_MAX_MS = 20000, MIN_HEX = 32 };

/* ---- snapshots ---- */

static size_t hex_length(const char *text)
{
    return strspn(text, "0123456789abcdef");
}

/* "2026-11-22 01:25:30.835806" and the other forms, as far as they have digits and signs. */
static size_t time_length(const char *text)
{
    size_t digits = strspn(text, "0123456789");

    if (digits == 10) /* seconds since 1970 */
        return digits;
    return digits == 4 && text[4] == '-' && isdigit((unsigned char)text[5]) && text[7] == '-'
               ? strspn(text, "0123456789-: .TZ+")
               : 0;
}

static size_t port_length(const char *text)
{
    static const char host[] = "127.0.0.1:";

    return strncmp(text, host, strlen(host)) == 0 ? strlen(host) + strspn(text + strlen(host), "0123456789") : 0;
}

/* Ports, random identifiers and times become the same everywhere, and so does the value that may vary. In place. */
static void make_comparable(char *snapshot, const char *varies)
{
    char *out = snapshot;

    for (const char *in = snapshot; *in;) {
        size_t hex = hex_length(in), time = time_length(in), port = port_length(in);

        if (port) {
            in += port;
            *out++ = 'P';
        } else if (hex >= MIN_HEX) { /* before times: it may begin with ten digits, too */
            in += hex;
            *out++ = 'H';
        } else if (time) {
            in += time;
            *out++ = 'T';
        } else {
            size_t bytes = hex ? hex : 1;

            memmove(out, in, bytes);
            in += bytes;
            out += bytes;
        }
    }
    *out = '\0';
    for (char *at = snapshot; varies && (at = strstr(at, varies)); at += strlen(varies)) {
        char *value = at + strlen(varies) + 1, *end = value + strcspn(value, "|\n");

        if (at[-1] == '|' && value[-1] == '=')
            memmove(value, end, strlen(end) + 1);
    }
}

static char *snapshot(const walk *w)
{
    char *text = test_site_snapshot(t);

    make_comparable(text, w->conversation->varies);
    return text;
}

/* ---- one mishap ---- */

void walk_begin(walk *w, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(w->mishap, sizeof(w->mishap), format, args);
    va_end(args);
    t = w->embedded ? test_site_new_embedded() : test_site_new();
    bob = aw_fake_peer_new();
    assert_non_null(bob);
    snprintf(bob_url, sizeof(bob_url), "%sbob", aw_fake_peer_root(bob));
    if (*bob_headers) /* of the answers without a rule of their own as well */
        assert_int_equal(aw_fake_peer_rule(bob, AW_WITH(fake_peer_rule, .headers = bob_headers)), 0);
    if (w->conversation->prepare)
        w->conversation->prepare();
}

bool walk_start(walk *w, int timeout_ms)
{
    aw__flow *flow = NULL;
    aw_error err = {0};

    test_outcome_init(&w->outcome);
    w->op = 0;
    int rc = w->conversation->build(timeout_ms, &flow, &err);

    if (rc == AW_OK)
        rc = aw__flow_start(flow, test_outcome_set, NULL, &w->outcome, &w->op, &err);
    if (rc == AW_OK)
        return true;
    WALK_CHECK(w, err.code == rc && *err.message);
    w->outcome.completions = 1;
    w->outcome.done = true;
    w->outcome.error = err;
    return false;
}

static void settle_embedded(walk *w)
{
    uint64_t end = aw__now_ms() + SETTLE_MAX_MS;

    WALK_CHECK(w, test_site_pump_until(t, &w->outcome.done));
    while (aw_runtime_in_flight(t->site.runtime) && aw__now_ms() < end)
        test_site_pump(t);
}

static void settle(walk *w)
{
    uint64_t end = aw__now_ms() + SETTLE_MAX_MS;

    if (w->embedded) {
        settle_embedded(w);
        return;
    }
    test_outcome_wait(&w->outcome);
    while (aw_runtime_in_flight(t->site.runtime) && aw__now_ms() < end)
        usleep(1000);
}

int walk_finish(walk *w)
{
    settle(w);
    WALK_CHECK(w, test_outcome_completions(&w->outcome) == 1);

    int code = w->outcome.error.code;
    char *after = snapshot(w);
    bool as_before = strcmp(after, w->before) == 0;
    bool complete = strcmp(after, w->complete) == 0;

    if (code ? !as_before && !(w->conversation->stays && complete) : !complete)
        fprintf(stderr, "before:\n%s\ncomplete:\n%s\nafter:\n%s\noutcome: %s %s\n", w->before, w->complete, after,
                    aw_code_name(code), w->outcome.error.message);
    if (code)
        WALK_CHECK(w, as_before || (w->conversation->stays && complete));
    else
        WALK_CHECK(w, complete);
    free(after);
    return code;
}

size_t walk_ask_count(const test_conversation *conversation)
{
    size_t count = 0;

    while (count < TEST_MAX_ASKS && conversation->asks[count].method)
        count++;
    return count;
}

void walk_check_withdrawn(walk *w, int last, bool was_refused)
{
    for (int i = 0; i <= last; i++) {
        const test_ask *ask = &w->conversation->asks[i];
        bool answered = i < last && (!ask->undo_needs_answer || bob_heard(ask[1].method, ask[1].path));

        if (!ask->undo_path || !bob_heard(ask->method, ask->path))
            continue;
        if (w->outcome.error.code == AW_OK)
            WALK_CHECK(w, bob_heard(ask->undo_method, ask->undo_path) == 0);
        else if (answered || (!was_refused && !ask->undo_needs_answer))
            WALK_CHECK(w, bob_hears(ask->undo_method, ask->undo_path, 1));
    }
}

void walk_end(walk *w)
{
    test_outcome_free(&w->outcome);
    pair_tear_down(NULL);
}

/* ---- the whole ---- */

void walk_open(walk *w, const test_conversation *conversation, bool embedded)
{
    *w = (walk){.conversation = conversation, .embedded = embedded};
    walk_begin(w, "no mishap");
    w->before = snapshot(w);
    WALK_CHECK(w, walk_start(w, 20000));
    settle(w);
    if (w->outcome.error.code)
        fail_msg("%s fails without a mishap: %s", conversation->name, w->outcome.error.message);
    w->complete = snapshot(w);
    for (size_t i = 0; i < walk_ask_count(conversation); i++)
        WALK_CHECK(w, bob_heard(conversation->asks[i].method, conversation->asks[i].path) > 0);
    walk_end(w);
}

void walk_close(walk *w)
{
    free(w->before);
    free(w->complete);
}

int walk_all(const char *name, void (*test)(void **state))
{
    struct CMUnitTest *tests = calloc(test_conversation_count, sizeof(*tests));
    char (*names)[64] = calloc(test_conversation_count, sizeof(*names));

    for (size_t i = 0; tests && names && i < test_conversation_count; i++) {
        const void *conversation = &test_conversations[i];

        snprintf(names[i], sizeof(names[i]), "%s: %s", test_conversations[i].name, name);
        tests[i].name = names[i];
        tests[i].test_func = test;
        memcpy(&tests[i].initial_state, &conversation, sizeof(conversation));
    }
    int failed = tests && names ? _cmocka_run_group_tests(name, tests, test_conversation_count, NULL, NULL) : 1;

    free(names);
    free(tests);
    return failed;
}
