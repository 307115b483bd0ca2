/*
 * aw_permission_*: thin over src/actor/permission_own.h and src/flow/permission_callback.h.
 */
#include <actingweb/permission.h>

#include "actor/caller.h"
#include "actor/peer_permission.h"
#include "actor/permission_own.h"
#include "api/tail.h"
#include "base/error.h"
#include "base/text.h"
#include "flow/params.h"
#include "flow/permission_callback.h"

/* ---- at the store ---- */

static int may_read(const aw_actor *actor, const char *peer_id, const char *result_name, const void *result,
                    aw_error *err)
{
    int rc = aw__may_wait(actor, err);

    if (rc == AW_OK && aw__text_empty(peer_id))
        rc = aw__fail(err, AW_E_INVALID, "peer_id: is required");
    return rc ? rc : aw__check_result(result_name, result, err);
}

/* In an arena that is the caller's on success. */
static int look(const aw_actor *actor, const char *peer_id, aw__arena **ret_arena, aw__granted *ret_granted,
                aw_error *err)
{
    aw__arena *arena = aw__arena_new();

    if (!arena)
        return aw__fail_nomem(err);
    int rc = aw__permission_look(actor->site, arena, actor->id, peer_id, ret_granted, err);

    if (rc)
        aw__arena_free(arena);
    else
        *ret_arena = arena;
    return rc;
}

int aw_permission_get(aw_actor *actor, const char *peer_id, json_t **ret_permissions, aw_error *err)
{
    aw__arena *arena = NULL;
    aw__granted granted;
    int rc = may_read(actor, peer_id, "ret_permissions", ret_permissions, err);

    if (rc == AW_OK)
        rc = look(actor, peer_id, &arena, &granted, err);
    if (rc)
        return rc;
    json_t *permissions = aw__granted_json(&granted);

    aw__arena_free(arena);
    if (!permissions)
        return aw__fail_nomem(err);
    *ret_permissions = permissions;
    return AW_OK;
}

int aw_permission_get_own(aw_actor *actor, const char *peer_id, json_t **ret_own, aw_error *err)
{
    aw__arena *arena = NULL;
    aw__granted granted;
    int rc = may_read(actor, peer_id, "ret_own", ret_own, err);

    if (rc == AW_OK)
        rc = look(actor, peer_id, &arena, &granted, err);
    if (rc)
        return rc;
    *ret_own = json_incref(granted.own);
    aw__arena_free(arena);
    return AW_OK;
}

int aw_permission_get_granted(aw_actor *actor, const char *peer_id, json_t **ret_granted, aw_error *err)
{
    int rc = may_read(actor, peer_id, "ret_granted", ret_granted, err);

    return rc ? rc : aw__peer_permission_get(actor->site, actor->id, peer_id, ret_granted, err);
}

static int check_operands(const aw_permission_check_params *p, aw_error *err)
{
    int rc = aw__check_text("target", p->target, AW__TEXT_MAX_BYTES, err);

    if (rc == AW_OK && (p->category < AW_PERMISSION_PROPERTIES || p->category > AW_PERMISSION_PROMPTS))
        rc = aw__fail(err, AW_E_INVALID, "category: is none");
    if (rc == AW_OK && (p->operation < AW_OPERATION_READ || p->operation > AW_OPERATION_SUBSCRIBE))
        rc = aw__fail(err, AW_E_INVALID, "operation: is none");
    return rc;
}

/* The public enumerations count, those of the model are in the same order. */
_Static_assert((int)AW_PERMISSION_PROMPTS == (int)AW__PERMISSION_PROMPTS, "categories in the model's order");
_Static_assert(1 << AW_OPERATION_SUBSCRIBE == AW__OPERATION_SUBSCRIBE, "operations in the model's order");

int aw_permission_check(aw_actor *actor, const aw_permission_check_params *params, bool *ret_allowed, aw_error *err)
{
    aw_permission_check_params p;
    aw__arena *arena = NULL;
    aw__granted granted;
    aw__caller caller = aw__caller_anonymous();
    int rc = aw__check_params(&p, sizeof(p), params, err);

    if (rc == AW_OK)
        rc = may_read(actor, p.peer_id, "ret_allowed", ret_allowed, err);
    if (rc == AW_OK)
        rc = check_operands(&p, err);
    if (rc == AW_OK)
        rc = look(actor, p.peer_id, &arena, &granted, err);
    if (rc)
        return rc;
    aw__caller_be_peer(&caller, actor->site, granted.trust, granted.permissions);
    *ret_allowed = aw__caller_may(&caller, (aw__permission_category)p.category, p.target,
                                  (aw__operation)(1 << p.operation));
    aw__arena_free(arena);
    return AW_OK;
}

/* ---- at the peer ---- */

int aw_permission_set(aw_actor *actor, const aw_permission_set_params *params, aw_error *err)
{
    aw__flow *flow = NULL;
    int rc = aw__is_owner(actor) ? aw__permission_set_new(actor->site, actor->id, params, &flow, err)
                                 : aw__no_owner(actor, err);

    return rc ? rc : aw__tail_wait(flow, NULL, err);
}

int aw_permission_set_async(aw_actor *actor, const aw_permission_set_params *params, aw_done_cb *cb, void *ud,
                            aw_op *ret_op)
{
    aw__flow *flow = NULL;
    int rc = aw__is_owner(actor) ? aw__permission_set_new(actor->site, actor->id, params, &flow, NULL)
                                 : aw__no_owner(actor, NULL);

    return rc ? rc : aw__tail_start(flow, aw__tail_deliver_done, (aw__tail_cb *)cb, ud, ret_op);
}

int aw_permission_reset(aw_actor *actor, const aw_permission_reset_params *params, aw_error *err)
{
    aw__flow *flow = NULL;
    int rc = aw__is_owner(actor) ? aw__permission_reset_new(actor->site, actor->id, params, &flow, err)
                                 : aw__no_owner(actor, err);

    return rc ? rc : aw__tail_wait(flow, NULL, err);
}

int aw_permission_reset_async(aw_actor *actor, const aw_permission_reset_params *params, aw_done_cb *cb, void *ud,
                              aw_op *ret_op)
{
    aw__flow *flow = NULL;
    int rc = aw__is_owner(actor) ? aw__permission_reset_new(actor->site, actor->id, params, &flow, NULL)
                                 : aw__no_owner(actor, NULL);

    return rc ? rc : aw__tail_start(flow, aw__tail_deliver_done, (aw__tail_cb *)cb, ud, ret_op);
}
