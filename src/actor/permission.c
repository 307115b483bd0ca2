/*
 * Permissions of one trust, read. How rules combine is src/model/'s.
 */
#include "actor/permission.h"

#include "actor/stored.h"
#include "base/error.h"
#include "model/permission_json.h"
#include "store/attributes.h"

const char *aw__permission_key(aw__arena *arena, const char *actor_id, const char *peer_id)
{
    return aw__arena_printf(arena, "%s:%s", actor_id, peer_id);
}

int aw__permission_merged(const aw__site *site, aw__arena *arena, const aw_trust *trust, const json_t *row,
                          const aw__permissions **ret_permissions, aw_error *err)
{
    const aw__trust_type *type = aw__trust_type_find(site->config.trust_types, trust->relationship);
    const aw__permissions *base = type ? &type->permissions : NULL;

    if (row)
        return aw__permissions_merge(arena, base, row, ret_permissions, err);
    *ret_permissions = base;
    return AW_OK;
}

int aw__permission_of(const aw__site *site, aw__arena *arena, const aw_trust *trust, const char *text,
                      const aw__permissions **ret_permissions, aw_error *err)
{
    json_t *row = NULL;
    int rc = text ? aw__stored_object(text, &row, err) : AW_OK;

    if (rc == AW_OK)
        rc = aw__permission_merged(site, arena, trust, row, ret_permissions, err);
    json_decref(row);
    return rc;
}

int aw__permission_find(const aw__site *site, aw_database *database, aw__arena *arena, const aw_trust *trust,
                        const aw__permissions **ret_permissions, aw_error *err)
{
    const char *key = aw__permission_key(arena, trust->actor_id, trust->peer_id);
    aw__attribute_row row;
    aw_error why = {0};

    if (!key)
        return aw__fail_nomem(err);
    int rc = aw__attributes_get(database, arena, trust->actor_id, AW__TRUST_PERMISSIONS_BUCKET, key, &row, &why);

    if (rc && rc != AW_E_NOT_FOUND) {
        *err = why;
        return rc;
    }
    return aw__permission_of(site, arena, trust, rc ? NULL : row.data, ret_permissions, err);
}

struct reading {
    const aw__site *site;
    aw__arena *arena;
    const aw_trust *trust;
    const aw__permissions *found;
};

static int read_permissions(aw_database *database, void *arg, aw_error *err)
{
    struct reading *reading = arg;

    return aw__permission_find(reading->site, database, reading->arena, reading->trust, &reading->found, err);
}

int aw__permission_get(const aw__site *site, aw__arena *arena, const aw_trust *trust,
                       const aw__permissions **ret_permissions, aw_error *err)
{
    struct reading reading = {.site = site, .arena = arena, .trust = trust};
    int rc = aw__store_read(site->store, read_permissions, &reading, err);

    if (rc == AW_OK)
        *ret_permissions = reading.found;
    return rc;
}
