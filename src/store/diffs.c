/*
 * The table subscription_diffs. Which sequence comes next is the model's.
 */
#include "store/diffs.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/error.h"
#include "store/rows.h"
#include "store/statement.h"

enum { NUMBER_BYTES = 24 };

/* The key is a text, "subid:seqnr". Drivers may type a parameter by its first use, so the number is bound as text. */
static void bind_key(aw__statement *s, const char *actor_id, const char *subscription_id, int64_t sequence)
{
    char number[NUMBER_BYTES];

    snprintf(number, sizeof(number), "%" PRId64, sequence);
    aw__bind_text(s, actor_id);
    aw__bind_text(s, subscription_id);
    aw__bind_text(s, number);
}

int aw__diffs_insert(aw_database *database, const char *actor_id, const char *subscription_id, const aw__diff_row *diff,
                     aw_error *err)
{
    aw__statement s = aw__sql(database,
                              "INSERT INTO subscription_diffs (id, subid_seqnr, subid, timestamp, diff, seqnr)"
                              " VALUES ($1, $2 || ':' || $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
                              err);

    bind_key(&s, actor_id, subscription_id, diff->sequence);
    aw__bind_text(&s, subscription_id);
    aw__bind_text(&s, diff->timestamp);
    aw__bind_text(&s, diff->data);
    aw__bind_int(&s, diff->sequence);
    int rc = aw__finish(&s);

    if (rc == AW_OK && aw__changes(database) == 0)
        rc = aw__fail(err, AW_E_EXISTS, "there is a diff of this sequence");
    return rc;
}

int aw__diffs_last(aw_database *database, const char *actor_id, const char *subscription_id, int64_t *ret_sequence,
                   aw_error *err)
{
    aw__statement s = aw__sql(database,
                              "SELECT seqnr FROM subscription_diffs WHERE id = $1 AND subid = $2"
                              " ORDER BY seqnr DESC LIMIT 1",
                              err);

    aw__bind_text(&s, actor_id);
    aw__bind_text(&s, subscription_id);
    int64_t last = aw__row(&s) ? aw__column_int(&s, 0) : 0;
    int rc = aw__finish(&s);

    if (rc == AW_OK)
        *ret_sequence = last;
    return rc;
}

static void read_diff(aw__statement *s, aw__arena *arena, aw__diff_row *row)
{
    row->sequence = aw__column_int(s, 0);
    row->timestamp = aw__column_dup(s, arena, 1);
    row->data = aw__column_dup(s, arena, 2);
}

int aw__diffs_get(aw_database *database, aw__arena *arena, const char *actor_id, const char *subscription_id,
                  int64_t sequence, aw__diff_row *ret_row, aw_error *err)
{
    aw__statement s = aw__sql(database,
                              "SELECT seqnr, timestamp, diff FROM subscription_diffs"
                              " WHERE id = $1 AND subid_seqnr = $2 || ':' || $3",
                              err);
    aw__diff_row row = {0};
    bool found;
    int rc;

    bind_key(&s, actor_id, subscription_id, sequence);
    found = aw__row(&s);
    if (found)
        read_diff(&s, arena, &row);
    rc = aw__finish_found(&s, found, "diff");
    if (!rc)
        *ret_row = row;
    return rc;
}

int aw__diffs_list(aw_database *database, aw__arena *arena, const char *actor_id, const char *subscription_id,
                   aw__diff_row **ret_rows, size_t *ret_count, aw_error *err)
{
    aw__statement s = aw__sql(database,
                              "SELECT seqnr, timestamp, diff FROM subscription_diffs"
                              " WHERE id = $1 AND subid = $2 ORDER BY seqnr",
                              err);
    aw__diff_row *rows = NULL;
    size_t count = 0;
    int rc;

    aw__bind_text(&s, actor_id);
    aw__bind_text(&s, subscription_id);
    while (aw__row(&s)) {
        rows = aw__rows_grow(&s, arena, rows, count, sizeof(*rows));
        if (!rows)
            break;
        read_diff(&s, arena, &rows[count]);
        count++;
    }
    rc = aw__finish(&s);
    if (rc)
        return rc;
    *ret_rows = rows;
    *ret_count = count;
    return AW_OK;
}

int aw__diffs_delete(aw_database *database, const char *actor_id, const char *subscription_id, int64_t sequence,
                     aw_error *err)
{
    aw__statement s =
        aw__sql(database, "DELETE FROM subscription_diffs WHERE id = $1 AND subid_seqnr = $2 || ':' || $3", err);

    bind_key(&s, actor_id, subscription_id, sequence);
    return aw__finish(&s);
}

int aw__diffs_delete_delivered(aw_database *database, const aw__outbox_queue *queue, int64_t sequence, aw_error *err)
{
    aw__statement s = aw__sql(database,
                              "DELETE FROM subscription_diffs WHERE id = $1 AND subid_seqnr = $2 || ':' || $3"
                              " AND NOT EXISTS (SELECT 1 FROM outbox WHERE id = $1 AND peerid = $4 AND subid = $2"
                              " AND seqnr = $5)",
                              err);

    bind_key(&s, queue->actor_id, queue->subscription_id, sequence);
    aw__bind_text(&s, queue->peer_id);
    aw__bind_int(&s, sequence);
    return aw__finish(&s);
}

static int clear_all(aw_database *database, const char *actor_id, const char *subscription_id, aw_error *err)
{
    aw__statement s = aw__sql(database, "DELETE FROM subscription_diffs WHERE id = $1 AND subid = $2", err);

    aw__bind_text(&s, actor_id);
    aw__bind_text(&s, subscription_id);
    return aw__finish(&s);
}

int aw__diffs_clear(aw_database *database, const char *actor_id, const char *subscription_id, int64_t sequence,
                    aw_error *err)
{
    if (sequence == 0)
        return clear_all(database, actor_id, subscription_id, err);

    /* The column has 32 bits in PostgreSQL, and what a subscriber asks for may have more. */
    aw__statement s = aw__sql(
        database, "DELETE FROM subscription_diffs WHERE id = $1 AND subid = $2 AND seqnr <= CAST($3 AS BIGINT)", err);

    aw__bind_text(&s, actor_id);
    aw__bind_text(&s, subscription_id);
    aw__bind_int(&s, sequence);
    return aw__finish(&s);
}
