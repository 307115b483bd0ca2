/*
 * The conversation "callback received". Order, gaps and duplicates are src/actor/callback.c's; what is here is the
 * fetching that some callbacks need, and seeing to gaps.
 */
#include "flow/callback_receive.h"

#include <string.h>

#include "actor/subscription.h"
#include "base/encode.h"
#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "flow/baseline.h"
#include "flow/params.h"
#include "flow/peer.h"
#include "flow/resync.h"
#include "http/url.h"

enum { TIMEOUT_MS = 30000, FETCH_MS = 10000, OUTBOUND = 1 };

struct callback_receive {
    aw__baseline baseline; /* first */
    const char *peer_id;
    aw__callback callback;
    const char *url; /* of low granularity; or NULL */
    aw_subscription *subscription;
    aw__callback_outcome outcome;
    bool known;   /* it had been applied before it came */
    int64_t last; /* the publisher need not keep its diffs up to there */
    int64_t hold; /* 0: none */
};

/* ---- the body ---- */

static bool has_data(const json_t *body)
{
    const json_t *data = json_object_get(body, "data");

    return data && !json_is_null(data);
}

static bool is_resync(const json_t *body)
{
    return aw__text_equal(aw__json_get_text(body, "type", ""), "resync");
}

bool aw__callback_is_local(const json_t *body)
{
    return !is_resync(body) && (has_data(body) || !json_is_string(json_object_get(body, "url")));
}

static int read_body(json_t *body, aw__callback *ret_callback, const char **ret_url, aw_error *err)
{
    if (!json_is_object(body))
        return aw__fail(err, AW_E_INVALID, "a callback is a JSON object");
    if (!aw__json_get_int(body, "sequence", &ret_callback->sequence) || ret_callback->sequence < 0)
        return aw__fail(err, AW_E_INVALID, "the callback has no sequence");
    ret_callback->resync = is_resync(body);
    ret_callback->data = has_data(body) ? json_object_get(body, "data") : NULL;
    *ret_url = aw__callback_is_local(body) || ret_callback->resync ? NULL : aw__json_get_text(body, "url", NULL);
    return AW_OK;
}

/* ---- seeing to gaps ---- */

static void see_to_gap(aw__site *site, const aw__callback *callback, aw__callback_outcome outcome)
{
    if (outcome == AW__CALLBACK_QUEUED)
        aw__resync_watch(site, callback->actor_id, callback->peer_id, callback->subscription_id);
    else if (outcome == AW__CALLBACK_RESYNC)
        aw__resync_start(site, callback->actor_id, callback->peer_id, callback->subscription_id);
}

int aw__callback_receive_now(aw__site *site, const char *actor_id, const char *peer_id, const char *subscription_id,
                             json_t *body, bool whole, aw__callback_outcome *ret_outcome, aw_error *err)
{
    aw__callback callback = {
        .actor_id = actor_id, .peer_id = peer_id, .subscription_id = subscription_id, .whole = whole};
    const char *url = NULL;
    int rc = read_body(body, &callback, &url, err);

    if (rc == AW_OK && !aw__callback_is_local(body))
        rc = aw__fail(err, AW_E_INVALID, "this callback needs its peer");
    if (rc == AW_OK)
        rc = aw__callback_receive(site, &callback, ret_outcome, NULL, err);
    if (rc == AW_OK)
        see_to_gap(site, &callback, *ret_outcome);
    return rc;
}

/* ---- check: is it ours, and does it need more? ---- */

static void release_subscription(void *subscription)
{
    aw_subscription_free(subscription);
}

/* The link must lie below the peer's own URL: our secret goes there. */
static int check_url(aw__flow *flow)
{
    const struct callback_receive *s = flow->state;
    aw__url link, peer;
    aw_error why = {0};
    int rc = aw__url_parse(flow->arena, s->url, &link, &why);

    if (rc == AW_OK)
        rc = aw__url_parse(flow->arena, s->baseline.trust->baseuri, &peer, &why);
    if (rc == AW_E_NOMEM)
        return aw__fail_nomem(&flow->error);
    if (rc)
        return aw__fail(&flow->error, AW_E_INVALID, "the callback's url: %s", why.message);
    const char *decoded = aw__percent_decode(flow->arena, link.path, strlen(link.path), false);
    size_t bytes = strlen(peer.path);

    if (aw__arena_failed(flow->arena))
        return aw__fail_nomem(&flow->error);
    while (bytes && peer.path[bytes - 1] == '/')
        bytes--;
    /* ".." could lead out of it again. */
    if (!aw__url_same_origin(s->url, s->baseline.trust->baseuri) || strncmp(link.path, peer.path, bytes) != 0 ||
        link.path[bytes] != '/' || !decoded || strstr(decoded, ".."))
        return aw__fail(&flow->error, AW_E_INVALID, "the callback's url is not the peer's own");
    return AW_OK;
}

static int find_peer(aw__flow *flow)
{
    struct callback_receive *s = flow->state;
    int rc = aw__peer_find(flow, s->peer_id, &s->baseline.trust);

    if (rc == AW_OK && !aw__peer_is_actor(flow, s->baseline.trust))
        rc = aw__fail(&flow->error, AW_E_UNSUPPORTED, "this peer is no actor that could be asked");
    return rc == AW_OK && s->url ? check_url(flow) : rc;
}

static int find_subscription(aw__flow *flow)
{
    struct callback_receive *s = flow->state;
    int rc = aw__subscription_find(flow->site, flow->actor_id, s->peer_id, s->callback.subscription_id, OUTBOUND,
                                   &s->subscription, &flow->error);

    if (rc)
        return rc;
    if (aw__arena_defer(flow->arena, release_subscription, s->subscription))
        return aw__fail_nomem(&flow->error);
    s->baseline.subscription_id = s->subscription->id;
    s->baseline.target = s->subscription->target;
    s->baseline.subtarget = s->subscription->subtarget;
    s->baseline.resource = s->subscription->resource;
    return AW_OK;
}

/* A link is looked at before anything else, so that a foreign one is refused whatever becomes of the callback. */
static int check(aw__flow *flow)
{
    struct callback_receive *s = flow->state;
    int rc = find_subscription(flow);

    if (rc == AW_OK && (s->url || s->callback.resync))
        rc = find_peer(flow);
    if (rc)
        return rc;
    if (!flow->site->config.subscription_processing)
        return AW__STEP_FINISH;
    /* Known already: the publisher only has to hear that. */
    s->known = s->url && s->callback.sequence <= s->subscription->sequence;
    if (s->known) {
        s->outcome = AW__CALLBACK_DUPLICATE;
        s->last = s->callback.sequence;
    }
    return AW_OK;
}

/* ---- fetch: what a callback of low granularity only points to ---- */

static int ask_link(aw__flow *flow)
{
    const struct callback_receive *s = flow->state;
    int left_ms = aw__flow_left_ms(flow);

    if (!s->url || s->known)
        return AW__STEP_SKIP;
    flow->request.timeout_ms = left_ms < FETCH_MS ? left_ms : FETCH_MS;
    return aw__flow_ask(flow, "GET", s->url, s->baseline.trust->secret, NULL);
}

static int on_link(aw__flow *flow)
{
    struct callback_receive *s = flow->state;
    json_t *answer = NULL;
    int rc = aw__flow_answer_ok(flow);

    if (rc == AW_OK)
        rc = aw__flow_answer_object(flow, &answer);
    if (rc)
        return rc;
    s->callback.data = json_object_get(answer, "data");
    if (!s->callback.data || json_is_null(s->callback.data))
        return aw__fail(&flow->error, AW_E_PROTOCOL, "the peer's answer has no data");
    return AW_OK;
}

/* ---- receive ---- */

static int receive(aw__flow *flow)
{
    struct callback_receive *s = flow->state;

    if (s->callback.resync || s->known)
        return AW__STEP_SKIP;
    int rc = aw__callback_receive(flow->site, &s->callback, &s->outcome, &s->last, &flow->error);

    if (rc)
        return rc;
    see_to_gap(flow->site, &s->callback, s->outcome);
    return s->url && s->outcome == AW__CALLBACK_APPLIED ? AW_OK : AW__STEP_FINISH;
}

/* ---- baseline: what a resync asks for ---- */

static int hold(aw__flow *flow)
{
    struct callback_receive *s = flow->state;

    if (!s->callback.resync)
        return AW__STEP_SKIP;
    return aw__callback_hold(flow->site, flow->actor_id, s->peer_id, s->callback.subscription_id, 0, &s->hold,
                             &flow->error);
}

static int release(aw__flow *flow)
{
    const struct callback_receive *s = flow->state;

    return s->hold ? aw__callback_release(flow->site, flow->actor_id, s->peer_id, s->callback.subscription_id, s->hold,
                                          &flow->error)
                   : AW_OK;
}

static int ask_baseline(aw__flow *flow)
{
    const struct callback_receive *s = flow->state;

    return s->hold ? aw__baseline_ask(flow) : AW__STEP_SKIP;
}

static int settle(aw__flow *flow)
{
    struct callback_receive *s = flow->state;

    if (!s->hold)
        return AW__STEP_SKIP;
    s->outcome = AW__CALLBACK_RESYNC;
    aw__callback_settling settling = AW__CALLBACK_OPEN;
    int rc = aw__callback_resynced(flow->site, flow->actor_id, s->peer_id, s->callback.subscription_id, s->hold,
                                   &(aw__callback_baseline){.sequence = s->baseline.sequence,
                                                            .exact = s->baseline.exact,
                                                            .data = s->baseline.data},
                                   &settling, &flow->error);

    if (rc)
        return rc;
    if (settling == AW__CALLBACK_OPEN)
        aw__resync_start(flow->site, flow->actor_id, s->peer_id, s->callback.subscription_id);
    return AW__STEP_FINISH;
}

/* ---- acknowledge: the publisher may forget what was fetched, once all up to it has been applied ---- */

static int put_sequence(aw__flow *flow)
{
    const struct callback_receive *s = flow->state;
    json_t *body = aw__flow_keep(flow, json_pack("{s:I}", "sequence", (json_int_t)s->last));

    if (!body)
        return aw__fail_nomem(&flow->error);
    return aw__flow_ask(flow, "PUT",
                        aw__peer_path(flow, s->baseline.trust->baseuri, "subscriptions", flow->actor_id,
                                      s->callback.subscription_id, NULL),
                        s->baseline.trust->secret, body);
}

/* clang-format off */
static const aw_step steps[] = {
    /* name           kind      begin          reply                    undo     optional */
    { "check",        AW_STORE, check,         NULL,                    NULL,    false },
    { "fetch",        AW_PEER,  ask_link,      on_link,                 NULL,    false },  /* GET the diff                       */
    { "receive",      AW_STORE, receive,       NULL,                    NULL,    false },
    { "hold",         AW_STORE, hold,          NULL,                    release, false },
    { "baseline",     AW_PEER,  ask_baseline,  aw__baseline_on_answer,  NULL,    false },  /* GET peer/{target}, and its lists   */
    { "settle",       AW_STORE, settle,        NULL,                    NULL,    false },
    { "acknowledge",  AW_PEER,  put_sequence,  NULL,                    NULL,    true  },  /* PUT peer/subscriptions/{us}/{sub}  */
    { 0 }
};
/* clang-format on */

static const aw__conversation conversation = {"callback_receive", steps};

/* ---- building ---- */

static int fill(aw__flow *flow, const char *peer_id, const char *subscription_id, json_t *body, aw_error *err)
{
    struct callback_receive *s = flow->state;
    int rc = read_body(body, &s->callback, &s->url, err);

    if (rc)
        return rc;
    if (!s->callback.resync && !s->url && !s->callback.data)
        return aw__fail(err, AW_E_INVALID, "the callback has neither data nor url");
    s->peer_id = aw__arena_strdup(flow->arena, peer_id);
    s->callback.actor_id = flow->actor_id;
    s->callback.peer_id = s->peer_id;
    s->callback.subscription_id = aw__arena_strdup(flow->arena, subscription_id);
    s->baseline.sequence = s->callback.sequence;
    s->outcome = AW__CALLBACK_APPLIED;
    flow->result = &s->outcome; /* in the arena, like the state */
    if (aw__arena_failed(flow->arena))
        return aw__fail_nomem(err);
    json_incref(body);
    return aw__flow_keep(flow, body) ? AW_OK : aw__fail_nomem(err);
}

int aw__callback_receive_new(aw__site *site, const char *actor_id, const char *peer_id, const char *subscription_id,
                             json_t *body, bool whole, aw__flow **ret_flow, aw_error *err)
{
    aw__flow *flow = NULL;
    int rc = aw__flow_new(site, &conversation, actor_id, sizeof(struct callback_receive), 0, TIMEOUT_MS, NULL, &flow,
                          err);

    if (rc)
        return rc;
    ((struct callback_receive *)flow->state)->callback.whole = whole;
    rc = fill(flow, peer_id, subscription_id, body, err);
    if (rc)
        aw__flow_unref(flow);
    else
        *ret_flow = flow;
    return rc;
}
