/*
 * The table actors, and the end of all that belongs to one. Which peers must be told first is a flow's business.
 */
#include "store/actors.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "store/attributes.h"
#include "store/rows.h"
#include "store/statement.h"

enum { TOMBSTONE_S = 30 * 24 * 3600 };

static int is_dead(aw_database *database, const char *id, bool *ret_dead, aw_error *err)
{
    aw__statement s = aw__sql(database,
                              "SELECT 1 FROM attributes WHERE id = '_actingweb_deleted'"
                              " AND bucket_name = '_deleted_actors:' || $1 AND bucket = '_deleted_actors'"
                              " AND (ttl_timestamp IS NULL OR ttl_timestamp > $2)",
                              err);

    aw__bind_text(&s, id);
    aw__bind_int(&s, aw__utc_us() / 1000000);
    bool dead = aw__row(&s);
    int rc = aw__finish(&s);

    if (rc == AW_OK)
        *ret_dead = dead;
    return rc;
}

int aw__actors_insert(aw_database *database, const char *id, const char *creator, const char *passphrase, aw_error *err)
{
    char now[AW__TIMESTAMP_BYTES];
    bool dead = false;
    int rc = is_dead(database, id, &dead, err);

    if (rc || dead)
        return rc ? rc : aw__fail(err, AW_E_EXISTS, "there was an actor with this id, which was deleted lately");
    aw__statement s =
        aw__sql(database, "INSERT INTO actors (id, creator, passphrase, created_at) VALUES ($1, $2, $3, $4)", err);

    aw__timestamp_space(aw__utc_us(), now);
    aw__bind_text(&s, id);
    aw__bind_text(&s, creator);
    aw__bind_text(&s, passphrase);
    aw__bind_text(&s, now);
    rc = aw__finish(&s);
    return rc == AW_E_EXISTS ? aw__fail(err, rc, "there is an actor with this id") : rc;
}

static int get_actor(aw__statement *s, aw__arena *arena, const char *key, aw__actor_row *ret_row)
{
    aw__actor_row row = {0};
    bool found;
    int rc;

    aw__bind_text(s, key);
    found = aw__row(s);
    if (found) {
        row.id = aw__column_dup(s, arena, 0);
        row.creator = aw__column_dup(s, arena, 1);
        row.passphrase = aw__column_dup(s, arena, 2);
        row.created_at = aw__column_dup(s, arena, 3);
    }
    rc = aw__finish_found(s, found, "actor");
    if (!rc)
        *ret_row = row;
    return rc;
}

int aw__actors_get(aw_database *database, aw__arena *arena, const char *id, aw__actor_row *ret_row, aw_error *err)
{
    aw__statement s = aw__sql(database, "SELECT id, creator, passphrase, created_at FROM actors WHERE id = $1", err);

    return get_actor(&s, arena, id, ret_row);
}

int aw__actors_get_by_creator(aw_database *database, aw__arena *arena, const char *creator, aw__actor_row *ret_row,
                              aw_error *err)
{
    aw__statement s = aw__sql(database,
                              "SELECT id, creator, passphrase, created_at FROM actors WHERE creator = $1"
                              " ORDER BY id" AW__BYTEWISE " LIMIT 1",
                              err);

    return get_actor(&s, arena, creator, ret_row);
}

int aw__actors_set_creator(aw_database *database, const char *id, const char *creator, aw_error *err)
{
    aw__statement s = aw__sql(database, "UPDATE actors SET creator = $2 WHERE id = $1", err);
    int rc;

    aw__bind_text(&s, id);
    aw__bind_text(&s, creator);
    rc = aw__finish(&s);
    if (rc)
        return rc;
    return aw__changes(database) ? AW_OK : aw__fail(err, AW_E_NOT_FOUND, "no such actor");
}

static const char *const deletions[] = {
    "DELETE FROM outbox WHERE id = $1",
    "DELETE FROM outbox_queues WHERE id = $1",
    "DELETE FROM subscription_diffs WHERE id = $1",
    "DELETE FROM subscription_suspensions WHERE id = $1",
    "DELETE FROM subscriptions WHERE id = $1",
    "DELETE FROM trusts WHERE id = $1",
    "DELETE FROM peertrustees WHERE id = $1",
    "DELETE FROM property_lookup WHERE actor_id = $1",
    "DELETE FROM properties WHERE id = $1",
    "DELETE FROM attributes WHERE id = $1",
    "DELETE FROM actors WHERE id = $1", /* the last: its count tells whether there was one */
};

static int leave_tombstone(aw_database *database, const char *id, aw_error *err)
{
    int64_t now_us = aw__utc_us();
    char now[AW__TIMESTAMP_BYTES];
    json_t *tombstone;
    char *text;
    int rc;

    aw__timestamp_offset(now_us, now);
    tombstone = json_pack("{s:s, s:s}", "actor_id", id, "deleted_at", now);
    text = tombstone ? aw__json_text(tombstone) : NULL;
    if (text)
        rc = aw__attributes_set(database, "_actingweb_deleted", "_deleted_actors", id, text,
                                now_us / 1000000 + TOMBSTONE_S, err);
    else
        rc = aw__fail_nomem(err);
    aw__free(text);
    json_decref(tombstone);
    return rc;
}

int aw__actors_delete(aw_database *database, const char *id, aw_error *err)
{
    for (size_t i = 0; i < sizeof(deletions) / sizeof(deletions[0]); i++) {
        aw__statement s = aw__sql(database, deletions[i], err);
        int rc;

        aw__bind_text(&s, id);
        rc = aw__finish(&s);
        if (rc)
            return rc;
    }
    if (aw__changes(database) == 0)
        return aw__fail(err, AW_E_NOT_FOUND, "no such actor");
    return leave_tombstone(database, id, err);
}
