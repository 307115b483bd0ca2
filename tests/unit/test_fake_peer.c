/*
 * The fake peer, asked over plain sockets: the well-behaved actor, rules, faults, the record, and many connections.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <actingweb/test/fake_peer.h>

#define PATIENCE_MS 20000

static int connect_to(int port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons((uint16_t)port)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address))) {
        close(fd);
        return -1;
    }
    return fd;
}

static void send_text(int fd, const char *text)
{
    assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
}

static void send_request(int fd, const char *method, const char *path, const char *body)
{
    char text[2048];

    snprintf(text, sizeof(text), "%s %s HTTP/1.1\r\nHost: x\r\nContent-Length: %zu\r\n\r\n%s", method, path,
             strlen(body), body);
    send_text(fd, text);
}

/* Reads until the end. Returns the last recv(): 0 closed, -1 reset. */
static ssize_t read_all(int fd, char *out, size_t room)
{
    size_t bytes = 0;
    ssize_t n;

    while ((n = recv(fd, out + bytes, room - bytes - 1, 0)) > 0)
        bytes += (size_t)n;
    out[bytes] = '\0';
    return n;
}

/* Reads one answer with a Content-Length, or without a body. Returns the last recv(). */
static ssize_t read_answer(int fd, char *out, size_t room)
{
    size_t bytes = 0;
    ssize_t n;

    out[0] = '\0';
    while ((n = recv(fd, out + bytes, room - bytes - 1, 0)) > 0) {
        bytes += (size_t)n;
        out[bytes] = '\0';
        const char *end = strstr(out, "\r\n\r\n");
        const char *length = strstr(out, "Content-Length: ");

        if (end && (!length || strlen(end + 4) >= strtoul(length + 16, NULL, 10)))
            break;
    }
    return n;
}

/* One request on a connection of its own. */
static const char *ask(aw_fake_peer *peer, const char *method, const char *path, const char *body)
{
    static char answer[8192];
    int fd = connect_to(aw_fake_peer_port(peer));

    assert_true(fd >= 0);
    send_request(fd, method, path, body);
    read_answer(fd, answer, sizeof(answer));
    close(fd);
    return answer;
}

static void has(const char *answer, const char *text)
{
    if (!strstr(answer, text))
        fail_msg("no \"%s\" in: %s", text, answer);
}

static void well_behaved_actor(void **state)
{
    static const char trust[] =
        "{\"baseuri\":\"http://a/alice\",\"id\":\"alice\",\"type\":\"urn:x\",\"secret\":\"s\\\"3\","
        " \"desc\": \"\", \"verify\":\"v1\"}";
    aw_fake_peer *peer = aw_fake_peer_new();
    char location[128];
    const char *answer;

    (void)state;
    assert_non_null(peer);
    answer = ask(peer, "GET", "/bob/meta", "");
    has(answer, "HTTP/1.1 200 OK\r\n");
    has(answer, "Content-Type: application/json\r\n");
    has(answer, "{\"id\":\"bob\",\"type\":\"urn:actingweb:");
    has(answer, "\"aw_supported\":\"actions,");
    has(ask(peer, "GET", "/bob/meta/id", ""), "\r\n\r\nbob");
    has(ask(peer, "GET", "/bob/meta/actingweb/version", ""), "\r\n\r\n1.0");
    has(ask(peer, "GET", "/bob/meta/actingweb/supported", ""), "Content-Type: text/plain\r\n");
    has(ask(peer, "GET", "/bob/meta/raml", ""), "HTTP/1.1 404");
    answer = ask(peer, "POST", "/bob/trust/friend", trust);
    has(answer, "HTTP/1.1 202 Accepted\r\n");
    snprintf(location, sizeof(location), "Location: %sbob/trust/friend/alice\r\n", aw_fake_peer_root(peer));
    has(answer, location);
    has(answer, "\"secret\":\"s\\\"3\",\"approved\":\"false\",\"peer_approved\":\"true\"");
    has(answer, "\"verification_token\":\"v1\",\"desc\":\"\",\"id\":\"bob\",\"peerid\":\"alice\"}");
    has(ask(peer, "POST", "/bob/trust/friend", "{\"id\":\"x\"}"), "HTTP/1.1 400");
    has(ask(peer, "GET", "/bob/trust/friend/alice", ""), "\"peerid\":\"alice\"");
    has(ask(peer, "POST", "/bob/trust/friend/alice", "{\"approved\":true}"), "HTTP/1.1 204");
    has(ask(peer, "PUT", "/bob/trust/friend/alice", "{}"), "HTTP/1.1 204");
    has(ask(peer, "DELETE", "/bob/trust/friend/alice", ""), "HTTP/1.1 204");
    aw_fake_peer_free(peer);
}

static void subscriptions_and_the_rest(void **state)
{
    aw_fake_peer *peer = aw_fake_peer_new();
    char first[256], second[256];

    (void)state;
    assert_non_null(peer);
    snprintf(
        first, sizeof(first), "%s",
        strstr(
            ask(peer, "POST", "/bob/subscriptions/alice",
                "{\"id\":\"alice\",\"x\":{\"target\":[1,\"]\"]},\"target\":\"properties\",\"granularity\":\"high\"}"),
            "{\"subscriptionid\""));
    has(first,
        "\"target\":\"properties\",\"subtarget\":null,\"resource\":null,\"granularity\":\"high\",\"sequence\":0}");
    snprintf(
        second, sizeof(second), "%s",
        strstr(ask(peer, "POST", "/bob/subscriptions/alice", "{\"target\":\"properties\"}"), "{\"subscriptionid\""));
    assert_memory_not_equal(first, second, 52);
    has(ask(peer, "POST", "/bob/subscriptions/alice", "{\"target\":\"p\"}"), "/bob/subscriptions/alice/");
    has(ask(peer, "POST", "/bob/subscriptions/alice", "{}"), "HTTP/1.1 400");
    has(ask(peer, "GET", "/bob/subscriptions/alice/1", ""), "\"data\":[]");
    has(ask(peer, "PUT", "/bob/subscriptions/alice/1", "{\"sequence\":1}"), "HTTP/1.1 204");
    has(ask(peer, "DELETE", "/bob/subscriptions/alice/1", ""), "HTTP/1.1 204");
    has(ask(peer, "DELETE", "/bob/callbacks/subscriptions/alice/1", ""), "HTTP/1.1 204");
    has(ask(peer, "POST", "/bob/callbacks/subscriptions/alice/1", "{}"), "HTTP/1.1 204");
    has(ask(peer, "POST", "/bob/callbacks/permissions/alice", "{}"), "HTTP/1.1 204");
    has(ask(peer, "POST", "/bob/callbacks/ping", "{}"), "HTTP/1.1 204");
    has(ask(peer, "GET", "/bob/properties", ""), "\r\n\r\n{}");
    has(ask(peer, "POST", "/bob/properties", "{\"a\":1}"), "\r\n\r\n{\"a\":1}");
    has(ask(peer, "PUT", "/bob/properties/a", "1"), "HTTP/1.1 204");
    has(ask(peer, "GET", "/bob/properties/a", ""), "HTTP/1.1 404");
    has(ask(peer, "GET", "/bob/methods", ""), "{\"methods\":[]}");
    has(ask(peer, "GET", "/bob/nothing", ""), "{\"error\":{\"code\":404,");
    has(ask(peer, "GET", "/", ""), "HTTP/1.1 404");
    aw_fake_peer_free(peer);
}

static void rules(void **state)
{
    aw_fake_peer *peer = aw_fake_peer_new();

    (void)state;
    assert_non_null(peer);
    aw_fake_peer_rule(peer, AW_WITH(fake_peer_rule, .path = "/bob/meta", .status = 503,
                                    .headers = "Retry-After: 3\r\nContent-Type: text/x\r\n", .body = "later"));
    has(ask(peer, "GET", "/bob/meta", ""), "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 3\r\n");
    has(ask(peer, "GET", "/bob/meta/id", ""), "Content-Type: text/x\r\n");
    has(ask(peer, "GET", "/alice/meta", ""), "HTTP/1.1 200");
    aw_fake_peer_rule(peer,
                      AW_WITH(fake_peer_rule, .method = "PUT", .path = "/bob/meta", .exact = true, .status = 201));
    has(ask(peer, "PUT", "/bob/meta", ""), "HTTP/1.1 201 Created\r\nContent-Length: 0\r\n");
    has(ask(peer, "PUT", "/bob/meta/id", ""), "HTTP/1.1 503");
    has(ask(peer, "GET", "/bob/meta", ""), "HTTP/1.1 503");
    aw_fake_peer_rule(peer, AW_WITH(fake_peer_rule, .after = 1, .times = 2, .status = 500));
    has(ask(peer, "GET", "/bob/meta", ""), "HTTP/1.1 503");
    has(ask(peer, "GET", "/bob/meta", ""), "HTTP/1.1 500");
    has(ask(peer, "GET", "/x", ""), "HTTP/1.1 500");
    has(ask(peer, "GET", "/bob/meta", ""), "HTTP/1.1 503");
    aw_fake_peer_reset_rules(peer);
    has(ask(peer, "GET", "/bob/meta", ""), "HTTP/1.1 200");
    aw_fake_peer_rule(peer, AW_WITH(fake_peer_rule, .body = "{\"id\":\"eve\"}"));
    has(ask(peer, "GET", "/bob/meta", ""), "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 12");
    assert_int_equal(aw_fake_peer_rule(peer, NULL), -1);
    aw_fake_peer_free(peer);
}

static void faults(void **state)
{
    static const struct {
        aw_fake_peer_fault fault;
        const char *answer; /* beginning; NULL: none */
        bool reset;
    } cases[] = {
        {AW_FAKE_RESET, NULL, true},
        {AW_FAKE_CLOSE, NULL, false},
        {AW_FAKE_TRUNCATE, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 4\r\n\r\nab", false},
        {AW_FAKE_GARBAGE, "this is not HTTP", false},
    };
    aw_fake_peer *peer = aw_fake_peer_new();
    char answer[4096];

    (void)state;
    assert_non_null(peer);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        int fd = connect_to(aw_fake_peer_port(peer));

        aw_fake_peer_rule(peer, AW_WITH(fake_peer_rule, .status = 200, .body = "abcd", .fault = cases[i].fault));
        send_request(fd, "GET", "/", "");
        ssize_t n = read_all(fd, answer, sizeof(answer));

        assert_int_equal(n, cases[i].reset ? -1 : 0);
        if (cases[i].reset)
            assert_int_equal(errno, ECONNRESET);
        assert_memory_equal(answer, cases[i].answer ? cases[i].answer : "",
                            cases[i].answer ? strlen(cases[i].answer) : 1);
        close(fd);
    }
    assert_int_equal(aw_fake_peer_count(peer), 4);
    aw_fake_peer_free(peer);
}

static bool readable(int fd, int ms)
{
    struct pollfd slot = {.fd = fd, .events = POLLIN};

    return poll(&slot, 1, ms) > 0;
}

static void faults_that_take_time(void **state)
{
    aw_fake_peer *peer = aw_fake_peer_new();
    char bytes[65536];
    size_t total = 0;
    int fd;

    (void)state;
    assert_non_null(peer);
    aw_fake_peer_rule(peer, AW_WITH(fake_peer_rule, .path = "/hang", .fault = AW_FAKE_HANG));
    aw_fake_peer_rule(peer, AW_WITH(fake_peer_rule, .path = "/slow", .status = 200, .body = "ab",
                                    .fault = AW_FAKE_DRIBBLE, .dribble_ms = 2));
    aw_fake_peer_rule(peer, AW_WITH(fake_peer_rule, .path = "/endless", .status = 200, .fault = AW_FAKE_ENDLESS));
    fd = connect_to(aw_fake_peer_port(peer));
    send_request(fd, "GET", "/hang", "");
    assert_true(aw_fake_peer_wait_for(peer, "GET", "/hang", 1, PATIENCE_MS));
    assert_false(readable(fd, 50));
    has(ask(peer, "GET", "/slow", ""), "\r\n\r\nab");
    has(ask(peer, "GET", "/bob/meta", ""), "HTTP/1.1 200");
    close(fd);
    fd = connect_to(aw_fake_peer_port(peer));
    send_request(fd, "GET", "/endless", "");
    while (total < 4 * 1024 * 1024) {
        ssize_t n = recv(fd, bytes, sizeof(bytes), 0);

        assert_true(n > 0);
        total += (size_t)n;
    }
    has(ask(peer, "GET", "/bob/meta", ""), "HTTP/1.1 200"); /* the others have their turn meanwhile */
    close(fd);
    aw_fake_peer_free(peer);
}

static void keeps_connections_open(void **state)
{
    aw_fake_peer *peer = aw_fake_peer_new();
    char answer[4096];
    int fd;

    (void)state;
    assert_non_null(peer);
    fd = connect_to(aw_fake_peer_port(peer));
    for (int i = 0; i < 10; i++) {
        send_request(fd, "POST", "/bob/properties", "{\"a\":1}");
        assert_true(read_answer(fd, answer, sizeof(answer)) > 0);
        has(answer, "HTTP/1.1 201");
    }
    assert_int_equal(aw_fake_peer_connections(peer), 1);
    /* In pieces, and two at once. */
    send_text(fd, "PUT /a HT");
    assert_false(readable(fd, 10));
    send_text(fd, "TP/1.1\r\ncontent-length: 3\r\n\r\nab");
    assert_false(readable(fd, 10));
    send_text(fd, "cPUT /b HTTP/1.1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    assert_true(aw_fake_peer_wait_for(peer, "PUT", "/b", 1, PATIENCE_MS));
    assert_int_equal(read_all(fd, answer, sizeof(answer)), 0);
    close(fd);
    fd = connect_to(aw_fake_peer_port(peer));
    send_text(fd, "nonsense\r\n\r\n");
    assert_int_equal(recv(fd, answer, sizeof(answer), 0), 0);
    close(fd);
    aw_fake_peer_free(peer);
}

static void record(void **state)
{
    aw_fake_peer *peer = aw_fake_peer_new();
    aw_fake_peer_request request;

    (void)state;
    assert_non_null(peer);
    assert_false(aw_fake_peer_get(peer, 0, &request));
    assert_false(aw_fake_peer_wait_for(peer, NULL, NULL, 1, 10));
    ask(peer, "GET", "/bob/meta?x=1", "");
    for (int i = 0; i < 100; i++)
        ask(peer, "POST", "/bob/properties", "{\"b\":2}");
    assert_int_equal(aw_fake_peer_count(peer), 101);
    assert_int_equal(aw_fake_peer_count_of(peer, "GET", NULL), 1);
    assert_int_equal(aw_fake_peer_count_of(peer, NULL, "/bob/"), 101);
    assert_int_equal(aw_fake_peer_count_of(peer, "POST", "/alice"), 0);
    assert_true(aw_fake_peer_get(peer, 0, &request));
    assert_string_equal(request.path, "/bob/meta?x=1");
    assert_string_equal(request.headers, "Host: x\r\nContent-Length: 0\r\n");
    assert_true(aw_fake_peer_get(peer, 100, &request));
    assert_string_equal(request.body, "{\"b\":2}");
    assert_int_equal(request.body_bytes, 7);
    aw_fake_peer_clear(peer);
    assert_int_equal(aw_fake_peer_count(peer), 0);
    aw_fake_peer_free(peer);
}

static void refuses_and_accepts(void **state)
{
    aw_fake_peer *peer = aw_fake_peer_new();
    char answer[4096];
    int port, kept;

    (void)state;
    assert_non_null(peer);
    port = aw_fake_peer_port(peer);
    kept = connect_to(port);
    send_request(kept, "GET", "/bob/meta", "");
    assert_true(read_answer(kept, answer, sizeof(answer)) > 0);
    for (int i = 0; i < 3; i++) {
        aw_fake_peer_refuse(peer);
        aw_fake_peer_refuse(peer);
        assert_int_equal(connect_to(port), -1);
        assert_int_equal(errno, ECONNREFUSED);
        assert_int_equal(aw_fake_peer_accept(peer), 0);
        assert_int_equal(aw_fake_peer_accept(peer), 0);
        has(ask(peer, "GET", "/bob/meta", ""), "HTTP/1.1 200");
    }
    assert_int_equal(recv(kept, answer, sizeof(answer), 0), 0);
    close(kept);
    aw_fake_peer_refuse(peer);
    aw_fake_peer_free(peer);
    aw_fake_peer_free(NULL);
}

/* ---- Ten thousand connections: the clients are a process of their own, since descriptors are counted per process
 * ---- */

enum { MANY = 10000 };

/* Opens count connections, asks on each, reads each answer. The exit code says how it went. */
static int be_many_clients(int from_parent)
{
    struct rlimit limit;
    int port = 0;
    int count = MANY;

    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur < MANY + 100)
        count = (int)limit.rlim_cur - 100;
    int *fds = calloc((size_t)count, sizeof(*fds));
    char answer[2048];

    if (!fds || read(from_parent, &port, sizeof(port)) != sizeof(port))
        return 1;
    for (int i = 0; i < count; i++) {
        fds[i] = connect_to(port);
        if (fds[i] < 0)
            return 2;
        if (send(fds[i], "GET /bob/meta HTTP/1.1\r\n\r\n", 26, MSG_NOSIGNAL) != 26)
            return 3;
    }
    for (int i = 0; i < count; i++)
        if (read_answer(fds[i], answer, sizeof(answer)) <= 0 || !strstr(answer, "HTTP/1.1 200"))
            return 4;
    free(fds);
    return 0;
}

static void ten_thousand_connections(void **state)
{
    struct rlimit limit;
    int to_child[2];
    int status = -1;

    (void)state;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    assert_int_equal(pipe(to_child), 0);
    pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0)
        _exit(be_many_clients(to_child[0]));
    aw_fake_peer *peer = aw_fake_peer_new();

    assert_non_null(peer);
    aw_fake_peer_rule(peer, AW_WITH(fake_peer_rule, .delay_ms = 500));
    int port = aw_fake_peer_port(peer);

    assert_int_equal(write(to_child[1], &port, sizeof(port)), sizeof(port));
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_int_equal(aw_fake_peer_connections(peer), aw_fake_peer_count(peer));
    aw_fake_peer_free(peer);
    close(to_child[0]);
    close(to_child[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(well_behaved_actor),
        cmocka_unit_test(subscriptions_and_the_rest),
        cmocka_unit_test(rules),
        cmocka_unit_test(faults),
        cmocka_unit_test(faults_that_take_time),
        cmocka_unit_test(keeps_connections_open),
        cmocka_unit_test(record),
        cmocka_unit_test(refuses_and_accepts),
        cmocka_unit_test(ten_thousand_connections),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
