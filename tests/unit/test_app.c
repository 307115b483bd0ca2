/*
 * The app: its params, its life with a runtime of its own and with one of the application's, and the calls that wait
 * for its store.
 */
#include <setjmp.h>
#include <stdatomic.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <actingweb/actingweb.h>
#include <actingweb/test/fake_peer.h>

#include "base/alloc.h"
#include "support/raw_http.h"
#include "support/place.h"

static test_place place;

static int set_up(void **state)
{
    (void)state;
    test_place_make(&place, NULL);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    test_place_remove(&place);
    return 0;
}

/* ---- params ---- */

#define APP(...) AW_WITH(app, .store = "sqlite:x.db", .listen = "localhost:0", __VA_ARGS__)

static void assert_refused(const aw_app_params *params, const char *field)
{
    aw_error err = {0};

    assert_int_equal(aw_app_check(params, &err), AW_E_INVALID);
    assert_int_equal(err.code, AW_E_INVALID);
    if (!strstr(err.message, field))
        fail_msg("\"%s\" does not name %s", err.message, field);
}

static void messages_name_the_field(void **state)
{
    (void)state;
    assert_refused(NULL, "params");
    assert_refused(&(aw_app_params){.size = 0}, "size");
    assert_refused(AW_WITH(app, .listen = "localhost:0"), "store");
    assert_refused(AW_WITH(app, .store = "", .listen = "localhost:0"), "store");
    assert_refused(AW_WITH(app, .store = "x.db", .listen = "localhost:0"), "store");
    assert_refused(AW_WITH(app, .store = "sqlite:", .listen = "localhost:0"), "store");
    assert_refused(AW_WITH(app, .store = "sqlite:x.db"), "root");
    assert_refused(AW_WITH(app, .store = "sqlite:x.db", .listen = ":5000"), "root");
    assert_refused(AW_WITH(app, .store = "sqlite:x.db", .listen = "0.0.0.0:5000"), "root");
    assert_refused(AW_WITH(app, .store = "sqlite:x.db", .listen = "[::]:5000"), "root");
    assert_refused(AW_WITH(app, .store = "sqlite:x.db", .root = ""), "root");
    assert_refused(AW_WITH(app, .store = "sqlite:x.db", .root = "example.com"), "root");
    assert_refused(AW_WITH(app, .store = "sqlite:x.db", .root = "ftp://example.com/"), "root");
    assert_refused(AW_WITH(app, .store = "sqlite:x.db", .root = "https://example.com/?a"), "root");
    assert_refused(AW_WITH(app, .store = "sqlite:x.db", .listen = "localhost"), "listen");
    assert_refused(AW_WITH(app, .store = "sqlite:x.db", .listen = "localhost:"), "listen");
    assert_refused(AW_WITH(app, .store = "sqlite:x.db", .listen = "localhost:65536"), "listen");
    assert_refused(AW_WITH(app, .store = "sqlite:x.db", .listen = "::1:80"), "listen");
    assert_refused(AW_WITH(app, .store = "sqlite:x.db", .listen = "a b:80"), "listen");
    assert_refused(APP(.web_threads = -1), "web_threads");
    assert_refused(APP(.workers = 257), "workers");
    assert_refused(APP(.gap_timeout_s = -1), "gap_timeout_s");
    assert_refused(APP(.max_pending = -1), "max_pending");
    assert_refused(APP(.max_connections = -1), "max_connections");
    assert_refused(APP(.max_body_bytes = (size_t)2 << 30), "max_body_bytes");
    assert_refused(APP(.delivery = (aw_delivery)7), "delivery");
    assert_refused(APP(.default_relationship = "a b"), "default_relationship");
    assert_refused(APP(.default_relationship = "creator"), "default_relationship");
    assert_refused(APP(.type = "a\nb"), "type");
}

static void good_params(void **state)
{
    aw_error err = {0};

    (void)state;
    assert_int_equal(aw_app_check(APP(.max_pending = 1), &err), AW_OK);
    assert_int_equal(aw_app_check(AW_WITH(app, .store = "sqlite:x.db", .root = "https://example.com/base"), &err),
                     AW_OK);
    assert_int_equal(aw_app_check(AW_WITH(app, .store = "sqlite:x.db", .listen = "[::1]:0"), &err), AW_OK);
    assert_int_equal(
        aw_app_check(AW_WITH(app, .store = "sqlite:x.db", .listen = ":80", .root = "http://a.example"), &err), AW_OK);
}

/* ---- its life ---- */

static aw_app *open_app(aw_runtime *runtime)
{
    aw_app *app = NULL;
    aw_error err = {0};

    if (aw_app_new(AW_WITH(app, .store = place.location, .listen = "127.0.0.1:0", .runtime = runtime, .web_threads = 2), &app,
                   &err))
        fail_msg("no app: %s", err.message);
    return app;
}

static void root_and_port(void **state)
{
    aw_app *app = open_app(NULL);
    aw_error err = {0};
    char root[64];
    raw_answer *answer = malloc(sizeof(*answer));

    (void)state;
    assert_int_equal(aw_app_port(app), 0);
    assert_int_equal(aw_app_listen(app, &err), AW_OK);
    snprintf(root, sizeof(root), "http://127.0.0.1:%d/", aw_app_port(app));
    assert_string_equal(aw_app_root(app), root);
    assert_int_equal(raw_get(aw_app_port(app), "/", answer), 200);
    assert_int_equal(aw_app_listen(app, &err), AW_E_INVALID);
    int port = aw_app_port(app);

    aw_app_free(app);
    assert_true(raw_refused(port));
    free(answer);
}

static void the_address_may_be_taken(void **state)
{
    aw_app *first = open_app(NULL), *second = NULL;
    aw_error err = {0};
    char listen[64];

    (void)state;
    assert_int_equal(aw_app_listen(first, &err), AW_OK);
    snprintf(listen, sizeof(listen), "127.0.0.1:%d", aw_app_port(first));
    assert_int_equal(aw_app_new(AW_WITH(app, .store = place.location, .listen = listen), &second, &err), AW_OK);
    assert_int_equal(aw_app_listen(second, &err), AW_E_BUSY);
    assert_non_null(strstr(err.message, strchr(listen, ':') + 1));
    aw_app_free(second);
    aw_app_free(first);
}

static void without_a_server(void **state)
{
    aw_app *app = NULL;
    aw_error err = {0};

    (void)state;
    assert_int_equal(aw_app_new(AW_WITH(app, .store = place.location, .root = "https://example.com//"), &app, &err), AW_OK);
    assert_string_equal(aw_app_root(app), "https://example.com/");
    assert_int_equal(aw_app_listen(app, &err), AW_E_INVALID);
    assert_int_equal(aw_app_drain(app, 1000, &err), AW_OK);
    aw_app_free(app);
    assert_int_equal(aw_app_new(AW_WITH(app, .store = "sqlite:/nowhere/at/all.db", .root = "http://a/"), &app, &err),
                     AW_E_STORE);
    aw_app_free(NULL);
}

/* ---- calls ---- */

static void properties_of_an_actor(void **state)
{
    aw_app *app = open_app(NULL);
    aw_actor *actor = NULL, *again = NULL;
    aw_error err = {0};
    json_t *value = json_pack("{s:i}", "b", 1), *got = NULL;

    (void)state;
    assert_int_equal(aw_actor_create(app, AW_WITH(actor_create, .creator = "Alice@example.com"), &actor, &err), AW_OK);
    assert_string_equal(aw_actor_creator(actor), "alice@example.com");
    assert_ptr_equal(aw_actor_app(actor), app);
    assert_int_equal(aw_property_set(actor, "a", value, &err), AW_OK);
    assert_int_equal(aw_actor_get(app, aw_actor_id(actor), &again, &err), AW_OK);
    assert_int_equal(aw_property_get(again, "a/b", &got, &err), AW_OK);
    assert_int_equal(json_integer_value(got), 1);
    json_decref(got);
    assert_int_equal(aw_property_set(actor, "a/b/c", value, &err), AW_E_CONFLICT);
    assert_int_equal(aw_property_set(actor, "", value, &err), AW_E_INVALID);
    assert_int_equal(aw_property_set(actor, "a//b", value, &err), AW_E_INVALID);
    assert_int_equal(aw_property_set(NULL, "a", value, &err), AW_E_INVALID);
    assert_int_equal(aw_property_delete(actor, "a/b", &err), AW_OK);
    assert_int_equal(aw_property_get(actor, "a/b", &got, &err), AW_E_NOT_FOUND);
    assert_int_equal(aw_property_delete(actor, NULL, &err), AW_OK);
    assert_int_equal(aw_property_get(actor, NULL, &got, &err), AW_OK);
    assert_int_equal(json_object_size(got), 0);
    json_decref(got);
    assert_int_equal(aw_actor_get(app, "nobody", &actor, &err), AW_E_NOT_FOUND);
    assert_int_equal(aw_actor_get(app, NULL, &actor, &err), AW_E_INVALID);
    assert_int_equal(aw_actor_delete(actor, NULL, &err), AW_OK);
    assert_int_equal(aw_property_set(again, "a", value, &err), AW_E_NOT_FOUND);
    json_decref(value);
    aw_actor_unref(actor);
    aw_actor_unref(again);
    aw_app_free(app);
}

static void rows_of_an_actor(void **state)
{
    aw_app *app = open_app(NULL);
    aw_actor *actor = NULL;
    aw_trust *trust = NULL, **trusts = NULL;
    aw_subscription **subscriptions = NULL;
    json_t *value = NULL;
    size_t count = 7;
    aw_error err = {0};

    (void)state;
    assert_int_equal(aw_actor_create(app, NULL, &actor, &err), AW_OK);
    assert_int_equal(aw_trust_get(actor, "bob", &trust, &err), AW_E_NOT_FOUND);
    assert_int_equal(aw_trust_get(actor, "", &trust, &err), AW_E_INVALID);
    assert_int_equal(aw_trust_list(actor, NULL, &trusts, &count, &err), AW_OK);
    assert_int_equal(count, 0);
    aw_trust_list_free(trusts, count);
    assert_int_equal(aw_subscription_list(actor, NULL, &subscriptions, &count, &err), AW_OK);
    assert_int_equal(count, 0);
    aw_subscription_list_free(subscriptions, count);
    assert_int_equal(aw_remote_get(actor, "bob", "a", &value, &err), AW_E_NOT_FOUND);
    assert_int_equal(aw_remote_get(actor, NULL, "a", &value, &err), AW_E_INVALID);
    aw_actor_unref(actor);
    aw_app_free(app);
}

/* On the loop's thread what would wait is refused. */
struct inside {
    aw_app *app;
    aw_actor *actor;
    int codes[9];
    size_t count;
};

static void on_loop(const aw_error *err, void *ud)
{
    struct inside *inside = ud;
    json_t *value = NULL;
    aw_actor *actor = NULL;
    aw_trust *trust = NULL, **trusts = NULL;
    aw_subscription **subscriptions = NULL;
    size_t count;
    int *code = inside->codes;

    assert_null(err);
    *code++ = aw_actor_create(inside->app, NULL, &actor, NULL);
    *code++ = aw_actor_get(inside->app, "a", &actor, NULL);
    *code++ = aw_property_get(inside->actor, "a", &value, NULL);
    *code++ = aw_property_delete(inside->actor, "a", NULL);
    *code++ = aw_trust_get(inside->actor, "a", &trust, NULL);
    *code++ = aw_trust_list(inside->actor, NULL, &trusts, &count, NULL);
    *code++ = aw_subscription_list(inside->actor, NULL, &subscriptions, &count, NULL);
    *code++ = aw_actor_delete(inside->actor, NULL, NULL);
    *code++ = aw_app_drain(inside->app, 10, NULL);
    inside->count = (size_t)(code - inside->codes);
}

static int nothing(void *arg, aw_error *err)
{
    (void)arg;
    (void)err;
    return AW_OK;
}

static void waiting_on_the_loop_is_refused(void **state)
{
    struct inside inside = {.app = open_app(NULL)};
    aw_group *group;
    aw_error err = {0};

    (void)state;
    assert_int_equal(aw_actor_create(inside.app, NULL, &inside.actor, &err), AW_OK);
    group = aw_group_new(inside.actor, NULL);
    assert_non_null(group);
    assert_int_equal(aw_offload_async(aw_app_runtime(inside.app), AW_WITH(offload, .fn = nothing, .group = group),
                                      on_loop, &inside, NULL),
                     AW_OK);
    assert_int_equal(aw_group_wait(group, NULL, &err), AW_OK);
    assert_int_equal(inside.count, sizeof(inside.codes) / sizeof(*inside.codes));
    for (size_t i = 0; i < inside.count; i++)
        assert_int_equal(inside.codes[i], AW_E_REENTRANT);
    aw_group_free(group);
    aw_actor_unref(inside.actor);
    aw_app_free(inside.app);
}

static void async_calls_need_an_actor_and_a_callback(void **state)
{
    aw_app *app = open_app(NULL);
    aw_actor *actor = NULL;
    aw_error err = {0};

    (void)state;
    assert_int_equal(aw_actor_create(app, NULL, &actor, &err), AW_OK);
    assert_int_equal(aw_actor_delete_async(actor, NULL, NULL, NULL, NULL), AW_E_INVALID);
    assert_int_equal(
        aw_peer_get_info_async(actor, AW_WITH(peer_get_info, .peer_url = "http://127.0.0.1:9/a"), NULL, NULL, NULL),
        AW_E_INVALID);
    assert_int_equal(aw_peer_get_info(NULL, AW_WITH(peer_get_info, .peer_url = "http://127.0.0.1:9/a"), NULL, &err),
                     AW_E_INVALID);
    assert_int_equal(aw_proxy_get_resource(actor, NULL, NULL, &err), AW_E_INVALID);
    assert_int_equal(
        aw_proxy_get_resource(actor, AW_WITH(proxy_get_resource, .peer_id = "bob", .path = "meta"), NULL, &err),
        AW_E_NOT_FOUND);
    assert_int_equal(aw_trust_delete_reciprocal(actor, AW_WITH(trust_delete_reciprocal, .peer_id = "bob"), &err),
                     AW_E_NOT_FOUND);
    assert_int_equal(
        aw_trust_create_reciprocal(actor, AW_WITH(trust_create_reciprocal, .relationship = "friend"), NULL, &err),
        AW_E_INVALID);
    aw_actor_unref(actor);
    aw_app_free(app);
}

/* The application's runtime, run by this thread: draining and ending do not wait for a loop that nobody runs. */
static void on_a_borrowed_runtime(void **state)
{
    aw_runtime *runtime = NULL;
    aw_actor *actor = NULL;
    aw_error err = {0};
    raw_answer *answer = malloc(sizeof(*answer));

    (void)state;
    assert_int_equal(aw_runtime_new(AW_WITH(runtime, .workers = 1), &runtime, &err), AW_OK);
    assert_true(aw_runtime_fd(runtime) >= 0);
    assert_int_equal(aw_runtime_process(runtime), AW_OK);
    aw_app *app = open_app(runtime);

    assert_ptr_equal(aw_app_runtime(app), runtime);
    assert_int_equal(aw_app_listen(app, &err), AW_OK);
    assert_int_equal(raw_get(aw_app_port(app), "/", answer), 200);
    assert_int_equal(aw_actor_create(app, NULL, &actor, &err), AW_OK);
    assert_int_equal(aw_actor_delete(actor, NULL, &err), AW_OK);
    aw_actor_unref(actor);
    assert_int_equal(aw_app_drain(app, 5000, &err), AW_OK);
    aw_app_free(app);
    assert_int_equal(aw_runtime_process(runtime), AW_OK);
    aw_runtime_free(runtime);
    free(answer);
}

static void note_end(const aw_error *err, json_t *info, void *ud)
{
    atomic_int *code = ud;

    assert_null(info);
    atomic_store(code, err->code);
}

/* What the application has under way at a peer that never answers, when the app ends. */
static void end_with_an_operation(aw_runtime *runtime)
{
    aw_fake_peer *bob = aw_fake_peer_new();
    aw_app *app = open_app(runtime);
    aw_actor *actor = NULL;
    aw_error err = {0};
    atomic_int code;
    char url[80];

    atomic_init(&code, AW_OK);
    snprintf(url, sizeof(url), "%sbob", aw_fake_peer_root(bob));
    aw_fake_peer_rule(bob, AW_WITH(fake_peer_rule, .path = "/bob/meta", .fault = AW_FAKE_HANG));
    assert_int_equal(aw_actor_create(app, NULL, &actor, &err), AW_OK);
    assert_int_equal(aw_peer_get_info_async(actor, AW_WITH(peer_get_info, .peer_url = url), note_end, &code, NULL),
                     AW_OK);
    assert_true(runtime == NULL || aw_runtime_in_flight(runtime) == 1);
    aw_actor_unref(actor);
    aw_app_free(app);
    assert_int_equal(atomic_load(&code), AW_E_CLOSED);
    aw_fake_peer_free(bob);
}

static void ending_closes_operations(void **state)
{
    aw_runtime *runtime = NULL;
    aw_error err = {0};

    (void)state;
    end_with_an_operation(NULL);
    assert_int_equal(aw_runtime_new(AW_WITH(runtime, .allow_private_peers = true), &runtime, &err), AW_OK);
    end_with_an_operation(runtime); /* this thread runs it when something waits */
    assert_int_equal(aw_runtime_start(runtime, &err), AW_OK);
    end_with_an_operation(runtime);
    aw_runtime_free(runtime);
}

static void out_of_memory(void **state)
{
    int rc = AW_E_NOMEM;

    (void)state;
    for (long n = 1; rc; n++) {
        aw_app *app = NULL;
        aw_error err = {0};

        aw__alloc_fail_at(n, false);
        rc = aw_app_new(AW_WITH(app, .store = place.location, .listen = "127.0.0.1:0", .workers = 1, .web_threads = 1), &app,
                        &err);
        if (!rc)
            rc = aw_app_listen(app, &err);
        aw__alloc_fail_at(0, false);
        assert_true(n < 500);
        assert_int_equal(rc, err.code);
        assert_true(rc == AW_OK || rc == AW_E_NOMEM || rc == AW_E_STORE || rc == AW_E_UNSUPPORTED);
        aw_app_free(app);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_name_the_field),
        cmocka_unit_test(good_params),
        TEST(root_and_port),
        TEST(the_address_may_be_taken),
        TEST(without_a_server),
        TEST(properties_of_an_actor),
        TEST(rows_of_an_actor),
        TEST(waiting_on_the_loop_is_refused),
        TEST(async_calls_need_an_actor_and_a_callback),
        TEST(on_a_borrowed_runtime),
        TEST(ending_closes_operations),
        TEST(out_of_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
