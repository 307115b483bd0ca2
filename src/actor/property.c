/*
 * Properties, read. They are written in property_write.c; the rules of paths are in src/model/path.c. The items of list
 * properties are not here.
 */
#include "actor/property.h"

#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "model/path.h"
#include "store/properties.h"

/* What a row holds. Text that is no JSON (the reference stores some so) becomes a JSON text. */
static int parse(const char *text, json_t **ret_value, aw_error *err)
{
    int rc = aw__json_parse(text, strlen(text), ret_value, NULL);

    if (rc == AW_OK)
        return AW_OK;
    json_t *value = rc == AW_E_NOMEM ? NULL : json_string(text);

    if (!value)
        return aw__fail_nomem(err);
    *ret_value = value;
    return AW_OK;
}

static int rows_object(const aw__property_row *rows, size_t count, json_t **ret_object, aw_error *err)
{
    json_t *object = json_object();

    for (size_t i = 0; object && i < count; i++) {
        json_t *value = NULL;
        int rc = parse(rows[i].value, &value, err);

        if (rc) {
            json_decref(object);
            return rc;
        }
        if (json_object_set_new_nocheck(object, rows[i].name, value)) {
            json_decref(object);
            object = NULL;
        }
    }
    if (!object)
        return aw__fail_nomem(err);
    *ret_object = object;
    return AW_OK;
}

/* The row as the object of properties that a path is laid over. */
static int row_value(const aw__property_row *row, const char *const *path, size_t depth, json_t **ret_value,
                     aw_error *err)
{
    json_t *object = NULL;
    int rc = rows_object(row, 1, &object, err);

    if (rc)
        return rc;
    json_t *found = aw__path_get(object, path, depth);

    if (found)
        *ret_value = json_incref(found);
    else
        rc = aw__fail(err, AW_E_NOT_FOUND, "no such property");
    json_decref(object);
    return rc;
}

int aw__property_read(aw_database *database, aw__arena *arena, const char *actor_id, const char *const *path,
                      size_t depth, json_t **ret_value, aw_error *err)
{
    aw__property_row row = {.name = depth ? path[0] : NULL};
    aw__property_row *rows = NULL;
    size_t count = 0;

    if (aw__path_check(path, depth, NULL))
        return aw__fail(err, AW_E_NOT_FOUND, "no such property");
    int rc = depth ? aw__properties_get(database, arena, actor_id, row.name, &row.value, err)
                   : aw__properties_list(database, arena, actor_id, &rows, &count, err);

    if (rc)
        return rc;
    return depth ? row_value(&row, path, depth, ret_value, err) : rows_object(rows, count, ret_value, err);
}

struct reading {
    aw__arena *arena;
    const char *actor_id;
    const char *const *path;
    size_t depth;
    json_t *value;
};

static int read_value(aw_database *database, void *arg, aw_error *err)
{
    struct reading *reading = arg;

    json_decref(reading->value);
    reading->value = NULL;
    return aw__property_read(database, reading->arena, reading->actor_id, reading->path, reading->depth,
                             &reading->value, err);
}

int aw__property_get(aw__site *site, const char *actor_id, const char *const *path, size_t depth, json_t **ret_value,
                     aw_error *err)
{
    struct reading reading = {.arena = aw__arena_new(), .actor_id = actor_id, .path = path, .depth = depth};

    if (!reading.arena)
        return aw__fail_nomem(err);
    int rc = aw__store_read(site->store, read_value, &reading, err);

    aw__arena_free(reading.arena);
    if (rc)
        json_decref(reading.value);
    else
        *ret_value = reading.value;
    return rc;
}
