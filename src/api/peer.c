/*
 * aw_peer_*: thin over src/flow/peer_*.h, trustee_create.h and trustee_delete.h.
 */
#include <actingweb/peer.h>

#include "actor/peer_profile.h"
#include "api/tail.h"
#include "base/error.h"
#include "base/text.h"
#include "flow/peer_capabilities.h"
#include "flow/peer_info.h"
#include "flow/peer_permissions.h"
#include "flow/peer_profile.h"
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
    int rc = aw__is_owner(actor) ? aw__peer_info_new(actor->site, actor->id, params, &flow, err)
                                 : aw__no_owner(actor, err);

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
    int rc = aw__is_owner(actor) ? aw__peer_info_new(actor->site, actor->id, params, &flow, NULL)
                                 : aw__no_owner(actor, NULL);

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
    int rc = aw__is_owner(actor) ? aw__trustee_create_new(actor->site, actor->id, params, &flow, err)
                                 : aw__no_owner(actor, err);

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
    int rc = aw__is_owner(actor) ? aw__trustee_create_new(actor->site, actor->id, params, &flow, NULL)
                                 : aw__no_owner(actor, NULL);

    return rc ? rc : aw__tail_start(flow, deliver_trust, (aw__tail_cb *)cb, ud, ret_op);
}

int aw_peer_delete_trustee(aw_actor *actor, const aw_peer_delete_trustee_params *params, aw_error *err)
{
    aw__flow *flow = NULL;
    int rc = aw__is_owner(actor) ? aw__trustee_delete_new(actor->site, actor->id, params, &flow, err)
                                 : aw__no_owner(actor, err);

    return rc ? rc : aw__tail_wait(flow, NULL, err);
}

int aw_peer_delete_trustee_async(aw_actor *actor, const aw_peer_delete_trustee_params *params, aw_done_cb *cb,
                                 void *ud, aw_op *ret_op)
{
    aw__flow *flow = NULL;
    int rc = aw__is_owner(actor) ? aw__trustee_delete_new(actor->site, actor->id, params, &flow, NULL)
                                 : aw__no_owner(actor, NULL);

    return rc ? rc : aw__tail_start(flow, aw__tail_deliver_done, (aw__tail_cb *)cb, ud, ret_op);
}

/* ---- what peers say of themselves, and grant ---- */

static void deliver_row(aw__flow *flow, const aw_error *err, void *ud)
{
    ((aw_peer_row_cb *)flow->callback)(err, err ? NULL : flow->result, ud);
}

static int wait_for_row(aw__flow *flow, json_t **ret_row, aw_error *err)
{
    void *row = NULL;
    int rc = aw__tail_wait(flow, ret_row ? &row : NULL, err);

    if (rc == AW_OK && ret_row)
        *ret_row = row;
    return rc;
}

int aw_peer_get_profile(aw_actor *actor, const aw_peer_get_profile_params *params, json_t **ret_row, aw_error *err)
{
    aw__flow *flow = NULL;
    int rc = aw__is_owner(actor) ? aw__peer_profile_new(actor->site, actor->id, params, &flow, err)
                                 : aw__no_owner(actor, err);

    return rc ? rc : wait_for_row(flow, ret_row, err);
}

int aw_peer_get_profile_async(aw_actor *actor, const aw_peer_get_profile_params *params, aw_peer_row_cb *cb, void *ud,
                              aw_op *ret_op)
{
    aw__flow *flow = NULL;
    int rc = aw__is_owner(actor) ? aw__peer_profile_new(actor->site, actor->id, params, &flow, NULL)
                                 : aw__no_owner(actor, NULL);

    return rc ? rc : aw__tail_start(flow, deliver_row, (aw__tail_cb *)cb, ud, ret_op);
}

int aw_peer_get_permissions(aw_actor *actor, const aw_peer_get_permissions_params *params, json_t **ret_row,
                            aw_error *err)
{
    aw__flow *flow = NULL;
    int rc = aw__is_owner(actor) ? aw__peer_permissions_new(actor->site, actor->id, params, &flow, err)
                                 : aw__no_owner(actor, err);

    return rc ? rc : wait_for_row(flow, ret_row, err);
}

int aw_peer_get_permissions_async(aw_actor *actor, const aw_peer_get_permissions_params *params, aw_peer_row_cb *cb,
                                  void *ud, aw_op *ret_op)
{
    aw__flow *flow = NULL;
    int rc = aw__is_owner(actor) ? aw__peer_permissions_new(actor->site, actor->id, params, &flow, NULL)
                                 : aw__no_owner(actor, NULL);

    return rc ? rc : aw__tail_start(flow, deliver_row, (aw__tail_cb *)cb, ud, ret_op);
}

int aw_peer_kept_profile(aw_actor *actor, const char *peer_id, json_t **ret_row, aw_error *err)
{
    int rc = aw__may_wait(actor, err);

    if (rc == AW_OK && aw__text_empty(peer_id))
        rc = aw__fail(err, AW_E_INVALID, "peer_id: is required");
    if (rc == AW_OK)
        rc = aw__check_result("ret_row", ret_row, err);
    return rc ? rc : aw__peer_profile_get(actor->site, actor->id, peer_id, ret_row, err);
}
