/*
 * aw_remote_*: thin over src/actor/remote.h.
 */
#include <actingweb/remote.h>

#include "actor/remote.h"
#include "api/tail.h"
#include "base/error.h"
#include "base/text.h"

int aw_remote_get(aw_actor *actor, const char *peer_id, const char *name, json_t **ret_value, aw_error *err)
{
    int rc = aw__may_wait(actor, err);

    if (rc == AW_OK && aw__text_empty(peer_id))
        rc = aw__fail(err, AW_E_INVALID, "peer_id: is required");
    if (rc == AW_OK)
        rc = aw__check_result("ret_value", ret_value, err);
    return rc ? rc : aw__remote_get(actor->site, actor->id, peer_id, name, ret_value, err);
}
