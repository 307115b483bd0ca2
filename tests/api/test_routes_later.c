/*
 * An application's routes that answer later: from other threads, from the callbacks of operations, from workers; and
 * clients that do not wait.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <actingweb/test/fake_peer.h>

#include "support/apps.h"
#include "support/asking.h"

enum { PATIENCE_MS = 20000, CROWD = 40, HANG_UPS = 10 };

static test_app app;
static aw_actor *alice;
static aw_fake_peer *bob;
static char bob_url[64];
static raw_answer answer;

static bool reaches(const atomic_int *counter, int value)
{
    for (int ms = 0; ms < PATIENCE_MS && atomic_load(counter) < value; ms++)
        usleep(1000);
    return atomic_load(counter) >= value;
}

/* ---- the client ---- */

static raw_http *send_get(const char *path)
{
    return test_send(aw_app_port(app.app), "GET", path, "", "", 0);
}

static int get(const char *path)
{
    return test_request(aw_app_port(app.app), "GET", path, "", "", &answer);
}

static const char *below_alice(const char *path)
{
    static char whole[256];

    snprintf(whole, sizeof(whole), "/%s%s", aw_actor_id(alice), path);
    return whole;
}

/* ---- later ---- */

static json_t *describe(const aw_request *r)
{
    return json_pack("{s:s,s:s*}", "thing", aw_request_segment(r, "thing"), "q", aw_request_query(r, "q"));
}

static aw_request *deferred[CROWD];
static atomic_int slots, deferrals; /* taken, filled */

static void defer(aw_request *r, void *ud)
{
    (void)ud;
    aw_request_defer(r);
    aw_request_defer(r); /* once is enough, and twice is harmless */
    int slot = atomic_fetch_add(&slots, 1);

    assert_true(slot < CROWD);
    deferred[slot] = r;
    atomic_fetch_add(&deferrals, 1);
}

static void *answer_the_crowd(void *arg)
{
    (void)arg;
    for (int i = 0; i < CROWD; i++) {
        json_t *body = describe(deferred[i]); /* what it brought is still there */

        assert_int_equal(aw_request_reply(deferred[i], 202, body), AW_OK);
        json_decref(body);
    }
    return NULL;
}

/* Many more than there are web threads: none of these waits. */
static void a_crowd_is_answered_by_another_thread(void **state)
{
    raw_http *clients[CROWD];
    pthread_t thread;
    char path[32];

    (void)state;
    atomic_store(&slots, 0);
    atomic_store(&deferrals, 0);
    for (int i = 0; i < CROWD; i++) {
        snprintf(path, sizeof(path), "/later/%d?q=%d", i, i);
        clients[i] = send_get(path);
    }
    assert_true(reaches(&deferrals, CROWD));
    assert_int_equal(get("/at-once"), 203);
    assert_int_equal(pthread_create(&thread, NULL, answer_the_crowd, NULL), 0);
    pthread_join(thread, NULL);
    for (int i = 0; i < CROWD; i++) {
        char number[16];

        snprintf(number, sizeof(number), "%d", i);
        assert_true(raw_receive(clients[i], &answer));
        assert_int_equal(answer.status, 202);
        test_answer_has(&answer, "thing", number);
        test_answer_has(&answer, "q", number);
        raw_close(clients[i]);
    }
}

static void defer_and_answer(aw_request *r, void *ud)
{
    (void)ud;
    aw_request_defer(r);
    assert_int_equal(aw_request_reply(r, 203, NULL), AW_OK);
}

/* By a worker, in a function of the application's. */
static int answer_on_worker(void *arg, aw_error *err)
{
    (void)err;
    usleep(1000);
    aw_request_reply(arg, 206, NULL);
    return AW_OK;
}

static void ignore(const aw_error *err, void *ud)
{
    (void)err;
    (void)ud;
}

static void offload(aw_request *r, void *ud)
{
    (void)ud;
    aw_request_defer(r);
    assert_int_equal(aw_offload_async(aw_app_runtime(app.app), AW_WITH(offload, .fn = answer_on_worker, .arg = r),
                                      ignore, NULL, NULL), AW_OK);
}

static void answers_from_elsewhere(void **state)
{
    (void)state;
    assert_int_equal(get("/at-once"), 203);
    assert_int_equal(get("/offloaded"), 206);
}

/* ---- for a peer's answer ---- */

static atomic_int asked, completed, canceled, others;

static void on_info(const aw_error *err, json_t *info, void *ud)
{
    aw_request *r = ud;

    if (err && err->code == AW_E_CANCELED)
        atomic_fetch_add(&canceled, 1);
    if (err)
        aw_request_reply_error(r, err);
    else
        aw_request_reply(r, 200, info);
    atomic_fetch_add(&completed, 1);
}

static void on_member(const aw_error *err, json_t *info, void *ud)
{
    (void)info;
    (void)ud;
    if (err && err->code == AW_E_CANCELED)
        atomic_fetch_add(&canceled, 1);
    atomic_fetch_add(&completed, 1);
}

static void on_other(const aw_error *err, json_t *info, void *ud)
{
    (void)info;
    (void)ud;
    atomic_fetch_add(&others, err ? 100 : 1);
}

/* Two for the request, of which one answers it, and one that is nobody's. */
static void ask(aw_request *r, void *ud)
{
    aw_actor *actor = aw_request_actor(r);
    char carol[80];

    (void)ud;
    snprintf(carol, sizeof(carol), "%scarol", aw_fake_peer_root(bob));
    aw_request_defer(r);
    assert_int_equal(aw_peer_get_info_async(actor, AW_WITH(peer_get_info, .peer_url = carol), on_other, NULL, NULL),
                     AW_OK);
    assert_int_equal(aw_peer_get_info_async(actor, AW_WITH(peer_get_info, .peer_url = bob_url,
                                                           .group = aw_request_group(r)), on_member, NULL, NULL),
                     AW_OK);
    assert_int_equal(aw_peer_get_info_async(actor, AW_WITH(peer_get_info, .peer_url = bob_url,
                                                           .group = aw_request_group(r)), on_info, r, NULL), AW_OK);
    atomic_fetch_add(&asked, 1);
}

static void reset_counters(void)
{
    atomic_store(&asked, 0);
    atomic_store(&completed, 0);
    atomic_store(&canceled, 0);
    atomic_store(&others, 0);
}

static void answers_from_a_callback(void **state)
{
    (void)state;
    reset_counters();
    assert_int_equal(get(below_alice("/ask")), 200);
    test_answer_has(&answer, "id", "bob");
    assert_true(reaches(&completed, 2));
    aw_fake_peer_rule(bob, AW_WITH(fake_peer_rule, .path = "/bob/meta", .status = 503, .headers = "Retry-After: 9\r\n",
                                   .times = 2));
    assert_int_equal(get(below_alice("/ask")), 502);
    assert_string_equal(raw_header(&answer, "Retry-After"), "9");
    aw_fake_peer_rule(bob, AW_WITH(fake_peer_rule, .path = "/bob/meta", .body = "{\"id\"", .times = 2));
    assert_int_equal(get(below_alice("/ask")), 502);
    assert_non_null(strstr(answer.body, "\"peer_protocol\""));
    assert_true(reaches(&others, 3));
    assert_true(reaches(&completed, 6)); /* so that none is counted in another test */
    assert_int_equal(atomic_load(&canceled), 0);
}

static void a_client_that_hangs_up(void **state)
{
    (void)state;
    reset_counters();
    aw_fake_peer_clear(bob);
    aw_fake_peer_rule(bob, AW_WITH(fake_peer_rule, .path = "/bob/meta", .fault = AW_FAKE_HANG));
    aw_fake_peer_rule(bob, AW_WITH(fake_peer_rule, .path = "/carol/meta", .delay_ms = 300));
    for (int i = 0; i < HANG_UPS; i++) {
        raw_http *client = send_get(below_alice("/ask"));

        assert_true(reaches(&asked, i + 1));
        assert_true(aw_fake_peer_wait_for(bob, "GET", "/bob/meta", 2 * (size_t)(i + 1), PATIENCE_MS));
        (i % 2 ? raw_close : raw_reset)(client);
    }
    assert_true(reaches(&completed, 2 * HANG_UPS));
    assert_int_equal(atomic_load(&canceled), 2 * HANG_UPS);
    assert_true(reaches(&others, HANG_UPS)); /* what was not the request's goes on */
    assert_int_equal(atomic_load(&others), HANG_UPS);
    assert_true(test_app_is_idle(app.app));
    aw_fake_peer_reset_rules(bob);
}

static void on_quiet_info(const aw_error *err, json_t *info, void *ud)
{
    if (err)
        aw_request_reply_error(ud, err);
    else
        aw_request_reply(ud, 200, info);
}

/* The client may have gone before anything is started: the group then takes nothing any more. */
static void ask_quietly(aw_request *r, void *ud)
{
    (void)ud;
    aw_request_defer(r);
    int rc = aw_peer_get_info_async(aw_request_actor(r), AW_WITH(peer_get_info, .peer_url = bob_url,
                                                                 .group = aw_request_group(r)), on_quiet_info, r, NULL);

    if (rc)
        aw_request_reply_error(r, &(aw_error){.code = rc});
}

static void clients_that_hang_up_at_once(void **state)
{
    (void)state;
    aw_fake_peer_rule(bob, AW_WITH(fake_peer_rule, .path = "/bob/meta", .delay_ms = 100));
    for (int i = 0; i < 5 * HANG_UPS; i++) {
        raw_http *client = send_get(below_alice("/ask-quietly"));

        if (i % 3 == 0)
            usleep(500);
        (i % 2 ? raw_close : raw_reset)(client);
    }
    assert_int_equal(get(below_alice("/ask-quietly")), 200);
    assert_true(test_app_is_idle(app.app));
    aw_fake_peer_reset_rules(bob);
}

/* Nobody is there to be answered any more, and that is no error. */
static void an_answer_that_nobody_waits_for(void **state)
{
    (void)state;
    atomic_store(&slots, 0);
    atomic_store(&deferrals, 0);
    raw_http *client = send_get("/later/x");

    assert_true(reaches(&deferrals, 1));
    raw_close(client);
    usleep(50000);
    json_t *body = describe(deferred[0]);

    assert_int_equal(aw_request_reply(deferred[0], 200, body), AW_OK);
    json_decref(body);
    assert_int_equal(get("/at-once"), 203);
}

/* ---- the end ---- */

static void ending_answers_what_was_deferred(void **state)
{
    aw_error err = {0};

    (void)state;
    reset_counters();
    aw_fake_peer_clear(bob);
    aw_fake_peer_rule(bob, AW_WITH(fake_peer_rule, .path = "/bob/meta", .fault = AW_FAKE_HANG));
    raw_http *client = send_get(below_alice("/ask"));

    assert_true(reaches(&asked, 1));
    assert_true(aw_fake_peer_wait_for(bob, "GET", "/bob/meta", 2, PATIENCE_MS));
    assert_int_equal(aw_app_drain(app.app, 20, &err), AW_E_TIMEOUT);
    aw_actor_unref(alice);
    alice = NULL;
    aw_app_free(app.app);
    app.app = NULL;
    assert_int_equal(atomic_load(&completed), 2);
    assert_int_equal(atomic_load(&canceled), 2);
    assert_true(raw_receive(client, &answer));
    assert_int_equal(answer.status, 503);
    raw_close(client);
}

/* ---- fixture ---- */

static void add(const char *method, const char *pattern, aw_route_handler *handler, void *ud)
{
    aw_error err = {0};

    if (aw_app_route(app.app, method, pattern, handler, ud, &err))
        fail_msg("no route: %s", err.message);
}

static int open_all(void **state)
{
    aw_error err = {0};

    (void)state;
    bob = aw_fake_peer_new();
    snprintf(bob_url, sizeof(bob_url), "%sbob", aw_fake_peer_root(bob));
    test_app_new(&app, NULL);
    alice = test_app_actor(&app, "alice"); /* its URL is not known yet: only its id is used */
    add("GET", "/later/{thing}", defer, NULL);
    add("GET", "/at-once", defer_and_answer, NULL);
    add("GET", "/offloaded", offload, NULL);
    add("GET", "/{actor_id}/ask", ask, NULL);
    add("GET", "/{actor_id}/ask-quietly", ask_quietly, NULL);
    return aw_app_listen(app.app, &err);
}

static int close_all(void **state)
{
    (void)state;
    aw_actor_unref(alice);
    test_app_close(&app);
    aw_fake_peer_free(bob);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_crowd_is_answered_by_another_thread),
        cmocka_unit_test(answers_from_elsewhere),
        cmocka_unit_test(answers_from_a_callback),
        cmocka_unit_test(a_client_that_hangs_up),
        cmocka_unit_test(clients_that_hang_up_at_once),
        cmocka_unit_test(an_answer_that_nobody_waits_for),
        cmocka_unit_test(ending_answers_what_was_deferred), /* last: it ends the app */
    };

    return cmocka_run_group_tests(tests, open_all, close_all);
}
