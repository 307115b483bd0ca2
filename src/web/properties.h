/*
 * What the endpoints of /properties share: properties.c (one property, or all of them), properties_post.c (several at
 * once) and lists.c (what has items).
 */
#ifndef AW_WEB_PROPERTIES_H
#define AW_WEB_PROPERTIES_H

#include "actor/list.h"
#include "model/permission.h"
#include "web/web.h"

/* ---- properties.c ---- */

/* The names behind /properties. */
const char *const *aw__properties_path(const aw__call *call);
size_t aw__properties_depth(const aw__call *call);

/* Whether a peer's relationship allows it for a top-level name; true for everybody else. Answers nothing. */
bool aw__properties_peer_may(const aw__call *call, const char *name, aw__operation operation);

/* Of a body, or of text that stands for one: JSON, or when it is none, a text. The caller's. AW_E_INVALID (not UTF-8),
 * AW_E_TOO_LARGE (nested too deep), AW_E_NOMEM. */
int aw__properties_value(const char *body, size_t bytes, json_t **ret_value, aw_error *err);

/* The body; of what came by _method as a form or query, its field "value". NULL: a form without. */
const char *aw__properties_body(aw__call *call, size_t *ret_bytes);

/* What whoever asks is shown at the call's path and query: an aw__represent_fn, arg is the call. */
int aw__properties_represent(aw_database *database, void *call, char **ret_text, aw_error *err);

/* The text of value, which it takes; NULL is out of memory. */
int aw__properties_text(json_t *value, char **ret_text, aw_error *err);

/* ---- properties_post.c ---- */

/* POST of several, whatever the path. */
void aw__properties_post_all(aw__call *call);

/* ---- lists.c ---- */

/* What a path can mean when its first name is that of a list. */
typedef enum aw__list_part {
    AW__LIST_WHOLE,    /* /n */
    AW__LIST_ITEMS,    /* /n/items */
    AW__LIST_METADATA, /* /n/metadata */
    AW__LIST_ITEM,     /* /n/0 */
    AW__LIST_NO_PART
} aw__list_part;

aw__list_part aw__lists_part(const aw__call *call);

/* Whether the path's first name is that of a list. False: it was answered. */
bool aw__lists_find(aw__call *call, bool *ret_is_list);

/* The part of the list, as GET shows it. AW_E_NOT_FOUND: no such list, or no such item. */
int aw__lists_represent(aw_database *database, aw__call *call, char **ret_text, aw_error *err);

/* All lists, into the object of all properties, in one query: "_list" and "count", or all that there is to say. */
int aw__lists_add_all(aw_database *database, aw__call *call, bool full, json_t *properties, aw_error *err);
/* {name: {count, total_bytes, description, explanation}} of those that may be read. */
int aw__lists_summary(aw_database *database, aw__call *call, json_t **ret_lists, aw_error *err);

/* Changes of a list that is there, for those who may. */
void aw__lists_put(aw__call *call);
void aw__lists_post(aw__call *call);
void aw__lists_remove(aw__call *call);

#endif
