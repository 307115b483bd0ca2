/*
 * The table, and the two forms of each operation behind one shape. Only the public API is used here.
 */
#include "support/operations.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { PATIENCE_S = 20, UNTOUCHED = 77 };

/* ---- what came of it ---- */

void test_done_init(test_done *d)
{
    *d = (test_done){.calls = 0};
    pthread_mutex_init(&d->lock, NULL);
    pthread_cond_init(&d->came, NULL);
}

void test_done_free(test_done *d)
{
    json_decref(d->json);
    aw_trust_free(d->trust);
    aw_subscription_free(d->subscription);
    pthread_cond_destroy(&d->came);
    pthread_mutex_destroy(&d->lock);
}

bool test_done_wait(test_done *d)
{
    struct timespec until;
    int timed_out = 0;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += PATIENCE_S;
    pthread_mutex_lock(&d->lock);
    while (!d->calls && !timed_out)
        timed_out = pthread_cond_timedwait(&d->came, &d->lock, &until);
    pthread_mutex_unlock(&d->lock);
    return !timed_out;
}

int test_done_calls(test_done *d)
{
    pthread_mutex_lock(&d->lock);
    int calls = d->calls;

    pthread_mutex_unlock(&d->lock);
    return calls;
}

/* The callbacks: what every one notes, and what they differ in. */
static void note_begin(test_done *d, const aw_error *err, const void *result)
{
    pthread_mutex_lock(&d->lock);
    d->calls++;
    d->thread = pthread_self();
    d->touched = d->touched || (err && result);
    d->error = err ? *err : (aw_error){0};
}

static void note_end(test_done *d)
{
    pthread_cond_broadcast(&d->came);
    pthread_mutex_unlock(&d->lock);
}

static void on_done(const aw_error *err, void *ud)
{
    note_begin(ud, err, NULL);
    note_end(ud);
}

static void on_json(const aw_error *err, json_t *json, void *ud)
{
    test_done *d = ud;

    note_begin(d, err, json);
    d->json = json_deep_copy(json);
    note_end(d);
}

static void on_trust(const aw_error *err, const aw_trust *trust, void *ud)
{
    test_done *d = ud;

    note_begin(d, err, trust);
    d->trust = trust ? aw_trust_dup(trust) : NULL;
    note_end(d);
}

static void on_subscription(const aw_error *err, const aw_subscription *subscription, void *ud)
{
    test_done *d = ud;

    note_begin(d, err, subscription);
    d->subscription = subscription ? aw_subscription_dup(subscription) : NULL;
    note_end(d);
}

static void on_answer(const aw_error *err, const aw_http_answer *answer, void *ud)
{
    test_done *d = ud;

    note_begin(d, err, answer);
    d->status = answer ? aw_http_answer_status(answer) : 0;
    note_end(d);
}

/* The synchronous calls: an error is written on failure only, a result on success only. */
static void expect_error(test_done *d)
{
    d->error = (aw_error){.code = UNTOUCHED};
}

static int returned(test_done *d, int rc, bool result_untouched)
{
    d->touched = rc ? !result_untouched || d->error.code != rc : d->error.code != UNTOUCHED;
    d->calls = 1;
    if (!rc)
        d->error = (aw_error){0};
    return rc;
}

/* ---- both forms of each ---- */

static char untouched[1]; /* what a result points to before */

#define UNTOUCHED_RESULT ((void *)untouched)

#define WITH_RESULT(noun_verb, type, member, callback)                                                                 \
    static int noun_verb##_run(const test_ask *ask, const void *params, test_done *d)                                  \
    {                                                                                                                  \
        type *result = UNTOUCHED_RESULT;                                                                               \
                                                                                                                       \
        expect_error(d);                                                                                               \
        int rc = aw_##noun_verb(ask->actor, params, &result, &d->error);                                               \
                                                                                                                       \
        d->member = rc ? NULL : result;                                                                                \
        return returned(d, rc, (void *)result == UNTOUCHED_RESULT);                                                    \
    }                                                                                                                  \
    static int noun_verb##_start(const test_ask *ask, const void *params, test_done *d, aw_op *ret_op)                 \
    {                                                                                                                  \
        return aw_##noun_verb##_async(ask->actor, params, callback, d, ret_op);                                        \
    }

#define WITHOUT_RESULT(noun_verb)                                                                                      \
    static int noun_verb##_run(const test_ask *ask, const void *params, test_done *d)                                  \
    {                                                                                                                  \
        expect_error(d);                                                                                               \
        return returned(d, aw_##noun_verb(ask->actor, params, &d->error), true);                                       \
    }                                                                                                                  \
    static int noun_verb##_start(const test_ask *ask, const void *params, test_done *d, aw_op *ret_op)                 \
    {                                                                                                                  \
        return aw_##noun_verb##_async(ask->actor, params, on_done, d, ret_op);                                         \
    }

#define FILL(noun_verb, ...)                                                                                           \
    static void noun_verb##_fill(void *params, const test_ask *ask)                                                    \
    {                                                                                                                  \
        *(aw_##noun_verb##_params *)params =                                                                           \
            *AW_WITH(noun_verb, .timeout_ms = ask->timeout_ms, .group = ask->group, __VA_ARGS__);                      \
    }

WITH_RESULT(peer_get_info, json_t, json, on_json)
FILL(peer_get_info, .peer_id = "bob")

WITH_RESULT(peer_get_capabilities, json_t, json, on_json)
FILL(peer_get_capabilities, .peer_id = "bob")

WITH_RESULT(peer_get_profile, json_t, json, on_json)
FILL(peer_get_profile, .peer_id = "bob")

WITH_RESULT(peer_get_permissions, json_t, json, on_json)
FILL(peer_get_permissions, .peer_id = "bob")

WITHOUT_RESULT(permission_set)
FILL(permission_set, .peer_id = "bob", .permissions = ask->rules)

WITHOUT_RESULT(permission_reset)
FILL(permission_reset, .peer_id = "bob")

WITH_RESULT(peer_create_trustee, aw_trust, trust, on_trust)
FILL(peer_create_trustee, .factory_url = ask->factory_url, .relationship = "friend", .desc = "Bob")

WITHOUT_RESULT(peer_delete_trustee)
FILL(peer_delete_trustee, .peer_id = ask->trustee_id)

WITH_RESULT(trust_create_reciprocal, aw_trust, trust, on_trust)
FILL(trust_create_reciprocal, .peer_url = ask->peer_url, .relationship = "friend", .secret = TEST_SECRET, .desc = "Bob")

WITH_RESULT(trust_create_verified, aw_trust, trust, on_trust)
FILL(trust_create_verified, .baseuri = ask->peer_url, .relationship = "friend", .secret = TEST_SECRET,
     .verify_token = "token", .approved = true)

WITH_RESULT(trust_modify_and_notify, aw_trust, trust, on_trust)
FILL(trust_modify_and_notify, .peer_id = "bob", .approved = AW_SET)

WITHOUT_RESULT(trust_delete_reciprocal)
FILL(trust_delete_reciprocal, .peer_id = "bob")

WITH_RESULT(subscription_create_remote, aw_subscription, subscription, on_subscription)
FILL(subscription_create_remote, .peer_id = "bob", .target = "properties")

WITHOUT_RESULT(subscription_delete_remote)
FILL(subscription_delete_remote, .peer_id = "bob", .subscription_id = ask->subscription_id)

WITHOUT_RESULT(subscription_callback)
FILL(subscription_callback, .peer_id = "bob", .subscription_id = ask->subscription_id, .data = ask->data)

WITH_RESULT(subscription_subscribe_to_peer, aw_subscription, subscription, on_subscription)
FILL(subscription_subscribe_to_peer, .peer_id = "bob")

WITHOUT_RESULT(subscription_unsubscribe)
FILL(subscription_unsubscribe, .peer_id = "bob", .subscription_id = ask->subscription_id)

WITH_RESULT(proxy_get_resource, json_t, json, on_json)
FILL(proxy_get_resource, .peer_id = "bob", .path = "properties")

WITH_RESULT(proxy_create_resource, json_t, json, on_json)
FILL(proxy_create_resource, .peer_id = "bob", .path = "properties", .data = ask->data)

WITH_RESULT(proxy_change_resource, json_t, json, on_json)
FILL(proxy_change_resource, .peer_id = "bob", .path = "properties/colour", .data = ask->data)

WITH_RESULT(proxy_delete_resource, json_t, json, on_json)
FILL(proxy_delete_resource, .peer_id = "bob", .path = "properties/colour")

WITHOUT_RESULT(actor_delete)
FILL(actor_delete)

/* Of a runtime, with a result that has no copy. */
static int http_fetch_run(const test_ask *ask, const void *params, test_done *d)
{
    aw_http_answer *answer = UNTOUCHED_RESULT;

    expect_error(d);
    int rc = aw_http_fetch(ask->runtime, params, &answer, &d->error);

    if (!rc) {
        d->status = aw_http_answer_status(answer);
        aw_http_answer_free(answer);
    }
    return returned(d, rc, (void *)answer == UNTOUCHED_RESULT);
}

static int http_fetch_start(const test_ask *ask, const void *params, test_done *d, aw_op *ret_op)
{
    return aw_http_fetch_async(ask->runtime, params, on_answer, d, ret_op);
}

FILL(http_fetch, .url = ask->meta_url)

/* ---- what is promised ---- */

static void gives_row_of_bob(const test_done *d)
{
    assert_string_equal(json_string_value(json_object_get(d->json, "peer_id")), "bob");
    assert_true(json_is_null(json_object_get(d->json, "fetch_error")));
}

static void gives_meta(const test_done *d)
{
    assert_string_equal(json_string_value(json_object_get(d->json, "id")), "bob");
}

static void gives_capabilities(const test_done *d)
{
    assert_true(json_array_size(json_object_get(d->json, "supported")) > 3);
    assert_string_equal(json_string_value(json_object_get(d->json, "version")), "1.0");
}

static void gives_a_peer_of_ours(const test_done *d)
{
    assert_memory_equal(aw_trust_peer_id(d->trust), "made", 4);
    assert_true(aw_trust_approved(d->trust) && aw_trust_peer_approved(d->trust));
}

static void gives_trust(const test_done *d)
{
    assert_string_equal(aw_trust_peer_id(d->trust), "bob");
    assert_string_equal(aw_trust_relationship(d->trust), "friend");
    assert_string_equal(aw_trust_secret(d->trust), TEST_SECRET);
    assert_true(aw_trust_approved(d->trust));
}

static void gives_verified_trust(const test_done *d)
{
    gives_trust(d);
    assert_true(aw_trust_verified(d->trust));
}

static void gives_subscription(const test_done *d)
{
    assert_string_equal(aw_subscription_peer_id(d->subscription), "bob");
    assert_string_equal(aw_subscription_target(d->subscription), "properties");
    assert_string_equal(aw_subscription_granularity(d->subscription), "high");
    assert_true(aw_subscription_outbound(d->subscription));
    assert_true(*aw_subscription_id(d->subscription));
    assert_non_null(strstr(aw_subscription_url(d->subscription), aw_subscription_id(d->subscription)));
}

static void gives_empty_object(const test_done *d)
{
    assert_true(json_is_object(d->json));
    assert_int_equal(json_object_size(d->json), 0);
}

static void gives_what_was_sent(const test_done *d)
{
    assert_string_equal(json_string_value(json_object_get(d->json, "colour")), "green");
}

static void gives_ok(const test_done *d)
{
    assert_int_equal(d->status, 200);
}

/* ---- the table ---- */

#define OPERATION(noun_verb)                                                                                           \
    .params_bytes = sizeof(aw_##noun_verb##_params), .fill = noun_verb##_fill, .run = noun_verb##_run,                 \
    .start = noun_verb##_start
#define NAMED(noun_verb) .name = #noun_verb, OPERATION(noun_verb)

const test_operation test_operations[] = {
    {NAMED(peer_get_info), .check = gives_meta, .method = "GET", .path = "/bob/meta", .needs_trust = true},
    {NAMED(trust_create_reciprocal), .check = gives_trust, .method = "POST", .path = "/bob/trust/friend",
     .sends_secret = true, .trusts_more = 1},
    {.name = "trust_create_reciprocal (meeting)", OPERATION(trust_create_reciprocal), .check = gives_trust,
     .method = "GET", .path = "/bob/meta", .trusts_more = 1},
    {NAMED(trust_create_verified), .check = gives_verified_trust, .method = "GET", .path = "/bob/meta",
     .trusts_more = 1},
    {NAMED(trust_modify_and_notify), .check = gives_trust, .method = "POST", .path = "/bob/trust/friend/",
     .sends_secret = true, .needs_trust = true},
    {NAMED(trust_delete_reciprocal), .method = "DELETE", .path = "/bob/trust/friend/", .sends_secret = true,
     .needs_trust = true, .trusts_more = -1},
    {NAMED(subscription_create_remote), .check = gives_subscription, .method = "POST", .path = "/bob/subscriptions/",
     .sends_secret = true, .needs_trust = true, .subscriptions_more = 1},
    {NAMED(subscription_delete_remote), .method = "DELETE", .path = "/bob/subscriptions/", .sends_secret = true,
     .needs_trust = true, .needs_outbound = true, .subscriptions_more = -1},
    {NAMED(subscription_callback), .method = "POST", .path = "/bob/callbacks/subscriptions/", .sends_secret = true,
     .needs_trust = true, .needs_inbound = true},
    {NAMED(subscription_subscribe_to_peer), .check = gives_subscription, .method = "POST",
     .path = "/bob/subscriptions/", .sends_secret = true, .needs_trust = true, .subscriptions_more = 1},
    {.name = "subscription_subscribe_to_peer (baseline)", OPERATION(subscription_subscribe_to_peer),
     .check = gives_subscription, .method = "GET", .path = "/bob/properties", .sends_secret = true,
     .needs_trust = true, .subscriptions_more = 1},
    {NAMED(subscription_unsubscribe), .method = "DELETE", .path = "/bob/subscriptions/", .sends_secret = true,
     .needs_trust = true, .needs_outbound = true, .subscriptions_more = -1},
    {NAMED(proxy_get_resource), .check = gives_empty_object, .method = "GET", .path = "/bob/properties",
     .sends_secret = true, .needs_trust = true},
    {NAMED(proxy_create_resource), .check = gives_what_was_sent, .method = "POST", .path = "/bob/properties",
     .sends_secret = true, .needs_trust = true},
    {NAMED(proxy_change_resource), .check = gives_empty_object, .method = "PUT", .path = "/bob/properties/colour",
     .sends_secret = true, .needs_trust = true},
    {NAMED(proxy_delete_resource), .check = gives_empty_object, .method = "DELETE", .path = "/bob/properties/colour",
     .sends_secret = true, .needs_trust = true},
    {NAMED(actor_delete), .method = "DELETE", .path = "/bob/trust/friend/", .sends_secret = true, .forgiving = true,
     .needs_trust = true, .trusts_more = -1, .params_optional = true},
    {NAMED(peer_create_trustee), .check = gives_a_peer_of_ours, .method = "POST", .path = "/", .times = 2,
     .trusts_more = 1},
    {.name = "peer_create_trustee (meeting)", OPERATION(peer_create_trustee), .check = gives_a_peer_of_ours,
     .method = "GET", .path = "/made", .times = 2, .trusts_more = 1},
    {.name = "peer_create_trustee (approving)", OPERATION(peer_create_trustee), .check = gives_a_peer_of_ours,
     .method = "PUT", .path = "/made", .trusts_more = 1},
    {NAMED(peer_delete_trustee), .method = "DELETE", .path = "/made", .needs_trustee = true, .trusts_more = -1},
    {NAMED(peer_get_profile), .check = gives_row_of_bob, .method = "GET", .path = "/bob/properties",
     .sends_secret = true, .needs_trust = true},
    {NAMED(peer_get_permissions), .check = gives_row_of_bob, .method = "GET", .path = "/bob/permissions/",
     .sends_secret = true, .needs_trust = true},
    {NAMED(permission_set), .method = "POST", .path = "/bob/callbacks/permissions/", .sends_secret = true,
     .needs_trust = true},
    {NAMED(permission_reset), .method = "POST", .path = "/bob/callbacks/permissions/", .sends_secret = true,
     .needs_trust = true},
    {NAMED(http_fetch), .check = gives_ok, .method = "GET", .path = "/bob/meta", .answers = true},
    {NAMED(peer_get_capabilities), .check = gives_capabilities, .method = "GET",
     .path = "/bob/meta/actingweb/supported", .needs_trust = true},
};

const size_t test_operation_count = sizeof(test_operations) / sizeof(*test_operations);

/* ---- before ---- */

static void trust_bob(test_ask *ask)
{
    aw_error err = {0};

    if (aw_trust_create_reciprocal(ask->actor,
                                   AW_WITH(trust_create_reciprocal, .peer_url = ask->peer_url,
                                           .relationship = "friend", .secret = TEST_SECRET), NULL, &err))
        fail_msg("no trust: %s", err.message);
}

static void own_a_peer(test_ask *ask)
{
    aw_trust *trust = NULL;
    aw_error err = {0};

    if (aw_peer_create_trustee(ask->actor, AW_WITH(peer_create_trustee, .factory_url = ask->factory_url), &trust, &err))
        fail_msg("no peer of ours: %s", err.message);
    snprintf(ask->trustee_id, sizeof(ask->trustee_id), "%s", aw_trust_peer_id(trust));
    aw_trust_free(trust);
}

static void subscribe_to_bob(test_ask *ask)
{
    aw_subscription *subscription = NULL;
    aw_error err = {0};

    if (aw_subscription_create_remote(ask->actor,
                                      AW_WITH(subscription_create_remote, .peer_id = "bob", .target = "properties"),
                                      &subscription, &err))
        fail_msg("no subscription: %s", err.message);
    snprintf(ask->subscription_id, sizeof(ask->subscription_id), "%s", aw_subscription_id(subscription));
    aw_subscription_free(subscription);
}

/* Bob asks for it over HTTP, as a peer does. */
static void let_bob_subscribe(test_ask *ask)
{
    static const char *const headers[] = {"Authorization: Bearer " TEST_SECRET, "Content-Type: application/json", NULL};
    static const char body[] = "{\"target\":\"properties\",\"granularity\":\"high\"}";
    char url[256];
    aw_http_answer *answer = NULL;
    aw_error err = {0};
    size_t bytes;

    snprintf(url, sizeof(url), "%s/subscriptions/bob", aw_actor_url(ask->actor));
    if (aw_http_fetch(ask->runtime, AW_WITH(http_fetch, .url = url, .method = "POST", .headers = headers, .body = body,
                                            .body_bytes = strlen(body)), &answer, &err))
        fail_msg("bob cannot subscribe: %s", err.message);
    const char *text = aw_http_answer_body(answer, &bytes);
    json_t *said = json_loadb(text, bytes, 0, NULL);

    if (aw_http_answer_status(answer) != 201 || !said)
        fail_msg("bob may not subscribe: %d %s", aw_http_answer_status(answer), text);
    snprintf(ask->subscription_id, sizeof(ask->subscription_id), "%s",
             json_string_value(json_object_get(said, "subscriptionid")));
    json_decref(said);
    aw_http_answer_free(answer);
}

void test_operation_prepare(const test_operation *o, test_app *app, aw_fake_peer *bob, const char *creator,
                            test_ask *ask)
{
    *ask = (test_ask){.runtime = aw_app_runtime(app->app), .timeout_ms = 10000, .subscription_id = "none",
                      .trustee_id = "none"};
    ask->actor = test_app_actor(app, creator);
    ask->data = json_pack("{s:s}", "colour", "green");
    ask->rules = json_pack("{s:{s:[s]}}", "properties", "denied", "colour");
    snprintf(ask->factory_url, sizeof(ask->factory_url), "%s", aw_fake_peer_root(bob));
    snprintf(ask->peer_url, sizeof(ask->peer_url), "%sbob", aw_fake_peer_root(bob));
    snprintf(ask->meta_url, sizeof(ask->meta_url), "%s/meta", ask->peer_url);
    assert_int_equal(aw_fake_peer_rule(bob, AW_WITH(fake_peer_rule, .method = "GET", .path = "/bob/trust/friend/",
                                                    .status = 200, .body = "{\"verification_token\":\"token\"}")), 0);
    if (o->needs_trust)
        trust_bob(ask);
    if (o->needs_trustee)
        own_a_peer(ask);
    if (o->needs_outbound)
        subscribe_to_bob(ask);
    if (o->needs_inbound)
        let_bob_subscribe(ask);
}

void test_ask_free(test_ask *ask)
{
    json_decref(ask->data);
    json_decref(ask->rules);
    aw_actor_unref(ask->actor);
    *ask = (test_ask){0};
}

/* ---- calling ---- */

int test_operation_run(const test_operation *o, const test_ask *ask, test_done *d)
{
    _Alignas(max_align_t) char params[TEST_PARAMS_MAX_BYTES];

    assert_true(o->params_bytes <= sizeof(params));
    o->fill(params, ask);
    return o->run(ask, params, d);
}

int test_operation_start(const test_operation *o, const test_ask *ask, test_done *d, aw_op *ret_op)
{
    _Alignas(max_align_t) char params[TEST_PARAMS_MAX_BYTES];

    assert_true(o->params_bytes <= sizeof(params));
    o->fill(params, ask);
    int rc = o->start(ask, params, d, ret_op);

    memset(params, 0xee, sizeof(params)); /* inputs are the caller's again */
    return rc;
}

/* ---- walking ---- */

int test_operations_walk(const char *what, void (*test)(void **state), int (*set_up)(void **state),
                         int (*tear_down)(void **state))
{
    struct CMUnitTest *tests = calloc(test_operation_count, sizeof(*tests));
    char(*names)[96] = calloc(test_operation_count, sizeof(*names));

    for (size_t i = 0; tests && names && i < test_operation_count; i++) {
        const void *o = &test_operations[i];

        snprintf(names[i], sizeof(names[i]), "%s: %s", test_operations[i].name, what);
        tests[i].name = names[i];
        tests[i].test_func = test;
        memcpy(&tests[i].initial_state, &o, sizeof(o));
    }
    int failed = tests && names ? _cmocka_run_group_tests(what, tests, test_operation_count, set_up, tear_down) : 1;

    free(names);
    free(tests);
    return failed;
}
