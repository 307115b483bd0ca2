/*
 * An app's params, checked, completed and copied. Nothing is opened here.
 */
#ifndef AW_API_SETTINGS_H
#define AW_API_SETTINGS_H

#include "actor/site.h"

typedef struct aw__settings {
    aw__config config; /* root is provisional while root_waits */
    const char *store;
    aw__store_opening opening;
    aw_runtime *runtime; /* the caller's, or NULL */
    int workers;
    bool allow_private_peers;

    bool listens;
    const char *host; /* without brackets; "" for every address */
    int port;
    bool root_waits; /* for the port that listening will pick */
    int web_threads;
    int max_connections;
    size_t max_body_bytes;
} aw__settings;

/* Texts are copied into the arena. AW_E_INVALID: the message names the field and says what to do. */
int aw__settings_read(const aw_app_params *params, aw__arena *arena, aw__settings *ret_settings, aw_error *err);

/* "http://host:port/" in the arena; NULL when out of memory. */
char *aw__settings_root(const aw__settings *settings, aw__arena *arena, int port);

#endif
