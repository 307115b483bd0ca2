/*
 * The table properties. Paths into values and the order of list items are the model's.
 */
#include "store/properties.h"

#include <string.h>

#include "base/text.h"
#include "store/rows.h"
#include "store/statement.h"

enum { NAMES_AT_ONCE = 10 };

int aw__properties_get(aw_database *database, aw__arena *arena, const char *actor_id, const char *name,
                       const char **ret_value, aw_error *err)
{
    aw__statement s = aw__sql(database, "SELECT value FROM properties WHERE id = $1 AND name = $2", err);
    const char *value = NULL;
    bool found;
    int rc;

    aw__bind_text(&s, actor_id);
    aw__bind_text(&s, name);
    found = aw__row(&s);
    if (found)
        value = aw__column_dup(&s, arena, 0);
    rc = aw__finish_found(&s, found, "property");
    if (!rc)
        *ret_value = value;
    return rc;
}

/* ---- property_lookup: by which values of which properties the Python library finds actors, as when somebody logs in.
 * We only keep it right. ---- */

enum { LOOKUP_MAX_BYTES = 1024 }; /* PostgreSQL's indexes take no more than some 2700 */

static bool looked_up(const char *name)
{
    static const char *const names[] = {"oauthId", "email", "externalUserId"};

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        if (aw__text_equal(names[i], name))
            return true;
    return false;
}

static int forget_lookup(aw_database *database, const char *actor_id, const char *name, aw_error *err)
{
    aw__statement s = aw__sql(database, "DELETE FROM property_lookup WHERE actor_id = $1 AND property_name = $2", err);

    aw__bind_text(&s, actor_id);
    aw__bind_text(&s, name);
    return aw__finish(&s);
}

/* A value that leads to another actor goes on doing so. */
static int add_lookup(aw_database *database, const char *actor_id, const char *name, const char *value, aw_error *err)
{
    if (strnlen(value, LOOKUP_MAX_BYTES + 1) > LOOKUP_MAX_BYTES)
        return AW_OK;
    aw__statement s = aw__sql(database,
                              "INSERT INTO property_lookup (property_name, value, actor_id) VALUES ($1, $2, $3)"
                              " ON CONFLICT DO NOTHING",
                              err);

    aw__bind_text(&s, name);
    aw__bind_text(&s, value);
    aw__bind_text(&s, actor_id);
    return aw__finish(&s);
}

static int keep_lookup(aw_database *database, const char *actor_id, const aw__property_row *row, aw_error *err)
{
    int rc = looked_up(row->name) ? forget_lookup(database, actor_id, row->name, err) : AW_OK;

    return rc || !looked_up(row->name) ? rc : add_lookup(database, actor_id, row->name, row->value, err);
}

/* ---- setting: as few statements as there can be, of texts that are always the same ---- */

#define SET(rows)                                                                                                      \
    "INSERT INTO properties (id, name, value) VALUES " rows " ON CONFLICT (id, name) DO UPDATE SET value = excluded.value"
#define TWO  "($1, $2, $3), ($1, $4, $5)"
#define FOUR TWO ", ($1, $6, $7), ($1, $8, $9)"

static const struct {
    size_t rows;
    const char *sql;
} sets[] = {
    {8, SET(FOUR ", ($1, $10, $11), ($1, $12, $13), ($1, $14, $15), ($1, $16, $17)")},
    {4, SET(FOUR)},
    {2, SET(TWO)},
    {1, SET("($1, $2, $3)")},
};

int aw__properties_set_several(aw_database *database, const char *actor_id, const aw__property_row *rows, size_t count,
                               aw_error *err)
{
    size_t kind = 0;

    for (size_t i = 0; i < count; i += sets[kind].rows) {
        while (sets[kind].rows > count - i)
            kind++;
        aw__statement s = aw__sql(database, sets[kind].sql, err);

        aw__bind_text(&s, actor_id);
        for (size_t j = i; j < i + sets[kind].rows; j++) {
            aw__bind_text(&s, rows[j].name);
            aw__bind_text(&s, rows[j].value);
        }
        int rc = aw__finish(&s);

        for (size_t j = i; !rc && j < i + sets[kind].rows; j++)
            rc = keep_lookup(database, actor_id, &rows[j], err);
        if (rc)
            return rc;
    }
    return AW_OK;
}

int aw__properties_set(aw_database *database, const char *actor_id, const char *name, const char *value, aw_error *err)
{
    return aw__properties_set_several(database, actor_id, &(aw__property_row){.name = name, .value = value}, 1, err);
}

int aw__properties_delete(aw_database *database, const char *actor_id, const char *name, aw_error *err)
{
    aw__statement s = aw__sql(database, "DELETE FROM properties WHERE id = $1 AND name = $2", err);

    aw__bind_text(&s, actor_id);
    aw__bind_text(&s, name);
    int rc = aw__finish(&s);

    return rc || !looked_up(name) ? rc : forget_lookup(database, actor_id, name, err);
}

/* No range of names and no LIKE: the first depends on PostgreSQL's collation, the second differs in case between the
 * databases. */
int aw__properties_list(aw_database *database, aw__arena *arena, const char *actor_id, aw__property_row **ret_rows,
                        size_t *ret_count, aw_error *err)
{
    aw__statement s = aw__sql(
        database, "SELECT name, value FROM properties WHERE id = $1 AND substr(name, 1, 5) <> 'list:'"
        " ORDER BY name" AW__BYTEWISE,
        err);
    aw__property_row *rows = NULL;
    size_t count = 0;
    int rc;

    aw__bind_text(&s, actor_id);
    while (aw__row(&s)) {
        rows = aw__rows_grow(&s, arena, rows, count, sizeof(*rows));
        if (!rows)
            break;
        rows[count].name = aw__column_dup(&s, arena, 0);
        rows[count].value = aw__column_dup(&s, arena, 1);
        count++;
    }
    rc = aw__finish(&s);
    if (rc)
        return rc;
    *ret_rows = rows;
    *ret_count = count;
    return AW_OK;
}

int aw__properties_is_list(aw_database *database, const char *actor_id, const char *name, bool *ret_is_list,
                           aw_error *err)
{
    aw__statement s =
        aw__sql(database, "SELECT 1 FROM properties WHERE id = $1 AND name = 'list:' || $2 || '-meta'", err);
    bool found;
    int rc;

    aw__bind_text(&s, actor_id);
    aw__bind_text(&s, name);
    found = aw__row(&s);
    rc = aw__finish(&s);
    if (!rc)
        *ret_is_list = found;
    return rc;
}

/* ---- several names at once ---- */

#define META(parameter) "'list:' || " parameter " || '-meta'"

/* Up to NAMES_AT_ONCE; the last of fewer stands in for those that are not there. */
static int any_of_some(aw_database *database, const char *actor_id, const char *const *names, size_t count, bool *ret_any,
                       aw_error *err)
{
    aw__statement s = aw__sql(database,
                              "SELECT 1 FROM properties WHERE id = $1 AND name IN (" META("$2") ", " META("$3") ", "
                              META("$4") ", " META("$5") ", " META("$6") ", " META("$7") ", " META("$8") ", " META("$9")
                              ", " META("$10") ", " META("$11") ") LIMIT 1",
                              err);
    bool found;
    int rc;

    aw__bind_text(&s, actor_id);
    for (size_t i = 0; i < NAMES_AT_ONCE; i++)
        aw__bind_text(&s, names[i < count ? i : count - 1]);
    found = aw__row(&s);
    rc = aw__finish(&s);
    if (!rc)
        *ret_any = found;
    return rc;
}

int aw__properties_any_list(aw_database *database, const char *actor_id, const char *const *names, size_t count,
                            bool *ret_any, aw_error *err)
{
    bool any = false;

    for (size_t i = 0; i < count && !any; i += NAMES_AT_ONCE) {
        size_t some = count - i < NAMES_AT_ONCE ? count - i : NAMES_AT_ONCE;
        int rc = some == 1 ? aw__properties_is_list(database, actor_id, names[i], &any, err)
                           : any_of_some(database, actor_id, names + i, some, &any, err);

        if (rc)
            return rc;
    }
    *ret_any = any;
    return AW_OK;
}
