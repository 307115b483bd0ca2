/*
 * Every operation that talks to a peer, in both forms at once and on the same peer: what it gives when the peer is
 * well, and what it says when the peer refuses, is gone, never answers, or is no longer waited for.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "support/operations.h"

enum { TIMEOUT_MS = 200, FORGIVING_TIMEOUT_MS = 1600, BOUND_MS = 15000, RETRY_AFTER_MS = 7000 };

static test_app app;
static pthread_t loop_thread;

/* ---- the stage: one peer, and two actors that do the same ---- */

typedef struct stage {
    const test_operation *o;
    aw_fake_peer *bob;
    test_ask now, later;             /* the synchronous form's, the asynchronous form's */
    test_done done_now, done_later;
    size_t trusts, subscriptions;    /* before; the same at both */
    aw_op op;
} stage;

static void open_stage(stage *s, const test_operation *o)
{
    *s = (stage){.o = o, .bob = aw_fake_peer_new()};
    assert_non_null(s->bob);
    test_operation_prepare(o, &app, s->bob, "now", &s->now);
    test_operation_prepare(o, &app, s->bob, "later", &s->later);
    test_done_init(&s->done_now);
    test_done_init(&s->done_later);
    s->trusts = test_count_trusts(s->now.actor);
    s->subscriptions = test_count_subscriptions(s->now.actor);
    aw_fake_peer_clear(s->bob);
}

static void close_stage(stage *s)
{
    assert_int_equal(test_done_calls(&s->done_later), 1); /* nothing came a second time */
    test_ask_free(&s->now);
    test_ask_free(&s->later);
    test_done_free(&s->done_now);
    test_done_free(&s->done_later);
    aw_fake_peer_free(s->bob);
}

static void bob_does(stage *s, const aw_fake_peer_rule_params *what)
{
    aw_fake_peer_rule_params rule = *what;

    rule.method = s->o->method;
    rule.path = s->o->path;
    assert_int_equal(aw_fake_peer_rule(s->bob, &rule), 0);
}

static int64_t ms_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Both forms, and what must be the same of them. Returns the code. */
static int play(stage *s)
{
    int64_t started = ms_now();

    assert_int_equal(test_operation_start(s->o, &s->later, &s->done_later, &s->op), AW_OK);
    assert_int_not_equal(s->op, 0);
    int rc = test_operation_run(s->o, &s->now, &s->done_now);

    assert_true(test_done_wait(&s->done_later));
    assert_true(ms_now() - started < BOUND_MS);
    assert_int_equal(rc, s->done_now.error.code);
    assert_int_equal(rc, s->done_later.error.code);
    assert_false(s->done_now.touched);
    assert_false(s->done_later.touched);
    assert_int_equal(s->done_now.error.http_status, s->done_later.error.http_status);
    assert_int_equal(s->done_now.error.retriable, s->done_later.error.retriable);
    assert_int_equal(s->done_now.error.retry_after_ms, s->done_later.error.retry_after_ms);
    assert_true(pthread_equal(s->done_later.thread, loop_thread));
    return rc;
}

static void assert_succeeded(stage *s)
{
    const test_operation *o = s->o;

    if (o->check) {
        o->check(&s->done_now);
        o->check(&s->done_later);
    }
    assert_int_equal(test_count_trusts(s->now.actor), s->trusts + (size_t)o->trusts_more);
    assert_int_equal(test_count_trusts(s->later.actor), s->trusts + (size_t)o->trusts_more);
    assert_int_equal(test_count_subscriptions(s->now.actor), s->subscriptions + (size_t)o->subscriptions_more);
    assert_int_equal(test_count_subscriptions(s->later.actor), s->subscriptions + (size_t)o->subscriptions_more);
}

static void assert_says_why(const aw_error *err)
{
    assert_true(*err->message);
    assert_null(strstr(err->message, TEST_SECRET));
}

/* The store is as before, and the error tells. */
static void assert_failed(stage *s, int code)
{
    assert_int_equal(s->done_now.error.code, code);
    assert_says_why(&s->done_now.error);
    assert_says_why(&s->done_later.error);
    assert_null(s->done_now.json);
    assert_null(s->done_later.json);
    assert_null(s->done_later.trust);
    assert_null(s->done_later.subscription);
    assert_int_equal(test_count_trusts(s->now.actor), s->trusts);
    assert_int_equal(test_count_trusts(s->later.actor), s->trusts);
    assert_int_equal(test_count_subscriptions(s->now.actor), s->subscriptions);
    assert_int_equal(test_count_subscriptions(s->later.actor), s->subscriptions);
}

/* ---- the peer's behaviours ---- */

static void a_good_peer(void **state)
{
    stage s;

    open_stage(&s, *state);
    assert_int_equal(play(&s), AW_OK);
    assert_succeeded(&s);
    assert_int_equal(aw_fake_peer_count_of(s.bob, s.o->method, s.o->path), 2 * (s.o->times ? s.o->times : 1));
    assert_int_equal(aw_op_cancel(s.now.runtime, s.op), AW_E_NOT_FOUND); /* it has finished: harmless */
    close_stage(&s);
}

static void a_peer_that_is_busy(void **state)
{
    stage s;

    open_stage(&s, *state);
    bob_does(&s, AW_WITH(fake_peer_rule, .status = 503, .headers = "Retry-After: 7\r\n",
                         .body = s.o->sends_secret ? "{\"error\":{\"message\":\"do not tell " TEST_SECRET "\"}}"
                                                   : "{\"error\":{\"message\":\"come again\"}}"));
    int rc = play(&s);

    if (s.o->forgiving) {
        assert_int_equal(rc, AW_OK);
        assert_succeeded(&s);
    } else if (s.o->answers) {
        assert_int_equal(rc, AW_OK);
        assert_int_equal(s.done_now.status, 503);
        assert_int_equal(s.done_later.status, 503);
    } else {
        assert_failed(&s, AW_E_HTTP);
        assert_int_equal(s.done_now.error.http_status, 503);
        assert_true(s.done_now.error.retriable);
        assert_int_equal(s.done_now.error.retry_after_ms, RETRY_AFTER_MS);
    }
    close_stage(&s);
}

static void a_peer_that_is_gone(void **state)
{
    stage s;

    open_stage(&s, *state);
    aw_fake_peer_refuse(s.bob); /* and closes the connections that are kept for reuse */
    int rc = play(&s);

    if (s.o->forgiving) {
        assert_int_equal(rc, AW_OK);
        assert_succeeded(&s);
    } else {
        assert_failed(&s, AW_E_CONNECT);
        assert_int_equal(s.done_now.error.http_status, 0);
        assert_true(s.done_now.error.retriable);
        assert_int_equal(s.done_now.error.retry_after_ms, -1);
    }
    close_stage(&s);
}

static void a_peer_that_never_answers(void **state)
{
    stage s;

    open_stage(&s, *state);
    bob_does(&s, AW_WITH(fake_peer_rule, .fault = AW_FAKE_HANG));
    s.now.timeout_ms = s.later.timeout_ms = s.o->forgiving ? FORGIVING_TIMEOUT_MS : TIMEOUT_MS;
    int rc = play(&s);

    if (s.o->forgiving) {
        assert_int_equal(rc, AW_OK);
        assert_succeeded(&s);
    } else {
        assert_failed(&s, AW_E_TIMEOUT);
        assert_true(s.done_now.error.retriable);
    }
    close_stage(&s);
}

/* Once both have asked. */
static void *cancel_both(void *arg)
{
    stage *s = arg;
    bool asked = aw_fake_peer_wait_for(s->bob, s->o->method, s->o->path, 2, BOUND_MS);

    aw_op_cancel(s->later.runtime, s->op);
    aw_group_cancel(s->now.group);
    return asked ? s : NULL;
}

static void a_caller_that_gives_up(void **state)
{
    stage s;
    pthread_t thread;
    void *asked = NULL;

    open_stage(&s, *state);
    bob_does(&s, AW_WITH(fake_peer_rule, .fault = AW_FAKE_HANG));
    s.now.group = aw_group_new(s.now.actor, NULL);
    assert_int_equal(test_operation_start(s.o, &s.later, &s.done_later, &s.op), AW_OK);
    assert_int_equal(pthread_create(&thread, NULL, cancel_both, &s), 0);
    assert_int_equal(test_operation_run(s.o, &s.now, &s.done_now), AW_E_CANCELED);
    pthread_join(thread, &asked);
    assert_non_null(asked);
    assert_true(test_done_wait(&s.done_later));
    assert_int_equal(s.done_later.error.code, AW_E_CANCELED);
    assert_failed(&s, AW_E_CANCELED);
    assert_false(s.done_now.touched);
    aw_group_free(s.now.group);
    close_stage(&s);
}

/* ---- never before the return ---- */

struct from_loop {
    stage *s;
    int rc;
    int calls_at_return;
};

/* Runs on the loop, so no callback can have come between the start and its return but one that came inside it. */
static void start_on_loop(const aw_error *err, void *ud)
{
    struct from_loop *f = ud;

    assert_null(err);
    f->rc = test_operation_start(f->s->o, &f->s->later, &f->s->done_later, &f->s->op);
    f->calls_at_return = test_done_calls(&f->s->done_later);
}

static int nothing(void *arg, aw_error *err)
{
    (void)arg;
    (void)err;
    return AW_OK;
}

static void on_loop(aw_done_cb *cb, void *ud)
{
    aw_group *group = aw_group_new(NULL, AW_WITH(group, .runtime = aw_app_runtime(app.app)));
    aw_error err = {0};

    assert_non_null(group);
    assert_int_equal(aw_offload_async(aw_app_runtime(app.app), AW_WITH(offload, .fn = nothing, .group = group), cb, ud,
                                      NULL), AW_OK);
    assert_int_equal(aw_group_wait(group, NULL, &err), AW_OK);
    aw_group_free(group);
}

static void the_callback_comes_after_the_return(void **state)
{
    stage s;
    struct from_loop f = {.s = &s, .rc = AW_E_INVALID};

    open_stage(&s, *state);
    on_loop(start_on_loop, &f);
    assert_int_equal(f.rc, AW_OK);
    assert_int_equal(f.calls_at_return, 0);
    assert_true(test_done_wait(&s.done_later));
    assert_int_equal(s.done_later.error.code, AW_OK);
    close_stage(&s);
}

/* ---- what only some do ---- */

static aw_fake_peer *bob;
static test_ask ask;

static void verify_at(const aw_fake_peer_rule_params *rule, bool verified)
{
    aw_trust *trust = NULL;
    aw_error err = {0};

    bob = aw_fake_peer_new();
    test_operation_prepare(&(test_operation){0}, &app, bob, "alice", &ask);
    assert_int_equal(aw_fake_peer_rule(bob, rule), 0);
    if (aw_trust_create_verified(ask.actor,
                                 AW_WITH(trust_create_verified, .baseuri = ask.peer_url, .relationship = "friend",
                                         .secret = TEST_SECRET, .verify_token = "token", .timeout_ms = 2000),
                                 &trust, &err))
        fail_msg("no trust: %s", err.message);
    assert_int_equal(aw_trust_verified(trust), verified);
    aw_trust_free(trust);
    test_ask_free(&ask);
    aw_fake_peer_free(bob);
}

static void an_unverifiable_peer_gets_an_unverified_trust(void **state)
{
    static const char path[] = "/bob/trust/";

    (void)state;
    verify_at(AW_WITH(fake_peer_rule, .path = path, .status = 200, .body = "{\"verification_token\":\"token\"}"), true);
    verify_at(AW_WITH(fake_peer_rule, .path = path, .status = 200, .body = "{\"verification_token\":\"other\"}"),
              false);
    verify_at(AW_WITH(fake_peer_rule, .path = path, .status = 503), false);
    verify_at(AW_WITH(fake_peer_rule, .path = path, .fault = AW_FAKE_RESET), false);
    verify_at(AW_WITH(fake_peer_rule, .path = path, .fault = AW_FAKE_HANG), false);
}

static void a_change_stays_when_the_peer_cannot_be_told(void **state)
{
    aw_trust *trust = NULL;
    aw_error err = {0};

    (void)state;
    bob = aw_fake_peer_new();
    test_operation_prepare(&(test_operation){.needs_trust = true}, &app, bob, "alice", &ask);
    aw_fake_peer_rule(bob, AW_WITH(fake_peer_rule, .method = "POST", .path = "/bob/trust/", .status = 500));
    assert_int_equal(aw_trust_modify_and_notify(ask.actor,
                                                AW_WITH(trust_modify_and_notify, .peer_id = "bob", .desc = "changed",
                                                        .approved = AW_SET), &trust, &err), AW_E_HTTP);
    assert_null(trust);
    assert_int_equal(aw_trust_get(ask.actor, "bob", &trust, &err), AW_OK);
    assert_string_equal(aw_trust_desc(trust), "changed");
    aw_trust_free(trust);
    test_ask_free(&ask);
    aw_fake_peer_free(bob);
}

static void the_peer_is_asked_to_forget(void **state)
{
    aw_subscription *subscription = NULL;
    aw_error err = {0};

    (void)state;
    bob = aw_fake_peer_new();
    test_operation_prepare(&(test_operation){.needs_trust = true}, &app, bob, "alice", &ask);
    aw_fake_peer_rule(bob, AW_WITH(fake_peer_rule, .method = "GET", .path = "/bob/properties", .status = 500));
    assert_int_equal(aw_subscription_subscribe_to_peer(ask.actor,
                                                       AW_WITH(subscription_subscribe_to_peer, .peer_id = "bob"),
                                                       &subscription, &err), AW_E_HTTP);
    assert_null(subscription);
    assert_true(aw_fake_peer_wait_for(bob, "DELETE", "/bob/subscriptions/", 1, BOUND_MS));
    test_ask_free(&ask);
    aw_fake_peer_free(bob);
}

/* ---- the walk ---- */

static void note_thread(const aw_error *err, void *ud)
{
    assert_null(err);
    *(pthread_t *)ud = pthread_self();
}

static int open_app(void **state)
{
    (void)state;
    test_app_open(&app, AW_WITH(app, .workers = 2, .subscription_processing = true));
    on_loop(note_thread, &loop_thread);
    return 0;
}

static int close_app(void **state)
{
    (void)state;
    test_app_close(&app);
    return 0;
}

int main(void)
{
    const struct CMUnitTest others[] = {
        cmocka_unit_test(an_unverifiable_peer_gets_an_unverified_trust),
        cmocka_unit_test(a_change_stays_when_the_peer_cannot_be_told),
        cmocka_unit_test(the_peer_is_asked_to_forget),
    };
    int failed = test_operations_walk("a good peer", a_good_peer, open_app, close_app);

    failed += test_operations_walk("a peer that is busy", a_peer_that_is_busy, open_app, close_app);
    failed += test_operations_walk("a peer that is gone", a_peer_that_is_gone, open_app, close_app);
    failed += test_operations_walk("a peer that never answers", a_peer_that_never_answers, open_app, close_app);
    failed += test_operations_walk("a caller that gives up", a_caller_that_gives_up, open_app, close_app);
    failed += test_operations_walk("the callback comes after the return", the_callback_comes_after_the_return, open_app,
                                   close_app);
    failed += cmocka_run_group_tests_name("others", others, open_app, close_app);
    return failed;
}
