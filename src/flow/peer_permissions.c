/*
 * The conversation "peer permissions". A peer that does not answer leaves what is kept as it is; so does an answer that
 * was overtaken by the peer's own callback.
 */
#include "flow/peer_permissions.h"

#include "actor/peer_permission.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "flow/params.h"
#include "flow/peer.h"

enum { TIMEOUT_MS = 30000, MAX_AGE_S = 3600, US_PER_S = 1000000 };

struct permissions {
    const char *peer_id;
    int64_t max_age_s;
    const aw_trust *trust;
    int64_t asked_at_us;
    json_t *granted;
};

static void release_row(void *row)
{
    json_decref(row);
}

static bool is_young(const json_t *row, int64_t max_age_s)
{
    int64_t fetched_us, age_us;

    if (!aw__timestamp_parse(aw__json_get_text(row, "fetched_at", ""), &fetched_us) ||
        *aw__json_get_text(row, "fetch_error", ""))
        return false;
    age_us = aw__utc_us() - fetched_us;
    return age_us >= 0 && age_us / US_PER_S < max_age_s;
}

static int look_up(aw__flow *flow)
{
    struct permissions *s = flow->state;
    json_t *row = NULL;
    aw_error why = {0};
    int rc = aw__peer_find(flow, s->peer_id, &s->trust);

    if (rc || !s->max_age_s)
        return rc;
    rc = aw__peer_permission_get(flow->site, flow->actor_id, s->peer_id, &row, &why);
    if (rc == AW_OK && is_young(row, s->max_age_s)) {
        flow->result = row;
        return AW__STEP_FINISH;
    }
    json_decref(row);
    return AW_OK; /* whatever it is that cannot be read, the peer knows better */
}

static int ask_permissions(aw__flow *flow)
{
    struct permissions *s = flow->state;

    if (!aw__peer_is_actor(flow, s->trust))
        return aw__fail(&flow->error, AW_E_UNSUPPORTED, "no actor is behind this trust that could be asked");
    s->asked_at_us = aw__utc_us();
    return aw__flow_ask(flow, "GET", aw__peer_path(flow, s->trust->baseuri, "permissions", flow->actor_id, NULL),
                        s->trust->secret, NULL);
}

/* Permissions that speak of nothing at all are no answer, or an error page of JSON would pass for one. */
static bool speaks(const json_t *granted)
{
    static const char *const categories[] = {"properties", "methods", "actions", "tools", "resources", "prompts"};

    for (size_t i = 0; i < sizeof(categories) / sizeof(*categories); i++)
        if (json_object_get(granted, categories[i]))
            return true;
    return false;
}

/* {..., "permissions": {the categories}}, or the categories alone. */
static int on_permissions(aw__flow *flow)
{
    struct permissions *s = flow->state;
    json_t *answer = NULL;
    int rc = aw__flow_answer_ok(flow);

    if (rc == AW_OK)
        rc = aw__flow_answer_object(flow, &answer);
    if (rc)
        return rc;
    s->granted = json_object_get(answer, "permissions");
    if (!s->granted && speaks(answer))
        s->granted = answer;
    return s->granted ? AW_OK : aw__fail(&flow->error, AW_E_PROTOCOL, "the peer's answer holds no permissions");
}

static int keep(aw__flow *flow)
{
    const struct permissions *s = flow->state;
    json_t *row = NULL;
    int rc = aw__peer_permission_keep(flow->site, flow->actor_id, s->peer_id, s->granted, s->asked_at_us, NULL,
                                      &flow->error);

    if (rc == AW_E_INVALID)
        return aw__fail(&flow->error, AW_E_PROTOCOL, "the peer's permissions are not in the protocol's form");
    if (rc == AW_OK)
        rc = aw__peer_permission_get(flow->site, flow->actor_id, s->peer_id, &row, &flow->error);
    if (rc == AW_OK)
        flow->result = row;
    return rc;
}

/* clang-format off */
static const aw_step steps[] = {
    /* name    kind      begin            reply           undo */
    { "look",  AW_STORE, look_up,         NULL,           NULL },  /* is it known, and young enough? */
    { "ask",   AW_PEER,  ask_permissions, on_permissions, NULL },  /* GET peer/permissions/me        */
    { "keep",  AW_STORE, keep,            NULL,           NULL },
    { 0 }
};
/* clang-format on */

static const aw__conversation conversation = {"peer_permissions", steps};

int aw__peer_permissions_new(aw__site *site, const char *actor_id, const aw_peer_get_permissions_params *params,
                             aw__flow **ret_flow, aw_error *err)
{
    aw_peer_get_permissions_params p;
    aw__flow *flow = NULL;
    int rc = aw__check_params(&p, sizeof(p), params, err);

    if (rc == AW_OK)
        rc = aw__check_question(p.peer_id, p.timeout_ms, p.max_age_s, err);
    if (rc == AW_OK)
        rc = aw__flow_new(site, &conversation, actor_id, sizeof(struct permissions), p.timeout_ms, TIMEOUT_MS, p.group,
                          &flow, err);
    if (rc)
        return rc;
    struct permissions *s = flow->state;

    flow->result_free = release_row;
    s->peer_id = aw__arena_strdup(flow->arena, p.peer_id);
    s->max_age_s = p.max_age_s < 0 ? 0 : p.max_age_s ? p.max_age_s : MAX_AGE_S;
    if (!s->peer_id) {
        aw__flow_unref(flow);
        return aw__fail_nomem(err);
    }
    *ret_flow = flow;
    return AW_OK;
}
