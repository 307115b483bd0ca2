/*
 * List properties, each question in a read of its own.
 */
#include "actor/list.h"

#include "base/error.h"

enum question { ITEMS, ITEM, ENTRIES, INFO, INFOS };

/* What one of them answers. */
struct reading {
    enum question question;
    aw__list_source source;
    const aw__list_place *place;
    bool with_items;
    json_t *value;
    aw__list_entry *entries;
    aw__list_info *infos;
    aw__list_info info;
    size_t count;
};

static int answer(aw_database *database, void *arg, aw_error *err)
{
    struct reading *r = arg;

    r->source.database = database;
    json_decref(r->value);
    r->value = NULL;
    switch (r->question) {
    case ITEMS:
        return aw__list_read_items(&r->source, &r->value, err);
    case ITEM:
        return aw__list_read_item(&r->source, r->place, &r->value, err);
    case ENTRIES:
        return aw__list_read_entries(&r->source, &r->entries, &r->count, err);
    case INFO:
        return aw__list_read_info(&r->source, &r->info, err);
    case INFOS:
        break;
    }
    return aw__list_read_infos(&r->source, r->with_items, &r->infos, &r->count, err);
}

/* ITEMS and ITEM need no arena but their own. */
static int ask_value(aw__site *site, struct reading *r, json_t **ret_value, aw_error *err)
{
    r->source.arena = aw__arena_new();
    int rc = r->source.arena ? aw__store_read(site->store, answer, r, err) : aw__fail_nomem(err);

    aw__arena_free(r->source.arena);
    if (rc)
        json_decref(r->value);
    else
        *ret_value = r->value;
    return rc;
}

int aw__list_get_items(aw__site *site, aw__list_source source, json_t **ret_items, aw_error *err)
{
    struct reading r = {.question = ITEMS, .source = source};

    return ask_value(site, &r, ret_items, err);
}

int aw__list_get_item(aw__site *site, aw__list_source source, const aw__list_place *place, json_t **ret_item,
                      aw_error *err)
{
    struct reading r = {.question = ITEM, .source = source, .place = place};

    return ask_value(site, &r, ret_item, err);
}

int aw__list_get_entries(aw__site *site, aw__list_source source, aw__list_entry **ret_entries, size_t *ret_count,
                         aw_error *err)
{
    struct reading r = {.question = ENTRIES, .source = source};
    int rc = aw__store_read(site->store, answer, &r, err);

    if (rc)
        return rc;
    *ret_entries = r.entries;
    *ret_count = r.count;
    return AW_OK;
}

int aw__list_get_info(aw__site *site, aw__list_source source, aw__list_info *ret_info, aw_error *err)
{
    struct reading r = {.question = INFO, .source = source};
    int rc = aw__store_read(site->store, answer, &r, err);

    if (rc == AW_OK)
        *ret_info = r.info;
    return rc;
}

int aw__list_get_infos(aw__site *site, aw__list_source source, bool with_items, aw__list_info **ret_infos,
                       size_t *ret_count, aw_error *err)
{
    struct reading r = {.question = INFOS, .source = source, .with_items = with_items};
    int rc = aw__store_read(site->store, answer, &r, err);

    if (rc)
        return rc;
    *ret_infos = r.infos;
    *ret_count = r.count;
    return AW_OK;
}
