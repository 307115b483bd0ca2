/*
 * aw_http_fetch: both forms, its answer, cancelling, groups, and running out of memory at every allocation.
 */
#include "client_support.h"

#include "base/alloc.h"
#include "runtime/group.h"
#include <actingweb/http.h>
#include <actingweb/op.h>

/* What a callback was told. */
struct told {
    atomic_int times;
    int code;
    int status;
    char message[256];
    char body[64];
};

static void on_answer(const aw_error *err, const aw_http_answer *answer, void *ud)
{
    struct told *told = ud;
    size_t bytes;

    if (err) {
        told->code = err->code;
        snprintf(told->message, sizeof(told->message), "%s", err->message);
        if (answer)
            told->code = 1; /* must be NULL then */
    } else {
        told->code = AW_OK;
        told->status = aw_http_answer_status(answer);
        snprintf(told->body, sizeof(told->body), "%s", (const char *)aw_http_answer_body(answer, &bytes));
    }
    atomic_fetch_add(&told->times, 1);
}

static void wait_told(struct told *told)
{
    for (int waited = 0; !atomic_load(&told->times); waited += 2) {
        if (waited > PATIENCE_MS)
            fail_msg("no callback");
        sleep_ms(2);
    }
    assert_int_equal(atomic_load(&told->times), 1);
}

static const char *url_of(struct world *world, const char *path)
{
    static char url[256];

    snprintf(url, sizeof(url), "%s%s", aw_fake_peer_root(world->peer), path);
    return url;
}

static void fetches(void **state)
{
    aw_http_answer *answer = NULL;
    struct world world;
    size_t bytes = 0;

    (void)state;
    world_open(&world, WORLD());
    aw_fake_peer_rule(world.peer, AW_WITH(fake_peer_rule, .path = "/x", .status = 404, .body = "gone",
                                          .headers = "X-One: 1\r\nx-empty:\r\nX-Two:  a b \r\n"));
    assert_int_equal(aw_http_fetch(world.runtime, AW_WITH(http_fetch, .url = url_of(&world, "x")), &answer, NULL),
                     AW_OK);
    assert_int_equal(aw_http_answer_status(answer), 404);
    assert_string_equal(aw_http_answer_body(answer, &bytes), "gone");
    assert_int_equal(bytes, 4);
    assert_string_equal(aw_http_answer_body(answer, NULL), "gone");
    assert_string_equal(aw_http_answer_header(answer, "x-one"), "1");
    assert_string_equal(aw_http_answer_header(answer, "X-Empty"), "");
    assert_string_equal(aw_http_answer_header(answer, "X-Two"), "a b");
    assert_string_equal(aw_http_answer_header(answer, "Content-Length"), "4");
    assert_null(aw_http_answer_header(answer, "X"));
    assert_null(aw_http_answer_header(answer, NULL));
    aw_http_answer_free(answer);
    aw_http_answer_free(NULL);
    world_close(&world);
}

static void without_a_thread_for_the_loop(void **state)
{
    aw_http_answer *answer = NULL;
    aw_runtime *runtime = NULL;
    aw_fake_peer *peer = aw_fake_peer_new();
    char url[128];

    (void)state;
    assert_int_equal(aw_runtime_new(AW_WITH(runtime, .allow_private_peers = true), &runtime, NULL), AW_OK);
    snprintf(url, sizeof(url), "%sbob/meta/id", aw_fake_peer_root(peer));
    assert_int_equal(aw_http_fetch(runtime, AW_WITH(http_fetch, .url = url), &answer, NULL), AW_OK);
    assert_string_equal(aw_http_answer_body(answer, NULL), "bob");
    aw_http_answer_free(answer);
    aw_runtime_free(runtime);
    aw_fake_peer_free(peer);
}

/* Everything may be a literal on the caller's stack. */
static int start_with_literals(struct world *world, struct told *told, aw_op *ret_op)
{
    char url[256], header[] = "X-Mine: yes", body[] = "payload";
    const char *headers[] = {header, NULL};
    int rc;

    snprintf(url, sizeof(url), "%s", url_of(world, "bob/properties"));
    rc = aw_http_fetch_async(
        world->runtime,
        AW_WITH(http_fetch, .url = url, .method = "POST", .headers = headers, .body = body, .body_bytes = strlen(body)),
        on_answer, told, ret_op);
    memset(url, '#', sizeof(url));
    memset(header, '#', sizeof(header));
    memset(body, '#', sizeof(body));
    return rc;
}

static void copies_its_inputs(void **state)
{
    struct told told = {0};
    aw_fake_peer_request request;
    struct world world;
    aw_op op = 0;

    (void)state;
    world_open(&world, WORLD());
    assert_int_equal(start_with_literals(&world, &told, &op), AW_OK);
    assert_true(op != 0);
    wait_told(&told);
    assert_int_equal(told.status, 201);
    assert_string_equal(told.body, "payload");
    assert_true(aw_fake_peer_get(world.peer, 0, &request));
    assert_non_null(strstr(request.headers, "X-Mine: yes\r\n"));
    assert_string_equal(request.body, "payload");
    assert_int_equal(aw_op_cancel(world.runtime, op), AW_E_NOT_FOUND);
    world_close(&world);
}

static void bad_arguments(void **state)
{
    static const char *const split[] = {"A: b\r\nC: d", NULL};
    aw_http_answer *answer = NULL;
    aw_error err = {0};
    struct world world;

    (void)state;
    world_open(&world, WORLD());
    assert_int_equal(aw_http_fetch(NULL, AW_WITH(http_fetch, .url = "http://bob/"), &answer, &err), AW_E_INVALID);
    assert_int_equal(aw_http_fetch(world.runtime, NULL, &answer, &err), AW_E_INVALID);
    assert_int_equal(aw_http_fetch(world.runtime, AW_DEFAULTS(http_fetch), &answer, &err), AW_E_INVALID);
    assert_int_equal(aw_http_fetch(world.runtime, AW_WITH(http_fetch, .url = "http://bob/"), NULL, &err), AW_E_INVALID);
    assert_int_equal(aw_http_fetch(world.runtime, AW_WITH(http_fetch, .url = "gopher://bob/"), &answer, &err),
                     AW_E_INVALID);
    assert_int_equal(
        aw_http_fetch(world.runtime, AW_WITH(http_fetch, .url = "http://bob/", .headers = split), &answer, &err),
        AW_E_INVALID);
    assert_int_equal(
        aw_http_fetch(world.runtime, AW_WITH(http_fetch, .url = "http://bob/", .timeout_ms = -1), &answer, &err),
        AW_E_INVALID);
    assert_true(err.message[0]);
    assert_null(answer);
    assert_int_equal(aw_http_fetch_async(world.runtime, AW_DEFAULTS(http_fetch), on_answer, NULL, NULL), AW_E_INVALID);
    assert_int_equal(aw_http_fetch_async(world.runtime, AW_WITH(http_fetch, .url = url_of(&world, "x")), NULL, NULL,
                                         NULL), AW_E_INVALID);
    assert_int_equal(aw_http_answer_status(NULL), 0);
    assert_null(aw_http_answer_header(NULL, "X"));
    world_close(&world);
}

static void failures(void **state)
{
    aw_http_answer *answer = NULL;
    aw_error err = {0};
    struct world world;

    (void)state;
    world_open(&world, WORLD());
    aw_fake_peer_rule(world.peer, AW_WITH(fake_peer_rule, .path = "/hang", .fault = AW_FAKE_HANG));
    assert_int_equal(aw_http_fetch(world.runtime,
                                   AW_WITH(http_fetch, .url = url_of(&world, "hang?secret"), .timeout_ms = 1000),
                                   &answer, &err),
                     AW_E_TIMEOUT);
    assert_non_null(strstr(err.message, "within 1000 ms"));
    assert_null(strstr(err.message, "secret"));
    aw_fake_peer_refuse(world.peer);
    assert_int_equal(aw_http_fetch(world.runtime, AW_WITH(http_fetch, .url = url_of(&world, "x")), &answer, &err),
                     AW_E_CONNECT);
    assert_true(err.retriable);
    assert_null(answer);
    world_close(&world);
}

static void fetch_inside(const aw_error *err, const aw_http_answer *answer, void *ud)
{
    struct world *world = ud;
    aw_http_answer *inner = NULL;

    (void)err;
    (void)answer;
    world->runtime =
        aw_http_fetch(world->runtime, AW_WITH(http_fetch, .url = url_of(world, "x")), &inner, NULL) == AW_E_REENTRANT
            ? world->runtime
            : NULL;
}

static void not_inside_a_callback(void **state)
{
    struct world world, inside;

    (void)state;
    world_open(&world, WORLD());
    inside = world;
    assert_int_equal(aw_http_fetch_async(world.runtime, AW_WITH(http_fetch, .url = url_of(&world, "x")), fetch_inside,
                                         &inside, NULL),
                     AW_OK);
    world_close(&world);
    assert_non_null(inside.runtime);
}

static void cancels(void **state)
{
    struct told told[3] = {0};
    struct world world;
    aw_op op[3];

    (void)state;
    world_open(&world, WORLD(.max_connections_per_peer = 2));
    aw_fake_peer_rule(world.peer, AW_WITH(fake_peer_rule, .fault = AW_FAKE_HANG));
    for (int i = 0; i < 3; i++)
        assert_int_equal(aw_http_fetch_async(world.runtime, AW_WITH(http_fetch, .url = url_of(&world, "x?secret")),
                                             on_answer, &told[i], &op[i]),
                         AW_OK);
    assert_true(aw_fake_peer_wait_for(world.peer, NULL, NULL, 2, PATIENCE_MS));
    for (int i = 0; i < 3; i++)
        assert_int_equal(aw_op_cancel(world.runtime, op[i]), AW_OK);
    for (int i = 0; i < 3; i++) {
        wait_told(&told[i]);
        assert_int_equal(told[i].code, AW_E_CANCELED);
        assert_null(strstr(told[i].message, "secret"));
    }
    world_close(&world);
}

static void runtime_ends(void **state)
{
    struct told told[20] = {0};
    struct world world;

    (void)state;
    world_open(&world, WORLD());
    aw_fake_peer_rule(world.peer, AW_WITH(fake_peer_rule, .fault = AW_FAKE_HANG));
    for (int i = 0; i < 20; i++)
        assert_int_equal(aw_http_fetch_async(world.runtime, AW_WITH(http_fetch, .url = url_of(&world, "x")), on_answer,
                                             &told[i], NULL),
                         AW_OK);
    assert_true(aw_fake_peer_wait_for(world.peer, NULL, NULL, 10, PATIENCE_MS));
    world_close(&world);
    for (int i = 0; i < 20; i++) {
        assert_int_equal(atomic_load(&told[i].times), 1);
        assert_int_equal(told[i].code, AW_E_CLOSED);
    }
}

static void in_a_group(void **state)
{
    struct told told[30] = {0};
    aw_group_result result;
    struct world world;
    aw_group *group;

    (void)state;
    world_open(&world, WORLD());
    aw_fake_peer_rule(world.peer, AW_WITH(fake_peer_rule, .path = "/reset", .fault = AW_FAKE_RESET));
    group = aw__group_new(world.runtime, AW_WITH(group, .max_in_flight = 4));
    assert_non_null(group);
    for (int i = 0; i < 30; i++)
        assert_int_equal(aw_http_fetch_async(
                             world.runtime,
                             AW_WITH(http_fetch, .url = url_of(&world, i % 3 ? "bob/meta" : "reset"), .group = group),
                             on_answer, &told[i], NULL),
                         AW_OK);
    assert_int_equal(aw_group_wait(group, &result, NULL), AW_OK);
    assert_int_equal(result.succeeded, 20);
    assert_int_equal(result.failed, 10);
    aw_group_free(group);
    world_close(&world);
}

/* ---- Out of memory ---- */

static int fetch_once(struct world *world, aw_error *err)
{
    static const char *const headers[] = {"X: y", "Content-Type: text/plain", NULL};
    aw_http_answer *answer = NULL;
    int rc = aw_http_fetch(world->runtime,
                           AW_WITH(http_fetch, .url = url_of(world, "bob/properties"), .method = "POST",
                                   .headers = headers, .body = "{\"a\":1}", .body_bytes = 7, .timeout_ms = 5000),
                           &answer, err);

    if (rc)
        assert_null(answer);
    else
        assert_string_equal(aw_http_answer_body(answer, NULL), "{\"a\":1}");
    aw_http_answer_free(answer);
    return rc;
}

/* Each allocation of a fetch fails once, or that one and all after it, on a runtime that has just been made, or on one
 * that has handles and a connection to use again. Afterwards the same runtime works. */
static void walk(bool lasting, bool warm)
{
    aw_error err = {0};
    int rc = AW_E_NOMEM;
    long n;

    for (n = 1; rc && n < 2000; n++) {
        struct world world;

        world_open(&world, WORLD());
        if (warm)
            assert_int_equal(fetch_once(&world, NULL), AW_OK);
        aw__alloc_fail_at(n, lasting);
        rc = fetch_once(&world, &err);
        bool all_passed = aw__alloc_count() < n;

        aw__alloc_fail_at(0, false);
        if (rc)
            assert_int_equal(err.code, AW_E_NOMEM);
        assert_int_equal(fetch_once(&world, NULL), AW_OK);
        world_close(&world);
        if (!rc && !all_passed)
            rc = AW_E_NOMEM; /* this one could be done without: on to the next */
    }
    assert_int_equal(rc, AW_OK);
    assert_true(n > 5);
}

static void out_of_memory(void **state)
{
    (void)state;
    walk(false, false);
    walk(true, false);
    walk(false, true);
    walk(true, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fetches),           cmocka_unit_test(without_a_thread_for_the_loop),
        cmocka_unit_test(copies_its_inputs), cmocka_unit_test(bad_arguments),
        cmocka_unit_test(failures),          cmocka_unit_test(not_inside_a_callback),
        cmocka_unit_test(cancels),           cmocka_unit_test(runtime_ends),
        cmocka_unit_test(in_a_group),        cmocka_unit_test(out_of_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
