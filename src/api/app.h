/*
 * The app's own struct.
 */
#ifndef AW_API_APP_H
#define AW_API_APP_H

#include <stdatomic.h>

#include "actor/site.h"
#include "api/settings.h"
#include "http/server.h"
#include "web/web.h"
#include <actingweb/app.h>

struct aw_app {
    aw__site site;
    aw__settings settings;
    aw__arena *arena; /* the settings' texts */
    aw__web *web;
    aw__http_server *server; /* NULL until it listens */
    bool own_runtime;
    bool delivers;     /* delivery is open */
    atomic_bool ready; /* requests may be served: the root is final */
};

#endif
