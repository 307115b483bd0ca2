/*
 * Answers that come late: from other threads, in crowds, after their client has gone, and while the server ends.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "support/http_fixture.h"
#include "support/raw_http.h"

enum { CROWD = 500, WRITERS = 4 };

static raw_answer answer;

static int start(void **state)
{
    *state = http_fixture_new(&(aw__http_server_params){.max_connections = 1000});
    return 0;
}

static int stop(void **state)
{
    http_fixture_free(*state);
    return 0;
}

static raw_http *ask(const http_fixture *fixture, const char *target)
{
    char request[128];
    raw_http *client = raw_open(fixture->port);

    snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: test\r\n\r\n", target);
    raw_send(client, request);
    return client;
}

static void sleep_ms(int ms)
{
    struct timespec pause = {ms / 1000, ms % 1000 * 1000000L};

    nanosleep(&pause, NULL);
}

static void answered_before_the_handler_returns(void **state)
{
    http_fixture *fixture = *state;

    for (int i = 0; i < 50; i++) {
        assert_int_equal(raw_get(fixture->port, "/early", &answer), 200);
        assert_string_equal(answer.body, "early");
        assert_int_equal(raw_get(fixture->port, "/self", &answer), 200);
        assert_string_equal(answer.body, "self");
    }
}

static void answered_while_the_handler_returns(void **state)
{
    http_fixture *fixture = *state;
    raw_http *client = raw_open(fixture->port);

    for (int i = 0; i < 500; i++) {
        assert_int_equal(raw_exchange(client, "GET /soon HTTP/1.1\r\nHost: test\r\n\r\n", &answer), 200);
        assert_string_equal(answer.body, "soon");
    }
    raw_close(client);
}

static void request_stays_readable_until_its_answer(void **state)
{
    http_fixture *fixture = *state;
    raw_http *client = raw_open(fixture->port);
    size_t bytes = 0;

    raw_send(client, "POST /hold/a%20b?c=d HTTP/1.1\r\nHost: test\r\nCookie: session=s\r\n"
                     "Content-Length: 4\r\n\r\nbody");
    aw__exchange *exchange = http_fixture_take(fixture);

    assert_true(raw_silent(client, 50));
    assert_string_equal(aw__exchange_method(exchange), "POST");
    assert_string_equal(aw__exchange_path(exchange), "/hold/a%20b");
    assert_string_equal(aw__exchange_query(exchange), "c=d");
    assert_string_equal(aw__exchange_header(exchange, "host"), "test");
    assert_string_equal(aw__exchange_cookie(exchange, "session"), "s");
    assert_null(aw__exchange_cookie(exchange, "other"));
    assert_string_equal(aw__exchange_body(exchange, &bytes), "body");
    assert_int_equal(bytes, 4);
    assert_int_equal(aw__exchange_add_header(exchange, "X-Late", "yes"), 0);
    http_fixture_answer(exchange, 202, "late");
    assert_true(raw_receive(client, &answer));
    assert_int_equal(answer.status, 202);
    assert_string_equal(raw_header(&answer, "X-Late"), "yes");
    assert_int_equal(raw_exchange(client, "GET /echo HTTP/1.1\r\nHost: test\r\n\r\n", &answer), 200);
    raw_close(client);
}

static void crowd_waits_without_holding_anybody_up(void **state)
{
    http_fixture *fixture = *state;
    raw_http *clients[CROWD];

    for (int i = 0; i < CROWD; i++)
        clients[i] = ask(fixture, "/hold");
    assert_true(http_fixture_wait(&fixture->handled, CROWD));
    assert_int_equal(raw_get(fixture->port, "/echo", &answer), 200);
    assert_int_equal(raw_get(fixture->port, "/soon", &answer), 200);
    for (int i = 0; i < CROWD; i++)
        http_fixture_answer(http_fixture_take(fixture), 200, "at last");
    for (int i = 0; i < CROWD; i++) {
        assert_true(raw_receive(clients[i], &answer));
        assert_string_equal(answer.body, "at last");
        raw_close(clients[i]);
    }
    assert_int_equal(atomic_load(&fixture->hangups), 0);
}

static void hangup_is_noticed_once_and_the_answer_dropped(void **state)
{
    http_fixture *fixture = *state;
    raw_http *stays = ask(fixture, "/hold");
    aw__exchange *kept = http_fixture_take(fixture);
    raw_http *leaves = ask(fixture, "/hold");
    aw__exchange *left = http_fixture_take(fixture);
    raw_http *breaks = ask(fixture, "/hold");
    aw__exchange *broken = http_fixture_take(fixture);
    raw_http *halves = ask(fixture, "/hold");
    aw__exchange *halved = http_fixture_take(fixture);

    raw_close(leaves);
    assert_true(http_fixture_wait(&fixture->hangups, 1));
    raw_reset(breaks);
    assert_true(http_fixture_wait(&fixture->hangups, 2));
    shutdown(halves->fd, SHUT_WR); /* who says nothing more is gone, too */
    assert_true(http_fixture_wait(&fixture->hangups, 3));
    assert_string_equal(aw__exchange_path(left), "/hold");
    http_fixture_answer(left, 200, "too late");
    http_fixture_answer(broken, 200, "too late");
    http_fixture_answer(halved, 200, "too late");
    http_fixture_answer(kept, 200, "in time");
    assert_true(raw_receive(stays, &answer));
    assert_string_equal(answer.body, "in time");
    raw_close(stays);
    raw_close(halves);
    assert_true(http_fixture_wait(&fixture->ended, 4));
    assert_int_equal(atomic_load(&fixture->hangups), 3);
}

static void hangup_may_answer(void **state)
{
    http_fixture *fixture = *state;

    atomic_store(&fixture->answer_in_hangup, true);
    for (int i = 1; i <= 20; i++) {
        raw_http *client = ask(fixture, "/hold");

        http_fixture_take(fixture);
        raw_close(client);
        assert_true(http_fixture_wait(&fixture->hangups, i));
        assert_true(http_fixture_wait(&fixture->ended, i));
    }
}

static void hangup_is_told_after_the_handler(void **state)
{
    http_fixture *fixture = *state;

    atomic_store(&fixture->handler_sleep_ms, 500);
    raw_http *client = ask(fixture, "/hold");
    aw__exchange *exchange = http_fixture_take(fixture);

    raw_close(client);
    sleep_ms(20);
    assert_int_equal(atomic_load(&fixture->hangups), 0);
    assert_true(http_fixture_wait(&fixture->hangups, 1));
    http_fixture_answer(exchange, 200, NULL);
}

/* Clients that leave at about the moment of their answer: whatever comes first, nothing is lost or done twice. */
static void *come_and_go(void *arg)
{
    http_fixture *fixture = arg;
    unsigned seed = (unsigned)(uintptr_t)&seed;

    for (int i = 0; i < 150; i++) {
        raw_http *client = ask(fixture, "/soon");

        if (rand_r(&seed) % 2)
            sched_yield();
        if (rand_r(&seed) % 3)
            raw_close(client);
        else
            raw_reset(client);
    }
    return NULL;
}

static void hangups_race_with_answers(void **state)
{
    http_fixture *fixture = *state;
    pthread_t threads[WRITERS];

    for (int i = 0; i < WRITERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, come_and_go, fixture), 0);
    for (int i = 0; i < WRITERS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(aw__http_server_drain(fixture->server, 10000), AW_OK);
    assert_int_equal(atomic_load(&fixture->ended), atomic_load(&fixture->handled));
}

static void *answer_in_a_while(void *arg)
{
    sleep_ms(100);
    http_fixture_answer(arg, 200, "drained");
    return NULL;
}

static void *drain_fully(void *arg)
{
    http_fixture *fixture = arg;

    assert_int_equal(aw__http_server_drain(fixture->server, 10000), AW_OK);
    return NULL;
}

static void drain_waits_for_answers_but_not_for_idle_clients(void **state)
{
    http_fixture *fixture = *state;
    raw_http *idle = raw_open(fixture->port), *waiting = ask(fixture, "/hold"), *half = raw_open(fixture->port);
    pthread_t thread;

    assert_int_equal(raw_exchange(idle, "GET /echo HTTP/1.1\r\nHost: test\r\n\r\n", &answer), 200);
    raw_send(half, "GET /echo HTTP/1.1\r\nHo");
    assert_int_equal(pthread_create(&thread, NULL, answer_in_a_while, http_fixture_take(fixture)), 0);
    assert_int_equal(aw__http_server_drain(fixture->server, 10000), AW_OK);
    pthread_join(thread, NULL);
    assert_true(raw_refused(fixture->port));
    assert_true(raw_receive(waiting, &answer));
    assert_int_equal(answer.status, 200);
    assert_string_equal(raw_header(&answer, "Connection"), "close");
    assert_true(raw_ended(waiting));
    int handled = atomic_load(&fixture->handled);

    raw_send(idle, "GET /echo HTTP/1.1\r\nHost: test\r\n\r\n");
    assert_true(raw_ended(idle));
    assert_int_equal(atomic_load(&fixture->handled), handled);
    raw_close(idle);
    raw_close(waiting);
    raw_close(half);
}

/* As a proxy does it: it connects, and then sends. */
static void drain_waits_for_what_new_connections_ask(void **state)
{
    http_fixture *fixture = *state;
    raw_http *clients[8];
    pthread_t thread;

    for (int i = 0; i < 8; i++)
        clients[i] = raw_open(fixture->port);
    assert_int_equal(pthread_create(&thread, NULL, drain_fully, fixture), 0);
    while (!raw_refused(fixture->port))
        sleep_ms(1);
    for (int i = 0; i < 8; i++) {
        assert_int_equal(raw_exchange(clients[i], "GET /echo HTTP/1.1\r\nHost: test\r\n\r\n", &answer), 200);
        assert_string_equal(raw_header(&answer, "Connection"), "close");
        raw_close(clients[i]);
    }
    pthread_join(thread, NULL);
}

static void drain_gives_up_in_time(void **state)
{
    http_fixture *fixture = *state;
    raw_http *client = ask(fixture, "/hold");
    aw__exchange *exchange = http_fixture_take(fixture);

    assert_int_equal(aw__http_server_drain(fixture->server, 50), AW_E_TIMEOUT);
    assert_int_equal(aw__http_server_drain(fixture->server, 0), AW_E_TIMEOUT);
    http_fixture_answer(exchange, 200, "after all");
    assert_true(raw_receive(client, &answer));
    assert_string_equal(answer.body, "after all");
    assert_int_equal(aw__http_server_drain(fixture->server, 10000), AW_OK);
    raw_close(client);
}

static void exchanges_outlive_the_server(void **state)
{
    http_fixture *fixture = *state;
    raw_http *clients[10];
    aw__exchange *exchanges[10];

    for (int i = 0; i < 10; i++) {
        clients[i] = ask(fixture, "/hold");
        exchanges[i] = http_fixture_take(fixture);
    }
    http_fixture_stop_server(fixture);
    for (int i = 0; i < 10; i++) {
        assert_true(raw_ended(clients[i]));
        assert_string_equal(aw__exchange_header(exchanges[i], "Host"), "test");
        http_fixture_answer(exchanges[i], 200, "nobody");
        raw_close(clients[i]);
    }
    assert_int_equal(atomic_load(&fixture->ended), 10);
    assert_int_equal(atomic_load(&fixture->hangups), 0);
}

static void *answer_all(void *arg)
{
    for (int i = 0; i < 50; i++)
        http_fixture_answer(http_fixture_take(arg), 200, "whenever");
    return NULL;
}

static void server_ends_while_answers_come(void **state)
{
    http_fixture *fixture = *state;
    raw_http *clients[50];
    pthread_t thread;

    for (int i = 0; i < 50; i++)
        clients[i] = ask(fixture, "/hold");
    assert_true(http_fixture_wait(&fixture->handled, 50));
    assert_int_equal(pthread_create(&thread, NULL, answer_all, fixture), 0);
    http_fixture_stop_server(fixture);
    pthread_join(thread, NULL);
    for (int i = 0; i < 50; i++)
        raw_close(clients[i]);
    assert_int_equal(atomic_load(&fixture->ended), 50);
}

static void server_ends_while_a_handler_runs(void **state)
{
    http_fixture *fixture = *state;

    atomic_store(&fixture->handler_sleep_ms, 100);
    raw_http *client = ask(fixture, "/hold");
    aw__exchange *exchange = http_fixture_take(fixture);

    http_fixture_stop_server(fixture);
    assert_true(raw_ended(client));
    http_fixture_answer(exchange, 200, "nobody");
    raw_close(client);
}

static int open_descriptors(void)
{
    int count = 0;

    for (int fd = 0; fd < 4096; fd++)
        count += fcntl(fd, F_GETFD) >= 0;
    return count;
}

static void no_descriptor_is_left_behind(void **state)
{
    int before = open_descriptors();

    (void)state;
    for (int i = 0; i < 3; i++) {
        http_fixture *other = http_fixture_new(&(aw__http_server_params){.host = "localhost"});
        raw_http *waits = ask(other, "/hold"), *leaves = ask(other, "/hold"), *idle = raw_open(other->port);
        aw__exchange *first = http_fixture_take(other), *second = http_fixture_take(other);

        raw_close(leaves);
        assert_true(http_fixture_wait(&other->hangups, 1));
        http_fixture_answer(first, 200, NULL);
        http_fixture_stop_server(other);
        http_fixture_answer(second, 200, NULL);
        http_fixture_free(other);
        raw_close(waits);
        raw_close(idle);
    }
    assert_int_equal(open_descriptors(), before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(answered_before_the_handler_returns, start, stop),
        cmocka_unit_test_setup_teardown(answered_while_the_handler_returns, start, stop),
        cmocka_unit_test_setup_teardown(request_stays_readable_until_its_answer, start, stop),
        cmocka_unit_test_setup_teardown(crowd_waits_without_holding_anybody_up, start, stop),
        cmocka_unit_test_setup_teardown(hangup_is_noticed_once_and_the_answer_dropped, start, stop),
        cmocka_unit_test_setup_teardown(hangup_may_answer, start, stop),
        cmocka_unit_test_setup_teardown(hangup_is_told_after_the_handler, start, stop),
        cmocka_unit_test_setup_teardown(hangups_race_with_answers, start, stop),
        cmocka_unit_test_setup_teardown(drain_waits_for_answers_but_not_for_idle_clients, start, stop),
        cmocka_unit_test_setup_teardown(drain_waits_for_what_new_connections_ask, start, stop),
        cmocka_unit_test_setup_teardown(drain_gives_up_in_time, start, stop),
        cmocka_unit_test_setup_teardown(exchanges_outlive_the_server, start, stop),
        cmocka_unit_test_setup_teardown(server_ends_while_answers_come, start, stop),
        cmocka_unit_test_setup_teardown(server_ends_while_a_handler_runs, start, stop),
        cmocka_unit_test(no_descriptor_is_left_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
