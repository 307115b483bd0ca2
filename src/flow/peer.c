/*
 * The peer of a conversation.
 */
#include "flow/peer.h"

#include <string.h>

#include "actor/trust.h"
#include "base/encode.h"
#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "flow/params.h"
#include "http/url.h"

static void release_trust(void *trust)
{
    aw_trust_free(trust);
}

int aw__peer_find(aw__flow *flow, const char *peer_id, const aw_trust **ret_trust)
{
    aw_trust *trust = NULL;
    int rc = aw__trust_find(flow->site, flow->actor_id, peer_id, &trust, &flow->error);

    if (rc)
        return rc;
    if (aw__arena_defer(flow->arena, release_trust, trust))
        return aw__fail_nomem(&flow->error);
    *ret_trust = trust;
    return AW_OK;
}

char *aw__peer_path(aw__flow *flow, const char *baseuri, ...)
{
    char *url = aw__arena_strdup(flow->arena, baseuri);
    va_list segments;

    va_start(segments, baseuri);
    for (const char *segment; url && (segment = va_arg(segments, const char *));) {
        const char *encoded = aw__percent_encode(flow->arena, segment, NULL);

        url = encoded ? aw__url_join(flow->arena, url, encoded) : NULL;
    }
    va_end(segments);
    return url;
}

int aw__peer_meet(aw__flow *flow, const char **ret_id, const char **ret_type)
{
    aw_error why = {0};
    json_t *meta = NULL;
    int rc = aw__flow_answer_ok(flow);

    if (rc == AW_OK)
        rc = aw__flow_answer_object(flow, &meta);
    if (rc)
        return rc;
    const char *id = aw__json_get_text(meta, "id", NULL);
    const char *type = aw__json_get_text(meta, "type", NULL);

    if (aw__text_empty(id) || aw__text_empty(type))
        return aw__fail(&flow->error, AW_E_PROTOCOL, "the peer's meta has no id or no type");
    if (aw__check_id("id", id, &why) || aw__check_text("type", type, AW__NAME_MAX_BYTES, &why))
        return aw__fail(&flow->error, AW_E_PROTOCOL, "the peer's meta: %s", why.message);
    if (strcmp(id, flow->actor_id) == 0)
        return aw__fail(&flow->error, AW_E_INVALID, "the peer's address is this actor's own");
    *ret_id = id;
    *ret_type = type;
    return AW_OK;
}

int aw__peer_meet_type(aw__flow *flow, const char *type, const char **ret_id, const char **ret_type)
{
    int rc = aw__peer_meet(flow, ret_id, ret_type);

    if (rc == AW_OK && type && !aw__text_equal_nocase(type, *ret_type))
        rc = aw__fail(&flow->error, AW_E_PROTOCOL, "the peer is a %.100s, not a %.100s", *ret_type, type);
    return rc;
}

static bool made_by_oauth(const aw_trust *trust)
{
    return aw__text_starts(trust->established_via, "oauth2") || aw__text_starts(trust->type, "oauth2") ||
           aw__text_starts(trust->peer_id, "oauth2:") || aw__text_starts(trust->peer_id, "oauth2_client:");
}

bool aw__peer_is_actor(const aw__flow *flow, const aw_trust *trust)
{
    const char *root = flow->site->config.root;
    bool ours = aw__text_starts(trust->baseuri, root) && strcmp(trust->baseuri + strlen(root), flow->actor_id) == 0;

    return *trust->baseuri && !ours && strcmp(trust->peer_id, flow->actor_id) != 0 && !made_by_oauth(trust);
}
