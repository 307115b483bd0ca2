/*
 * A list's rows while a change is made to them: for list_change.c and list_apply.c only.
 */
#ifndef AW_ACTOR_LIST_EDIT_H
#define AW_ACTOR_LIST_EDIT_H

#include "actor/list.h"
#include "actor/list_meta.h"
#include "model/rank.h"

typedef struct aw__list_editing {
    aw__list_rows rows;
    aw__list_meta meta;
    bool upgraded;   /* it was an older list: the meta row has to follow */
    bool renumbered; /* ranks that were read before lead nowhere */
} aw__list_editing;

/* An item found: its rank in the arena. */
typedef struct aw__list_spot {
    const char *rank;
    int64_t position;
    int64_t length; /* of the list, exact */
} aw__list_spot;

/* Reads the meta row, and converts an older list. AW_E_NOT_FOUND. Dispose of editing->meta, also on failure. */
int aw__list_edit_open(aw__list_editing *editing, aw_error *err);
/* Where the place is; position length is found too, with rank NULL. AW_E_NOT_FOUND. */
int aw__list_edit_find(aw__list_editing *editing, const aw__list_place *place, aw__list_spot *ret_spot, aw_error *err);
/* Adds the texts at the end, the last one's rank in the arena to *ret_rank. */
int aw__list_edit_add(aw__list_editing *editing, char *const *texts, size_t count, const char **ret_rank,
                      aw_error *err);
/* Puts the text before the item at a position of the list. */
int aw__list_edit_insert(aw__list_editing *editing, int64_t position, const char *text, const char **ret_rank,
                         aw_error *err);

#endif
