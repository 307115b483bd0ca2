/*
 * The table outbox_queues. The rows of subscriptions and actors that are deleted go with them (subscriptions.c,
 * actors.c).
 */
#include "store/outbox_queues.h"

#include <string.h>

#include "base/error.h"
#include "store/rows.h"
#include "store/statement.h"

#define THIS_ONE "id = $1 AND peerid = $2 AND subid = $3"

static void bind_queue(aw__statement *s, const aw__outbox_queue *queue)
{
    aw__bind_text(s, queue->actor_id);
    aw__bind_text(s, queue->peer_id);
    aw__bind_text(s, queue->subscription_id);
}

/* Where one transaction writes at a time, what it has looked at stays so until its end, and looking costs less than
 * changing a row to what it is. */
static bool writes_alone(const aw_database *database)
{
    return !database->driver->many_writers;
}

static int find(aw_database *database, const aw__outbox_queue *queue, const char *owner, bool *ret_there, bool *ret_ours,
                aw_error *err)
{
    aw__statement s = aw__sql(database, "SELECT owner FROM outbox_queues WHERE " THIS_ONE, err);

    bind_queue(&s, queue);
    bool there = aw__row(&s), ours = there && strcmp(aw__column_text(&s, 0), owner) == 0;
    int rc = aw__finish(&s);

    if (rc)
        return rc;
    *ret_there = there;
    *ret_ours = ours;
    return AW_OK;
}

static int insert(aw_database *database, const aw__outbox_queue *queue, const char *owner, aw_error *err)
{
    aw__statement s =
        aw__sql(database, "INSERT INTO outbox_queues (id, peerid, subid, owner) VALUES ($1, $2, $3, $4)", err);

    bind_queue(&s, queue);
    aw__bind_text(&s, owner);
    return aw__finish(&s);
}

/* The row that is there is changed to what it is: a release that goes on at the same time has to see that, as it would
 * not see the row of the outbox. */
static int claim_beside_others(aw_database *database, const aw__outbox_queue *queue, const char *owner, bool *ret_ours,
                               aw_error *err)
{
    aw__statement s = aw__sql(database,
                              "INSERT INTO outbox_queues (id, peerid, subid, owner) VALUES ($1, $2, $3, $4)"
                              " ON CONFLICT (id, peerid, subid) DO UPDATE SET owner = outbox_queues.owner"
                              " RETURNING owner",
                              err);

    bind_queue(&s, queue);
    aw__bind_text(&s, owner);
    bool ours = aw__row(&s) && strcmp(aw__column_text(&s, 0), owner) == 0;
    int rc = aw__finish(&s);

    if (!rc)
        *ret_ours = ours;
    return rc;
}

static int claim_alone(aw_database *database, const aw__outbox_queue *queue, const char *owner, bool *ret_ours,
                       aw_error *err)
{
    bool there = false, ours = false;
    int rc = find(database, queue, owner, &there, &ours, err);

    if (rc == AW_OK && !there) {
        rc = insert(database, queue, owner, err);
        ours = true;
    }
    if (!rc)
        *ret_ours = ours;
    return rc;
}

int aw__outbox_queues_claim(aw_database *database, const aw__outbox_queue *queue, const char *owner, bool *ret_ours,
                            aw_error *err)
{
    return writes_alone(database) ? claim_alone(database, queue, owner, ret_ours, err)
                                  : claim_beside_others(database, queue, owner, ret_ours, err);
}

/* ---- letting go ---- */

/* Until the end of the transaction nobody else changes the row, and what was stored for it is seen by what comes
 * next. */
static int touch(aw_database *database, const aw__outbox_queue *queue, const char *owner, bool *ret_ours, aw_error *err)
{
    aw__statement s =
        aw__sql(database, "UPDATE outbox_queues SET owner = owner WHERE " THIS_ONE " AND owner = $4", err);

    bind_queue(&s, queue);
    aw__bind_text(&s, owner);
    int rc = aw__finish(&s);

    if (!rc)
        *ret_ours = aw__changes(database) > 0;
    return rc;
}

static int lock(aw_database *database, const aw__outbox_queue *queue, const char *owner, bool *ret_ours, aw_error *err)
{
    bool there;

    return writes_alone(database) ? find(database, queue, owner, &there, ret_ours, err)
                                  : touch(database, queue, owner, ret_ours, err);
}

static int list_left(aw_database *database, aw__arena *arena, const aw__outbox_queue *queue, int limit,
                     int64_t **ret_sequences, size_t *ret_count, aw_error *err)
{
    aw__statement s =
        aw__sql(database, "SELECT seqnr FROM outbox WHERE " THIS_ONE " ORDER BY seqnr LIMIT $4", err);
    int64_t *sequences = NULL;
    size_t count = 0;

    bind_queue(&s, queue);
    aw__bind_int(&s, limit);
    while (aw__row(&s)) {
        sequences = aw__rows_grow(&s, arena, sequences, count, sizeof(*sequences));
        if (!sequences)
            break;
        sequences[count++] = aw__column_int(&s, 0);
    }
    int rc = aw__finish(&s);

    if (rc)
        return rc;
    *ret_sequences = sequences;
    *ret_count = count;
    return AW_OK;
}

static int delete_row(aw_database *database, const aw__outbox_queue *queue, aw_error *err)
{
    aw__statement s = aw__sql(database, "DELETE FROM outbox_queues WHERE " THIS_ONE, err);

    bind_queue(&s, queue);
    return aw__finish(&s);
}

int aw__outbox_queues_release(aw_database *database, aw__arena *arena, const aw__outbox_queue *queue, const char *owner,
                              int limit, int64_t **ret_sequences, size_t *ret_count, aw_error *err)
{
    int64_t *sequences = NULL;
    size_t count = 0;
    bool ours = false;
    int rc = lock(database, queue, owner, &ours, err);

    if (rc == AW_OK && ours)
        rc = list_left(database, arena, queue, limit, &sequences, &count, err);
    if (rc == AW_OK && ours && !count)
        rc = delete_row(database, queue, err);
    if (rc)
        return rc;
    *ret_sequences = sequences;
    *ret_count = count;
    return AW_OK;
}

/* ---- taking ---- */

/* Owners are few, and each is found by one step in the index: the next one after `after`, with how many rows it has in
 * servers. *ret_owner is NULL after the last. */
static int next_owner(aw_database *database, aw__arena *arena, const char *after, const char **ret_owner, bool *ret_alive,
                      aw_error *err)
{
    aw__statement s = aw__sql(database,
                              "SELECT owner, (SELECT count(*) FROM servers WHERE server_id = owner) FROM outbox_queues"
                              " WHERE owner > $1 ORDER BY owner LIMIT 1",
                              err);
    const char *owner = NULL;
    bool alive = false;

    aw__bind_text(&s, after);
    if (aw__row(&s)) {
        owner = aw__column_dup(&s, arena, 0);
        alive = aw__column_int(&s, 1) > 0;
    }
    int rc = aw__finish(&s);

    if (rc)
        return rc;
    *ret_owner = owner;
    *ret_alive = alive;
    return AW_OK;
}

static int has_ownerless(aw_database *database, bool *ret_some, aw_error *err)
{
    aw__statement s = aw__sql(database, "SELECT owner FROM outbox_queues WHERE owner = $1 LIMIT 1", err);

    aw__bind_text(&s, "");
    bool some = aw__row(&s);
    int rc = aw__finish(&s);

    if (!rc)
        *ret_some = some;
    return rc;
}

/* "" or the first owner that has no row in servers; NULL when all live. */
static int find_dead_owner(aw_database *database, aw__arena *arena, const char **ret_owner, aw_error *err)
{
    const char *owner = "";
    bool found = false, alive = true;
    int rc = has_ownerless(database, &found, err);

    while (rc == AW_OK && !found && owner) {
        rc = next_owner(database, arena, owner, &owner, &alive, err);
        found = rc == AW_OK && owner && !alive;
    }
    if (rc == AW_OK)
        *ret_owner = owner;
    return rc;
}

int aw__outbox_queues_orphaned(aw_database *database, aw__arena *arena, bool *ret_orphaned, aw_error *err)
{
    const char *owner = NULL;
    int rc = find_dead_owner(database, arena, &owner, err);

    if (!rc)
        *ret_orphaned = owner != NULL;
    return rc;
}

static void read_queue(aw__statement *s, aw__arena *arena, aw__outbox_queue *queue)
{
    queue->actor_id = aw__column_dup(s, arena, 0);
    queue->peer_id = aw__column_dup(s, arena, 1);
    queue->subscription_id = aw__column_dup(s, arena, 2);
}

static int list_queues(aw_database *database, aw__arena *arena, const char *owner, int limit, aw__outbox_taking *taking,
                       aw_error *err)
{
    aw__statement s = aw__sql(database,
                              "SELECT id, peerid, subid FROM outbox_queues WHERE owner = $1"
                              " ORDER BY id, peerid, subid LIMIT $2 FOR UPDATE SKIP LOCKED",
                              err);

    aw__bind_text(&s, owner);
    aw__bind_int(&s, limit);
    while (aw__row(&s)) {
        taking->queues = aw__rows_grow(&s, arena, taking->queues, taking->queue_count, sizeof(*taking->queues));
        if (!taking->queues)
            break;
        read_queue(&s, arena, &taking->queues[taking->queue_count]);
        taking->queue_count++;
    }
    return aw__finish(&s);
}

static int set_owner(aw_database *database, const aw__outbox_queue *queue, const char *owner, aw_error *err)
{
    aw__statement s = aw__sql(database, "UPDATE outbox_queues SET owner = $4 WHERE " THIS_ONE, err);

    bind_queue(&s, queue);
    aw__bind_text(&s, owner);
    return aw__finish(&s);
}

static int list_due(aw_database *database, aw__arena *arena, const char *owner, int limit, aw__outbox_taking *taking,
                    aw_error *err)
{
    aw__statement s = aw__sql(database,
                              "SELECT q.id, q.peerid, q.subid, o.seqnr FROM outbox_queues q JOIN outbox o"
                              " ON o.id = q.id AND o.peerid = q.peerid AND o.subid = q.subid WHERE q.owner = $1"
                              " ORDER BY q.id, q.peerid, q.subid, o.seqnr LIMIT $2",
                              err);

    aw__bind_text(&s, owner);
    aw__bind_int(&s, limit);
    while (aw__row(&s)) {
        taking->due = aw__rows_grow(&s, arena, taking->due, taking->due_count, sizeof(*taking->due));
        if (!taking->due)
            break;
        read_queue(&s, arena, &taking->due[taking->due_count].queue);
        taking->due[taking->due_count].sequence = aw__column_int(&s, 3);
        taking->due_count++;
    }
    return aw__finish(&s);
}

static int rename_owner(aw_database *database, const char *from, const char *to, aw_error *err)
{
    aw__statement s = aw__sql(database, "UPDATE outbox_queues SET owner = $1 WHERE owner = $2", err);

    aw__bind_text(&s, to);
    aw__bind_text(&s, from);
    return aw__finish(&s);
}

/* Under a name that lives in this transaction only, so that what they have due is read at once, and nothing else. */
int aw__outbox_queues_take(aw_database *database, aw__arena *arena, const char *owner, int queue_limit, int due_limit,
                           aw__outbox_taking *ret_taking, aw_error *err)
{
    aw__outbox_taking taking = {0};
    const char *taken = aw__arena_printf(arena, "%s taking", owner), *from = NULL;
    int rc = taken ? find_dead_owner(database, arena, &from, err) : aw__fail_nomem(err);

    if (rc == AW_OK && from)
        rc = list_queues(database, arena, from, queue_limit, &taking, err);
    for (size_t i = 0; rc == AW_OK && i < taking.queue_count; i++)
        rc = set_owner(database, &taking.queues[i], taken, err);
    if (rc == AW_OK && taking.queue_count)
        rc = list_due(database, arena, taken, due_limit, &taking, err);
    if (rc == AW_OK && taking.queue_count)
        rc = rename_owner(database, taken, owner, err);
    if (!rc)
        *ret_taking = taking;
    return rc;
}
