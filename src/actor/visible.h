/*
 * What a subscriber may see of an actor's data: every diff passes here when it is made, and again when it is sent.
 */
#ifndef AW_ACTOR_VISIBLE_H
#define AW_ACTOR_VISIBLE_H

#include <jansson.h>

#include "model/trust_type.h"
#include "store/subscriptions.h"
#include "store/trusts.h"

/*
 * The part of a diff's data, as that subscription sees it, that the peer may read now. A new reference; *ret_part NULL
 * with AW_OK: nothing at all (the peer is not approved, its relationship may not read this, or is unknown). It may
 * share data's parts, so change neither. AW_E_NOMEM.
 */
int aw__visible_part(const aw_trust *trust, const aw__permissions *permissions, const aw_subscription *subscription,
                     json_t *data, json_t **ret_part, aw_error *err);

#endif
