/*
 * Property paths: "profile/address/city" taken apart, and what they reach inside JSON.
 */
#ifndef AW_MODEL_PATH_H
#define AW_MODEL_PATH_H

#include <jansson.h>

#include "base/alloc.h"
#include <actingweb/error.h>

#define AW__PATH_MAX_BYTES      4096
#define AW__PATH_MAX_NAME_BYTES 255
#define AW__PATH_MAX_DEPTH      32

/* How deep a property's value may be nested, counted from the object of all properties. Less than what is accepted as
 * JSON (AW__JSON_MAX_DEPTH), so that peers can still read what is wrapped around a value in diffs and callbacks. */
#define AW__PATH_MAX_VALUE_DEPTH 48

typedef struct aw__path {
    const char *names[AW__PATH_MAX_DEPTH];
    size_t depth; /* 0: all properties */
} aw__path;

/* Splits text at "/"; with `encoded`, each name is then percent-decoded. NULL and "" are depth 0; one "/" at the end
 * does not count. The names are in the arena. Errors: those of aw__path_check(), AW_E_INVALID for a broken escape,
 * AW_E_NOMEM. */
int aw__path_split(aw__arena *arena, const char *text, bool encoded, aw__path *ret_path, aw_error *err);

/* Whether names can name a property. AW_E_INVALID: one is empty, not UTF-8 or holds control characters, or the first
 * begins with "list:", under which the store keeps list properties. AW_E_TOO_LARGE: over a limit above. */
int aw__path_check(const char *const *names, size_t depth, aw_error *err);

/* Whether value can be stored at a path of that depth. AW_E_INVALID for a property that is null (inside of one it is a
 * value like any other), AW_E_TOO_LARGE for too much nesting. */
int aw__path_check_value(size_t depth, const json_t *value, aw_error *err);

/* In all of these, properties is an object that holds the value of names[0] under that name, if there is one. */

/* What is at the path, borrowed; NULL when nothing is. Only objects are descended into: an element of a list has no
 * path. Depth 0 is properties itself. */
json_t *aw__path_get(json_t *properties, const char *const *names, size_t depth);

/* Puts value (shared, not copied) at the path of depth 1 or more, making objects on the way. Below a top-level name an
 * object is merged into an object that is there, as the reference does; anything else is replaced. Errors:
 * aw__path_check_value()'s, AW_E_CONFLICT (a parent is no object; properties is as before), AW_E_NOMEM (properties may
 * be half changed: drop it). */
int aw__path_set(json_t *properties, const char *const *names, size_t depth, json_t *value, aw_error *err);

/* Removes what is at the path of depth 1 or more; emptied parents stay. False when nothing is there. */
bool aw__path_delete(json_t *properties, const char *const *names, size_t depth);

#endif
