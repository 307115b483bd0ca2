/*
 * Groups, as op.c sees them. All of these take the group's lock themselves.
 */
#ifndef AW_RUNTIME_GROUP_H
#define AW_RUNTIME_GROUP_H

#include "runtime/op.h"

/* The implementation of aw_group_new(), whose actor layer 1 does not know: params->runtime stands in when runtime is
 * NULL. */
aw_group *aw__group_new(aw_runtime *runtime, const aw_group_params *params);

/* A member more: AW_OK, or AW_E_CLOSED when the group takes none, or AW_E_INVALID when it is of another runtime. Every
 * join that returns AW_OK is followed by admit, callback and leave, in this order. Any thread. */
int aw__group_join(aw_group *group, const aw__op *op, aw_error *err);

/* The member has come to the loop. AW_OK, or the code with which it has to end now. ret_turn is false when it has to
 * wait its turn: the group then starts it later through aw__op_begin(). */
int aw__group_admit(aw_group *group, aw__op *op, bool *ret_turn);
/* The member's callback is about to run, and may add members to a sealed group until it leaves. On the loop. */
void aw__group_callback(aw_group *group);
/* A member has been delivered (code: its outcome). On the loop. */
void aw__group_leave(aw_group *group, aw__op *op, int code);

#endif
