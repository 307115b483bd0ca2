/*
 * aw_subscription_*: thin over src/actor/subscription.h and src/flow/. The accessors of an aw_subscription are in
 * src/store/subscriptions.c.
 */
#include <actingweb/subscription.h>

#include "actor/subscription.h"
#include "actor/suspension.h"
#include "actor/view.h"
#include "api/tail.h"
#include "base/error.h"
#include "flow/callback_send.h"
#include "flow/params.h"
#include "flow/subscription_create.h"
#include "flow/subscription_delete.h"
#include "flow/subscription_subscribe.h"

/* ---- at the store ---- */

/* Those of one peer are shown to it, once it is approved; all of them to the owner. */
static int check(const aw_actor *actor, const char *peer_id, aw_error *err)
{
    aw__arena *arena = aw__arena_new();
    aw__caller caller;
    int rc = arena ? aw__view_caller(actor, arena, &caller, err) : aw__fail_nomem(err);

    if (rc == AW_OK && caller.role != AW_ROLE_CREATOR && !(peer_id && aw__caller_is_peer(&caller, peer_id, false)))
        rc = aw__view_refuse(&caller, err);
    aw__arena_free(arena);
    return rc;
}

int aw_subscription_list(aw_actor *actor, const aw_subscription_list_params *params,
                         aw_subscription ***ret_subscriptions, size_t *ret_count, aw_error *err)
{
    aw_subscription_list_params p = {.size = sizeof(p)};
    int rc = aw__may_wait_viewing(actor, err);

    if (rc == AW_OK && params)
        rc = aw__check_params(&p, sizeof(p), params, err);
    if (rc == AW_OK)
        rc = aw__check_result("ret_subscriptions", ret_subscriptions, err);
    if (rc == AW_OK)
        rc = aw__check_result("ret_count", ret_count, err);
    if (rc == AW_OK)
        rc = check(actor, p.peer_id, err);
    return rc ? rc : aw__subscription_find_all(actor->site, actor->id, &p, -1, ret_subscriptions, ret_count, err);
}

int aw_subscription_suspend(aw_actor *actor, const char *target, const char *subtarget, bool *ret_new, aw_error *err)
{
    int rc = aw__may_wait(actor, err);

    return rc ? rc : aw__suspension_begin(actor->site, actor->id, target, subtarget, ret_new, err);
}

int aw_subscription_resume(aw_actor *actor, const char *target, const char *subtarget, size_t *ret_told, aw_error *err)
{
    int rc = aw__may_wait(actor, err);

    return rc ? rc : aw__suspension_end(actor->site, actor->id, target, subtarget, ret_told, err);
}

int aw_subscription_is_suspended(aw_actor *actor, const char *target, const char *subtarget, bool *ret_suspended,
                                 aw_error *err)
{
    int rc = aw__may_wait(actor, err);

    if (rc == AW_OK)
        rc = aw__check_result("ret_suspended", ret_suspended, err);
    return rc ? rc : aw__suspension_holds(actor->site, actor->id, target, subtarget, ret_suspended, err);
}

/* ---- at the peer ---- */

static void deliver(aw__flow *flow, const aw_error *err, void *ud)
{
    ((aw_subscription_cb *)flow->callback)(err, err ? NULL : flow->result, ud);
}

static int wait_for_subscription(aw__flow *flow, aw_subscription **ret_subscription, aw_error *err)
{
    void *subscription = NULL;
    int rc = aw__tail_wait(flow, ret_subscription ? &subscription : NULL, err);

    if (rc == AW_OK && ret_subscription)
        *ret_subscription = subscription;
    return rc;
}

int aw_subscription_create_remote(aw_actor *actor, const aw_subscription_create_remote_params *params,
                                  aw_subscription **ret_subscription, aw_error *err)
{
    aw__flow *flow = NULL;
    int rc = aw__is_owner(actor) ? aw__subscription_create_new(actor->site, actor->id, params, &flow, err)
                                 : aw__no_owner(actor, err);

    return rc ? rc : wait_for_subscription(flow, ret_subscription, err);
}

int aw_subscription_create_remote_async(aw_actor *actor, const aw_subscription_create_remote_params *params,
                                        aw_subscription_cb *cb, void *ud, aw_op *ret_op)
{
    aw__flow *flow = NULL;
    int rc = aw__is_owner(actor) ? aw__subscription_create_new(actor->site, actor->id, params, &flow, NULL)
                                 : aw__no_owner(actor, NULL);

    return rc ? rc : aw__tail_start(flow, deliver, (aw__tail_cb *)cb, ud, ret_op);
}

int aw_subscription_subscribe_to_peer(aw_actor *actor, const aw_subscription_subscribe_to_peer_params *params,
                                      aw_subscription **ret_subscription, aw_error *err)
{
    aw__flow *flow = NULL;
    int rc = aw__is_owner(actor) ? aw__subscription_subscribe_new(actor->site, actor->id, params, &flow, err)
                                 : aw__no_owner(actor, err);

    return rc ? rc : wait_for_subscription(flow, ret_subscription, err);
}

int aw_subscription_subscribe_to_peer_async(aw_actor *actor, const aw_subscription_subscribe_to_peer_params *params,
                                            aw_subscription_cb *cb, void *ud, aw_op *ret_op)
{
    aw__flow *flow = NULL;
    int rc = aw__is_owner(actor) ? aw__subscription_subscribe_new(actor->site, actor->id, params, &flow, NULL)
                                 : aw__no_owner(actor, NULL);

    return rc ? rc : aw__tail_start(flow, deliver, (aw__tail_cb *)cb, ud, ret_op);
}

int aw_subscription_delete_remote(aw_actor *actor, const aw_subscription_delete_remote_params *params, aw_error *err)
{
    aw__flow *flow = NULL;
    int rc = aw__is_owner(actor) ? aw__subscription_delete_new(actor->site, actor->id, params, &flow, err)
                                 : aw__no_owner(actor, err);

    return rc ? rc : aw__tail_wait(flow, NULL, err);
}

int aw_subscription_delete_remote_async(aw_actor *actor, const aw_subscription_delete_remote_params *params,
                                        aw_done_cb *cb, void *ud, aw_op *ret_op)
{
    aw__flow *flow = NULL;
    int rc = aw__is_owner(actor) ? aw__subscription_delete_new(actor->site, actor->id, params, &flow, NULL)
                                 : aw__no_owner(actor, NULL);

    return rc ? rc : aw__tail_start(flow, aw__tail_deliver_done, (aw__tail_cb *)cb, ud, ret_op);
}

int aw_subscription_unsubscribe(aw_actor *actor, const aw_subscription_unsubscribe_params *params, aw_error *err)
{
    aw__flow *flow = NULL;
    int rc = aw__is_owner(actor) ? aw__subscription_unsubscribe_new(actor->site, actor->id, params, &flow, err)
                                 : aw__no_owner(actor, err);

    return rc ? rc : aw__tail_wait(flow, NULL, err);
}

int aw_subscription_unsubscribe_async(aw_actor *actor, const aw_subscription_unsubscribe_params *params, aw_done_cb *cb,
                                      void *ud, aw_op *ret_op)
{
    aw__flow *flow = NULL;
    int rc = aw__is_owner(actor) ? aw__subscription_unsubscribe_new(actor->site, actor->id, params, &flow, NULL)
                                 : aw__no_owner(actor, NULL);

    return rc ? rc : aw__tail_start(flow, aw__tail_deliver_done, (aw__tail_cb *)cb, ud, ret_op);
}

int aw_subscription_callback(aw_actor *actor, const aw_subscription_callback_params *params, aw_error *err)
{
    aw__flow *flow = NULL;
    int rc = aw__is_owner(actor) ? aw__callback_send_new(actor->site, actor->id, params, &flow, err)
                                 : aw__no_owner(actor, err);

    return rc ? rc : aw__tail_wait(flow, NULL, err);
}

int aw_subscription_callback_async(aw_actor *actor, const aw_subscription_callback_params *params, aw_done_cb *cb,
                                   void *ud, aw_op *ret_op)
{
    aw__flow *flow = NULL;
    int rc = aw__is_owner(actor) ? aw__callback_send_new(actor->site, actor->id, params, &flow, NULL)
                                 : aw__no_owner(actor, NULL);

    return rc ? rc : aw__tail_start(flow, aw__tail_deliver_done, (aw__tail_cb *)cb, ud, ret_op);
}
