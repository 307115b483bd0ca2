/*
 * What the site can tell about itself. It is filled in by src/api/app.c.
 */
#include "actor/site.h"

#include <inttypes.h>
#include <stdio.h>

void aw__server_id(uint64_t server, char out[AW__SERVER_ID_BYTES])
{
    out[0] = '\0';
    if (server)
        snprintf(out, AW__SERVER_ID_BYTES, "%016" PRIx64, server);
}

char *aw__site_actor_url(const aw__site *site, aw__arena *arena, const char *actor_id)
{
    return aw__arena_printf(arena, "%s%s", site->config.root, actor_id);
}
