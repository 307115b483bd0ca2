/*
 * Ranks: the keys that keep the items of a list property in order (WIRE 14 "List v2"). Between any two there is room
 * for a third, so that an insertion touches no other item.
 *
 * A key is an integer and a fraction in base 62 ("0-9A-Za-z", in byte order). The integer's first letter tells how many
 * digits follow, so that it too sorts bytewise: ... "Zy" "Zz" "a0" "a1" ... "az" "b00" ...; the fraction ends in no
 * "0". These are the keys of the fractional-indexing libraries, which the reference uses.
 */
#ifndef AW_MODEL_RANK_H
#define AW_MODEL_RANK_H

#include <actingweb/error.h>

#define AW__RANK_MAX_BYTES 180
#define AW__RANK_SIZE      (AW__RANK_MAX_BYTES + 1) /* of a buffer */

/* Whether it is a key at all. */
bool aw__rank_valid(const char *text);

/* A key between two: one step beyond the last or before the first where there is no neighbour, otherwise about in the
 * middle. NULL: no neighbour. ret_rank may be where before or after is. AW_E_TOO_LARGE: it would be longer than the
 * limit; AW_E_INVALID: one of them is no key, or they are not in order. */
int aw__rank_between(const char *before, const char *after, char ret_rank[AW__RANK_SIZE]);

/* A key beyond `last` and all that sorts below it, which may be no key. NULL: the first of all keys.
 * AW_E_TOO_LARGE: there is none. */
int aw__rank_beyond(const char *last, char ret_rank[AW__RANK_SIZE]);

#endif
