/*
 * Trust types: what each kind of relationship lets a peer do. The built-in names and rules are the reference's (WIRE
 * 2.4), so that a peer meets the same doors at either server; a service may have others beside them.
 */
#ifndef AW_MODEL_TRUST_TYPE_H
#define AW_MODEL_TRUST_TYPE_H

#include <actingweb/common.h>

/* What can be done to a property or a resource. All else is only used. */
typedef enum aw__operation {
    AW__OPERATION_READ = 1 << 0,
    AW__OPERATION_WRITE = 1 << 1,
    AW__OPERATION_DELETE = 1 << 2,
    AW__OPERATION_SUBSCRIBE = 1 << 3
} aw__operation;

typedef enum aw__permission_category {
    AW__PERMISSION_PROPERTIES,
    AW__PERMISSION_METHODS,
    AW__PERMISSION_ACTIONS,
    AW__PERMISSION_TOOLS,
    AW__PERMISSION_RESOURCES,
    AW__PERMISSION_PROMPTS,
    AW__PERMISSION_CATEGORIES /* how many there are */
} aw__permission_category;

/* Of one category. The lists of globs end with NULL; a list that is NULL is absent. permission.h says how they
 * combine. */
typedef struct aw__rules {
    const char *const *denied;
    const char *const *allowed;
    const char *const *excluded;
    const char *const *patterns; /* for the operations below */
    unsigned operations;         /* of aw__operation */
} aw__rules;

/* What somebody may do. */
typedef struct aw__permissions {
    aw__rules rules[AW__PERMISSION_CATEGORIES];
} aw__permissions;

typedef struct aw__trust_type {
    const char *name; /* the relationship */
    const char *display_name;
    const char *description; /* for people, in /meta */
    const char *access;      /* as which built-in relationship the access list takes it (access.h) */
    aw__permissions permissions;
} aw__trust_type;

/* Those that a service knows, the built-in ones first. */
typedef struct aw__trust_types {
    const aw__trust_type *items;
    size_t count;
} aw__trust_types;

/* The built-in ones alone. Static storage. */
extern const aw__trust_types aw__trust_types_builtin;

/* The one of that name, exactly written so; NULL when there is none. types NULL: among the built-in ones. */
const aw__trust_type *aw__trust_type_find(const aw__trust_types *types, const char *relationship);

#endif
