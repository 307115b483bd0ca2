/*
 * aw_remote_*: thin over src/actor/remote.h.
 */
#include <actingweb/remote.h>

#include "actor/remote.h"
#include "api/tail.h"
#include "base/error.h"
#include "base/text.h"
#include "flow/params.h"

/* What each begins with. */
static int check(const aw_actor *actor, const char *peer_id, aw_error *err)
{
    int rc = aw__may_wait(actor, err);

    if (rc == AW_OK && aw__text_empty(peer_id))
        rc = aw__fail(err, AW_E_INVALID, "peer_id: is required");
    return rc;
}

int aw_remote_get(aw_actor *actor, const char *peer_id, const char *name, json_t **ret_value, aw_error *err)
{
    int rc = check(actor, peer_id, err);

    if (rc == AW_OK)
        rc = aw__check_result("ret_value", ret_value, err);
    return rc ? rc : aw__remote_get(actor->site, actor->id, peer_id, name, ret_value, err);
}

int aw_remote_info(aw_actor *actor, const char *peer_id, const char *name, json_t **ret_info, aw_error *err)
{
    int rc = check(actor, peer_id, err);

    if (rc == AW_OK)
        rc = aw__check_result("ret_info", ret_info, err);
    return rc ? rc : aw__remote_info(actor->site, actor->id, peer_id, name, ret_info, err);
}

int aw_remote_get_item(aw_actor *actor, const aw_remote_get_item_params *params, json_t **ret_item, aw_error *err)
{
    aw_remote_get_item_params p;
    int rc = aw__may_wait(actor, err);

    if (rc == AW_OK)
        rc = aw__check_params(&p, sizeof(p), params, err);
    if (rc == AW_OK)
        rc = check(actor, p.peer_id, err);
    if (rc == AW_OK && aw__text_empty(p.name))
        rc = aw__fail(err, AW_E_INVALID, "name: is required");
    if (rc == AW_OK)
        rc = aw__check_result("ret_item", ret_item, err);
    return rc ? rc : aw__remote_get_item(actor->site, actor->id, p.peer_id, p.name, p.index, ret_item, err);
}

int aw_remote_delete(aw_actor *actor, const char *peer_id, const char *name, aw_error *err)
{
    int rc = check(actor, peer_id, err);

    if (rc == AW_OK && aw__text_empty(name))
        rc = aw__fail(err, AW_E_INVALID, "name: is required");
    return rc ? rc : aw__remote_forget(actor->site, actor->id, peer_id, name, err);
}

int aw_remote_wipe(aw_actor *actor, const char *peer_id, aw_error *err)
{
    int rc = check(actor, peer_id, err);

    return rc ? rc : aw__remote_forget(actor->site, actor->id, peer_id, NULL, err);
}
