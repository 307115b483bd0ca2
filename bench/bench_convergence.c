/*
 * Eight threads change one actor as fast as they can: how long after the last change does its subscriber, at another
 * server, have all of it? And how long when the network between them loses, delays or repeats a tenth of the callbacks?
 * Prints both, and how many callbacks there were a second; asserts nothing.
 *
 *     bench_convergence [CHANGES [PAUSE_US]]
 *
 * CHANGES of each thread (100), and its pause between two when the network is bad (20 000).
 */
#include <actingweb/actingweb.h>

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { WRITERS = 8, MESSAGE_BYTES = 65536, PATIENCE_MS = 60000, DELAY_US = 50000 };

/* ---- the network ---- */

/* A proxy before the subscriber: connections are relayed message by message, each by a thread of its own. */
static struct network {
    int listener;
    int port; /* where the subscriber listens */
    atomic_bool bad;
    atomic_uint callbacks, suffered, random;
} network = {.random = 1};

static unsigned next_random(void)
{
    unsigned seed = atomic_fetch_add(&network.random, 1) * 2654435761u;

    return (seed ^ seed >> 15) % 1000;
}

/* One request or answer with its body; its bytes, or 0 when the other side has ended. */
static size_t read_message(int fd, char *message)
{
    size_t bytes = 0, want = 0;

    for (;;) {
        ssize_t n = recv(fd, message + bytes, MESSAGE_BYTES - 1 - bytes, 0);

        if (n <= 0)
            return 0;
        bytes += (size_t)n;
        message[bytes] = '\0';
        char *end = want ? NULL : strstr(message, "\r\n\r\n");

        if (end) {
            char *length = strcasestr(message, "\ncontent-length:");

            want = (size_t)(end + 4 - message) + (length && length < end ? strtoul(length + 16, NULL, 10) : 0);
        }
        if (want && bytes >= want)
            return bytes;
    }
}

static int connect_to(int port)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;

    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&at, sizeof at)) {
        close(fd);
        return -1;
    }
    return fd;
}

static size_t ask(int fd, const char *request, size_t bytes, char *answer)
{
    return send(fd, request, bytes, MSG_NOSIGNAL) == (ssize_t)bytes ? read_message(fd, answer) : 0;
}

/* What a request suffers; its answer's bytes, 0 when it has none. */
static size_t pass(int upstream, const char *request, size_t bytes, char *answer)
{
    bool callback = strstr(request, "/callbacks/subscriptions/") != NULL;
    unsigned luck = callback && network.bad ? next_random() : 1000;

    network.callbacks += callback;
    network.suffered += luck < 100;
    if (luck < 25)
        return 0;
    if (luck < 50)
        usleep(next_random() * (DELAY_US / 1000));
    if (luck < 75)
        ask(upstream, request, bytes, answer);
    size_t answered = ask(upstream, request, bytes, answer);

    return luck >= 75 && luck < 100 ? 0 : answered;
}

static void *relay(void *arg)
{
    int client = (int)(intptr_t)arg, upstream = connect_to(network.port);
    char *request = malloc(MESSAGE_BYTES), *answer = malloc(MESSAGE_BYTES);
    size_t bytes, answered;

    while (upstream >= 0 && (bytes = read_message(client, request)) > 0) {
        answered = pass(upstream, request, bytes, answer);
        if (!answered || send(client, answer, answered, MSG_NOSIGNAL) != (ssize_t)answered)
            break;
    }
    close(client);
    if (upstream >= 0)
        close(upstream);
    free(request);
    free(answer);
    return NULL;
}

static void *accept_all(void *arg)
{
    pthread_t thread;
    int client, on = 1;

    while ((client = accept(network.listener, NULL, NULL)) >= 0) {
        setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        if (pthread_create(&thread, NULL, relay, (void *)(intptr_t)client))
            close(client);
        else
            pthread_detach(thread);
    }
    return arg;
}

/* The port of the proxy, or -1. */
static int open_network(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET};
    socklen_t bytes = sizeof at;
    pthread_t thread;

    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    network.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (network.listener < 0 || bind(network.listener, (struct sockaddr *)&at, bytes) || listen(network.listener, 64) ||
        getsockname(network.listener, (struct sockaddr *)&at, &bytes) ||
        pthread_create(&thread, NULL, accept_all, NULL))
        return -1;
    pthread_detach(thread);
    return ntohs(at.sin_port);
}

/* ---- the actors ---- */

static struct bench {
    char folder[64];
    aw_app *publishing, *subscribing;
    aw_actor *bob, *alice;
    int changes, pause_us;
} b;

static double now_ms(void)
{
    struct timespec at;

    clock_gettime(CLOCK_MONOTONIC, &at);
    return (double)at.tv_sec * 1e3 + (double)at.tv_nsec / 1e6;
}

static int open_app(const char *name, const char *root, aw_app **ret_app, aw_actor **ret_actor, aw_error *err)
{
    char store[128];
    int rc;

    snprintf(store, sizeof store, "sqlite:%s/%s.db", b.folder, name);
    rc = aw_app_new(AW_WITH(app, .store = store, .listen = "127.0.0.1:0", .root = root, .delivery = AW_DELIVERY_DURABLE,
                            .subscription_processing = true),
                    ret_app, err);
    if (rc == AW_OK)
        rc = aw_app_listen(*ret_app, err);
    if (rc == AW_OK && root)
        network.port = aw_app_port(*ret_app);
    return rc ? rc : aw_actor_create(*ret_app, NULL, ret_actor, err);
}

static int befriend(aw_error *err)
{
    int rc = aw_trust_create_reciprocal(
        b.alice, AW_WITH(trust_create_reciprocal, .peer_url = aw_actor_url(b.bob), .relationship = "friend"), NULL, err);

    if (rc == AW_OK)
        rc = aw_trust_modify_and_notify(
            b.bob, AW_WITH(trust_modify_and_notify, .peer_id = aw_actor_id(b.alice), .approved = AW_SET), NULL, err);
    return rc ? rc : aw_subscription_subscribe_to_peer(
                         b.alice, AW_WITH(subscription_subscribe_to_peer, .peer_id = aw_actor_id(b.bob)), NULL, err);
}

static int set_up(void)
{
    char root[64];
    aw_error err = {0};
    int port = open_network();

    strcpy(b.folder, "/tmp/actingweb-bench-XXXXXX");
    if (port < 0 || !mkdtemp(b.folder))
        return -1;
    snprintf(root, sizeof root, "http://127.0.0.1:%d/", port);
    if (open_app("publisher", NULL, &b.publishing, &b.bob, &err) ||
        open_app("subscriber", root, &b.subscribing, &b.alice, &err) || befriend(&err)) {
        fprintf(stderr, "bench_convergence: %s\n", err.message);
        return -1;
    }
    return 0;
}

static void *write_all(void *arg)
{
    char name[16];
    aw_error err = {0};

    snprintf(name, sizeof name, "w%d", (int)(intptr_t)arg);
    for (int i = 1; i <= b.changes; i++) {
        json_t *value = json_integer(i);

        if (aw_property_set(b.bob, name, value, &err))
            fprintf(stderr, "bench_convergence: %s\n", err.message);
        json_decref(value);
        if (network.bad)
            usleep((useconds_t)b.pause_us);
    }
    return NULL;
}

static bool converged(void)
{
    json_t *has = NULL, *kept = NULL;
    bool equal = aw_property_get(b.bob, "", &has, NULL) == AW_OK &&
                 aw_remote_get(b.alice, aw_actor_id(b.bob), NULL, &kept, NULL) == AW_OK && json_equal(has, kept);

    json_decref(has);
    json_decref(kept);
    return equal;
}

static void measure(bool bad)
{
    pthread_t threads[WRITERS];
    double began = now_ms(), ended;

    network.bad = bad;
    network.callbacks = network.suffered = 0;
    for (int i = 0; i < WRITERS; i++)
        pthread_create(&threads[i], NULL, write_all, (void *)(intptr_t)i);
    for (int i = 0; i < WRITERS; i++)
        pthread_join(threads[i], NULL);
    ended = now_ms();
    while (!converged() && now_ms() - ended < PATIENCE_MS)
        usleep(1000);
    printf("%s network: %d changes in %.2f s; the subscriber has them %.3f s after the last%s\n", bad ? "bad" : "good",
           WRITERS * b.changes, (ended - began) / 1e3, (now_ms() - ended) / 1e3, converged() ? "" : " (NOT)");
    printf("  %u callbacks, %.0f a second, of which %u suffered\n", network.callbacks,
           network.callbacks / (now_ms() - began) * 1e3, network.suffered);
}

static void tear_down(void)
{
    static const char *const files[] = {"publisher.db",  "publisher.db-wal",  "publisher.db-shm",
                                        "subscriber.db", "subscriber.db-wal", "subscriber.db-shm"};
    char path[128];

    aw_actor_unref(b.alice);
    aw_actor_unref(b.bob);
    aw_app_free(b.subscribing);
    aw_app_free(b.publishing);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        snprintf(path, sizeof path, "%s/%s", b.folder, files[i]);
        unlink(path);
    }
    rmdir(b.folder);
}

int main(int argc, char **argv)
{
    b.changes = argc > 1 ? atoi(argv[1]) : 100;
    b.pause_us = argc > 2 ? atoi(argv[2]) : 20000;
    if (b.changes < 1 || b.changes > 100000 || b.pause_us < 0 || b.pause_us > 1000000) {
        fprintf(stderr, "usage: bench_convergence [CHANGES [PAUSE_US]]\n");
        return 2;
    }
    int rc = set_up();

    if (rc == 0) {
        measure(false);
        measure(true);
    }
    tear_down();
    return rc ? 1 : 0;
}
