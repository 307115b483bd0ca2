/*
 * How many changes and reads of one list property there are per second, by the length of the list: through the public
 * API, each change on the disk when it counts. The database is made in the directory that the first argument names
 * (default: the working directory) and removed at the end.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <actingweb/actingweb.h>

#include "base/clock.h"

enum { RUN_MS = 1000 };

struct bench {
    aw_actor *actor;
    json_t *item;
    int64_t length;
    long turn;
};

typedef int one(struct bench *bench, aw_error *err);

static int append(struct bench *bench, aw_error *err)
{
    return aw_list_append(bench->actor, "notes", bench->item, NULL, err);
}

static int insert(struct bench *bench, aw_error *err)
{
    return aw_list_insert(bench->actor,
                          AW_WITH(list_insert, .name = "notes", .position = bench->turn * 7919 % bench->length,
                                  .item = bench->item), err);
}

static int set(struct bench *bench, aw_error *err)
{
    return aw_list_set(bench->actor,
                       AW_WITH(list_set, .name = "notes", .position = bench->turn * 7919 % bench->length,
                               .item = bench->item), err);
}

static int get_item(struct bench *bench, aw_error *err)
{
    json_t *item = NULL;
    int rc = aw_list_get_item(bench->actor,
                              AW_WITH(list_get_item, .name = "notes",
                                      .position = bench->turn * 7919 % bench->length), &item, err);

    json_decref(item);
    return rc;
}

static int get_all(struct bench *bench, aw_error *err)
{
    json_t *items = NULL;
    int rc = aw_list_get(bench->actor, "notes", &items, err);

    json_decref(items);
    return rc;
}

static void measure(struct bench *bench, const char *what, one *run)
{
    uint64_t start = aw__now_ms();
    long done = 0;

    for (; aw__now_ms() < start + RUN_MS; done++, bench->turn++) {
        aw_error err = {0};

        if (run(bench, &err)) {
            fprintf(stderr, "%s: %s\n", what, err.message);
            exit(1);
        }
    }
    printf("%-10s %7lld items  %8.0f /s\n", what, (long long)bench->length,
           (double)done * 1000 / (double)(aw__now_ms() - start));
    fflush(stdout);
}

static void fill(struct bench *bench, int64_t length)
{
    json_t *items = json_array();
    aw_error err = {0};

    (void)aw_property_delete(bench->actor, "notes", &err);
    for (int64_t i = 0; i < length; i++)
        json_array_append(items, bench->item);
    if (aw_list_create(bench->actor, AW_WITH(list_create, .name = "notes"), &err) ||
        aw_list_extend(bench->actor, "notes", items, &err)) {
        fprintf(stderr, "%s\n", err.message);
        exit(1);
    }
    json_decref(items);
    bench->length = length;
}

int main(int argc, char **argv)
{
    static const int64_t lengths[] = {10, 1000, 100000};
    static const char *const suffixes[] = {"", "-wal", "-shm"};
    char path[512], store[530];
    aw_app *app = NULL;
    aw_error err = {0};
    struct bench bench = {.item = json_pack("{s:f,s:s}", "temperature", 21.5, "unit", "C")};

    snprintf(path, sizeof(path), "%.400s/bench-list-%d.db", argc > 1 ? argv[1] : ".", (int)getpid());
    snprintf(store, sizeof(store), "sqlite:%s", path);
    if (aw_app_new(AW_WITH(app, .store = store, .root = "http://127.0.0.1/"), &app, &err) ||
        aw_actor_create(app, NULL, &bench.actor, &err)) {
        fprintf(stderr, "%s\n", err.message);
        return 1;
    }
    for (size_t i = 0; i < sizeof(lengths) / sizeof(*lengths); i++) {
        fill(&bench, lengths[i]);
        measure(&bench, "get item", get_item);
        measure(&bench, "get all", get_all);
        measure(&bench, "set", set);
        measure(&bench, "append", append);
        fill(&bench, lengths[i]);
        measure(&bench, "insert", insert);
    }
    json_decref(bench.item);
    aw_actor_unref(bench.actor);
    aw_app_free(app);
    for (size_t i = 0; i < 3; i++) {
        char file[600];

        snprintf(file, sizeof(file), "%s%s", path, suffixes[i]);
        unlink(file);
    }
    return 0;
}
