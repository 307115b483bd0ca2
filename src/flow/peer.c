/*
 * The trusted peer of a conversation.
 */
#include "flow/peer.h"

#include <string.h>

#include "actor/trust.h"
#include "base/encode.h"
#include "base/error.h"
#include "base/text.h"
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
