/*
 * How much may be kept of one peer: somebody who may send callbacks must not fill the disk.
 *
 * Counting a bucket takes as long as the bucket is large, so it is not done for each callback: what is left when it was
 * counted is remembered, and what comes is taken off. A slot holds half of a hash (whose it is), and what is left in
 * KiB. Who shares a slot with somebody else is counted more often, no more.
 */
#include "actor/remote.h"

#include "actor/remote_bucket.h"
#include "base/error.h"
#include "base/log.h"
#include "store/attributes.h"

enum { UNIT_BYTES = 1024, MAX_BYTES = 64 << 20 };

static uint64_t hash_of(const char *actor_id, const char *peer_id)
{
    uint64_t hash = 14695981039346656037u;
    const char *const texts[] = {actor_id, peer_id};

    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
        for (const char *at = texts[i];; at++) {
            hash = (hash ^ (unsigned char)*at) * 1099511628211u;
            if (!*at)
                break;
        }
    return hash;
}

/* False when it has to be counted. */
static bool take(atomic_uint_least64_t *slot, uint64_t hash, uint64_t units)
{
    uint64_t now = atomic_load(slot);
    uint64_t left = now & UINT32_MAX;

    if (now >> 32 != hash >> 32 || left < units)
        return false;
    return atomic_compare_exchange_strong(slot, &now, (now & ~(uint64_t)UINT32_MAX) | (left - units));
}

int aw__remote_check_room(aw__site *site, aw_database *database, const char *actor_id, const char *peer_id,
                          const json_t *more_data, aw_error *err)
{
    int64_t max_bytes = site->config.max_kept_bytes > 0 ? site->config.max_kept_bytes : MAX_BYTES;
    uint64_t hash = hash_of(actor_id, peer_id);
    atomic_uint_least64_t *slot = &site->room[hash % AW__ROOM_SLOTS];
    size_t more_bytes = more_data ? json_dumpb(more_data, NULL, 0, JSON_COMPACT | JSON_ENCODE_ANY) : 0;
    aw__remote_bucket bucket;
    int64_t bytes = 0;

    if (more_data && take(slot, hash, more_bytes / UNIT_BYTES + 1))
        return AW_OK;
    int rc = aw__remote_bucket_open(&bucket, database, actor_id, peer_id, err);

    if (rc == AW_OK)
        rc = aw__attributes_bytes(database, actor_id, bucket.name, &bytes, err);
    aw__remote_bucket_close(&bucket);
    if (rc)
        return rc;
    if (bytes > max_bytes) {
        aw__log(AW_LOG_WARNING, "%s keeps as much of %s as it may; its callbacks are refused", actor_id, peer_id);
        return aw__fail(err, AW_E_TOO_LARGE, "more than %lld bytes are not kept of one peer", (long long)max_bytes);
    }
    uint64_t left = (uint64_t)(max_bytes - bytes) / UNIT_BYTES;

    atomic_store(slot, (hash & ~(uint64_t)UINT32_MAX) | (left < UINT32_MAX ? left : UINT32_MAX));
    return AW_OK;
}
