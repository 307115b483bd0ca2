/*
 * Changes, gathered.
 */
#include "actor/changes.h"

#include <string.h>

#include "base/error.h"

enum { FIRST_CHANGES = 8 };

void aw__changes_clear(aw__changes *changes)
{
    changes->count = 0;
}

static void release_json(void *value)
{
    json_decref(value);
}

int aw__changes_add(aw__changes *changes, const aw__change *change, aw_error *err)
{
    if (change->value && aw__arena_defer(changes->arena, release_json, change->value))
        return aw__fail_nomem(err);
    if (changes->count == changes->capacity) {
        size_t capacity = changes->capacity ? 2 * changes->capacity : FIRST_CHANGES;
        aw__change *items = aw__arena_alloc(changes->arena, capacity * sizeof(*items));

        if (!items)
            return aw__fail_nomem(err);
        if (changes->count)
            memcpy(items, changes->items, changes->count * sizeof(*items));
        changes->items = items;
        changes->capacity = capacity;
    }
    changes->items[changes->count++] = *change;
    return AW_OK;
}
