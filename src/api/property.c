/*
 * aw_property_*: thin over src/actor/property.h; paths as text become segments.
 */
#include <actingweb/property.h>

#include "actor/property.h"
#include "api/tail.h"
#include "base/error.h"
#include "model/path.h"

/* The path in an arena of its own, which is the caller's on success. */
static int read_path(const aw_actor *actor, const char *text, aw__arena **ret_arena, aw__path *ret_path, aw_error *err)
{
    int rc = aw__may_wait(actor, err);

    if (rc)
        return rc;
    aw__arena *arena = aw__arena_new();

    if (!arena)
        return aw__fail_nomem(err);
    rc = aw__path_split(arena, text, false, ret_path, err);
    if (rc)
        aw__arena_free(arena);
    else
        *ret_arena = arena;
    return rc;
}

int aw_property_get(aw_actor *actor, const char *path, json_t **ret_value, aw_error *err)
{
    aw__arena *arena = NULL;
    aw__path names;
    int rc = read_path(actor, path, &arena, &names, err);

    if (rc == AW_OK)
        rc = aw__check_result("ret_value", ret_value, err);
    if (rc == AW_OK)
        rc = aw__property_get(actor->site, actor->id, names.names, names.depth, ret_value, err);
    aw__arena_free(arena);
    return rc;
}

int aw_property_set(aw_actor *actor, const char *path, json_t *value, aw_error *err)
{
    aw__arena *arena = NULL;
    aw__path names;
    int rc = read_path(actor, path, &arena, &names, err);

    if (rc == AW_OK)
        rc = aw__property_set(actor->site, actor->id, names.names, names.depth, value, NULL, err);
    aw__arena_free(arena);
    return rc;
}

int aw_property_delete(aw_actor *actor, const char *path, aw_error *err)
{
    aw__arena *arena = NULL;
    aw__path names;
    int rc = read_path(actor, path, &arena, &names, err);

    if (rc == AW_OK)
        rc = aw__property_delete(actor->site, actor->id, names.names, names.depth, NULL, err);
    aw__arena_free(arena);
    return rc;
}
