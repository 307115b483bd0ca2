/*
 * aw_trust_*: thin over src/actor/trust.h and src/flow/trust_*.h. The accessors are in src/store/trusts.c.
 */
#include <actingweb/trust.h>

#include "actor/trust.h"
#include "api/tail.h"
#include "base/error.h"
#include "base/text.h"
#include "flow/params.h"
#include "flow/trust_create.h"
#include "flow/trust_delete.h"
#include "flow/trust_modify.h"
#include "flow/trust_verify.h"

/* ---- at the store ---- */

int aw_trust_get(aw_actor *actor, const char *peer_id, aw_trust **ret_trust, aw_error *err)
{
    int rc = aw__may_wait(actor, err);

    if (rc == AW_OK && aw__text_empty(peer_id))
        rc = aw__fail(err, AW_E_INVALID, "peer_id: is required");
    if (rc == AW_OK)
        rc = aw__check_result("ret_trust", ret_trust, err);
    return rc ? rc : aw__trust_find(actor->site, actor->id, peer_id, ret_trust, err);
}

int aw_trust_list(aw_actor *actor, const aw_trust_list_params *params, aw_trust ***ret_trusts, size_t *ret_count,
                  aw_error *err)
{
    aw_trust_list_params p = {.size = sizeof(p)};
    int rc = aw__may_wait(actor, err);

    if (rc == AW_OK && params)
        rc = aw__check_params(&p, sizeof(p), params, err);
    if (rc == AW_OK)
        rc = aw__check_result("ret_trusts", ret_trusts, err);
    if (rc == AW_OK)
        rc = aw__check_result("ret_count", ret_count, err);
    return rc ? rc
              : aw__trust_find_all(actor->site, actor->id, p.relationship, p.type, NULL, ret_trusts, ret_count, err);
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
    int rc = actor ? aw__trust_create_new(actor->site, actor->id, params, &flow, err) : aw__no_actor(err);

    return rc ? rc : wait_for_trust(flow, ret_trust, err);
}

int aw_trust_create_reciprocal_async(aw_actor *actor, const aw_trust_create_reciprocal_params *params, aw_trust_cb *cb,
                                     void *ud, aw_op *ret_op)
{
    aw__flow *flow = NULL;
    int rc = actor ? aw__trust_create_new(actor->site, actor->id, params, &flow, NULL) : aw__no_actor(NULL);

    return rc ? rc : aw__tail_start(flow, deliver, (aw__tail_cb *)cb, ud, ret_op);
}

/* An application wants a verification, and without a token there is none. A peer's own request may lack it. */
static int build_verified(aw_actor *actor, const aw_trust_create_verified_params *params, aw__flow **ret_flow,
                          aw_error *err)
{
    aw_trust_create_verified_params p;
    int rc = actor ? aw__check_params(&p, sizeof(p), params, err) : aw__no_actor(err);

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
    int rc = actor ? aw__trust_modify_new(actor->site, actor->id, params, &flow, err) : aw__no_actor(err);

    return rc ? rc : wait_for_trust(flow, ret_trust, err);
}

int aw_trust_modify_and_notify_async(aw_actor *actor, const aw_trust_modify_and_notify_params *params, aw_trust_cb *cb,
                                     void *ud, aw_op *ret_op)
{
    aw__flow *flow = NULL;
    int rc = actor ? aw__trust_modify_new(actor->site, actor->id, params, &flow, NULL) : aw__no_actor(NULL);

    return rc ? rc : aw__tail_start(flow, deliver, (aw__tail_cb *)cb, ud, ret_op);
}

int aw_trust_delete_reciprocal(aw_actor *actor, const aw_trust_delete_reciprocal_params *params, aw_error *err)
{
    aw__flow *flow = NULL;
    int rc = actor ? aw__trust_delete_new(actor->site, actor->id, params, &flow, err) : aw__no_actor(err);

    return rc ? rc : aw__tail_wait(flow, NULL, err);
}

int aw_trust_delete_reciprocal_async(aw_actor *actor, const aw_trust_delete_reciprocal_params *params, aw_done_cb *cb,
                                     void *ud, aw_op *ret_op)
{
    aw__flow *flow = NULL;
    int rc = actor ? aw__trust_delete_new(actor->site, actor->id, params, &flow, NULL) : aw__no_actor(NULL);

    return rc ? rc : aw__tail_start(flow, aw__tail_deliver_done, (aw__tail_cb *)cb, ud, ret_op);
}
