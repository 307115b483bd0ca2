/*
 * Overlap. Which changes concern a subscription at all is matching.c's.
 */
#include "model/overlap.h"

#include <string.h>

/* Whether a is told rather than b, which lies around it or at the same place. */
static bool is_behind(const aw__scope *a, const aw__scope *b)
{
    return strcmp(a->id, b->id) > 0;
}

static bool is_candidate(const aw__scope *scope, const aw__place *change)
{
    return scope->calls_back && aw__matching_concerns(&scope->place, change);
}

/* The most specific of those that see all of the change; NULL: none does. They lie around it, so inside each other. */
static aw__scope *innermost(aw__scope *scopes, size_t count, const aw__place *change)
{
    aw__scope *best = NULL;

    for (size_t i = 0; i < count; i++) {
        aw__scope *scope = &scopes[i];

        if (!scope->calls_back || !aw__matching_covers(&scope->place, change))
            continue;
        if (!best || !aw__matching_covers(&scope->place, &best->place) ||
            (aw__matching_covers(&best->place, &scope->place) && is_behind(scope, best)))
            best = scope;
    }
    return best;
}

/* Whether another one sees all that this one does. */
static bool is_within_another(const aw__scope *scopes, size_t count, const aw__scope *inner, const aw__place *change)
{
    for (size_t i = 0; i < count; i++) {
        const aw__scope *outer = &scopes[i];

        if (outer == inner || !is_candidate(outer, change) || !aw__matching_covers(&outer->place, &inner->place))
            continue;
        if (!aw__matching_covers(&inner->place, &outer->place) || is_behind(outer, inner))
            return true;
    }
    return false;
}

void aw__overlap_choose(aw__scope *scopes, size_t count, const aw__place *change)
{
    const aw__scope *best = innermost(scopes, count, change);

    for (size_t i = 0; i < count; i++) {
        aw__scope *scope = &scopes[i];

        if (!scope->calls_back)
            scope->told = aw__matching_concerns(&scope->place, change);
        else if (best)
            scope->told = scope == best;
        else
            scope->told = is_candidate(scope, change) && !is_within_another(scopes, count, scope, change);
    }
}
