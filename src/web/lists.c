/*
 * /{id}/properties/{list}: list properties, by the routes of the reference (WIRE 5.2: ?index=, /items, /metadata) and
 * by those of the specification (/{list}/{index}). How they are stored and changed is src/actor/list.c's.
 */
#include <string.h>

#include "base/encode.h"
#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "web/properties.h"

/* ---- paths ---- */

/* An index as paths have it: digits, without a sign or zeros in front. */
static bool is_index(const char *text)
{
    size_t digits = strspn(text, "0123456789");

    return digits && !text[digits] && (*text != '0' || digits == 1);
}

aw__list_part aw__lists_part(const aw__call *call)
{
    const char *const *path = aw__properties_path(call);

    if (aw__properties_depth(call) == 1)
        return AW__LIST_WHOLE;
    if (aw__properties_depth(call) != 2)
        return AW__LIST_NO_PART;
    if (strcmp(path[1], "items") == 0)
        return AW__LIST_ITEMS;
    if (strcmp(path[1], "metadata") == 0)
        return AW__LIST_METADATA;
    return is_index(path[1]) ? AW__LIST_ITEM : AW__LIST_NO_PART;
}

static aw__list_source source_of(aw__call *call, aw_database *database)
{
    return (aw__list_source){
        .database = database,
        .arena = call->arena,
        .actor_id = call->actor.id,
        .name = aw__properties_depth(call) ? aw__properties_path(call)[0] : NULL,
    };
}

struct finding {
    aw__call *call;
    bool found;
};

static int find(aw_database *database, void *arg, aw_error *err)
{
    struct finding *finding = arg;
    aw__list_source source = source_of(finding->call, database);

    return aw__list_exists(&source, &finding->found, err);
}

bool aw__lists_find(aw__call *call, bool *ret_is_list)
{
    struct finding finding = {.call = call};
    aw_error err = {0};

    if (aw__store_read(call->site->store, find, &finding, &err)) {
        aw__call_error(call, &err);
        return false;
    }
    *ret_is_list = finding.found;
    return true;
}

/* ---- shown ---- */

static json_t *short_form(const aw__list_info *info)
{
    return json_pack("{s:b,s:I,s:s,s:s}", "_list", 1, "count", (json_int_t)info->count, "description",
                     info->description, "explanation", info->explanation);
}

static json_t *metadata_form(const aw__list_info *info)
{
    return json_pack("{s:s,s:b,s:I,s:s,s:s}", "name", info->name, "_list", 1, "count", (json_int_t)info->count,
                     "description", info->description, "explanation", info->explanation);
}

static json_t *full_form(const aw__list_info *info)
{
    return json_pack("{s:b,s:I,s:s,s:s,s:O}", "_list", 1, "count", (json_int_t)info->count, "description",
                     info->description, "explanation", info->explanation, "items", info->items);
}

/* {"items":[{"index","item"}],"count"}. Takes items. */
static json_t *indexed_form(json_t *items)
{
    json_t *rows = json_array();
    size_t count = json_array_size(items);

    for (size_t i = 0; rows && i < count; i++)
        if (json_array_append_new(rows, json_pack("{s:I,s:O}", "index", (json_int_t)i, "item",
                                                  json_array_get(items, i)))) {
            json_decref(rows);
            rows = NULL;
        }
    json_decref(items);
    return rows ? json_pack("{s:o,s:I}", "items", rows, "count", (json_int_t)count) : NULL;
}

static int represent_items(const aw__list_source *source, bool indexed, char **ret_text, aw_error *err)
{
    json_t *items = NULL;
    int rc = aw__list_read_items(source, &items, err);

    if (rc)
        return rc;
    return aw__properties_text(indexed ? indexed_form(items) : items, ret_text, err);
}

static int represent_info(const aw__list_source *source, bool metadata, char **ret_text, aw_error *err)
{
    aw__list_info info;
    int rc = aw__list_read_info(source, &info, err);

    if (rc)
        return rc;
    return aw__properties_text(metadata ? metadata_form(&info) : short_form(&info), ret_text, err);
}

static int represent_item(const aw__list_source *source, const char *index, char **ret_text, aw_error *err)
{
    aw__list_place place = {NULL, 0};
    json_t *item = NULL;

    if (!aw__text_to_int(index, INT64_MIN, INT64_MAX, &place.position))
        return aw__fail(err, AW_E_NOT_FOUND, "no such item");
    int rc = aw__list_read_item(source, &place, &item, err);

    return rc ? rc : aw__properties_text(item, ret_text, err);
}

int aw__lists_represent(aw_database *database, aw__call *call, char **ret_text, aw_error *err)
{
    aw__list_source source = source_of(call, database);
    const char *index = aw__call_argument(call, "index");

    switch (aw__lists_part(call)) {
    case AW__LIST_WHOLE:
        if (!aw__text_empty(index))
            return represent_item(&source, index, ret_text, err);
        if (aw__text_equal(aw__call_argument(call, "format"), "short"))
            return represent_info(&source, false, ret_text, err);
        return represent_items(&source, false, ret_text, err);
    case AW__LIST_ITEMS:
        return represent_items(&source, true, ret_text, err);
    case AW__LIST_METADATA:
        return represent_info(&source, true, ret_text, err);
    case AW__LIST_ITEM:
        return represent_item(&source, aw__properties_path(call)[1], ret_text, err);
    case AW__LIST_NO_PART:
        break;
    }
    return aw__fail(err, AW_E_NOT_FOUND, "there is nothing at this path of a list");
}

int aw__lists_add_all(aw_database *database, aw__call *call, bool full, json_t *properties, aw_error *err)
{
    aw__list_source source = source_of(call, database);
    aw__list_info *infos = NULL;
    size_t count = 0;
    int rc = aw__list_read_infos(&source, full, &infos, &count, err);

    for (size_t i = 0; rc == AW_OK && i < count; i++) {
        if (!aw__properties_peer_may(call, infos[i].name, AW__OPERATION_READ))
            continue;
        json_t *form = full ? full_form(&infos[i])
                            : json_pack("{s:b,s:I}", "_list", 1, "count", (json_int_t)infos[i].count);

        if (json_object_set_new_nocheck(properties, infos[i].name, form))
            rc = aw__fail_nomem(err);
    }
    return rc;
}

int aw__lists_summary(aw_database *database, aw__call *call, json_t **ret_lists, aw_error *err)
{
    aw__list_source source = source_of(call, database);
    aw__list_info *infos = NULL;
    size_t count = 0;
    json_t *lists = NULL;
    int rc = aw__list_read_infos(&source, false, &infos, &count, err);

    if (rc == AW_OK && !(lists = json_object()))
        rc = aw__fail_nomem(err);
    for (size_t i = 0; rc == AW_OK && i < count; i++) {
        if (!aw__properties_peer_may(call, infos[i].name, AW__OPERATION_READ))
            continue;
        json_t *form = json_pack("{s:I,s:I,s:s,s:s}", "count", (json_int_t)infos[i].count, "total_bytes",
                                 (json_int_t)infos[i].total_bytes, "description", infos[i].description, "explanation",
                                 infos[i].explanation);

        if (json_object_set_new_nocheck(lists, infos[i].name, form))
            rc = aw__fail_nomem(err);
    }
    if (rc)
        json_decref(lists);
    else
        *ret_lists = lists;
    return rc;
}

/* ---- changed ---- */

static void refuse_method(aw__call *call, const char *allow)
{
    aw__call_header(call, "Allow", allow);
    aw__call_fail(call, 405, "method_not_allowed", "%s is not possible here", call->method);
}

/* Names the list and reads the condition, for those who may make the change. False: it was answered. */
static bool begin(aw__call *call, aw__list_change *change, aw__precondition **ret_condition)
{
    change->name = aw__properties_path(call)[0];
    if (aw__list_change_allowed(change, &call->caller))
        return aw__call_condition(call, aw__properties_represent, call, ret_condition);
    aw__call_refuse(call);
    return false;
}

/* Runs the change on what the call shows. False: it was answered. */
static bool run(aw__call *call, aw__list_change *change)
{
    aw__precondition *condition;
    aw_error err = {0};

    if (!begin(call, change, &condition))
        return false;
    if (aw__list_change_run(call->site, call->arena, call->actor.id, change, condition, &err)) {
        aw__call_refuse_change(call, condition, &err);
        return false;
    }
    return true;
}

/* Where the item is. */
static void set_location(aw__call *call, const aw__list_change *change)
{
    const char *actor = aw__site_actor_url(call->site, call->arena, call->actor.id);
    const char *name = aw__percent_encode(call->arena, change->name, "");
    const char *url = actor && name ? aw__arena_printf(call->arena, "%s/properties/%s/%lld", actor, name,
                                                       (long long)change->position)
                                    : NULL;

    if (url)
        aw__call_header(call, "Location", url);
}

static void answer_added(aw__call *call, const aw__list_change *change)
{
    json_t *body = json_pack("{s:b,s:I}", "success", 1, "index", (json_int_t)change->position);

    aw__call_json(call, 201, body);
    json_decref(body);
}

/* An item in the body; an empty one is the empty text, as in the reference. */
static void put_item(aw__call *call, int64_t position)
{
    aw__list_change change = {.operation = AW__LIST_SET, .place = {.position = position}};
    size_t bytes;
    const char *body = aw__properties_body(call, &bytes);
    aw_error err = {0};

    if (!body) {
        aw__call_fail(call, 400, "bad_request", "the form has no field \"value\"");
        return;
    }
    if (aw__properties_value(body, bytes, &change.item, &err)) {
        aw__call_error(call, &err);
        return;
    }
    if (run(call, &change))
        aw__call_empty(call, 204);
    json_decref(change.item);
}

static void put_metadata(aw__call *call)
{
    aw__list_change change = {.operation = AW__LIST_DESCRIBE};
    json_t *body = aw__call_object(call);

    if (!body || !aw__call_take_text(call, body, "description", &change.description) ||
        !aw__call_take_text(call, body, "explanation", &change.explanation))
        return;
    if (!change.description && !change.explanation) {
        aw__call_fail(call, 400, "bad_request", "description or explanation must be given, as a text");
        return;
    }
    if (run(call, &change))
        aw__call_empty(call, 204);
}

/* ?index= of a list, or nothing else of the list itself. */
static void put_whole(aw__call *call)
{
    const char *index = aw__call_argument(call, "index");
    int64_t position;

    if (aw__text_empty(index))
        aw__call_fail(call, 409, "conflict", "this name is that of a list property");
    else if (!aw__text_to_int(index, 0, INT64_MAX, &position))
        aw__call_fail(call, 400, "bad_request", "index must be a whole number from 0");
    else
        put_item(call, position);
}

void aw__lists_put(aw__call *call)
{
    int64_t position;

    switch (aw__lists_part(call)) {
    case AW__LIST_WHOLE:
        put_whole(call);
        return;
    case AW__LIST_METADATA:
        put_metadata(call);
        return;
    case AW__LIST_ITEMS:
        refuse_method(call, "GET, HEAD, POST");
        return;
    case AW__LIST_ITEM:
        if (aw__text_to_int(aw__properties_path(call)[1], 0, INT64_MAX, &position)) {
            put_item(call, position);
            return;
        }
        break;
    case AW__LIST_NO_PART:
        break;
    }
    aw__call_fail(call, 404, "not_found", "no such item");
}

void aw__lists_remove(aw__call *call)
{
    aw__list_change change = {.operation = AW__LIST_DELETE};
    aw__list_part part = aw__lists_part(call);

    if (part == AW__LIST_WHOLE && !aw__text_empty(aw__call_argument(call, "index"))) {
        /* Not as the reference, which passes over it and deletes the whole list. */
        aw__call_fail(call, 400, "bad_request", "an item is deleted by its path, /properties/{list}/{index}");
        return;
    }
    if (part != AW__LIST_WHOLE) {
        change.operation = AW__LIST_REMOVE;
        if (part != AW__LIST_ITEM ||
            !aw__text_to_int(aw__properties_path(call)[1], 0, INT64_MAX, &change.place.position)) {
            aw__call_fail(call, 404, "not_found", "no such item");
            return;
        }
    }
    if (run(call, &change))
        aw__call_empty(call, 204);
}

/* ---- POST ---- */

static void append_item(aw__call *call)
{
    aw__list_change change = {.operation = AW__LIST_ADD};
    size_t bytes;
    const char *body = aw__exchange_body(call->exchange, &bytes);
    aw_error err = {0};

    if (!bytes) {
        aw__call_fail(call, 400, "bad_request", "the body is empty; an item is expected");
        return;
    }
    if (aw__properties_value(body, bytes, &change.item, &err)) {
        aw__call_error(call, &err);
        return;
    }
    if (run(call, &change)) {
        set_location(call, &change);
        answer_added(call, &change);
    }
    json_decref(change.item);
}

/* False: it was answered. */
static bool take_item(aw__call *call, const json_t *body, aw__list_change *change)
{
    change->item = json_object_get(body, "item_value");
    if (change->item && !json_is_null(change->item))
        return true;
    aw__call_fail(call, 400, "bad_request", "item_value is missing");
    return false;
}

static bool take_index(aw__call *call, const json_t *body, aw__list_change *change)
{
    if (aw__json_get_int(body, "item_index", &change->place.position) && change->place.position >= 0)
        return true;
    aw__call_fail(call, 400, "bad_request", "item_index must be a whole number from 0");
    return false;
}

/* "add", "update" or "delete". False: it was answered. */
static bool read_action(aw__call *call, const json_t *body, aw__list_change *change)
{
    const char *action = aw__json_get_text(body, "action", "");

    if (strcmp(action, "add") == 0) {
        change->operation = AW__LIST_ADD;
        return take_item(call, body, change);
    }
    if (strcmp(action, "update") == 0) {
        change->operation = AW__LIST_SET;
        change->must_exist = true;
        return take_index(call, body, change) && take_item(call, body, change);
    }
    if (strcmp(action, "delete") == 0) {
        change->operation = AW__LIST_REMOVE;
        return take_index(call, body, change);
    }
    aw__call_fail(call, 400, "bad_request", "action must be add, update or delete");
    return false;
}

static void post_items(aw__call *call)
{
    aw__list_change change = {0};
    aw__precondition *condition;
    aw_error err = {0};

    if (aw__call_is_form(call)) { /* whose values are texts, which items need not be */
        aw__call_fail(call, 400, "bad_json", "JSON is expected");
        return;
    }
    json_t *body = aw__call_object(call);

    if (!body || !read_action(call, body, &change) || !begin(call, &change, &condition))
        return;
    int rc = aw__list_change_run(call->site, call->arena, call->actor.id, &change, condition, &err);

    if (rc == AW_E_NOT_FOUND) /* an index is a part of the body here */
        aw__call_fail(call, 400, "bad_request", "%s", err.message);
    else if (rc)
        aw__call_refuse_change(call, condition, &err);
    else if (change.operation == AW__LIST_ADD)
        answer_added(call, &change);
    else
        aw__call_empty(call, 204);
}

void aw__lists_post(aw__call *call)
{
    switch (aw__lists_part(call)) {
    case AW__LIST_WHOLE:
        append_item(call);
        return;
    case AW__LIST_ITEMS:
        post_items(call);
        return;
    case AW__LIST_METADATA:
        refuse_method(call, "GET, HEAD, PUT");
        return;
    default:
        refuse_method(call, "GET, HEAD, PUT, DELETE");
    }
}
