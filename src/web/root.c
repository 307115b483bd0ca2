/*
 * /{id}: the actor itself, for its owner, and its end (WIRE 3). Where browsers are sent is not here: there is no www.
 */
#include "base/json.h"
#include "flow/actor_delete.h"
#include "web/web.h"

/* The passphrase goes to those who have presented it, and never to a peer, whatever its relationship. */
void aw__root_get(aw__call *call)
{
    const char *trustee_root = "";
    aw_error err = {0};

    if (!aw__call_need_access(call, "/", ""))
        return;
    if (aw__actor_trustee_root(call->site, call->arena, call->actor.id, &trustee_root, &err)) {
        aw__call_error(call, &err);
        return;
    }
    json_t *body = json_pack("{s:s,s:s}", "id", call->actor.id, "creator", call->actor.creator);

    if (body && call->caller.role == AW_ROLE_CREATOR && aw__json_set_text(body, "passphrase", call->actor.passphrase)) {
        json_decref(body);
        body = NULL;
    }
    if (body && *trustee_root && aw__json_set_text(body, "trustee_root", trustee_root)) {
        json_decref(body);
        body = NULL;
    }
    aw__call_header(call, "Cache-Control", "no-store");
    aw__call_json(call, 200, body);
    json_decref(body);
}

static void deleted(aw__call *call, const aw_error *err, aw__flow *flow)
{
    (void)flow;
    if (err)
        aw__call_error(call, err);
    else
        aw__call_empty(call, 204);
}

/* Not by a peer, an admin included: only whoever owns the actor ends it. */
void aw__root_delete(aw__call *call)
{
    aw__flow *flow = NULL;
    aw_error err = {0};

    if (!aw__call_need_creator(call))
        return;
    if (aw__actor_delete_new(call->site, call->actor.id, AW_DEFAULTS(actor_delete), &flow, &err))
        aw__call_error(call, &err);
    else
        aw__call_run(call, flow, deleted);
}
