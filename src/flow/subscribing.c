/*
 * The steps of subscribing at a peer.
 */
#include "flow/subscribing.h"

#include <string.h>

#include "actor/subscription.h"
#include "base/encode.h"
#include "base/error.h"
#include "base/id.h"
#include "base/json.h"
#include "base/text.h"
#include "flow/params.h"
#include "flow/peer.h"

enum { CREATED = 201, OUTBOUND = 1 };

/* ---- find ---- */

int aw__subscribing_find(aw__flow *flow)
{
    aw__subscribing *s = flow->state;
    int rc = aw__peer_find(flow, s->peer_id, &s->baseline.trust);

    if (rc == AW_OK && !aw__peer_is_actor(flow, s->baseline.trust))
        rc = aw__fail(&flow->error, AW_E_UNSUPPORTED, "this peer is no actor that could be subscribed to");
    return rc;
}

/* ---- ask ---- */

static int set_unless_empty(json_t *body, const char *key, const char *text)
{
    return *text ? json_object_set_new(body, key, json_string(text)) : 0;
}

int aw__subscribing_ask(aw__flow *flow)
{
    const aw__subscribing *s = flow->state;
    const aw__baseline *b = &s->baseline;
    json_t *body = aw__flow_keep(flow, json_pack("{s:s, s:s}", "id", flow->actor_id, "target", b->target));

    if (!body || set_unless_empty(body, "subtarget", b->subtarget) ||
        set_unless_empty(body, "resource", b->resource) || set_unless_empty(body, "granularity", s->granularity))
        return aw__fail_nomem(&flow->error);
    return aw__flow_ask(flow, "POST", aw__peer_path(flow, b->trust->baseuri, "subscriptions", flow->actor_id, NULL),
                        b->trust->secret, body);
}

/* Where the peer says that the subscription is; ours to use only below the peer itself. */
static int take_location(aw__flow *flow)
{
    aw__subscribing *s = flow->state;
    char *location = aw__arena_strdup(flow->arena, flow->response->location);
    const char *ours = aw__peer_path(flow, s->baseline.trust->baseuri, "subscriptions", flow->actor_id, "", NULL);

    const char *decoded = location ? aw__percent_decode(flow->arena, location, strlen(location), false) : NULL;

    if (aw__arena_failed(flow->arena) || !ours)
        return aw__fail_nomem(&flow->error);
    aw__text_clean(location);
    /* "..", also encoded, could lead out of it again. */
    if (aw__text_starts(location, ours) && decoded && !strstr(decoded, ".."))
        s->url = location;
    return AW_OK;
}

int aw__subscribing_on_answer(aw__flow *flow)
{
    aw__subscribing *s = flow->state;
    int status = flow->response->status;
    json_t *answer = NULL;
    int rc = aw__flow_answer_ok(flow);

    if (rc == AW_OK && status != CREATED)
        rc = aw__fail_http(&flow->error, status, -1, "the peer answered %d where 201 is due", status);
    if (rc == AW_OK)
        rc = take_location(flow);
    if (rc == AW_OK)
        rc = aw__flow_answer_object(flow, &answer);
    if (rc)
        return rc;
    const char *id = aw__json_get_text(answer, "subscriptionid", NULL);

    if (!id || !aw__id_valid(id))
        return aw__fail(&flow->error, AW_E_PROTOCOL, "the peer's answer has no usable subscriptionid");
    s->baseline.subscription_id = id;
    if (!s->url)
        s->url = aw__peer_path(flow, s->baseline.trust->baseuri, "subscriptions", flow->actor_id, id, NULL);
    return s->url ? AW_OK : aw__fail_nomem(&flow->error);
}

int aw__subscribing_withdraw(aw__flow *flow)
{
    const aw__subscribing *s = flow->state;
    const aw__baseline *b = &s->baseline;
    const char *url = s->url;

    if (s->repeated || !url)
        return AW__STEP_SKIP;
    if (b->subscription_id)
        url = aw__peer_path(flow, b->trust->baseuri, "subscriptions", flow->actor_id, b->subscription_id, NULL);
    return aw__flow_ask(flow, "DELETE", url, b->trust->secret, NULL);
}

/* ---- record ---- */

static aw_subscription row_of(const aw__flow *flow)
{
    const aw__subscribing *s = flow->state;

    return (aw_subscription){
        .actor_id = flow->actor_id,
        .peer_id = s->peer_id,
        .id = s->baseline.subscription_id,
        .granularity = s->granularity,
        .target = s->baseline.target,
        .subtarget = s->baseline.subtarget,
        .resource = s->baseline.resource,
        .url = s->url,
        .outbound = true,
    };
}

int aw__subscribing_result(aw__flow *flow, int64_t sequence)
{
    aw_subscription row = row_of(flow);

    row.sequence = sequence;
    flow->result = aw_subscription_dup(&row);
    return flow->result ? AW_OK : aw__fail_nomem(&flow->error);
}

int aw__subscribing_record(aw__flow *flow)
{
    aw__subscribing *s = flow->state;
    aw_subscription row = row_of(flow);
    int rc = s->with_baseline ? aw__subscription_add_held(flow->site, &row, &s->hold, &flow->error)
                              : aw__subscription_add(flow->site, &row, &flow->error);

    s->repeated = rc == AW_E_EXISTS;
    s->recorded = rc == AW_OK;
    if (rc == AW_OK && !s->with_baseline)
        rc = aw__subscribing_result(flow, 0);
    return rc;
}

/* Nothing has been kept of the peer through it: its callbacks were held. */
int aw__subscribing_forget(aw__flow *flow)
{
    const aw__subscribing *s = flow->state;

    return s->recorded ? aw__subscription_remove(flow->site, flow->actor_id, s->peer_id, s->baseline.subscription_id,
                                                 OUTBOUND, false, NULL, &flow->error)
                       : AW_OK;
}

/* ---- building ---- */

static int check_resource(const char *resource, aw_error *err)
{
    int rc = aw__check_text("resource", resource, AW__NAME_MAX_BYTES, err);

    while (rc == AW_OK && resource && *resource) {
        size_t bytes = strcspn(resource, "/");

        if ((bytes == 1 && resource[0] == '.') || (bytes == 2 && resource[0] == '.' && resource[1] == '.'))
            rc = aw__fail(err, AW_E_INVALID, "resource holds \".\" or \"..\"");
        resource += bytes + (resource[bytes] == '/');
    }
    return rc;
}

static int check(const aw__subscribing_params *p, aw_error *err)
{
    const char *granularity = p->granularity ? p->granularity : "high";
    int rc = aw__check_required("peer_id", p->peer_id, AW__NAME_MAX_BYTES, err);

    if (rc == AW_OK)
        rc = aw__check_required("target", p->target, AW__NAME_MAX_BYTES, err);
    if (rc == AW_OK)
        rc = aw__check_segment("target", p->target, err);
    if (rc == AW_OK && !aw__text_empty(p->subtarget))
        rc = aw__check_segment("subtarget", p->subtarget, err);
    if (rc == AW_OK)
        rc = check_resource(p->resource, err);
    if (rc == AW_OK && aw__text_empty(p->subtarget) && !aw__text_empty(p->resource))
        rc = aw__fail(err, AW_E_INVALID, "resource needs a subtarget");
    if (rc == AW_OK && strcmp(granularity, "high") && strcmp(granularity, "low") && strcmp(granularity, "none"))
        rc = aw__fail(err, AW_E_INVALID, "granularity must be \"high\", \"low\" or \"none\"");
    return rc ? rc : aw__check_timeout(p->timeout_ms, err);
}

static void release_subscription(void *subscription)
{
    aw_subscription_free(subscription);
}

static const char *keep_text(aw__flow *flow, const char *text, const char *fallback)
{
    return aw__arena_strdup(flow->arena, text ? text : fallback);
}

int aw__subscribing_new(aw__site *site, const aw__conversation *conversation, const char *actor_id,
                        const aw__subscribing_params *params, aw__flow **ret_flow, aw_error *err)
{
    aw__flow *flow = NULL;
    int rc = check(params, err);

    if (rc == AW_OK)
        rc = aw__flow_new(site, conversation, actor_id, sizeof(aw__subscribing), params->timeout_ms,
                          params->default_timeout_ms, params->group, &flow, err);
    if (rc)
        return rc;
    aw__subscribing *s = flow->state;

    flow->result_free = release_subscription;
    s->with_baseline = params->with_baseline;
    s->peer_id = keep_text(flow, params->peer_id, "");
    s->granularity = keep_text(flow, params->granularity, "high");
    s->baseline.fresh = true;
    s->baseline.target = keep_text(flow, params->target, "");
    s->baseline.subtarget = keep_text(flow, params->subtarget, "");
    s->baseline.resource = keep_text(flow, params->resource, "");
    if (aw__arena_failed(flow->arena)) {
        aw__flow_unref(flow);
        return aw__fail_nomem(err);
    }
    *ret_flow = flow;
    return AW_OK;
}
