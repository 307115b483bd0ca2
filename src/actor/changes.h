/*
 * The changes of one transaction, gathered while it runs, until they become diffs (actor/diff.h).
 */
#ifndef AW_ACTOR_CHANGES_H
#define AW_ACTOR_CHANGES_H

#include "actor/diff.h"

typedef struct aw__changes {
    aw__arena *arena; /* in which they and their values live */
    aw__change *items;
    size_t count;
    size_t capacity;
} aw__changes;

/* As the first step of a transaction, which may be run again. */
void aw__changes_clear(aw__changes *changes);
/* Takes the reference of change->value. AW_E_NOMEM. */
int aw__changes_add(aw__changes *changes, const aw__change *change, aw_error *err);

#endif
