/*
 * aw_trust_*: thin over src/actor/trust.h and src/flow/trust_*.h. The accessors are in src/store/trusts.c.
 */
#include <actingweb/trust.h>

#include "actor/trust.h"
#include "actor/view.h"
#include "api/tail.h"
#include "base/error.h"
#include "base/text.h"
#include "flow/params.h"
#include "flow/trust_create.h"
#include "flow/trust_delete.h"
#include "flow/trust_modify.h"
#include "flow/trust_verify.h"

/* ---- at the store ---- */

/* As GET /trust/{relationship}/{peer} shows it, peer_id given, or GET /trust. What the caller holds is in the arena,
 * which is freed also after a failure. */
static int check(const aw_actor *actor, const char *peer_id, aw__arena **ret_arena, aw__caller *ret_caller,
                 aw_error *err)
{
    *ret_arena = aw__arena_new();
    int rc = *ret_arena ? aw__view_caller(actor, *ret_arena, ret_caller, err) : aw__fail_nomem(err);

    if (rc || (peer_id && aw__caller_is_peer(ret_caller, peer_id, true)) ||
        aw__caller_has_access(ret_caller, "trust", "", "GET"))
        return rc;
    return aw__view_refuse(ret_caller, err);
}

/* Secrets are the owner's, and the peer's itself once it is approved. */
static int leave_out_secrets(const aw__caller *caller, aw_trust **trust, aw_error *err)
{
    aw_trust without = **trust;

    if (caller->role == AW_ROLE_CREATOR || aw__caller_is_peer(caller, (*trust)->peer_id, false))
        return AW_OK;
    without.secret = "";
    without.verification_token = "";
    aw_trust *copy = aw_trust_dup(&without);

    if (!copy)
        return aw__fail_nomem(err);
    aw_trust_free(*trust);
    *trust = copy;
    return AW_OK;
}

int aw_trust_get(aw_actor *actor, const char *peer_id, aw_trust **ret_trust, aw_error *err)
{
    aw__arena *arena = NULL;
    aw_trust *trust = NULL;
    aw__caller caller;
    int rc = aw__may_wait_viewing(actor, err);

    if (rc == AW_OK && aw__text_empty(peer_id))
        rc = aw__fail(err, AW_E_INVALID, "peer_id: is required");
    if (rc == AW_OK)
        rc = aw__check_result("ret_trust", ret_trust, err);
    if (rc == AW_OK)
        rc = check(actor, peer_id, &arena, &caller, err);
    if (rc == AW_OK)
        rc = aw__trust_find(actor->site, actor->id, peer_id, &trust, err);
    if (rc == AW_OK)
        rc = leave_out_secrets(&caller, &trust, err);
    if (rc == AW_OK)
        *ret_trust = trust;
    else
        aw_trust_free(trust);
    aw__arena_free(arena);
    return rc;
}

int aw_trust_list(aw_actor *actor, const aw_trust_list_params *params, aw_trust ***ret_trusts, size_t *ret_count,
                  aw_error *err)
{
    aw_trust_list_params p = {.size = sizeof(p)};
    aw__arena *arena = NULL;
    aw_trust **trusts = NULL;
    size_t count = 0;
    aw__caller caller;
    int rc = aw__may_wait_viewing(actor, err);

    if (rc == AW_OK && params)
        rc = aw__check_params(&p, sizeof(p), params, err);
    if (rc == AW_OK)
        rc = aw__check_result("ret_trusts", ret_trusts, err);
    if (rc == AW_OK)
        rc = aw__check_result("ret_count", ret_count, err);
    if (rc == AW_OK)
        rc = check(actor, NULL, &arena, &caller, err);
    if (rc == AW_OK)
        rc = aw__trust_find_all(actor->site, actor->id, p.relationship, p.type, NULL, &trusts, &count, err);
    for (size_t i = 0; rc == AW_OK && i < count; i++)
        rc = leave_out_secrets(&caller, &trusts[i], err);
    if (rc) {
        aw_trust_list_free(trusts, count);
    } else {
        *ret_trusts = trusts;
        *ret_count = count;
    }
    aw__arena_free(arena);
    return rc;
}

/* ---- at the peer ---- */

static void deliver(aw__flow *flow, const aw_error *err, void *ud)
{
    ((aw_trust_cb *)flow->callback)(err, err ? NULL : flow->result, ud);
}

static int wait_for_trust(aw__flow *flow, aw_trust **ret_trust, aw_error *err)
{
    void *trust = NULL;
    int rc = aw__tail_wait(flow, ret_trust ? &trust : NULL, err);

    if (rc == AW_OK && ret_trust)
        *ret_trust = trust;
    return rc;
}

int aw_trust_create_reciprocal(aw_actor *actor, const aw_trust_create_reciprocal_params *params, aw_trust **ret_trust,
                               aw_error *err)
{
    aw__flow *flow = NULL;
    int rc = aw__is_owner(actor) ? aw__trust_create_new(actor->site, actor->id, params, &flow, err)
                                 : aw__no_owner(actor, err);

    return rc ? rc : wait_for_trust(flow, ret_trust, err);
}

int aw_trust_create_reciprocal_async(aw_actor *actor, const aw_trust_create_reciprocal_params *params, aw_trust_cb *cb,
                                     void *ud, aw_op *ret_op)
{
    aw__flow *flow = NULL;
    int rc = aw__is_owner(actor) ? aw__trust_create_new(actor->site, actor->id, params, &flow, NULL)
                                 : aw__no_owner(actor, NULL);

    return rc ? rc : aw__tail_start(flow, deliver, (aw__tail_cb *)cb, ud, ret_op);
}

/* An application wants a verification, and without a token there is none. A peer's own request may lack it. */
static int build_verified(aw_actor *actor, const aw_trust_create_verified_params *params, aw__flow **ret_flow,
                          aw_error *err)
{
    aw_trust_create_verified_params p;
    int rc = aw__is_owner(actor) ? aw__check_params(&p, sizeof(p), params, err) : aw__no_owner(actor, err);

    if (rc == AW_OK)
        rc = aw__check_required("verify_token", p.verify_token, AW__NAME_MAX_BYTES, err);
    return rc ? rc : aw__trust_verify_new(actor->site, actor->id, params, false, ret_flow, err);
}

int aw_trust_create_verified(aw_actor *actor, const aw_trust_create_verified_params *params, aw_trust **ret_trust,
                             aw_error *err)
{
    aw__flow *flow = NULL;
    int rc = build_verified(actor, params, &flow, err);

    return rc ? rc : wait_for_trust(flow, ret_trust, err);
}

int aw_trust_create_verified_async(aw_actor *actor, const aw_trust_create_verified_params *params, aw_trust_cb *cb,
                                   void *ud, aw_op *ret_op)
{
    aw__flow *flow = NULL;
    int rc = build_verified(actor, params, &flow, NULL);

    return rc ? rc : aw__tail_start(flow, deliver, (aw__tail_cb *)cb, ud, ret_op);
}

int aw_trust_modify_and_notify(aw_actor *actor, const aw_trust_modify_and_notify_params *params, aw_trust **ret_trust,
                               aw_error *err)
{
    aw__flow *flow = NULL;
    int rc = aw__is_owner(actor) ? aw__trust_modify_new(actor->site, actor->id, params, &flow, err)
                                 : aw__no_owner(actor, err);

    return rc ? rc : wait_for_trust(flow, ret_trust, err);
}

int aw_trust_modify_and_notify_async(aw_actor *actor, const aw_trust_modify_and_notify_params *params, aw_trust_cb *cb,
                                     void *ud, aw_op *ret_op)
{
    aw__flow *flow = NULL;
    int rc = aw__is_owner(actor) ? aw__trust_modify_new(actor->site, actor->id, params, &flow, NULL)
                                 : aw__no_owner(actor, NULL);

    return rc ? rc : aw__tail_start(flow, deliver, (aw__tail_cb *)cb, ud, ret_op);
}

int aw_trust_delete_reciprocal(aw_actor *actor, const aw_trust_delete_reciprocal_params *params, aw_error *err)
{
    aw__flow *flow = NULL;
    int rc = aw__is_owner(actor) ? aw__trust_delete_new(actor->site, actor->id, params, &flow, err)
                                 : aw__no_owner(actor, err);

    return rc ? rc : aw__tail_wait(flow, NULL, err);
}

int aw_trust_delete_reciprocal_async(aw_actor *actor, const aw_trust_delete_reciprocal_params *params, aw_done_cb *cb,
                                     void *ud, aw_op *ret_op)
{
    aw__flow *flow = NULL;
    int rc = aw__is_owner(actor) ? aw__trust_delete_new(actor->site, actor->id, params, &flow, NULL)
                                 : aw__no_owner(actor, NULL);

    return rc ? rc : aw__tail_start(flow, aw__tail_deliver_done, (aw__tail_cb *)cb, ud, ret_op);
}
