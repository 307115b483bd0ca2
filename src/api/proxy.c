/*
 * aw_proxy_*: four methods, thin over src/flow/proxy.h.
 */
#include <actingweb/proxy.h>

#include "api/tail.h"
#include "flow/params.h"
#include "flow/proxy.h"

static void deliver(aw__flow *flow, const aw_error *err, void *ud)
{
    ((aw_proxy_cb *)flow->callback)(err, err ? NULL : flow->result, ud);
}

static int wait_for_answer(aw__flow *flow, json_t **ret_answer, aw_error *err)
{
    void *answer = NULL;
    int rc = aw__tail_wait(flow, ret_answer ? &answer : NULL, err);

    if (rc == AW_OK && ret_answer)
        *ret_answer = answer;
    return rc;
}

static int build(aw_actor *actor, const aw__proxy_ask *ask, aw__flow **ret_flow, aw_error *err)
{
    return aw__is_owner(actor) ? aw__proxy_new(actor->site, actor->id, ask, ret_flow, err) : aw__no_owner(actor, err);
}

/* ---- one function per method, from its params to the flow ---- */

static int build_get(aw_actor *actor, const aw_proxy_get_resource_params *params, aw__flow **ret_flow, aw_error *err)
{
    aw_proxy_get_resource_params p;
    int rc = aw__check_params(&p, sizeof(p), params, err);

    return rc ? rc
              : build(actor,
                      &(aw__proxy_ask){.method = "GET",
                                       .peer_id = p.peer_id,
                                       .path = p.path,
                                       .query = p.query,
                                       .parent_request_id = p.parent_request_id,
                                       .timeout_ms = p.timeout_ms,
                                       .group = p.group},
                      ret_flow, err);
}

static int build_create(aw_actor *actor, const aw_proxy_create_resource_params *params, aw__flow **ret_flow,
                        aw_error *err)
{
    aw_proxy_create_resource_params p;
    int rc = aw__check_params(&p, sizeof(p), params, err);

    return rc ? rc
              : build(actor,
                      &(aw__proxy_ask){.method = "POST",
                                       .peer_id = p.peer_id,
                                       .path = p.path,
                                       .data = p.data,
                                       .parent_request_id = p.parent_request_id,
                                       .timeout_ms = p.timeout_ms,
                                       .group = p.group},
                      ret_flow, err);
}

static int build_change(aw_actor *actor, const aw_proxy_change_resource_params *params, aw__flow **ret_flow,
                        aw_error *err)
{
    aw_proxy_change_resource_params p;
    int rc = aw__check_params(&p, sizeof(p), params, err);

    return rc ? rc
              : build(actor,
                      &(aw__proxy_ask){.method = "PUT",
                                       .peer_id = p.peer_id,
                                       .path = p.path,
                                       .data = p.data,
                                       .parent_request_id = p.parent_request_id,
                                       .timeout_ms = p.timeout_ms,
                                       .group = p.group},
                      ret_flow, err);
}

static int build_delete(aw_actor *actor, const aw_proxy_delete_resource_params *params, aw__flow **ret_flow,
                        aw_error *err)
{
    aw_proxy_delete_resource_params p;
    int rc = aw__check_params(&p, sizeof(p), params, err);

    return rc ? rc
              : build(actor,
                      &(aw__proxy_ask){.method = "DELETE",
                                       .peer_id = p.peer_id,
                                       .path = p.path,
                                       .parent_request_id = p.parent_request_id,
                                       .timeout_ms = p.timeout_ms,
                                       .group = p.group},
                      ret_flow, err);
}

/* ---- the pairs ---- */

int aw_proxy_get_resource(aw_actor *actor, const aw_proxy_get_resource_params *params, json_t **ret_answer,
                          aw_error *err)
{
    aw__flow *flow = NULL;
    int rc = build_get(actor, params, &flow, err);

    return rc ? rc : wait_for_answer(flow, ret_answer, err);
}

int aw_proxy_get_resource_async(aw_actor *actor, const aw_proxy_get_resource_params *params, aw_proxy_cb *cb, void *ud,
                                aw_op *ret_op)
{
    aw__flow *flow = NULL;
    int rc = build_get(actor, params, &flow, NULL);

    return rc ? rc : aw__tail_start(flow, deliver, (aw__tail_cb *)cb, ud, ret_op);
}

int aw_proxy_create_resource(aw_actor *actor, const aw_proxy_create_resource_params *params, json_t **ret_answer,
                             aw_error *err)
{
    aw__flow *flow = NULL;
    int rc = build_create(actor, params, &flow, err);

    return rc ? rc : wait_for_answer(flow, ret_answer, err);
}

int aw_proxy_create_resource_async(aw_actor *actor, const aw_proxy_create_resource_params *params, aw_proxy_cb *cb,
                                   void *ud, aw_op *ret_op)
{
    aw__flow *flow = NULL;
    int rc = build_create(actor, params, &flow, NULL);

    return rc ? rc : aw__tail_start(flow, deliver, (aw__tail_cb *)cb, ud, ret_op);
}

int aw_proxy_change_resource(aw_actor *actor, const aw_proxy_change_resource_params *params, json_t **ret_answer,
                             aw_error *err)
{
    aw__flow *flow = NULL;
    int rc = build_change(actor, params, &flow, err);

    return rc ? rc : wait_for_answer(flow, ret_answer, err);
}

int aw_proxy_change_resource_async(aw_actor *actor, const aw_proxy_change_resource_params *params, aw_proxy_cb *cb,
                                   void *ud, aw_op *ret_op)
{
    aw__flow *flow = NULL;
    int rc = build_change(actor, params, &flow, NULL);

    return rc ? rc : aw__tail_start(flow, deliver, (aw__tail_cb *)cb, ud, ret_op);
}

int aw_proxy_delete_resource(aw_actor *actor, const aw_proxy_delete_resource_params *params, json_t **ret_answer,
                             aw_error *err)
{
    aw__flow *flow = NULL;
    int rc = build_delete(actor, params, &flow, err);

    return rc ? rc : wait_for_answer(flow, ret_answer, err);
}

int aw_proxy_delete_resource_async(aw_actor *actor, const aw_proxy_delete_resource_params *params, aw_proxy_cb *cb,
                                   void *ud, aw_op *ret_op)
{
    aw__flow *flow = NULL;
    int rc = build_delete(actor, params, &flow, NULL);

    return rc ? rc : aw__tail_start(flow, deliver, (aw__tail_cb *)cb, ud, ret_op);
}
