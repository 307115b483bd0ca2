/*
 * Reading the file of --trust-types. Whether the rules in it are right is the library's to say.
 */
#include "daemon/trust_types.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int complain(const char *path, const char *what)
{
    fprintf(stderr, "actingwebd: --trust-types %s: %s\n", path, what);
    return -1;
}

/* A text member, taken out; NULL: absent. False when it is something else. */
static bool take_text(json_t *entry, json_t *texts, const char *key, const char **ret_text)
{
    json_t *value = json_object_get(entry, key);

    *ret_text = NULL;
    if (!value)
        return true;
    if (!json_is_string(value) || json_array_append(texts, value))
        return false;
    *ret_text = json_string_value(value);
    return json_object_del(entry, key) == 0;
}

/* What is left of the entry are its permissions. */
static int take_entry(const char *path, json_t *entry, json_t *texts, aw_relationship *type)
{
    if (!json_is_object(entry))
        return complain(path, "each kind of relationship must be an object");
    if (!take_text(entry, texts, "name", &type->name) || !take_text(entry, texts, "display_name", &type->display_name) ||
        !take_text(entry, texts, "description", &type->description) ||
        !take_text(entry, texts, "access", &type->access))
        return complain(path, "name, display_name, description and access must be texts");
    type->permissions = entry;
    return 0;
}

int daemon_trust_types_read(const char *path, daemon_trust_types *types)
{
    json_error_t where;
    char what[JSON_ERROR_TEXT_LENGTH + 64];
    json_t *list = json_load_file(path, JSON_REJECT_DUPLICATES, &where), *texts = json_array();
    int failed = 0;

    *types = (daemon_trust_types){.json = json_pack("[o?,o?]", list, texts)};
    if (!list) {
        if (where.line > 0)
            snprintf(what, sizeof what, "line %d: %s", where.line, where.text);
        else
            snprintf(what, sizeof what, "%s", where.text);
        return complain(path, what);
    }
    if (!json_is_array(list))
        return complain(path, "must hold a JSON array, [{\"name\":...}, ...]");
    types->count = json_array_size(list);
    types->items = calloc(types->count + 1, sizeof *types->items);
    if (!types->items || !types->json)
        return complain(path, "out of memory");
    for (size_t i = 0; i < types->count && !failed; i++)
        failed = take_entry(path, json_array_get(list, i), texts, &types->items[i]);
    return failed;
}

void daemon_trust_types_free(daemon_trust_types *types)
{
    free(types->items);
    json_decref(types->json);
    *types = (daemon_trust_types){0};
}
