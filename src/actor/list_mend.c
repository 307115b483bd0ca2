/*
 * Mending lists, in one transaction each. How they are found is verify_properties.c's.
 */
#include "actor/list_mend.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "model/rank.h"

struct mending {
    const aw__list_rows *rows;
    aw__list_meta meta;
    aw__list_row *ranked, *indexed;
    size_t ranked_count, indexed_count;
    bool changed;
};

/* *ret_there: there is a description; it cannot be read when the meta is empty. */
static int read_meta(struct mending *m, bool *ret_there, aw_error *err)
{
    const char *text = NULL;
    aw_error why = {0};
    int rc = aw__list_rows_get_meta(m->rows, &text, &why);

    *ret_there = rc == AW_OK;
    if (rc == AW_OK)
        rc = aw__list_meta_parse(text, &m->meta, &why);
    if (rc == AW_OK || rc == AW_E_NOT_FOUND || (*ret_there && rc != AW_E_NOMEM))
        return AW_OK;
    *err = why;
    return rc;
}

static int read_items(struct mending *m, aw_error *err)
{
    int rc = aw__list_rows_ranks(m->rows, &m->ranked, &m->ranked_count, err);

    return rc ? rc : aw__list_rows_indexed(m->rows, &m->indexed, &m->indexed_count, err);
}

/* An older list has an item of each index below its length, and no others. */
static bool is_whole(const struct mending *m)
{
    int64_t index;

    for (size_t i = 0; i < m->indexed_count; i++)
        if (!aw__text_to_int(m->indexed[i].rank, (int64_t)i, (int64_t)i, &index))
            return false;
    return (int64_t)m->indexed_count == m->meta.length;
}

/* Its items, up to an index, get ranks, and the others go. */
static int upgrade(struct mending *m, int64_t length, aw_error *err)
{
    char rank[AW__RANK_SIZE];
    int64_t index;
    size_t kept = 0;
    int rc = AW_OK;

    while (rc == AW_OK && kept < m->indexed_count &&
           aw__text_to_int(m->indexed[kept].rank, 0, length - 1, &index)) {
        if (aw__rank_between(kept ? rank : NULL, NULL, rank))
            return aw__fail(err, AW_E_TOO_LARGE, "a list has more items than there are ranks");
        rc = aw__list_rows_upgrade(m->rows, m->indexed[kept++].rank, rank, err);
    }
    if (rc == AW_OK)
        rc = aw__list_rows_clear_indexed(m->rows, err);
    if (rc == AW_OK)
        rc = aw__list_meta_upgrade(&m->meta, err);
    m->changed = true;
    m->indexed_count = 0;
    return rc ? rc : aw__list_rows_ranks(m->rows, &m->ranked, &m->ranked_count, err);
}

/* What a change of the layout that was interrupted has left of the other one. */
static int clear_leftovers(struct mending *m, aw_error *err)
{
    int rc = AW_OK;

    if (m->meta.ranked && m->indexed_count) {
        rc = aw__list_rows_clear_indexed(m->rows, err);
        m->changed = true;
        m->indexed_count = 0;
    } else if (!m->meta.ranked) {
        for (size_t i = 0; rc == AW_OK && i < m->ranked_count; i++)
            rc = aw__list_rows_delete(m->rows, m->ranked[i].rank, err);
        m->changed = m->changed || m->ranked_count > 0;
        m->ranked_count = 0;
    }
    return rc;
}

static bool ranks_are_valid(const struct mending *m)
{
    for (size_t i = 0; i < m->ranked_count; i++)
        if (!aw__rank_valid(m->ranked[i].rank))
            return false;
    return true;
}

/* Out of the way, to names that end in "-", which no item's does. */
static int set_aside(struct mending *m, aw_error *err)
{
    int rc = AW_OK;

    for (size_t i = 0; rc == AW_OK && i < m->ranked_count; i++) {
        const char *aside = aw__arena_printf(m->rows->arena, "%s-", m->ranked[i].rank);

        rc = aside ? aw__list_rows_rename(m->rows, m->ranked[i].rank, aside, err) : aw__fail_nomem(err);
        m->ranked[i].rank = aside;
    }
    return rc;
}

/* New ranks for all, where possible beyond those that they have, so that an old handle leads to nothing. */
static int renumber(struct mending *m, aw_error *err)
{
    char rank[AW__RANK_SIZE];
    bool beyond = aw__rank_beyond(m->ranked[m->ranked_count - 1].rank, rank) == AW_OK;
    int rc = beyond ? AW_OK : set_aside(m, err);

    for (size_t i = 0; rc == AW_OK && i < m->ranked_count; i++) {
        if ((i || !beyond) && aw__rank_between(i ? rank : NULL, NULL, rank))
            return aw__fail(err, AW_E_TOO_LARGE, "a list has more items than there are ranks");
        rc = aw__list_rows_rename(m->rows, m->ranked[i].rank, rank, err);
    }
    m->changed = true;
    return rc;
}

static int mend(struct mending *m, bool there, aw_error *err)
{
    int rc = AW_OK;

    if (!there && !m->ranked_count && !m->indexed_count)
        return AW_OK; /* it was deleted meanwhile */
    if (!m->meta.json) {
        rc = aw__list_meta_new(&m->meta, err);
        if (rc == AW_OK && !m->ranked_count)
            rc = upgrade(m, INT64_MAX, err);
        m->changed = true;
    }
    if (rc == AW_OK)
        rc = clear_leftovers(m, err);
    if (rc == AW_OK && !m->meta.ranked && !is_whole(m))
        rc = upgrade(m, m->meta.length, err);
    if (rc == AW_OK && m->meta.ranked && !ranks_are_valid(m))
        rc = renumber(m, err);
    if (rc == AW_OK && m->meta.ranked && m->meta.hint != (int64_t)m->ranked_count)
        m->changed = true;
    if (rc || !m->changed)
        return rc;
    return aw__list_meta_write(m->rows, &m->meta, (int64_t)(m->meta.ranked ? m->ranked_count : m->indexed_count), err);
}

int aw__list_mend(const aw__list_rows *rows, aw_error *err)
{
    struct mending m = {.rows = rows};
    bool there = false;
    int rc = read_meta(&m, &there, err);

    if (rc == AW_OK)
        rc = read_items(&m, err);
    if (rc == AW_OK)
        rc = mend(&m, there, err);
    aw__list_meta_dispose(&m.meta);
    return rc;
}
