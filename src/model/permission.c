/*
 * Applying rules. Those of the trust types are in trust_type.c.
 */
#include "model/permission.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

/* A glob for all that is below text, or for some of it by its name. */
static bool is_of_below(const char *glob, size_t bytes, const char *text)
{
    size_t stem = strlen(text);

    if (bytes > 2 && memcmp(glob + bytes - 2, "/*", 2) == 0 && aw__text_matches(text, glob, bytes - 2))
        return true;
    return bytes > stem + 1 && memcmp(glob, text, stem) == 0 && glob[stem] == '/';
}

/* "notes://" stands for all that begins so. */
static bool scheme_covers(const char *glob, size_t bytes, const char *text)
{
    return bytes > 3 && memcmp(glob + bytes - 3, "://", 3) == 0 && aw__text_starts(text, glob);
}

static bool any_covers(const char *const *globs, const char *text, bool or_below)
{
    for (; globs && *globs; globs++) {
        size_t bytes = strlen(*globs);

        if (aw__text_matches(text, *globs, bytes) || scheme_covers(*globs, bytes, text) ||
            (or_below && is_of_below(*globs, bytes, text)))
            return true;
    }
    return false;
}

aw__permission aw__permission_check(const aw__permissions *permissions, bool approved, aw__permission_category category,
                                    const char *target, aw__operation operation)
{
    target = target ? target : "";
    if (!approved || aw__text_control(target))
        return AW__PERMISSION_DENIED;
    if (!permissions)
        return AW__PERMISSION_NOT_FOUND;
    const aw__rules *rules = &permissions->rules[category];

    if (*target && any_covers(rules->denied, target, true))
        return AW__PERMISSION_DENIED;
    if (*target && any_covers(rules->allowed, target, false))
        return AW__PERMISSION_ALLOWED;
    if (!rules->patterns)
        return AW__PERMISSION_NOT_FOUND;
    if (!(rules->operations & (unsigned)operation))
        return AW__PERMISSION_DENIED;
    if (!*target)
        return AW__PERMISSION_NOT_FOUND;
    if (any_covers(rules->excluded, target, true))
        return AW__PERMISSION_DENIED;
    return any_covers(rules->patterns, target, false) ? AW__PERMISSION_ALLOWED : AW__PERMISSION_DENIED;
}

/* ---- what lies below ---- */

enum { STEM_BYTES = 5000 }; /* longer than any property's path */

/* What lies below begins with the stem: "target/below/", or "" for everything. False when it is too long. */
static bool make_stem(char stem[STEM_BYTES], const char *target, const char *below)
{
    bool both = !aw__text_empty(target) && !aw__text_empty(below);
    int bytes = snprintf(stem, STEM_BYTES, "%s%s%s", target ? target : "", both ? "/" : "", both ? below : "");

    if (bytes < 0 || bytes >= STEM_BYTES - 1)
        return false;
    if (bytes)
        memcpy(stem + bytes, "/", 2);
    return true;
}

static bool continues_character(char c)
{
    return ((unsigned char)c & 0xC0) == 0x80;
}

/* The glob covers some text that is the stem and more: up to its first "*" it is the stem, character by character. */
static bool goes_below(const char *glob, const char *stem)
{
    if (scheme_covers(glob, strlen(glob), stem))
        return true;
    while (*stem && *glob != '*') {
        if (*glob == '?') {
            while (continues_character(stem[1]))
                stem++;
        } else if (*glob != *stem) {
            return false;
        }
        glob++;
        stem++;
    }
    return *glob != '\0';
}

/* The glob covers every text that begins with the stem. */
static bool covers_below(const char *glob, const char *stem)
{
    size_t bytes = strlen(glob);

    return scheme_covers(glob, bytes, stem) ||
           (bytes && glob[bytes - 1] == '*' && aw__text_matches(stem, glob, bytes));
}

static bool any_below(const char *const *globs, const char *stem, bool (*covers)(const char *glob, const char *stem))
{
    for (; globs && *globs; globs++)
        if (covers(*globs, stem))
            return true;
    return false;
}

static bool is_told_of(const aw__permissions *permissions, aw__permission_category category, const char *target)
{
    return aw__permission_check(permissions, true, category, target, AW__OPERATION_READ) == AW__PERMISSION_ALLOWED ||
           aw__permission_check(permissions, true, category, target, AW__OPERATION_SUBSCRIBE) == AW__PERMISSION_ALLOWED;
}

bool aw__permission_reaches(const aw__permissions *permissions, bool approved, aw__permission_category category,
                            const char *target, const char *below)
{
    char stem[STEM_BYTES];

    if (!approved || !permissions || !make_stem(stem, target, below) || aw__text_control(stem))
        return false;
    const aw__rules *rules = &permissions->rules[category];
    size_t bytes = strlen(stem);

    if (bytes) {
        stem[bytes - 1] = '\0';
        if (is_told_of(permissions, category, stem))
            return true;
        stem[bytes - 1] = '/';
    }
    if (any_below(rules->denied, stem, covers_below))
        return false;
    if (any_below(rules->allowed, stem, goes_below))
        return true;
    return (rules->operations & (AW__OPERATION_READ | AW__OPERATION_SUBSCRIBE)) &&
           !any_below(rules->excluded, stem, covers_below) && any_below(rules->patterns, stem, goes_below);
}
