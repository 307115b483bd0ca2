/*
 * An application's own kinds of relationship, checked and copied beside the built-in ones.
 */
#ifndef AW_API_TRUST_TYPES_H
#define AW_API_TRUST_TYPES_H

#include "base/alloc.h"
#include "model/trust_type.h"
#include <actingweb/permission.h>

/* All types of a service, in the arena: the six, where own has one of the same name that instead, and then the others
 * of own. count 0: the six. AW_E_INVALID: the message begins with "trust_types: " and says which and why. */
int aw__trust_types_read(const aw_relationship *own, size_t count, aw__arena *arena,
                         const aw__trust_types **ret_types, aw_error *err);

#endif
