/*
 * Fetching a baseline. What becomes of it is src/actor/callback.c's.
 */
#include "flow/baseline.h"

#include "base/encode.h"
#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "flow/params.h"
#include "flow/peer.h"
#include "http/url.h"

enum {
    FORBIDDEN = 403,
    NOT_THERE = 404,
    TRIES_MAX = 3,
    LISTS_MAX_BYTES = 16 << 20, /* of all lists of one baseline; each answer has a limit of its own besides */
    REQUEST_BYTES = 1024        /* what asking for one takes, whatever its answer */
};

/* ---- the sequence ---- */

int aw__baseline_ask_sequence(aw__flow *flow)
{
    aw__baseline *b = flow->state;
    const char *url =
        aw__peer_path(flow, b->trust->baseuri, "subscriptions", flow->actor_id, b->subscription_id, NULL);

    b->unread = true;
    if (!b->confirming)
        b->sequence = -1;

    return aw__flow_ask(flow, "GET", url, b->trust->secret, NULL);
}

/* A peer after the specification shows a subscription without any diff with the sequence 1, and gives its first diff
 * the same; the reference shows 0. */
static bool counts_from_one(const aw__baseline *b, const json_t *answer, int64_t sequence)
{
    return b->fresh && sequence == 1 && !json_array_size(json_object_get(answer, "data"));
}

/* *ret_sequence -1: it does not tell. */
static int take_sequence(aw__flow *flow, int64_t *ret_sequence, json_t **ret_diffs)
{
    aw__baseline *b = flow->state;
    int status = flow->response->status;
    int64_t sequence;
    json_t *answer = NULL;

    b->unread = false;
    *ret_sequence = -1;
    if (status == FORBIDDEN || status == NOT_THERE)
        return AW_OK;
    int rc = aw__flow_answer_ok(flow);

    if (rc == AW_OK)
        rc = aw__flow_answer_object(flow, &answer);
    if (rc)
        return rc;
    if (aw__json_get_int(answer, "sequence", &sequence) && sequence >= 0)
        *ret_sequence = counts_from_one(b, answer, sequence) ? 0 : sequence;
    *ret_diffs = json_object_get(answer, "data");
    return AW_OK;
}

int aw__baseline_on_sequence(aw__flow *flow)
{
    aw__baseline *b = flow->state;

    return take_sequence(flow, &b->sequence, &b->diffs);
}

/* ---- the target ---- */

static const char *place_url(aw__flow *flow)
{
    const aw__baseline *b = flow->state;
    const char *subtarget = *b->subtarget ? b->subtarget : NULL;
    const char *url = aw__peer_path(flow, b->trust->baseuri, b->target, subtarget, NULL);

    if (!url || !*b->resource)
        return url;
    const char *resource = aw__percent_encode(flow->arena, b->resource, "/");

    return resource ? aw__url_join(flow->arena, url, resource) : NULL;
}

static const char *next_list(const aw__baseline *b)
{
    return json_string_value(json_array_get(b->lists, b->lists_done));
}

int aw__baseline_ask(aw__flow *flow)
{
    const aw__baseline *b = flow->state;

    if (b->confirming)
        return aw__baseline_ask_sequence(flow);
    const char *url =
        b->asked ? aw__peer_path(flow, b->trust->baseuri, b->target, next_list(b), NULL) : place_url(flow);

    return aw__flow_ask(flow, "GET", url, b->trust->secret, NULL);
}

static bool is_bare_list(const json_t *value)
{
    return json_is_true(json_object_get(value, "_list")) && !json_object_get(value, "items");
}

/* The lists of a whole target come as {"_list":true,"count":n} and nothing else. */
static int find_lists(aw__flow *flow)
{
    aw__baseline *b = flow->state;
    const char *name;
    json_t *value;

    b->lists = aw__flow_keep(flow, json_array());
    if (!b->lists)
        return aw__fail_nomem(&flow->error);
    b->has_lists = *b->subtarget && json_is_array(b->data);
    json_object_foreach(*b->subtarget ? NULL : b->data, name, value)
        if (is_bare_list(value) && aw__check_segment("name", name, NULL) == AW_OK &&
            json_array_append_new(b->lists, json_string(name)))
            return aw__fail_nomem(&flow->error);
    b->has_lists = b->has_lists || json_array_size(b->lists);
    return AW_OK;
}

/* The reference sends a text that was stored without quotes as it is. */
static int take_text(aw__flow *flow, json_t **ret_value)
{
    if (!aw__text_utf8(flow->response->body, flow->response->body_bytes))
        return flow->error.code;
    *ret_value = aw__flow_keep(flow, json_stringn(flow->response->body, flow->response->body_bytes));
    return *ret_value ? AW_OK : aw__fail_nomem(&flow->error);
}

static int take_place(aw__flow *flow)
{
    aw__baseline *b = flow->state;
    int rc;

    if (flow->response->status == NOT_THERE) {
        b->data = *b->subtarget ? NULL : aw__flow_keep(flow, json_object());
        return *b->subtarget || b->data ? AW_OK : aw__fail_nomem(&flow->error);
    }
    rc = aw__flow_answer_ok(flow);
    if (rc == AW_OK && !*b->subtarget)
        return aw__flow_answer_object(flow, &b->data);
    if (rc == AW_OK)
        rc = aw__flow_answer_json(flow, &b->data);
    return rc == AW_E_PROTOCOL ? take_text(flow, &b->data) : rc;
}

static int take_list(aw__flow *flow)
{
    aw__baseline *b = flow->state;
    const char *name = next_list(b);
    json_t *items = NULL;
    int rc;

    /* All of it is kept until the end: the peer says how many lists it has, and not how much memory that may take. */
    b->lists_bytes += flow->response->body_bytes + REQUEST_BYTES;
    if (b->lists_bytes > LISTS_MAX_BYTES)
        return aw__fail(&flow->error, AW_E_TOO_LARGE, "the peer's lists are larger than %d bytes together",
                        LISTS_MAX_BYTES);
    if (flow->response->status == NOT_THERE) {
        json_object_del(b->data, name); /* it went meanwhile */
        return AW_OK;
    }
    rc = aw__flow_answer_ok(flow);
    if (rc == AW_OK)
        rc = aw__flow_answer_json(flow, &items);
    if (rc)
        return rc;
    if (!json_is_array(items))
        return aw__fail(&flow->error, AW_E_PROTOCOL, "the peer's answer for a list is no array");
    if (json_object_set_new(b->data, name, json_pack("{s:b, s:O}", "_list", 1, "items", items)))
        return aw__fail_nomem(&flow->error);
    return AW_OK;
}

/* ---- whether they belong together ---- */

static int confirm(aw__flow *flow)
{
    aw__baseline *b = flow->state;
    int64_t sequence;
    json_t *diffs = NULL;
    int rc = take_sequence(flow, &sequence, &diffs);

    if (rc)
        return rc;
    b->exact = sequence < 0 || sequence == b->sequence;
    if (b->exact || ++b->tries >= TRIES_MAX)
        return AW_OK;
    b->sequence = sequence;
    b->asked = b->confirming = false;
    b->lists_done = 0;
    return AW__STEP_AGAIN;
}

int aw__baseline_on_answer(aw__flow *flow)
{
    aw__baseline *b = flow->state;
    int rc;

    if (b->confirming)
        return confirm(flow);
    if (!b->asked) {
        rc = take_place(flow);
        if (rc == AW_OK)
            rc = find_lists(flow);
        b->asked = true;
    } else {
        rc = take_list(flow);
        b->lists_done++;
    }
    if (rc == AW_OK && next_list(b))
        return AW__STEP_AGAIN;
    if (rc)
        return rc;
    b->exact = true;
    b->confirming = b->has_lists && b->sequence >= 0;
    return b->confirming ? AW__STEP_AGAIN : AW_OK;
}
