/*
 * Permissions as JSON: {"properties":{"patterns":[],"operations":[],"excluded_patterns":[],"allowed":[],"denied":[]},
 * "methods":{...}, "actions", "tools", "resources", "prompts"}, as the reference writes them (WIRE 6).
 */
#ifndef AW_MODEL_PERMISSION_JSON_H
#define AW_MODEL_PERMISSION_JSON_H

#include <jansson.h>

#include "base/alloc.h"
#include "model/trust_type.h"
#include <actingweb/error.h>

/* "properties", ... */
const char *aw__permission_category_name(aw__permission_category category);
/* "read", "write", "delete", "subscribe"; false for any other word. */
bool aw__operation_parse(const char *word, aw__operation *ret_operation);

/* Whether object can be merged. Members that are no category are passed over; a category that is null is absent; an
 * array of "properties" stands for {"patterns":[...],"operations":["read"]}. A rule that is misspelt would grant more
 * than it says, so it is refused. AW_E_INVALID names what is wrong; AW_E_TOO_LARGE: more than 1 000 globs in one list,
 * or a glob of more than 1 024 bytes. */
int aw__permissions_check(json_t *object, aw_error *err);

/*
 * What base becomes by the object's rules, as the reference merges them: patterns and excluded patterns are added to
 * those of base, so that nothing that is excluded there can be opened by mistake; operations and the lists allowed and
 * denied take the place of base's. What aw__permissions_check() would refuse is passed over: it was stored by somebody
 * else. All of it is in the arena. base NULL: nothing. AW_E_NOMEM.
 */
int aw__permissions_merge(aw__arena *arena, const aw__permissions *base, const json_t *object,
                          const aw__permissions **ret_permissions, aw_error *err);

/* One category; a new reference, NULL when out of memory. Lists that are absent are left out. */
json_t *aw__rules_json(const aw__rules *rules);

/* All six, {} for those without rules (permissions NULL: all of them); a new reference, NULL when out of memory. */
json_t *aw__permissions_json(const aw__permissions *permissions);

#endif
