/*
 * The table peertrustees. What a trustee may do is the model's.
 */
#include "store/peertrustees.h"

#include "store/rows.h"
#include "store/statement.h"

int aw__peertrustees_get(aw_database *database, aw__arena *arena, const char *actor_id, const char *peer_id,
                         aw__peertrustee_row *ret_row, aw_error *err)
{
    aw__statement s = aw__sql(
        database, "SELECT peerid, baseuri, type, passphrase FROM peertrustees WHERE id = $1 AND peerid = $2", err);
    aw__peertrustee_row row = {0};
    bool found;
    int rc;

    aw__bind_text(&s, actor_id);
    aw__bind_text(&s, peer_id);
    found = aw__row(&s);
    if (found) {
        row.peer_id = aw__column_dup(&s, arena, 0);
        row.baseuri = aw__column_dup(&s, arena, 1);
        row.type = aw__column_dup(&s, arena, 2);
        row.passphrase = aw__column_dup(&s, arena, 3);
    }
    rc = aw__finish_found(&s, found, "peer trustee");
    if (!rc)
        *ret_row = row;
    return rc;
}

int aw__peertrustees_set(aw_database *database, const char *actor_id, const aw__peertrustee_row *row, aw_error *err)
{
    aw__statement s = aw__sql(database,
                              "INSERT INTO peertrustees (id, peerid, baseuri, type, passphrase)"
                              " VALUES ($1, $2, $3, $4, $5) ON CONFLICT (id, peerid) DO UPDATE SET"
                              " baseuri = excluded.baseuri, type = excluded.type, passphrase = excluded.passphrase",
                              err);

    aw__bind_text(&s, actor_id);
    aw__bind_text(&s, row->peer_id);
    aw__bind_text(&s, row->baseuri ? row->baseuri : "");
    aw__bind_text(&s, row->type ? row->type : "");
    aw__bind_text(&s, row->passphrase ? row->passphrase : "");
    return aw__finish(&s);
}

int aw__peertrustees_delete(aw_database *database, const char *actor_id, const char *peer_id, aw_error *err)
{
    aw__statement s = aw__sql(database, "DELETE FROM peertrustees WHERE id = $1 AND peerid = $2", err);

    aw__bind_text(&s, actor_id);
    aw__bind_text(&s, peer_id);
    return aw__finish(&s);
}
