/*
 * A thousand trust creations wait, over the wire, for a peer that answers after a second: how long until all are done,
 * and how long does a local GET /{id}/meta take meanwhile? Prints both; asserts nothing.
 *
 *     bench_waiting [CREATIONS [PEER_DELAY_MS]]
 */
#include <actingweb/actingweb.h>
#include <actingweb/test/fake_peer.h>

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

typedef struct bench {
    aw_app *app;         /* the server */
    aw_runtime *asking;  /* the clients, on a loop of their own */
    aw_runtime *probing; /* the one that asks for meta, on another, so that it does not wait for them */
    aw_fake_peer *peer;
    aw_actor *actor;
    char folder[64];
    atomic_size_t accepted, failed; /* counted on the loop of asking, watched from the main thread */
    int first_failure;
} bench;

static double now_ms(void)
{
    struct timespec at;

    clock_gettime(CLOCK_MONOTONIC, &at);
    return (double)at.tv_sec * 1e3 + (double)at.tv_nsec / 1e6;
}

static void on_created(const aw_error *err, const aw_http_answer *answer, void *ud)
{
    bench *b = ud;
    int status = err ? err->code : aw_http_answer_status(answer);

    if (status == 201) {
        b->accepted++;
    } else if (b->failed++ == 0) {
        b->first_failure = status;
    }
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static char *basic(const char *creator, const char *passphrase)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char pair[128], *header = calloc(1, 256), *out;
    int bytes = snprintf(pair, sizeof pair - 2, "%s:%s", creator, passphrase);

    memset(pair + bytes, 0, 2);
    out = stpcpy(header, "Authorization: Basic ");
    for (int i = 0; i < bytes; i += 3) {
        unsigned all = (unsigned)pair[i] << 16 | (unsigned)pair[i + 1] << 8 | (unsigned)pair[i + 2];

        *out++ = digits[all >> 18 & 63];
        *out++ = digits[all >> 12 & 63];
        *out++ = i + 1 < bytes ? digits[all >> 6 & 63] : '=';
        *out++ = i + 2 < bytes ? digits[all & 63] : '=';
    }
    return header;
}

static int set_up(bench *b, int delay_ms)
{
    aw_error err = {0};
    char store[96];

    strcpy(b->folder, "/tmp/actingweb-bench-XXXXXX");
    if (!mkdtemp(b->folder) || !(b->peer = aw_fake_peer_new()))
        return -1;
    snprintf(store, sizeof store, "sqlite:%s/actors.db", b->folder);
    if (aw_app_new(AW_WITH(app, .store = store, .listen = "127.0.0.1:0", .allow_private_peers = true), &b->app, &err) ||
        aw_app_listen(b->app, &err) || aw_actor_create(b->app, NULL, &b->actor, &err) ||
        aw_runtime_new(AW_WITH(runtime, .allow_private_peers = true, .max_connections_per_peer = 20000), &b->asking, &err) ||
        aw_runtime_start(b->asking, &err) ||
        aw_runtime_new(AW_WITH(runtime, .allow_private_peers = true, .workers = 1), &b->probing, &err) ||
        aw_runtime_start(b->probing, &err)) {
        fprintf(stderr, "bench_waiting: %s\n", err.message);
        return -1;
    }
    return aw_fake_peer_rule(b->peer, AW_WITH(fake_peer_rule, .delay_ms = delay_ms));
}

static void measure(bench *b, int creations)
{
    double *samples = calloc(100000, sizeof *samples), began = now_ms();
    size_t count = 0;
    char url[512], body[256], *auth = basic(aw_actor_creator(b->actor), aw_actor_passphrase(b->actor));
    const char *headers[] = {auth, "Content-Type: application/json", NULL};
    aw_group *group = aw_group_new(NULL, AW_WITH(group, .runtime = b->asking));

    snprintf(url, sizeof url, "%s/trust", aw_actor_url(b->actor));
    for (int i = 0; i < creations; i++) {
        snprintf(body, sizeof body, "{\"url\":\"%sp%06d\",\"relationship\":\"friend\"}", aw_fake_peer_root(b->peer), i);
        aw_http_fetch_async(b->asking,
                            AW_WITH(http_fetch, .url = url, .method = "POST", .headers = headers, .body = body,
                                    .body_bytes = strlen(body), .group = group),
                            on_created, b, NULL);
    }
    printf("%d trust creations sent after %.0f ms\n", creations, now_ms() - began);
    snprintf(url, sizeof url, "%s/meta", aw_actor_url(b->actor));
    while (b->accepted + b->failed < (size_t)creations && count < 100000 && now_ms() - began < 60000) {
        aw_http_answer *answer = NULL;
        double asked = now_ms();

        if (aw_http_fetch(b->probing, AW_WITH(http_fetch, .url = url), &answer, NULL))
            break;
        samples[count++] = now_ms() - asked;
        aw_http_answer_free(answer);
        usleep(2000);
    }
    aw_group_wait(group, NULL, NULL);
    printf("all done after %.2f s: %zu accepted, %zu failed", (now_ms() - began) / 1e3, b->accepted, b->failed);
    printf(b->failed ? " (the first: %d)\n" : "\n", b->first_failure);
    if (count) {
        qsort(samples, count, sizeof *samples, by_size);
        printf("GET /{id}/meta meanwhile, %zu times: median %.2f ms, 99%% %.2f ms, worst %.2f ms\n", count,
               samples[count / 2], samples[count * 99 / 100], samples[count - 1]);
    }
    aw_group_free(group);
    free(auth);
    free(samples);
}

int main(int argc, char **argv)
{
    bench b = {0};
    int creations = argc > 1 ? atoi(argv[1]) : 1000, delay_ms = argc > 2 ? atoi(argv[2]) : 1000;
    struct rlimit limit;
    char path[128];

    if (creations < 1 || creations > 10000 || delay_ms < 0 || delay_ms > 10000) {
        fprintf(stderr, "usage: bench_waiting [CREATIONS [PEER_DELAY_MS]]\n");
        return 2;
    }
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
    if (set_up(&b, delay_ms) == 0)
        measure(&b, creations);
    aw_actor_unref(b.actor);
    aw_runtime_free(b.probing);
    aw_runtime_free(b.asking);
    aw_app_free(b.app);
    aw_fake_peer_free(b.peer);
    for (const char *const *name = (const char *const[]){"actors.db", "actors.db-wal", "actors.db-shm", NULL}; *name; name++) {
        snprintf(path, sizeof path, "%s/%s", b.folder, *name);
        unlink(path);
    }
    rmdir(b.folder);
    return b.failed || !b.accepted ? 1 : 0;
}
