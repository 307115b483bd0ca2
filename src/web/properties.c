/*
 * /{id}/properties: the actor's data, one by one and all of them (WIRE 5.1). What a path means when it leads to a list
 * property is lists.c's, several at once are properties_post.c's.
 */
#include "web/properties.h"

#include <string.h>

#include "actor/property.h"
#include "base/error.h"
#include "base/json.h"
#include "base/text.h"

/* ---- who may ---- */

const char *const *aw__properties_path(const aw__call *call)
{
    return call->segment + 2;
}

size_t aw__properties_depth(const aw__call *call)
{
    return call->segments - 2;
}

/* The first name; "" for the collection. */
static const char *name_of(const aw__call *call)
{
    return aw__properties_depth(call) ? aw__properties_path(call)[0] : "";
}

/* "a/b/c", as permissions know properties; NULL when out of memory. */
static const char *target_of(aw__call *call)
{
    const char *target = name_of(call);

    for (size_t i = 1; i < aw__properties_depth(call) && target; i++)
        target = aw__arena_printf(call->arena, "%s/%s", target, aw__properties_path(call)[i]);
    return target;
}

static bool may_target(const aw__call *call, const char *target, aw__operation operation)
{
    return aw__caller_may(&call->caller, AW__PERMISSION_PROPERTIES, target, operation);
}

/* As aw__caller_leave_out(): of several at once a peer gets at those that a rule allows. */
bool aw__properties_peer_may(const aw__call *call, const char *name, aw__operation operation)
{
    return call->caller.role != AW_ROLE_PEER || aw__caller_check(&call->caller, AW__PERMISSION_PROPERTIES, name,
                                                                 operation) == AW__PERMISSION_ALLOWED;
}

/* The items and the metadata of a list have no permissions of their own: they have the list's. */
static bool may_be_of_a_list(const aw__call *call)
{
    aw__list_part part = aw__lists_part(call);

    return part != AW__LIST_WHOLE && part != AW__LIST_NO_PART;
}

/* is_list: the first name is that of a list. */
static bool permits(aw__call *call, bool is_list, aw__operation operation)
{
    const char *target = is_list && may_be_of_a_list(call) ? name_of(call) : target_of(call);

    return target && may_target(call, target, operation);
}

/* While it is not known what the path leads to, either will do. */
static bool may_permit(aw__call *call, aw__operation operation)
{
    return permits(call, false, operation) || (may_be_of_a_list(call) && permits(call, true, operation));
}

static void refuse(aw__call *call)
{
    if (aw__arena_failed(call->arena))
        aw__call_json(call, 500, NULL);
    else
        aw__call_refuse(call);
}

/* False: it was answered. */
static bool may(aw__call *call, aw__operation operation)
{
    if (may_permit(call, operation))
        return true;
    refuse(call);
    return false;
}

/* For a change: finds out what the path leads to. False: it was answered. */
static bool find(aw__call *call, aw__operation operation, bool *ret_is_list)
{
    if (!aw__lists_find(call, ret_is_list))
        return false;
    if (permits(call, *ret_is_list, operation))
        return true;
    refuse(call);
    return false;
}

/* ---- reading ---- */

/* Whether the query names an item of a list. */
static bool has_index(aw__call *call)
{
    return !aw__text_empty(aw__call_argument(call, "index"));
}

/* What there is, without the values. Takes lists; NULL when out of memory. */
static json_t *metadata_of(json_t *properties, json_t *lists)
{
    json_t *names = json_array();
    json_int_t total_bytes = 0;
    const char *name;
    json_t *value;

    json_object_foreach(properties, name, value)
    {
        char *text = aw__json_text(value);

        if (!text || json_array_append_new(names, json_string(name))) {
            aw__free(text);
            json_decref(names);
            json_decref(lists);
            return NULL;
        }
        total_bytes += (json_int_t)strlen(text);
        aw__free(text);
    }
    return json_pack("{s:{s:o,s:I},s:o}", "simple", "properties", names, "total_bytes", total_bytes, "lists", lists);
}

int aw__properties_text(json_t *value, char **ret_text, aw_error *err)
{
    char *text = value ? aw__json_text(value) : NULL;

    json_decref(value);
    if (!text)
        return aw__fail_nomem(err);
    *ret_text = text;
    return AW_OK;
}

static int represent_one(aw_database *database, aw__call *call, char **ret_text, aw_error *err)
{
    json_t *value = NULL;
    int rc = aw__property_read(database, call->arena, call->actor.id, aw__properties_path(call),
                               aw__properties_depth(call), &value, err);
    bool is_list = rc == AW_E_NOT_FOUND; /* or nothing at all: one read more, of what is not there */

    if (rc && !is_list)
        return rc;
    /* Not only of what is to be shown: whether a change's condition holds would tell as well. */
    if (!permits(call, is_list, AW__OPERATION_READ)) {
        json_decref(value);
        return aw__fail(err, AW_E_DENIED, "these credentials do not allow this");
    }
    if (!is_list)
        return aw__properties_text(value, ret_text, err);
    aw_error why = {0};

    rc = aw__lists_represent(database, call, ret_text, &why);
    /* What is not there is no such property, whatever it might have been. */
    if (rc && (rc != AW_E_NOT_FOUND || has_index(call) || aw__lists_part(call) == AW__LIST_ITEM))
        *err = why;
    return rc;
}

static int read_all(aw_database *database, aw__call *call, json_t **ret_properties, aw_error *err)
{
    int rc = aw__property_read(database, call->arena, call->actor.id, NULL, 0, ret_properties, err);

    if (rc == AW_OK)
        aw__caller_leave_out(&call->caller, *ret_properties);
    return rc;
}

static int represent_all(aw_database *database, aw__call *call, char **ret_text, aw_error *err)
{
    bool full = aw__text_equal(aw__call_argument(call, "format"), "full");
    json_t *properties = NULL;
    int rc = read_all(database, call, &properties, err);

    if (rc)
        return rc;
    rc = aw__lists_add_all(database, call, full, properties, err);
    if (rc) {
        json_decref(properties);
        return rc;
    }
    return aw__properties_text(properties, ret_text, err);
}

static int represent_metadata(aw_database *database, aw__call *call, char **ret_text, aw_error *err)
{
    json_t *properties = NULL, *lists = NULL;
    int rc = read_all(database, call, &properties, err);

    if (rc == AW_OK)
        rc = aw__lists_summary(database, call, &lists, err);
    json_t *metadata = rc == AW_OK ? metadata_of(properties, lists) : NULL;

    json_decref(properties);
    return rc ? rc : aw__properties_text(metadata, ret_text, err);
}

/* As the reference, that word only. */
static bool wants_metadata(aw__call *call)
{
    return aw__text_equal(aw__call_argument(call, "metadata"), "true");
}

int aw__properties_represent(aw_database *database, void *arg, char **ret_text, aw_error *err)
{
    aw__call *call = arg;

    if (aw__properties_depth(call))
        return represent_one(database, call, ret_text, err);
    return wants_metadata(call) ? represent_metadata(database, call, ret_text, err)
                                : represent_all(database, call, ret_text, err);
}

void aw__properties_read(aw__call *call)
{
    if (!may(call, AW__OPERATION_READ))
        return;
    if (!aw__properties_depth(call) && wants_metadata(call) && !aw__text_empty(aw__call_argument(call, "format")))
        aw__call_fail(call, 400, "bad_request", "metadata and format do not go together");
    else
        aw__call_show(call, aw__properties_represent, call);
}

/* ---- writing one ---- */

static void answer_changed(aw__call *call, int rc, const aw__precondition *condition, const aw_error *err)
{
    if (rc)
        aw__call_refuse_change(call, condition, err);
    else
        aw__call_empty(call, 204);
}

/* Of a list only the whole of it. */
static void remove_any(aw__call *call)
{
    aw__precondition *condition;
    aw_error err = {0};

    if (!aw__call_condition(call, aw__properties_represent, call, &condition))
        return;
    if (call->slash && aw__properties_depth(call)) {
        aw__call_fail(call, 404, "not_found", "no property has an empty name");
        return;
    }
    int rc = aw__property_delete(call->site, call->actor.id, aw__properties_path(call), aw__properties_depth(call),
                                 &call->caller, condition, &err);

    answer_changed(call, rc, condition, &err);
}

void aw__properties_remove(aw__call *call)
{
    bool is_list = false;

    if (!may(call, AW__OPERATION_DELETE))
        return;
    if ((may_be_of_a_list(call) || has_index(call)) && !find(call, AW__OPERATION_DELETE, &is_list))
        return;
    if (is_list && !call->slash)
        aw__lists_remove(call);
    else
        remove_any(call);
}

int aw__properties_value(const char *body, size_t bytes, json_t **ret_value, aw_error *err)
{
    int rc = aw__json_parse(body, bytes, ret_value, err);

    if (rc != AW_E_INVALID)
        return rc;
    if (!aw__text_utf8(body, bytes))
        return aw__fail(err, AW_E_INVALID, "the body is neither JSON nor UTF-8 text");
    json_t *value = json_stringn(body, bytes);

    if (!value)
        return aw__fail_nomem(err);
    *ret_value = value;
    return AW_OK;
}

const char *aw__properties_body(aw__call *call, size_t *ret_bytes)
{
    const char *body = aw__exchange_body(call->exchange, ret_bytes);

    if (!call->overridden || !aw__call_is_form(call))
        return body;
    const char *value = aw__call_argument(call, "value");

    if (!value)
        return *ret_bytes ? NULL : "";
    *ret_bytes = strlen(value);
    return value;
}

static void put_simple(aw__call *call, const char *body, size_t bytes)
{
    aw__precondition *condition;
    json_t *value = NULL;
    aw_error err = {0};

    if (!aw__call_condition(call, aw__properties_represent, call, &condition))
        return;
    int rc = aw__properties_value(body, bytes, &value, &err);

    if (rc == AW_OK)
        rc = aw__property_set(call->site, call->actor.id, aw__properties_path(call), aw__properties_depth(call), value,
                              condition, &err);
    json_decref(value);
    answer_changed(call, rc, condition, &err);
}

/* As in the reference, an empty body deletes; so whoever sends it must be allowed to. */
static void put_nothing(aw__call *call)
{
    if (permits(call, false, AW__OPERATION_DELETE))
        remove_any(call);
    else
        refuse(call);
}

/* Whether there is a simple property of the first name. If not, whoever writes to its metadata takes it for a list, and
 * a new property would only be in that list's way. */
static bool exists(aw__call *call)
{
    json_t *value = NULL;
    int rc = aw__property_get(call->site, call->actor.id, aw__properties_path(call), 1, &value, NULL);

    json_decref(value);
    return rc != AW_E_NOT_FOUND;
}

void aw__properties_put(aw__call *call)
{
    size_t bytes;
    const char *body = aw__properties_body(call, &bytes);
    bool is_list = false;

    if (!may(call, AW__OPERATION_WRITE))
        return;
    /* Most are not looked up first: that their name is a list's is seen when they are written. */
    if ((may_be_of_a_list(call) || has_index(call) || (body && !bytes)) && !find(call, AW__OPERATION_WRITE, &is_list))
        return;
    if (call->slash) /* the reference keeps it under "" below the name, where nobody can read it */
        aw__call_fail(call, 400, "bad_request", "the path ends with an empty name");
    else if (is_list)
        aw__lists_put(call);
    else if (has_index(call) || (aw__lists_part(call) == AW__LIST_METADATA && !exists(call)))
        aw__call_fail(call, 404, "not_found", "this is no list property");
    else if (!body)
        aw__call_fail(call, 400, "bad_request", "the form has no field \"value\"");
    else if (!bytes)
        put_nothing(call);
    else
        put_simple(call, body, bytes);
}

/* ---- POST ---- */

/* To a list's items: they may be nobody else's. */
static void post_items(aw__call *call, bool is_list)
{
    if (is_list)
        aw__lists_post(call);
    else if (permits(call, false, AW__OPERATION_WRITE))
        aw__call_fail(call, 404, "not_found", "this is no list property");
    else
        refuse(call);
}

/* Only of a list does the path of a POST matter; for all else a peer must be allowed to write there, and it is passed
 * over, as in the reference. So it is for a form or query, which are no item. */
void aw__properties_post(aw__call *call)
{
    aw__list_part part = aw__lists_part(call);
    bool is_list = false;

    /* Before anything tells what is at the path. What whoever may only delete sends is looked at, too. */
    if (aw__properties_depth(call) && !may_permit(call, AW__OPERATION_DELETE) && !may(call, AW__OPERATION_WRITE))
        return;
    if (part == AW__LIST_WHOLE && (*aw__exchange_query(call->exchange) || aw__call_is_form(call)))
        part = AW__LIST_NO_PART;
    if (part != AW__LIST_NO_PART && !aw__lists_find(call, &is_list))
        return;
    if (is_list || part == AW__LIST_ITEMS)
        post_items(call, is_list);
    else
        aw__properties_post_all(call);
}
