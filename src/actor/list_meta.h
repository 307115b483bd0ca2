/*
 * What the meta row of a list property says (WIRE 14): which of the two layouts its items have, texts for people, and
 * how many items there are, as far as the last writer knew.
 */
#ifndef AW_ACTOR_LIST_META_H
#define AW_ACTOR_LIST_META_H

#include <jansson.h>

#include "store/list_rows.h"
#include <actingweb/error.h>

typedef struct aw__list_meta {
    json_t *json;
    bool ranked;    /* items have ranks; false: indexes below length */
    int64_t length; /* of an older list */
    int64_t hint;   /* -1: none */
} aw__list_meta;

void aw__list_meta_dispose(aw__list_meta *meta); /* and leaves it empty */

/* Of a list that is made now. */
int aw__list_meta_new(aw__list_meta *ret_meta, aw_error *err);
/* As it is stored. AW_E_NOT_FOUND: there is no such list; AW_E_STORE: the row is damaged. */
int aw__list_meta_read(const aw__list_rows *rows, aw__list_meta *ret_meta, aw_error *err);
int aw__list_meta_parse(const char *text, aw__list_meta *ret_meta, aw_error *err);
/* Stores it with that many items, changed now. */
int aw__list_meta_write(const aw__list_rows *rows, aw__list_meta *meta, int64_t count, aw_error *err);
/* It becomes that of a list whose items have ranks. */
int aw__list_meta_upgrade(aw__list_meta *meta, aw_error *err);

/* "" when it has none. */
const char *aw__list_meta_text(const aw__list_meta *meta, const char *key);

#endif
