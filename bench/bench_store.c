/*
 * How many properties the store writes and reads per second, by number of threads. Each write is on the disk when it
 * counts. The database is made in the directory that the first argument names (default: the working directory) and
 * removed at the end.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "store/properties.h"
#include "store/store.h"

enum { RUN_MS = 2000, THREADS_MAX = 64, NAMES = 1000 };

struct worker {
    aw__store *store;
    bool writes;
    int number;
    uint64_t until_ms;
    long done;
    char name[32];
};

static int write_one(aw_database *database, void *arg, aw_error *err)
{
    struct worker *me = arg;

    return aw__properties_set(database, "actor", me->name, "{\"temperature\":21.5,\"unit\":\"C\"}", err);
}

static int read_one(aw_database *database, void *arg, aw_error *err)
{
    struct worker *me = arg;
    aw__arena *arena = aw__arena_new();
    const char *value = NULL;
    int rc = aw__properties_get(database, arena, "actor", me->name, &value, err);

    aw__arena_free(arena);
    return rc == AW_E_NOT_FOUND ? AW_OK : rc;
}

static void *work(void *arg)
{
    struct worker *me = arg;

    while (aw__now_ms() < me->until_ms) {
        aw_error err = {0};
        int rc;

        snprintf(me->name, sizeof(me->name), "sensor-%d-%ld", me->number, me->done % NAMES);
        rc = me->writes ? aw__store_write(me->store, write_one, me, &err)
                        : aw__store_read(me->store, read_one, me, &err);
        if (rc) {
            fprintf(stderr, "%s\n", err.message);
            break;
        }
        me->done++;
    }
    return NULL;
}

static void measure(aw__store *store, bool writes, int threads)
{
    struct worker workers[THREADS_MAX];
    pthread_t ids[THREADS_MAX];
    uint64_t start = aw__now_ms();
    long done = 0;

    for (int i = 0; i < threads; i++) {
        workers[i] = (struct worker){.store = store, .writes = writes, .number = i, .until_ms = start + RUN_MS};
        if (pthread_create(&ids[i], NULL, work, &workers[i]))
            exit(1);
    }
    for (int i = 0; i < threads; i++) {
        pthread_join(ids[i], NULL);
        done += workers[i].done;
    }
    printf("%-6s  %2d threads  %8.0f /s\n", writes ? "writes" : "reads", threads,
           (double)done * 1000 / (double)(aw__now_ms() - start));
    fflush(stdout);
}

static void remove_database(const char *path)
{
    static const char *const suffixes[] = {"", "-wal", "-shm"};

    for (size_t i = 0; i < 3; i++) {
        char file[600];

        snprintf(file, sizeof(file), "%s%s", path, suffixes[i]);
        unlink(file);
    }
}

int main(int argc, char **argv)
{
    static const int threads[] = {1, 4, 16, 64};
    char path[512], location[530];
    aw__store *store = NULL;
    aw_error err = {0};

    snprintf(path, sizeof(path), "%.400s/bench-store-%d.db", argc > 1 ? argv[1] : ".", (int)getpid());
    snprintf(location, sizeof(location), "sqlite:%s", path);
    if (aw__store_open(location, AW__STORE_MAKE, &store, &err)) {
        fprintf(stderr, "%s\n", err.message);
        return 1;
    }
    for (size_t i = 0; i < sizeof(threads) / sizeof(threads[0]); i++)
        measure(store, true, threads[i]);
    for (size_t i = 0; i < sizeof(threads) / sizeof(threads[0]); i++)
        measure(store, false, threads[i]);
    aw__store_close(store);
    remove_database(path);
    return 0;
}
