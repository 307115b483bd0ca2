/*
 * Finding one cookie in a Cookie header (RFC 6265, 4.2). Making cookies is not done here.
 */
#include "http/cookie.h"

#include <string.h>

static const char *skip_space(const char *text, const char *end)
{
    while (text < end && (*text == ' ' || *text == '\t'))
        text++;
    return text;
}

static const char *trim_space(const char *text, const char *end)
{
    while (end > text && (end[-1] == ' ' || end[-1] == '\t'))
        end--;
    return end;
}

/* The cookie in [text, end) has this name: its value is what is left of it. */
static bool match(const char *text, const char *end, const char *name, const char **ret_value)
{
    const char *equals = memchr(text, '=', (size_t)(end - text));

    if (!equals)
        return false;
    const char *name_end = trim_space(text, equals);
    size_t bytes = (size_t)(name_end - text);

    if (bytes != strlen(name) || memcmp(text, name, bytes) != 0)
        return false;
    *ret_value = equals + 1;
    return true;
}

const char *aw__cookie_find(aw__arena *arena, const char *header, const char *name)
{
    for (const char *at = header; at;) {
        const char *end = at + strcspn(at, ";");
        const char *next = *end ? end + 1 : NULL;
        const char *value = NULL;

        if (match(skip_space(at, end), end, name, &value)) {
            value = skip_space(value, end);
            end = trim_space(value, end);
            if (end - value >= 2 && *value == '"' && end[-1] == '"') {
                value++;
                end--;
            }
            return aw__arena_strndup(arena, value, (size_t)(end - value));
        }
        at = next;
    }
    return NULL;
}
