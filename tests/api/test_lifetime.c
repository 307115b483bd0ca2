/*
 * What ends while something goes on: apps, runtimes, groups and handles.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "support/operations.h"

enum { ROUNDS = 12, MANY = 300, PATIENCE_MS = 20000 };

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
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
