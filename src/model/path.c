/*
 * Property paths. Where values are stored is not known here.
 */
#include "model/path.h"

#include <string.h>

#include "base/encode.h"
#include "base/error.h"
#include "base/json.h"
#include "base/text.h"

static int check_name(const char *name, aw_error *err)
{
    size_t bytes = strlen(name);

    if (!bytes)
        return aw__fail(err, AW_E_INVALID, "a property path holds an empty name");
    if (bytes > AW__PATH_MAX_NAME_BYTES)
        return aw__fail(err, AW_E_TOO_LARGE, "a property name is longer than %d bytes", AW__PATH_MAX_NAME_BYTES);
    if (!aw__text_utf8(name, bytes) || aw__text_control(name))
        return aw__fail(err, AW_E_INVALID, "a property name is not UTF-8 text without control characters");
    return AW_OK;
}

int aw__path_check(const char *const *names, size_t depth, aw_error *err)
{
    size_t bytes = 0;

    if (depth > AW__PATH_MAX_DEPTH)
        return aw__fail(err, AW_E_TOO_LARGE, "a property path has more than %d names", AW__PATH_MAX_DEPTH);
    for (size_t i = 0; i < depth; i++) {
        int rc = check_name(names[i], err);

        if (rc)
            return rc;
        bytes += strlen(names[i]) + 1;
    }
    if (bytes > AW__PATH_MAX_BYTES)
        return aw__fail(err, AW_E_TOO_LARGE, "a property path is longer than %d bytes", AW__PATH_MAX_BYTES);
    if (depth && aw__text_starts(names[0], "list:"))
        return aw__fail(err, AW_E_INVALID, "property names cannot begin with \"list:\"");
    return AW_OK;
}

int aw__path_split(aw__arena *arena, const char *text, bool encoded, aw__path *ret_path, aw_error *err)
{
    aw__path path = {.depth = 0};

    while (text && *text) {
        size_t bytes = strcspn(text, "/");

        if (path.depth == AW__PATH_MAX_DEPTH)
            return aw__fail(err, AW_E_TOO_LARGE, "a property path has more than %d names", AW__PATH_MAX_DEPTH);
        char *name = encoded ? aw__percent_decode(arena, text, bytes, false) : aw__arena_strndup(arena, text, bytes);

        if (aw__arena_failed(arena))
            return aw__fail_nomem(err);
        if (!name)
            return aw__fail(err, AW_E_INVALID, "a property path holds a broken escape");
        path.names[path.depth++] = name;
        text += bytes + (text[bytes] == '/');
    }
    int rc = aw__path_check(path.names, path.depth, err);

    if (rc)
        return rc;
    *ret_path = path;
    return AW_OK;
}

int aw__path_check_value(size_t depth, const json_t *value, aw_error *err)
{
    if (!value || (depth < 2 && json_is_null(value)))
        return aw__fail(err, AW_E_INVALID, "a property's value cannot be null: delete it instead");
    if (depth + aw__json_depth(value, AW__PATH_MAX_VALUE_DEPTH) > AW__PATH_MAX_VALUE_DEPTH)
        return aw__fail(err, AW_E_TOO_LARGE, "a property's value is nested more than %d deep",
                        AW__PATH_MAX_VALUE_DEPTH);
    return AW_OK;
}

json_t *aw__path_get(json_t *properties, const char *const *names, size_t depth)
{
    json_t *at = properties;

    for (size_t i = 0; at && i < depth; i++)
        at = json_object_get(at, names[i]); /* NULL for all but objects */
    return at;
}

/* How many of the names lead through objects that are there. */
static size_t known_depth(json_t *properties, const char *const *names, size_t depth, json_t **ret_last)
{
    size_t known = 0;
    json_t *next;

    *ret_last = properties;
    while (known < depth && (next = json_object_get(*ret_last, names[known]))) {
        *ret_last = next;
        known++;
    }
    return known;
}

/* Wraps value in an object for each name, the last innermost. Takes the reference of value. */
static json_t *wrap(const char *const *names, size_t count, json_t *value)
{
    while (value && count) {
        json_t *object = json_object();

        /* Also drops value when object is NULL or cannot grow. */
        if (json_object_set_new(object, names[--count], value) != 0) {
            json_decref(object);
            return NULL;
        }
        value = object;
    }
    return value;
}

int aw__path_set(json_t *properties, const char *const *names, size_t depth, json_t *value, aw_error *err)
{
    json_t *parent;
    int rc = aw__path_check_value(depth, value, err);

    if (rc)
        return rc;
    size_t known = known_depth(properties, names, depth - 1, &parent);

    if (!json_is_object(parent))
        return aw__fail(err, AW_E_CONFLICT, "what holds \"%s\" is not an object", names[known]);
    json_t *present = json_object_get(parent, names[known]);

    if (depth > 1 && known == depth - 1 && json_is_object(present) && json_is_object(value)) {
        if (json_object_update_recursive(present, value) != 0)
            return aw__fail_nomem(err);
        return AW_OK;
    }
    json_t *branch = wrap(names + known + 1, depth - known - 1, json_incref(value));

    if (json_object_set_new(parent, names[known], branch) != 0)
        return aw__fail_nomem(err);
    return AW_OK;
}

bool aw__path_delete(json_t *properties, const char *const *names, size_t depth)
{
    json_t *parent = aw__path_get(properties, names, depth - 1);

    return json_object_del(parent, names[depth - 1]) == 0;
}
