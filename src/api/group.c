/*
 * aw_group_new(): the only function of groups that knows actors. The others are in src/runtime/group.c.
 */
#include "runtime/group.h"

#include "actor/handle.h"

aw_group *aw_group_new(aw_actor *actor, const aw_group_params *params)
{
    return aw__group_new(actor ? actor->site->runtime : NULL, params);
}
