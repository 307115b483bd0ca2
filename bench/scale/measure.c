/*
 * Measures requests to actors that are chosen at random, one after the other. No actor is asked twice before all of the
 * sample were, and the sample is large enough that in a large database none is asked twice at all.
 */
#include "scale.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/statement.h"

enum { WRITES_PER_READS = 10 }; /* one for so many reads: they leave something behind */

/* ----------------------------------------------------------------------------------------------------- sample --- */

static void keep(sample_actor *actor, aw__statement *s)
{
    snprintf(actor->id, sizeof(actor->id), "%s", aw__column_text(s, 0));
    snprintf(actor->creator, sizeof(actor->creator), "%s", aw__column_text(s, 1));
    snprintf(actor->passphrase, sizeof(actor->passphrase), "%s", aw__column_text(s, 2));
}

static size_t random_below(unsigned *seed, size_t bound)
{
    uint64_t high = (uint64_t)rand_r(seed), low = (uint64_t)rand_r(seed);

    return (size_t)((high << 31 | low) % bound);
}

struct choice {
    database *d;
    size_t room, seen;
    char last[40]; /* id */
    bool more;
};

/* One page of all actors, so that no statement takes long. Each has the same chance to stay (reservoir sampling). */
static int choose(aw_database *connection, void *arg, aw_error *err)
{
    struct choice *choice = arg;
    database *d = choice->d;
    aw__statement s = aw__sql(connection,
                              "SELECT id, creator, passphrase FROM actors WHERE id > $1 ORDER BY id LIMIT 10000", err);

    choice->more = false;
    aw__bind_text(&s, choice->last);
    for (; aw__row(&s); choice->seen++) {
        size_t at = choice->seen < choice->room ? choice->seen : random_below(&d->seed, choice->seen + 1);

        if (at < choice->room)
            keep(&d->sample[at], &s);
        snprintf(choice->last, sizeof(choice->last), "%s", aw__column_text(&s, 0));
        choice->more = true;
    }
    return aw__finish(&s);
}

static void shuffle(database *d)
{
    for (size_t i = d->sample_count; i > 1; i--) {
        size_t j = random_below(&d->seed, i);
        sample_actor other = d->sample[j];

        d->sample[j] = d->sample[i - 1];
        d->sample[i - 1] = other;
    }
}

void measure_begin(database *d)
{
    size_t reads = (size_t)d->options->reads;
    struct choice choice = {.d = d, .more = true};
    aw_error err = {0};

    choice.room = 2 * reads + reads / WRITES_PER_READS + 3 * (size_t)d->options->rounds;
    d->sample = calloc(choice.room, sizeof(*d->sample));
    for (int kind = 0; kind < KINDS; kind++) {
        d->series[kind].room = reads + (size_t)d->options->rounds;
        d->series[kind].us = calloc(d->series[kind].room, sizeof(double));
    }
    while (choice.more)
        if (aw__store_read(d->store, choose, &choice, &err))
            give_up("reading the actors' ids", &err);
    d->sample_count = choice.seen < choice.room ? choice.seen : choice.room;
    shuffle(d);
}

void measure_end(database *d)
{
    for (int kind = 0; kind < KINDS; kind++)
        free(d->series[kind].us);
    free(d->sample);
}

/* --------------------------------------------------------------------------------------------------- requests --- */

static void read_one(database *d, const sample_actor *actor, const char *name)
{
    aw_actor *handle = NULL;
    json_t *value = NULL;
    aw_error err = {0};

    if (aw_actor_get(d->app, actor->id, &handle, &err) || aw_property_get(handle, name, &value, &err))
        give_up("reading a property", &err);
    json_decref(value);
    aw_actor_unref(handle);
}

/* By the clock, and not by a seed that the last run on these databases began with: SQLite writes nothing to the disk
 * when a value is already there. */
static double new_temperature(void)
{
    return (double)((uint64_t)now_us() % 1000000) / 100;
}

static void write_one(database *d, const sample_actor *actor, const char *name)
{
    json_t *value = json_pack("{s:f, s:s, s:b}", "temperature", new_temperature(), "unit", "C", "valid", 1);
    aw_actor *handle = NULL;
    aw_error err = {0};

    if (aw_actor_get(d->app, actor->id, &handle, &err) || aw_property_set(handle, name, value, &err))
        give_up("writing a property", &err);
    json_decref(value);
    aw_actor_unref(handle);
}

static void get_one(database *d, const sample_actor *actor, const char *name)
{
    char path[128];

    snprintf(path, sizeof(path), "/%s/properties/%s", actor->id, name);
    http_get(d->connection, path, actor);
}

typedef void request(database *d, const sample_actor *actor, const char *name);

static request *const requests[KINDS] = {read_one, get_one, write_one};

static void measure_one(database *d, enum kind kind)
{
    series *s = &d->series[kind];
    const sample_actor *actor = &d->sample[d->turn++ % d->sample_count];
    char name[32];
    double began_us;

    snprintf(name, sizeof(name), "sensor-%zu", random_below(&d->seed, (size_t)d->options->properties));
    began_us = now_us();
    requests[kind](d, actor, name);
    if (s->count < s->room)
        s->us[s->count++] = now_us() - began_us;
}

static void measure_kind(database *d, enum kind kind, int times)
{
    uint64_t before = statements_count();

    for (int i = 0; i < times; i++)
        measure_one(d, kind);
    d->series[kind].statements += statements_count() - before;
}

void measure_round(database *d, int reads)
{
    measure_kind(d, READ, reads);
    d->connection = http_connect(aw_app_port(d->app)); /* the server closes those that are idle for long */
    measure_kind(d, HTTP_READ, reads);
    close(d->connection);
    measure_kind(d, WRITE, (reads + WRITES_PER_READS - 1) / WRITES_PER_READS);
}

/* ---------------------------------------------------------------------------------------------------- figures --- */

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

json_t *series_json(series *s)
{
    if (!s->count)
        return json_pack("{s:i}", "count", 0);
    qsort(s->us, s->count, sizeof(*s->us), by_size);
    return json_pack("{s:I, s:f, s:f, s:f, s:f}", "count", (json_int_t)s->count, "median_us", s->us[s->count / 2], "p95_us",
                     s->us[s->count * 95 / 100], "p99_us", s->us[s->count * 99 / 100], "statements",
                     (double)s->statements / (double)s->count);
}
