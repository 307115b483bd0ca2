/*
 * The site: what all actors of one service share. It is made by the app, and read by everything above the store.
 */
#ifndef AW_ACTOR_SITE_H
#define AW_ACTOR_SITE_H

#include <stdatomic.h>

#include "base/alloc.h"
#include "model/trust_type.h"
#include "runtime/runtime.h"
#include "store/store.h"
#include <actingweb/app.h>

typedef struct aw__site aw__site;
typedef struct aw__notice aw__notice;

/* Settings, with the defaults filled in; texts live as long as the site. */
typedef struct aw__config {
    const char *root; /* "https://host/", with the slash */
    const char *type;
    const char *version;
    const char *desc;
    const char *info;
    const char *default_relationship;
    const aw__trust_types *trust_types; /* NULL: the built-in ones */
    aw_delivery delivery;
    int delivery_backoff_ms;     /* after the first failure, four times that with each further one; 0: 100 */
    int delivery_backoff_max_ms; /* 0: 300 000 */
    int delivery_expiry_ms;      /* a callback is not retried beyond this age; 0: 24 hours */
    int breaker_open_ms;         /* 0: 60 000 */
    int expiry_first_ms;         /* until expired attributes are deleted for the first time; 0: 5 000 */
    int lease_ms;                /* a server that says nothing for so long is taken for dead (flow/membership.h); 0: 10 000 */
    int gap_timeout_ms;
    int max_pending;
    int64_t max_kept_bytes; /* of one peer's data at one actor; 0: 64 MiB */
    bool subscription_processing;
    bool unique_creator;
    bool auto_accept;
    bool devtest;
} aw__config;

enum { AW__ROOM_SLOTS = 4096 };

struct aw__site {
    aw__config config;
    aw_app *app; /* whose site it is; only src/api/ looks inside */
    aw_runtime *runtime;
    aw__store *store;
    /* Told of callbacks that became due, after their transaction was committed. Set by src/flow/delivery.c; never
     * blocks; any thread. NULL: nobody delivers. */
    void (*notify)(aw__site *site, const aw__notice *notices, size_t count);
    void *delivery;
    /* The number under which this process delivers what is stored (store/outbox_queues.h), which may become another
     * one; 0: it delivers nothing. Set by src/flow/membership.c; any thread. */
    atomic_uint_least64_t server;
    atomic_size_t flows; /* that there are; they look at the site as long as they live. Counted by src/flow/ */
    atomic_bool closed;  /* no more of them begin */
    atomic_uint_least64_t room[AW__ROOM_SLOTS]; /* remote_room.c's: how much more may be kept before it is counted again */
    void *expiry;  /* src/flow/expiry.c's */
    void *resyncs; /* src/flow/resync_watch.c's, on the loop's thread only */
};

enum { AW__SERVER_ID_BYTES = 17 };

/* A server's number as its id in the store; "" for 0. */
void aw__server_id(uint64_t server, char out[AW__SERVER_ID_BYTES]);

/* {root}{actor_id}, in the arena. */
char *aw__site_actor_url(const aw__site *site, aw__arena *arena, const char *actor_id);

#endif
