/*
 * How large a store of so many actors is, how long it takes to fill it, and how long requests to it take: for several
 * numbers of actors, each in a database of its own, which are measured in turns, so that what else the machine does
 * meanwhile is the same for all. `script/bench scale` runs this for docs/scale.md.
 */
#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "scale/scale.h"

static const char usage[] =
    "usage: bench_scale [OPTION...]\n"
    "\n"
    "Fills databases with actors, and measures random reads and writes of one property in each, in turns.\n"
    "\n"
    "  --store STORE     \"sqlite:FOLDER\", in which there will be a file for each number of actors, or\n"
    "                    \"postgresql://USER@HOST/DATABASE\", in which there will be a schema for each; may be\n"
    "                    given several times (\"sqlite:.\")\n"
    "  --actors N,...    how many actors (1000,10000)\n"
    "  --properties N    of each actor (10)\n"
    "  --threads N       that fill a database at once (16)\n"
    "  --reads N         of each kind, in each database; writes are a tenth (20000)\n"
    "  --rounds N        into which these are divided (20)\n"
    "  --keep            leave the databases there for another time; those that are there are used, and stay\n"
    "  --json FILE       the results, for programs\n"
    "  --help\n"
    "\n"
    "Examples:\n"
    "  bench_scale --actors 100,1000 --reads 2000\n"
    "  bench_scale --store sqlite:/var/tmp --actors 1000000 --keep --json million.json\n"
    "  bench_scale --store sqlite:. --store postgresql:///actors --actors 1000,100000\n";

static _Noreturn void refuse(const char *option)
{
    fprintf(stderr, "bench_scale: %s: is no number that can be; see bench_scale --help\n", option);
    exit(2);
}

double now_us(void)
{
    struct timespec at;

    clock_gettime(CLOCK_MONOTONIC, &at);
    return (double)at.tv_sec * 1e6 + (double)at.tv_nsec / 1e3;
}

void give_up(const char *doing, const aw_error *err)
{
    fprintf(stderr, "bench_scale: %s%s%s\n", doing, err ? ": " : "", err ? err->message : "");
    exit(1);
}

/* ---------------------------------------------------------------------------------------------------- options --- */

static int64_t number(const char *option, const char *text, int64_t least, int64_t most)
{
    char *end = NULL;
    long long value = strtoll(text, &end, 10);

    if (!*text || *end || value < least || value > most)
        refuse(option);
    return value;
}

static void read_sizes(options *o, char *text)
{
    char *rest = NULL;

    o->size_count = 0;
    for (char *word = strtok_r(text, ",", &rest); word; word = strtok_r(NULL, ",", &rest)) {
        if (o->size_count == SIZES_MAX)
            refuse("--actors");
        o->sizes[o->size_count++] = number("--actors", word, 1, 100000000);
    }
    if (!o->size_count)
        refuse("--actors");
}

static void read_option(options *o, int option, char *value)
{
    switch (option) {
    case 's':
        if (o->store_count == STORES_MAX || aw__store_check(value, NULL))
            refuse("--store");
        o->stores[o->store_count++] = value;
        break;
    case 'a':
        read_sizes(o, value);
        break;
    case 'p':
        o->properties = (int)number("--properties", value, 1, PROPERTIES_MAX);
        break;
    case 't':
        o->threads = (int)number("--threads", value, 1, THREADS_MAX);
        break;
    case 'r':
        o->reads = (int)number("--reads", value, 1, 10000000);
        break;
    case 'n':
        o->rounds = (int)number("--rounds", value, 1, 10000);
        break;
    case 'k':
        o->keep = true;
        break;
    case 'j':
        o->json = value;
        break;
    case 'h':
        fputs(usage, stdout);
        exit(0);
    default:
        fputs(usage, stderr);
        exit(2);
    }
}

static options read_options(int argc, char **argv)
{
    static const struct option known[] = {
        {"store", required_argument, NULL, 's'},   {"actors", required_argument, NULL, 'a'},
        {"properties", required_argument, NULL, 'p'}, {"threads", required_argument, NULL, 't'},
        {"reads", required_argument, NULL, 'r'},   {"rounds", required_argument, NULL, 'n'},
        {"keep", no_argument, NULL, 'k'},          {"json", required_argument, NULL, 'j'},
        {"help", no_argument, NULL, 'h'},          {NULL, 0, NULL, 0},
    };
    options o = {.sizes = {1000, 10000}, .size_count = 2, .properties = 10, .threads = 16, .reads = 20000, .rounds = 20};
    int option;

    while ((option = getopt_long(argc, argv, "", known, NULL)) != -1)
        read_option(&o, option, optarg);
    if (optind < argc) {
        fputs(usage, stderr);
        exit(2);
    }
    if (!o.store_count)
        o.stores[o.store_count++] = "sqlite:.";
    return o;
}

/* -------------------------------------------------------------------------------------------------- databases --- */

static void open_database(database *d)
{
    aw_error err = {0};

    if (aw_app_new(AW_WITH(app, .store = d->location, .listen = "127.0.0.1:0", .web_threads = 2, .workers = 1), &d->app,
                   &err) ||
        aw_app_listen(d->app, &err) || aw__store_open(d->location, AW__STORE_EXISTING, &d->store, &err))
        give_up("cannot open the database", &err);
}

static void close_database(database *d)
{
    aw__store_close(d->store);
    aw_app_free(d->app);
    d->store = NULL;
    d->app = NULL;
}

/* Closed in between, so that SQLite's log is copied back, and reads begin with what a server's start begins with. */
static json_t *prepare(database *d)
{
    json_t *sizes;

    open_database(d);
    load(d);
    sizes = *d->path ? NULL : place_sizes(d);
    close_database(d);
    if (!sizes)
        sizes = place_sizes(d);
    open_database(d);
    measure_begin(d);
    printf("%-10s %8lld actors: %.1f MB, %s in %.1f s\n", *d->path ? "SQLite" : "PostgreSQL", (long long)d->actors,
           (double)json_integer_value(json_object_get(sizes, "bytes")) / 1e6, d->was_there ? "loaded earlier" : "loaded",
           d->load_s);
    fflush(stdout);
    return sizes;
}

static void measure_all(database *all, size_t count, const options *o)
{
    int per_round = (o->reads + o->rounds - 1) / o->rounds;

    for (int round = 0; round < o->rounds; round++)
        for (size_t i = 0; i < count; i++) {
            if (isatty(STDERR_FILENO))
                fprintf(stderr, "\rround %d of %d, database %zu of %zu  ", round + 1, o->rounds, i + 1, count);
            measure_round(&all[i], per_round);
        }
    if (isatty(STDERR_FILENO))
        fprintf(stderr, "\r%50s\r", "");
}

/* ---------------------------------------------------------------------------------------------------- results --- */

static void print_series(const database *d, const char *what, json_t *figures)
{
    printf("%-10s %8lld actors: %-5s median %7.1f us, 95%% %7.1f us, 99%% %7.1f us, %.2f statements\n",
           *d->path ? "SQLite" : "PostgreSQL", (long long)d->actors, what,
           json_number_value(json_object_get(figures, "median_us")), json_number_value(json_object_get(figures, "p95_us")),
           json_number_value(json_object_get(figures, "p99_us")), json_number_value(json_object_get(figures, "statements")));
}

/* Takes sizes. */
static json_t *result_of(database *d, json_t *sizes)
{
    static const char *const names[KINDS] = {"read", "http", "write"};
    json_t *result = json_pack("{s:I, s:f, s:f}", "actors", (json_int_t)d->actors, "load_s", d->load_s, "load_busy",
                               d->load_busy);

    json_object_update(result, sizes);
    json_decref(sizes);
    for (int kind = 0; kind < KINDS; kind++) {
        json_t *figures = series_json(&d->series[kind]);

        print_series(d, names[kind], figures);
        json_object_set_new(result, names[kind], figures);
    }
    return result;
}

static void write_results(const options *o, json_t *stores)
{
    json_t *all = json_pack("{s:i, s:i, s:i, s:i, s:O}", "properties", o->properties, "threads", o->threads, "reads", o->reads,
                            "rounds", o->rounds, "stores", stores);

    if (o->json && json_dump_file(all, o->json, JSON_INDENT(1) | JSON_REAL_PRECISION(6)))
        give_up("cannot write the file of --json", NULL);
    json_decref(all);
}

int main(int argc, char **argv)
{
    options o = read_options(argc, argv);
    size_t count = o.store_count * o.size_count;
    database *all = calloc(count, sizeof(*all));
    json_t **sizes = calloc(count, sizeof(json_t *)), *stores = json_array();

    if (!all || !sizes)
        give_up("out of memory", NULL);
    for (size_t i = 0; i < count; i++) {
        place_find(&o, o.stores[i / o.size_count], o.sizes[i % o.size_count], &all[i]);
        sizes[i] = prepare(&all[i]);
    }
    measure_all(all, count, &o);
    for (size_t i = 0; i < count; i++) {
        if (i % o.size_count == 0) {
            json_t *about = place_about(&all[i]);

            json_object_set_new(about, "sizes", json_array());
            json_array_append_new(stores, about);
        }
        json_array_append_new(json_object_get(json_array_get(stores, i / o.size_count), "sizes"),
                              result_of(&all[i], sizes[i]));
        measure_end(&all[i]);
        close_database(&all[i]);
        if (!o.keep && !all[i].was_there)
            place_remove(&all[i]);
    }
    write_results(&o, stores);
    json_decref(stores);
    free(sizes);
    free(all);
    return 0;
}
