/*
 * The table peertrustees. What a trustee may do is the model's.
 */
#include "store/peertrustees.h"

#include "store/rows.h"
#include "store/statement.h"

static void read_trustee(aw__statement *s, aw__arena *arena, aw__peertrustee_row *row)
{
    row->peer_id = aw__column_dup(s, arena, 0);
    row->baseuri = aw__column_dup(s, arena, 1);
    row->type = aw__column_dup(s, arena, 2);
    row->passphrase = aw__column_dup(s, arena, 3);
}

static int get_trustee(aw__statement *s, aw__arena *arena, const char *actor_id, const char *key,
                       aw__peertrustee_row *ret_row)
{
    aw__peertrustee_row row = {0};
    bool found;
    int rc;

    aw__bind_text(s, actor_id);
    aw__bind_text(s, key);
    found = aw__row(s);
    if (found)
        read_trustee(s, arena, &row);
    rc = aw__finish_found(s, found, "peer trustee");
    if (!rc)
        *ret_row = row;
    return rc;
}

int aw__peertrustees_get(aw_database *database, aw__arena *arena, const char *actor_id, const char *peer_id,
                         aw__peertrustee_row *ret_row, aw_error *err)
{
    aw__statement s = aw__sql(
        database, "SELECT peerid, baseuri, type, passphrase FROM peertrustees WHERE id = $1 AND peerid = $2", err);

    return get_trustee(&s, arena, actor_id, peer_id, ret_row);
}

int aw__peertrustees_get_trusted(aw_database *database, aw__arena *arena, const char *actor_id, const char *type,
                                 aw__peertrustee_row *ret_row, aw_error *err)
{
    aw__statement s =
        aw__sql(database,
                "SELECT p.peerid, p.baseuri, p.type, p.passphrase FROM peertrustees p JOIN trusts t"
                " ON t.id = p.id AND t.peerid = p.peerid WHERE p.id = $1 AND p.type = $2"
                " ORDER BY p.peerid" AW__BYTEWISE " LIMIT 1",
                err);

    return get_trustee(&s, arena, actor_id, type, ret_row);
}

int aw__peertrustees_list(aw_database *database, aw__arena *arena, const char *actor_id,
                          aw__peertrustee_row **ret_rows, size_t *ret_count, aw_error *err)
{
    aw__statement s = aw__sql(database,
                              "SELECT peerid, baseuri, type, passphrase FROM peertrustees WHERE id = $1"
                              " ORDER BY peerid" AW__BYTEWISE,
                              err);
    aw__peertrustee_row *rows = NULL;
    size_t count = 0;
    int rc;

    aw__bind_text(&s, actor_id);
    while (aw__row(&s)) {
        rows = aw__rows_grow(&s, arena, rows, count, sizeof(*rows));
        if (!rows)
            break;
        read_trustee(&s, arena, &rows[count]);
        count++;
    }
    rc = aw__finish(&s);
    if (rc)
        return rc;
    *ret_rows = rows;
    *ret_count = count;
    return AW_OK;
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
