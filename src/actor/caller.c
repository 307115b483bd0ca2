/*
 * Who asks, and what it may. The rules are src/model/'s; how credentials prove somebody is the web layer's.
 */
#include "actor/caller.h"

#include <string.h>

#include "base/error.h"
#include "base/secret.h"
#include "base/text.h"
#include "model/access.h"

aw__caller aw__caller_anonymous(void)
{
    return (aw__caller){.role = AW_ROLE_ANONYMOUS, .acl_role = ""};
}

/* A relationship is a word of the peer's choosing: it must not pass for one of the actor's own roles. */
static const char *acl_role_of(const aw__site *site, const aw_trust *trust)
{
    const aw__trust_type *type = aw__trust_type_find(site->config.trust_types, trust->relationship);

    return type ? type->access : "peer";
}

void aw__caller_be_peer(aw__caller *caller, const aw__site *site, const aw_trust *trust,
                        const aw__permissions *permissions)
{
    caller->role = AW_ROLE_PEER;
    caller->acl_role = acl_role_of(site, trust);
    caller->trust = trust;
    caller->permissions = permissions;
    caller->approved = trust->approved;
}

int aw__caller_become_peer(aw__caller *caller, const aw__site *site, aw_database *database, aw__arena *arena,
                           const aw_trust *trust, aw_error *err)
{
    const aw__permissions *permissions = NULL;
    int rc = aw__permission_find(site, database, arena, trust, &permissions, err);

    if (rc == AW_OK)
        aw__caller_be_peer(caller, site, trust, permissions);
    return rc;
}

struct search {
    aw__caller *caller;
    const aw__site *site;
    aw__arena *arena;
    const char *actor_id;
    const char *secret;
};

static void free_trust(void *trust)
{
    aw_trust_free(trust);
}

static int find_peer(aw_database *database, void *arg, aw_error *err)
{
    struct search *search = arg;
    aw_trust *trust = NULL;
    int rc = aw__trusts_get_by_secret(database, search->actor_id, search->secret, &trust, err);

    if (rc)
        return rc;
    if (aw__arena_defer(search->arena, free_trust, trust))
        return aw__fail_nomem(err);
    /* A database may compare more loosely than bytes (collations, case). */
    if (!aw__secret_equal(trust->secret, search->secret))
        return aw__fail(err, AW_E_NOT_FOUND, "no such trust");
    return aw__caller_become_peer(search->caller, search->site, database, search->arena, trust, err);
}

int aw__caller_find_peer(aw__caller *caller, const aw__site *site, aw__arena *arena, const char *actor_id,
                         const char *secret, aw_error *err)
{
    struct search search = {caller, site, arena, actor_id, secret};

    return aw__store_read(site->store, find_peer, &search, err);
}

aw__permission aw__caller_check(const aw__caller *caller, aw__permission_category category, const char *target,
                                aw__operation operation)
{
    if (caller->role != AW_ROLE_PEER)
        return AW__PERMISSION_NOT_FOUND;
    return aw__permission_check(caller->permissions, caller->approved, category, target, operation);
}

/* Where the access list has the category, if it has it. */
static const char *const paths[AW__PERMISSION_CATEGORIES] = {
    [AW__PERMISSION_PROPERTIES] = "properties",
    [AW__PERMISSION_METHODS] = "methods",
    [AW__PERMISSION_ACTIONS] = "actions",
    [AW__PERMISSION_RESOURCES] = "resources",
};

static const char *method_of(aw__permission_category category, aw__operation operation)
{
    if (category != AW__PERMISSION_PROPERTIES && category != AW__PERMISSION_RESOURCES)
        return "POST";
    if (operation == AW__OPERATION_WRITE)
        return "PUT";
    return operation == AW__OPERATION_DELETE ? "DELETE" : "GET";
}

bool aw__caller_may(const aw__caller *caller, aw__permission_category category, const char *target,
                    aw__operation operation)
{
    aw__permission said = aw__caller_check(caller, category, target, operation);

    if (said == AW__PERMISSION_DENIED && operation == AW__OPERATION_SUBSCRIBE)
        said = aw__caller_check(caller, category, target, AW__OPERATION_READ);
    if (said != AW__PERMISSION_NOT_FOUND)
        return said == AW__PERMISSION_ALLOWED;
    return paths[category] &&
           aw__caller_has_access(caller, paths[category], target ? target : "", method_of(category, operation));
}

/* "a/b/c", as permissions know properties; NULL when out of memory. */
static const char *target_of(aw__arena *arena, const char *const *path, size_t depth)
{
    const char *target = depth ? path[0] : "";

    for (size_t i = 1; i < depth && target; i++)
        target = aw__arena_printf(arena, "%s/%s", target, path[i]);
    return target;
}

int aw__caller_may_property(const aw__caller *caller, aw__arena *arena, const char *const *path, size_t depth,
                            aw__operation operation, bool *ret_may, aw_error *err)
{
    const char *target = target_of(arena, path, depth);

    if (!target)
        return aw__fail_nomem(err);
    *ret_may = aw__caller_may(caller, AW__PERMISSION_PROPERTIES, target, operation);
    return AW_OK;
}

bool aw__caller_may_subscribe(const aw__caller *caller, const char *target, const char *subtarget, const char *resource)
{
    size_t category = 0;
    bool told = false;

    while (category < AW__PERMISSION_CATEGORIES && !aw__text_equal(paths[category], target))
        category++;
    if (category == AW__PERMISSION_CATEGORIES)
        return caller->role == AW_ROLE_CREATOR || (caller->role == AW_ROLE_PEER && caller->approved);
    if (caller->role == AW_ROLE_PEER)
        told = aw__permission_reaches(caller->permissions, caller->approved, (aw__permission_category)category,
                                      subtarget, resource);
    /* What no rule speaks of. */
    return told || (aw__caller_check(caller, (aw__permission_category)category, subtarget, AW__OPERATION_READ) ==
                        AW__PERMISSION_NOT_FOUND &&
                    aw__caller_has_access(caller, target, "", "GET"));
}

void aw__caller_leave_out(const aw__caller *caller, json_t *properties)
{
    const char *name;
    json_t *value;
    void *next;

    if (caller->role != AW_ROLE_PEER)
        return;
    json_object_foreach_safe(properties, next, name, value)
    {
        if (aw__caller_check(caller, AW__PERMISSION_PROPERTIES, name, AW__OPERATION_READ) != AW__PERMISSION_ALLOWED)
            json_object_del(properties, name);
    }
}

bool aw__caller_has_access(const aw__caller *caller, const char *path, const char *subpath, const char *method)
{
    aw__access_caller who = {
        .role = caller->acl_role,
        .is_peer = caller->role == AW_ROLE_PEER,
        .approved = caller->approved,
    };

    return aw__access_allows(&who, path, subpath, method);
}

bool aw__caller_is_peer(const aw__caller *caller, const char *peer_id, bool even_unapproved)
{
    return caller->role == AW_ROLE_PEER && (caller->approved || even_unapproved) &&
           strcmp(caller->trust->peer_id, peer_id) == 0;
}
