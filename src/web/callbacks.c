/*
 * /{id}/callbacks/subscriptions/{peer}/{subscription}: what this actor's publishers send (WIRE 8), and
 * /{id}/callbacks/permissions/{peer}: what a peer says that it grants. Other callbacks are the application's routes.
 *
 * Not as the reference: only the peer itself, with an approved trust, is listened to.
 */
#include <string.h>

#include "actor/peer_permission.h"
#include "actor/subscription.h"
#include "base/clock.h"
#include "base/text.h"
#include "flow/callback_receive.h"
#include "web/trouble.h"
#include "web/web.h"

static void answer(aw__call *call, aw__callback_outcome outcome)
{
    if (outcome != AW__CALLBACK_FULL) {
        aw__call_empty(call, 204);
        return;
    }
    aw__call_header(call, "Retry-After", "1");
    aw__call_fail(call, 429, "busy", "too many callbacks wait for a missing one; send it, or wait for the resync");
}

static void received(aw__call *call, const aw_error *err, aw__flow *flow)
{
    if (err && aw__is_peer_trouble(err)) {
        /* What the callback points to could not be fetched: the publisher keeps it and tries again. */
        aw__call_header(call, "Retry-After", "5");
        aw__call_fail(call, 503, "peer_unreachable", "%s", err->message);
    } else if (err) {
        aw__call_error(call, err);
    } else {
        answer(call, *(const aw__callback_outcome *)flow->result);
    }
}

void aw__callbacks_receive(aw__call *call)
{
    const char *peer_id = call->segment[3], *subscription_id = call->segment[4];
    aw__callback_outcome outcome;
    aw__flow *flow = NULL;
    aw_error err = {0};
    bool whole = aw__text_equal(aw__exchange_header(call->exchange, AW__WHOLE_HEADER), "true");

    if (!aw__call_is_peer(call, peer_id, false)) {
        aw__call_refuse(call);
        return;
    }
    json_t *body = aw__call_object(call);

    if (!body)
        return;
    if (aw__callback_is_local(body)) {
        if (aw__callback_receive_now(call->site, call->actor.id, peer_id, subscription_id, body, whole, &outcome,
                                      &err))
            aw__call_error(call, &err);
        else
            answer(call, outcome);
        return;
    }
    if (aw__callback_receive_new(call->site, call->actor.id, peer_id, subscription_id, body, whole, &flow, &err))
        aw__call_error(call, &err);
    else
        aw__call_run(call, flow, received);
}

/* The reference ends subscriptions here, in either direction (WIRE 12). */
void aw__callbacks_remove(aw__call *call)
{
    const char *peer_id = call->segment[3], *subscription_id = call->segment[4];
    aw_error err = {0};

    if (!aw__call_is_peer(call, peer_id, false))
        aw__call_refuse(call);
    else if (aw__subscription_remove(call->site, call->actor.id, peer_id, subscription_id, -1, true, NULL, &err))
        aw__call_error(call, &err);
    else
        aw__call_empty(call, 204);
}

/* When the peer said so: a callback's timestamp, or now. False when it was answered. */
static bool take_moment(aw__call *call, const json_t *body, int64_t *ret_at_us)
{
    const char *text;

    if (!aw__call_take_text(call, body, "timestamp", &text))
        return false;
    *ret_at_us = aw__utc_us();
    if (!text || aw__timestamp_parse(text, ret_at_us))
        return true;
    aw__call_fail(call, 400, "bad_request", "timestamp is no moment in ISO 8601");
    return false;
}

/* The whole of what the peer grants, in place of what it said before. One that was overtaken by a later one is as
 * welcome as that, and changes nothing. */
void aw__callbacks_permissions(aw__call *call)
{
    const char *peer_id = call->segment[3], *type;
    int64_t at_us;
    aw_error err = {0};

    if (!aw__call_is_peer(call, peer_id, false)) {
        aw__call_refuse(call);
        return;
    }
    json_t *body = aw__call_object(call);

    if (!body || !aw__call_take_text(call, body, "type", &type) || !take_moment(call, body, &at_us))
        return;
    if (type && strcmp(type, "permission") != 0)
        aw__call_fail(call, 400, "bad_request", "the type of a callback about permissions is \"permission\"");
    else if (aw__peer_permission_keep(call->site, call->actor.id, peer_id, json_object_get(body, "data"), at_us, NULL,
                                      &err))
        aw__call_error(call, &err);
    else
        aw__call_empty(call, 204);
}
