/*
 * The tests themselves. The loops sleep without a timeout of their own: what the descriptor or the timeout fails to
 * tell hangs, and the alarm ends it.
 */
#include "adapters/scenario.h"

#include "unit/loop_support.h"

#include <actingweb/group.h>
#include <actingweb/offload.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "runtime/group.h"
#include "runtime/timer.h"
#include "runtime/watch.h"

enum { MANY = 300, LIMIT_S = 100 };

static const struct loop *loop;

/* One test's runtime and what happened to it. All but the functions on workers run in the loop's thread. */
struct scene {
    aw_runtime *runtime;
    pthread_t thread;
    struct gate gate; /* functions on workers wait at it */
    int wanted, completed, elsewhere;
    int codes[20]; /* completions by code, negated */
    atomic_int ran;
};

static void scene_open(struct scene *scene, int workers)
{
    *scene = (struct scene){.runtime = runtime_idle(workers), .thread = pthread_self(), .gate = GATE};
    loop->open();
    assert_true(loop->attach(scene->runtime));
}

static void scene_close(struct scene *scene)
{
    loop->detach();
    loop->close();
    aw_runtime_free(scene->runtime);
}

static void note(struct scene *scene, int code)
{
    scene->elsewhere += !pthread_equal(pthread_self(), scene->thread);
    scene->codes[-code]++;
    if (++scene->completed == scene->wanted)
        loop->stop();
}

static void on_completed(const aw_error *err, void *ud)
{
    note(ud, err ? err->code : AW_OK);
}

static int quick(void *arg, aw_error *err)
{
    struct scene *scene = arg;

    (void)err;
    atomic_fetch_add(&scene->ran, 1);
    return AW_OK;
}

static int at_the_gate(void *arg, aw_error *err)
{
    struct scene *scene = arg;

    gate_pass(&scene->gate);
    return quick(arg, err);
}

static void start(struct scene *scene, aw_offload_fn *fn, int timeout_ms, aw_group *group, aw_op *ret_op)
{
    aw_offload_params params = {
        .size = sizeof(params), .fn = fn, .arg = scene, .timeout_ms = timeout_ms, .group = group};

    assert_int_equal(aw_offload_async(scene->runtime, &params, on_completed, scene, ret_op), AW_OK);
}

static void run_until(struct scene *scene, int wanted)
{
    scene->wanted = wanted;
    if (scene->completed < wanted)
        loop->run();
    assert_int_equal(scene->completed, wanted);
    assert_int_equal(scene->elsewhere, 0);
}

static void offloads(void **state)
{
    (void)state;
    struct scene scene;

    scene_open(&scene, 3);
    for (int i = 0; i < MANY; i++)
        start(&scene, quick, 0, NULL, NULL);
    run_until(&scene, MANY);
    assert_int_equal(atomic_load(&scene.ran), MANY);
    /* And again when the loop has slept. */
    start(&scene, quick, 0, NULL, NULL);
    run_until(&scene, MANY + 1);
    assert_int_equal(scene.codes[0], MANY + 1);
    assert_int_equal(aw_runtime_in_flight(scene.runtime), 0);
    scene_close(&scene);
}

/* ---- Timers ---- */

struct clocks {
    struct scene *scene;
    aw__post post;
    aw__timer timers[MANY];
    uint64_t due_ms[MANY];
    uint64_t last_due_ms;
    int out_of_order;
};

struct clock_ref {
    struct clocks *clocks;
    int i;
};

static struct clock_ref refs[MANY];

static void on_timer(void *arg)
{
    struct clock_ref *ref = arg;
    struct clocks *clocks = ref->clocks;

    clocks->out_of_order += clocks->due_ms[ref->i] < clocks->last_due_ms;
    clocks->last_due_ms = clocks->due_ms[ref->i];
    note(clocks->scene, AW_OK);
}

static void set_timers(void *arg)
{
    struct clocks *clocks = arg;

    srand(3);
    for (int i = 0; i < MANY; i++) {
        refs[i] = (struct clock_ref){clocks, i};
        aw__timer_start(clocks->scene->runtime, &clocks->timers[i], (uint64_t)(rand() % 100), on_timer, &refs[i]);
        clocks->due_ms[i] = clocks->timers[i].due_ms;
    }
}

static void timers(void **state)
{
    (void)state;
    struct scene scene;
    struct clocks *clocks = test_calloc(1, sizeof(*clocks));

    scene_open(&scene, 1);
    clocks->scene = &scene;
    aw__runtime_post(scene.runtime, &clocks->post, set_timers, clocks);
    run_until(&scene, MANY);
    assert_int_equal(clocks->out_of_order, 0);
    scene_close(&scene);
    test_free(clocks);
}

/* The only worker is busy: nothing but the timer can end these. */
static void timeouts(void **state)
{
    (void)state;
    struct scene scene;

    scene_open(&scene, 1);
    start(&scene, at_the_gate, 0, NULL, NULL);
    for (int i = 0; i < MANY; i++)
        start(&scene, quick, 1 + i % 60, NULL, NULL);
    run_until(&scene, MANY);
    assert_int_equal(scene.codes[-AW_E_TIMEOUT], MANY);
    gate_open(&scene.gate);
    run_until(&scene, MANY + 1);
    assert_int_equal(atomic_load(&scene.ran), 1);
    scene_close(&scene);
}

/* ---- Cancels, from another thread, while the loop sleeps ---- */

struct canceller {
    aw_runtime *runtime;
    aw_op ops[MANY];
    atomic_int canceled;
};

static void *cancel_all(void *arg)
{
    struct canceller *canceller = arg;

    for (int i = 0; i < MANY; i++) {
        if (i % 50 == 0)
            sleep_ms(2);
        if (aw_op_cancel(canceller->runtime, canceller->ops[i]) == AW_OK)
            atomic_fetch_add(&canceller->canceled, 1);
    }
    return NULL;
}

static void cancels(void **state)
{
    (void)state;
    struct scene scene;
    struct canceller *canceller = test_calloc(1, sizeof(*canceller));
    pthread_t thread;

    scene_open(&scene, 1);
    canceller->runtime = scene.runtime;
    start(&scene, at_the_gate, 0, NULL, NULL);
    for (int i = 0; i < MANY; i++)
        start(&scene, quick, 0, NULL, &canceller->ops[i]);
    assert_int_equal(pthread_create(&thread, NULL, cancel_all, canceller), 0);
    run_until(&scene, MANY);
    pthread_join(thread, NULL);
    assert_int_equal(scene.codes[-AW_E_CANCELED], MANY);
    assert_int_equal(atomic_load(&canceller->canceled), MANY);
    gate_open(&scene.gate);
    run_until(&scene, MANY + 1);
    scene_close(&scene);
    test_free(canceller);
}

/* ---- Groups ---- */

struct group_end {
    struct scene *scene;
    aw_group_result result;
    int completed_before;
};

static void on_group_done(aw_group *group, const aw_group_result *result, void *ud)
{
    struct group_end *end = ud;

    (void)group;
    end->result = *result;
    end->completed_before = end->scene->completed;
    note(end->scene, AW_OK);
}

static void groups(void **state)
{
    (void)state;
    struct scene scene;
    struct group_end end = {.scene = &scene};
    aw_group *group;

    scene_open(&scene, 2);
    group = aw__group_new(scene.runtime, AW_WITH(group, .max_in_flight = 8));
    for (int i = 0; i < MANY; i++)
        start(&scene, quick, 0, group, NULL);
    assert_int_equal(aw_group_on_done(group, on_group_done, &end), AW_OK);
    run_until(&scene, MANY + 1);
    assert_int_equal(end.completed_before, MANY);
    assert_int_equal(end.result.succeeded, MANY);
    aw_group_free(group);
    scene_close(&scene);
}

static void group_deadlines(void **state)
{
    (void)state;
    struct scene scene;
    struct group_end end = {.scene = &scene};
    aw_group *group;

    scene_open(&scene, 1);
    start(&scene, at_the_gate, 0, NULL, NULL);
    group = aw__group_new(scene.runtime, AW_WITH(group, .max_in_flight = 8, .deadline_ms = 30));
    for (int i = 0; i < MANY; i++)
        start(&scene, quick, 0, group, NULL);
    aw_group_on_done(group, on_group_done, &end);
    aw_group_free(group);
    run_until(&scene, MANY + 1);
    assert_int_equal(end.result.timed_out, MANY);
    gate_open(&scene.gate);
    run_until(&scene, MANY + 2);
    scene_close(&scene);
}

/* ---- Watches that begin and change inside callbacks ---- */

struct pong {
    struct scene *scene;
    aw__post post;
    aw__watch *watches[2];
    int fds[2];
    int left;
};

static void pass_on(struct pong *pong, int side, int events)
{
    char byte = 'x';

    if (events & AW__READABLE) {
        if (read(pong->fds[side], &byte, 1) != 1)
            return;
        aw__watch_set(pong->watches[side], AW__WRITABLE); /* to answer when that is possible */
    } else {
        if (--pong->left == 0) {
            note(pong->scene, AW_OK);
            return;
        }
        if (write(pong->fds[side], &byte, 1) != 1)
            return;
        aw__watch_set(pong->watches[side], AW__READABLE);
    }
}

static void on_left(void *arg, int events)
{
    pass_on(arg, 0, events);
}

static void on_right(void *arg, int events)
{
    pass_on(arg, 1, events);
}

static void pong_begin(void *arg)
{
    struct pong *pong = arg;

    pong->watches[0] = aw__watch_new(pong->scene->runtime, pong->fds[0], on_left, pong);
    pong->watches[1] = aw__watch_new(pong->scene->runtime, pong->fds[1], on_right, pong);
    aw__watch_set(pong->watches[0], AW__READABLE);
    aw__watch_set(pong->watches[1], AW__WRITABLE);
}

static void pong_end(void *arg)
{
    struct pong *pong = arg;

    aw__watch_free(pong->watches[0]);
    aw__watch_free(pong->watches[1]);
    note(pong->scene, AW_OK);
}

static void watches(void **state)
{
    (void)state;
    struct scene scene;
    struct pong pong = {.scene = &scene, .left = MANY};

    scene_open(&scene, 1);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pong.fds), 0);
    aw__runtime_post(scene.runtime, &pong.post, pong_begin, &pong);
    run_until(&scene, 1);
    aw__runtime_post(scene.runtime, &pong.post, pong_end, &pong);
    run_until(&scene, 2);
    close(pong.fds[0]);
    close(pong.fds[1]);
    scene_close(&scene);
}

/* ---- Synchronous calls in the loop's own thread, between its turns ---- */

static void synchronous_calls(void **state)
{
    (void)state;
    struct scene scene;

    scene_open(&scene, 2);
    start(&scene, at_the_gate, 0, NULL, NULL);
    start(&scene, at_the_gate, 0, NULL, NULL);
    loop->turn();
    /* Takes the loop's posts behind the adapter's back: their timeouts must still come. The call itself times out, too,
     * for both workers are busy. */
    start(&scene, quick, 40, NULL, NULL);
    assert_int_equal(aw_offload(scene.runtime, AW_WITH(offload, .fn = quick, .arg = &scene, .timeout_ms = 1), NULL),
                     AW_E_TIMEOUT);
    run_until(&scene, 1);
    assert_int_equal(scene.codes[-AW_E_TIMEOUT], 1);
    gate_open(&scene.gate);
    run_until(&scene, 3);
    assert_int_equal(aw_offload(scene.runtime, AW_WITH(offload, .fn = quick, .arg = &scene), NULL), AW_OK);
    scene_close(&scene);
}

/* ---- Detaching ---- */

static void detach_and_stop(const aw_error *err, void *ud)
{
    on_completed(err, ud);
    loop->detach();
    loop->stop();
}

static void detaching_in_a_callback(void **state)
{
    (void)state;
    struct scene scene;

    scene_open(&scene, 1);
    assert_int_equal(
        aw_offload_async(scene.runtime, AW_WITH(offload, .fn = quick, .arg = &scene), detach_and_stop, &scene, NULL),
        AW_OK);
    loop->run();
    assert_int_equal(scene.completed, 1);

    /* Detached: the loop has nothing to do with the runtime. */
    start(&scene, quick, 5, NULL, NULL);
    for (int i = 0; i < 10; i++) {
        loop->turn();
        sleep_ms(2);
    }
    assert_int_equal(scene.completed, 1);

    /* Attached again: what was due meanwhile comes. */
    assert_true(loop->attach(scene.runtime));
    run_until(&scene, 2);
    assert_int_equal(scene.codes[-AW_E_TIMEOUT], 1);
    scene_close(&scene);
}

static void freed_with_operations_under_way(void **state)
{
    (void)state;
    struct scene scene;

    scene_open(&scene, 1);
    start(&scene, at_the_gate, 0, NULL, NULL);
    for (int i = 0; i < MANY; i++)
        start(&scene, quick, 60 * 1000, NULL, NULL);
    loop->turn();
    gate_open(&scene.gate);
    scene_close(&scene);
    assert_int_equal(scene.completed, MANY + 1);
    assert_int_equal(scene.elsewhere, 0);
}

static void a_started_runtime_is_refused(void **state)
{
    (void)state;
    aw_runtime *runtime = runtime_started(1);

    loop->open();
    assert_false(loop->attach(runtime));
    loop->close();
    aw_runtime_free(runtime);
}

int scenario_run(const struct loop *given)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(offloads),
        cmocka_unit_test(timers),
        cmocka_unit_test(timeouts),
        cmocka_unit_test(cancels),
        cmocka_unit_test(groups),
        cmocka_unit_test(group_deadlines),
        cmocka_unit_test(watches),
        cmocka_unit_test(synchronous_calls),
        cmocka_unit_test(detaching_in_a_callback),
        cmocka_unit_test(freed_with_operations_under_way),
        cmocka_unit_test(a_started_runtime_is_refused),
    };

    loop = given;
    alarm(LIMIT_S);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
