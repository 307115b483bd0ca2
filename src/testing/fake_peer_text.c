/*
 * As much reading of headers and JSON as well-formed requests need.
 */
#include <string.h>
#include <strings.h>

#include "testing/fake_peer.h"

const char *aw__fake_header(const char *lines, const char *name, size_t *ret_bytes)
{
    size_t name_bytes = strlen(name);

    while (*lines) {
        size_t line_bytes = strcspn(lines, "\r\n");

        if (line_bytes > name_bytes && lines[name_bytes] == ':' && strncasecmp(lines, name, name_bytes) == 0) {
            const char *value = lines + name_bytes + 1;

            value += strspn(value, " \t");
            *ret_bytes = (size_t)(lines + line_bytes - value);
            return value;
        }
        lines += line_bytes;
        lines += strspn(lines, "\r\n");
    }
    return NULL;
}

/* What follows a text that begins at its opening quote; its end when the closing one is missing. */
static const char *skip_text(const char *at)
{
    for (at++; *at && *at != '"'; at++)
        if (*at == '\\' && at[1])
            at++;
    return *at ? at + 1 : at;
}

/* What follows a value: a text, an object or array with all that is in it, or a word. */
static const char *skip_value(const char *at)
{
    int depth = 0;

    do {
        if (*at == '"') {
            at = skip_text(at);
            continue;
        }
        if (*at == '{' || *at == '[')
            depth++;
        else if (*at == '}' || *at == ']')
            depth--;
        else if (depth == 0)
            return at + strcspn(at, ",}] \t\r\n");
        at++;
    } while (*at && depth > 0);
    return at;
}

const char *aw__fake_json_get(const char *object, const char *key, size_t *ret_bytes)
{
    static const char space[] = " \t\r\n";
    size_t key_bytes = strlen(key);
    const char *at = object + strspn(object, space);

    while (*at == '{' || *at == ',') {
        at += 1 + strspn(at + 1, space);
        if (*at != '"')
            return NULL;
        const char *name = at + 1;

        at = skip_text(at);
        bool found = (size_t)(at - name) == key_bytes + 1 && strncmp(name, key, key_bytes) == 0;

        at += strspn(at, space);
        if (*at != ':')
            return NULL;
        at += 1 + strspn(at + 1, space);
        const char *value = at;

        at = skip_value(at);
        if (found) {
            *ret_bytes = (size_t)(at - value);
            return value;
        }
        at += strspn(at, space);
    }
    return NULL;
}
