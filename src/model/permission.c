/*
 * Applying the rules of a trust type. The rules themselves are in trust_type.c.
 */
#include "model/permission.h"

#include <string.h>

#include "base/text.h"

/* A glob for all that is below text. */
static bool glob_is_above(const char *glob, size_t bytes, const char *text)
{
    return bytes > 2 && memcmp(glob + bytes - 2, "/*", 2) == 0 && aw__text_matches(text, glob, bytes - 2);
}

static bool any_covers(const char *globs, const char *text, bool or_above)
{
    while (globs && *globs) {
        size_t bytes = strcspn(globs, " ");

        if (aw__text_matches(text, globs, bytes) || (or_above && glob_is_above(globs, bytes, text)))
            return true;
        globs += bytes + (globs[bytes] == ' ');
    }
    return false;
}

static aw__permission apply(const aw__rules *rules, const char *target, aw__operation operation)
{
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

static const aw__rules *rules_of(const aw__trust_type *type, aw__permission_category category)
{
    switch (category) {
    case AW__PERMISSION_PROPERTIES:
        return &type->properties;
    case AW__PERMISSION_METHODS:
        return &type->methods;
    case AW__PERMISSION_ACTIONS:
        break;
    }
    return &type->actions;
}

aw__permission aw__permission_check(const char *relationship, bool approved, aw__permission_category category,
                                    const char *target, aw__operation operation)
{
    const aw__trust_type *type = aw__trust_type_find(relationship);

    target = target ? target : "";
    if (!approved || aw__text_control(target))
        return AW__PERMISSION_DENIED;
    return type ? apply(rules_of(type, category), target, operation) : AW__PERMISSION_NOT_FOUND;
}
