/*
 * Lists among remote data. What is no list is remote.c's.
 */
#include "actor/remote_list.h"

#include <string.h>

#include "actor/stored.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "store/attributes.h"

enum { INDEX_MAX = 1000000, META = AW__REMOTE_META };

static const char prefix[] = "list:";

bool aw__remote_list_row(const char *row_name, size_t *ret_at, size_t *ret_bytes, int64_t *ret_index)
{
    const size_t at = sizeof(prefix) - 1;
    const char *last = strrchr(row_name, ':');

    if (!aw__text_starts(row_name, prefix) || last <= row_name + at)
        return false;
    *ret_index = META;
    if (strcmp(last + 1, "meta") && !aw__text_to_int(last + 1, 0, INDEX_MAX, ret_index))
        return false;
    *ret_at = at;
    *ret_bytes = (size_t)(last - row_name) - at;
    return true;
}

const char *aw__remote_list_prefix(const aw__remote_list *list)
{
    return aw__arena_printf(list->arena, "%s%s:", prefix, list->name);
}

static const char *row_name(const aw__remote_list *list, int64_t index)
{
    if (index == META)
        return aw__arena_printf(list->arena, "%s%s:meta", prefix, list->name);
    return aw__arena_printf(list->arena, "%s%s:%lld", prefix, list->name, (long long)index);
}

/* ---- rows ---- */

int aw__remote_list_exists(const aw__remote_list *list, bool *ret_exists, aw_error *err)
{
    const char *meta = row_name(list, META);
    aw__attribute_row row;
    aw_error why = {0};

    if (!meta)
        return aw__fail_nomem(err);
    int rc = aw__attributes_get(list->database, list->arena, list->actor_id, list->bucket, meta, &row, &why);

    if (rc && rc != AW_E_NOT_FOUND) {
        *err = why;
        return rc;
    }
    *ret_exists = rc == AW_OK;
    return AW_OK;
}

/* Its rows, and those of lists whose names begin with its name and a colon; is_own() tells. */
static int read_rows(const aw__remote_list *list, aw__attribute_row **ret_rows, size_t *ret_count, aw_error *err)
{
    const char *begin = aw__remote_list_prefix(list);

    if (!begin)
        return aw__fail_nomem(err);
    return aw__attributes_list(list->database, list->arena, list->actor_id, list->bucket, begin, ret_rows, ret_count,
                               err);
}

static bool is_own(const aw__remote_list *list, const aw__attribute_row *row, int64_t *ret_index)
{
    size_t at, bytes;

    return aw__remote_list_row(row->name, &at, &bytes, ret_index) && bytes == strlen(list->name);
}

int aw__remote_list_delete(const aw__remote_list *list, aw_error *err)
{
    aw__attribute_row *rows = NULL;
    size_t count = 0;
    int64_t index;
    int rc = read_rows(list, &rows, &count, err);

    for (size_t i = 0; rc == AW_OK && i < count; i++)
        if (is_own(list, &rows[i], &index))
            rc = aw__attributes_delete(list->database, list->actor_id, list->bucket, rows[i].name, err);
    return rc;
}

/* The texts of its rows by index, NULL where there is none. */
static int read_texts(const aw__remote_list *list, const char ***ret_texts, size_t *ret_count, aw_error *err)
{
    aw__attribute_row *rows = NULL;
    size_t count = 0, end = 0;
    int64_t index;
    int rc = read_rows(list, &rows, &count, err);

    if (rc)
        return rc;
    for (size_t i = 0; i < count; i++)
        if (is_own(list, &rows[i], &index) && index >= 0 && (size_t)index >= end)
            end = (size_t)index + 1;
    const char **texts = aw__arena_alloc(list->arena, (end + 1) * sizeof(*texts));

    if (!texts)
        return aw__fail_nomem(err);
    for (size_t i = 0; i < count; i++)
        if (is_own(list, &rows[i], &index) && index >= 0)
            texts[index] = rows[i].data;
    *ret_texts = texts;
    *ret_count = end;
    return AW_OK;
}

static int set_row(const aw__remote_list *list, int64_t index, const json_t *value, const char *old, aw_error *err)
{
    const char *name = row_name(list, index);
    char *text = aw__json_text(value);
    int rc = AW_OK;

    if (!name || !text)
        rc = aw__fail_nomem(err);
    else if (!old || strcmp(old, text))
        rc = aw__attributes_set(list->database, list->actor_id, list->bucket, name, text, 0, err);
    aw__free(text);
    return rc;
}

/* The members are those that the reference writes; it counts on "length". */
static int set_meta(const aw__remote_list *list, size_t length, aw_error *err)
{
    char now[AW__TIMESTAMP_BYTES];

    aw__timestamp_iso(aw__utc_us(), now);
    json_t *meta = json_pack("{s:I, s:s, s:s, s:s, s:i, s:s, s:s, s:s}", "length", (json_int_t)length, "created_at", now,
                             "updated_at", now, "item_type", "json", "chunk_size", 1, "version", "1.0", "description",
                             "", "explanation", "");
    int rc = meta ? set_row(list, META, meta, NULL, err) : aw__fail_nomem(err);

    json_decref(meta);
    return rc;
}

int aw__remote_list_set(const aw__remote_list *list, json_t *items, aw_error *err)
{
    const char **old = NULL;
    size_t old_count = 0, count = json_array_size(items);
    int rc = read_texts(list, &old, &old_count, err);

    for (size_t i = 0; rc == AW_OK && i < count; i++)
        rc = set_row(list, (int64_t)i, json_array_get(items, i), i < old_count ? old[i] : NULL, err);
    for (size_t i = count; rc == AW_OK && i < old_count; i++) {
        const char *name = row_name(list, (int64_t)i);

        rc = name ? aw__attributes_delete(list->database, list->actor_id, list->bucket, name, err)
                  : aw__fail_nomem(err);
    }
    return rc ? rc : set_meta(list, count, err);
}

int aw__remote_list_read(const aw__remote_list *list, json_t **ret_items, aw_error *err)
{
    const char **texts = NULL;
    size_t count = 0;
    int rc = read_texts(list, &texts, &count, err);
    json_t *items = rc ? NULL : json_array();

    if (rc == AW_OK && !items)
        rc = aw__fail_nomem(err);
    for (size_t i = 0; rc == AW_OK && i < count; i++) {
        json_t *item = json_null();

        if (texts[i])
            rc = aw__stored_parse(texts[i], &item, err);
        if (rc == AW_OK && json_array_append_new(items, item))
            rc = aw__fail_nomem(err);
    }
    if (rc) {
        json_decref(items);
        return rc;
    }
    *ret_items = items;
    return AW_OK;
}

/* ---- changes ---- */

bool aw__remote_list_is_change(const json_t *value)
{
    return json_is_string(json_object_get(value, "list")) && json_is_string(json_object_get(value, "operation"));
}

bool aw__remote_list_may_be_change(const json_t *value)
{
    static const char *const words[] = {"add", "update", "delete", "metadata_update"};
    const char *word = aw__json_get_text(value, "action", "");

    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
        if (!strcmp(word, words[i]))
            return true;
    return json_object_size(value) == 2 && json_object_get(value, "index") && json_object_get(value, "value");
}

/* What a change does to the items. */
struct edit {
    json_t *items;
    json_t *change;
    json_t *item;  /* NULL when the change has none */
    size_t length;
    size_t index;  /* of an existing item, or length when the change names none that exists */
    bool at_end;   /* the change names the place behind the last item */
};

static bool fits(const struct edit *edit)
{
    return edit->index < edit->length;
}

static int append(struct edit *edit)
{
    return edit->item ? json_array_append(edit->items, edit->item) : 1;
}

static int insert(struct edit *edit)
{
    return edit->item && (fits(edit) || edit->at_end) ? json_array_insert(edit->items, edit->index, edit->item) : 1;
}

/* By the old value when the publisher tells it and it is there just once: its place may have moved. */
static int update(struct edit *edit)
{
    json_t *old = json_object_get(edit->change, "old_item");
    size_t at = edit->index, matches = 0;

    if (!edit->item)
        return 1;
    for (size_t i = 0; old && i < edit->length; i++)
        if (json_equal(json_array_get(edit->items, i), old) && ++matches == 1)
            at = i;
    if (matches > 1)
        at = edit->index;
    if (at == edit->length && edit->at_end)
        return append(edit);
    return at < edit->length ? json_array_set(edit->items, at, edit->item) : 1;
}

static int extend(struct edit *edit)
{
    json_t *more = json_object_get(edit->change, "items");

    return json_is_array(more) ? json_array_extend(edit->items, more) : 1;
}

static int delete(struct edit *edit)
{
    return fits(edit) ? json_array_remove(edit->items, edit->index) : 1;
}

static int pop(struct edit *edit)
{
    if (!json_object_get(edit->change, "index") && edit->length)
        edit->index = edit->length - 1;
    return delete(edit);
}

static int remove_item(struct edit *edit)
{
    for (size_t i = 0; edit->item && i < edit->length; i++)
        if (json_equal(json_array_get(edit->items, i), edit->item))
            return json_array_remove(edit->items, i);
    return 1;
}

static int clear(struct edit *edit)
{
    return json_array_clear(edit->items);
}

static int nothing(struct edit *edit)
{
    (void)edit;
    return 0;
}

/* Each returns 0, 1 when the change does not fit, -1 when out of memory. */
static const struct operation {
    const char *name;
    int (*apply)(struct edit *edit);
} operations[] = {
    {"append", append},  {"add", append},   {"insert", insert},      {"update", update},
    {"extend", extend},  {"delete", delete}, {"pop", pop},           {"remove", remove_item},
    {"clear", clear},    {"metadata", nothing}, {"metadata_update", nothing},
};

/* {"index","value"} without a word is how the reference's HTTP route tells of an item that was set. */
static const char *operation_of(const json_t *change)
{
    const char *word = aw__json_get_text(change, "operation", NULL);

    return word ? word : aw__json_get_text(change, "action", json_object_get(change, "index") ? "update" : "");
}

static struct edit edit_of(json_t *items, json_t *change)
{
    struct edit edit = {.items = items, .change = change, .length = json_array_size(items)};
    int64_t index;

    edit.item = json_object_get(change, "item");
    if (!edit.item)
        edit.item = json_object_get(change, "value");
    edit.index = edit.length;
    if (aw__json_get_int(change, "index", &index)) {
        if (index < 0)
            index += (int64_t)edit.length;
        edit.at_end = index == (int64_t)edit.length;
        if (index >= 0 && index < (int64_t)edit.length)
            edit.index = (size_t)index;
    }
    return edit;
}

/* The specification's form says how long the list is now. */
static bool is_as_long(const json_t *change, size_t length)
{
    int64_t said;

    return !aw__json_get_int(change, "length", &said) || said == (int64_t)length;
}

static bool is_append(const char *word)
{
    return !strcmp(word, "append") || !strcmp(word, "add");
}

/* An item that was appended says where it is now, sometimes. */
static bool is_in_place(const json_t *change, const char *word, size_t length)
{
    int64_t index;

    return !is_append(word) || !aw__json_get_int(change, "index", &index) || index == (int64_t)length - 1;
}

/* What is appended most often needs no look at the other items. *ret_length is the list's afterwards; untouched when
 * that is not to be had from its meta row alone. */
static int append_quickly(const aw__remote_list *list, json_t *change, size_t *ret_length, aw_error *err)
{
    const char *meta = row_name(list, META);
    json_t *item = json_object_get(change, "item"), *stored = NULL;
    aw__attribute_row row = {0};
    aw_error why = {0};
    int64_t length = -1;

    if (!meta)
        return aw__fail_nomem(err);
    int rc = aw__attributes_get(list->database, list->arena, list->actor_id, list->bucket, meta, &row, &why);

    if (rc == AW_OK)
        rc = aw__stored_parse(row.data, &stored, &why);
    if (rc == AW_E_NOT_FOUND || (rc == AW_E_STORE && row.data))
        return AW_OK;
    if (rc) {
        *err = why;
        return rc;
    }
    item = item ? item : json_object_get(change, "value");
    if (!item || !aw__json_get_int(stored, "length", &length) || length < 0 || length >= INDEX_MAX)
        goto done;
    rc = set_row(list, length, item, NULL, err);
    if (rc == AW_OK)
        rc = set_meta(list, (size_t)length + 1, err);
    if (rc == AW_OK)
        *ret_length = (size_t)length + 1;
done:
    json_decref(stored);
    return rc;
}

/* *ret_length is untouched when the change does not fit. */
static int apply(const aw__remote_list *list, json_t *change, const char *word, size_t *ret_length, aw_error *err)
{
    json_t *items = NULL;
    int rc = aw__remote_list_read(list, &items, err);
    int said = 1;

    if (rc)
        return rc;
    struct edit edit = edit_of(items, change);

    for (size_t i = 0; i < sizeof(operations) / sizeof(*operations); i++)
        if (!strcmp(operations[i].name, word))
            said = operations[i].apply(&edit);
    if (said < 0)
        rc = aw__fail_nomem(err);
    else if (said == 0)
        rc = aw__remote_list_set(list, items, err);
    if (rc == AW_OK && !said)
        *ret_length = json_array_size(items);
    json_decref(items);
    return rc;
}

int aw__remote_list_change(const aw__remote_list *list, json_t *change, bool *ret_fits, aw_error *err)
{
    const char *word = operation_of(change);

    if (!strcmp(word, "delete_all"))
        return aw__remote_list_delete(list, err);
    const size_t none = (size_t)-1;
    size_t length = none;
    int rc = is_append(word) ? append_quickly(list, change, &length, err) : AW_OK;

    if (rc == AW_OK && length == none)
        rc = apply(list, change, word, &length, err);
    if (rc == AW_OK && (length == none || !is_as_long(change, length) || !is_in_place(change, word, length))) {
        aw__log(AW_LOG_DEBUG, "a list's change does not fit what is kept of it; a baseline has to bring it");
        *ret_fits = false;
    }
    return rc;
}
