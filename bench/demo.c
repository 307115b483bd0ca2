/*
 * The table that the project was started for, live: peers that answer after 100 ms, asked one after the other, all at
 * once, and with local work in between. script/demo runs it.
 */
#include <actingweb/actingweb.h>
#include <actingweb/test/fake_peer.h>

#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { MOST_PEERS = 1000, DELAY_MS = 100, LOCAL_WORK_MS = 5 };

typedef struct demo {
    aw_app *app;
    aw_actor *actor;
    aw_fake_peer *peers;
    char folder[64];
    atomic_int failures; /* counted here and on the loop */
    double worked; /* what the local work yielded, so that it is not optimised away */
    bool full;
    bool colour;
} demo;

static double now_s(void)
{
    struct timespec at;

    clock_gettime(CLOCK_MONOTONIC, &at);
    return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

/* Local work: computing for a while, as parsing or rendering would. */
static double work_locally(void)
{
    double sum = 0;

    for (double end = now_s() + LOCAL_WORK_MS / 1e3; now_s() < end;)
        for (int i = 1; i < 200; i++)
            sum += sqrt(i);
    return sum;
}

static const char *peer_id(int i)
{
    static char text[16];

    snprintf(text, sizeof text, "p%04d", i);
    return text;
}

static void on_trust(const aw_error *err, const aw_trust *trust, void *ud)
{
    demo *d = ud;
    (void)trust;

    if (err && d->failures++ == 0)
        fprintf(stderr, "demo: %s\n", err->message);
}

static void on_answer(const aw_error *err, json_t *answer, void *ud)
{
    demo *d = ud;
    (void)answer;

    if (err && d->failures++ == 0)
        fprintf(stderr, "demo: %s\n", err->message);
}

static void befriend_all(demo *d)
{
    aw_group *group = aw_group_new(d->actor, NULL);

    for (int i = 0; i < MOST_PEERS; i++) {
        char url[128];

        snprintf(url, sizeof url, "%s%s", aw_fake_peer_root(d->peers), peer_id(i));
        d->failures += aw_trust_create_reciprocal_async(
                           d->actor, AW_WITH(trust_create_reciprocal, .peer_url = url, .relationship = "friend", .group = group),
                           on_trust, d, NULL) != AW_OK;
    }
    aw_group_wait(group, NULL, NULL);
    aw_group_free(group);
}

static double one_after_the_other(demo *d, int peers, bool mixed)
{
    double began = now_s();

    for (int i = 0; i < peers; i++) {
        json_t *answer = NULL;
        aw_error err = {0};

        if (aw_proxy_get_resource(d->actor, AW_WITH(proxy_get_resource, .peer_id = peer_id(i), .path = "properties"),
                                  &answer, &err))
            d->failures++;
        json_decref(answer);
        if (mixed)
            d->worked += work_locally();
    }
    return now_s() - began;
}

static double all_at_once(demo *d, int peers, bool mixed)
{
    double began = now_s();
    aw_group *group = aw_group_new(d->actor, NULL);

    for (int i = 0; i < peers; i++)
        d->failures += aw_proxy_get_resource_async(
                           d->actor, AW_WITH(proxy_get_resource, .peer_id = peer_id(i), .path = "properties", .group = group),
                           on_answer, d, NULL) != AW_OK;
    for (int i = 0; mixed && i < peers; i++)
        d->worked += work_locally();
    aw_group_wait(group, NULL, NULL);
    aw_group_free(group);
    return now_s() - began;
}

static void print_cell(double seconds)
{
    if (seconds < 0)
        printf("  %14s", "-");
    else if (seconds < 1)
        printf("  %11.0f ms", seconds * 1e3);
    else
        printf("  %12.2f s", seconds);
    fflush(stdout);
}

static void print_rows(demo *d)
{
    static const int sizes[] = {1, 10, 100, 1000};

    printf("%sEach peer answers after %d ms; local work is %d ms a peer.%s\n\n", d->colour ? "\033[1m" : "", DELAY_MS,
           LOCAL_WORK_MS, d->colour ? "\033[0m" : "");
    printf("  %5s  %14s  %14s  %14s  %14s\n", "peers", "synchronous", "asynchronous", "mixed, sync", "mixed, async");
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        int peers = sizes[i];
        bool slow = peers > 100 && !d->full;

        printf("  %5d", peers);
        print_cell(slow ? -1 : one_after_the_other(d, peers, false));
        print_cell(all_at_once(d, peers, false));
        print_cell(slow ? -1 : one_after_the_other(d, peers, true));
        print_cell(all_at_once(d, peers, true));
        putchar('\n');
    }
    printf("\n  Mixed and asynchronous, what takes longer decides: the peers, or all the local work (%d ms times the peers).\n",
           LOCAL_WORK_MS);
    if (!d->full)
        printf("  -: not run, since it takes %d s; --full runs it\n", MOST_PEERS * DELAY_MS / 1000);
}

static int set_up(demo *d)
{
    aw_error err = {0};
    char store[96];

    strcpy(d->folder, "/tmp/actingweb-demo-XXXXXX");
    if (!mkdtemp(d->folder) || !(d->peers = aw_fake_peer_new())) {
        perror("demo");
        return -1;
    }
    snprintf(store, sizeof store, "sqlite:%s/actors.db", d->folder);
    if (aw_app_new(AW_WITH(app, .store = store, .root = "http://localhost:5999/"), &d->app, &err) ||
        aw_actor_create(d->app, AW_WITH(actor_create, .creator = "demo"), &d->actor, &err)) {
        fprintf(stderr, "demo: %s\n", err.message);
        return -1;
    }
    fprintf(stderr, "%d trusts are made first ... ", MOST_PEERS);
    double began = now_s();
    befriend_all(d);
    fprintf(stderr, "%.2f s\n\n", now_s() - began);
    return aw_fake_peer_rule(d->peers, AW_WITH(fake_peer_rule, .method = "GET", .delay_ms = DELAY_MS));
}

static void tear_down(demo *d)
{
    static const char *const files[] = {"actors.db", "actors.db-wal", "actors.db-shm"};
    char path[128];

    aw_actor_unref(d->actor);
    aw_app_free(d->app);
    aw_fake_peer_free(d->peers);
    for (size_t i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "%s/%s", d->folder, files[i]);
        unlink(path);
    }
    rmdir(d->folder);
}

int main(int argc, char **argv)
{
    demo d = {.colour = isatty(STDOUT_FILENO) == 1, .full = argc == 2 && strcmp(argv[1], "--full") == 0};
    struct rlimit limit;

    if (argc > 2 || (argc == 2 && !d.full)) {
        puts("usage: demo [--full]\n\nPeers that answer after 100 ms: 1, 10, 100 and 1,000 of them, asked synchronously, "
             "asynchronously,\nand with local work in between.\n\n  --full  also 1,000 peers one after the other, which "
             "takes minutes");
        return argc == 2 && strcmp(argv[1], "--help") == 0 ? 0 : 2;
    }
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
    if (set_up(&d) == 0)
        print_rows(&d);
    else
        d.failures++;
    tear_down(&d);
    if (d.failures)
        fprintf(stderr, "demo: %d requests failed: the figures above do not hold\n", d.failures);
    return d.failures ? 1 : 0;
}
