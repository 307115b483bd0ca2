/*
 * Permissions read from JSON and written to it.
 */
#include "model/permission_json.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"

/* The last because a target may be compared with every byte of them. */
enum { GLOBS_MAX = 1000, GLOB_MAX_BYTES = 1024, ALL_GLOBS_MAX_BYTES = 65536 };

static const char *const category_names[AW__PERMISSION_CATEGORIES] = {
    [AW__PERMISSION_PROPERTIES] = "properties", [AW__PERMISSION_METHODS] = "methods",
    [AW__PERMISSION_ACTIONS] = "actions",       [AW__PERMISSION_TOOLS] = "tools",
    [AW__PERMISSION_RESOURCES] = "resources",   [AW__PERMISSION_PROMPTS] = "prompts",
};

static const struct {
    const char *name;
    aw__operation operation;
} operations[] = {
    {"read", AW__OPERATION_READ},
    {"write", AW__OPERATION_WRITE},
    {"delete", AW__OPERATION_DELETE},
    {"subscribe", AW__OPERATION_SUBSCRIBE},
};

enum { OPERATIONS = sizeof(operations) / sizeof(*operations) };

static const char *const list_names[] = {"patterns", "excluded_patterns", "allowed", "denied"};

enum { LISTS = sizeof(list_names) / sizeof(*list_names) };

const char *aw__permission_category_name(aw__permission_category category)
{
    return category_names[category];
}

bool aw__operation_parse(const char *word, aw__operation *ret_operation)
{
    for (size_t i = 0; i < OPERATIONS; i++) {
        if (aw__text_equal(operations[i].name, word)) {
            *ret_operation = operations[i].operation;
            return true;
        }
    }
    return false;
}

/* ---- checking ---- */

static int check_globs(const char *category, const char *list, const json_t *globs, aw_error *err)
{
    size_t i, all = 0;
    json_t *glob;

    if (!globs || json_is_null(globs))
        return AW_OK;
    if (!json_is_array(globs))
        return aw__fail(err, AW_E_INVALID, "%s.%s: must be an array of texts", category, list);
    if (json_array_size(globs) > GLOBS_MAX)
        return aw__fail(err, AW_E_TOO_LARGE, "%s.%s: must not hold more than %d texts", category, list, GLOBS_MAX);
    json_array_foreach(globs, i, glob) {
        if (!json_is_string(glob) || strlen(json_string_value(glob)) != json_string_length(glob))
            return aw__fail(err, AW_E_INVALID, "%s.%s: must be an array of texts", category, list);
        if (json_string_length(glob) > GLOB_MAX_BYTES)
            return aw__fail(err, AW_E_TOO_LARGE, "%s.%s: a pattern must not be longer than %d bytes", category, list,
                            GLOB_MAX_BYTES);
        all += json_string_length(glob);
    }
    if (all > ALL_GLOBS_MAX_BYTES)
        return aw__fail(err, AW_E_TOO_LARGE, "%s.%s: must not be longer than %d bytes together", category, list,
                        ALL_GLOBS_MAX_BYTES);
    return AW_OK;
}

static int check_operations(const char *category, const json_t *words, aw_error *err)
{
    size_t i;
    json_t *word;
    aw__operation operation;
    int rc = check_globs(category, "operations", words, err);

    if (rc)
        return rc;
    /* Methods and such have words of their own there ("call"), of which nothing depends. */
    if (strcmp(category, "properties") != 0 && strcmp(category, "resources") != 0)
        return AW_OK;
    json_array_foreach(words, i, word)
        if (!aw__operation_parse(json_string_value(word), &operation))
            return aw__fail(err, AW_E_INVALID, "%s.operations: has read, write, delete and subscribe", category);
    return AW_OK;
}

static bool is_properties(const char *category)
{
    return strcmp(category, category_names[AW__PERMISSION_PROPERTIES]) == 0;
}

static bool is_rule(const char *name)
{
    for (size_t i = 0; i < LISTS; i++)
        if (strcmp(name, list_names[i]) == 0)
            return true;
    return strcmp(name, "operations") == 0;
}

static int check_names(const char *category, json_t *rules, aw_error *err)
{
    const char *name;
    json_t *value;

    json_object_foreach(rules, name, value)
        if (!is_rule(name))
            return aw__fail(err, AW_E_INVALID, "%s: has patterns, operations, excluded_patterns, allowed and denied only",
                            category);
    return AW_OK;
}

static int check_category(const char *category, json_t *rules, aw_error *err)
{
    int rc = AW_OK;

    if (!rules || json_is_null(rules))
        return AW_OK;
    if (json_is_array(rules) && is_properties(category))
        return check_globs(category, "patterns", rules, err);
    if (!json_is_object(rules))
        return aw__fail(err, AW_E_INVALID, "%s: must be an object of rules%s", category,
                        is_properties(category) ? " or an array of patterns" : "");
    rc = check_names(category, rules, err);
    for (size_t i = 0; rc == AW_OK && i < LISTS; i++)
        rc = check_globs(category, list_names[i], json_object_get(rules, list_names[i]), err);
    return rc ? rc : check_operations(category, json_object_get(rules, "operations"), err);
}

int aw__permissions_check(json_t *object, aw_error *err)
{
    int rc = AW_OK;

    if (!json_is_object(object))
        return aw__fail(err, AW_E_INVALID, "permissions must be an object");
    for (size_t i = 0; rc == AW_OK && i < AW__PERMISSION_CATEGORIES; i++)
        rc = check_category(category_names[i], json_object_get(object, category_names[i]), err);
    return rc;
}

/* ---- merging ---- */

static size_t count_of(const char *const *globs)
{
    size_t count = 0;

    while (globs && globs[count])
        count++;
    return count;
}

/* base (or NULL) and the array's texts behind it; NULL when out of memory. */
static const char *const *joined(aw__arena *arena, const char *const *base, const json_t *array)
{
    size_t count = count_of(base), i;
    const char **globs = aw__arena_alloc(arena, (count + json_array_size(array) + 1) * sizeof(*globs));
    json_t *glob;

    if (!globs)
        return NULL;
    if (count)
        memcpy(globs, base, count * sizeof(*globs));
    json_array_foreach(array, i, glob) {
        const char *text = json_string_value(glob);
        bool known = !text;

        for (size_t k = 0; k < count && !known; k++)
            known = strcmp(globs[k], text) == 0;
        if (!known)
            globs[count++] = aw__arena_strdup(arena, text);
    }
    return aw__arena_failed(arena) ? NULL : globs;
}

static unsigned operations_of(const json_t *words)
{
    unsigned set = 0;
    size_t i;
    json_t *word;
    aw__operation operation;

    json_array_foreach(words, i, word)
        if (aw__operation_parse(json_string_value(word), &operation))
            set |= (unsigned)operation;
    return set;
}

static void merge_list(aw__arena *arena, const json_t *rules, const char *name, bool keep, const char *const **list)
{
    const json_t *array = json_object_get(rules, name);

    if (json_is_array(array))
        *list = joined(arena, keep ? *list : NULL, array);
}

static void merge_category(aw__arena *arena, aw__rules *rules, const json_t *object, bool of_properties)
{
    if (of_properties && json_is_array(object)) {
        rules->patterns = joined(arena, rules->patterns, object);
        rules->operations = AW__OPERATION_READ;
        return;
    }
    merge_list(arena, object, "patterns", true, &rules->patterns);
    merge_list(arena, object, "excluded_patterns", true, &rules->excluded);
    merge_list(arena, object, "allowed", false, &rules->allowed);
    merge_list(arena, object, "denied", false, &rules->denied);
    if (json_is_array(json_object_get(object, "operations")))
        rules->operations = operations_of(json_object_get(object, "operations"));
}

int aw__permissions_merge(aw__arena *arena, const aw__permissions *base, const json_t *object,
                          const aw__permissions **ret_permissions, aw_error *err)
{
    aw__permissions *merged = aw__arena_alloc(arena, sizeof(*merged));

    if (!merged)
        return aw__fail_nomem(err);
    if (base)
        *merged = *base;
    for (size_t i = 0; i < AW__PERMISSION_CATEGORIES; i++)
        merge_category(arena, &merged->rules[i], json_object_get(object, category_names[i]),
                       i == AW__PERMISSION_PROPERTIES);
    if (aw__arena_failed(arena))
        return aw__fail_nomem(err);
    *ret_permissions = merged;
    return AW_OK;
}

/* ---- writing ---- */

static int set_list(json_t *object, const char *name, const char *const *globs)
{
    json_t *array = globs ? json_array() : NULL;

    if (!globs)
        return 0;
    for (; array && *globs; globs++) {
        if (json_array_append_new(array, json_string(*globs))) {
            json_decref(array);
            array = NULL;
        }
    }
    return json_object_set_new(object, name, array);
}

static int set_operations(json_t *object, unsigned set)
{
    json_t *array = json_array();

    for (size_t i = 0; array && i < OPERATIONS; i++) {
        if ((set & (unsigned)operations[i].operation) && json_array_append_new(array, json_string(operations[i].name))) {
            json_decref(array);
            array = NULL;
        }
    }
    return json_object_set_new(object, "operations", array);
}

json_t *aw__rules_json(const aw__rules *rules)
{
    json_t *object = json_object();

    if (!object || set_list(object, "patterns", rules->patterns) ||
        (rules->patterns && set_operations(object, rules->operations)) ||
        set_list(object, "excluded_patterns", rules->excluded) || set_list(object, "allowed", rules->allowed) ||
        set_list(object, "denied", rules->denied)) {
        json_decref(object);
        return NULL;
    }
    return object;
}

json_t *aw__permissions_json(const aw__permissions *permissions)
{
    json_t *object = json_object();

    for (size_t i = 0; object && i < AW__PERMISSION_CATEGORIES; i++) {
        json_t *rules = permissions ? aw__rules_json(&permissions->rules[i]) : json_object();

        if (json_object_set_new(object, category_names[i], rules)) {
            json_decref(object);
            object = NULL;
        }
    }
    return object;
}
