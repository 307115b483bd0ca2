/*
 * Two apps on one runtime that talk to each other, from the first request for trust until nothing is left: in the
 * thread of a runtime, and in a loop of the test's.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "adapters/epoll.h"
#include "support/operations.h"

enum { PATIENCE_MS = 20000, MAX_EVENTS = 4 };

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
        cmocka_unit_test(two_apps_talk_in_the_thread_of_a_runtime),
        cmocka_unit_test(two_apps_talk_in_a_loop_of_the_tests),
        cmocka_unit_test(waiting_runs_an_embedded_runtime),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
