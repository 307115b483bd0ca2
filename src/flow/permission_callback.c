/*
 * The conversations about permissions. The moment is taken before they are read: so of two that are under way at once
 * the one with the later timestamp has the newer permissions, and the peer keeps these, in whichever order they arrive.
 */
#include "flow/permission_callback.h"

#include "actor/permission_own.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "flow/params.h"
#include "flow/peer.h"

enum { TIMEOUT_MS = 30000 };

struct telling {
    const char *peer_id;
    json_t *object; /* what is set; NULL: what was set is taken back */
    const aw_trust *trust;
    json_t *body;
};

static int set(aw__flow *flow)
{
    const struct telling *s = flow->state;

    return aw__permission_set(flow->site, flow->actor_id, s->peer_id, s->object, NULL, &flow->error);
}

static int reset(aw__flow *flow)
{
    const struct telling *s = flow->state;

    return aw__permission_reset(flow->site, flow->actor_id, s->peer_id, NULL, &flow->error);
}

static int look(aw__flow *flow)
{
    struct telling *s = flow->state;
    char at[AW__TIMESTAMP_BYTES];
    aw__granted granted;

    aw__timestamp_offset(aw__utc_us(), at);
    int rc = aw__permission_look(flow->site, flow->arena, flow->actor_id, s->peer_id, &granted, &flow->error);

    if (rc)
        return rc;
    json_t *data = aw__granted_json(&granted);

    s->trust = granted.trust;
    s->body = aw__flow_keep(flow, data ? json_pack("{s:s,s:s,s:s,s:s,s:o}", "id", flow->actor_id, "target",
                                                   "permissions", "type", "permission", "timestamp", at, "data", data)
                                       : NULL);
    return s->body ? AW_OK : aw__fail_nomem(&flow->error);
}

static int tell(aw__flow *flow)
{
    const struct telling *s = flow->state;

    if (!s->trust->approved || !aw__peer_is_actor(flow, s->trust))
        return AW__STEP_SKIP;
    return aw__flow_ask(flow, "POST",
                        aw__peer_path(flow, s->trust->baseuri, "callbacks", "permissions", flow->actor_id, NULL),
                        s->trust->secret, s->body);
}

/* clang-format off */
static const aw_step callback_steps[] = {
    /* name      kind      begin   reply  undo */
    { "look",    AW_STORE, look,   NULL,  NULL },
    { "tell",    AW_PEER,  tell,   NULL,  NULL },  /* POST peer/callbacks/permissions/{us} */
    { 0 }
};

static const aw_step set_steps[] = {
    { "change",  AW_STORE, set,    NULL,  NULL },
    { "look",    AW_STORE, look,   NULL,  NULL },
    { "tell",    AW_PEER,  tell,   NULL,  NULL },
    { 0 }
};

static const aw_step reset_steps[] = {
    { "change",  AW_STORE, reset,  NULL,  NULL },
    { "look",    AW_STORE, look,   NULL,  NULL },
    { "tell",    AW_PEER,  tell,   NULL,  NULL },
    { 0 }
};
/* clang-format on */

static const aw__conversation callback_conversation = {"permission_callback", callback_steps};
static const aw__conversation set_conversation = {"permission_set", set_steps};
static const aw__conversation reset_conversation = {"permission_reset", reset_steps};

/* ---- building ---- */

static int build(aw__site *site, const aw__conversation *conversation, const char *actor_id, const char *peer_id,
                 json_t *object, int timeout_ms, aw_group *group, aw__flow **ret_flow, aw_error *err)
{
    aw__flow *flow = NULL;
    int rc = aw__check_required("peer_id", peer_id, AW__NAME_MAX_BYTES, err);

    if (rc == AW_OK)
        rc = aw__check_timeout(timeout_ms, err);
    if (rc == AW_OK)
        rc = aw__flow_new(site, conversation, actor_id, sizeof(struct telling), timeout_ms, TIMEOUT_MS, group, &flow,
                          err);
    if (rc)
        return rc;
    struct telling *s = flow->state;

    s->peer_id = aw__arena_strdup(flow->arena, peer_id);
    s->object = object ? aw__flow_keep(flow, json_deep_copy(object)) : NULL;
    if (!s->peer_id || (object && !s->object)) {
        aw__flow_unref(flow);
        return aw__fail_nomem(err);
    }
    *ret_flow = flow;
    return AW_OK;
}

int aw__permission_callback_new(aw__site *site, const char *actor_id, const char *peer_id, aw__flow **ret_flow,
                                aw_error *err)
{
    return build(site, &callback_conversation, actor_id, peer_id, NULL, 0, NULL, ret_flow, err);
}

int aw__permission_set_new(aw__site *site, const char *actor_id, const aw_permission_set_params *params,
                           aw__flow **ret_flow, aw_error *err)
{
    aw_permission_set_params p;
    aw_error why = {0};
    int rc = aw__check_params(&p, sizeof(p), params, err);

    if (rc == AW_OK && !p.permissions)
        rc = aw__fail(err, AW_E_INVALID, "permissions: is required");
    if (rc == AW_OK && aw__permission_check_own(p.permissions, &why))
        rc = aw__fail(err, why.code, "permissions: %s", why.message);
    return rc ? rc
              : build(site, &set_conversation, actor_id, p.peer_id, p.permissions, p.timeout_ms, p.group, ret_flow, err);
}

int aw__permission_reset_new(aw__site *site, const char *actor_id, const aw_permission_reset_params *params,
                             aw__flow **ret_flow, aw_error *err)
{
    aw_permission_reset_params p;
    int rc = aw__check_params(&p, sizeof(p), params, err);

    return rc ? rc : build(site, &reset_conversation, actor_id, p.peer_id, NULL, p.timeout_ms, p.group, ret_flow, err);
}

/* ---- in the background ---- */

static void told(aw__flow *flow, const aw_error *err, void *ud)
{
    const struct telling *s = flow->state;

    (void)ud;
    if (err)
        aw__log(AW_LOG_INFO, "%s is not told what it may do: %s", s->peer_id, err->message);
}

void aw__permission_tell(aw__site *site, const char *actor_id, const char *peer_id)
{
    aw__flow *flow = NULL;
    aw_error err = {0};
    int rc = aw__permission_callback_new(site, actor_id, peer_id, &flow, &err);

    if (rc == AW_OK)
        rc = aw__flow_start(flow, told, NULL, NULL, NULL, &err);
    if (rc)
        aw__log(AW_LOG_INFO, "a peer is not told what it may do: %s", err.message);
}
