/*
 * Lists among remote data: rows "list:{name}:{i}" and "list:{name}:meta", as the reference keeps them, and the changes
 * that its publishers announce for them. All of these run inside a transaction.
 */
#ifndef AW_ACTOR_REMOTE_LIST_H
#define AW_ACTOR_REMOTE_LIST_H

#include <jansson.h>

#include "base/alloc.h"
#include <actingweb/sys/database.h>

#define AW__REMOTE_META (-1) /* the index of a list's meta row */

/* One list of one peer. */
typedef struct aw__remote_list {
    aw_database *database;
    aw__arena *arena;
    const char *actor_id;
    const char *bucket;
    const char *name;
} aw__remote_list;

int aw__remote_list_exists(const aw__remote_list *list, bool *ret_exists, aw_error *err);
/* Its rows go; absent is fine. */
int aw__remote_list_delete(const aw__remote_list *list, aw_error *err);
/* All items as an array, null where none is kept; empty when there is no such list. The caller's. */
int aw__remote_list_read(const aw__remote_list *list, json_t **ret_items, aw_error *err);
/* The items become those of the array. */
int aw__remote_list_set(const aw__remote_list *list, json_t *items, aw_error *err);

/* Whether value announces a change of a list in the specification's form: {"list","operation",...}. */
bool aw__remote_list_is_change(const json_t *value);
/* Whether value may announce one in the form of the reference's HTTP routes: {"action","index","value"},
 * {"index","value"}. It may as well be an object that somebody keeps. */
bool aw__remote_list_may_be_change(const json_t *value);
/* Applies a change in either form. *ret_fits becomes false when it does not fit the list as it is here, or the list is
 * then not as long as the change says: a baseline has to bring it. It is not set otherwise. */
int aw__remote_list_change(const aw__remote_list *list, json_t *change, bool *ret_fits, aw_error *err);

/* Takes a row's name apart: "list:a:b:12" is index 12 of "a:b", which begins at 5 and has 3 bytes; "list:a:b:meta" is
 * AW__REMOTE_META. False when the row is no list's. */
bool aw__remote_list_row(const char *row_name, size_t *ret_at, size_t *ret_bytes, int64_t *ret_index);

/* "list:{name}:", with which all its rows begin; in the arena. */
const char *aw__remote_list_prefix(const aw__remote_list *list);

#endif
