/*
 * The table trusts, and aw_trust: its copies and accessors. Who may do what with a trust is the model's.
 */
#include "store/trusts.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "store/rows.h"
#include "store/statement.h"

/* The texts, in the order of COLUMNS. */
static const size_t texts[] = {
    offsetof(aw_trust, actor_id),
    offsetof(aw_trust, peer_id),
    offsetof(aw_trust, baseuri),
    offsetof(aw_trust, type),
    offsetof(aw_trust, relationship),
    offsetof(aw_trust, secret),
    offsetof(aw_trust, desc),
    offsetof(aw_trust, verification_token),
    offsetof(aw_trust, peer_identifier),
    offsetof(aw_trust, established_via),
    offsetof(aw_trust, created_at),
    offsetof(aw_trust, last_accessed),
    offsetof(aw_trust, last_connected_via),
    offsetof(aw_trust, client_name),
    offsetof(aw_trust, client_version),
    offsetof(aw_trust, client_platform),
    offsetof(aw_trust, oauth_client_id),
    offsetof(aw_trust, aw_supported),
    offsetof(aw_trust, aw_version),
    offsetof(aw_trust, capabilities_fetched_at),
};

enum {
    TEXTS = sizeof(texts) / sizeof(texts[0]),
    TEXTS_NOT_NULL = 7 /* up to desc; the others are NULL when unset, as timestamps must be in PostgreSQL */
};

#define COLUMNS                                                                                                        \
    "id, peerid, baseuri, type, relationship, secret, \"desc\", verification_token, peer_identifier,"                  \
    " established_via, created_at, last_accessed, last_connected_via, client_name, client_version, client_platform,"   \
    " oauth_client_id, aw_supported, aw_version, capabilities_fetched_at, approved, peer_approved, verified"

/* ------------------------------------------------------------------------------------------------- the object --- */

void aw_trust_free(aw_trust *trust)
{
    aw__free(trust);
}

aw_trust *aw_trust_dup(const aw_trust *trust)
{
    return aw__texts_dup(trust, sizeof(*trust), texts, TEXTS);
}

void aw_trust_list_free(aw_trust **trusts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        aw_trust_free(trusts[i]);
    aw__free(trusts);
}

const char *aw_trust_actor_id(const aw_trust *trust)
{
    return trust->actor_id;
}

const char *aw_trust_peer_id(const aw_trust *trust)
{
    return trust->peer_id;
}

const char *aw_trust_baseuri(const aw_trust *trust)
{
    return trust->baseuri;
}

const char *aw_trust_type(const aw_trust *trust)
{
    return trust->type;
}

const char *aw_trust_relationship(const aw_trust *trust)
{
    return trust->relationship;
}

const char *aw_trust_secret(const aw_trust *trust)
{
    return trust->secret;
}

const char *aw_trust_desc(const aw_trust *trust)
{
    return trust->desc;
}

const char *aw_trust_verification_token(const aw_trust *trust)
{
    return trust->verification_token;
}

bool aw_trust_approved(const aw_trust *trust)
{
    return trust->approved;
}

bool aw_trust_peer_approved(const aw_trust *trust)
{
    return trust->peer_approved;
}

bool aw_trust_verified(const aw_trust *trust)
{
    return trust->verified;
}

/* ---------------------------------------------------------------------------------------------------- reading --- */

/* The row of s; its texts are borrowed until the next one. */
static aw_trust borrow_trust(aw__statement *s)
{
    aw_trust row = {0};

    aw__texts_read(s, &row, texts, TEXTS);
    row.approved = aw__column_flag(s, TEXTS);
    row.peer_approved = aw__column_flag(s, TEXTS + 1);
    row.verified = aw__column_flag(s, TEXTS + 2);
    return row;
}

/* NULL when out of memory, which sticks to s. */
static aw_trust *keep_trust(aw__statement *s, const aw_trust *row)
{
    aw_trust *trust = aw_trust_dup(row);

    if (!trust)
        aw__statement_fail(s, AW_E_NOMEM);
    return trust;
}

static int get_trust(aw__statement *s, const char *actor_id, const char *key, aw_trust **ret_trust)
{
    aw_trust *trust = NULL;
    bool found;
    int rc;

    aw__bind_text(s, actor_id);
    aw__bind_text(s, key);
    found = aw__row(s);
    if (found) {
        aw_trust row = borrow_trust(s);

        trust = keep_trust(s, &row);
    }
    rc = aw__finish_found(s, found, "trust");
    if (rc)
        aw_trust_free(trust);
    else
        *ret_trust = trust;
    return rc;
}

int aw__trusts_get(aw_database *database, const char *actor_id, const char *peer_id, aw_trust **ret_trust,
                   aw_error *err)
{
    aw__statement s = aw__sql(database, "SELECT " COLUMNS " FROM trusts WHERE id = $1 AND peerid = $2", err);

    return get_trust(&s, actor_id, peer_id, ret_trust);
}

int aw__trusts_get_by_secret(aw_database *database, const char *actor_id, const char *secret, aw_trust **ret_trust,
                             aw_error *err)
{
    if (aw__text_empty(secret)) /* trusts without one cannot be used by a peer */
        return aw__fail(err, AW_E_NOT_FOUND, "no such trust");

    aw__statement s = aw__sql(database,
                              "SELECT " COLUMNS " FROM trusts WHERE id = $1 AND secret = $2"
                              " ORDER BY peerid" AW__BYTEWISE " LIMIT 1",
                              err);

    return get_trust(&s, actor_id, secret, ret_trust);
}

int aw__trusts_count_waiting(aw_database *database, const char *actor_id, int64_t *ret_count, aw_error *err)
{
    aw__statement s = aw__sql(database, "SELECT count(*) FROM trusts WHERE id = $1 AND NOT approved", err);

    aw__bind_text(&s, actor_id);
    int64_t count = aw__row(&s) ? aw__column_int(&s, 0) : 0;
    int rc = aw__finish(&s);

    if (rc == AW_OK)
        *ret_count = count;
    return rc;
}

static bool wanted(const char *filter, const char *text)
{
    return !filter || aw__text_equal(filter, text);
}

/* Adds a copy to an array that doubles whenever it is full at a power of two. Out of memory sticks to s. */
static void add_trust(aw__statement *s, const aw_trust *row, aw_trust ***trusts, size_t *count)
{
    if ((*count & (*count - 1)) == 0) {
        aw_trust **larger = aw__realloc(*trusts, (*count ? 2 * *count : 1) * sizeof(aw_trust *));

        if (!larger) {
            aw__statement_fail(s, AW_E_NOMEM);
            return;
        }
        *trusts = larger;
    }
    (*trusts)[*count] = keep_trust(s, row);
    if ((*trusts)[*count])
        ++*count;
}

/* Filtered here and not in SQL: an optional parameter has no form that both databases like. */
int aw__trusts_list(aw_database *database, const char *actor_id, const char *relationship, const char *type,
                    const char *peer_id, aw_trust ***ret_trusts, size_t *ret_count, aw_error *err)
{
    aw__statement s =
        aw__sql(database, "SELECT " COLUMNS " FROM trusts WHERE id = $1 ORDER BY peerid" AW__BYTEWISE, err);
    aw_trust **trusts = NULL;
    size_t count = 0;
    int rc;

    aw__bind_text(&s, actor_id);
    while (aw__row(&s)) {
        aw_trust row = borrow_trust(&s);

        if (wanted(relationship, row.relationship) && wanted(type, row.type) && wanted(peer_id, row.peer_id))
            add_trust(&s, &row, &trusts, &count);
    }
    rc = aw__finish(&s);
    if (rc) {
        aw_trust_list_free(trusts, count);
        return rc;
    }
    *ret_trusts = trusts;
    *ret_count = count;
    return AW_OK;
}

/* ---------------------------------------------------------------------------------------------------- writing --- */

int aw__trusts_insert(aw_database *database, const aw_trust *trust, aw_error *err)
{
    aw__statement s = aw__sql(database,
                              "INSERT INTO trusts (" COLUMNS ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11,"
                              " $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23)",
                              err);
    char now[AW__TIMESTAMP_BYTES];
    aw_trust row = *trust;
    int rc;

    aw__timestamp_space(aw__utc_us(), now);
    if (aw__text_empty(row.created_at))
        row.created_at = now;
    if (aw__text_empty(row.last_accessed))
        row.last_accessed = row.created_at;
    for (int i = 0; i < TEXTS; i++)
        if (i < TEXTS_NOT_NULL)
            aw__bind_text(&s, aw__text_at(&row, texts[i]));
        else
            aw__bind_text_or_null(&s, aw__text_at(&row, texts[i]));
    aw__bind_flag(&s, row.approved);
    aw__bind_flag(&s, row.peer_approved);
    aw__bind_flag(&s, row.verified);
    rc = aw__finish(&s);
    return rc == AW_E_EXISTS ? aw__fail(err, rc, "there is a trust with this peer; delete it first") : rc;
}

int aw__trusts_update(aw_database *database, const aw_trust *trust, aw_error *err)
{
    aw__statement s = aw__sql(database,
                              "UPDATE trusts SET baseuri = $3, type = $4, relationship = $5, \"desc\" = $6,"
                              " approved = $7, peer_approved = $8, verified = $9, verification_token = $10,"
                              " aw_supported = $11, aw_version = $12, capabilities_fetched_at = $13"
                              " WHERE id = $1 AND peerid = $2",
                              err);
    int rc;

    aw__bind_text(&s, trust->actor_id);
    aw__bind_text(&s, trust->peer_id);
    aw__bind_text(&s, trust->baseuri ? trust->baseuri : "");
    aw__bind_text(&s, trust->type ? trust->type : "");
    aw__bind_text(&s, trust->relationship ? trust->relationship : "");
    aw__bind_text(&s, trust->desc ? trust->desc : "");
    aw__bind_flag(&s, trust->approved);
    aw__bind_flag(&s, trust->peer_approved);
    aw__bind_flag(&s, trust->verified);
    aw__bind_text_or_null(&s, trust->verification_token);
    aw__bind_text_or_null(&s, trust->aw_supported);
    aw__bind_text_or_null(&s, trust->aw_version);
    aw__bind_text_or_null(&s, trust->capabilities_fetched_at);
    rc = aw__finish(&s);
    if (!rc && aw__changes(database) == 0)
        rc = aw__fail(err, AW_E_NOT_FOUND, "no such trust");
    return rc;
}

int aw__trusts_set_capabilities(aw_database *database, const char *actor_id, const char *peer_id, const char *supported,
                                const char *version, const char *fetched_at, aw_error *err)
{
    aw__statement s = aw__sql(database,
                              "UPDATE trusts SET aw_supported = $3, aw_version = $4, capabilities_fetched_at = $5"
                              " WHERE id = $1 AND peerid = $2",
                              err);

    aw__bind_text(&s, actor_id);
    aw__bind_text(&s, peer_id);
    aw__bind_text(&s, supported);
    aw__bind_text(&s, version);
    aw__bind_text(&s, fetched_at);
    int rc = aw__finish(&s);

    if (!rc && aw__changes(database) == 0)
        rc = aw__fail(err, AW_E_NOT_FOUND, "no such trust");
    return rc;
}

int aw__trusts_delete(aw_database *database, const char *actor_id, const char *peer_id, aw_error *err)
{
    aw__statement s = aw__sql(database, "DELETE FROM trusts WHERE id = $1 AND peerid = $2", err);

    aw__bind_text(&s, actor_id);
    aw__bind_text(&s, peer_id);
    return aw__finish(&s);
}
