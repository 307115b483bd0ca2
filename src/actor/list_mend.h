/*
 * Mending a list whose rows do not fit together, as far as its rows tell what it was.
 */
#ifndef AW_ACTOR_LIST_MEND_H
#define AW_ACTOR_LIST_MEND_H

#include "actor/list_meta.h"

/*
 * Items keep their order. A description that is missing or damaged is made anew, so that the items are found again;
 * those whose rank is none get new ranks, as all of that list then do; an older list with items missing, or too many,
 * becomes one of today's layout with those that it has; what is left of another layout goes; and the count is set.
 * AW_OK too when nothing is wrong, or there is no such list.
 */
int aw__list_mend(const aw__list_rows *rows, aw_error *err);

#endif
