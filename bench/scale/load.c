/*
 * Fills a database. Each actor is made and gets its properties as by the two requests POST / and POST /ID/properties:
 * with the functions that serve them, in two transactions, of as many threads at once as a server has.
 */
#include "scale.h"

#include <jansson.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "actor/actor.h"
#include "actor/property.h"
#include "api/app.h"
#include "base/alloc.h"

struct loading {
    database *d;
    atomic_int_least64_t next, done;
};

/* ----------------------------------------------------------------------------------------------------- actors --- */

/* Ten small objects, as of ten sensors. */
static json_t *make_properties(int count, unsigned *seed)
{
    json_t *all = json_object();

    for (int i = 0; i < count; i++) {
        char name[32];
        json_t *value = json_pack("{s:f, s:s, s:b}", "temperature", (double)(rand_r(seed) % 4000) / 100, "unit", "C", "valid",
                                  rand_r(seed) % 10 != 0);

        snprintf(name, sizeof(name), "sensor-%d", i);
        json_object_set_new(all, name, value);
    }
    return all;
}

static void make_actor(const database *d, int64_t number, unsigned *seed)
{
    aw__site *site = &d->app->site;
    aw__arena *arena = aw__arena_new();
    json_t *properties = make_properties(d->options->properties, seed);
    char creator[CREATOR_BYTES];
    aw__actor_row row;
    aw_error err = {0};
    bool created;

    snprintf(creator, sizeof(creator), "user%07lld@example.com", (long long)number);
    if (!arena || aw__actor_create(site, arena, creator, NULL, &row, &created, &err) ||
        aw__property_set_all(site, row.id, properties, NULL, 0, NULL, &err))
        give_up("loading", &err);
    json_decref(properties);
    aw__arena_free(arena);
}

static void *make_actors(void *arg)
{
    struct loading *loading = arg;
    unsigned seed = (unsigned)(uintptr_t)pthread_self();
    int64_t number;

    while ((number = atomic_fetch_add(&loading->next, 1)) < loading->d->actors) {
        make_actor(loading->d, number, &seed);
        atomic_fetch_add(&loading->done, 1);
    }
    return NULL;
}

/* ------------------------------------------------------------------------------------------------------- load --- */

static void show_progress(struct loading *loading, double began_us)
{
    int64_t done;

    if (!isatty(STDERR_FILENO))
        return;
    while ((done = atomic_load(&loading->done)) < loading->d->actors) {
        double s = (now_us() - began_us) / 1e6;

        fprintf(stderr, "\r%s: %lld of %lld actors, %.0f /s, %.0f s to go  ", *loading->d->path ? "SQLite" : "PostgreSQL",
                (long long)done, (long long)loading->d->actors, (double)done / s,
                done ? s / (double)done * (double)(loading->d->actors - done) : 0.0);
        usleep(500000);
    }
    fprintf(stderr, "\r%70s\r", "");
}

void load(database *d)
{
    struct loading loading = {.d = d};
    pthread_t threads[THREADS_MAX];
    double began_us;

    d->was_there = note_find(d);
    if (d->was_there)
        return;
    began_us = now_us();
    for (int i = 0; i < d->options->threads; i++)
        if (pthread_create(&threads[i], NULL, make_actors, &loading))
            give_up("no thread", NULL);
    show_progress(&loading, began_us);
    for (int i = 0; i < d->options->threads; i++)
        pthread_join(threads[i], NULL);
    d->load_s = (now_us() - began_us) / 1e6;
    if (getloadavg(&d->load_busy, 1) != 1)
        d->load_busy = 0;
    place_settle(d);
    note_keep(d);
}
