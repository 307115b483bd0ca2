/*
 * What the site can tell about itself. It is filled in by src/api/app.c.
 */
#include "actor/site.h"

char *aw__site_actor_url(const aw__site *site, aw__arena *arena, const char *actor_id)
{
    return aw__arena_printf(arena, "%s%s", site->config.root, actor_id);
}
