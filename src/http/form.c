/*
 * Reading forms and queries. Writing them is base/encode.h's.
 */
#include "http/form.h"

#include <string.h>
#include <strings.h>

#include "base/encode.h"
#include "base/error.h"
#include "base/text.h"

/* One half of a piece, decoded. AW_E_INVALID or AW_E_NOMEM. */
static int decode(aw__arena *arena, const char *text, size_t bytes, const char **ret_text)
{
    const char *decoded = aw__percent_decode(arena, text, bytes, true);

    if (!decoded)
        return aw__arena_failed(arena) ? AW_E_NOMEM : AW_E_INVALID;
    if (!aw__text_utf8(decoded, strlen(decoded)))
        return AW_E_INVALID;
    *ret_text = decoded;
    return AW_OK;
}

static int append(aw__form *form, aw__arena *arena, const char *name, const char *value)
{
    if (form->count == AW__FORM_MAX_FIELDS)
        return AW_E_TOO_LARGE;
    aw__form_field *field = aw__arena_alloc(arena, sizeof(*field));

    if (!field)
        return AW_E_NOMEM;
    field->name = name;
    field->value = value;
    if (form->last)
        form->last->next = field;
    else
        form->first = field;
    form->last = field;
    form->count++;
    return AW_OK;
}

/* "name=value" or "name". */
static int add_piece(aw__form *form, aw__arena *arena, const char *text, size_t bytes)
{
    const char *equals = memchr(text, '=', bytes);
    size_t name_bytes = equals ? (size_t)(equals - text) : bytes;
    const char *name = NULL;
    const char *value = "";

    if (!name_bytes)
        return AW_OK;
    int rc = decode(arena, text, name_bytes, &name);

    if (!rc && equals)
        rc = decode(arena, equals + 1, bytes - name_bytes - 1, &value);
    if (rc || aw__form_get(form, name))
        return rc;
    return append(form, arena, name, value);
}

int aw__form_add(aw__form *form, aw__arena *arena, const char *text, size_t bytes, aw_error *err)
{
    const aw__form before = *form;
    const char *end = text + bytes;
    int rc = AW_OK;

    while (text < end && !rc) {
        const char *amper = memchr(text, '&', (size_t)(end - text));
        const char *piece_end = amper ? amper : end;

        rc = add_piece(form, arena, text, (size_t)(piece_end - text));
        text = amper ? amper + 1 : end;
    }
    if (!rc)
        return AW_OK;
    *form = before;
    if (form->last)
        form->last->next = NULL;
    if (rc == AW_E_NOMEM)
        return aw__fail_nomem(err);
    if (rc == AW_E_TOO_LARGE)
        return aw__fail(err, rc, "a form or query may have %d fields at most", AW__FORM_MAX_FIELDS);
    return aw__fail(err, rc, "a form or query is not percent-encoded UTF-8");
}

const char *aw__form_get(const aw__form *form, const char *name)
{
    for (const aw__form_field *field = form->first; field; field = field->next) {
        if (strcmp(field->name, name) == 0)
            return field->value;
    }
    return NULL;
}

bool aw__form_is(const char *content_type)
{
    static const char form_type[] = "application/x-www-form-urlencoded";
    size_t bytes = sizeof(form_type) - 1;

    return content_type && strncasecmp(content_type, form_type, bytes) == 0 &&
           (content_type[bytes] == '\0' || strchr("; \t", content_type[bytes]));
}
