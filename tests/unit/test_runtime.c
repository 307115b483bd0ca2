/*
 * The runtime: its beginning and end, posting, its own thread, being embedded, and threads that run it while they wait.
 */
#include "loop_support.h"

#include <actingweb/offload.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/alloc.h"
#include "fake_op.h"

static void params_have_defaults_and_limits(void **state)
{
    (void)state;
    aw_runtime *runtime = NULL;
    aw_runtime_params unsized = {.workers = 1};
    aw_error err = {0};

    assert_int_equal(aw_runtime_new(NULL, &runtime, &err), AW_OK);
    assert_int_equal(aw__runtime_params(runtime)->workers, 4);
    assert_int_equal(aw__runtime_params(runtime)->max_response_bytes, 4 * 1024 * 1024);
    assert_int_equal(aw_runtime_in_flight(runtime), 0);
    aw_runtime_free(runtime);
    runtime = NULL;
    assert_int_equal(aw_runtime_new(&unsized, &runtime, &err), AW_E_INVALID);
    assert_int_equal(aw_runtime_new(AW_WITH(runtime, .workers = -1), &runtime, &err), AW_E_INVALID);
    assert_int_equal(aw_runtime_new(AW_WITH(runtime, .workers = 257), &runtime, &err), AW_E_INVALID);
    assert_int_equal(aw_runtime_new(AW_WITH(runtime, .max_idle_connections = -1), &runtime, &err), AW_E_INVALID);
    assert_int_equal(aw_runtime_new(NULL, NULL, &err), AW_E_INVALID);
    assert_int_equal(err.code, AW_E_INVALID);
    assert_null(runtime);
    aw_runtime_free(NULL);
}

/* An application that was built against an older header passes a shorter struct. */
static void older_params_are_understood(void **state)
{
    (void)state;
    aw_runtime *runtime = NULL;
    aw_runtime_params params = {
        .size = offsetof(aw_runtime_params, max_idle_connections), .workers = 2, .max_idle_connections = 5};

    assert_int_equal(aw_runtime_new(&params, &runtime, NULL), AW_OK);
    assert_int_equal(aw__runtime_params(runtime)->workers, 2);
    assert_int_equal(aw__runtime_params(runtime)->max_idle_connections, 256);
    aw_runtime_free(runtime);
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    aw_runtime *runtime = NULL;
    aw_error err = {0};
    int n = 1;

    for (;; n++) {
        aw__alloc_fail_at(n, false);
        if (aw_runtime_new(NULL, &runtime, &err) == AW_OK)
            break;
        assert_int_equal(err.code, AW_E_NOMEM);
        assert_null(runtime);
    }
    aw__alloc_fail_at(0, false);
    assert_in_range(n, 2, 20);
    aw_runtime_free(runtime);
}

static void every_descriptor_may_be_missing(void **state)
{
    (void)state;
    aw_runtime *runtime = NULL;
    aw_error err = {0};
    struct rlimit before, limit;
    int refused = 0, otherwise = 0;
    int first_free = open("/dev/null", O_RDONLY | O_CLOEXEC);

    assert_true(first_free >= 0);
    close(first_free);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    limit = before;
    for (limit.rlim_cur = (rlim_t)first_free; !runtime && limit.rlim_cur < (rlim_t)first_free + 20; limit.rlim_cur++) {
        setrlimit(RLIMIT_NOFILE, &limit);
        if (aw_runtime_new(NULL, &runtime, &err) == AW_OK)
            break;
        refused++;
        otherwise += err.code != AW_E_UNSUPPORTED;
    }
    setrlimit(RLIMIT_NOFILE, &before);
    assert_non_null(runtime);
    assert_int_equal(otherwise, 0);
    assert_in_range(refused, 1, 20);
    aw_runtime_free(runtime);
}

/* ---- Posting ---- */

enum { POSTERS = 4, POSTS = 2000 };

struct letter {
    aw__post post;
    struct mailbox *mailbox;
    int sender, number;
};

struct mailbox {
    aw_runtime *runtime;
    struct letter letters[POSTERS][POSTS];
    int last[POSTERS];
    int out_of_order, outside;
    atomic_int received, senders;
};

static void receive(void *arg)
{
    struct letter *letter = arg;
    struct mailbox *mailbox = letter->mailbox;

    mailbox->out_of_order += letter->number != mailbox->last[letter->sender]++;
    mailbox->outside += !aw__runtime_inside(mailbox->runtime);
    atomic_fetch_add(&mailbox->received, 1);
}

static void *send_all(void *arg)
{
    struct mailbox *mailbox = arg;
    int sender = atomic_fetch_add(&mailbox->senders, 1);

    for (int i = 0; i < POSTS; i++) {
        struct letter *letter = &mailbox->letters[sender][i];

        *letter = (struct letter){.mailbox = mailbox, .sender = sender, .number = i};
        aw__runtime_post(mailbox->runtime, &letter->post, receive, letter);
    }
    return NULL;
}

static struct mailbox *post_from_threads(aw_runtime *runtime, pthread_t threads[POSTERS])
{
    struct mailbox *mailbox = test_calloc(1, sizeof(*mailbox));

    mailbox->runtime = runtime;
    for (int i = 0; i < POSTERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, send_all, mailbox), 0);
    return mailbox;
}

static void check_mail(struct mailbox *mailbox)
{
    assert_int_equal(atomic_load(&mailbox->received), POSTERS * POSTS);
    assert_int_equal(mailbox->out_of_order, 0);
    assert_int_equal(mailbox->outside, 0);
    assert_false(aw__runtime_inside(mailbox->runtime));
    aw_runtime_free(mailbox->runtime);
    test_free(mailbox);
}

static void posts_keep_their_order(void **state)
{
    (void)state;
    pthread_t threads[POSTERS];
    struct mailbox *mailbox = post_from_threads(runtime_started(1), threads);

    for (int i = 0; i < POSTERS; i++)
        pthread_join(threads[i], NULL);
    settle(mailbox->runtime);
    check_mail(mailbox);
}

static void posts_wake_an_outer_loop(void **state)
{
    (void)state;
    pthread_t threads[POSTERS];
    struct mailbox *mailbox = post_from_threads(runtime_idle(1), threads);

    assert_true(embed_until(mailbox->runtime, &mailbox->received, POSTERS * POSTS, NO_NAP_MS));
    for (int i = 0; i < POSTERS; i++)
        pthread_join(threads[i], NULL);
    check_mail(mailbox);
}

/* ---- A thread of its own, or another's loop ---- */

static void a_started_runtime_cannot_be_embedded(void **state)
{
    (void)state;
    aw_runtime *runtime = runtime_started(1);
    aw_error err = {0};

    assert_int_equal(aw_runtime_start(runtime, &err), AW_E_INVALID);
    assert_int_equal(err.code, AW_E_INVALID);
    assert_int_equal(aw_runtime_fd(runtime), -1);
    assert_int_equal(aw_runtime_timeout_ms(runtime), -1);
    assert_int_equal(aw_runtime_process(runtime), AW_E_INVALID);
    aw_runtime_free(runtime);
    assert_int_equal(aw_runtime_start(NULL, NULL), AW_E_INVALID);
    assert_int_equal(aw_runtime_fd(NULL), -1);
    assert_int_equal(aw_runtime_timeout_ms(NULL), -1);
    assert_int_equal(aw_runtime_process(NULL), AW_E_INVALID);
    assert_int_equal(aw_runtime_in_flight(NULL), 0);
}

static void an_embedded_runtime_cannot_be_started(void **state)
{
    (void)state;
    aw_runtime *runtime = runtime_idle(1);
    int fd = aw_runtime_fd(runtime);

    assert_true(fd >= 0);
    assert_int_equal(aw_runtime_process(runtime), AW_OK);
    assert_int_equal(aw_runtime_fd(runtime), fd);
    assert_int_equal(aw_runtime_start(runtime, NULL), AW_E_INVALID);
    aw_runtime_free(runtime);
}

struct reentry {
    aw_runtime *runtime;
    aw__post post;
    int rc;
};

static void process_inside(void *arg)
{
    struct reentry *reentry = arg;

    reentry->rc = aw_runtime_process(reentry->runtime);
    aw_runtime_free(reentry->runtime); /* refused, too */
}

static void processing_is_not_reentrant(void **state)
{
    (void)state;
    struct reentry reentry = {.runtime = runtime_idle(1)};

    aw__runtime_post(reentry.runtime, &reentry.post, process_inside, &reentry);
    assert_int_equal(aw_runtime_process(reentry.runtime), AW_OK);
    assert_int_equal(reentry.rc, AW_E_REENTRANT);
    assert_int_equal(aw_runtime_process(reentry.runtime), AW_OK);
    aw_runtime_free(reentry.runtime);
}

static int answer(void *arg, aw_error *err)
{
    (void)err;
    sleep_ms(1);
    atomic_fetch_add((atomic_int *)arg, 1);
    return AW_OK;
}

static void count_call(const aw_error *err, void *ud)
{
    (void)err;
    atomic_fetch_add((atomic_int *)ud, 1);
}

static bool readable(aw_runtime *runtime)
{
    struct pollfd slot = {.fd = aw_runtime_fd(runtime), .events = POLLIN};

    return poll(&slot, 1, 0) == 1;
}

/* A synchronous call runs the loop behind the outer loop's back, which then has to ask for the timeout again. */
static void a_synchronous_call_in_the_embedding_thread(void **state)
{
    (void)state;
    aw_runtime *runtime = runtime_idle(2);
    atomic_int ran = 0, called = 0;

    assert_int_equal(aw_runtime_process(runtime), AW_OK);
    assert_false(readable(runtime));
    assert_int_equal(aw_offload_async(runtime, AW_WITH(offload, .fn = answer, .arg = &ran), count_call, &called, NULL),
                     AW_OK);
    assert_int_equal(aw_offload(runtime, AW_WITH(offload, .fn = answer, .arg = &ran), NULL), AW_OK);
    assert_true(readable(runtime));
    assert_true(embed_until(runtime, &called, 1, NO_NAP_MS));
    assert_int_equal(atomic_load(&ran), 2);
    aw_runtime_free(runtime);
}

struct caller {
    aw_runtime *runtime;
    pthread_t thread;
    atomic_int *ran, *returned;
    struct gate *gate; /* its function waits here */
    int times;
    int rc, wrong;
};

static int wait_at_gate(void *arg, aw_error *err)
{
    struct caller *caller = arg;

    (void)err;
    atomic_fetch_add(caller->ran, 1);
    if (caller->gate)
        gate_pass(caller->gate);
    return AW_OK;
}

static void *call(void *arg)
{
    struct caller *caller = arg;

    for (int i = 0; i < caller->times; i++) {
        caller->rc = aw_offload(caller->runtime, AW_WITH(offload, .fn = wait_at_gate, .arg = caller), NULL);
        caller->wrong += caller->rc != AW_OK;
    }
    atomic_fetch_add(caller->returned, 1);
    return NULL;
}

enum { CALLERS = 4 };

struct callers {
    struct caller each[CALLERS];
    atomic_int ran, returned;
    struct gate gate;
};

static void callers_begin(struct callers *callers, aw_runtime *runtime, int times)
{
    *callers = (struct callers){.gate = GATE};
    for (int i = 0; i < CALLERS; i++) {
        struct caller *caller = &callers->each[i];

        *caller = (struct caller){.runtime = runtime, .ran = &callers->ran, .returned = &callers->returned};
        caller->times = times;
        caller->gate = times == 1 ? &callers->gate : NULL;
        assert_int_equal(pthread_create(&caller->thread, NULL, call, caller), 0);
    }
}

static int callers_end(struct callers *callers)
{
    int wrong = 0;

    for (int i = 0; i < CALLERS; i++) {
        pthread_join(callers->each[i].thread, NULL);
        wrong += callers->each[i].wrong;
    }
    return wrong;
}

static void callers_take_turns_with_the_loop(void **state)
{
    (void)state;
    aw_runtime *runtime = runtime_idle(2);
    struct callers callers;

    callers_begin(&callers, runtime, 200);
    assert_int_equal(callers_end(&callers), 0);
    assert_int_equal(atomic_load(&callers.ran), CALLERS * 200);
    assert_int_equal(aw_runtime_in_flight(runtime), 0);
    aw_runtime_free(runtime);
}

static void callers_wait_while_another_thread_embeds(void **state)
{
    (void)state;
    aw_runtime *runtime = runtime_idle(2);
    struct callers callers;

    callers_begin(&callers, runtime, 200);
    assert_true(embed_until(runtime, &callers.returned, CALLERS, 20));
    assert_int_equal(callers_end(&callers), 0);
    assert_int_equal(atomic_load(&callers.ran), CALLERS * 200);
    aw_runtime_free(runtime);
}

/* The loop is taken from a caller that runs it, by a thread of the runtime's own or by the embedding thread. */
static void the_loop_is_taken_from_a_caller(void **state)
{
    (void)state;
    for (int embed = 0; embed < 2; embed++) {
        aw_runtime *runtime = runtime_idle(CALLERS);
        struct callers callers;

        callers_begin(&callers, runtime, 1);
        while (atomic_load(&callers.ran) < CALLERS)
            sleep_ms(1);
        if (!embed)
            assert_int_equal(aw_runtime_start(runtime, NULL), AW_OK);
        else
            assert_int_equal(aw_runtime_process(runtime), AW_OK);
        gate_open(&callers.gate);
        if (embed)
            assert_true(embed_until(runtime, &callers.returned, CALLERS, 20));
        assert_int_equal(callers_end(&callers), 0);
        aw_runtime_free(runtime);
    }
}

/* The embedding thread's own synchronous call, while another caller has the loop. */
static void the_embedding_thread_takes_the_loop_to_wait(void **state)
{
    (void)state;
    aw_runtime *runtime = runtime_idle(CALLERS + 1);
    struct callers callers;
    atomic_int ran = 0;

    callers_begin(&callers, runtime, 1);
    while (atomic_load(&callers.ran) < CALLERS)
        sleep_ms(1);
    assert_int_equal(aw_runtime_process(runtime), AW_OK);
    assert_int_equal(aw_offload(runtime, AW_WITH(offload, .fn = answer, .arg = &ran), NULL), AW_OK);
    gate_open(&callers.gate);
    assert_true(embed_until(runtime, &callers.returned, CALLERS, 20));
    assert_int_equal(callers_end(&callers), 0);
    aw_runtime_free(runtime);
}

/* ---- The end ---- */

struct last {
    aw_runtime *runtime;
    int delivered, delivered_before_close, closes, rc_of_late;
};

static void start_another(struct fake *fake, const aw_error *err)
{
    struct last *last = fake->ud;
    struct fake *late = fake_new(fake->op.runtime, FAKE_AT_ONCE, AW_OK);

    (void)err;
    last->delivered++;
    last->rc_of_late = aw__op_start(&late->op, 0, NULL, NULL, NULL);
    fake_unref(late);
}

static void close_client(void *client)
{
    struct last *last = client;

    last->closes++;
    last->delivered_before_close = last->delivered;
}

static void check_end(aw_runtime *runtime)
{
    static const enum fake_way ways[] = {FAKE_HANGS, FAKE_UNDOES};
    enum { MANY = 50 };
    struct last last = {.runtime = runtime};
    struct fake *fakes[MANY];

    aw__runtime_lock(runtime);
    assert_null(aw__runtime_attached(runtime));
    aw__runtime_attach(runtime, &last, close_client);
    assert_ptr_equal(aw__runtime_attached(runtime), &last);
    aw__runtime_unlock(runtime);
    for (int i = 0; i < MANY; i++) {
        fakes[i] = fake_new(runtime, ways[i % 2], AW_OK);
        fakes[i]->ud = &last;
        fakes[i]->on_delivered = start_another;
        assert_int_equal(aw__op_start(&fakes[i]->op, 3600 * 1000, NULL, NULL, NULL), AW_OK);
    }
    aw_runtime_free(runtime);
    for (int i = 0; i < MANY; i++) {
        assert_int_equal(fakes[i]->deliveries, 1);
        assert_int_equal(fakes[i]->code_delivered, AW_E_CLOSED);
        fake_unref(fakes[i]);
    }
    assert_int_equal(last.rc_of_late, AW_E_CLOSED);
    assert_int_equal(last.closes, 1);
    assert_int_equal(last.delivered_before_close, MANY);
}

static void the_end_completes_everything(void **state)
{
    (void)state;
    aw_runtime *embedded = runtime_idle(1);
    aw_runtime *started = runtime_started(1);

    check_end(runtime_idle(1));
    aw_runtime_process(embedded);
    check_end(embedded);
    settle(started);
    check_end(started);
}

static void dawdle(struct fake *fake, const aw_error *err)
{
    (void)fake;
    (void)err;
    sleep_ms(20);
}

/* The last operation's undoing is due before the loop comes to sleep: it must not sleep then. */
static void the_end_does_not_oversleep(void **state)
{
    (void)state;
    aw_runtime *runtime = runtime_idle(1);
    struct fake *undoing = fake_new(runtime, FAKE_UNDOES, AW_OK);
    struct fake *dawdling = fake_new(runtime, FAKE_HANGS, AW_OK);

    dawdling->on_delivered = dawdle;
    assert_int_equal(aw__op_start(&undoing->op, 0, NULL, NULL, NULL), AW_OK);
    assert_int_equal(aw__op_start(&dawdling->op, 0, NULL, NULL, NULL), AW_OK);
    aw_runtime_process(runtime);
    aw_runtime_free(runtime);
    assert_int_equal(undoing->code_delivered, AW_E_CLOSED);
    assert_int_equal(dawdling->code_delivered, AW_E_CLOSED);
    fake_unref(undoing);
    fake_unref(dawdling);
}

static void *free_runtime(void *arg)
{
    aw_runtime_free(arg);
    return NULL;
}

/* One caller's function runs, the others' wait for the only worker: these are sent home at once, and it when its
 * function returns. */
static void end_with_callers(aw_runtime *runtime)
{
    struct callers callers;
    pthread_t ender;

    callers_begin(&callers, runtime, 1);
    while (aw_runtime_in_flight(runtime) < CALLERS || atomic_load(&callers.ran) < 1)
        sleep_ms(1);
    assert_int_equal(pthread_create(&ender, NULL, free_runtime, runtime), 0);
    while (atomic_load(&callers.returned) < CALLERS - 1)
        sleep_ms(1);
    gate_open(&callers.gate);
    pthread_join(ender, NULL);
    callers_end(&callers);
    assert_int_equal(atomic_load(&callers.ran), 1);
    for (int i = 0; i < CALLERS; i++)
        assert_int_equal(callers.each[i].rc, AW_E_CLOSED);
}

static void the_end_sends_callers_home(void **state)
{
    (void)state;
    end_with_callers(runtime_started(1));
    end_with_callers(runtime_idle(1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(params_have_defaults_and_limits),
        cmocka_unit_test(older_params_are_understood),
        cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(every_descriptor_may_be_missing),
        cmocka_unit_test(posts_keep_their_order),
        cmocka_unit_test(posts_wake_an_outer_loop),
        cmocka_unit_test(a_started_runtime_cannot_be_embedded),
        cmocka_unit_test(an_embedded_runtime_cannot_be_started),
        cmocka_unit_test(processing_is_not_reentrant),
        cmocka_unit_test(a_synchronous_call_in_the_embedding_thread),
        cmocka_unit_test(callers_take_turns_with_the_loop),
        cmocka_unit_test(callers_wait_while_another_thread_embeds),
        cmocka_unit_test(the_loop_is_taken_from_a_caller),
        cmocka_unit_test(the_embedding_thread_takes_the_loop_to_wait),
        cmocka_unit_test(the_end_completes_everything),
        cmocka_unit_test(the_end_does_not_oversleep),
        cmocka_unit_test(the_end_sends_callers_home),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
