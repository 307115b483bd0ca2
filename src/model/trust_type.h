/*
 * Trust types: what each built-in relationship lets a peer do. The names and rules are the reference's (WIRE 2.4), so that
 * a peer meets the same doors at either server.
 */
#ifndef AW_MODEL_TRUST_TYPE_H
#define AW_MODEL_TRUST_TYPE_H

#include <actingweb/common.h>

/* What can be done to a property. Methods and actions are only called. */
typedef enum aw__operation {
    AW__OPERATION_READ = 1 << 0,
    AW__OPERATION_WRITE = 1 << 1,
    AW__OPERATION_DELETE = 1 << 2,
    AW__OPERATION_SUBSCRIBE = 1 << 3
} aw__operation;

/* Each text is a list of globs with a space between them; NULL is an empty list. permission.h says how they combine. */
typedef struct aw__rules {
    const char *denied;
    const char *allowed;
    const char *excluded;
    const char *patterns; /* for the operations below */
    unsigned operations;  /* of aw__operation */
} aw__rules;

typedef struct aw__trust_type {
    const char *name; /* the relationship */
    const char *display_name;
    const char *description; /* for people, in /meta */
    aw__rules properties;
    aw__rules methods;
    aw__rules actions;
} aw__trust_type;

/* All of them, the default first. Static storage. */
const aw__trust_type *aw__trust_types(size_t *ret_count);

/* The one of that name, exactly written so; NULL when there is none. */
const aw__trust_type *aw__trust_type_find(const char *relationship);

#endif
