/*
 * The HTTP client out of memory, libcurl's allocations included: starting a call fails as a whole, or the call goes on
 * as if nothing had been.
 */
#include "client_support.h"

#include <curl/curl.h>

#include "base/alloc.h"

struct start {
    struct attempt *attempt;
    long fail_at;
    bool lasting;
    bool all_passed;
};

static void start_here(void *arg)
{
    struct start *start = arg;

    aw__alloc_fail_at(start->fail_at, start->lasting);
    attempt_start_here(start->attempt);
    start->all_passed = aw__alloc_count() < start->fail_at;
    aw__alloc_fail_at(0, false);
}

static long walk(struct world *world, bool lasting)
{
    static const char *const headers[] = {"X-One: 1", "X-Empty:", NULL};
    bool all_passed = false;
    long n;

    for (n = 1; !all_passed && n < 500; n++) {
        struct attempt attempt = {.request = {.method = "POST", .headers = headers, .body = "{}", .body_bytes = 2}};
        struct start start = {.attempt = &attempt, .fail_at = n, .lasting = lasting};

        attempt_aim(&attempt, world, "bob/properties");
        on_loop(world->runtime, start_here, &start);
        all_passed = start.all_passed;
        if (attempt.start_rc) {
            assert_int_equal(attempt.start_rc, AW_E_NOMEM);
            assert_null(attempt.call);
            assert_false(attempt_over(&attempt));
        } else {
            attempt_wait(&attempt);
            assert_int_equal(attempt.code, AW_OK);
            assert_int_equal(attempt.status, 201);
        }
    }
    assert_true(all_passed);
    return n;
}

static void starting(void **state)
{
    struct world world;

    (void)state;
    world_open(&world, WORLD());
    assert_true(walk(&world, false) > 20); /* the client itself is made on the way */
    assert_true(walk(&world, true) > 3);
    world_close(&world);
    world_open(&world, WORLD());
    assert_true(walk(&world, true) > 20);
    assert_true(walk(&world, false) > 3);
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(starting),
    };

    if (curl_global_init_mem(CURL_GLOBAL_DEFAULT, aw__malloc, aw__free, aw__realloc, aw__strdup, aw__calloc))
        return 1;
    int rc = cmocka_run_group_tests(tests, NULL, NULL);

    curl_global_cleanup();
    return rc;
}
