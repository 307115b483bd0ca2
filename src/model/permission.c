/*
 * Applying rules. Those of the trust types are in trust_type.c.
 */
#include "model/permission.h"

#include <string.h>

#include "base/text.h"

/* A glob for all that is below text. */
static bool glob_is_above(const char *glob, size_t bytes, const char *text)
{
    return bytes > 2 && memcmp(glob + bytes - 2, "/*", 2) == 0 && aw__text_matches(text, glob, bytes - 2);
}

/* "notes://" stands for all that begins so. */
static bool scheme_covers(const char *glob, size_t bytes, const char *text)
{
    return bytes > 3 && memcmp(glob + bytes - 3, "://", 3) == 0 && aw__text_starts(text, glob);
}

static bool any_covers(const char *const *globs, const char *text, bool or_above)
{
    for (; globs && *globs; globs++) {
        size_t bytes = strlen(*globs);

        if (aw__text_matches(text, *globs, bytes) || scheme_covers(*globs, bytes, text) ||
            (or_above && glob_is_above(*globs, bytes, text)))
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

    if (*target && any_covers(rules->denied, target, false))
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
