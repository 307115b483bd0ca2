/*
 * Kinds of relationship from an application's params. What they mean is src/model/permission.h's.
 */
#include "api/trust_types.h"

#include <string.h>

#include "base/error.h"
#include "base/id.h"
#include "base/text.h"
#include "flow/params.h"
#include "model/permission_json.h"

enum { TYPES_MAX = 64 };

static bool is_category(const char *name)
{
    for (size_t i = 0; i < AW__PERMISSION_CATEGORIES; i++)
        if (strcmp(name, aw__permission_category_name((aw__permission_category)i)) == 0)
            return true;
    return false;
}

static int check_permissions(const aw_relationship *type, aw_error *err)
{
    const char *name;
    json_t *value;
    aw_error why = {0};

    if (!type->permissions)
        return AW_OK;
    if (aw__permissions_check(type->permissions, &why))
        return aw__fail(err, AW_E_INVALID, "trust_types: %s: %s", type->name, why.message);
    json_object_foreach(type->permissions, name, value)
        if (!is_category(name))
            return aw__fail(err, AW_E_INVALID,
                            "trust_types: %s: permissions are of properties, methods, actions, tools, resources and "
                            "prompts",
                            type->name);
    return AW_OK;
}

static int check_name(const aw_relationship *own, size_t at, aw_error *err)
{
    static const char *const taken[] = {"creator", "trustee", "owner", "peer"};
    const char *name = own[at].name;

    if (aw__text_empty(name))
        return aw__fail(err, AW_E_INVALID, "trust_types: each needs a name");
    if (!aw__id_valid(name))
        return aw__fail(err, AW_E_INVALID, "trust_types: a name must be one word");
    for (size_t i = 0; i < sizeof(taken) / sizeof(*taken); i++)
        if (strcmp(name, taken[i]) == 0)
            return aw__fail(err, AW_E_INVALID, "trust_types: no relationship can be called %s", name);
    for (size_t i = 0; i < at; i++)
        if (strcmp(name, own[i].name) == 0)
            return aw__fail(err, AW_E_INVALID, "trust_types: %s is there twice", name);
    return AW_OK;
}

static int check(const aw_relationship *own, size_t at, aw_error *err)
{
    const aw_relationship *type = &own[at];
    aw_error why = {0};
    int rc = check_name(own, at, err);

    if (rc)
        return rc;
    if (aw__check_text("display_name", type->display_name, AW__NAME_MAX_BYTES, &why) ||
        aw__check_text("description", type->description, AW__TEXT_MAX_BYTES, &why))
        return aw__fail(err, AW_E_INVALID, "trust_types: %s: %s", type->name, why.message);
    if (type->access && !aw__trust_type_find(NULL, type->access))
        return aw__fail(err, AW_E_INVALID,
                        "trust_types: %s: access must be associate, viewer, friend, partner, admin or mcp_client",
                        type->name);
    return check_permissions(type, err);
}

/* Checked before. */
static int copy(const aw_relationship *own, aw__arena *arena, aw__trust_type *ret_type, aw_error *err)
{
    const aw__trust_type *builtin = aw__trust_type_find(NULL, own->name);
    const aw__permissions *permissions = NULL;
    /* To the access list nobody is a "peer". */
    const char *access = own->access ? own->access : builtin ? builtin->access : "peer";
    int rc = own->permissions ? aw__permissions_merge(arena, NULL, own->permissions, &permissions, err) : AW_OK;

    if (rc)
        return rc;
    *ret_type = (aw__trust_type){
        .name = aw__arena_strdup(arena, own->name),
        .display_name = aw__arena_strdup(arena, own->display_name ? own->display_name : own->name),
        .description = aw__arena_strdup(arena, own->description ? own->description : ""),
        .access = aw__arena_strdup(arena, access),
    };
    if (permissions)
        ret_type->permissions = *permissions;
    return aw__arena_failed(arena) ? aw__fail_nomem(err) : AW_OK;
}

static aw__trust_type *place_of(aw__trust_type *items, size_t *count, const char *name)
{
    for (size_t i = 0; i < *count; i++)
        if (strcmp(items[i].name, name) == 0)
            return &items[i];
    return &items[(*count)++];
}

int aw__trust_types_read(const aw_relationship *own, size_t count, aw__arena *arena, const aw__trust_types **ret_types,
                         aw_error *err)
{
    const aw__trust_types *builtin = &aw__trust_types_builtin;
    int rc = AW_OK;

    if (count > TYPES_MAX)
        return aw__fail(err, AW_E_INVALID, "trust_types: at most %d", TYPES_MAX);
    if (count && !own)
        return aw__fail(err, AW_E_INVALID, "trust_types: is NULL, but trust_type_count is not 0");
    aw__trust_types *types = aw__arena_alloc(arena, sizeof(*types));
    aw__trust_type *items = aw__arena_alloc(arena, (builtin->count + count) * sizeof(*items));

    if (!types || !items)
        return aw__fail_nomem(err);
    memcpy(items, builtin->items, builtin->count * sizeof(*items));
    types->items = items;
    types->count = builtin->count;
    for (size_t i = 0; i < count && rc == AW_OK; i++) {
        rc = check(own, i, err);
        if (rc == AW_OK)
            rc = copy(&own[i], arena, place_of(items, &types->count, own[i].name), err);
    }
    if (rc == AW_OK)
        *ret_types = types;
    return rc;
}
