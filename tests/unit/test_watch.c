/*
 * Watches: events, changes, ends, and what cannot be watched.
 */
#include "loop_support.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "runtime/watch.h"

/* One end of a socket pair, watched. */
struct eye {
    aw_runtime *runtime;
    aw__watch *watch;
    int fds[2];
    int first_events;
    int next_events; /* set after the first time; -1: free the watch, -2: read and go on, -3: free it the third time */
    int rc;
    bool out_of_memory;
    atomic_int seen;
};

static void on_event(void *arg, int events)
{
    struct eye *eye = arg;
    char byte;

    if (atomic_load(&eye->seen) == 0)
        eye->first_events = events;
    if (eye->next_events == -1 || (eye->next_events == -3 && atomic_load(&eye->seen) == 2)) {
        aw__watch_free(eye->watch);
        eye->watch = NULL;
    } else if (eye->next_events == -2) {
        while (read(eye->fds[0], &byte, 1) == 1)
            ;
    } else if (eye->next_events >= 0) {
        aw__watch_set(eye->watch, eye->next_events);
    }
    atomic_fetch_add(&eye->seen, 1);
}

static void setup(struct eye *eye, aw_runtime *runtime)
{
    memset(eye, 0, sizeof(*eye));
    eye->runtime = runtime;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, eye->fds), 0);
}

static void watch_readable(void *arg)
{
    struct eye *eye = arg;

    eye->watch = aw__watch_new(eye->runtime, eye->fds[0], on_event, eye);
    aw__watch_set(eye->watch, AW__READABLE);
    eye->rc = aw__watch_set(eye->watch, AW__READABLE); /* the same again is fine */
}

static void watch_hangup(void *arg)
{
    struct eye *eye = arg;

    eye->watch = aw__watch_new(eye->runtime, eye->fds[0], on_event, eye);
    eye->rc = aw__watch_set(eye->watch, AW__HANGUP);
}

static void watch_both(void *arg)
{
    struct eye *eye = arg;

    eye->watch = aw__watch_new(eye->runtime, eye->fds[0], on_event, eye);
    eye->rc = aw__watch_set(eye->watch, AW__READABLE | AW__WRITABLE);
}

static void unwatch(void *arg)
{
    struct eye *eye = arg;

    aw__watch_free(eye->watch);
    eye->watch = NULL;
}

static void wait_for(struct eye *eye, int count)
{
    for (int i = 0; i < 2000 && atomic_load(&eye->seen) < count; i++)
        sleep_ms(5);
    assert_true(atomic_load(&eye->seen) >= count);
}

static void end(struct eye *eye)
{
    on_loop(eye->runtime, unwatch, eye);
    close(eye->fds[0]);
    if (eye->fds[1] >= 0)
        close(eye->fds[1]);
    aw_runtime_free(eye->runtime);
}

static void readable_each_time(void **state)
{
    (void)state;
    struct eye eye;

    setup(&eye, runtime_started(1));
    eye.next_events = -2;
    on_loop(eye.runtime, watch_readable, &eye);
    assert_int_equal(eye.rc, AW_OK);
    for (int i = 1; i <= 3; i++) {
        assert_int_equal(write(eye.fds[1], "x", 1), 1);
        wait_for(&eye, i);
    }
    settle(eye.runtime);
    assert_int_equal(eye.first_events, AW__READABLE);
    end(&eye);
}

static void nothing_after_set_to_nothing(void **state)
{
    (void)state;
    struct eye eye;

    setup(&eye, runtime_started(1));
    on_loop(eye.runtime, watch_both, &eye);
    wait_for(&eye, 1);
    assert_int_equal(write(eye.fds[1], "x", 1), 1);
    sleep_ms(20);
    settle(eye.runtime);
    assert_int_equal(eye.first_events, AW__WRITABLE);
    assert_int_equal(atomic_load(&eye.seen), 1);
    end(&eye);
}

static void hangup_alone(void **state)
{
    (void)state;
    struct eye eye;

    setup(&eye, runtime_started(1));
    on_loop(eye.runtime, watch_hangup, &eye);
    assert_int_equal(write(eye.fds[1], "x", 1), 1);
    sleep_ms(10);
    settle(eye.runtime);
    assert_int_equal(atomic_load(&eye.seen), 0);
    assert_int_equal(shutdown(eye.fds[1], SHUT_WR), 0);
    wait_for(&eye, 1);
    settle(eye.runtime);
    assert_int_equal(eye.first_events, AW__HANGUP);
    end(&eye);
}

/* A peer that closes with bytes of ours unread resets the connection: an error, told as what was asked for, until
 * somebody looks at it. */
static void an_error_is_every_event(void **state)
{
    (void)state;
    struct eye eye;

    setup(&eye, runtime_started(1));
    eye.next_events = -3;
    on_loop(eye.runtime, watch_hangup, &eye);
    assert_int_equal(write(eye.fds[0], "unread", 6), 6);
    close(eye.fds[1]);
    eye.fds[1] = -1;
    wait_for(&eye, 3);
    settle(eye.runtime);
    assert_int_equal(eye.first_events, AW__HANGUP);
    assert_int_equal(atomic_load(&eye.seen), 3);
    end(&eye);
}

static void freed_inside_its_function(void **state)
{
    (void)state;
    struct eye eye;

    setup(&eye, runtime_started(1));
    eye.next_events = -1;
    on_loop(eye.runtime, watch_readable, &eye);
    assert_int_equal(write(eye.fds[1], "x", 1), 1);
    wait_for(&eye, 1);
    sleep_ms(10);
    settle(eye.runtime);
    assert_int_equal(atomic_load(&eye.seen), 1);
    end(&eye);
}

static void watch_again(void *arg)
{
    unwatch(arg);
    watch_readable(arg);
}

/* libcurl closes a socket and opens another with the same number in one callback. */
static void a_descriptor_can_be_watched_again_at_once(void **state)
{
    (void)state;
    struct eye eye;

    setup(&eye, runtime_started(1));
    eye.next_events = -2;
    on_loop(eye.runtime, watch_readable, &eye);
    on_loop(eye.runtime, watch_again, &eye);
    assert_int_equal(eye.rc, AW_OK);
    assert_int_equal(write(eye.fds[1], "x", 1), 1);
    wait_for(&eye, 1);
    end(&eye);
}

static void watch_file(void *arg)
{
    struct eye *eye = arg;
    int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

    eye->watch = aw__watch_new(eye->runtime, fd, on_event, eye);
    eye->rc = aw__watch_set(eye->watch, AW__READABLE);
    aw__watch_free(eye->watch);
    close(fd);
    aw__alloc_fail_at(1, false);
    eye->watch = aw__watch_new(eye->runtime, eye->fds[0], on_event, eye);
    aw__alloc_fail_at(0, false);
    eye->out_of_memory = eye->watch == NULL;
}

static void files_cannot_be_watched_and_memory_may_be_out(void **state)
{
    (void)state;
    struct eye eye;

    setup(&eye, runtime_started(1));
    on_loop(eye.runtime, watch_file, &eye);
    assert_int_equal(eye.rc, AW_E_UNSUPPORTED);
    assert_true(eye.out_of_memory);
    end(&eye);
}

/* A watch that is started inside aw_runtime_process() makes the descriptor readable: an outer loop waits for nothing
 * else. */
static void an_outer_loop_hears_of_new_watches(void **state)
{
    (void)state;
    struct eye eye;

    setup(&eye, runtime_idle(1));
    eye.next_events = -1;
    assert_int_equal(write(eye.fds[1], "x", 1), 1);

    struct visit visit = {.fn = watch_readable, .arg = &eye, .done = GATE};
    struct pollfd slot = {.fd = aw_runtime_fd(eye.runtime), .events = POLLIN};

    assert_int_equal(poll(&slot, 1, 0), 0);
    aw__runtime_post(eye.runtime, &visit.post, visit_run, &visit);
    assert_int_equal(poll(&slot, 1, 0), 1);
    assert_int_equal(aw_runtime_process(eye.runtime), AW_OK);
    assert_int_equal(atomic_load(&eye.seen), 1);
    assert_int_equal(aw_runtime_timeout_ms(eye.runtime), -1);
    close(eye.fds[0]);
    close(eye.fds[1]);
    aw_runtime_free(eye.runtime);
}

static void what_is_left_ends_with_the_runtime(void **state)
{
    (void)state;
    struct eye eye;

    setup(&eye, runtime_started(1));
    on_loop(eye.runtime, watch_readable, &eye);
    aw_runtime_free(eye.runtime);
    close(eye.fds[0]);
    close(eye.fds[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(readable_each_time),
        cmocka_unit_test(nothing_after_set_to_nothing),
        cmocka_unit_test(hangup_alone),
        cmocka_unit_test(an_error_is_every_event),
        cmocka_unit_test(freed_inside_its_function),
        cmocka_unit_test(a_descriptor_can_be_watched_again_at_once),
        cmocka_unit_test(files_cannot_be_watched_and_memory_may_be_out),
        cmocka_unit_test(an_outer_loop_hears_of_new_watches),
        cmocka_unit_test(what_is_left_ends_with_the_runtime),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
