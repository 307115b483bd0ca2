/*
 * The conversation "callback", as the publisher. A 2xx leaves the diff where it is: the subscriber may only have queued it,
 * and clears it when it has what came before (WIRE 7).
 */
#include "flow/callback_send.h"

#include <string.h>

#include "actor/diff.h"
#include "actor/permission.h"
#include "actor/stored.h"
#include "actor/subscription.h"
#include "actor/visible.h"
#include "base/clock.h"
#include "base/error.h"
#include "flow/callback_receive.h"
#include "flow/params.h"
#include "flow/peer.h"

enum { TIMEOUT_MS = 10000, INBOUND = 0, NOT_THERE = 404 };

struct callback_send {
    const char *peer_id;
    const char *subscription_id;
    int64_t sequence; /* 0 until the new diff has been stored */
    json_t *new_data; /* or NULL */
    const aw_trust *trust;
    aw_subscription *subscription;
    aw__diff_row diff;
    int64_t age_ms;
    json_t *body;
};

/* ---- load ---- */

/* A diff of the application's own. Told to nobody: this conversation sends it. */
static int append(aw_database *database, void *arg, aw_error *err)
{
    aw__flow *flow = arg;
    struct callback_send *s = flow->state;

    return aw__diff_append(flow->site, database, flow->actor_id, s->peer_id, s->subscription_id, s->new_data, NULL,
                           &s->sequence, err);
}

static void release_subscription(void *subscription)
{
    aw_subscription_free(subscription);
}

static int read_subscription(aw__flow *flow)
{
    struct callback_send *s = flow->state;
    int rc = aw__subscription_find(flow->site, flow->actor_id, s->peer_id, s->subscription_id, INBOUND,
                                   &s->subscription, &flow->error);

    if (rc == AW_OK && aw__arena_defer(flow->arena, release_subscription, s->subscription))
        rc = aw__fail_nomem(&flow->error);
    return rc;
}

static int read_trust(aw__flow *flow)
{
    struct callback_send *s = flow->state;
    int rc = aw__peer_find(flow, s->peer_id, &s->trust);

    if (rc == AW_OK && !s->trust->approved)
        rc = aw__fail(&flow->error, AW_E_DENIED, "the subscriber is not approved");
    if (rc == AW_OK && !aw__peer_is_actor(flow, s->trust))
        rc = aw__fail(&flow->error, AW_E_UNSUPPORTED, "the subscriber is no actor that could be called back");
    return rc;
}

static int64_t age_ms_of(const aw__diff_row *diff)
{
    int64_t made_us, age_us;

    if (!aw__timestamp_parse(diff->timestamp, &made_us))
        return 0;
    age_us = aw__utc_us() - made_us;
    return age_us > 0 ? age_us / 1000 : 0;
}

/* What the subscriber may see of the stored text. The reference stores texts without quotes. */
static int read_data(aw__flow *flow, json_t **ret_part)
{
    struct callback_send *s = flow->state;
    const aw__permissions *permissions = NULL;
    json_t *data = NULL;
    int rc = aw__stored_parse(s->diff.data, &data, &flow->error);

    if (rc == AW_E_STORE) {
        data = json_string(s->diff.data);
        rc = data ? AW_OK : aw__fail_nomem(&flow->error);
    }
    if (rc == AW_OK)
        rc = aw__permission_get(flow->site, flow->arena, s->trust, &permissions, &flow->error);
    if (rc == AW_OK)
        rc = aw__visible_part(s->trust, permissions, s->subscription, data, ret_part, &flow->error);
    json_decref(data);
    if (rc == AW_OK && !*ret_part)
        rc = aw__fail(&flow->error, AW_E_DENIED, "the subscriber may not read any of this diff");
    return rc;
}

static int set_unless_empty(json_t *body, const char *key, const char *text)
{
    return *text ? json_object_set_new(body, key, json_string(text)) : 0;
}

/* The link to the diff, from which a subscriber of low granularity fetches it. */
static json_t *link_of(aw__flow *flow)
{
    const struct callback_send *s = flow->state;
    const char *me = aw__site_actor_url(flow->site, flow->arena, flow->actor_id);
    const char *sequence = aw__arena_printf(flow->arena, "%lld", (long long)s->diff.sequence);
    const char *url =
        me && sequence ? aw__peer_path(flow, me, "subscriptions", s->peer_id, s->subscription_id, sequence, NULL) : NULL;

    return url ? json_string(url) : NULL;
}

/* Takes the reference of part. */
static int make_body(aw__flow *flow, json_t *part)
{
    struct callback_send *s = flow->state;
    const aw_subscription *sub = s->subscription;
    bool low = !strcmp(sub->granularity, "low");

    s->body = aw__flow_keep(flow, json_pack("{s:s, s:s, s:s, s:I, s:s, s:s}", "id", flow->actor_id, "subscriptionid",
                                            sub->id, "target", sub->target, "sequence", (json_int_t)s->diff.sequence,
                                            "timestamp", s->diff.timestamp, "granularity", sub->granularity));
    json_t *last = low ? link_of(flow) : json_incref(part);

    json_decref(part);
    if (!s->body || set_unless_empty(s->body, "subtarget", sub->subtarget) ||
        set_unless_empty(s->body, "resource", sub->resource)) {
        json_decref(last);
        return aw__fail_nomem(&flow->error);
    }
    return json_object_set_new(s->body, low ? "url" : "data", last) ? aw__fail_nomem(&flow->error) : AW_OK;
}

static int load(aw__flow *flow)
{
    struct callback_send *s = flow->state;
    json_t *part = NULL;
    int rc = read_subscription(flow);

    if (rc == AW_OK)
        rc = read_trust(flow);
    if (rc == AW_OK && !s->sequence)
        rc = aw__store_write(flow->site->store, append, flow, &flow->error);
    if (rc)
        return rc;
    if (!strcmp(s->subscription->granularity, "none"))
        return AW__STEP_FINISH;
    rc = aw__subscription_diff(flow->site, flow->arena, flow->actor_id, s->subscription_id, s->sequence, &s->diff,
                               &flow->error);
    if (rc)
        return rc;
    s->age_ms = age_ms_of(&s->diff);
    rc = read_data(flow, &part);
    return rc ? rc : make_body(flow, part);
}

/* ---- tell ---- */

static int post(aw__flow *flow)
{
    const struct callback_send *s = flow->state;

    if (aw__flow_ask_header(flow, AW__WHOLE_HEADER, "true"))
        return flow->error.code;
    return aw__flow_ask(flow, "POST",
                        aw__peer_path(flow, s->trust->baseuri, "callbacks", "subscriptions", flow->actor_id,
                                      s->subscription_id, NULL),
                        s->trust->secret, s->body);
}

/* clang-format off */
static const aw_step steps[] = {
    /* name    kind      begin  reply  undo */
    { "load",  AW_STORE, load,  NULL,  NULL },
    { "tell",  AW_PEER,  post,  NULL,  NULL },  /* POST peer/callbacks/subscriptions/{us}/{sub} */
    { 0 }
};
/* clang-format on */

static const aw__conversation conversation = {"callback_send", steps};

/* ---- what became of it ---- */

int64_t aw__callback_send_age_ms(const aw__flow *flow)
{
    const struct callback_send *s = flow->state;

    return s->age_ms;
}

static bool failed_here(int code)
{
    return code == AW_E_NOMEM || code == AW_E_STORE || code == AW_E_CLOSED || code == AW_E_CANCELED;
}

aw__callback_fate aw__callback_send_fate(const aw__flow *flow, const aw_error *err)
{
    const struct callback_send *s = flow->state;

    if (!err)
        return AW__FATE_ACCEPTED;
    if (failed_here(err->code))
        return AW__FATE_LOCAL;
    if (err->code == AW_E_NOT_FOUND && (!s->subscription || !s->trust))
        return AW__FATE_ENDED;
    if (err->code == AW_E_HTTP && err->http_status == NOT_THERE)
        return AW__FATE_UNKNOWN;
    /* A wrong certificate is no reason to give a diff up: somebody will renew it. */
    return err->retriable || err->code == AW_E_CONNECT ? AW__FATE_RETRIABLE : AW__FATE_OVER;
}

/* ---- building ---- */

static int check(const aw_subscription_callback_params *p, aw_error *err)
{
    int rc = aw__check_required("peer_id", p->peer_id, AW__NAME_MAX_BYTES, err);

    if (rc == AW_OK)
        rc = aw__check_required("subscription_id", p->subscription_id, AW__NAME_MAX_BYTES, err);
    if (rc == AW_OK && p->sequence < 0)
        rc = aw__fail(err, AW_E_INVALID, "sequence is negative");
    if (rc == AW_OK && !p->sequence == !p->data)
        rc = aw__fail(err, AW_E_INVALID, "either the sequence of a stored diff or data for a new one is required");
    return rc ? rc : aw__check_timeout(p->timeout_ms, err);
}

int aw__callback_send_new(aw__site *site, const char *actor_id, const aw_subscription_callback_params *params,
                          aw__flow **ret_flow, aw_error *err)
{
    aw_subscription_callback_params p;
    aw__flow *flow = NULL;
    int rc = aw__check_params(&p, sizeof(p), params, err);

    if (rc == AW_OK)
        rc = check(&p, err);
    if (rc == AW_OK)
        rc = aw__flow_new(site, &conversation, actor_id, sizeof(struct callback_send), p.timeout_ms, TIMEOUT_MS, p.group,
                          &flow, err);
    if (rc)
        return rc;
    struct callback_send *s = flow->state;

    s->age_ms = -1;
    s->sequence = p.sequence;
    s->peer_id = aw__arena_strdup(flow->arena, p.peer_id);
    s->subscription_id = aw__arena_strdup(flow->arena, p.subscription_id);
    if (p.data)
        s->new_data = aw__flow_keep(flow, json_deep_copy(p.data)); /* the caller may change it as soon as this returns */
    if (aw__arena_failed(flow->arena) || (p.data && !s->new_data)) {
        aw__flow_unref(flow);
        return aw__fail_nomem(err);
    }
    *ret_flow = flow;
    return AW_OK;
}
