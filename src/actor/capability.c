/*
 * What peers can do. Asking them is src/flow/peer_capabilities.c's.
 */
#include "actor/capability.h"

#include <string.h>

#include "base/clock.h"
#include "base/text.h"

bool aw__capability_known(const aw_trust *trust, int max_age_s)
{
    int64_t fetched_us;

    if (aw__text_empty(trust->capabilities_fetched_at) ||
        !aw__timestamp_parse(trust->capabilities_fetched_at, &fetched_us))
        return false;
    int64_t age_us = aw__utc_us() - fetched_us;

    return age_us >= 0 && age_us <= (int64_t)max_age_s * 1000000;
}

bool aw__capability_has(const aw_trust *trust, const char *option)
{
    size_t bytes = strlen(option);

    if (!aw__capability_known(trust, AW__CAPABILITIES_AGE_S))
        return false;
    for (const char *at = trust->aw_supported; *at;) {
        at += strspn(at, ", \t\r\n");
        size_t word = strcspn(at, ", \t\r\n");

        if (word == bytes && !memcmp(at, option, bytes))
            return true;
        at += word;
    }
    return false;
}

struct keeping {
    const char *actor_id;
    const char *peer_id;
    const char *supported;
    const char *version;
    aw_trust *trust;
};

static int keep(aw_database *database, void *arg, aw_error *err)
{
    struct keeping *keeping = arg;
    char now[AW__TIMESTAMP_BYTES];

    aw_trust_free(keeping->trust); /* of a run that was rolled back */
    keeping->trust = NULL;
    aw__timestamp_space(aw__utc_us(), now);
    int rc = aw__trusts_set_capabilities(database, keeping->actor_id, keeping->peer_id, keeping->supported,
                                         keeping->version, now, err);

    return rc ? rc : aw__trusts_get(database, keeping->actor_id, keeping->peer_id, &keeping->trust, err);
}

int aw__capability_keep(aw__site *site, const char *actor_id, const char *peer_id, const char *supported,
                        const char *version, aw_trust **ret_trust, aw_error *err)
{
    struct keeping keeping = {.actor_id = actor_id, .peer_id = peer_id, .supported = supported, .version = version};
    int rc = aw__store_write(site->store, keep, &keeping, err);

    if (rc)
        aw_trust_free(keeping.trust);
    else
        *ret_trust = keeping.trust;
    return rc;
}
