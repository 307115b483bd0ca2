/*
 * aw_actor_create(), _get() and _delete(). The handle itself is in src/actor/handle.c.
 */
#include <actingweb/actor.h>

#include "actor/actor.h"
#include "actor/view.h"
#include "api/app.h"
#include "api/tail.h"
#include "base/error.h"
#include "base/text.h"
#include "flow/actor_delete.h"
#include "flow/params.h"

/* What creating and getting begin with. */
static int begin(aw_app *app, aw_actor **ret_actor, aw__arena **ret_arena, aw_error *err)
{
    if (!app || !ret_actor)
        return aw__fail(err, AW_E_INVALID, "%s: must not be NULL", app ? "ret_actor" : "app");
    if (aw__runtime_inside(app->site.runtime))
        return aw__fail(err, AW_E_REENTRANT,
                        "this call waits for the store, which the loop's thread must not; "
                        "call it from another thread or through aw_offload_async()");
    *ret_arena = aw__arena_new();
    return *ret_arena ? AW_OK : aw__fail_nomem(err);
}

int aw_actor_create(aw_app *app, const aw_actor_create_params *params, aw_actor **ret_actor, aw_error *err)
{
    aw_actor_create_params p = {.size = sizeof(p)};
    aw__arena *arena = NULL;
    aw__actor_row row;
    bool created;
    int rc = params ? aw__check_params(&p, sizeof(p), params, err) : AW_OK;

    if (rc == AW_OK)
        rc = begin(app, ret_actor, &arena, err);
    if (rc == AW_OK)
        rc = aw__actor_create(&app->site, arena, p.creator, p.passphrase, &row, &created, err);
    if (rc == AW_OK)
        rc = aw__handle_new(&app->site, &row, ret_actor, err);
    aw__arena_free(arena);
    return rc;
}

int aw_actor_get(aw_app *app, const char *actor_id, aw_actor **ret_actor, aw_error *err)
{
    aw__arena *arena = NULL;
    aw__actor_row row;
    int rc = begin(app, ret_actor, &arena, err);

    if (rc == AW_OK && aw__text_empty(actor_id))
        rc = aw__fail(err, AW_E_INVALID, "actor_id: is required");
    if (rc == AW_OK)
        rc = aw__actor_find(&app->site, arena, actor_id, &row, err);
    if (rc == AW_OK)
        rc = aw__handle_new(&app->site, &row, ret_actor, err);
    aw__arena_free(arena);
    return rc;
}

int aw_actor_as_peer(aw_actor *actor, const char *peer_id, aw_actor **ret_view, aw_error *err)
{
    int rc = aw__may_wait(actor, err);

    if (rc == AW_OK && aw__text_empty(peer_id))
        rc = aw__fail(err, AW_E_INVALID, "peer_id: is required");
    if (rc == AW_OK)
        rc = aw__check_result("ret_view", ret_view, err);
    return rc ? rc : aw__view_new(actor, peer_id, NULL, ret_view, err);
}

int aw_actor_as_client(aw_actor *actor, const char *client_id, aw_actor **ret_view, aw_error *err)
{
    int rc = aw__may_wait(actor, err);

    if (rc == AW_OK && aw__text_empty(client_id))
        rc = aw__fail(err, AW_E_INVALID, "client_id: is required");
    if (rc == AW_OK)
        rc = aw__check_result("ret_view", ret_view, err);
    return rc ? rc : aw__view_new(actor, NULL, client_id, ret_view, err);
}

int aw_actor_delete(aw_actor *actor, const aw_actor_delete_params *params, aw_error *err)
{
    aw__flow *flow = NULL;
    int rc = aw__is_owner(actor) ? aw__actor_delete_new(actor->site, actor->id, params, &flow, err)
                                 : aw__no_owner(actor, err);

    return rc ? rc : aw__tail_wait(flow, NULL, err);
}

int aw_actor_delete_async(aw_actor *actor, const aw_actor_delete_params *params, aw_done_cb *cb, void *ud,
                          aw_op *ret_op)
{
    aw__flow *flow = NULL;
    int rc = aw__is_owner(actor) ? aw__actor_delete_new(actor->site, actor->id, params, &flow, NULL)
                                 : aw__no_owner(actor, NULL);

    return rc ? rc : aw__tail_start(flow, aw__tail_deliver_done, (aw__tail_cb *)cb, ud, ret_op);
}
