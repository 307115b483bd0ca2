/*
 * Parsing what the store holds.
 */
#include "actor/stored.h"

#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/json.h"

int aw__stored_parse(const char *text, json_t **ret_value, aw_error *err)
{
    int rc = aw__json_parse_own(text, strlen(text), ret_value, err);

    return rc == AW_E_INVALID ? aw__fail(err, AW_E_STORE, "the store holds a value that is no JSON") : rc;
}

int aw__stored_object(const char *text, json_t **ret_object, aw_error *err)
{
    json_t *value = NULL;
    int rc = aw__stored_parse(text, &value, err);

    if (rc == AW_OK && json_is_string(value)) {
        json_t *inner = NULL;

        rc = aw__stored_parse(json_string_value(value), &inner, err);
        json_decref(value);
        value = inner;
    }
    if (rc == AW_OK && !json_is_object(value)) {
        json_decref(value);
        rc = aw__fail(err, AW_E_STORE, "the store holds a value that is no object");
    }
    if (rc == AW_OK)
        *ret_object = value;
    return rc;
}

char *aw__stored_object_text(const json_t *object)
{
    char *inner = aw__json_text(object);
    json_t *outer = inner ? json_string(inner) : NULL;
    char *text = outer ? aw__json_text(outer) : NULL;

    json_decref(outer);
    aw__free(inner);
    return text;
}
