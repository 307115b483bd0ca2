/*
 * Shutting listening sockets. Where they are opened is in test_server_limits.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http/listen.h"

enum { SOON_MS = 200, LONG_MS = 30000 };

static aw_error err;

static int open_one(const char *host, int *ret_port)
{
    int sockets[AW__LISTEN_MAX], count = 0;

    assert_int_equal(aw__listen_open(host, 0, sockets, &count, ret_port, &err), AW_OK);
    assert_int_equal(count, 1);
    return sockets[0];
}

/* A connection that may be under way still. */
static int connect_to(int port)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_true(fd >= 0);
    assert_true(connect(fd, (const struct sockaddr *)&in, sizeof(in)) == 0 || errno == EINPROGRESS);
    return fd;
}

static bool becomes(int fd, short events, int within_ms)
{
    struct pollfd one = {.fd = fd, .events = events};

    return poll(&one, 1, within_ms) == 1;
}

/* Some containers are not allowed to. */
static bool can_filter(int fd)
{
    struct sock_filter everything = BPF_STMT(BPF_RET | BPF_K, UINT32_MAX);
    struct sock_fprog filter = {.len = 1, .filter = &everything};

    return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter)) == 0;
}

static int failure_of(int fd)
{
    int failure = 0;
    socklen_t bytes = sizeof(failure);

    assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_ERROR, &failure, &bytes), 0);
    return failure;
}

static void test_who_is_there_is_accepted_after_it_was_shut(void **state)
{
    int port = 0, listener = open_one("127.0.0.1", &port), client = connect_to(port);
    char got[8] = "";

    (void)state;
    assert_true(becomes(client, POLLOUT, LONG_MS));
    assert_true(becomes(listener, POLLIN, LONG_MS));
    aw__listen_shut(listener);
    assert_int_equal(send(client, "asked", 5, 0), 5);
    int accepted = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

    assert_true(accepted >= 0);
    close(listener);
    assert_true(becomes(accepted, POLLIN, LONG_MS));
    assert_int_equal(recv(accepted, got, sizeof(got), 0), 5);
    assert_memory_equal(got, "asked", 5);
    assert_int_equal(send(accepted, "answer", 6, 0), 6);
    assert_true(becomes(client, POLLIN, LONG_MS));
    assert_int_equal(recv(client, got, sizeof(got), 0), 6);
    close(accepted);
    close(client);
}

static void refuse_at(const char *host)
{
    int port = 0, listener = open_one(host, &port);

    if (!can_filter(listener)) {
        close(listener);
        skip();
    }
    aw__listen_shut(listener);
    int client = connect_to(port);

    assert_false(becomes(client, POLLOUT, SOON_MS));
    assert_false(becomes(listener, POLLIN, 0));
    close(listener);
    assert_true(becomes(client, POLLOUT, LONG_MS));
    assert_int_equal(failure_of(client), ECONNREFUSED);
    close(client);
}

/* It hears that nobody is there, and never that it was connected. "*" is one socket for IPv4 and IPv6. */
static void test_who_comes_after_it_was_shut_is_refused(void **state)
{
    (void)state;
    refuse_at("127.0.0.1");
    refuse_at("*");
}

/* A descriptor that is no socket: there is nothing to be shut, and nothing breaks. */
static void test_shutting_what_is_no_socket(void **state)
{
    int ends[2];
    char got = 0;

    (void)state;
    assert_int_equal(pipe(ends), 0);
    aw__listen_shut(ends[0]);
    assert_int_equal(write(ends[1], "x", 1), 1);
    assert_int_equal(read(ends[0], &got, 1), 1);
    assert_int_equal(got, 'x');
    close(ends[0]);
    close(ends[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_who_is_there_is_accepted_after_it_was_shut),
        cmocka_unit_test(test_who_comes_after_it_was_shut_is_refused),
        cmocka_unit_test(test_shutting_what_is_no_socket),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
