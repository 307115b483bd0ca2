/*
 * The table subscription_suspensions. What follows when one of them ends is src/actor/'s.
 */
#include "store/suspensions.h"

#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "store/rows.h"
#include "store/statement.h"

static void bind_key(aw__statement *s, const char *actor_id, const aw__suspension *suspension)
{
    aw__bind_text(s, actor_id);
    aw__bind_text(s, suspension->target);
    aw__bind_text(s, suspension->subtarget);
}

int aw__suspensions_insert(aw_database *database, const char *actor_id, const aw__suspension *suspension, bool *ret_new,
                           aw_error *err)
{
    aw__statement s = aw__sql(database,
                              "INSERT INTO subscription_suspensions (id, target, subtarget, suspended_at)"
                              " VALUES ($1, $2, $3, $4) ON CONFLICT (id, target, subtarget) DO NOTHING",
                              err);
    char now[AW__TIMESTAMP_BYTES];

    bind_key(&s, actor_id, suspension);
    aw__timestamp_space(aw__utc_us(), now);
    aw__bind_text(&s, now);
    int rc = aw__finish(&s);

    if (!rc)
        *ret_new = aw__changes(database) > 0;
    return rc;
}

int aw__suspensions_delete(aw_database *database, const char *actor_id, const aw__suspension *suspension,
                           bool *ret_existed, aw_error *err)
{
    aw__statement s = aw__sql(
        database, "DELETE FROM subscription_suspensions WHERE id = $1 AND target = $2 AND subtarget = $3", err);

    bind_key(&s, actor_id, suspension);
    int rc = aw__finish(&s);

    if (!rc)
        *ret_existed = aw__changes(database) > 0;
    return rc;
}

int aw__suspensions_list(aw_database *database, aw__arena *arena, const char *actor_id, aw__suspension **ret_suspensions,
                         size_t *ret_count, aw_error *err)
{
    aw__statement s = aw__sql(database,
                              "SELECT target, subtarget FROM subscription_suspensions WHERE id = $1"
                              " ORDER BY target" AW__BYTEWISE ", subtarget" AW__BYTEWISE,
                              err);
    aw__suspension *rows = NULL;
    size_t count = 0;

    aw__bind_text(&s, actor_id);
    while (aw__row(&s)) {
        rows = aw__rows_grow(&s, arena, rows, count, sizeof(*rows));
        if (!rows)
            break;
        rows[count].target = aw__column_dup(&s, arena, 0);
        rows[count].subtarget = aw__column_dup(&s, arena, 1);
        count++;
    }
    int rc = aw__finish(&s);

    if (rc)
        return rc;
    *ret_suspensions = rows;
    *ret_count = count;
    return AW_OK;
}

bool aw__suspensions_hold(const aw__suspension *suspensions, size_t count, const char *target, const char *subtarget)
{
    for (size_t i = 0; i < count; i++) {
        if (!strcmp(suspensions[i].target, target) &&
            (!*suspensions[i].subtarget || aw__text_equal(suspensions[i].subtarget, subtarget)))
            return true;
    }
    return false;
}
