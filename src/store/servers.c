/*
 * The table servers.
 */
#include "store/servers.h"

#include "store/rows.h"
#include "store/statement.h"

int aw__servers_insert(aw_database *database, const char *id, aw_error *err)
{
    aw__statement s = aw__sql(database, "INSERT INTO servers (server_id, beat) VALUES ($1, 0)", err);

    aw__bind_text(&s, id);
    return aw__finish(&s);
}

int aw__servers_beat(aw_database *database, const char *id, bool *ret_there, aw_error *err)
{
    aw__statement s = aw__sql(database, "UPDATE servers SET beat = beat + 1 WHERE server_id = $1", err);

    aw__bind_text(&s, id);
    int rc = aw__finish(&s);

    if (!rc)
        *ret_there = aw__changes(database) > 0;
    return rc;
}

int aw__servers_list(aw_database *database, aw__arena *arena, aw__server_row **ret_rows, size_t *ret_count,
                     aw_error *err)
{
    aw__statement s =
        aw__sql(database, "SELECT server_id, beat FROM servers WHERE server_id > $1 ORDER BY server_id", err);
    aw__server_row *rows = NULL;
    size_t count = 0;

    aw__bind_text(&s, "");
    while (aw__row(&s)) {
        rows = aw__rows_grow(&s, arena, rows, count, sizeof(*rows));
        if (!rows)
            break;
        rows[count].id = aw__column_dup(&s, arena, 0);
        rows[count].beat = aw__column_int(&s, 1);
        count++;
    }
    int rc = aw__finish(&s);

    if (rc)
        return rc;
    *ret_rows = rows;
    *ret_count = count;
    return AW_OK;
}

int aw__servers_delete(aw_database *database, const char *id, aw_error *err)
{
    aw__statement s = aw__sql(database, "DELETE FROM servers WHERE server_id = $1", err);

    aw__bind_text(&s, id);
    return aw__finish(&s);
}

int aw__servers_delete_silent(aw_database *database, const aw__server_row *row, bool *ret_deleted, aw_error *err)
{
    aw__statement s = aw__sql(database, "DELETE FROM servers WHERE server_id = $1 AND beat = $2", err);

    aw__bind_text(&s, row->id);
    aw__bind_int(&s, row->beat);
    int rc = aw__finish(&s);

    if (!rc)
        *ret_deleted = aw__changes(database) > 0;
    return rc;
}
