/*
 * Names and values as queries and HTML forms carry them (application/x-www-form-urlencoded).
 */
#ifndef AW_HTTP_FORM_H
#define AW_HTTP_FORM_H

#include "base/alloc.h"
#include <actingweb/error.h>

enum { AW__FORM_MAX_FIELDS = 512 };

typedef struct aw__form_field {
    struct aw__form_field *next;
    const char *name;  /* decoded, UTF-8 */
    const char *value; /* decoded, UTF-8; "" when there was no "=" */
} aw__form_field;

/* Zeroed at first. Fields in the order in which they came, each name once. */
typedef struct aw__form {
    aw__form_field *first, *last;
    size_t count;
} aw__form;

/*
 * Adds the fields of text, in the arena. Of fields with one name the first counts, over all texts added: so a body that
 * is to override the query is added before it. Pieces without a name are passed over.
 * AW_E_INVALID (a broken escape, an encoded NUL, not UTF-8), AW_E_TOO_LARGE (more than AW__FORM_MAX_FIELDS),
 * AW_E_NOMEM; the form is then as before.
 */
int aw__form_add(aw__form *form, aw__arena *arena, const char *text, size_t bytes, aw_error *err);

/* The value; NULL when there is no such field. */
const char *aw__form_get(const aw__form *form, const char *name);

/* A Content-Type header's value (or NULL) says that the body is a form. */
bool aw__form_is(const char *content_type);

#endif
