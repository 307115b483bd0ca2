/*
 * Workers: order, where functions run, taking work back, and the end.
 */
#include "loop_support.h"

#include "runtime/worker.h"

enum { MANY = 500 };

struct job {
    aw__work work;
    struct shop *shop;
    int number;
    bool on_loop_while_running;
    bool on_loop_when_done;
    bool done;
};

struct shop {
    aw_runtime *runtime;
    struct job jobs[MANY];
    struct gate gate; /* jobs wait at it */
    struct gate all_done;
    atomic_int running, most_running;
    atomic_int run;
    int order[MANY]; /* numbers, as they ran; for one worker */
    int done, wanted, withdrawn;
    bool withdrawn_twice, withdrew_running;
};

static struct shop *shop_open(aw_runtime *runtime)
{
    struct shop *shop = test_calloc(1, sizeof(*shop));

    shop->runtime = runtime;
    shop->wanted = MANY;
    pthread_mutex_init(&shop->gate.lock, NULL);
    pthread_cond_init(&shop->gate.opened, NULL);
    pthread_mutex_init(&shop->all_done.lock, NULL);
    pthread_cond_init(&shop->all_done.opened, NULL);
    for (int i = 0; i < MANY; i++)
        shop->jobs[i] = (struct job){.shop = shop, .number = i};
    return shop;
}

static void run(void *arg)
{
    struct job *job = arg;
    struct shop *shop = job->shop;
    int running = atomic_fetch_add(&shop->running, 1) + 1;
    int most = atomic_load(&shop->most_running);

    while (running > most && !atomic_compare_exchange_weak(&shop->most_running, &most, running))
        ;
    job->on_loop_while_running = aw__runtime_inside(shop->runtime);
    gate_pass(&shop->gate);
    shop->order[atomic_fetch_add(&shop->run, 1)] = job->number;
    atomic_fetch_sub(&shop->running, 1);
}

static void done(void *arg)
{
    struct job *job = arg;
    struct shop *shop = job->shop;

    job->on_loop_when_done = aw__runtime_inside(shop->runtime);
    job->done = true;
    if (++shop->done == shop->wanted)
        gate_open(&shop->all_done);
}

static void queue_all(void *arg)
{
    struct shop *shop = arg;

    for (int i = 0; i < MANY; i++)
        aw__worker_queue(shop->runtime, &shop->jobs[i].work, run, done, &shop->jobs[i]);
}

static void one_worker_runs_in_order(void **state)
{
    (void)state;
    struct shop *shop = shop_open(runtime_started(1));

    gate_open(&shop->gate);
    on_loop(shop->runtime, queue_all, shop);
    gate_pass(&shop->all_done);
    settle(shop->runtime);
    for (int i = 0; i < MANY; i++) {
        assert_int_equal(shop->order[i], i);
        assert_false(shop->jobs[i].on_loop_while_running);
        assert_true(shop->jobs[i].on_loop_when_done);
    }
    assert_int_equal(atomic_load(&shop->most_running), 1);
    aw_runtime_free(shop->runtime);
    test_free(shop);
}

static void all_workers_run_at_once(void **state)
{
    (void)state;
    struct shop *shop = shop_open(runtime_started(3));

    on_loop(shop->runtime, queue_all, shop);
    while (atomic_load(&shop->running) < 3)
        sleep_ms(2);
    gate_open(&shop->gate);
    gate_pass(&shop->all_done);
    settle(shop->runtime);
    assert_int_equal(atomic_load(&shop->most_running), 3);
    assert_int_equal(shop->done, MANY);
    aw_runtime_free(shop->runtime);
    test_free(shop);
}

static void queue_last_first(void *arg)
{
    struct shop *shop = arg;

    for (int i = 0; i < MANY - 1; i++)
        aw__worker_queue(shop->runtime, &shop->jobs[i].work, run, done, &shop->jobs[i]);
    aw__worker_queue_first(shop->runtime, &shop->jobs[MANY - 1].work, run, done, &shop->jobs[MANY - 1]);
}

static void what_is_urgent_waits_for_what_runs_only(void **state)
{
    (void)state;
    struct shop *shop = shop_open(runtime_started(1));

    on_loop(shop->runtime, queue_last_first, shop);
    gate_open(&shop->gate);
    gate_pass(&shop->all_done);
    settle(shop->runtime);
    assert_true(shop->order[0] == MANY - 1 || shop->order[1] == MANY - 1);
    assert_int_equal(shop->order[MANY - 1], MANY - 2);
    aw_runtime_free(shop->runtime);
    test_free(shop);
}

static void withdraw_odd(void *arg)
{
    struct shop *shop = arg;

    for (int i = 1; i < MANY; i += 2)
        shop->withdrawn += aw__worker_withdraw(shop->runtime, &shop->jobs[i].work);
    shop->withdrawn_twice = aw__worker_withdraw(shop->runtime, &shop->jobs[1].work);
    shop->withdrew_running = aw__worker_withdraw(shop->runtime, &shop->jobs[0].work);
}

static void what_has_not_begun_can_be_taken_back(void **state)
{
    (void)state;
    struct shop *shop = shop_open(runtime_started(1));

    shop->wanted = MANY / 2;
    on_loop(shop->runtime, queue_all, shop);
    while (atomic_load(&shop->running) < 1)
        sleep_ms(2);
    on_loop(shop->runtime, withdraw_odd, shop);
    assert_int_equal(shop->withdrawn, MANY / 2);
    assert_false(shop->withdrawn_twice);
    assert_false(shop->withdrew_running);
    gate_open(&shop->gate);
    gate_pass(&shop->all_done);
    settle(shop->runtime);
    for (int i = 0; i < MANY; i++)
        assert_int_equal(shop->jobs[i].done, i % 2 == 0);
    aw_runtime_free(shop->runtime);
    test_free(shop);
}

/* Freeing the runtime waits for work that belongs to no operation, too. */
static void the_end_waits_for_all_work(void **state)
{
    (void)state;
    struct shop *shop = shop_open(runtime_started(2));

    on_loop(shop->runtime, queue_all, shop);
    gate_open(&shop->gate);
    aw_runtime_free(shop->runtime);
    assert_int_equal(shop->done, MANY);
    test_free(shop);
}

static void queue_again(void *arg)
{
    struct job *job = arg;
    struct shop *shop = job->shop;

    if (++shop->done < shop->wanted)
        aw__worker_queue(shop->runtime, &job->work, run, queue_again, job);
    else
        gate_open(&shop->all_done);
}

static void queue_first(void *arg)
{
    struct job *job = arg;

    aw__worker_queue(job->shop->runtime, &job->work, run, queue_again, job);
}

static void work_may_queue_itself_again(void **state)
{
    (void)state;
    struct shop *shop = shop_open(runtime_started(2));

    gate_open(&shop->gate);
    on_loop(shop->runtime, queue_first, &shop->jobs[0]);
    gate_pass(&shop->all_done);
    assert_int_equal(atomic_load(&shop->run), MANY);
    aw_runtime_free(shop->runtime);
    test_free(shop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_worker_runs_in_order),
        cmocka_unit_test(all_workers_run_at_once),
        cmocka_unit_test(what_is_urgent_waits_for_what_runs_only),
        cmocka_unit_test(what_has_not_begun_can_be_taken_back),
        cmocka_unit_test(the_end_waits_for_all_work),
        cmocka_unit_test(work_may_queue_itself_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
