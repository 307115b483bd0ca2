/*
 * Wrong arguments, and calls at the wrong place: each is refused with a code and a message that names what is wrong,
 * nothing is started, nothing is written.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "support/operations.h"

enum { LONG_BYTES = 10000 };

static test_app app;
static aw_fake_peer *bob;
static aw_runtime *runtime;
static aw_actor *alice;
static char long_text[LONG_BYTES + 1], long_url[LONG_BYTES + 1];

/* ---- fixture ---- */

static int open_all(void **state)
{
    (void)state;
    test_app_open(&app, AW_WITH(app, .workers = 2));
    runtime = aw_app_runtime(app.app);
    bob = aw_fake_peer_new();
    alice = test_app_actor(&app, "alice");
    memset(long_text, 'a', LONG_BYTES);
    memset(long_url, 'a', LONG_BYTES);
    memcpy(long_url, "http://h/", 9);
    return bob ? 0 : -1;
}

static int close_all(void **state)
{
    (void)state;
    aw_actor_unref(alice);
    aw_fake_peer_free(bob);
    test_app_close(&app);
    return 0;
}

/* ---- on the loop's thread ---- */

struct on_loop {
    const test_operation *o;
    const test_ask *ask;
    test_done *d;
    int rc;
};

static void run_on_loop(const aw_error *err, void *ud)
{
    struct on_loop *l = ud;

    assert_null(err);
    l->rc = test_operation_run(l->o, l->ask, l->d);
}

static int nothing(void *arg, aw_error *err)
{
    (void)arg;
    (void)err;
    return AW_OK;
}

static void on_the_loop(aw_done_cb *cb, void *ud)
{
    aw_group *group = aw_group_new(alice, NULL);
    aw_error err = {0};

    assert_int_equal(aw_offload_async(runtime, AW_WITH(offload, .fn = nothing, .group = group), cb, ud, NULL), AW_OK);
    assert_int_equal(aw_group_wait(group, NULL, &err), AW_OK);
    aw_group_free(group);
}

static void waiting_on_the_loop(void **state)
{
    test_ask ask;
    test_done d;
    struct on_loop l = {*state, &ask, &d, AW_OK};

    test_operation_prepare(&(test_operation){0}, &app, bob, "somebody", &ask);
    test_done_init(&d);
    size_t heard = aw_fake_peer_count(bob);

    on_the_loop(run_on_loop, &l);
    assert_int_equal(l.rc, AW_E_REENTRANT);
    assert_int_equal(d.error.code, AW_E_REENTRANT);
    assert_non_null(strstr(d.error.message, "_async"));
    assert_false(d.touched);
    assert_int_equal(aw_runtime_in_flight(runtime), 0);
    assert_int_equal(aw_fake_peer_count(bob), heard);
    test_done_free(&d);
    test_ask_free(&ask);
}

static void store_calls_on_loop(const aw_error *err, void *ud)
{
    aw_error why = {0};
    json_t *value = json_object();
    aw_actor *actor = NULL;
    aw_trust *trust = NULL, **trusts = NULL;
    aw_subscription **subscriptions = NULL;
    aw_group *group = aw_group_new(alice, NULL);
    size_t count;

    (void)err;
    assert_int_equal(aw_actor_create(app.app, NULL, &actor, &why), AW_E_REENTRANT);
    assert_int_equal(aw_actor_get(app.app, "x", &actor, &why), AW_E_REENTRANT);
    assert_int_equal(aw_property_get(alice, NULL, &value, &why), AW_E_REENTRANT);
    assert_int_equal(aw_property_set(alice, "x", value, &why), AW_E_REENTRANT);
    assert_int_equal(aw_property_delete(alice, "x", &why), AW_E_REENTRANT);
    assert_int_equal(aw_trust_get(alice, "bob", &trust, &why), AW_E_REENTRANT);
    assert_int_equal(aw_trust_list(alice, NULL, &trusts, &count, &why), AW_E_REENTRANT);
    assert_int_equal(aw_subscription_list(alice, NULL, &subscriptions, &count, &why), AW_E_REENTRANT);
    assert_int_equal(aw_remote_get(alice, "bob", NULL, &value, &why), AW_E_REENTRANT);
    assert_int_equal(aw_offload(runtime, AW_WITH(offload, .fn = nothing), &why), AW_E_REENTRANT);
    assert_int_equal(aw_group_wait(group, NULL, &why), AW_E_REENTRANT);
    assert_int_equal(aw_app_drain(app.app, 1000, &why), AW_E_REENTRANT);
    assert_int_equal(aw_runtime_process(runtime), AW_E_REENTRANT);
    assert_int_equal(why.code, AW_E_REENTRANT);
    assert_true(*why.message);
    aw_group_free(group);
    json_decref(value);
    *(bool *)ud = true;
}

static void waiting_for_the_store_on_the_loop(void **state)
{
    bool checked = false;

    (void)state;
    on_the_loop(store_calls_on_loop, &checked);
    assert_true(checked);
}

/* ---- what waits for the store ---- */

static void store_calls(void **state)
{
    aw_error err = {0};
    aw_actor *actor = NULL;
    aw_trust *trust = NULL, **trusts = NULL;
    aw_subscription **subscriptions = NULL;
    json_t *value = json_integer(1), *got = NULL;
    size_t count = 0;

    (void)state;
    assert_int_equal(aw_actor_create(NULL, NULL, &actor, &err), AW_E_INVALID);
    assert_int_equal(aw_actor_create(app.app, NULL, NULL, &err), AW_E_INVALID);
    assert_int_equal(aw_actor_create(app.app, &(aw_actor_create_params){.size = 0}, &actor, &err), AW_E_INVALID);
    assert_int_equal(aw_actor_create(app.app, AW_WITH(actor_create, .creator = long_text), &actor, &err), AW_E_INVALID);
    assert_int_equal(aw_actor_create(app.app, AW_WITH(actor_create, .creator = "a\nb"), &actor, &err), AW_E_INVALID);
    assert_int_equal(aw_actor_create(app.app, AW_WITH(actor_create, .passphrase = long_text), &actor, &err),
                     AW_E_INVALID);
    assert_int_equal(aw_actor_get(NULL, "x", &actor, &err), AW_E_INVALID);
    assert_int_equal(aw_actor_get(app.app, NULL, &actor, &err), AW_E_INVALID);
    assert_int_equal(aw_actor_get(app.app, "", &actor, &err), AW_E_INVALID);
    assert_int_equal(aw_actor_get(app.app, "x", NULL, &err), AW_E_INVALID);
    assert_int_equal(aw_actor_get(app.app, long_text, &actor, &err), AW_E_NOT_FOUND);
    assert_null(actor);

    assert_int_equal(aw_property_get(NULL, "x", &got, &err), AW_E_INVALID);
    assert_int_equal(aw_property_get(alice, "x", NULL, &err), AW_E_INVALID);
    assert_int_equal(aw_property_get(alice, "a//b", &got, &err), AW_E_INVALID);
    assert_int_equal(aw_property_set(NULL, "x", value, &err), AW_E_INVALID);
    assert_int_equal(aw_property_set(alice, NULL, value, &err), AW_E_INVALID);
    assert_int_equal(aw_property_set(alice, "x", NULL, &err), AW_E_INVALID);
    assert_int_equal(aw_property_set(alice, "x", json_null(), &err), AW_E_INVALID);
    int rc = aw_property_set(alice, long_text, value, &err);

    assert_true(rc == AW_E_INVALID || rc == AW_E_TOO_LARGE);
    assert_int_equal(aw_property_delete(NULL, "x", &err), AW_E_INVALID);

    assert_int_equal(aw_trust_get(NULL, "bob", &trust, &err), AW_E_INVALID);
    assert_int_equal(aw_trust_get(alice, NULL, &trust, &err), AW_E_INVALID);
    assert_int_equal(aw_trust_get(alice, "bob", NULL, &err), AW_E_INVALID);
    assert_int_equal(aw_trust_list(NULL, NULL, &trusts, &count, &err), AW_E_INVALID);
    assert_int_equal(aw_trust_list(alice, NULL, NULL, &count, &err), AW_E_INVALID);
    assert_int_equal(aw_trust_list(alice, NULL, &trusts, NULL, &err), AW_E_INVALID);
    assert_int_equal(aw_trust_list(alice, &(aw_trust_list_params){.size = 0}, &trusts, &count, &err), AW_E_INVALID);
    assert_int_equal(aw_subscription_list(NULL, NULL, &subscriptions, &count, &err), AW_E_INVALID);
    assert_int_equal(aw_subscription_list(alice, NULL, NULL, &count, &err), AW_E_INVALID);
    assert_int_equal(aw_subscription_list(alice, NULL, &subscriptions, NULL, &err), AW_E_INVALID);
    assert_int_equal(aw_subscription_list(alice, &(aw_subscription_list_params){.size = 1}, &subscriptions, &count,
                                          &err), AW_E_INVALID);
    assert_int_equal(aw_remote_get(NULL, "bob", NULL, &got, &err), AW_E_INVALID);
    assert_int_equal(aw_remote_get(alice, "", NULL, &got, &err), AW_E_INVALID);
    assert_int_equal(aw_remote_get(alice, "bob", NULL, NULL, &err), AW_E_INVALID);
    assert_null(got);
    assert_int_equal(aw_actor_get(app.app, "nobody", &actor, NULL), AW_E_NOT_FOUND); /* nobody needs an error */
    json_decref(value);
}

/* ---- apps, runtimes, groups, operations ---- */

static void apps_and_runtimes(void **state)
{
    aw_error err = {0};
    aw_app *other = NULL;
    aw_runtime *made = NULL;

    (void)state;
    assert_int_equal(aw_app_new(NULL, &other, &err), AW_E_INVALID);
    assert_int_equal(aw_app_new(AW_WITH(app, .store = "sqlite:x", .root = "http://h/"), NULL, &err), AW_E_INVALID);
    assert_int_equal(aw_app_check(NULL, &err), AW_E_INVALID);
    assert_int_equal(aw_app_check(AW_WITH(app, .store = "sqlite:x", .root = long_url), &err), AW_E_INVALID);
    assert_int_equal(aw_app_listen(NULL, &err), AW_E_INVALID);
    assert_int_equal(aw_app_drain(NULL, 1, &err), AW_E_INVALID);
    assert_int_equal(aw_app_drain(app.app, -1, &err), AW_E_INVALID);
    assert_null(other);
    assert_int_equal(aw_runtime_new(NULL, NULL, &err), AW_E_INVALID);
    assert_int_equal(aw_runtime_new(&(aw_runtime_params){.size = 0}, &made, &err), AW_E_INVALID);
    assert_int_equal(aw_runtime_new(AW_WITH(runtime, .workers = -1), &made, &err), AW_E_INVALID);
    assert_int_equal(aw_runtime_new(AW_WITH(runtime, .workers = 257), &made, &err), AW_E_INVALID);
    assert_int_equal(aw_runtime_new(AW_WITH(runtime, .max_connections_per_peer = -1), &made, &err), AW_E_INVALID);
    assert_null(made);
    assert_int_equal(aw_runtime_start(NULL, &err), AW_E_INVALID);
    assert_int_equal(aw_runtime_start(runtime, &err), AW_E_INVALID);
    assert_int_equal(aw_runtime_fd(NULL), -1);
    assert_int_equal(aw_runtime_fd(runtime), -1);
    assert_int_equal(aw_runtime_timeout_ms(NULL), -1);
    assert_int_equal(aw_runtime_process(NULL), AW_E_INVALID);
    assert_int_equal(aw_runtime_process(runtime), AW_E_INVALID);
    assert_int_equal(aw_runtime_in_flight(NULL), 0);
}

static void on_group(aw_group *group, const aw_group_result *result, void *ud)
{
    (void)group;
    (void)result;
    (void)ud;
}

static void groups(void **state)
{
    aw_error err = {0};
    aw_group_result result;

    (void)state;
    assert_null(aw_group_new(NULL, NULL));
    assert_null(aw_group_new(NULL, AW_DEFAULTS(group)));
    assert_null(aw_group_new(alice, &(aw_group_params){.size = 0}));
    assert_int_equal(aw_group_on_done(NULL, on_group, NULL), AW_E_INVALID);
    assert_int_equal(aw_group_wait(NULL, &result, &err), AW_E_INVALID);
    aw_group_cancel(NULL);
    aw_group *group = aw_group_new(alice, NULL);

    assert_int_equal(aw_group_on_done(group, NULL, NULL), AW_E_INVALID);
    assert_int_equal(aw_group_on_done(group, on_group, NULL), AW_OK);
    assert_int_equal(aw_group_on_done(group, on_group, NULL), AW_E_EXISTS);
    assert_int_equal(aw_group_wait(group, NULL, &err), AW_OK);
    assert_int_equal(aw_offload(runtime, AW_WITH(offload, .fn = nothing, .group = group), &err), AW_E_CLOSED);
    aw_group_free(group);
    group = aw_group_new(alice, NULL);
    aw_group_cancel(group);
    aw_group_cancel(group);
    assert_int_equal(aw_offload(runtime, AW_WITH(offload, .fn = nothing, .group = group), &err), AW_E_CLOSED);
    aw_group_free(group);
}

static void on_info(const aw_error *err, json_t *info, void *ud)
{
    (void)info;
    *(int *)ud = err ? err->code : AW_OK;
}

static void cancelling(void **state)
{
    char url[80];
    int code = 1;
    aw_op op = 0;
    aw_error err = {0};
    aw_group *group = aw_group_new(alice, NULL);

    (void)state;
    assert_int_equal(aw_op_cancel(NULL, 1), AW_E_INVALID);
    assert_int_equal(aw_op_cancel(runtime, 0), AW_E_NOT_FOUND);
    assert_int_equal(aw_op_cancel(runtime, UINT64_MAX), AW_E_NOT_FOUND);
    assert_int_equal(aw_op_cancel(runtime, 0x1234567812345678), AW_E_NOT_FOUND);
    snprintf(url, sizeof(url), "%shang", aw_fake_peer_root(bob));
    aw_fake_peer_rule(bob, AW_WITH(fake_peer_rule, .path = "/hang", .fault = AW_FAKE_HANG));
    assert_int_equal(aw_peer_get_info_async(alice, AW_WITH(peer_get_info, .peer_url = url, .group = group), on_info,
                                            &code, &op), AW_OK);
    assert_int_equal(aw_op_cancel(runtime, op), AW_OK);
    int again = aw_op_cancel(runtime, op);

    assert_true(again == AW_OK || again == AW_E_NOT_FOUND);
    assert_int_equal(aw_group_wait(group, NULL, &err), AW_OK);
    assert_int_equal(code, AW_E_CANCELED);
    assert_int_equal(aw_op_cancel(runtime, op), AW_E_NOT_FOUND);
    aw_group_free(group);
}

static void callbacks_are_required(void **state)
{
    char url[80];
    aw_op op = 0;

    (void)state;
    snprintf(url, sizeof(url), "%sbob", aw_fake_peer_root(bob));
    assert_int_equal(aw_peer_get_info_async(alice, AW_WITH(peer_get_info, .peer_url = url), NULL, NULL, &op),
                     AW_E_INVALID);
    assert_int_equal(aw_trust_create_reciprocal_async(alice, AW_WITH(trust_create_reciprocal, .peer_url = url), NULL,
                                                      NULL, &op), AW_E_INVALID);
    assert_int_equal(aw_trust_delete_reciprocal_async(alice, AW_WITH(trust_delete_reciprocal, .peer_id = "bob"), NULL,
                                                      NULL, &op), AW_E_INVALID);
    assert_int_equal(aw_actor_delete_async(alice, NULL, NULL, NULL, &op), AW_E_INVALID);
    assert_int_equal(aw_http_fetch_async(runtime, AW_WITH(http_fetch, .url = url), NULL, NULL, &op), AW_E_INVALID);
    assert_int_equal(aw_offload_async(runtime, AW_WITH(offload, .fn = nothing), NULL, NULL, &op), AW_E_INVALID);
    assert_int_equal(op, 0);
    assert_int_equal(aw_runtime_in_flight(runtime), 0);
}

/* ---- what is wrong in itself only ---- */

static void contradictions(void **state)
{
    aw_error err = {0};
    json_t *text = json_string("x"), *numbers = json_pack("{s:i}", "a", 1), *got = NULL;
    static const char *const split[] = {"X-A: b\r\nX-C: d", NULL}, *const nameless[] = {"no colon", NULL};
    aw_http_answer *answer = NULL;

    (void)state;
    assert_int_equal(aw_peer_get_info(alice, AW_WITH(peer_get_info, .peer_id = "b", .peer_url = "http://h/b"), &got,
                                      &err), AW_E_INVALID);
    assert_int_equal(aw_proxy_get_resource(alice, AW_WITH(proxy_get_resource, .peer_id = "b", .path = "../x"), &got,
                                           &err), AW_E_INVALID);
    assert_int_equal(aw_proxy_get_resource(alice, AW_WITH(proxy_get_resource, .peer_id = "b", .path = "a/%2e%2e/x"),
                                           &got, &err), AW_E_INVALID);
    assert_int_equal(aw_proxy_get_resource(alice, AW_WITH(proxy_get_resource, .peer_id = "b", .path = "x#y"), &got,
                                           &err), AW_E_INVALID);
    assert_int_equal(aw_proxy_get_resource(alice, AW_WITH(proxy_get_resource, .peer_id = "b", .path = "x",
                                                          .query = text), &got, &err), AW_E_INVALID);
    assert_int_equal(aw_proxy_get_resource(alice, AW_WITH(proxy_get_resource, .peer_id = "b", .path = "x",
                                                          .query = numbers), &got, &err), AW_E_INVALID);
    assert_int_equal(aw_subscription_callback(alice, AW_WITH(subscription_callback, .peer_id = "b",
                                                             .subscription_id = "s"), &err), AW_E_INVALID);
    assert_int_equal(aw_subscription_callback(alice, AW_WITH(subscription_callback, .peer_id = "b", .sequence = 1,
                                                             .subscription_id = "s", .data = text), &err),
                     AW_E_INVALID);
    assert_int_equal(aw_subscription_callback(alice, AW_WITH(subscription_callback, .peer_id = "b", .sequence = -1,
                                                             .subscription_id = "s"), &err), AW_E_INVALID);
    assert_int_equal(aw_subscription_create_remote(alice, AW_WITH(subscription_create_remote, .peer_id = "b",
                                                                  .target = "t", .resource = "r"), NULL, &err),
                     AW_E_INVALID);
    assert_int_equal(aw_trust_modify_and_notify(alice, AW_WITH(trust_modify_and_notify, .peer_id = "b",
                                                               .approved = (aw_change)7), NULL, &err), AW_E_INVALID);
    assert_int_equal(aw_trust_create_verified(alice, AW_WITH(trust_create_verified, .peer_id = aw_actor_id(alice),
                                                             .baseuri = "http://h/b", .secret = "s",
                                                             .verify_token = "t"), NULL, &err), AW_E_INVALID);
    assert_int_equal(aw_http_fetch(runtime, AW_WITH(http_fetch, .url = "http://h/", .headers = split), &answer, &err),
                     AW_E_INVALID);
    assert_int_equal(aw_http_fetch(runtime, AW_WITH(http_fetch, .url = "http://h/", .headers = nameless), &answer,
                                   &err), AW_E_INVALID);
    assert_int_equal(aw_http_fetch(runtime, AW_WITH(http_fetch, .url = "http://h/"), NULL, &err), AW_E_INVALID);
    assert_int_equal(aw_http_fetch(runtime, AW_WITH(http_fetch, .url = "http://h/", .method = "POST",
                                                    .body_bytes = 5), &answer, &err), AW_E_INVALID);
    assert_int_equal(aw_offload(runtime, NULL, &err), AW_E_INVALID);
    assert_int_equal(aw_offload(NULL, AW_WITH(offload, .fn = nothing), &err), AW_E_INVALID);
    assert_int_equal(aw_offload(runtime, AW_DEFAULTS(offload), &err), AW_E_INVALID);
    assert_int_equal(aw_offload(runtime, AW_WITH(offload, .fn = nothing, .timeout_ms = -1), &err), AW_E_INVALID);
    assert_null(answer);
    assert_null(got);
    json_decref(text);
    json_decref(numbers);
}

static void freeing_nothing(void **state)
{
    (void)state;
    aw_app_free(NULL);
    aw_runtime_free(NULL);
    aw_group_free(NULL);
    aw_actor_unref(NULL);
    aw_trust_free(NULL);
    aw_trust_list_free(NULL, 0);
    aw_subscription_free(NULL);
    aw_subscription_list_free(NULL, 0);
    aw_http_answer_free(NULL);
    assert_null(aw_actor_ref(NULL));
    assert_string_equal(aw_code_name(-4711), "AW_E_UNKNOWN");
}

int main(void)
{
    const struct CMUnitTest others[] = {
        cmocka_unit_test(waiting_for_the_store_on_the_loop),
        cmocka_unit_test(store_calls),
        cmocka_unit_test(apps_and_runtimes),
        cmocka_unit_test(groups),
        cmocka_unit_test(cancelling),
        cmocka_unit_test(callbacks_are_required),
        cmocka_unit_test(contradictions),
        cmocka_unit_test(freeing_nothing),
    };
    int failed = test_operations_walk("waiting on the loop", waiting_on_the_loop, open_all, close_all);

    failed += cmocka_run_group_tests_name("others", others, open_all, close_all);
    return failed;
}
