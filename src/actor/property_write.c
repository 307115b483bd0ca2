/*
 * Properties, written and deleted, with the diffs of every change in the change's own transaction. Of list
 * properties the names are refused; they are made, changed and deleted with the others.
 */
#include "actor/property.h"

#include <string.h>

#include "actor/diff.h"
#include "actor/list.h"
#include "actor/view.h"
#include "base/error.h"
#include "base/json.h"
#include "model/path.h"
#include "store/actors.h"
#include "store/properties.h"

enum { VALUE_MAX_BYTES = 16 << 20 };

/* One transaction's work. What it gathers for its caller it begins by clearing, as the store may replay it. */
struct writing {
    aw__site *site;
    aw__arena *arena;
    const char *actor_id;
    const char *const *path;
    size_t depth;
    const aw__caller *caller; /* of a deletion of all; NULL: the owner */
    json_t *value; /* to be set at path, or the object of set_all; NULL: deletes */
    char *text;    /* of a top-level value */
    const char **names;     /* of set_all's values, in their order */
    aw__property_row *rows; /* of those that are not deleted */
    char **texts;           /* their values, which are ours */
    size_t row_count;
    aw__list_change *lists; /* of set_all */
    size_t list_count;
    aw__precondition *condition;
    aw__changes changes;
    aw__notices notices;
};

static int begin(struct writing *writing, aw_database *database, aw_error *err)
{
    aw__actor_row row;

    aw__changes_clear(&writing->changes);
    aw__notices_clear(&writing->notices);
    /* So that an actor that was deleted meanwhile leaves no rows behind. */
    int rc = aw__actors_get(database, writing->arena, writing->actor_id, &row, err);

    return rc ? rc : aw__precondition_check(writing->condition, database, err);
}

/* value NULL: it was deleted. */
static int changed(struct writing *writing, const char *name, const char *resource, json_t *value, aw_error *err)
{
    aw__change change = {.target = "properties", .subtarget = name, .resource = resource, .value = json_incref(value)};

    return aw__changes_add(&writing->changes, &change, err);
}

static int end(struct writing *writing, aw_database *database, aw_error *err)
{
    if (!writing->changes.count)
        return AW_OK;
    return aw__diff_register(writing->site, database, writing->actor_id, writing->changes.items,
                             writing->changes.count, &writing->notices, err);
}

/* Runs fn as a transaction, and tells of what became due. */
static int commit(struct writing *writing, aw__store_fn *fn, aw_error *err)
{
    int rc = AW_OK;

    writing->arena = aw__arena_new();
    if (!writing->arena)
        return aw__fail_nomem(err);
    writing->changes.arena = writing->notices.arena = writing->arena;
    for (size_t i = 0; rc == AW_OK && i < writing->list_count; i++)
        rc = aw__list_prepare(writing->arena, &writing->lists[i], err);
    if (rc == AW_OK)
        rc = aw__store_write(writing->site->store, fn, writing, err);
    if (rc == AW_OK)
        aw__notices_tell(writing->site, &writing->notices);
    aw__arena_free(writing->arena);
    return rc;
}

/* The names are about to be those of simple properties. */
static int refuse_lists(aw_database *database, const struct writing *writing, const char *const *names, size_t count,
                        aw_error *err)
{
    bool any = false;
    int rc = aw__properties_any_list(database, writing->actor_id, names, count, &any, err);

    if (rc == AW_OK && any)
        rc = aw__fail(err, AW_E_CONFLICT, count == 1 ? "this name is that of a list property"
                                                     : "one of these names is that of a list property");
    return rc;
}

/* The row's text; *ret_text NULL: the property is absent. */
static int read_text(aw_database *database, const struct writing *writing, const char *name, const char **ret_text,
                     aw_error *err)
{
    aw_error failure = {0};
    int rc = aw__properties_get(database, writing->arena, writing->actor_id, name, ret_text, &failure);

    if (rc == AW_E_NOT_FOUND) {
        *ret_text = NULL;
        return AW_OK;
    }
    if (rc)
        *err = failure;
    return rc;
}

/* The property in the object of properties that a path is laid over, or an empty one. Text that is no JSON counts as
 * absent: it gives way to an object, as in the reference. The caller's. */
static int read_object(aw_database *database, const struct writing *writing, json_t **ret_object, aw_error *err)
{
    const char *text = NULL;
    json_t *value = NULL;
    int rc = read_text(database, writing, writing->path[0], &text, err);

    if (rc)
        return rc;
    if (text && aw__json_parse(text, strlen(text), &value, NULL) == AW_E_NOMEM)
        return aw__fail_nomem(err);
    json_t *object = json_object();

    if (!object || (value && json_object_set_nocheck(object, writing->path[0], value))) {
        json_decref(object);
        object = NULL;
        rc = aw__fail_nomem(err);
    }
    json_decref(value);
    if (rc == AW_OK)
        *ret_object = object;
    return rc;
}

/* As it is stored; aw__free() it. */
static int print(const json_t *value, char **ret_text, aw_error *err)
{
    char *text = aw__json_text(value);

    if (!text)
        return aw__fail_nomem(err);
    if (strlen(text) > VALUE_MAX_BYTES) {
        aw__free(text);
        return aw__fail(err, AW_E_TOO_LARGE, "a property must not be larger than %d bytes", VALUE_MAX_BYTES);
    }
    *ret_text = text;
    return AW_OK;
}

/* "b/c" of the path a, b, c; NULL for the top level. */
static int resource_of(const struct writing *writing, const char **ret_resource, aw_error *err)
{
    const char *resource = NULL;

    for (size_t i = 1; i < writing->depth; i++) {
        resource = resource ? aw__arena_printf(writing->arena, "%s/%s", resource, writing->path[i])
                            : aw__arena_strdup(writing->arena, writing->path[i]);
        if (!resource)
            return aw__fail_nomem(err);
    }
    *ret_resource = resource;
    return AW_OK;
}

/* Stores what object holds under the path's first name. */
static int write_object(aw_database *database, const struct writing *writing, const json_t *object, aw_error *err)
{
    char *text = NULL;
    int rc = print(json_object_get(object, writing->path[0]), &text, err);

    if (rc == AW_OK)
        rc = aw__properties_set(database, writing->actor_id, writing->path[0], text, err);
    aw__free(text);
    return rc;
}

static int set_top(aw_database *database, void *arg, aw_error *err)
{
    struct writing *writing = arg;
    int rc = begin(writing, database, err);

    if (rc == AW_OK)
        rc = refuse_lists(database, writing, writing->path, 1, err);
    if (rc == AW_OK)
        rc = aw__properties_set(database, writing->actor_id, writing->path[0], writing->text, err);
    if (rc == AW_OK)
        rc = changed(writing, writing->path[0], NULL, writing->value, err);
    return rc ? rc : end(writing, database, err);
}

static int set_nested(aw_database *database, void *arg, aw_error *err)
{
    struct writing *writing = arg;
    const char *resource = NULL;
    json_t *object = NULL;
    int rc = begin(writing, database, err);

    if (rc == AW_OK)
        rc = refuse_lists(database, writing, writing->path, 1, err);
    if (rc == AW_OK)
        rc = read_object(database, writing, &object, err);
    if (rc == AW_OK)
        rc = aw__path_set(object, writing->path, writing->depth, writing->value, err);
    if (rc == AW_OK)
        rc = write_object(database, writing, object, err);
    if (rc == AW_OK)
        rc = resource_of(writing, &resource, err);
    /* Subscribers are shown what is there now, which is more than was sent when objects were merged. */
    if (rc == AW_OK)
        rc = changed(writing, writing->path[0], resource, aw__path_get(object, writing->path, writing->depth), err);
    json_decref(object);
    return rc ? rc : end(writing, database, err);
}

int aw__property_set(aw__site *site, const char *actor_id, const char *const *path, size_t depth, json_t *value,
                     aw__precondition *condition, aw_error *err)
{
    struct writing writing = {.site = site, .actor_id = actor_id, .path = path, .depth = depth, .value = value,
                              .condition = condition};
    char *text = NULL;

    if (!depth)
        return aw__fail(err, AW_E_INVALID, "path: a property's name is required");
    int rc = aw__path_check(path, depth, err);

    if (rc == AW_OK)
        rc = aw__path_check_value(depth, value, err);
    /* Turned into text here rather than in the transaction: the writer serves everybody. */
    if (rc == AW_OK && depth == 1)
        rc = print(value, &text, err);
    if (rc)
        return rc;
    writing.text = text;
    rc = commit(&writing, depth == 1 ? set_top : set_nested, err);
    aw__free(text);
    return rc;
}

/* ---- several at once ---- */

static bool is_empty_text(const json_t *value)
{
    return json_is_string(value) && !json_string_length(value);
}

/* When it is absent nothing changes, so nobody is told. */
static int delete_simple(aw_database *database, struct writing *writing, const char *name, aw_error *err)
{
    const char *old = NULL;
    int rc = read_text(database, writing, name, &old, err);

    if (rc || !old)
        return rc;
    rc = aw__properties_delete(database, writing->actor_id, name, err);
    return rc ? rc : changed(writing, name, NULL, NULL, err);
}

/* In the order of the object: deletes, and says what has changed. */
static int change_every(aw_database *database, struct writing *writing, aw_error *err)
{
    const char *name;
    json_t *value;
    int rc = AW_OK;

    json_object_foreach(writing->value, name, value)
    {
        rc = is_empty_text(value) ? delete_simple(database, writing, name, err)
                                  : changed(writing, name, NULL, value, err);
        if (rc)
            break;
    }
    return rc;
}

static int set_every(aw_database *database, void *arg, aw_error *err)
{
    struct writing *writing = arg;
    int rc = begin(writing, database, err);

    if (rc == AW_OK)
        rc = refuse_lists(database, writing, writing->names, json_object_size(writing->value), err);
    if (rc == AW_OK)
        rc = aw__properties_set_several(database, writing->actor_id, writing->rows, writing->row_count, err);
    if (rc == AW_OK)
        rc = change_every(database, writing, err);
    if (rc)
        return rc;
    for (size_t i = 0; i < writing->list_count; i++) {
        rc = aw__list_apply(database, writing->actor_id, &writing->lists[i], &writing->changes, err);
        if (rc)
            return rc;
    }
    return end(writing, database, err);
}

/* Checks the properties of set_all, and turns them into names and rows. The caller frees those also after a failure. */
static int prepare_every(struct writing *writing, aw_error *err)
{
    size_t size = json_object_size(writing->value), count = 0;
    const char *name;
    json_t *value;

    writing->names = aw__calloc(size + 1, sizeof(*writing->names));
    writing->rows = aw__calloc(size + 1, sizeof(*writing->rows));
    writing->texts = aw__calloc(size + 1, sizeof(*writing->texts));
    if (!writing->names || !writing->rows || !writing->texts)
        return aw__fail_nomem(err);
    json_object_foreach(writing->value, name, value)
    {
        char *text = NULL;
        int rc = aw__path_check(&name, 1, err);

        if (rc == AW_OK)
            rc = aw__path_check_value(1, value, err);
        if (rc == AW_OK && !is_empty_text(value))
            rc = print(value, &text, err);
        if (rc)
            return rc;
        writing->names[count++] = name;
        if (text) {
            writing->rows[writing->row_count] = (aw__property_row){.name = name, .value = text};
            writing->texts[writing->row_count++] = text;
        }
    }
    return AW_OK;
}

int aw__property_set_all(aw__site *site, const char *actor_id, json_t *object, aw__list_change *lists,
                         size_t list_count, aw__precondition *condition, aw_error *err)
{
    struct writing writing = {.site = site, .actor_id = actor_id, .value = object, .lists = lists,
                              .list_count = list_count, .condition = condition};

    if (!json_is_object(object))
        return aw__fail(err, AW_E_INVALID, "properties must be an object");
    int rc = prepare_every(&writing, err);

    if (rc == AW_OK && (json_object_size(object) || list_count))
        rc = commit(&writing, set_every, err);
    for (size_t i = 0; i < writing.row_count; i++)
        aw__free(writing.texts[i]);
    aw__free(writing.texts);
    aw__free(writing.rows);
    aw__free(writing.names);
    return rc;
}

/* ---- deleting ---- */

static int delete_list(aw_database *database, struct writing *writing, aw_error *err)
{
    aw__list_change change = {.operation = AW__LIST_DELETE, .name = writing->path[0]};
    int rc = aw__list_apply(database, writing->actor_id, &change, &writing->changes, err);

    return rc ? rc : end(writing, database, err);
}

static int delete_top(aw_database *database, void *arg, aw_error *err)
{
    struct writing *writing = arg;
    const char *name = writing->path[0];
    bool is_list = false;
    int rc = begin(writing, database, err);

    if (rc == AW_OK)
        rc = aw__properties_is_list(database, writing->actor_id, name, &is_list, err);
    if (rc == AW_OK && is_list)
        return delete_list(database, writing, err);
    if (rc == AW_OK)
        rc = delete_simple(database, writing, name, err);
    return rc ? rc : end(writing, database, err);
}

static int delete_nested(aw_database *database, void *arg, aw_error *err)
{
    struct writing *writing = arg;
    const char *resource = NULL;
    json_t *object = NULL;
    int rc = begin(writing, database, err);

    if (rc == AW_OK)
        rc = read_object(database, writing, &object, err);
    if (rc == AW_OK && !aw__path_delete(object, writing->path, writing->depth))
        rc = aw__fail(err, AW_E_NOT_FOUND, "no such property");
    if (rc == AW_OK)
        rc = write_object(database, writing, object, err);
    if (rc == AW_OK)
        rc = resource_of(writing, &resource, err);
    if (rc == AW_OK)
        rc = changed(writing, writing->path[0], resource, NULL, err);
    json_decref(object);
    return rc ? rc : end(writing, database, err);
}

/* What goes is known only when all of it is under way; if this refuses, it stays. */
static int check_deletions(const struct writing *writing, aw_error *err)
{
    for (size_t i = 0; writing->caller && i < writing->changes.count; i++)
        if (!aw__caller_may(writing->caller, AW__PERMISSION_PROPERTIES, writing->changes.items[i].subtarget,
                            AW__OPERATION_DELETE))
            return aw__view_refuse(writing->caller, err);
    return AW_OK;
}

static int delete_every(aw_database *database, void *arg, aw_error *err)
{
    struct writing *writing = arg;
    aw__property_row *rows = NULL;
    size_t count = 0;
    int rc = begin(writing, database, err);

    if (rc == AW_OK)
        rc = aw__properties_list(database, writing->arena, writing->actor_id, &rows, &count, err);
    for (size_t i = 0; rc == AW_OK && i < count; i++) {
        rc = aw__properties_delete(database, writing->actor_id, rows[i].name, err);
        if (rc == AW_OK)
            rc = changed(writing, rows[i].name, NULL, NULL, err);
    }
    if (rc == AW_OK)
        rc = aw__list_delete_every(database, writing->actor_id, &writing->changes, err);
    if (rc == AW_OK)
        rc = check_deletions(writing, err);
    return rc ? rc : end(writing, database, err);
}

int aw__property_delete(aw__site *site, const char *actor_id, const char *const *path, size_t depth,
                        const aw__caller *caller, aw__precondition *condition, aw_error *err)
{
    struct writing writing = {.site = site, .actor_id = actor_id, .path = path, .depth = depth, .caller = caller,
                              .condition = condition};
    int rc = aw__path_check(path, depth, err);

    if (rc)
        return rc;
    return commit(&writing, depth == 0 ? delete_every : depth == 1 ? delete_top : delete_nested, err);
}
