/*
 * The conversation "callback", as the publisher. A 2xx leaves the diff where it is: the subscriber may only have queued
 * it, and clears it when it has what came before (WIRE 7).
 */
#include "flow/callback_send.h"

#include <string.h>

#include "actor/capability.h"
#include "actor/diff.h"
#include "actor/permission.h"
#include "actor/stored.h"
#include "actor/subscription.h"
#include "actor/visible.h"
#include "base/clock.h"
#include "base/error.h"
#include "flow/callback_body.h"
#include "flow/callback_receive.h"
#include "flow/params.h"
#include "flow/peer.h"

enum { TIMEOUT_MS = 10000, INBOUND = 0, BAD_REQUEST = 400, NOT_THERE = 404, UNSUPPORTED_MEDIA_TYPE = 415 };

struct callback_send {
    const char *peer_id;
    const char *subscription_id;
    int64_t sequence; /* 0 until the new diff has been stored */
    json_t *new_data; /* or NULL */
    const aw_trust *trust;
    aw_subscription *subscription;
    aw__diff_row diff;
    int64_t age_ms;
    aw__callback_body body;
    bool resync;
    bool sent;  /* or about to be */
    bool plain; /* the subscriber refused what was packed */
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

static int read_due(aw__flow *flow, aw__outbox_row *ret_row)
{
    const struct callback_send *s = flow->state;

    return aw__subscription_due(flow->site, flow->arena, flow->actor_id, s->peer_id, s->subscription_id, s->sequence,
                                ret_row, &flow->error);
}

/* No diff of that sequence: it was cleared, or there never was one, since the subscriber is to fetch all anew. */
static int load_resync(aw__flow *flow)
{
    struct callback_send *s = flow->state;
    aw__outbox_row due;
    int rc = read_due(flow, &due);

    if (rc == AW_OK && due.kind != AW__OUTBOX_RESYNC)
        rc = aw__fail(&flow->error, AW_E_NOT_FOUND, "no such diff");
    if (rc)
        return rc;
    int64_t age_ms = aw__utc_us() / 1000 - due.created_at_ms;

    s->age_ms = age_ms > 0 ? age_ms : 0;
    s->resync = true;
    return aw__callback_body_resync(flow, s->subscription, &due, &s->body);
}

/* Whether only the link is sent, though the subscription is of high granularity: all that there is, for one that does
 * not understand a resync. Only then the outbox is looked at. */
static int find_out_if_low(aw__flow *flow, bool *ret_low)
{
    const struct callback_send *s = flow->state;
    aw__outbox_row due = {0};

    if (!aw__capability_known(s->trust, AW__CAPABILITIES_AGE_S) || aw__capability_has(s->trust, AW__OPTION_RESYNC))
        return AW_OK;
    int rc = read_due(flow, &due);

    if (rc == AW_OK)
        *ret_low = due.kind == AW__OUTBOX_LINK;
    return rc == AW_E_NOT_FOUND ? AW_OK : rc;
}

static int load(aw__flow *flow)
{
    struct callback_send *s = flow->state;
    json_t *part = NULL;
    bool low = false;
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
    if (rc == AW_E_NOT_FOUND)
        return load_resync(flow);
    if (rc == AW_OK)
        rc = find_out_if_low(flow, &low);
    if (rc)
        return rc;
    s->age_ms = age_ms_of(&s->diff);
    rc = read_data(flow, &part);
    if (rc == AW_OK)
        rc = aw__callback_body_make(flow,
                                    &(aw__callback_content){.subscription = s->subscription, .trust = s->trust,
                                                            .diff = &s->diff, .part = part, .low = low}, &s->body);
    json_decref(part);
    return rc;
}

/* ---- tell ---- */

static int post(aw__flow *flow)
{
    struct callback_send *s = flow->state;
    const aw__callback_body *body = &s->body;
    bool packed = body->packed && !s->plain;

    s->sent = true;
    int rc = aw__flow_ask_header(flow, AW__WHOLE_HEADER, "true");

    if (rc == AW_OK && body->downgraded)
        rc = aw__flow_ask_header(flow, "X-ActingWeb-Granularity-Downgraded", "true");
    if (rc == AW_OK && packed)
        rc = aw__flow_ask_header(flow, "Content-Encoding", "gzip");
    if (rc == AW_OK)
        rc = aw__flow_ask_header(flow, "Content-Type", "application/json");
    if (rc)
        return rc;
    flow->request.body = packed ? body->packed : body->text;
    flow->request.body_bytes = packed ? body->packed_bytes : body->bytes;
    return aw__flow_ask(flow, "POST",
                        aw__peer_path(flow, s->trust->baseuri, "callbacks", "subscriptions", flow->actor_id,
                                      s->subscription_id, NULL),
                        s->trust->secret, NULL);
}

/* A peer may announce that it takes compressed callbacks, and not be able to read this one. */
static int on_told(aw__flow *flow)
{
    struct callback_send *s = flow->state;
    int status = flow->response->status;

    if (s->body.packed && !s->plain && (status == BAD_REQUEST || status == UNSUPPORTED_MEDIA_TYPE)) {
        s->plain = true;
        return AW__STEP_AGAIN;
    }
    return aw__flow_answer_ok(flow);
}

/* clang-format off */
static const aw_step steps[] = {
    /* name    kind      begin  reply    undo */
    { "load",  AW_STORE, load,  NULL,    NULL },
    { "tell",  AW_PEER,  post,  on_told, NULL },  /* POST peer/callbacks/subscriptions/{us}/{sub} */
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

bool aw__callback_send_missed_capabilities(const aw__flow *flow)
{
    const struct callback_send *s = flow->state;

    return (s->body.large || s->resync) && !aw__capability_known(s->trust, AW__CAPABILITIES_AGE_S);
}

/* Also before anything was sent: the store had no time. */
static bool failed_here(const struct callback_send *s, const aw_error *err)
{
    int code = err->code;

    return code == AW_E_NOMEM || code == AW_E_STORE || code == AW_E_CLOSED || code == AW_E_CANCELED ||
           (!s->sent && err->retriable);
}

aw__callback_fate aw__callback_send_fate(const aw__flow *flow, const aw_error *err)
{
    const struct callback_send *s = flow->state;

    if (!err)
        return AW__FATE_ACCEPTED;
    if (failed_here(s, err))
        return AW__FATE_LOCAL;
    if (err->code == AW_E_NOT_FOUND && (!s->subscription || !s->trust))
        return AW__FATE_ENDED;
    if (err->code == AW_E_HTTP && err->http_status == NOT_THERE)
        return AW__FATE_UNKNOWN;
    /* A wrong certificate is no reason to give a diff up, nor something else that answers in the peer's place: somebody
     * will mend it. */
    return err->retriable || err->code == AW_E_CONNECT || err->code == AW_E_PROTOCOL ? AW__FATE_RETRIABLE
                                                                                     : AW__FATE_OVER;
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
