/*
 * aw_offload: blocking functions on workers, in both forms.
 */
#include "loop_support.h"

#include <actingweb/group.h>
#include <actingweb/offload.h>

#include "base/alloc.h"
#include "base/error.h"
#include "runtime/group.h"

struct task {
    aw_runtime *runtime;
    struct gate gate; /* fn waits at it */
    struct gate running;
    struct gate called;
    int rc;
    const char *message;
    bool fn_inside, cb_inside;
    atomic_int runs;
    int calls;
    int code;
    char text[256];
};

static void task_init(struct task *task, aw_runtime *runtime)
{
    *task = (struct task){.runtime = runtime, .gate = GATE, .running = GATE, .called = GATE};
}

static int fn(void *arg, aw_error *err)
{
    struct task *task = arg;

    atomic_fetch_add(&task->runs, 1);
    task->fn_inside = aw__runtime_inside(task->runtime);
    gate_open(&task->running);
    gate_pass(&task->gate);
    return task->message ? aw__fail(err, task->rc, "%s", task->message) : task->rc;
}

static void cb(const aw_error *err, void *ud)
{
    struct task *task = ud;

    task->calls++;
    task->cb_inside = aw__runtime_inside(task->runtime);
    task->code = err ? err->code : AW_OK;
    if (err)
        memcpy(task->text, err->message, sizeof(task->text));
    gate_open(&task->called);
}

static int offload(struct task *task, int timeout_ms, aw_op *ret_op)
{
    return aw_offload_async(task->runtime, AW_WITH(offload, .fn = fn, .arg = task, .timeout_ms = timeout_ms), cb, task,
                            ret_op);
}

static void runs_on_a_worker_and_completes_on_the_loop(void **state)
{
    (void)state;
    struct task task;

    task_init(&task, runtime_started(1));
    gate_open(&task.gate);
    assert_int_equal(offload(&task, 0, NULL), AW_OK);
    gate_pass(&task.called);
    settle(task.runtime);
    assert_int_equal(atomic_load(&task.runs), 1);
    assert_int_equal(task.calls, 1);
    assert_int_equal(task.code, AW_OK);
    assert_false(task.fn_inside);
    assert_true(task.cb_inside);
    aw_runtime_free(task.runtime);
}

static void the_loop_goes_on_meanwhile(void **state)
{
    (void)state;
    struct task task;

    task_init(&task, runtime_started(1));
    offload(&task, 0, NULL);
    gate_pass(&task.running);
    for (int i = 0; i < 100; i++)
        settle(task.runtime);
    assert_int_equal(aw_runtime_in_flight(task.runtime), 1);
    gate_open(&task.gate);
    gate_pass(&task.called);
    aw_runtime_free(task.runtime);
}

static int outcome(int rc, const char *message, aw_error *err)
{
    struct task task;

    task_init(&task, runtime_started(1));
    task.rc = rc;
    task.message = message;
    gate_open(&task.gate);
    rc = aw_offload(task.runtime, AW_WITH(offload, .fn = fn, .arg = &task), err);
    aw_runtime_free(task.runtime);
    return rc;
}

static void the_functions_error_is_the_outcome(void **state)
{
    (void)state;
    aw_error err = {0};

    assert_int_equal(outcome(AW_OK, NULL, &err), AW_OK);
    assert_int_equal(err.code, AW_OK);
    assert_int_equal(outcome(AW_E_DENIED, "not you", &err), AW_E_DENIED);
    assert_int_equal(err.code, AW_E_DENIED);
    assert_string_equal(err.message, "not you");
    assert_int_equal(outcome(AW_E_STORE, NULL, &err), AW_E_STORE);
    assert_int_equal(err.code, AW_E_STORE);
    assert_non_null(strstr(err.message, "AW_E_STORE"));
    assert_int_equal(outcome(5, NULL, &err), AW_E_INVALID);
    assert_int_equal(outcome(AW_E_BUSY, NULL, NULL), AW_E_BUSY);
}

static void what_has_begun_is_waited_for(void **state)
{
    (void)state;
    struct task task;
    aw_op op;

    task_init(&task, runtime_started(1));
    offload(&task, 0, &op);
    gate_pass(&task.running);
    assert_int_equal(aw_op_cancel(task.runtime, op), AW_OK);
    settle(task.runtime);
    settle(task.runtime);
    assert_false(gate_is_open(&task.called));
    gate_open(&task.gate);
    gate_pass(&task.called);
    settle(task.runtime);
    assert_int_equal(task.calls, 1);
    assert_int_equal(task.code, AW_E_CANCELED);
    aw_runtime_free(task.runtime);
}

static void what_has_not_begun_never_runs(void **state)
{
    (void)state;
    struct task blocker, canceled, late;
    aw_op op;

    task_init(&blocker, runtime_started(1));
    task_init(&canceled, blocker.runtime);
    task_init(&late, blocker.runtime);
    offload(&blocker, 0, NULL);
    gate_pass(&blocker.running);
    offload(&canceled, 0, &op);
    offload(&late, 10, NULL);
    assert_int_equal(aw_op_cancel(blocker.runtime, op), AW_OK);
    gate_pass(&canceled.called);
    gate_pass(&late.called);
    gate_open(&blocker.gate);
    gate_pass(&blocker.called);
    settle(blocker.runtime);
    assert_int_equal(canceled.code, AW_E_CANCELED);
    assert_int_equal(atomic_load(&canceled.runs), 0);
    assert_int_equal(late.code, AW_E_TIMEOUT);
    assert_int_equal(atomic_load(&late.runs), 0);
    assert_int_equal(blocker.code, AW_OK);
    aw_runtime_free(blocker.runtime);
}

static int fn_on_loop(void *arg, aw_error *err)
{
    (void)arg;
    (void)err;
    return AW_OK;
}

struct nested {
    aw_runtime *runtime;
    int rc;
    aw_error err;
};

static void wait_inside(void *arg)
{
    struct nested *nested = arg;

    nested->rc = aw_offload(nested->runtime, AW_WITH(offload, .fn = fn_on_loop), &nested->err);
}

static void waiting_on_the_loop_is_refused(void **state)
{
    (void)state;
    struct nested nested = {.runtime = runtime_started(1)};

    on_loop(nested.runtime, wait_inside, &nested);
    assert_int_equal(nested.rc, AW_E_REENTRANT);
    assert_int_equal(nested.err.code, AW_E_REENTRANT);
    assert_non_null(strstr(nested.err.message, "_async"));
    aw_runtime_free(nested.runtime);
}

/* A worker is no loop: it may wait for another worker, if there is one. */
static int fn_that_waits(void *arg, aw_error *err)
{
    struct nested *nested = arg;

    return aw_offload(nested->runtime, AW_WITH(offload, .fn = fn_on_loop), err);
}

static void a_worker_may_wait_for_another(void **state)
{
    (void)state;
    struct nested nested = {.runtime = runtime_started(2)};

    assert_int_equal(aw_offload(nested.runtime, AW_WITH(offload, .fn = fn_that_waits, .arg = &nested), NULL), AW_OK);
    aw_runtime_free(nested.runtime);
}

static void bad_arguments_and_no_memory(void **state)
{
    (void)state;
    aw_runtime *runtime = runtime_idle(1);
    aw_offload_params unsized = {.fn = fn_on_loop};
    aw_error err = {0};
    aw_op op = 77;

    assert_int_equal(aw_offload_async(NULL, AW_WITH(offload, .fn = fn_on_loop), cb, NULL, &op), AW_E_INVALID);
    assert_int_equal(aw_offload_async(runtime, NULL, cb, NULL, &op), AW_E_INVALID);
    assert_int_equal(aw_offload_async(runtime, AW_DEFAULTS(offload), cb, NULL, &op), AW_E_INVALID);
    assert_int_equal(aw_offload_async(runtime, &unsized, cb, NULL, &op), AW_E_INVALID);
    assert_int_equal(aw_offload_async(runtime, AW_WITH(offload, .fn = fn_on_loop), NULL, NULL, &op), AW_E_INVALID);
    assert_int_equal(aw_offload_async(runtime, AW_WITH(offload, .fn = fn_on_loop, .timeout_ms = -1), cb, NULL, &op),
                     AW_E_INVALID);
    assert_int_equal(aw_offload(runtime, NULL, &err), AW_E_INVALID);
    assert_int_equal(err.code, AW_E_INVALID);
    aw__alloc_fail_at(1, false);
    assert_int_equal(aw_offload_async(runtime, AW_WITH(offload, .fn = fn_on_loop), cb, NULL, &op), AW_E_NOMEM);
    aw__alloc_fail_at(1, false);
    assert_int_equal(aw_offload(runtime, AW_WITH(offload, .fn = fn_on_loop), &err), AW_E_NOMEM);
    aw__alloc_fail_at(0, false);
    assert_int_equal(op, 77);
    assert_int_equal(aw_runtime_in_flight(runtime), 0);
    aw_runtime_free(runtime);
}

static void not_listening(const aw_error *err, void *ud)
{
    (void)err;
    (void)ud;
}

/* The page's asyncio.gather(to_thread(...)). */
static void in_a_group(void **state)
{
    (void)state;
    enum { MANY = 200 };
    aw_runtime *runtime = runtime_started(3);
    aw_group *group = aw__group_new(runtime, AW_WITH(group, .max_in_flight = 8));
    aw_group_result result;

    for (int i = 0; i < MANY; i++)
        assert_int_equal(aw_offload_async(runtime, AW_WITH(offload, .fn = fn_on_loop, .group = group), not_listening,
                                          NULL, NULL),
                         AW_OK);
    assert_int_equal(aw_group_wait(group, &result, NULL), AW_OK);
    assert_int_equal(result.succeeded, MANY);
    aw_group_cancel(group);
    assert_int_equal(aw_offload(runtime, AW_WITH(offload, .fn = fn_on_loop, .group = group), NULL), AW_E_CLOSED);
    aw_group_free(group);
    aw_runtime_free(runtime);
}

/* ---- Many threads, and an end in the middle ---- */

struct crowd {
    aw_runtime *runtime;
    atomic_int accepted, called, wrong;
};

static void crowd_cb(const aw_error *err, void *ud)
{
    struct crowd *crowd = ud;

    atomic_fetch_add(&crowd->called, 1);
    atomic_fetch_add(&crowd->wrong,
                     err && err->code != AW_E_CANCELED && err->code != AW_E_TIMEOUT && err->code != AW_E_CLOSED);
}

static int nap(void *arg, aw_error *err)
{
    (void)arg;
    (void)err;
    sleep_ms(1);
    return AW_OK;
}

static void *mingle(void *arg)
{
    struct crowd *crowd = arg;

    for (int i = 0; i < 200; i++) {
        aw_op op = 0;
        const aw_offload_params *params = AW_WITH(offload, .fn = nap, .timeout_ms = i % 4);

        if (aw_offload_async(crowd->runtime, params, crowd_cb, crowd, &op) == AW_OK)
            atomic_fetch_add(&crowd->accepted, 1);
        if (i % 2)
            aw_op_cancel(crowd->runtime, op);
        if (i % 20 == 0)
            aw_offload(crowd->runtime, AW_WITH(offload, .fn = fn_on_loop), NULL);
    }
    return NULL;
}

static void every_start_is_completed_once(void **state)
{
    (void)state;
    struct crowd crowd = {.runtime = runtime_started(2)};
    pthread_t threads[4];

    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, mingle, &crowd), 0);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    aw_runtime_free(crowd.runtime);
    assert_int_equal(atomic_load(&crowd.accepted), 800);
    assert_int_equal(atomic_load(&crowd.called), 800);
    assert_int_equal(atomic_load(&crowd.wrong), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(runs_on_a_worker_and_completes_on_the_loop),
        cmocka_unit_test(the_loop_goes_on_meanwhile),
        cmocka_unit_test(the_functions_error_is_the_outcome),
        cmocka_unit_test(what_has_begun_is_waited_for),
        cmocka_unit_test(what_has_not_begun_never_runs),
        cmocka_unit_test(waiting_on_the_loop_is_refused),
        cmocka_unit_test(a_worker_may_wait_for_another),
        cmocka_unit_test(bad_arguments_and_no_memory),
        cmocka_unit_test(in_a_group),
        cmocka_unit_test(every_start_is_completed_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
