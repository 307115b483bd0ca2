/*
 * Writing JSON: jansson's own writer would print 0.1 as 0.10000000000000001 and allocate past alloc.h.
 */
#include "base/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"

/* Deeper than anything that was parsed or may be stored; a value that contains itself ends here. */
enum { MAX_DEPTH = 512 };

static int write_value(aw__buffer *out, const json_t *value, int depth);

/* The bytes at text that stand for themselves in a JSON text. */
static size_t plain_bytes(const char *text, size_t bytes)
{
    size_t n = 0;

    while (n < bytes && (unsigned char)text[n] >= 0x20 && text[n] != '"' && text[n] != '\\')
        n++;
    return n;
}

static int write_escape(aw__buffer *out, char c)
{
    static const char escaped[] = "\"\\\b\f\n\r\t";
    static const char letters[] = "\"\\bfnrt";
    const char *known = memchr(escaped, c, sizeof(escaped) - 1);

    if (known) {
        char pair[] = {'\\', letters[known - escaped]};

        return aw__buffer_append(out, pair, sizeof(pair));
    }
    return aw__buffer_printf(out, "\\u%04x", (unsigned)(unsigned char)c);
}

static int write_text(aw__buffer *out, const char *text, size_t bytes)
{
    int rc = aw__buffer_append(out, "\"", 1);

    while (!rc && bytes) {
        size_t plain = plain_bytes(text, bytes);

        rc = aw__buffer_append(out, text, plain);
        text += plain;
        bytes -= plain;
        if (!rc && bytes) {
            rc = write_escape(out, *text++);
            bytes--;
        }
    }
    return rc ? rc : aw__buffer_append(out, "\"", 1);
}

/* The fewest digits that read back as the same number. The locale may have put another decimal point there. */
static int write_real(aw__buffer *out, double value)
{
    char digits[40];

    for (int precision = 15; precision <= 17; precision++) {
        snprintf(digits, sizeof(digits) - 2, "%.*g", precision, value);
        if (strtod(digits, NULL) == value)
            break;
    }
    size_t bytes = strlen(digits);
    size_t point = strspn(digits, "+-0123456789");

    if (point == bytes)
        strcpy(digits + bytes, ".0"); /* a real stays a real */
    else if (digits[point] != 'e')
        digits[point] = '.';
    return aw__buffer_append_text(out, digits);
}

static int write_array(aw__buffer *out, const json_t *array, int depth)
{
    int rc = aw__buffer_append(out, "[", 1);

    for (size_t i = 0; !rc && i < json_array_size(array); i++) {
        if (i)
            rc = aw__buffer_append(out, ",", 1);
        if (!rc)
            rc = write_value(out, json_array_get(array, i), depth);
    }
    return rc ? rc : aw__buffer_append(out, "]", 1);
}

static int write_object(aw__buffer *out, const json_t *value, int depth)
{
    json_t *object = (json_t *)(uintptr_t)value; /* the iterator only reads, but takes no const */
    void *first = json_object_iter(object);
    int rc = aw__buffer_append(out, "{", 1);

    for (void *i = first; !rc && i; i = json_object_iter_next(object, i)) {
        if (i != first)
            rc = aw__buffer_append(out, ",", 1);
        if (!rc)
            rc = write_text(out, json_object_iter_key(i), json_object_iter_key_len(i));
        if (!rc)
            rc = aw__buffer_append(out, ":", 1);
        if (!rc)
            rc = write_value(out, json_object_iter_value(i), depth);
    }
    return rc ? rc : aw__buffer_append(out, "}", 1);
}

static int write_value(aw__buffer *out, const json_t *value, int depth)
{
    if (depth >= MAX_DEPTH)
        return AW_E_TOO_LARGE;
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        return write_object(out, value, depth + 1);
    case JSON_ARRAY:
        return write_array(out, value, depth + 1);
    case JSON_STRING:
        return write_text(out, json_string_value(value), json_string_length(value));
    case JSON_INTEGER:
        return aw__buffer_printf(out, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    case JSON_REAL:
        return write_real(out, json_real_value(value));
    case JSON_TRUE:
        return aw__buffer_append_text(out, "true");
    case JSON_FALSE:
        return aw__buffer_append_text(out, "false");
    case JSON_NULL:
        break;
    }
    return aw__buffer_append_text(out, "null");
}

char *aw__json_text(const json_t *value)
{
    aw__buffer out = {0};

    if (!value || write_value(&out, value, 0) != AW_OK) {
        aw__buffer_free(&out);
        return NULL;
    }
    return out.data;
}
