/*
 * Matching: which subscriptions a change concerns, and what each of them is shown of it (WIRE 7 "Diffs").
 */
#ifndef AW_MODEL_MATCHING_H
#define AW_MODEL_MATCHING_H

#include <jansson.h>

#include <actingweb/common.h>

/* A place in an actor's data: what a subscription asks for, or where something changed. NULL and "" are "all of it". */
typedef struct aw__place {
    const char *target;    /* "properties" */
    const char *subtarget; /* a property's name */
    const char *resource;  /* a path below it, "address/city"; without a subtarget it means nothing */
} aw__place;

/* Whether a change at that place concerns the subscription: one of them lies at the other or below it. */
bool aw__matching_concerns(const aw__place *subscription, const aw__place *change);

/* Whether the inner place is the outer one, or lies below it. */
bool aw__matching_covers(const aw__place *outer, const aw__place *inner);

/*
 * What a subscription that it concerns sees of a change to value (borrowed; NULL: deleted), as a new reference. It may
 * share value's parts, so change neither. NULL when out of memory.
 *
 * Above the change, the value stands under the names that lead to it: {"k":{"r":v}} for a target, {"r":v} for the
 * subtarget k. At the change it is the value itself. Below it, the part that the subscription asks for. What was
 * deleted, and a part that the new value lacks, is the text "".
 */
json_t *aw__matching_slice(const aw__place *subscription, const aw__place *change, json_t *value);

#endif
