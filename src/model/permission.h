/*
 * Permissions: what somebody's rules say about one property, method or action (WIRE 2.4).
 *
 * In this order: what is denied is denied; what is allowed is allowed; then an operation that is not listed is denied;
 * what is excluded is denied; what a pattern covers is allowed, and the rest is denied. In globs "*" is any number of
 * characters and "?" is one, "/" among them, and the whole target must match; one that ends with "://" covers all that
 * begins so.
 *
 * Stricter than the reference in two points: nothing is granted to a peer that is not approved, and denying or
 * excluding "private/" followed by anything closes "private" itself, whose value holds what lies below it. (Where the
 * name before the slash has wildcards, only a glob for all below it does that; others close no more than what they
 * cover.)
 */
#ifndef AW_MODEL_PERMISSION_H
#define AW_MODEL_PERMISSION_H

#include "model/trust_type.h"

typedef enum aw__permission {
    AW__PERMISSION_DENIED,
    AW__PERMISSION_ALLOWED,
    AW__PERMISSION_NOT_FOUND /* no rule speaks of it: ask aw__access_allows() */
} aw__permission;

/* target: a property's path ("profile/address", decoded), a method's or an action's name. NULL or "" is the collection,
 * of which no rule speaks, unless the operation is not listed at all. operation counts for properties and resources
 * only. permissions NULL: of an unknown relationship, which has no rules. */
aw__permission aw__permission_check(const aw__permissions *permissions, bool approved, aw__permission_category category,
                                    const char *target, aw__operation operation);

/* Whether there can be anything at or below "target/below" that may be read or subscribed to (of categories without
 * operations: used). Either may be NULL or "": all of the category. */
bool aw__permission_reaches(const aw__permissions *permissions, bool approved, aw__permission_category category,
                            const char *target, const char *below);

#endif
