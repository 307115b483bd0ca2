/*
 * The conversation "create remote subscription": the peer's half first, since it makes the id. Its steps are
 * subscribing.c's.
 */
#include "flow/subscription_create.h"

#include "flow/params.h"
#include "flow/subscribing.h"

enum { TIMEOUT_MS = 30000 };

/* clang-format off */
static const aw_step steps[] = {
    /* name      kind      begin                    reply                       undo */
    { "find",    AW_STORE, aw__subscribing_find,    NULL,                       NULL                     },
    { "ask",     AW_PEER,  aw__subscribing_ask,     aw__subscribing_on_answer,  aw__subscribing_withdraw },  /* POST peer/subscriptions/{us} */
    { "record",  AW_STORE, aw__subscribing_record,  NULL,                       aw__subscribing_forget   },
    { 0 }
};
/* clang-format on */

static const aw__conversation conversation = {"subscription_create", steps};

int aw__subscription_create_new(aw__site *site, const char *actor_id,
                                const aw_subscription_create_remote_params *params, aw__flow **ret_flow,
                                aw_error *err)
{
    aw_subscription_create_remote_params p;
    int rc = aw__check_params(&p, sizeof(p), params, err);

    if (rc)
        return rc;
    return aw__subscribing_new(site, &conversation, actor_id,
                               &(aw__subscribing_params){.peer_id = p.peer_id,
                                                         .target = p.target,
                                                         .subtarget = p.subtarget,
                                                         .resource = p.resource,
                                                         .granularity = p.granularity,
                                                         .timeout_ms = p.timeout_ms,
                                                         .default_timeout_ms = TIMEOUT_MS,
                                                         .group = p.group},
                               ret_flow, err);
}
