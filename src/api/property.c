/*
 * aw_property_*: thin over src/actor/property.h; paths as text become segments.
 */
#include <actingweb/property.h>

#include "actor/property.h"
#include "actor/view.h"
#include "api/tail.h"
#include "base/error.h"
#include "model/path.h"

/* What a call is about, and who makes it. */
struct asked {
    aw__arena *arena;
    aw__path path;
    aw__caller caller;
};

static int check(const aw_actor *actor, struct asked *asked, aw__operation operation, aw_error *err)
{
    bool may = false;
    int rc = aw__view_caller(actor, asked->arena, &asked->caller, err);

    if (rc == AW_OK)
        rc = aw__caller_may_property(&asked->caller, asked->arena, asked->path.names, asked->path.depth, operation, &may,
                                     err);
    return rc || may ? rc : aw__view_refuse(&asked->caller, err);
}

/* The caller frees the arena, also after a failure. */
static int begin(const aw_actor *actor, const char *text, aw__operation operation, struct asked *ret_asked,
                 aw_error *err)
{
    int rc = aw__may_wait_viewing(actor, err);

    ret_asked->arena = rc ? NULL : aw__arena_new();
    if (rc)
        return rc;
    if (!ret_asked->arena)
        return aw__fail_nomem(err);
    rc = aw__path_split(ret_asked->arena, text, false, &ret_asked->path, err);
    return rc ? rc : check(actor, ret_asked, operation, err);
}

int aw_property_get(aw_actor *actor, const char *path, json_t **ret_value, aw_error *err)
{
    struct asked asked;
    int rc = begin(actor, path, AW__OPERATION_READ, &asked, err);

    if (rc == AW_OK)
        rc = aw__check_result("ret_value", ret_value, err);
    if (rc == AW_OK)
        rc = aw__property_get(actor->site, actor->id, asked.path.names, asked.path.depth, ret_value, err);
    if (rc == AW_OK && !asked.path.depth)
        aw__caller_leave_out(&asked.caller, *ret_value);
    aw__arena_free(asked.arena);
    return rc;
}

int aw_property_set(aw_actor *actor, const char *path, json_t *value, aw_error *err)
{
    struct asked asked;
    int rc = begin(actor, path, AW__OPERATION_WRITE, &asked, err);

    if (rc == AW_OK)
        rc = aw__property_set(actor->site, actor->id, asked.path.names, asked.path.depth, value, NULL, err);
    aw__arena_free(asked.arena);
    return rc;
}

int aw_property_delete(aw_actor *actor, const char *path, aw_error *err)
{
    struct asked asked;
    int rc = begin(actor, path, AW__OPERATION_DELETE, &asked, err);

    if (rc == AW_OK)
        rc = aw__property_delete(actor->site, actor->id, asked.path.names, asked.path.depth, &asked.caller, NULL, err);
    aw__arena_free(asked.arena);
    return rc;
}
