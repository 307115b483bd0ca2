/*
 * Notices: the callbacks that became due in one transaction, on their way to whoever delivers.
 */
#include <string.h>

#include "actor/diff.h"
#include "base/error.h"

enum { FIRST_NOTICES = 8 };

void aw__notices_clear(aw__notices *notices)
{
    notices->count = 0;
}

void aw__notices_tell(aw__site *site, const aw__notices *notices)
{
    if (site->notify && notices->count)
        site->notify(site, notices->items, notices->count);
}

static int grow(aw__notices *notices, aw_error *err)
{
    size_t capacity = notices->capacity ? 2 * notices->capacity : FIRST_NOTICES;
    aw__notice *items = aw__arena_alloc(notices->arena, capacity * sizeof(*items));

    if (!items)
        return aw__fail_nomem(err);
    if (notices->count)
        memcpy(items, notices->items, notices->count * sizeof(*items));
    notices->items = items;
    notices->capacity = capacity;
    return AW_OK;
}

int aw__notices_add(aw__notices *notices, const aw_subscription *subscription, bool stored, uint64_t server,
                    aw_error *err)
{
    if (notices->count == notices->capacity) {
        int rc = grow(notices, err);

        if (rc)
            return rc;
    }
    aw__notice notice = {
        .actor_id = aw__arena_strdup(notices->arena, subscription->actor_id),
        .peer_id = aw__arena_strdup(notices->arena, subscription->peer_id),
        .subscription_id = aw__arena_strdup(notices->arena, subscription->id),
        .sequence = subscription->sequence,
        .stored = stored,
        .server = server,
    };

    if (!notice.actor_id || !notice.peer_id || !notice.subscription_id)
        return aw__fail_nomem(err);
    notices->items[notices->count++] = notice;
    return AW_OK;
}
