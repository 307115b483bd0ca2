/*
 * What peers can do: the option tags of /meta/actingweb/supported, kept in the trust's row for a day (WIRE 12).
 */
#ifndef AW_ACTOR_CAPABILITY_H
#define AW_ACTOR_CAPABILITY_H

#include "actor/site.h"
#include "store/trusts.h"

#define AW__OPTION_RESYNC "subscriptionresync"
/* Of compressed callbacks: the specification's tag, and the one that the reference asks for. */
#define AW__OPTION_COMPRESSION           "callbackcompression"
#define AW__OPTION_COMPRESSION_REFERENCE "compression"

enum { AW__CAPABILITIES_AGE_S = 24 * 3600 };

/* Whether what is kept was fetched at most max_age_s ago. */
bool aw__capability_known(const aw_trust *trust, int max_age_s);

/* Whether the peer names this option, by what is known of it; false also when nothing is. */
bool aw__capability_has(const aw_trust *trust, const char *option);

/* Keeps what was fetched just now, and makes the trust's row as it then is (*ret_trust, the caller's).
 * AW_E_NOT_FOUND: the trust has ended. */
int aw__capability_keep(aw__site *site, const char *actor_id, const char *peer_id, const char *supported,
                        const char *version, aw_trust **ret_trust, aw_error *err);

#endif
