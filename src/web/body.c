/*
 * What a call brings: its body as JSON or form, and its query.
 */
#include <string.h>

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

/* Clients that are not told what a body is call it a form; but no form begins with a bracket, which forms encode. */
bool aw__call_is_form(const aw__call *call)
{
    size_t bytes;
    const char *body = aw__exchange_body(call->exchange, &bytes);

    if (!bytes && call->overridden)
        return true;
    body += strspn(body, " \t\r\n");
    return *body != '{' && *body != '[' && aw__form_is(aw__exchange_header(call->exchange, "Content-Type"));
}

static int read_query(aw__call *call, aw_error *err)
{
    const char *query = aw__exchange_query(call->exchange);
    int rc = AW_OK;

    if (!call->arguments.query_read)
        rc = aw__form_add(&call->arguments.query, call->arena, query, strlen(query), err);
    call->arguments.query_read = rc == AW_OK;
    return rc;
}

static int read_form(aw__call *call, aw_error *err)
{
    size_t bytes;
    const char *body = aw__exchange_body(call->exchange, &bytes);
    int rc = AW_OK;

    if (aw__call_is_form(call) && !call->arguments.form_read)
        rc = aw__form_add(&call->arguments.form, call->arena, body, bytes, err);
    call->arguments.form_read = rc == AW_OK;
    return rc;
}

/* What is PUT may be anything, whatever it is called. */
int aw__call_read_arguments(aw__call *call, aw_error *err)
{
    int rc = read_query(call, err);

    return rc || (strcmp(call->method, "POST") != 0 && !call->overridden) ? rc : read_form(call, err);
}

/* Fields that the object has already are passed over. -1: out of memory. */
static int set_fields(json_t *object, const aw__form *form)
{
    for (const aw__form_field *field = form->first; field; field = field->next)
        if (!json_object_get(object, field->name) &&
            json_object_set_new(object, field->name, json_string(field->value)))
            return -1;
    return 0;
}

/* With second after first, which goes before. The caller's; NULL when out of memory. */
static json_t *fields_object(const aw__form *first, const aw__form *second)
{
    json_t *object = json_object();

    if (object && (set_fields(object, first) || (second && set_fields(object, second)))) {
        json_decref(object);
        return NULL;
    }
    return object;
}

/* An unreadable form or query is as good as none for those who have not refused it before. */
static void read_what_can_be_read(aw__call *call)
{
    (void)read_query(call, NULL);
    (void)read_form(call, NULL);
}

json_t *aw__call_arguments(aw__call *call)
{
    read_what_can_be_read(call);
    return aw__call_keep(call, fields_object(&call->arguments.form, &call->arguments.query));
}

const char *aw__call_argument(aw__call *call, const char *name)
{
    read_what_can_be_read(call);
    const char *value = aw__form_get(&call->arguments.form, name);

    return value ? value : aw__form_get(&call->arguments.query, name);
}

/* ---- JSON ---- */

bool aw__call_read_json(aw__call *call, json_t **ret_value)
{
    size_t bytes;
    const char *body = aw__exchange_body(call->exchange, &bytes);
    json_t *value = NULL;
    int rc = aw__json_parse(body, bytes, &value, NULL);

    if (rc == AW_E_NOMEM || (value && !aw__call_keep(call, value))) {
        aw__call_json(call, 500, NULL);
        return false;
    }
    *ret_value = value;
    return true;
}

/* The body's value, form or JSON. */
static int body_value(aw__call *call, json_t **ret_value, aw_error *err)
{
    size_t bytes;
    const char *body = aw__exchange_body(call->exchange, &bytes);

    if (!aw__call_is_form(call))
        return aw__json_parse(body, bytes, ret_value, err);
    int rc = read_form(call, err);

    if (rc == AW_OK && call->overridden)
        rc = read_query(call, err);
    if (rc)
        return rc;
    *ret_value = fields_object(&call->arguments.form, call->overridden ? &call->arguments.query : NULL);
    return *ret_value ? AW_OK : aw__fail_nomem(err);
}

json_t *aw__call_object(aw__call *call)
{
    json_t *object = NULL;
    size_t bytes;
    aw_error err = {0};
    int rc = body_value(call, &object, &err);

    aw__exchange_body(call->exchange, &bytes);
    if (rc && rc != AW_E_NOMEM) {
        aw__call_fail(call, 400, aw__call_is_form(call) ? "bad_form" : "bad_json", "%s",
                      bytes ? err.message : "the body is empty; JSON is expected");
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
