/*
 * /{id}/subscriptions: what peers subscribe to here, what this actor subscribes to at peers, and the diffs (WIRE 7).
 *
 * Not as the reference: one peer never reaches another's subscriptions, and reading a diff does not delete it.
 */
#include "actor/subscription.h"

#include <string.h>

#include "actor/stored.h"
#include "actor/visible.h"
#include "base/clock.h"
#include "base/encode.h"
#include "base/json.h"
#include "base/text.h"
#include "flow/subscription_delete.h"
#include "flow/subscription_subscribe.h"
#include "web/trouble.h"
#include "web/web.h"

/* ---- shapes ---- */

static json_t *row_object(const aw_subscription *s)
{
    return json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:I,s:b}", "id", s->actor_id, "peerid", s->peer_id,
                     "subscriptionid", s->id, "granularity", s->granularity, "target", s->target, "subtarget",
                     s->subtarget, "resource", s->resource, "sequence", (json_int_t)s->sequence, "callback",
                     s->outbound);
}

/* What the caller may see of it now: the owner all, the peer what its permissions let it read today. *ret_data is NULL
 * for nothing at all. */
static int data_of(const aw__call *call, const aw_subscription *s, const aw__diff_row *diff, json_t **ret_data)
{
    json_t *data = NULL, *part = NULL;
    int rc = aw__stored_parse(diff->data, &data, NULL);

    if (rc == AW_E_STORE) {
        data = json_string(diff->data); /* raw text, as the reference may have stored it */
        rc = data ? AW_OK : AW_E_NOMEM;
    }
    if (rc == AW_OK && call->caller.role == AW_ROLE_PEER) {
        rc = aw__visible_part(call->caller.trust, call->caller.permissions, s, data, &part, NULL);
        json_decref(data);
        data = part;
    }
    if (rc == AW_OK)
        *ret_data = data;
    return rc;
}

/* {"sequence","timestamp","data"}; takes the reference of data. NULL when out of memory. */
static json_t *diff_object(const aw__diff_row *diff, json_t *data)
{
    char timestamp[AW__TIMESTAMP_BYTES];
    int64_t at_us;

    if (aw__timestamp_parse(diff->timestamp, &at_us))
        aw__timestamp_iso(at_us, timestamp);
    else
        strcpy(timestamp, "");
    return json_pack("{s:I,s:s,s:o}", "sequence", (json_int_t)diff->sequence, "timestamp", timestamp, "data", data);
}

/* A single diff with its subscription, as above. */
static json_t *single_object(const aw_subscription *s, const aw__diff_row *diff, json_t *data)
{
    json_t *short_form = diff_object(diff, data);
    json_t *object =
        short_form ? json_pack("{s:s,s:s,s:s,s:O,s:s,s:s,s:s,s:O,s:O}", "id", s->actor_id, "peerid", s->peer_id,
                               "subscriptionid", s->id, "timestamp", json_object_get(short_form, "timestamp"), "target",
                               s->target, "subtarget", s->subtarget, "resource", s->resource, "sequence",
                               json_object_get(short_form, "sequence"), "data", json_object_get(short_form, "data"))
                   : NULL;

    json_decref(short_form);
    return object;
}

static json_t *subscription_head(const aw_subscription *s)
{
    return json_pack("{s:s,s:s,s:s,s:s,s:s,s:s}", "id", s->actor_id, "peerid", s->peer_id, "subscriptionid", s->id,
                     "target", s->target, "subtarget", s->subtarget, "resource", s->resource);
}

/* ---- who ---- */

/* The actor's owner, or the peer of the path with an approved trust; answers otherwise. */
static bool need_owner_or_peer(aw__call *call)
{
    if (call->caller.role == AW_ROLE_CREATOR || aw__call_is_peer(call, call->segment[2], false))
        return true;
    aw__call_refuse(call);
    return false;
}

static void free_subscription(void *subscription)
{
    aw_subscription_free(subscription);
}

/* The subscription that the path names, whichever side made it; NULL after an answer. */
static aw_subscription *subscription_of_path(aw__call *call)
{
    aw_subscription *found = NULL;
    aw_error err = {0};

    if (aw__subscription_find(call->site, call->actor.id, call->segment[2], call->segment[3], -1, &found, &err)) {
        aw__call_error(call, &err);
        return NULL;
    }
    if (aw__exchange_at_end(call->exchange, free_subscription, found)) {
        aw__call_json(call, 500, NULL);
        return NULL;
    }
    return found;
}

/* ---- /subscriptions and /subscriptions/{peer} ---- */

static void answer_list(aw__call *call, const aw_subscription_list_params *filter, json_t *body)
{
    aw_subscription **rows = NULL;
    size_t count = 0;
    aw_error err = {0};
    json_t *data = json_array();

    if (!body || !data) {
        aw__call_json(call, 500, NULL);
        goto done;
    }
    if (aw__subscription_find_all(call->site, call->actor.id, filter, -1, &rows, &count, &err)) {
        aw__call_error(call, &err);
        goto done;
    }
    for (size_t i = 0; i < count; i++) {
        if (json_array_append_new(data, row_object(rows[i]))) {
            aw__call_json(call, 500, NULL);
            goto done;
        }
    }
    aw__call_json(call, 200, json_object_set(body, "data", data) ? NULL : body);
done:
    aw_subscription_list_free(rows, count);
    json_decref(data);
    json_decref(body);
}

void aw__subscriptions_get_all(aw__call *call)
{
    if (!aw__call_need_creator(call))
        return;
    answer_list(call,
                AW_WITH(subscription_list, .peer_id = aw__call_argument(call, "peerid"),
                        .target = aw__call_argument(call, "target"),
                        .subtarget = aw__call_argument(call, "subtarget"),
                        .resource = aw__call_argument(call, "resource")),
                json_pack("{s:s}", "id", call->actor.id));
}

void aw__subscriptions_get_peer(aw__call *call)
{
    if (!need_owner_or_peer(call))
        return;
    answer_list(call,
                AW_WITH(subscription_list, .peer_id = call->segment[2], .target = aw__call_argument(call, "target"),
                        .subtarget = aw__call_argument(call, "subtarget"),
                        .resource = aw__call_argument(call, "resource")),
                json_pack("{s:s,s:s}", "id", call->actor.id, "peerid", call->segment[2]));
}

static void initiated(aw__call *call, const aw_error *err, aw__flow *flow)
{
    if (err) {
        aw__call_peer_trouble(call, err, 408);
        return;
    }
    aw__call_header(call, "Location", aw_subscription_url(flow->result));
    aw__call_empty(call, 204);
}

/* What is to be subscribed to; texts NULL when absent. */
struct wish {
    const char *target, *subtarget, *resource, *granularity;
};

/* False after an answer. */
static bool read_wish(aw__call *call, const json_t *body, struct wish *ret_wish)
{
    return aw__call_take_text(call, body, "target", &ret_wish->target) &&
           aw__call_take_text(call, body, "subtarget", &ret_wish->subtarget) &&
           aw__call_take_text(call, body, "resource", &ret_wish->resource) &&
           aw__call_take_text(call, body, "granularity", &ret_wish->granularity);
}

/* The owner subscribes at a peer. */
void aw__subscriptions_initiate(aw__call *call)
{
    const char *peer_id;
    struct wish wish;
    aw__flow *flow = NULL;
    aw_error err = {0};

    if (!aw__call_need_creator(call))
        return;
    const json_t *body = aw__call_object(call);

    if (!body || !aw__call_take_text(call, body, "peerid", &peer_id) || !read_wish(call, body, &wish))
        return;
    if (aw__text_empty(peer_id) || aw__text_empty(wish.target)) {
        aw__call_fail(call, 400, "bad_request", "peerid and target are needed");
        return;
    }
    if (aw__subscription_subscribe_new(call->site, call->actor.id,
                                       AW_WITH(subscription_subscribe_to_peer, .peer_id = peer_id,
                                               .target = wish.target, .subtarget = wish.subtarget,
                                               .resource = wish.resource, .granularity = wish.granularity),
                                       &flow, &err))
        aw__call_error(call, &err);
    else
        aw__call_run(call, flow, initiated);
}

/* As POST answers it: what is unset is null. NULL when out of memory. */
static json_t *accepted_object(const aw_subscription *made)
{
    json_t *object = json_pack("{s:s,s:s}", "subscriptionid", made->id, "target", made->target);

    if (object && (aw__json_set_text_or_null(object, "subtarget", made->subtarget) ||
                   aw__json_set_text_or_null(object, "resource", made->resource) ||
                   aw__json_set_text(object, "granularity", made->granularity) ||
                   json_object_set_new(object, "sequence", json_integer(made->sequence)))) {
        json_decref(object);
        return NULL;
    }
    return object;
}

static void answer_accepted(aw__call *call, const aw_subscription *made)
{
    const char *actor = aw__site_actor_url(call->site, call->arena, call->actor.id);
    const char *peer = aw__percent_encode(call->arena, made->peer_id, "");
    const char *url =
        actor && peer ? aw__arena_printf(call->arena, "%s/subscriptions/%s/%s", actor, peer, made->id) : NULL;
    json_t *answer = accepted_object(made);

    if (url)
        aw__call_header(call, "Location", url);
    aw__call_json(call, 201, answer);
    json_decref(answer);
}

/* A peer subscribes here. */
void aw__subscriptions_accept(aw__call *call)
{
    struct wish wish;
    aw_subscription *made = NULL;
    aw_error err = {0};

    if (!aw__call_is_peer(call, call->segment[2], false)) {
        aw__call_refuse(call);
        return;
    }
    const json_t *body = aw__call_object(call);

    if (!body || !read_wish(call, body, &wish))
        return;
    if (aw__text_empty(wish.target))
        aw__call_fail(call, 400, "bad_request", "target is missing");
    else if (!aw__caller_may_subscribe(&call->caller, wish.target, wish.subtarget, wish.resource))
        aw__call_fail(call, 403, "forbidden", "this peer may read nothing of that");
    else if (aw__subscription_accept(call->site, call->actor.id, call->segment[2], wish.target, wish.subtarget,
                                     wish.resource, wish.granularity, &made, &err))
        aw__call_error(call, &err);
    else
        answer_accepted(call, made);
    aw_subscription_free(made);
}

/* ---- /subscriptions/{peer}/{subscription} ---- */

/* Without those of which the caller may see nothing any more. NULL when out of memory. */
static json_t *list_diffs(const aw__call *call, const aw_subscription *s, const aw__diff_row *rows, size_t count)
{
    json_t *list = json_array();

    for (size_t i = 0; i < count && list; i++) {
        json_t *data = NULL;
        int rc = data_of(call, s, &rows[i], &data);

        if (rc || (data && json_array_append_new(list, diff_object(&rows[i], data)))) {
            json_decref(list);
            list = NULL;
        }
    }
    return list;
}

void aw__subscriptions_get_one(aw__call *call)
{
    aw__diff_row *rows = NULL;
    size_t count = 0;
    aw_error err = {0};

    if (!need_owner_or_peer(call))
        return;
    aw_subscription *subscription = subscription_of_path(call);

    if (!subscription)
        return;
    /* Diffs are kept by the subscription's id alone, and a publisher chooses the ids of what we subscribe to there: it
     * must not reach the diffs of another peer's subscription here by answering with its id. */
    if (!subscription->outbound &&
        aw__subscription_diffs(call->site, call->arena, call->actor.id, subscription->id, &rows, &count, &err)) {
        aw__call_error(call, &err);
        return;
    }
    json_t *body = subscription_head(subscription), *data = list_diffs(call, subscription, rows, count);

    if (body && (json_object_set_new(body, "sequence", json_integer(subscription->sequence)) ||
                 json_object_set(body, "data", data))) {
        json_decref(body);
        body = NULL;
    }
    aw__call_json(call, 200, body);
    json_decref(data);
    json_decref(body);
}

/* The sequence of a request, from the body or the query; false after an answer. */
static bool read_sequence(aw__call *call, int64_t *ret_sequence)
{
    const char *argument = aw__call_argument(call, "sequence");

    if (argument) {
        if (aw__text_to_int(argument, 0, INT64_MAX, ret_sequence))
            return true;
    } else {
        json_t *body = aw__call_object(call);

        if (!body)
            return false;
        if (aw__json_get_int(body, "sequence", ret_sequence) && *ret_sequence >= 0)
            return true;
    }
    aw__call_fail(call, 400, "bad_request", "sequence, a number from 0 (all) on, is needed");
    return false;
}

void aw__subscriptions_clear(aw__call *call)
{
    int64_t sequence = 0;
    aw_error err = {0};

    if (!need_owner_or_peer(call) || !read_sequence(call, &sequence))
        return;
    if (aw__subscription_clear(call->site, call->actor.id, call->segment[2], call->segment[3], sequence, &err))
        aw__call_error(call, &err);
    else
        aw__call_empty(call, 204);
}

static void ended(aw__call *call, const aw_error *err, aw__flow *flow)
{
    (void)flow;
    if (err && err->code != AW_E_NOT_FOUND)
        aw__call_peer_trouble(call, err, 502);
    else
        aw__call_empty(call, 204);
}

/* By the owner: the peer is told. By the peer: it knows. What is absent has ended already. */
void aw__subscriptions_remove_one(aw__call *call)
{
    aw__flow *flow = NULL;
    aw_error err = {0};
    const char *peer_id = call->segment[2], *id = call->segment[3];

    if (!need_owner_or_peer(call))
        return;
    if (call->caller.role == AW_ROLE_PEER) {
        if (aw__subscription_remove(call->site, call->actor.id, peer_id, id, -1, true, NULL, &err))
            aw__call_error(call, &err);
        else
            aw__call_empty(call, 204);
        return;
    }
    if (aw__subscription_unsubscribe_new(
            call->site, call->actor.id,
            AW_WITH(subscription_unsubscribe, .peer_id = peer_id, .subscription_id = id), &flow, &err))
        aw__call_error(call, &err);
    else
        aw__call_run(call, flow, ended);
}

/* ---- /subscriptions/{peer}/{subscription}/{sequence} ---- */

void aw__subscriptions_get_diff(aw__call *call)
{
    aw__diff_row row;
    int64_t sequence = 0;
    aw_error err = {0};

    if (!need_owner_or_peer(call))
        return;
    if (!aw__text_to_int(call->segment[4], 1, INT64_MAX, &sequence)) {
        aw__call_fail(call, 404, "not_found", "a diff is named by its sequence, a number from 1 on");
        return;
    }
    aw_subscription *subscription = subscription_of_path(call);

    if (!subscription)
        return;
    if (subscription->outbound) {
        aw__call_fail(call, 404, "not_found", "the diffs of this subscription are at the peer");
        return;
    }
    if (aw__subscription_diff(call->site, call->arena, call->actor.id, subscription->id, sequence, &row, &err)) {
        aw__call_error(call, &err);
        return;
    }
    json_t *data = NULL;

    if (data_of(call, subscription, &row, &data)) {
        aw__call_json(call, 500, NULL);
        return;
    }
    if (!data) {
        aw__call_fail(call, 404, "not_found", "there is nothing in this diff that the peer may read");
        return;
    }
    json_t *body = single_object(subscription, &row, data);

    aw__call_json(call, 200, body);
    json_decref(body);
}
