/*
 * aw_peer_*: thin over src/flow/peer_info.h, trustee_create.h and trustee_delete.h.
 */
#include <actingweb/peer.h>

#include "api/tail.h"
#include "flow/peer_capabilities.h"
#include "flow/peer_info.h"
#include "flow/trustee_create.h"
#include "flow/trustee_delete.h"

static void deliver(aw__flow *flow, const aw_error *err, void *ud)
{
    ((aw_peer_info_cb *)flow->callback)(err, err ? NULL : flow->result, ud);
}

int aw_peer_get_info(aw_actor *actor, const aw_peer_get_info_params *params, json_t **ret_info, aw_error *err)
{
    aw__flow *flow = NULL;
    void *info = NULL;
    int rc = aw__is_owner(actor) ? aw__peer_info_new(actor->site, actor->id, params, &flow, err) : aw__no_owner(actor, err);

    if (rc == AW_OK)
        rc = aw__tail_wait(flow, ret_info ? &info : NULL, err);
    if (rc == AW_OK && ret_info)
        *ret_info = info;
    return rc;
}

int aw_peer_get_info_async(aw_actor *actor, const aw_peer_get_info_params *params, aw_peer_info_cb *cb, void *ud,
                           aw_op *ret_op)
{
    aw__flow *flow = NULL;
    int rc = aw__is_owner(actor) ? aw__peer_info_new(actor->site, actor->id, params, &flow, NULL) : aw__no_owner(actor, NULL);

    return rc ? rc : aw__tail_start(flow, deliver, (aw__tail_cb *)cb, ud, ret_op);
}

int aw_peer_get_capabilities(aw_actor *actor, const aw_peer_get_capabilities_params *params, json_t **ret_capabilities,
                             aw_error *err)
{
    aw__flow *flow = NULL;
    void *capabilities = NULL;
    int rc = aw__is_owner(actor) ? aw__peer_capabilities_new(actor->site, actor->id, params, &flow, err)
                                 : aw__no_owner(actor, err);

    if (rc == AW_OK)
        rc = aw__tail_wait(flow, ret_capabilities ? &capabilities : NULL, err);
    if (rc == AW_OK && ret_capabilities)
        *ret_capabilities = capabilities;
    return rc;
}

int aw_peer_get_capabilities_async(aw_actor *actor, const aw_peer_get_capabilities_params *params, aw_peer_info_cb *cb,
                                   void *ud, aw_op *ret_op)
{
    aw__flow *flow = NULL;
    int rc = aw__is_owner(actor) ? aw__peer_capabilities_new(actor->site, actor->id, params, &flow, NULL)
                                 : aw__no_owner(actor, NULL);

    return rc ? rc : aw__tail_start(flow, deliver, (aw__tail_cb *)cb, ud, ret_op);
}

/* ---- peers that this actor owns ---- */

static void deliver_trust(aw__flow *flow, const aw_error *err, void *ud)
{
    ((aw_trust_cb *)flow->callback)(err, err ? NULL : flow->result, ud);
}

int aw_peer_create_trustee(aw_actor *actor, const aw_peer_create_trustee_params *params, aw_trust **ret_trust,
                           aw_error *err)
{
    aw__flow *flow = NULL;
    void *trust = NULL;
    int rc = aw__is_owner(actor) ? aw__trustee_create_new(actor->site, actor->id, params, &flow, err) : aw__no_owner(actor, err);

    if (rc == AW_OK)
        rc = aw__tail_wait(flow, ret_trust ? &trust : NULL, err);
    if (rc == AW_OK && ret_trust)
        *ret_trust = trust;
    return rc;
}

int aw_peer_create_trustee_async(aw_actor *actor, const aw_peer_create_trustee_params *params, aw_trust_cb *cb,
                                 void *ud, aw_op *ret_op)
{
    aw__flow *flow = NULL;
    int rc = aw__is_owner(actor) ? aw__trustee_create_new(actor->site, actor->id, params, &flow, NULL) : aw__no_owner(actor, NULL);

    return rc ? rc : aw__tail_start(flow, deliver_trust, (aw__tail_cb *)cb, ud, ret_op);
}

int aw_peer_delete_trustee(aw_actor *actor, const aw_peer_delete_trustee_params *params, aw_error *err)
{
    aw__flow *flow = NULL;
    int rc = aw__is_owner(actor) ? aw__trustee_delete_new(actor->site, actor->id, params, &flow, err) : aw__no_owner(actor, err);

    return rc ? rc : aw__tail_wait(flow, NULL, err);
}

int aw_peer_delete_trustee_async(aw_actor *actor, const aw_peer_delete_trustee_params *params, aw_done_cb *cb,
                                 void *ud, aw_op *ret_op)
{
    aw__flow *flow = NULL;
    int rc = aw__is_owner(actor) ? aw__trustee_delete_new(actor->site, actor->id, params, &flow, NULL) : aw__no_owner(actor, NULL);

    return rc ? rc : aw__tail_start(flow, aw__tail_deliver_done, (aw__tail_cb *)cb, ud, ret_op);
}
