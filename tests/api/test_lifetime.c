/*
 * What ends while something goes on: apps, runtimes, groups and handles. And two apps on one runtime that talk to each
 * other from the first request for trust until nothing is left, in the thread of a runtime and in a loop of the test's.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "adapters/epoll.h"
#include "support/operations.h"

enum { ROUNDS = 12, MANY = 300, PATIENCE_MS = 20000, MAX_EVENTS = 4 };

static int64_t ms_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static aw_runtime *new_runtime(bool start)
{
    aw_runtime *runtime = NULL;
    aw_error err = {0};

    if (aw_runtime_new(AW_WITH(runtime, .workers = 2, .allow_private_peers = true), &runtime, &err) ||
        (start && aw_runtime_start(runtime, &err)))
        fail_msg("no runtime: %s", err.message);
    return runtime;
}

/* ---- a runtime ends ---- */

static int sleep_a_little(void *arg, aw_error *err)
{
    (void)arg;
    (void)err;
    usleep(2000);
    return AW_OK;
}

static void count_closed(const aw_error *err, void *ud)
{
    if (!err || err->code == AW_E_CLOSED)
        atomic_fetch_add((atomic_int *)ud, 1);
}

static void count_closed_answer(const aw_error *err, const aw_http_answer *answer, void *ud)
{
    assert_null(answer);
    if (err && err->code == AW_E_CLOSED)
        atomic_fetch_add((atomic_int *)ud, 1);
}

/* Fetches that hang, some of them still waiting for their turn, and functions that have begun or never will. */
static void end_a_runtime(bool threaded)
{
    aw_fake_peer *bob = aw_fake_peer_new();
    aw_runtime *runtime = new_runtime(threaded);
    aw_group *capped = aw_group_new(NULL, AW_WITH(group, .runtime = runtime, .max_in_flight = 10));
    atomic_int fetches, functions;

    atomic_init(&fetches, 0);
    atomic_init(&functions, 0);
    aw_fake_peer_rule(bob, AW_WITH(fake_peer_rule, .fault = AW_FAKE_HANG));
    for (int i = 0; i < MANY; i++) {
        assert_int_equal(aw_http_fetch_async(runtime, AW_WITH(http_fetch, .url = aw_fake_peer_root(bob),
                                                              .group = i % 2 ? capped : NULL),
                                             count_closed_answer, &fetches, NULL), AW_OK);
        assert_int_equal(aw_offload_async(runtime, AW_WITH(offload, .fn = sleep_a_little), count_closed, &functions,
                                          NULL), AW_OK);
    }
    if (threaded)
        assert_true(aw_fake_peer_wait_for(bob, "GET", "/", MANY / 2, PATIENCE_MS));
    aw_group_free(capped);
    aw_runtime_free(runtime);
    assert_int_equal(atomic_load(&fetches), MANY);
    assert_int_equal(atomic_load(&functions), MANY);
    aw_fake_peer_free(bob);
}

static void ending_a_runtime_closes_all(void **state)
{
    (void)state;
    end_a_runtime(true);
    end_a_runtime(false); /* nobody has ever run it */
}

/* ---- an app ends ---- */

enum { OPERATIONS_MAX = 32 };

static test_ask asks[ROUNDS][OPERATIONS_MAX];
static test_done dones[ROUNDS][OPERATIONS_MAX];

/* A fetch is the runtime's, not the app's. */
static bool is_the_apps(const test_operation *o)
{
    return strcmp(o->name, "http_fetch") != 0;
}

/* Every operation, many times, all at a peer that never answers. */
static size_t start_all(test_app *app, aw_fake_peer *bob)
{
    size_t started = 0;

    for (int round = 0; round < ROUNDS; round++)
        for (size_t i = 0; i < test_operation_count; i++)
            test_operation_prepare(&test_operations[i], app, bob, "somebody", &asks[round][i]);
    aw_fake_peer_reset_rules(bob);
    aw_fake_peer_clear(bob);
    aw_fake_peer_rule(bob, AW_WITH(fake_peer_rule, .fault = AW_FAKE_HANG));
    for (int round = 0; round < ROUNDS; round++)
        for (size_t i = 0; i < test_operation_count; i++) {
            test_done_init(&dones[round][i]);
            if (!is_the_apps(&test_operations[i]))
                continue;
            assert_int_equal(test_operation_start(&test_operations[i], &asks[round][i], &dones[round][i], NULL), AW_OK);
            test_ask_free(&asks[round][i]); /* a handle is not needed any more */
            started++;
        }
    return started;
}

static void assert_all_closed(void)
{
    for (int round = 0; round < ROUNDS; round++)
        for (size_t i = 0; i < test_operation_count; i++) {
            const test_done *d = &dones[round][i];
            bool expected = is_the_apps(&test_operations[i]);

            if (d->calls != expected || (expected && d->error.code != AW_E_CLOSED))
                fail_msg("%s: %d callbacks, %s", test_operations[i].name, d->calls, aw_code_name(d->error.code));
            test_ask_free(&asks[round][i]);
            test_done_free(&dones[round][i]);
        }
}

static void end_an_app(aw_runtime *runtime, bool asked)
{
    aw_fake_peer *bob = aw_fake_peer_new();
    test_app app;

    assert_true(test_operation_count <= OPERATIONS_MAX);
    test_app_open(&app, AW_WITH(app, .workers = 2, .runtime = runtime));
    size_t started = start_all(&app, bob);

    assert_true(started >= 200);
    if (asked)
        assert_true(aw_fake_peer_wait_for(bob, NULL, NULL, started, PATIENCE_MS));
    test_app_close(&app);
    assert_all_closed();
    aw_fake_peer_free(bob);
}

static void ending_an_app_closes_all(void **state)
{
    (void)state;
    end_an_app(NULL, true);
    end_an_app(NULL, false); /* while they begin */
}

static void ending_an_app_leaves_a_borrowed_runtime(void **state)
{
    aw_runtime *runtime = new_runtime(true);
    aw_error err = {0};

    (void)state;
    end_an_app(runtime, true);
    assert_int_equal(aw_runtime_in_flight(runtime), 0);
    assert_int_equal(aw_offload(runtime, AW_WITH(offload, .fn = sleep_a_little), &err), AW_OK);
    aw_runtime_free(runtime);
}

static void ending_an_app_on_a_runtime_that_nobody_runs(void **state)
{
    aw_runtime *runtime = new_runtime(false);

    (void)state;
    end_an_app(runtime, false);
    assert_int_equal(aw_runtime_in_flight(runtime), 0);
    aw_runtime_free(runtime);
}

/* ---- handles and inputs ---- */

static void handles_are_counted(void **state)
{
    test_app app;
    char id[64];

    (void)state;
    test_app_open(&app, NULL);
    aw_actor *actor = test_app_actor(&app, "alice");

    snprintf(id, sizeof(id), "%s", aw_actor_id(actor));
    assert_ptr_equal(aw_actor_ref(actor), actor);
    assert_ptr_equal(aw_actor_app(actor), app.app);
    aw_actor_unref(actor);
    assert_string_equal(aw_actor_id(actor), id);
    assert_string_equal(aw_actor_creator(actor), "alice");
    assert_string_equal(aw_actor_passphrase(actor), "passphrase-of-alice");
    assert_non_null(strstr(aw_actor_url(actor), id));
    aw_actor_unref(actor);
    test_app_close(&app);
}

/* What is handed over is the caller's again as soon as the call returns. */
static void inputs_are_copied(void **state)
{
    test_app app;
    test_ask ask;
    test_done trust, created;
    aw_fake_peer *bob = aw_fake_peer_new();
    char url[64], relationship[] = "friend", secret[] = "a-secret", desc[] = "Bob";
    aw_fake_peer_request request;
    size_t index = 0;

    (void)state;
    test_app_open(&app, NULL);
    test_operation_prepare(&(test_operation){0}, &app, bob, "alice", &ask);
    snprintf(url, sizeof(url), "%s", ask.peer_url);
    test_done_init(&trust);
    test_done_init(&created);
    aw_fake_peer_rule(bob, AW_WITH(fake_peer_rule, .path = "/bob/meta", .delay_ms = 100));
    {
        aw_trust_create_reciprocal_params p = {.size = sizeof(p), .peer_url = url, .relationship = relationship,
                                               .secret = secret, .desc = desc};
        const test_operation *o = &test_operations[1];

        assert_string_equal(o->name, "trust_create_reciprocal");
        assert_int_equal(o->start(&ask, &p, &trust, NULL), AW_OK);
        memset(&p, 0xee, sizeof(p));
    }
    memset(url, 'x', sizeof(url));
    memset(relationship, 'x', sizeof(relationship));
    memset(secret, 'x', sizeof(secret));
    memset(desc, 'x', sizeof(desc));
    assert_true(test_done_wait(&trust));
    assert_int_equal(trust.error.code, AW_OK);
    assert_string_equal(aw_trust_baseuri(trust.trust), ask.peer_url);
    assert_string_equal(aw_trust_relationship(trust.trust), "friend");
    assert_string_equal(aw_trust_secret(trust.trust), "a-secret");
    assert_string_equal(aw_trust_desc(trust.trust), "Bob");

    for (size_t i = 0; i < test_operation_count; i++)
        if (!strcmp(test_operations[i].name, "proxy_create_resource"))
            assert_int_equal(test_operation_start(&test_operations[i], &ask, &created, NULL), AW_OK);
    json_object_set_new(ask.data, "colour", json_string("red"));
    assert_true(test_done_wait(&created));
    while (aw_fake_peer_get(bob, index, &request) && strcmp(request.path, "/bob/properties"))
        index++;
    assert_true(aw_fake_peer_get(bob, index, &request));
    assert_string_equal(request.body, "{\"colour\":\"green\"}");
    test_done_free(&trust);
    test_done_free(&created);
    test_ask_free(&ask);
    test_app_close(&app);
    aw_fake_peer_free(bob);
}

/* ---- groups ---- */

struct group_end {
    atomic_int members, ends;
    atomic_size_t succeeded, canceled;
};

static void on_member(const aw_error *err, const aw_http_answer *answer, void *ud)
{
    struct group_end *end = ud;

    (void)err;
    (void)answer;
    atomic_fetch_add(&end->members, 1);
}

static void on_group_end(aw_group *group, const aw_group_result *result, void *ud)
{
    struct group_end *end = ud;

    (void)group;
    atomic_store(&end->succeeded, result->succeeded);
    atomic_store(&end->canceled, result->canceled);
    assert_int_equal(atomic_load(&end->members), MANY); /* after the last of them */
    atomic_fetch_add(&end->ends, 1);
}

static void groups_outlive_their_handles(void **state)
{
    aw_fake_peer *bob = aw_fake_peer_new();
    aw_runtime *runtime = new_runtime(true);
    struct group_end end = {0};

    (void)state;
    aw_fake_peer_rule(bob, AW_WITH(fake_peer_rule, .status = 200, .delay_ms = 50));
    for (int canceled = 0; canceled < 2; canceled++) {
        aw_group *group = aw_group_new(NULL, AW_WITH(group, .runtime = runtime, .max_in_flight = 100));

        atomic_store(&end.members, 0);
        atomic_store(&end.ends, 0);
        for (int i = 0; i < MANY; i++)
            assert_int_equal(aw_http_fetch_async(runtime, AW_WITH(http_fetch, .url = aw_fake_peer_root(bob),
                                                                  .group = group), on_member, &end, NULL), AW_OK);
        assert_int_equal(aw_group_on_done(group, on_group_end, &end), AW_OK);
        if (canceled)
            aw_group_cancel(group);
        aw_group_free(group);
        for (int64_t until = ms_now() + PATIENCE_MS; !atomic_load(&end.ends) && ms_now() < until;)
            usleep(1000);
        assert_int_equal(atomic_load(&end.ends), 1);
        assert_int_equal(atomic_load(&end.succeeded) + atomic_load(&end.canceled), MANY);
        assert_true(canceled ? atomic_load(&end.canceled) > 0 : atomic_load(&end.succeeded) == MANY);
    }
    aw_runtime_free(runtime);
    aw_fake_peer_free(bob);
}

/* ---- two apps on one runtime ---- */

static struct world {
    aw_runtime *runtime;
    bool embedded;
    int epoll_fd;
    aw_epoll adapter;
    test_app a, b;
    aw_actor *alice, *bob;
    const char *alice_id, *bob_id;
} w;

static void turn(void)
{
    struct epoll_event events[MAX_EVENTS];

    if (!w.embedded) {
        usleep(1000);
        return;
    }
    int n = epoll_wait(w.epoll_fd, events, MAX_EVENTS, 20);

    for (int i = 0; i < n; i++)
        assert_true(aw_epoll_handle(&w.adapter, &events[i]));
}

/* Waits for one operation, and expects success. */
static void await(test_done *d, int rc, const char *what)
{
    int64_t until = ms_now() + PATIENCE_MS;

    assert_int_equal(rc, AW_OK);
    assert_true(w.embedded ? test_done_calls(d) == 0 : true); /* never inside the call that started it */
    while (!test_done_calls(d) && ms_now() < until)
        turn();
    assert_int_equal(test_done_calls(d), 1);
    if (d->error.code)
        fail_msg("%s: %s %s", what, aw_code_name(d->error.code), d->error.message);
    assert_int_equal(pthread_equal(d->thread, pthread_self()) != 0, w.embedded);
}

static bool until(bool (*happened)(void))
{
    int64_t end = ms_now() + PATIENCE_MS;

    while (!happened() && ms_now() < end)
        turn();
    return happened();
}

static void on_trust(const aw_error *err, const aw_trust *trust, void *ud)
{
    test_done *d = ud;

    pthread_mutex_lock(&d->lock);
    d->calls++;
    d->thread = pthread_self();
    d->error = err ? *err : (aw_error){0};
    d->trust = trust ? aw_trust_dup(trust) : NULL;
    pthread_mutex_unlock(&d->lock);
}

static void on_subscription(const aw_error *err, const aw_subscription *subscription, void *ud)
{
    test_done *d = ud;

    pthread_mutex_lock(&d->lock);
    d->calls++;
    d->thread = pthread_self();
    d->error = err ? *err : (aw_error){0};
    d->subscription = subscription ? aw_subscription_dup(subscription) : NULL;
    pthread_mutex_unlock(&d->lock);
}

static void on_done(const aw_error *err, void *ud)
{
    test_done *d = ud;

    pthread_mutex_lock(&d->lock);
    d->calls++;
    d->thread = pthread_self();
    d->error = err ? *err : (aw_error){0};
    pthread_mutex_unlock(&d->lock);
}

static void open_world(bool embedded)
{
    w.embedded = embedded;
    w.runtime = new_runtime(!embedded);
    if (embedded) {
        w.epoll_fd = epoll_create1(EPOLL_CLOEXEC);
        assert_true(w.epoll_fd >= 0);
        assert_int_equal(aw_epoll_attach(&w.adapter, w.epoll_fd, w.runtime), AW_OK);
    }
    test_app_open(&w.a, AW_WITH(app, .runtime = w.runtime, .subscription_processing = true));
    test_app_open(&w.b, AW_WITH(app, .runtime = w.runtime, .subscription_processing = true));
    w.alice = test_app_actor(&w.a, "alice");
    w.bob = test_app_actor(&w.b, "bob");
    w.alice_id = aw_actor_id(w.alice);
    w.bob_id = aw_actor_id(w.bob);
}

static void close_world(void)
{
    aw_actor_unref(w.alice);
    aw_actor_unref(w.bob);
    test_app_close(&w.a);
    test_app_close(&w.b);
    if (w.embedded) {
        aw_epoll_detach(&w.adapter);
        close(w.epoll_fd);
    }
    aw_runtime_free(w.runtime);
    memset(&w, 0, sizeof(w));
}

static bool alice_knows_that_bob_approved(void)
{
    aw_trust *trust = NULL;
    bool approved = aw_trust_get(w.alice, w.bob_id, &trust, NULL) == AW_OK && aw_trust_peer_approved(trust);

    aw_trust_free(trust);
    return approved;
}

static void trust_each_other(void)
{
    test_done asked, approved;
    aw_trust *trust = NULL;
    aw_error err = {0};

    test_done_init(&asked);
    test_done_init(&approved);
    await(&asked, aw_trust_create_reciprocal_async(w.alice,
                                                   AW_WITH(trust_create_reciprocal, .peer_url = aw_actor_url(w.bob),
                                                           .relationship = "friend"), on_trust, &asked, NULL),
          "trust");
    assert_string_equal(aw_trust_peer_id(asked.trust), w.bob_id);
    assert_int_equal(aw_trust_get(w.bob, w.alice_id, &trust, &err), AW_OK);
    assert_string_equal(aw_trust_secret(trust), aw_trust_secret(asked.trust));
    assert_true(aw_trust_verified(trust));
    assert_true(aw_trust_peer_approved(trust));
    assert_false(aw_trust_approved(trust));
    aw_trust_free(trust);
    await(&approved, aw_trust_modify_and_notify_async(w.bob,
                                                      AW_WITH(trust_modify_and_notify, .peer_id = w.alice_id,
                                                              .approved = AW_SET), on_trust, &approved, NULL),
          "approval");
    assert_true(until(alice_knows_that_bob_approved));
    test_done_free(&asked);
    test_done_free(&approved);
}

static char *kept_of_bob(const char *name)
{
    json_t *value = NULL;
    char *text = NULL;

    if (aw_remote_get(w.alice, w.bob_id, name, &value, NULL) == AW_OK)
        text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY | JSON_SORT_KEYS);
    json_decref(value);
    return text;
}

static bool keeps(const char *name, const char *wanted)
{
    char *text = kept_of_bob(name);
    bool same = text && !strcmp(text, wanted);

    free(text);
    return same;
}

static bool green_arrived(void)
{
    return keeps("colour", "\"green\"");
}

static void set_of_bob(const char *name, const char *text)
{
    aw_error err = {0};
    json_t *value = json_string(text);

    if (aw_property_set(w.bob, name, value, &err))
        fail_msg("no property: %s", err.message);
    json_decref(value);
}

static bool nothing_is_left(void)
{
    return test_count_trusts(w.alice) == 0 && test_count_trusts(w.bob) == 0 && test_count_subscriptions(w.alice) == 0 &&
           test_count_subscriptions(w.bob) == 0 && aw_runtime_in_flight(w.runtime) == 0;
}

static void talk(bool embedded)
{
    test_done subscribed, ended, deleted;

    open_world(embedded);
    test_done_init(&subscribed);
    test_done_init(&ended);
    test_done_init(&deleted);
    trust_each_other();
    set_of_bob("colour", "blue");
    await(&subscribed, aw_subscription_subscribe_to_peer_async(w.alice,
                                                               AW_WITH(subscription_subscribe_to_peer,
                                                                       .peer_id = w.bob_id), on_subscription,
                                                               &subscribed, NULL),
          "subscription");
    assert_true(keeps("colour", "\"blue\"")); /* the baseline */
    set_of_bob("colour", "green");
    assert_true(until(green_arrived));
    await(&ended, aw_subscription_unsubscribe_async(w.alice,
                                                    AW_WITH(subscription_unsubscribe, .peer_id = w.bob_id,
                                                            .subscription_id =
                                                                aw_subscription_id(subscribed.subscription)),
                                                    on_done, &ended, NULL),
          "unsubscribing");
    assert_int_equal(test_count_subscriptions(w.bob), 0);
    assert_true(keeps(NULL, "{}"));
    await(&deleted, aw_trust_delete_reciprocal_async(w.alice, AW_WITH(trust_delete_reciprocal, .peer_id = w.bob_id),
                                                     on_done, &deleted, NULL),
          "deletion");
    assert_true(until(nothing_is_left));
    test_done_free(&subscribed);
    test_done_free(&ended);
    test_done_free(&deleted);
    close_world();
}

static void two_apps_talk_in_the_thread_of_a_runtime(void **state)
{
    (void)state;
    talk(false);
}

static void two_apps_talk_in_a_loop_of_the_tests(void **state)
{
    (void)state;
    talk(true);
}

/* The synchronous forms run the embedded loop while they wait. */
static void waiting_runs_an_embedded_runtime(void **state)
{
    aw_error err = {0};
    json_t *answer = NULL;

    (void)state;
    open_world(true);
    trust_each_other();
    set_of_bob("colour", "blue");
    if (aw_proxy_get_resource(w.alice, AW_WITH(proxy_get_resource, .peer_id = w.bob_id, .path = "properties/colour"),
                              &answer, &err))
        fail_msg("no answer: %s", err.message);
    json_decref(answer);
    assert_int_equal(aw_actor_delete(w.alice, NULL, &err), AW_OK);
    assert_true(until(nothing_is_left));
    close_world();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ending_a_runtime_closes_all),
        cmocka_unit_test(ending_an_app_closes_all),
        cmocka_unit_test(ending_an_app_leaves_a_borrowed_runtime),
        cmocka_unit_test(ending_an_app_on_a_runtime_that_nobody_runs),
        cmocka_unit_test(handles_are_counted),
        cmocka_unit_test(inputs_are_copied),
        cmocka_unit_test(groups_outlive_their_handles),
        cmocka_unit_test(two_apps_talk_in_the_thread_of_a_runtime),
        cmocka_unit_test(two_apps_talk_in_a_loop_of_the_tests),
        cmocka_unit_test(waiting_runs_an_embedded_runtime),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
