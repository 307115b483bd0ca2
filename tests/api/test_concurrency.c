/*
 * Many at once: a hundred pairs of actors in two apps that hold every conversation at the same time, a thousand peers
 * that never answer, and groups with a cap and a deadline.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

#include <actingweb/test/fake_peer.h>

#include "support/apps.h"

enum { PAIRS = 100, HANGING = 1000, SPARE_DESCRIPTORS = 300, PATIENCE_MS = 20000 };

/* ---- a hundred pairs ---- */

struct pair {
    aw_actor *alice, *bob;
    char subscription_id[64];
    atomic_int calls, failures;
};

static test_app a, b;
static struct pair pairs[PAIRS];

static void note(struct pair *pair, const aw_error *err)
{
    atomic_fetch_add(&pair->calls, 1);
    if (!err)
        return;
    atomic_fetch_add(&pair->failures, 1);
    print_message("%s: %s\n", aw_code_name(err->code), err->message);
}

static void on_trust(const aw_error *err, const aw_trust *trust, void *ud)
{
    (void)trust;
    note(ud, err);
}

static void on_subscription(const aw_error *err, const aw_subscription *subscription, void *ud)
{
    struct pair *pair = ud;

    if (subscription)
        snprintf(pair->subscription_id, sizeof(pair->subscription_id), "%s", aw_subscription_id(subscription));
    note(pair, err);
}

static void on_answer(const aw_error *err, json_t *answer, void *ud)
{
    (void)answer;
    note(ud, err);
}

static void on_done(const aw_error *err, void *ud)
{
    note(ud, err);
}

static int ask(struct pair *p, aw_group *group)
{
    return aw_trust_create_reciprocal_async(p->alice,
                                            AW_WITH(trust_create_reciprocal, .peer_url = aw_actor_url(p->bob),
                                                    .relationship = "friend", .group = group), on_trust, p, NULL);
}

static int approve(struct pair *p, aw_group *group)
{
    return aw_trust_modify_and_notify_async(p->bob,
                                            AW_WITH(trust_modify_and_notify, .peer_id = aw_actor_id(p->alice),
                                                    .approved = AW_SET, .group = group), on_trust, p, NULL);
}

static int subscribe(struct pair *p, aw_group *group)
{
    return aw_subscription_subscribe_to_peer_async(p->alice,
                                                   AW_WITH(subscription_subscribe_to_peer,
                                                           .peer_id = aw_actor_id(p->bob), .group = group),
                                                   on_subscription, p, NULL);
}

static int look(struct pair *p, aw_group *group)
{
    return aw_proxy_get_resource_async(p->alice,
                                       AW_WITH(proxy_get_resource, .peer_id = aw_actor_id(p->bob),
                                               .path = "properties/colour", .group = group), on_answer, p, NULL);
}

static int meet(struct pair *p, aw_group *group)
{
    return aw_peer_get_info_async(p->bob, AW_WITH(peer_get_info, .peer_id = aw_actor_id(p->alice), .group = group),
                                  on_answer, p, NULL);
}

static int unsubscribe(struct pair *p, aw_group *group)
{
    return aw_subscription_unsubscribe_async(p->alice,
                                             AW_WITH(subscription_unsubscribe, .peer_id = aw_actor_id(p->bob),
                                                     .subscription_id = p->subscription_id, .group = group),
                                             on_done, p, NULL);
}

static int end_trust(struct pair *p, aw_group *group)
{
    return aw_trust_delete_reciprocal_async(p->alice,
                                            AW_WITH(trust_delete_reciprocal, .peer_id = aw_actor_id(p->bob),
                                                    .group = group), on_done, p, NULL);
}

/* All pairs at once; the group is of whoever starts. */
static void all(const char *what, int (*start)(struct pair *pair, aw_group *group), aw_app *starter)
{
    aw_group *group = aw_group_new(NULL, AW_WITH(group, .runtime = aw_app_runtime(starter), .deadline_ms = 20000));
    aw_group_result result;
    aw_error err = {0};

    assert_non_null(group);
    for (size_t i = 0; i < PAIRS; i++) {
        atomic_store(&pairs[i].calls, 0);
        assert_int_equal(start(&pairs[i], group), AW_OK);
    }
    assert_int_equal(aw_group_wait(group, &result, &err), AW_OK);
    if (result.succeeded != PAIRS)
        fail_msg("%s: %zu of %d", what, result.succeeded, PAIRS);
    for (size_t i = 0; i < PAIRS; i++)
        assert_int_equal(atomic_load(&pairs[i].calls), 1);
    aw_group_free(group);
}

static bool arrived(const struct pair *pair)
{
    json_t *value = NULL;
    bool green = aw_remote_get(pair->alice, aw_actor_id(pair->bob), "colour", &value, NULL) == AW_OK &&
                 json_is_string(value) && !strcmp(json_string_value(value), "green");

    json_decref(value);
    return green;
}

static void change_all(void)
{
    json_t *green = json_string("green");
    aw_error err = {0};

    for (size_t i = 0; i < PAIRS; i++)
        assert_int_equal(aw_property_set(pairs[i].bob, "colour", green, &err), AW_OK);
    json_decref(green);
    for (size_t i = 0; i < PAIRS; i++) {
        for (int ms = 0; !arrived(&pairs[i]) && ms < PATIENCE_MS; ms += 5)
            usleep(5000);
        assert_true(arrived(&pairs[i]));
    }
}

static void a_hundred_pairs(void **state)
{
    (void)state;
    test_app_open(&a, AW_WITH(app, .subscription_processing = true, .web_threads = 4));
    test_app_open(&b, AW_WITH(app, .subscription_processing = true, .web_threads = 4));
    memset(pairs, 0, sizeof(pairs));
    for (size_t i = 0; i < PAIRS; i++) {
        pairs[i].alice = test_app_actor(&a, "alice");
        pairs[i].bob = test_app_actor(&b, "bob");
    }
    all("trust", ask, a.app);
    all("approval", approve, b.app);
    all("subscription", subscribe, a.app);
    change_all();
    all("proxy", look, a.app);
    all("info", meet, b.app);
    all("unsubscribing", unsubscribe, a.app);
    all("deletion", end_trust, a.app);
    for (size_t i = 0; i < PAIRS; i++) {
        assert_int_equal(test_count_trusts(pairs[i].alice) + test_count_trusts(pairs[i].bob), 0);
        assert_int_equal(test_count_subscriptions(pairs[i].alice) + test_count_subscriptions(pairs[i].bob), 0);
        assert_int_equal(atomic_load(&pairs[i].failures), 0);
        aw_actor_unref(pairs[i].alice);
        aw_actor_unref(pairs[i].bob);
    }
    assert_true(test_app_is_idle(a.app));
    assert_true(test_app_is_idle(b.app));
    test_app_close(&a);
    test_app_close(&b);
}

/* ---- a thousand that never answer ---- */

/* As many as the descriptors allow: each needs one here and one at the peer. */
static int hanging_count(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit))
        return PAIRS;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    getrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur >= 2 * HANGING + SPARE_DESCRIPTORS)
        return HANGING;
    return limit.rlim_cur > 2 * PAIRS + SPARE_DESCRIPTORS ? (int)(limit.rlim_cur - SPARE_DESCRIPTORS) / 2 : PAIRS;
}

struct count {
    atomic_int calls, timeouts;
};

static void count_timeout(const aw_error *err, json_t *info, void *ud)
{
    struct count *count = ud;

    assert_null(info);
    atomic_fetch_add(&count->calls, 1);
    if (err && err->code == AW_E_TIMEOUT)
        atomic_fetch_add(&count->timeouts, 1);
}

static void a_thousand_that_hang_disturb_nobody(void **state)
{
    aw_fake_peer *bob = aw_fake_peer_new(), *carol = aw_fake_peer_new();
    int hanging = hanging_count();
    struct count count = {0};
    char url[80];
    aw_group_result result;
    aw_error err = {0};

    (void)state;
    aw_fake_peer_rule(bob, AW_WITH(fake_peer_rule, .fault = AW_FAKE_HANG));
    test_app_open(&a, NULL);
    aw_actor *alice = test_app_actor(&a, "alice");
    aw_group *group = aw_group_new(alice, AW_WITH(group, .deadline_ms = 3000));

    snprintf(url, sizeof(url), "%sbob", aw_fake_peer_root(bob));
    for (int i = 0; i < hanging; i++)
        assert_int_equal(aw_peer_get_info_async(alice, AW_WITH(peer_get_info, .peer_url = url, .group = group),
                                                count_timeout, &count, NULL), AW_OK);
    /* Under load the deadline may come before the last has asked; then there are fewer, but the rest holds. */
    bool all_hang = aw_fake_peer_wait_for(bob, "GET", "/bob/meta", (size_t)hanging, 1800);

    snprintf(url, sizeof(url), "%scarol", aw_fake_peer_root(carol));
    for (int i = 0; i < 20; i++)
        assert_int_equal(aw_peer_get_info(alice, AW_WITH(peer_get_info, .peer_url = url), NULL, &err), AW_OK);
    assert_true(!all_hang || aw_runtime_in_flight(aw_app_runtime(a.app)) == (size_t)hanging ||
                atomic_load(&count.timeouts) > 0);
    assert_int_equal(aw_group_wait(group, &result, &err), AW_OK);
    assert_int_equal(result.timed_out, hanging);
    assert_int_equal(atomic_load(&count.calls), hanging);
    assert_int_equal(atomic_load(&count.timeouts), hanging);
    aw_group_free(group);
    aw_actor_unref(alice);
    test_app_close(&a);
    aw_fake_peer_free(bob);
    aw_fake_peer_free(carol);
}

/* ---- caps, deadlines, failures ---- */

static struct {
    aw_fake_peer *peer;
    aw_actor *alice;
    char url[80];
} w;

static int open_one(void **state)
{
    (void)state;
    w.peer = aw_fake_peer_new();
    test_app_open(&a, NULL);
    w.alice = test_app_actor(&a, "alice");
    snprintf(w.url, sizeof(w.url), "%sbob", aw_fake_peer_root(w.peer));
    return w.peer ? 0 : -1;
}

static int close_one(void **state)
{
    (void)state;
    aw_actor_unref(w.alice);
    test_app_close(&a);
    aw_fake_peer_free(w.peer);
    return 0;
}

static void count_call(const aw_error *err, json_t *info, void *ud)
{
    (void)err;
    (void)info;
    atomic_fetch_add((atomic_int *)ud, 1);
}

static void start_many(aw_group *group, int many, atomic_int *calls)
{
    for (int i = 0; i < many; i++)
        assert_int_equal(aw_peer_get_info_async(w.alice, AW_WITH(peer_get_info, .peer_url = w.url, .group = group),
                                                count_call, calls, NULL), AW_OK);
}

static void a_cap_holds(void **state)
{
    aw_group *group = aw_group_new(w.alice, AW_WITH(group, .max_in_flight = 8));
    aw_group_result result;
    aw_error err = {0};
    atomic_int calls;

    (void)state;
    atomic_init(&calls, 0);
    aw_fake_peer_rule(w.peer, AW_WITH(fake_peer_rule, .path = "/bob/meta", .delay_ms = 5));
    start_many(group, 200, &calls);
    assert_int_equal(aw_group_wait(group, &result, &err), AW_OK);
    assert_int_equal(result.succeeded, 200);
    assert_int_equal(atomic_load(&calls), 200);
    assert_true(aw_fake_peer_connections(w.peer) <= 8);
    aw_group_free(group);
}

/* Also those that are still waiting for their turn. */
static void a_deadline_ends_all(void **state)
{
    aw_group *group = aw_group_new(w.alice, AW_WITH(group, .max_in_flight = 8, .deadline_ms = 300));
    aw_group_result result;
    aw_error err = {0};
    atomic_int calls;

    (void)state;
    atomic_init(&calls, 0);
    aw_fake_peer_rule(w.peer, AW_WITH(fake_peer_rule, .path = "/bob/meta", .fault = AW_FAKE_HANG));
    start_many(group, 200, &calls);
    assert_int_equal(aw_group_wait(group, &result, &err), AW_OK);
    assert_int_equal(result.timed_out, 200);
    assert_int_equal(atomic_load(&calls), 200);
    assert_true(aw_fake_peer_count(w.peer) <= 8);
    /* A member that comes too late is told so. */
    assert_int_equal(aw_peer_get_info(w.alice, AW_WITH(peer_get_info, .peer_url = w.url, .group = group), NULL, &err),
                     AW_E_TIMEOUT);
    aw_group_free(group);
}

static void one_failure_touches_no_other(void **state)
{
    aw_group *group = aw_group_new(w.alice, NULL);
    aw_group_result result;
    aw_error err = {0};
    atomic_int calls;

    (void)state;
    atomic_init(&calls, 0);
    aw_fake_peer_rule(w.peer, AW_WITH(fake_peer_rule, .path = "/bob/meta", .status = 500, .times = 30));
    aw_fake_peer_rule(w.peer, AW_WITH(fake_peer_rule, .path = "/bob/meta", .fault = AW_FAKE_TRUNCATE, .times = 20));
    start_many(group, 200, &calls);
    assert_int_equal(aw_group_wait(group, &result, &err), AW_OK);
    assert_int_equal(result.succeeded, 150);
    assert_int_equal(result.failed, 50);
    assert_int_equal(atomic_load(&calls), 200);
    aw_group_free(group);
}

/* Started from many threads, cancelled from another. */
struct starter {
    aw_group *group;
    atomic_int *calls;
    int started;
};

static void *start_some(void *arg)
{
    struct starter *s = arg;

    for (int i = 0; i < 100; i++)
        if (aw_peer_get_info_async(w.alice, AW_WITH(peer_get_info, .peer_url = w.url, .group = s->group), count_call,
                                   s->calls, NULL) == AW_OK)
            s->started++;
    return NULL;
}

static void cancelling_while_threads_start(void **state)
{
    enum { STARTERS = 4 };
    aw_group *group = aw_group_new(w.alice, NULL);
    struct starter starters[STARTERS];
    pthread_t threads[STARTERS];
    aw_group_result result;
    aw_error err = {0};
    atomic_int calls;
    int started = 0;

    (void)state;
    atomic_init(&calls, 0);
    aw_fake_peer_rule(w.peer, AW_WITH(fake_peer_rule, .path = "/bob/meta", .fault = AW_FAKE_HANG));
    for (int i = 0; i < STARTERS; i++) {
        starters[i] = (struct starter){group, &calls, 0};
        assert_int_equal(pthread_create(&threads[i], NULL, start_some, &starters[i]), 0);
    }
    usleep(1000);
    aw_group_cancel(group);
    for (int i = 0; i < STARTERS; i++) {
        pthread_join(threads[i], NULL);
        started += starters[i].started;
    }
    assert_int_equal(aw_group_wait(group, &result, &err), AW_OK);
    assert_int_equal(result.canceled, started);
    assert_int_equal(atomic_load(&calls), started);
    aw_group_free(group);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_one, close_one)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_hundred_pairs),
        cmocka_unit_test(a_thousand_that_hang_disturb_nobody),
        TEST(a_cap_holds),
        TEST(a_deadline_ends_all),
        TEST(one_failure_touches_no_other),
        TEST(cancelling_while_threads_start),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
