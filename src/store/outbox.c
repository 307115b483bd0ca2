/*
 * The table outbox. When its rows are tried, and for how long, is decided by the delivery of callbacks.
 */
#include "store/outbox.h"

#include "store/rows.h"
#include "store/statement.h"

static void bind_key(aw__statement *s, const char *actor_id, const char *peer_id, const char *subscription_id,
                     int64_t sequence)
{
    aw__bind_text(s, actor_id);
    aw__bind_text(s, peer_id);
    aw__bind_text(s, subscription_id);
    aw__bind_int(s, sequence);
}

int aw__outbox_insert(aw_database *database, const aw__outbox_row *row, aw_error *err)
{
    aw__statement s = aw__sql(database,
                              "INSERT INTO outbox (id, peerid, subid, seqnr, created_at_ms, kind, subtarget)"
                              " VALUES ($1, $2, $3, $4, $5, $6, $7)",
                              err);

    bind_key(&s, row->actor_id, row->peer_id, row->subscription_id, row->sequence);
    aw__bind_int(&s, row->created_at_ms);
    aw__bind_int(&s, row->kind);
    aw__bind_text(&s, row->subtarget ? row->subtarget : "");
    return aw__finish(&s);
}

int aw__outbox_delete(aw_database *database, const char *actor_id, const char *peer_id, const char *subscription_id,
                      int64_t sequence, aw_error *err)
{
    aw__statement s =
        aw__sql(database, "DELETE FROM outbox WHERE id = $1 AND peerid = $2 AND subid = $3 AND seqnr = $4", err);

    bind_key(&s, actor_id, peer_id, subscription_id, sequence);
    return aw__finish(&s);
}

int aw__outbox_clear(aw_database *database, const char *actor_id, const char *peer_id, const char *subscription_id,
                     int64_t sequence, aw_error *err)
{
    aw__statement s =
        aw__sql(database, "DELETE FROM outbox WHERE id = $1 AND peerid = $2 AND subid = $3 AND seqnr <= $4", err);

    bind_key(&s, actor_id, peer_id, subscription_id, sequence ? sequence : INT64_MAX);
    return aw__finish(&s);
}

static void read_callback(aw__statement *s, aw__arena *arena, aw__outbox_row *row)
{
    row->actor_id = aw__column_dup(s, arena, 0);
    row->peer_id = aw__column_dup(s, arena, 1);
    row->subscription_id = aw__column_dup(s, arena, 2);
    row->sequence = aw__column_int(s, 3);
    row->created_at_ms = aw__column_int(s, 4);
    row->kind = (aw__outbox_kind)aw__column_int(s, 5);
    row->subtarget = aw__column_dup(s, arena, 6);
}

int aw__outbox_get(aw_database *database, aw__arena *arena, const char *actor_id, const char *peer_id,
                   const char *subscription_id, int64_t sequence, aw__outbox_row *ret_row, aw_error *err)
{
    aw__statement s = aw__sql(database,
                              "SELECT id, peerid, subid, seqnr, created_at_ms, kind, subtarget FROM outbox"
                              " WHERE id = $1 AND peerid = $2 AND subid = $3 AND seqnr = $4",
                              err);
    aw__outbox_row row = {0};

    bind_key(&s, actor_id, peer_id, subscription_id, sequence);
    bool found = aw__row(&s);

    if (found)
        read_callback(&s, arena, &row);
    int rc = aw__finish_found(&s, found, "callback");

    if (!rc)
        *ret_row = row;
    return rc;
}
