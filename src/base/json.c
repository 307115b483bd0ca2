/*
 * Reading JSON: parsing within limits, and lenient questions about objects. Writing is in json_text.c.
 */
#include "base/json.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/text.h"

/* jansson itself would follow 2048 levels; what walks the value later recurses as well. Brackets inside texts do not
 * count; whether the text is JSON at all is the parser's question. */
static bool too_deep(const char *text, size_t bytes)
{
    size_t depth = 0;
    bool in_text = false;

    for (size_t i = 0; i < bytes; i++) {
        char c = text[i];

        if (in_text) {
            if (c == '\\')
                i++;
            else if (c == '"')
                in_text = false;
        } else if (c == '"') {
            in_text = true;
        } else if (c == '[' || c == '{') {
            if (++depth > AW__JSON_MAX_DEPTH)
                return true;
        } else if ((c == ']' || c == '}') && depth) {
            depth--;
        }
    }
    return false;
}

/* jansson's lexer does not look whether its buffer grew: without memory it aborts or runs past it. So there must be
 * room for the longest text that it could hold, twice, before it begins. */
static bool has_room(size_t bytes)
{
    enum { LEXER_MIN_BYTES = 1024 };
    void *room = bytes <= SIZE_MAX / 2 - LEXER_MIN_BYTES ? aw__malloc(2 * bytes + LEXER_MIN_BYTES) : NULL;

    aw__free(room);
    return room != NULL;
}

/* Appends a number to out, ".0" with it when it is an integer that an int64_t cannot hold. */
static int append_number(aw__buffer *out, const char *text, size_t bytes)
{
    static const char past_max[] = "9223372036854775808", past_min[] = "9223372036854775809";
    bool negative = text[0] == '-';
    size_t digits = bytes - negative;
    const char *limit = negative ? past_min : past_max;
    bool wide = digits > sizeof(past_max) - 1 ||
                (digits == sizeof(past_max) - 1 && memcmp(text + negative, limit, digits) >= 0);
    int rc = aw__buffer_append(out, text, bytes);

    return rc || !wide || memchr(text, '.', bytes) || memchr(text, 'e', bytes) || memchr(text, 'E', bytes)
               ? rc
               : aw__buffer_append_text(out, ".0");
}

/* The bytes at text up to and with the end of a JSON text that begins there. */
static size_t text_bytes(const char *text, size_t bytes)
{
    for (size_t i = 1; i < bytes; i++) {
        if (text[i] == '\\')
            i++;
        else if (text[i] == '"')
            return i + 1;
    }
    return bytes;
}

/* jansson refuses integers that an int64_t cannot hold; Python writes them. They become reals, as in JavaScript. */
static int widen(const char *text, size_t bytes, aw__buffer *ret_out)
{
    int rc = AW_OK;

    while (!rc && bytes) {
        bool number = *text == '-' || (*text >= '0' && *text <= '9');
        size_t taken = 1;

        if (*text == '"')
            taken = text_bytes(text, bytes);
        else if (number)
            while (taken < bytes && strchr("0123456789+-.eE", text[taken]))
                taken++;
        rc = number ? append_number(ret_out, text, taken) : aw__buffer_append(ret_out, text, taken);
        text += taken;
        bytes -= taken;
    }
    return rc;
}

/* As json_loadb(), that understands wide integers. NULL when it is not JSON, or with ENOMEM in errno. */
static json_t *load(const char *text, size_t bytes, json_error_t *problem)
{
    aw__buffer wider = {0};

    errno = 0;
    json_t *value = json_loadb(text, bytes, JSON_DECODE_ANY, problem);

    if (value || errno == ENOMEM || json_error_code(problem) != json_error_numeric_overflow)
        return value;
    if (widen(text, bytes, &wider) || !has_room(wider.bytes))
        errno = ENOMEM;
    else
        value = json_loadb(wider.data, wider.bytes, JSON_DECODE_ANY, problem);
    aw__buffer_free(&wider);
    return value;
}

int aw__json_parse(const char *text, size_t bytes, json_t **ret_value, aw_error *err)
{
    if (too_deep(text, bytes))
        return aw__fail(err, AW_E_TOO_LARGE, "JSON nested more than %d deep", AW__JSON_MAX_DEPTH);
    return aw__json_parse_own(text, bytes, ret_value, err);
}

int aw__json_parse_own(const char *text, size_t bytes, json_t **ret_value, aw_error *err)
{
    json_error_t problem;

    if (!bytes)
        return aw__fail(err, AW_E_INVALID, "not JSON: empty");
    /* jansson takes a NUL at the end for the end. */
    if (memchr(text, '\0', bytes))
        return aw__fail(err, AW_E_INVALID, "not JSON: it holds a NUL");
    if (!has_room(bytes))
        return aw__fail_nomem(err);
    json_t *value = load(text, bytes, &problem);

    /* Should memory run out all the same: jansson calls that a syntax error, or loses a byte of a long text without a
     * word, but leaves what malloc() said. */
    if (errno == ENOMEM) {
        json_decref(value);
        return aw__fail_nomem(err);
    }
    if (!value) {
        /* Not problem.text: it quotes the document, which may hold a secret. */
        return aw__fail(err, AW_E_INVALID, "not JSON: line %d, column %d", problem.line, problem.column);
    }
    *ret_value = value;
    return AW_OK;
}

size_t aw__json_depth(const json_t *value, size_t limit)
{
    size_t deepest = 0;

    if (!json_is_object(value) && !json_is_array(value))
        return 0;
    if (!limit)
        return 1;
    if (json_is_object(value)) {
        /* jansson's iterator only reads, but takes no const. */
        json_t *object = (json_t *)(uintptr_t)value;

        for (void *i = json_object_iter(object); i && deepest < limit; i = json_object_iter_next(object, i)) {
            size_t depth = aw__json_depth(json_object_iter_value(i), limit - 1);

            deepest = depth > deepest ? depth : deepest;
        }
    }
    for (size_t i = 0; i < json_array_size(value) && deepest < limit; i++) {
        size_t depth = aw__json_depth(json_array_get(value, i), limit - 1);

        deepest = depth > deepest ? depth : deepest;
    }
    return deepest + 1;
}

const char *aw__json_get_text(const json_t *object, const char *key, const char *fallback)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text ? text : fallback;
}

bool aw__json_get_flag(const json_t *object, const char *key, bool fallback)
{
    const json_t *value = json_object_get(object, key);

    switch (value ? json_typeof(value) : JSON_NULL) {
    case JSON_TRUE:
        return true;
    case JSON_STRING:
        return aw__text_equal_nocase(json_string_value(value), "true") || aw__text_equal(json_string_value(value), "1");
    case JSON_INTEGER:
    case JSON_REAL:
        return json_number_value(value) != 0;
    default:
        return value ? false : fallback;
    }
}

bool aw__json_get_int(const json_t *object, const char *key, int64_t *ret_value)
{
    const json_t *value = json_object_get(object, key);

    if (json_is_string(value))
        return aw__text_to_int(json_string_value(value), INT64_MIN, INT64_MAX, ret_value);
    if (!json_is_integer(value))
        return false;
    *ret_value = json_integer_value(value);
    return true;
}

int aw__json_set_text(json_t *object, const char *key, const char *text)
{
    return json_object_set_new(object, key, text ? json_string(text) : json_null());
}

int aw__json_set_text_or_null(json_t *object, const char *key, const char *text)
{
    return aw__json_set_text(object, key, aw__text_empty(text) ? NULL : text);
}
