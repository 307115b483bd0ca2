/*
 * Paths taken apart, and patterns laid over them.
 */
#include <string.h>

#include "base/encode.h"
#include "base/text.h"
#include "web/router.h"

/* ---- paths ---- */

int aw__call_split(aw__call *call, const char *path, bool *ret_slash)
{
    *ret_slash = false;
    call->segments = 0;
    if (*path != '/')
        return 400;
    for (const char *at = path + 1; *at;) {
        size_t bytes = strcspn(at, "/");

        if (!bytes)
            return 404;
        if (call->segments == AW__WEB_MAX_SEGMENTS)
            return 414;
        /* Decoded one by one: an encoded slash is part of a name and never a boundary. */
        const char *segment = aw__percent_decode(call->arena, at, bytes, false);

        if (!segment)
            return aw__arena_failed(call->arena) ? 500 : 400;
        if (!aw__text_utf8(segment, strlen(segment)))
            return 400;
        call->segment[call->segments++] = segment;
        at += bytes;
        if (*at == '/')
            *ret_slash = !*++at;
    }
    return 0;
}

/* ---- patterns ---- */

/* One segment of a pattern: its text and length; at moves behind its slash. */
static const char *next_part(const char **at, size_t *ret_bytes)
{
    const char *part = *at;

    *ret_bytes = strcspn(part, "/");
    *at = part + *ret_bytes + (part[*ret_bytes] == '/');
    return part;
}

const char *aw__call_rest(aw__call *call, size_t from)
{
    const char *rest = call->segments > from ? call->segment[from] : "";

    for (size_t i = from + 1; i < call->segments && rest; i++)
        rest = aw__arena_printf(call->arena, "%s/%s", rest, call->segment[i]);
    return rest;
}

bool aw__pattern_matches(const char *pattern, const char *const *segment, size_t segments)
{
    const char *at = pattern + 1;
    size_t i = 0;

    while (*at) {
        size_t bytes;
        const char *part = next_part(&at, &bytes);

        if (i == segments)
            return false;
        if (bytes == 1 && *part == '*')
            return true;
        if (*part != '{' && (strncmp(part, segment[i], bytes) || segment[i][bytes]))
            return false;
        i++;
    }
    return i == segments;
}

const char *aw__pattern_segment(const char *pattern, const char *name, const char *const *segment)
{
    const char *at = pattern + 1;
    size_t name_bytes = strlen(name);

    for (size_t i = 0; *at; i++) {
        size_t bytes;
        const char *part = next_part(&at, &bytes);

        if (bytes == name_bytes + 2 && *part == '{' && strncmp(part + 1, name, name_bytes) == 0)
            return segment[i];
    }
    return NULL;
}

static bool is_name(const char *text, size_t bytes)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_";

    return bytes && strspn(text, allowed) >= bytes;
}

static const char *part_mistake(const char *part, size_t bytes)
{
    if (!bytes)
        return "has an empty segment";
    if (*part == '{' && (bytes < 3 || part[bytes - 1] != '}' || !is_name(part + 1, bytes - 2)))
        return "has a { without a name of letters, digits and _ and a }";
    if (*part != '{' && (memchr(part, '{', bytes) || memchr(part, '}', bytes)))
        return "has a { or } inside a segment: a {name} stands for a whole one";
    if (*part != '{' && memchr(part, '*', bytes))
        return "must not hold *";
    return NULL;
}

/* What is no part of any path, so that the pattern would never match. */
static bool has_stray(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < ' ' || *text == 0x7f || *text == '?' || *text == '#')
            return true;
    return false;
}

const char *aw__pattern_mistake(const char *pattern)
{
    const char *mistake = NULL;
    size_t parts = 0;

    if (!pattern || *pattern != '/')
        return "must begin with /";
    if (!pattern[1])
        return NULL;
    if (pattern[strlen(pattern) - 1] == '/')
        return "must not end with /";
    if (has_stray(pattern))
        return "must not hold ?, # or control characters";
    for (const char *at = pattern + 1; *at && !mistake; parts++) {
        size_t bytes;
        const char *part = next_part(&at, &bytes);

        mistake = part_mistake(part, bytes);
    }
    if (!mistake && parts > AW__WEB_MAX_SEGMENTS)
        mistake = "has too many segments";
    return mistake;
}
