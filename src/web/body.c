/*
 * What a call brings: its body as JSON or form, and its query.
 */
#include <string.h>
#include <strings.h>

#include "base/encode.h"
#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "web/router.h"

static void release(void *value)
{
    json_decref(value);
}

json_t *aw__call_keep(aw__call *call, json_t *value)
{
    if (!value || aw__exchange_at_end(call->exchange, release, value))
        return NULL;
    return value;
}

/* ---- forms and queries ---- */

bool aw__call_is_form(const aw__call *call)
{
    static const char form_type[] = "application/x-www-form-urlencoded";
    const char *type = aw__exchange_header(call->exchange, "Content-Type");

    return type && strncasecmp(type, form_type, sizeof(form_type) - 1) == 0 &&
           (!type[sizeof(form_type) - 1] || strchr("; \t", type[sizeof(form_type) - 1]));
}

/* "a=1&b=2" into object, but for names that it has. What is not percent-encoded UTF-8 is passed over. -1: no memory. */
static int parse_arguments(aw__arena *arena, const char *text, json_t *object)
{
    while (*text) {
        size_t bytes = strcspn(text, "&");
        const char *equals = memchr(text, '=', bytes);
        size_t name_bytes = equals ? (size_t)(equals - text) : bytes;
        const char *name = aw__percent_decode(arena, text, name_bytes, true);
        const char *value =
            equals ? aw__percent_decode(arena, equals + 1, bytes - name_bytes - 1, true) : aw__arena_strdup(arena, "");

        if (aw__arena_failed(arena))
            return -1;
        if (name && value && *name && aw__text_utf8(name, strlen(name)) && aw__text_utf8(value, strlen(value)) &&
            !json_object_get(object, name) && json_object_set_new(object, name, json_string(value)))
            return -1;
        text += bytes + (text[bytes] == '&');
    }
    return 0;
}

/* The form's fields as an object; NULL when out of memory. */
static json_t *form_object(aw__call *call)
{
    json_t *object = json_object();

    if (object && parse_arguments(call->arena, aw__exchange_body(call->exchange, NULL), object)) {
        json_decref(object);
        return NULL;
    }
    return object;
}

json_t *aw__call_arguments(aw__call *call)
{
    if (call->arguments)
        return call->arguments;
    json_t *object = aw__call_is_form(call) ? form_object(call) : json_object();

    if (object && parse_arguments(call->arena, aw__exchange_query(call->exchange), object)) {
        json_decref(object);
        object = NULL;
    }
    call->arguments = aw__call_keep(call, object);
    return call->arguments;
}

const char *aw__call_argument(aw__call *call, const char *name)
{
    return json_string_value(json_object_get(aw__call_arguments(call), name));
}

/* ---- JSON ---- */

json_t *aw__call_body_json(aw__call *call, bool *ret_empty)
{
    size_t bytes;
    const char *body = aw__exchange_body(call->exchange, &bytes);
    json_t *value = NULL;

    *ret_empty = !bytes;
    if (!bytes || aw__json_parse(body, bytes, &value, NULL))
        return NULL;
    return aw__call_keep(call, value);
}

json_t *aw__call_object(aw__call *call)
{
    size_t bytes;
    const char *body = aw__exchange_body(call->exchange, &bytes);
    json_t *object = NULL;
    aw_error err = {0};

    if (aw__call_is_form(call)) {
        object = form_object(call);
    } else if (aw__json_parse(body, bytes, &object, &err) && err.code != AW_E_NOMEM) {
        aw__call_fail(call, 400, "bad_json", "%s", bytes ? err.message : "the body is empty; JSON is expected");
        return NULL;
    }
    if (object && !json_is_object(object)) {
        json_decref(object);
        aw__call_fail(call, 400, "bad_json", "the body must be a JSON object");
        return NULL;
    }
    object = aw__call_keep(call, object);
    if (!object)
        aw__call_fail(call, 500, "out_of_memory", "out of memory");
    return object;
}

/* ---- members of an object ---- */

bool aw__call_take_text(aw__call *call, const json_t *body, const char *key, const char **ret_text)
{
    const json_t *value = json_object_get(body, key);

    if (value && !json_is_null(value) && !json_is_string(value)) {
        aw__call_fail(call, 400, "bad_request", "%s must be a text", key);
        return false;
    }
    *ret_text = json_string_value(value);
    return true;
}

static bool is_false(const json_t *value)
{
    const char *text = json_string_value(value);

    return json_is_false(value) || aw__text_equal_nocase(text, "false") || aw__text_equal(text, "0") ||
           (json_is_integer(value) && !json_integer_value(value));
}

bool aw__call_take_flag(aw__call *call, const json_t *body, const char *key, aw_change *ret_change)
{
    const json_t *value = json_object_get(body, key);
    bool set = aw__json_get_flag(body, key, false);

    if (value && !json_is_null(value) && !set && !is_false(value)) {
        aw__call_fail(call, 400, "bad_request", "%s must be true or false", key);
        return false;
    }
    *ret_change = !value || json_is_null(value) ? AW_KEEP : set ? AW_SET : AW_CLEAR;
    return true;
}
