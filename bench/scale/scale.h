/*
 * What the parts of bench_scale share: one database of so many actors, and what was measured in it.
 */
#ifndef BENCH_SCALE_SCALE_H
#define BENCH_SCALE_SCALE_H

#include <stdatomic.h>

#include <actingweb/actingweb.h>

#include "store/store.h"

enum { SIZES_MAX = 8, STORES_MAX = 4, PROPERTIES_MAX = 1000, THREADS_MAX = 64, CREATOR_BYTES = 48, PASSPHRASE_BYTES = 48 };

typedef struct options {
    const char *stores[STORES_MAX];
    size_t store_count;
    int64_t sizes[SIZES_MAX];
    size_t size_count;
    int properties;
    int threads;
    int reads;
    int rounds;
    bool keep;
    const char *json;
} options;

/* One of those that are read. */
typedef struct sample_actor {
    char id[40];
    char creator[CREATOR_BYTES];
    char passphrase[PASSPHRASE_BYTES];
} sample_actor;

/* Durations of one kind of request, and how many statements they took. */
typedef struct series {
    double *us;
    size_t count;
    size_t room;
    uint64_t statements;
} series;

enum kind { READ, HTTP_READ, WRITE, KINDS };

typedef struct database {
    const options *options;
    int64_t actors;
    char path[600];     /* of the SQLite file; "" with PostgreSQL */
    char location[700]; /* of the store */
    bool was_there;
    double load_s;
    double load_busy; /* the machine's load average of the minute at its end, our own threads included */
    aw_app *app;
    aw__store *store; /* the same database once more, for what no application asks */
    int connection;   /* to the app's server, while that is asked */
    sample_actor *sample;
    size_t sample_count;
    size_t turn; /* of the sample's actors, the next one */
    unsigned seed;
    series series[KINDS];
} database;

double now_us(void); /* monotonic */
/* Prints what failed, and ends the program. */
_Noreturn void give_up(const char *doing, const aw_error *err);

/* places.c: the location of the database of so many actors, below or beside a --store. */
void place_find(const options *o, const char *store, int64_t actors, database *ret_database);
void place_remove(const database *d);
/* After the load: what PostgreSQL does by itself some time later is done now, so that it is not measured. */
void place_settle(const database *d);
/* {"bytes", "parts": {name: bytes, ...}}; with SQLite after the database was closed. The caller's. */
json_t *place_sizes(database *d);
/* {"name", "version", "settings": {...}} */
json_t *place_about(database *d);

/* load.c: fills the database, unless it is there and full; open apps afterwards. */
void load(database *d);

/* note.c: whether the database was filled before, with the same; gives up when it is another's. And that it was. */
bool note_find(database *d);
void note_keep(const database *d);

/* measure.c */
void measure_begin(database *d); /* chooses the actors */
void measure_round(database *d, int reads);
void measure_end(database *d);
json_t *series_json(series *s); /* {"count", "median_us", "p95_us", "p99_us", "statements"} */

/* http.c: one request on a connection that stays open; gives up when it is not answered with 200. */
int http_connect(int port);
void http_get(int connection, const char *path, const sample_actor *actor);

/* statements.c: how many the library has run. */
uint64_t statements_count(void);

#endif
