/*
 * The body of a callback. Limits are those that the specification recommends ("Callback Payload Limits", "Callback
 * Compression").
 */
#include "flow/callback_body.h"

#include <string.h>

#include "actor/capability.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "flow/peer.h"
#include "http/gzip.h"

enum { BODY_MAX_BYTES = 256 * 1024, PACKED_FROM_BYTES = 1024 };

static int set_unless_empty(json_t *body, const char *key, const char *text)
{
    return *text ? json_object_set_new(body, key, json_string(text)) : 0;
}

/* The link to the diff, from which a subscriber of low granularity fetches it. */
static json_t *link_of(aw__flow *flow, const aw__callback_content *content)
{
    const char *me = aw__site_actor_url(flow->site, flow->arena, flow->actor_id);
    const char *sequence = aw__arena_printf(flow->arena, "%lld", (long long)content->diff->sequence);
    const char *url = me && sequence ? aw__peer_path(flow, me, "subscriptions", content->subscription->peer_id,
                                                     content->subscription->id, sequence, NULL)
                                     : NULL;

    return url ? json_string(url) : NULL;
}

static json_t *make_object(aw__flow *flow, const aw__callback_content *content, bool low)
{
    const aw_subscription *sub = content->subscription;
    json_t *body = json_pack("{s:s, s:s, s:s, s:I, s:s, s:s}", "id", flow->actor_id, "subscriptionid", sub->id, "target",
                             sub->target, "sequence", (json_int_t)content->diff->sequence, "timestamp",
                             content->diff->timestamp, "granularity", low ? "low" : sub->granularity);
    json_t *last = low ? link_of(flow, content) : json_incref(content->part);

    if (!body || set_unless_empty(body, "subtarget", sub->subtarget) ||
        set_unless_empty(body, "resource", sub->resource)) {
        json_decref(last);
        json_decref(body);
        return NULL;
    }
    if (json_object_set_new(body, low ? "url" : "data", last)) {
        json_decref(body);
        return NULL;
    }
    return body;
}

/* Takes the reference of object. */
static int print(aw__flow *flow, json_t *object, aw__callback_body *body)
{
    char *text = object ? aw__json_text(object) : NULL;

    json_decref(object);
    if (!text || aw__arena_defer(flow->arena, aw__free, text))
        return aw__fail_nomem(&flow->error);
    body->text = text;
    body->bytes = strlen(text);
    return AW_OK;
}

static int make_text(aw__flow *flow, const aw__callback_content *content, bool low, aw__callback_body *body)
{
    return print(flow, make_object(flow, content, low), body);
}

static bool takes_gzip(const aw_trust *trust)
{
    return aw__capability_has(trust, AW__OPTION_COMPRESSION) ||
           aw__capability_has(trust, AW__OPTION_COMPRESSION_REFERENCE);
}

/* What cannot be packed goes as it is. */
static int pack(aw__flow *flow, aw__callback_body *body)
{
    aw__buffer packed = {.limit = body->bytes - 1};

    if (aw__gzip_pack(body->text, body->bytes, &packed)) {
        aw__buffer_free(&packed);
        return AW_OK;
    }
    if (aw__arena_defer(flow->arena, aw__free, packed.data))
        return aw__fail_nomem(&flow->error);
    body->packed = packed.data;
    body->packed_bytes = packed.bytes;
    return AW_OK;
}

int aw__callback_body_make(aw__flow *flow, const aw__callback_content *content, aw__callback_body *ret_body)
{
    bool low = content->low || !strcmp(content->subscription->granularity, "low");
    aw__callback_body body = {0};
    int rc = make_text(flow, content, low, &body);

    if (rc == AW_OK && body.bytes > BODY_MAX_BYTES && !low) {
        body.downgraded = true;
        rc = make_text(flow, content, true, &body);
    }
    body.large = body.bytes > PACKED_FROM_BYTES;
    if (rc == AW_OK && body.large && takes_gzip(content->trust))
        rc = pack(flow, &body);
    if (rc == AW_OK)
        *ret_body = body;
    return rc;
}

/* ---- resync ---- */

/* {root}{us}/{target}[/{subtarget}[/{resource}]]; NULL when out of memory. */
static const char *place_of(aw__flow *flow, const aw_subscription *sub, const char *subtarget)
{
    const char *url = aw__site_actor_url(flow->site, flow->arena, flow->actor_id);
    bool deeper = *subtarget && !strcmp(subtarget, sub->subtarget);
    char *rest = NULL, *resource = aw__arena_strdup(flow->arena, deeper ? sub->resource : "");

    url = url ? aw__peer_path(flow, url, sub->target, *subtarget ? subtarget : NULL, NULL) : NULL;
    if (!resource)
        return NULL;
    for (const char *name = strtok_r(resource, "/", &rest); url && name; name = strtok_r(NULL, "/", &rest))
        url = aw__peer_path(flow, url, name, NULL);
    return url;
}

int aw__callback_body_resync(aw__flow *flow, const aw_subscription *sub, const aw__outbox_row *due,
                             aw__callback_body *ret_body)
{
    const char *subtarget = *due->subtarget ? due->subtarget : sub->subtarget;
    const char *url = place_of(flow, sub, subtarget);
    char timestamp[AW__TIMESTAMP_BYTES];
    aw__callback_body body = {0};

    if (!url)
        return aw__fail_nomem(&flow->error);
    aw__timestamp_offset(due->created_at_ms * 1000, timestamp);
    json_t *object = json_pack("{s:s, s:s, s:s, s:s?, s:I, s:s, s:s, s:s, s:s}", "id", flow->actor_id, "subscriptionid",
                               sub->id, "target", sub->target, "subtarget", *subtarget ? subtarget : NULL, "sequence",
                               (json_int_t)due->sequence, "timestamp", timestamp, "granularity", sub->granularity,
                               "type", "resync", "url", url);

    if (object && set_unless_empty(object, "resource", sub->resource)) {
        json_decref(object);
        object = NULL;
    }
    int rc = print(flow, object, &body);

    if (rc == AW_OK)
        *ret_body = body;
    return rc;
}
