/*
 * POST /{id}/properties: several at once, simple ones and lists, from JSON, a form or a query (WIRE 5.1). All are
 * stored or none.
 */
#include <string.h>

#include "actor/property.h"
#include "base/json.h"
#include "base/text.h"
#include "web/properties.h"

struct batch {
    aw__call *call;
    json_t *simple; /* what is stored as it is; "" deletes */
    aw__list_change *lists;
    size_t list_count;
    json_t *answer; /* what was taken, in the order in which it came */
};

static const char list_made[] = "[Empty list property created]";

/* ---- what is asked for ---- */

static void fail_memory(aw__call *call)
{
    aw__call_json(call, 500, NULL);
}

static bool add_simple(struct batch *batch, const char *name, json_t *value)
{
    if (json_object_set(batch->simple, name, value) == 0 && json_object_set(batch->answer, name, value) == 0)
        return true;
    fail_memory(batch->call);
    return false;
}

/* text: what the answer says of it; of items that change, how many did is known only then. */
static bool add_list(struct batch *batch, const aw__list_change *change, const char *text)
{
    if (json_object_set_new(batch->answer, change->name, json_string(text))) {
        fail_memory(batch->call);
        return false;
    }
    batch->lists[batch->list_count++] = *change;
    return true;
}

/* {"_type":"list","description","explanation"}. */
static bool add_new_list(struct batch *batch, const char *name, const json_t *value)
{
    aw__list_change change = {.operation = AW__LIST_CREATE, .name = name, .may_exist = true};

    return aw__call_take_text(batch->call, value, "description", &change.description) &&
           aw__call_take_text(batch->call, value, "explanation", &change.explanation) &&
           add_list(batch, &change, list_made);
}

/* {"index":n, ...}: the rest is the new item; alone it deletes. False: it was answered. */
static bool read_edit(struct batch *batch, json_t *value, aw__list_edit *ret_edit)
{
    json_t *index = json_object_get(value, "index");

    if (!json_is_integer(index) || json_integer_value(index) < 0) {
        aw__call_fail(batch->call, 400, "bad_request", "each of items must be an object with an index from 0");
        return false;
    }
    ret_edit->position = json_integer_value(index);
    ret_edit->item = NULL;
    if (json_object_size(value) == 1)
        return true;
    ret_edit->item = aw__call_keep(batch->call, json_copy(value));
    if (!ret_edit->item) {
        fail_memory(batch->call);
        return false;
    }
    json_object_del(ret_edit->item, "index");
    return true;
}

/* {"items":[...]}. */
static bool add_edits(struct batch *batch, const char *name, const json_t *items)
{
    aw__list_change change = {.operation = AW__LIST_BULK, .name = name, .edit_count = json_array_size(items)};

    if (!json_is_array(items)) {
        aw__call_fail(batch->call, 400, "bad_request", "items must be an array");
        return false;
    }
    if (!change.edit_count) {
        if (json_object_set_new(batch->answer, name, json_string("[No items to update]")) == 0)
            return true;
        fail_memory(batch->call);
        return false;
    }
    aw__list_edit *edits = aw__arena_alloc(batch->call->arena, change.edit_count * sizeof(*edits));

    if (!edits) {
        fail_memory(batch->call);
        return false;
    }
    for (size_t i = 0; i < change.edit_count; i++)
        if (!read_edit(batch, json_array_get(items, i), &edits[i]))
            return false;
    change.edits = edits;
    return add_list(batch, &change, "");
}

static bool read_json(struct batch *batch, json_t *object)
{
    const char *name;
    json_t *value;

    json_object_foreach(object, name, value)
    {
        json_t *items = json_object_get(value, "items");
        bool taken = json_is_null(value) ? true
                     : aw__text_equal(aw__json_get_text(value, "_type", NULL), "list")
                         ? add_new_list(batch, name, value)
                     : items ? add_edits(batch, name, items)
                             : add_simple(batch, name, value);

        if (!taken)
            return false;
    }
    return true;
}

/* property with value, or with property_type=list; or else every argument is a property. */
static bool read_form(struct batch *batch, json_t *arguments)
{
    const char *name = aw__json_get_text(arguments, "property", "");
    const char *type = aw__json_get_text(arguments, "property_type", "");
    json_t *value = json_object_get(arguments, "value");

    if (!*name) {
        json_object_foreach(arguments, name, value)
            if (!add_simple(batch, name, value))
                return false;
        return true;
    }
    if (strcmp(type, "list") == 0)
        return add_new_list(batch, name, arguments);
    if (json_string_length(value) && (!*type || strcmp(type, "simple") == 0))
        return add_simple(batch, name, value);
    aw__call_fail(batch->call, 400, "bad_request", "property_type must be simple, with a value, or list");
    return false;
}

/* False: it was answered. */
static bool read(struct batch *batch)
{
    json_t *arguments = aw__call_arguments(batch->call);

    if (!arguments) {
        fail_memory(batch->call);
        return false;
    }
    bool form = json_object_size(arguments) || aw__call_is_form(batch->call);
    json_t *object = form ? arguments : aw__call_object(batch->call);

    if (!object)
        return false;
    batch->simple = aw__call_keep(batch->call, json_object());
    batch->answer = aw__call_keep(batch->call, json_object());
    batch->lists = aw__arena_alloc(batch->call->arena, (json_object_size(object) + 1) * sizeof(*batch->lists));
    if (!batch->simple || !batch->answer || !batch->lists) {
        fail_memory(batch->call);
        return false;
    }
    return form ? read_form(batch, object) : read_json(batch, object);
}

/* ---- who may ---- */

/* All or nothing: a peer that may not write one of them writes none. An empty text deletes. */
static bool may_write_all(const struct batch *batch)
{
    const char *name;
    json_t *value;
    bool may = true;

    json_object_foreach(batch->simple, name, value)
    {
        bool deletes = json_is_string(value) && !json_string_length(value);

        may = may && aw__properties_peer_may(batch->call, name, deletes ? AW__OPERATION_DELETE : AW__OPERATION_WRITE);
    }
    for (size_t i = 0; i < batch->list_count; i++)
        may = may && aw__list_change_allowed(&batch->lists[i], &batch->call->caller);
    if (!may)
        aw__call_refuse(batch->call);
    return may;
}

/* ---- what came of it ---- */

static void answer(const struct batch *batch)
{
    for (size_t i = 0; i < batch->list_count; i++) {
        const aw__list_change *change = &batch->lists[i];

        if (change->operation != AW__LIST_BULK)
            continue;
        json_t *text = json_sprintf("[Bulk update: %zu items updated, %zu items deleted]", change->set_count,
                                    change->delete_count);

        if (json_object_set_new(batch->answer, change->name, text)) {
            fail_memory(batch->call);
            return;
        }
    }
    aw__call_json(batch->call, 201, batch->answer);
}

/* As the reference, which knows no 404 here: what it changes are lists that are there. */
static bool changes_items(const struct batch *batch)
{
    for (size_t i = 0; i < batch->list_count; i++)
        if (batch->lists[i].operation == AW__LIST_BULK)
            return true;
    return false;
}

void aw__properties_post_all(aw__call *call)
{
    struct batch batch = {.call = call};
    aw__precondition *condition;
    aw_error err = {0};

    if (!aw__call_need_access(call, "properties", "") || !read(&batch))
        return;
    if (!json_object_size(batch.answer)) {
        aw__call_fail(call, 403, "nothing_accepted", "the request holds no property to store");
        return;
    }
    if (!may_write_all(&batch) || !aw__call_condition(call, aw__properties_represent, call, &condition))
        return;
    int rc = aw__property_set_all(call->site, call->actor.id, batch.simple, batch.lists, batch.list_count, condition,
                                  &err);

    if (rc == AW_E_NOT_FOUND && changes_items(&batch))
        aw__call_fail(call, 400, "bad_request", "%s", err.message);
    else if (rc)
        aw__call_refuse_change(call, condition, &err);
    else
        answer(&batch);
}
