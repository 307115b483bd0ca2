/*
 * What is wrong with attributes: nothing leads to them, they expired and are still there, their key is another's, or
 * they are no JSON.
 */
#include "store/verify.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "base/text.h"

/* What may stand in ids of peers and subscriptions. */
#define ID_CHARACTERS "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-.~"

/* The bucket is about one peer... whose trust is not there. */
#define UNTRUSTED(peer_id) "(SELECT 1 FROM trusts t WHERE t.id = r.id AND t.peerid = " peer_id " LIMIT 1) IS NULL"
/* In these the name is "{actor}:{peer}"... */
#define ABOUT_PEERS "('_trust_permissions', '_peer_permissions', '_peer_profiles', '_peer_capabilities')"
#define PEER_OF_PAIR "substr(r.name, length(r.id) + 2)"
/* ...here the bucket is "remote:{peer}"... */
#define PEER_OF_BUCKET "substr(r.bucket, 8)"
/* ...and here the name is "state:{peer}:{subscription}" or "pending:...". */
#define WITHOUT_SUBSCRIPTION "rtrim(rtrim(r.name, '" ID_CHARACTERS "'), ':')"
#define PEER_OF_STATE                                                                                                  \
    "substr(" WITHOUT_SUBSCRIPTION ", CASE WHEN substr(r.name, 1, 6) = 'state:' THEN 7 ELSE 9 END)"

enum { ORPHAN = 1, EXPIRED, EXPIRED_LATELY, TOMBSTONE, KEY, UNTRUSTED_PAIR, UNTRUSTED_STATE, UNTRUSTED_DATA, DAMAGED };
enum { ID, BUCKET_NAME, BUCKET, NAME, PEER };

/* SQL finds the peer in a name from its end; when the name is of another shape than it thinks, nothing is said about
 * it. */
static bool is_state_of(const char *name, const char *peer_id)
{
    const char *rest = aw__text_starts(name, "state:") ? name + 6 : aw__text_starts(name, "pending:") ? name + 8 : NULL;
    size_t bytes = strlen(peer_id);

    if (!rest || !bytes || strncmp(rest, peer_id, bytes) != 0 || rest[bytes] != ':' || strchr(peer_id, ':'))
        return false;
    rest += bytes + 1;
    return *rest && !rest[strspn(rest, ID_CHARACTERS)];
}

/* The value of a row that is not in the page because it is long. */
static void check_long(aw__statement *row, const aw__verify_fault *fault, bool *ret_damaged)
{
    aw__statement s =
        aw__sql(row->database, "SELECT CAST(data AS TEXT) FROM attributes WHERE id = $1 AND bucket_name = $2", row->err);
    json_t *value = NULL;

    aw__bind_text(&s, fault->texts[ID]);
    aw__bind_text(&s, fault->texts[BUCKET_NAME]);
    if (aw__row(&s)) {
        const char *text = aw__column_text(&s, 0);

        *ret_damaged = aw__json_parse_own(text, strlen(text), &value, NULL) == AW_E_INVALID;
        json_decref(value);
    }
    int rc = aw__finish(&s);

    if (rc)
        aw__statement_fail(row, rc);
}

static void look(aw__verify_page *page, aw__statement *row, int column, aw__verify_fault *fault)
{
    bool damaged = false;
    json_t *value = NULL;

    if (fault->kind == UNTRUSTED_STATE && !is_state_of(fault->texts[NAME], fault->texts[PEER]))
        fault->kind = 0;
    if (!fault->kind && aw__column_int(row, column) && aw__column_null(row, column + 1)) {
        check_long(row, fault, &damaged);
    } else if (!fault->kind && aw__column_int(row, column)) {
        const char *text = aw__column_text(row, column + 1);

        damaged = aw__json_parse_own(text, strlen(text), &value, NULL) == AW_E_INVALID;
        json_decref(value);
    }
    if (damaged)
        fault->kind = DAMAGED;
    if (fault->kind)
        aw__verify_add(page, row, fault);
}

/* A name may be a token, so it is shown in the buckets only where names are known to be none. */
static const char *example(aw__arena *arena, const aw__verify_fault *fault)
{
    static const char *const open[] = {"_trust_permissions", "_peer_permissions", "_peer_profiles", "_peer_capabilities",
                                       "_callback_state",    "_deleted_actors",   "_internal",      NULL};
    bool shown = aw__text_starts(fault->texts[BUCKET], "remote:");

    for (size_t i = 0; open[i]; i++)
        shown = shown || !strcmp(fault->texts[BUCKET], open[i]);
    return shown ? aw__arena_printf(arena, "%s/%s/%s", fault->texts[ID], fault->texts[BUCKET], fault->texts[NAME])
                 : aw__arena_printf(arena, "%s/%s", fault->texts[ID], fault->texts[BUCKET]);
}

/* One that was set anew meanwhile stays. */
static int mend_expired(aw_database *database, const aw__verify_fault *fault, aw_error *err)
{
    aw__statement s = aw__sql(
        database, "DELETE FROM attributes WHERE id = $1 AND bucket_name = $2 AND ttl_timestamp <= $3", err);

    aw__bind_text(&s, fault->texts[ID]);
    aw__bind_text(&s, fault->texts[BUCKET_NAME]);
    aw__bind_int(&s, aw__utc_us() / 1000000);
    return aw__finish(&s);
}

#define THIS_ONE     " FROM attributes WHERE id = $1 AND bucket_name = $2"
#define STILL        " AND bucket = $3 AND name = $4 AND NOT EXISTS (SELECT 1 FROM trusts WHERE id = $1 AND peerid = $5)"
#define RIGHT_KEY    "bucket || ':' || name"

const aw__verify_pass aw__verify_attributes = {
    .table = "attributes",
    .sql = "SELECT r.id, r.bucket_name, r.bucket, r.name,"
           " CASE WHEN substr(r.bucket, 1, 7) = 'remote:' THEN " PEER_OF_BUCKET
           " WHEN r.bucket = '_callback_state' THEN " PEER_OF_STATE
           " WHEN r.bucket IN " ABOUT_PEERS " THEN " PEER_OF_PAIR " ELSE '' END,"
           " CASE WHEN " AW__VERIFY_ORPHAN("r.id") " THEN 1"
           " WHEN r.ttl_timestamp + 7200 <= $3 THEN 2"
           " WHEN r.ttl_timestamp <= $3 THEN 3"
           " WHEN r.id = '_actingweb_deleted' AND r.bucket = '_deleted_actors'"
           " AND (SELECT 1 FROM actors a WHERE a.id = r.name LIMIT 1) IS NOT NULL THEN 4"
           " WHEN r.bucket_name <> r.bucket || ':' || r.name THEN 5"
           " WHEN r.bucket IN " ABOUT_PEERS " AND substr(r.name, 1, length(r.id) + 1) = r.id || ':'"
           " AND " UNTRUSTED(PEER_OF_PAIR) " THEN 6"
           " WHEN r.bucket = '_callback_state' AND " UNTRUSTED(PEER_OF_STATE) " THEN 7"
           " WHEN substr(r.bucket, 1, 7) = 'remote:' AND " UNTRUSTED(PEER_OF_BUCKET) " THEN 8 ELSE 0 END,"
           " CASE WHEN r.data IS NULL THEN 0 ELSE 1 END,"
           " CASE WHEN length(CAST(r.data AS TEXT)) <= " AW__VERIFY_SHORT " THEN CAST(r.data AS TEXT) END"
           " FROM attributes r WHERE (r.id, r.bucket_name) > ($1, $2) ORDER BY r.id, r.bucket_name LIMIT $4",
    .keys = 2,
    .texts = 5,
    .timed = true,
    .look = look,
    .example = example,
    .kinds =
        {
            [ORPHAN - 1] = {
                .name = "attribute-without-actor",
                .what = "attributes of actors that are not there",
                .mend = "deleted",
                .sql = {"DELETE" THIS_ONE " AND " AW__VERIFY_STILL_ORPHAN},
                .binds = 2,
            },
            [EXPIRED - 1] = {
                .name = "attribute-expired",
                .what = "attributes that expired more than two hours ago; a server that runs removes them within the hour",
                .mend = "deleted",
                .fn = mend_expired,
            },
            [EXPIRED_LATELY - 1] = {
                .name = "attribute-expired-lately",
                .what = "attributes that expired a moment ago, and are about to be removed by the server",
                .mend = "deleted",
                .note = true,
                .fn = mend_expired,
            },
            [TOMBSTONE - 1] = {
                .name = "tombstone-of-actor",
                .what = "notes that an actor was deleted, which is there",
                .mend = "deleted",
                .sql = {"DELETE" THIS_ONE " AND bucket = $3 AND EXISTS (SELECT 1 FROM actors WHERE id = $4)"},
                .binds = 4,
            },
            [KEY - 1] = {
                .name = "attribute-key",
                .what = "attributes whose key is not made of their bucket and name, so that nobody finds them",
                .mend = "given the right key, or deleted where that is taken",
                .sql = {"UPDATE attributes SET bucket_name = " RIGHT_KEY " WHERE id = $1 AND bucket_name = $2"
                        " AND bucket = $3 AND name = $4 AND bucket_name <> " RIGHT_KEY
                        " AND NOT EXISTS (SELECT 1 FROM attributes s WHERE s.id = $1 AND s.bucket_name = $3 || ':' || $4)",
                        "DELETE" THIS_ONE " AND bucket = $3 AND name = $4 AND bucket_name <> " RIGHT_KEY},
                .binds = 4,
            },
            [UNTRUSTED_PAIR - 1] = {
                .name = "peer-row-without-trust",
                .what = "permissions, profiles or capabilities of peers that there is no trust with",
                .mend = "deleted",
                .sql = {"DELETE" THIS_ONE STILL},
                .binds = 5,
            },
            [UNTRUSTED_STATE - 1] = {
                .name = "callback-state-without-trust",
                .what = "states of callbacks from peers that there is no trust with",
                .mend = "deleted",
                .sql = {"DELETE" THIS_ONE STILL},
                .binds = 5,
            },
            [UNTRUSTED_DATA - 1] = {
                .name = "remote-data-without-trust",
                .what = "data kept of peers that there is no trust with",
                .mend = "deleted",
                .sql = {"DELETE" THIS_ONE STILL},
                .binds = 5,
            },
            [DAMAGED - 1] = {
                .name = "attribute-value",
                .what = "attributes whose value is no JSON; set them anew, or delete them",
            },
        },
};
