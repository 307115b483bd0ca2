/*
 * The meta row. Members that are not known here are kept as they are.
 */
#include "actor/list_meta.h"

#include <string.h>

#include "actor/stored.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"

void aw__list_meta_dispose(aw__list_meta *meta)
{
    json_decref(meta->json);
    meta->json = NULL;
}

/* Without a zone, as the reference writes it; in UTC. */
static void now_text(char out[AW__TIMESTAMP_BYTES])
{
    aw__timestamp_space(aw__utc_us(), out);
    out[strcspn(out, " ")] = 'T';
}

int aw__list_meta_new(aw__list_meta *ret_meta, aw_error *err)
{
    char now[AW__TIMESTAMP_BYTES];

    now_text(now);
    json_t *json = json_pack("{s:i, s:s, s:s, s:s, s:i, s:s, s:i, s:s, s:s, s:b}", "format", 2, "created_at", now,
                             "updated_at", now, "item_type", "json", "chunk_size", 1, "version", "1.0", "count_hint", 0,
                             "description", "", "explanation", "", "format_ever_changed", 0);

    if (!json)
        return aw__fail_nomem(err);
    *ret_meta = (aw__list_meta){.json = json, .ranked = true};
    return AW_OK;
}

int aw__list_meta_parse(const char *text, aw__list_meta *ret_meta, aw_error *err)
{
    aw__list_meta meta = {.hint = -1};
    int64_t format = 1;
    int rc = aw__stored_parse(text, &meta.json, err);

    if (rc)
        return rc;
    if (!json_is_object(meta.json)) {
        json_decref(meta.json);
        return aw__fail(err, AW_E_STORE, "the store holds a list whose description is damaged");
    }
    (void)aw__json_get_int(meta.json, "format", &format);
    (void)aw__json_get_int(meta.json, "length", &meta.length);
    (void)aw__json_get_int(meta.json, "count_hint", &meta.hint);
    meta.ranked = format == 2;
    *ret_meta = meta;
    return AW_OK;
}

int aw__list_meta_read(const aw__list_rows *rows, aw__list_meta *ret_meta, aw_error *err)
{
    const char *text = NULL;
    int rc = aw__list_rows_get_meta(rows, &text, err);

    return rc ? rc : aw__list_meta_parse(text, ret_meta, err);
}

int aw__list_meta_write(const aw__list_rows *rows, aw__list_meta *meta, int64_t count, aw_error *err)
{
    char now[AW__TIMESTAMP_BYTES];
    char *text = NULL;

    now_text(now);
    if (aw__json_set_text(meta->json, "updated_at", now) == 0 &&
        json_object_set_new(meta->json, "count_hint", json_integer(count)) == 0)
        text = aw__json_text(meta->json);
    int rc = text ? aw__list_rows_set_meta(rows, text, err) : aw__fail_nomem(err);

    aw__free(text);
    return rc;
}

int aw__list_meta_upgrade(aw__list_meta *meta, aw_error *err)
{
    (void)json_object_del(meta->json, "length");
    if (json_object_set_new(meta->json, "format", json_integer(2)) ||
        json_object_set_new(meta->json, "format_ever_changed", json_true()))
        return aw__fail_nomem(err);
    meta->ranked = true;
    return AW_OK;
}

const char *aw__list_meta_text(const aw__list_meta *meta, const char *key)
{
    return aw__json_get_text(meta->json, key, "");
}
