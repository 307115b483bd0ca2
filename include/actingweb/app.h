/*
 * The app: one ActingWeb service, which is a store of actors, a runtime for their peers and, when it listens, a server.
 */
#ifndef ACTINGWEB_APP_H
#define ACTINGWEB_APP_H

#include <actingweb/common.h>
#include <actingweb/error.h>
#include <actingweb/permission.h>

AW_BEGIN_DECLS

typedef enum aw_delivery {
    AW_DELIVERY_ONCE,   /* a callback is tried once; its diff stays at the publisher for polling */
    AW_DELIVERY_DURABLE /* retried, across restarts, until accepted, expired or overtaken by a resync */
} aw_delivery;

typedef enum aw_migrate {
    AW_MIGRATE_ON, /* tables that the database does not have are made, older ones brought up */
    AW_MIGRATE_OFF /* then aw_app_new() fails instead: for operators who change a database by hand */
} aw_migrate;

typedef struct aw_app_params {
    size_t size;
    const char *store;           /* "sqlite:PATH" or "postgresql://USER@HOST/DATABASE"; required */
    const char *root;            /* how peers reach this service, "https://host/"; required unless listen is given */
    const char *listen;          /* "HOST:PORT" for aw_app_listen(); port 0 picks one; NULL: no server */
    const char *type;            /* the actors' type, a URN; NULL: "urn:actingweb:example.com:actingwebd" */
    const char *version;         /* of the application, in /meta; NULL: the library's */
    const char *desc;            /* of the application, in /meta; NULL: "Actor: " */
    const char *info;            /* URL with information for people, in /meta; NULL: "https://actingweb.org/" */
    aw_runtime *runtime;         /* borrowed, for many apps on one loop or an embedded one; NULL: its own, with a thread */
    int web_threads;             /* 0: 16; each may wait for a commit */
    int workers;                 /* of its own runtime; 0: 4 */
    bool allow_private_peers;    /* of its own runtime; implied when root (without one, listen) is a loopback address */
    aw_delivery delivery;
    bool subscription_processing; /* keep peers' data: order, gaps and duplicates of callbacks are handled */
    int gap_timeout_s;           /* how long a missing callback is waited for before a resync; 0: 5 */
    int max_pending;             /* callbacks kept while one is missing; 0: 100 */
    bool unique_creator;         /* one actor per creator */
    bool auto_accept;            /* trust requests for default_relationship are approved at once */
    const char *default_relationship; /* NULL: "associate" */
    bool devtest;                /* serve /{id}/devtest; never on a public service */
    size_t max_body_bytes;       /* of a request; more is answered with 413; 0: 1 MiB */
    int max_connections;         /* inbound; 0: 16384, or what the descriptor limit leaves */
    const aw_relationship *trust_types; /* kinds of relationship beside the six, or instead of some; NULL: none */
    size_t trust_type_count;            /* how many; at most 64 */
    aw_migrate migrate;          /* whether the database may be changed to what this version needs */
} aw_app_params;

/* Says whether params are right, without opening or making anything. Errors: AW_E_INVALID (the message names the
 * field), AW_E_NOMEM. */
AW_API int aw_app_check(const aw_app_params *params, aw_error *err);

/*
 * Opens the store (making it when absent) and the runtime. Serves nothing yet: add routes, then aw_app_listen().
 * The caller owns the app. Errors: AW_E_INVALID (the message names the field), AW_E_STORE, AW_E_NOMEM,
 * AW_E_UNSUPPORTED. Any thread.
 */
AW_API int aw_app_new(const aw_app_params *params, aw_app **ret_app, aw_error *err);

/* Starts the server on params.listen. Once. Errors: AW_E_INVALID (no listen, or listening), AW_E_BUSY (the address is
 * in use), AW_E_UNSUPPORTED (no such address, no thread or descriptor left), AW_E_NOMEM. */
AW_API int aw_app_listen(aw_app *app, aw_error *err);

/* Stops accepting, answers what is in flight, for at most timeout_ms. Errors: AW_E_TIMEOUT (something is still open),
 * AW_E_INVALID, AW_E_REENTRANT (on the loop's thread). */
AW_API int aw_app_drain(aw_app *app, int timeout_ms, aw_error *err);

/* Stops the server, cancels operations (AW_E_CLOSED), closes the store. Takes NULL. Free actors and groups first;
 * a runtime of the caller's is left alone. Not from a callback. */
AW_API void aw_app_free(aw_app *app);

AW_API aw_runtime *aw_app_runtime(aw_app *app); /* borrowed */
AW_API const char *aw_app_root(const aw_app *app); /* ends with "/"; borrowed */
AW_API int aw_app_port(const aw_app *app); /* the port that it listens on, or 0 */

AW_END_DECLS

#endif
