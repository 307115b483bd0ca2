/*
 * /{id}/trust/trustee: the actor that stands above this one, and the name by which it is owned (WIRE 6). Its owner's to
 * change, and nobody else's: not even an admin's.
 */
#include <string.h>

#include "web/web.h"

/* The only word after /trust/ that is more than a relationship. */
static bool is_trustee(aw__call *call)
{
    if (!aw__call_need_creator(call))
        return false;
    if (strcmp(call->segment[2], "trustee") == 0)
        return true;
    aw__call_fail(call, 404, "not_found", "a relationship alone is not changed; name the peer");
    return false;
}

void aw__trust_put_trustee(aw__call *call)
{
    const char *creator, *root;
    aw_error err = {0};

    if (!is_trustee(call))
        return;
    json_t *body = aw__call_object(call);

    if (!body || !aw__call_take_text(call, body, "creator", &creator) ||
        !aw__call_take_text(call, body, "trustee_root", &root))
        return;
    if (aw__actor_set_owner(call->site, call->actor.id, creator, root, &err))
        aw__call_error(call, &err);
    else
        aw__call_empty(call, 204);
}

void aw__trust_remove_trustee(aw__call *call)
{
    aw_error err = {0};

    if (!is_trustee(call))
        return;
    if (aw__actor_set_trustee_root(call->site, call->actor.id, NULL, &err))
        aw__call_error(call, &err);
    else
        aw__call_empty(call, 204);
}
