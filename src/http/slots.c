/*
 * Slots: a table of the peers that have calls under way, and who waits for whom.
 */
#include "http/slots.h"

#include <string.h>

#include "base/alloc.h"
#include "http/url.h"
#include <actingweb/error.h>

enum { FIRST_BUCKETS = 64 };

/* Lives while it has calls. */
struct aw__slot_peer {
    struct aw__slot_peer *next; /* in its bucket */
    size_t busy;                /* calls under way */
    aw__link waiting;
    uint32_t hash;
    aw__url_host host;
    char name[]; /* the host's */
};

typedef struct aw__slot_peer peer;

int aw__slots_init(aw__slots *slots, size_t per_peer)
{
    *slots = (aw__slots){.mask = FIRST_BUCKETS - 1, .per_peer = per_peer};
    slots->buckets = aw__calloc(FIRST_BUCKETS, sizeof(peer *));
    return slots->buckets ? AW_OK : AW_E_NOMEM;
}

void aw__slots_free(aw__slots *slots)
{
    aw__free(slots->buckets);
    slots->buckets = NULL;
}

static peer *find(const aw__slots *slots, const aw__url_host *host, uint32_t hash)
{
    peer *at = slots->buckets[hash & slots->mask];

    while (at && (at->hash != hash || !aw__url_host_equal(&at->host, host)))
        at = at->next;
    return at;
}

/* Twice as many buckets, so that chains stay short. Without memory they get longer, and that is all. */
static void grow(aw__slots *slots)
{
    size_t old = slots->mask + 1;
    peer **buckets = aw__calloc(old * 2, sizeof(*buckets));

    if (!buckets)
        return;
    for (size_t i = 0; i < old; i++) {
        for (peer *at = slots->buckets[i], *next; at; at = next) {
            peer **bucket = &buckets[at->hash & (old * 2 - 1)];

            next = at->next;
            at->next = *bucket;
            *bucket = at;
        }
    }
    aw__free(slots->buckets);
    slots->buckets = buckets;
    slots->mask = old * 2 - 1;
}

static peer *add(aw__slots *slots, const aw__url_host *host, uint32_t hash)
{
    peer *added = aw__malloc(sizeof(*added) + host->bytes);

    if (!added)
        return NULL;
    if (slots->peers > slots->mask)
        grow(slots);
    *added = (peer){.hash = hash, .host = *host};
    added->host.name = memcpy(added->name, host->name, host->bytes);
    aw__list_init(&added->waiting);
    added->next = slots->buckets[hash & slots->mask];
    slots->buckets[hash & slots->mask] = added;
    slots->peers++;
    return added;
}

static void remove_peer(aw__slots *slots, peer *gone)
{
    peer **at = &slots->buckets[gone->hash & slots->mask];

    while (*at != gone)
        at = &(*at)->next;
    *at = gone->next;
    slots->peers--;
    aw__free(gone);
}

int aw__slot_take(aw__slots *slots, aw__slot *slot, const char *url, void (*go)(void *arg), void *arg, bool *ret_now)
{
    aw__url_host host = aw__url_host_of(url);
    uint32_t hash = aw__url_host_hash(&host);
    peer *wanted = find(slots, &host, hash);

    if (!wanted)
        wanted = add(slots, &host, hash);
    if (!wanted)
        return AW_E_NOMEM;
    slot->peer = wanted;
    slot->go = go;
    slot->arg = arg;
    slot->waits = wanted->busy == slots->per_peer;
    if (slot->waits)
        aw__list_append(&wanted->waiting, &slot->link);
    else
        wanted->busy++;
    *ret_now = !slot->waits;
    return AW_OK;
}

void aw__slot_leave(aw__slots *slots, aw__slot *slot)
{
    peer *left = slot->peer;

    if (!left)
        return;
    slot->peer = NULL;
    if (slot->waits) {
        aw__list_remove(&slot->link);
    } else if (aw__list_empty(&left->waiting)) {
        left->busy--;
    } else {
        aw__slot *next = AW__ITEM(aw__list_pop(&left->waiting), aw__slot, link);

        next->waits = false;
        next->go(next->arg);
        return;
    }
    if (left->busy == 0)
        remove_peer(slots, left);
}
