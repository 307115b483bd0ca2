/*
 * aw_offload: the application's own blocking functions, in both forms.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "support/operations.h"

static aw_runtime *runtime;
static pthread_t loop_thread;

static int nothing(void *arg, aw_error *err)
{
    (void)arg;
    (void)err;
    return AW_OK;
}

static int wait_for_gate(void *arg, aw_error *err)
{
    atomic_bool *open = arg;

    (void)err;
    while (!atomic_load(open))
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    return AW_OK;
}

static int fails(void *arg, aw_error *err)
{
    (void)arg;
    *err = (aw_error){.code = AW_E_BUSY, .retriable = true, .retry_after_ms = 40, .message = "the printer is busy"};
    return AW_E_BUSY;
}

static void note(const aw_error *err, void *ud)
{
    test_done *d = ud;

    pthread_mutex_lock(&d->lock);
    d->calls++;
    d->thread = pthread_self();
    d->error = err ? *err : (aw_error){0};
    pthread_cond_broadcast(&d->came);
    pthread_mutex_unlock(&d->lock);
}

static void offload_fails_as_the_function_does(void **state)
{
    test_done d;
    aw_error err = {0};

    (void)state;
    test_done_init(&d);
    assert_int_equal(aw_offload(runtime, AW_WITH(offload, .fn = fails), &err), AW_E_BUSY);
    assert_int_equal(aw_offload_async(runtime, AW_WITH(offload, .fn = fails), note, &d, NULL), AW_OK);
    assert_true(test_done_wait(&d));
    assert_true(pthread_equal(d.thread, loop_thread));
    assert_memory_equal(&d.error, &err, sizeof(err));
    assert_int_equal(err.code, AW_E_BUSY);
    assert_true(err.retriable);
    assert_int_equal(err.retry_after_ms, 40);
    assert_string_equal(err.message, "the printer is busy");
    test_done_free(&d);
}

static void offload_ends_with_its_function(void **state)
{
    test_done canceled, late;
    atomic_bool open;
    aw_op op;

    (void)state;
    atomic_init(&open, false);
    test_done_init(&canceled);
    test_done_init(&late);
    const aw_offload_params *patient = AW_WITH(offload, .fn = wait_for_gate, .arg = &open);
    const aw_offload_params *hasty = AW_WITH(offload, .fn = wait_for_gate, .arg = &open, .timeout_ms = 20);

    assert_int_equal(aw_offload_async(runtime, patient, note, &canceled, &op), AW_OK);
    assert_int_equal(aw_offload_async(runtime, hasty, note, &late, NULL), AW_OK);
    assert_int_equal(aw_op_cancel(runtime, op), AW_OK);
    nanosleep(&(struct timespec){.tv_nsec = 60000000}, NULL);
    atomic_store(&open, true);
    assert_true(test_done_wait(&canceled));
    assert_true(test_done_wait(&late));
    assert_int_equal(canceled.error.code, AW_E_CANCELED);
    assert_int_equal(late.error.code, AW_E_TIMEOUT);
    test_done_free(&canceled);
    test_done_free(&late);
}

static void offload_gives_what_the_function_does(void **state)
{
    test_done d;
    aw_error err = {.code = 77};

    (void)state;
    test_done_init(&d);
    assert_int_equal(aw_offload(runtime, AW_WITH(offload, .fn = nothing), &err), AW_OK);
    assert_int_equal(err.code, 77); /* written on failure only */
    assert_int_equal(aw_offload_async(runtime, AW_WITH(offload, .fn = nothing), note, &d, NULL), AW_OK);
    assert_true(test_done_wait(&d));
    assert_int_equal(d.error.code, AW_OK);
    assert_int_equal(test_done_calls(&d), 1);
    test_done_free(&d);
}

static int open_runtime(void **state)
{
    aw_error err = {0};
    test_done d;

    (void)state;
    if (aw_runtime_new(AW_WITH(runtime, .workers = 2), &runtime, &err) || aw_runtime_start(runtime, &err))
        return -1;
    test_done_init(&d);
    if (aw_offload_async(runtime, AW_WITH(offload, .fn = nothing), note, &d, NULL) || !test_done_wait(&d))
        return -1;
    loop_thread = d.thread;
    test_done_free(&d);
    return 0;
}

static int close_runtime(void **state)
{
    (void)state;
    aw_runtime_free(runtime);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(offload_gives_what_the_function_does),
        cmocka_unit_test(offload_fails_as_the_function_does),
        cmocka_unit_test(offload_ends_with_its_function),
    };

    return cmocka_run_group_tests(tests, open_runtime, close_runtime);
}
