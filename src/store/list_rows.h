/*
 * List properties in the table properties (WIRE 14 "List v2"): a meta row "list:{name}-meta" and a row
 * "list:{name}-#{rank}" for each item, in bytewise order. Older lists have "list:{name}-{index}" instead; they are read
 * here, and converted by src/actor/. What the meta row says is not known here.
 */
#ifndef AW_STORE_LIST_ROWS_H
#define AW_STORE_LIST_ROWS_H

#include "base/alloc.h"
#include <actingweb/sys/database.h>

/* Whose rows. */
typedef struct aw__list_rows {
    aw_database *database;
    aw__arena *arena; /* what is read is in it */
    const char *actor_id;
    const char *name;
} aw__list_rows;

typedef struct aw__list_row {
    const char *rank; /* an older list's: the index, in decimal digits */
    const char *value;
} aw__list_row;

/* AW_E_NOT_FOUND: there is no such list. */
int aw__list_rows_get_meta(const aw__list_rows *rows, const char **ret_text, aw_error *err);
int aw__list_rows_set_meta(const aw__list_rows *rows, const char *text, aw_error *err);

/* All items. */
int aw__list_rows_all(const aw__list_rows *rows, aw__list_row **ret_rows, size_t *ret_count, aw_error *err);
/* Their ranks; the values are NULL. */
int aw__list_rows_ranks(const aw__list_rows *rows, aw__list_row **ret_rows, size_t *ret_count, aw_error *err);
/* How many there are; below: of a lower rank than this, or NULL. */
int aw__list_rows_count(const aw__list_rows *rows, const char *below, int64_t *ret_count, aw_error *err);
/* The item at a position; a negative one counts from the end. AW_E_NOT_FOUND. */
int aw__list_rows_at(const aw__list_rows *rows, int64_t position, aw__list_row *ret_row, aw_error *err);
/* The item of that rank. AW_E_NOT_FOUND. */
int aw__list_rows_find(const aw__list_rows *rows, const char *rank, aw__list_row *ret_row, aw_error *err);

int aw__list_rows_set(const aw__list_rows *rows, const char *rank, const char *value, aw_error *err);
int aw__list_rows_rename(const aw__list_rows *rows, const char *rank, const char *new_rank, aw_error *err);
int aw__list_rows_delete(const aw__list_rows *rows, const char *rank, aw_error *err);
/* All items, and those of an older list of the name. */
int aw__list_rows_clear(const aw__list_rows *rows, aw_error *err);
int aw__list_rows_delete_meta(const aw__list_rows *rows, aw_error *err);

/* An older list: its items by index. */
int aw__list_rows_clear_indexed(const aw__list_rows *rows, aw_error *err);
int aw__list_rows_indexed(const aw__list_rows *rows, aw__list_row **ret_rows, size_t *ret_count, aw_error *err);
/* The item of that index gets a rank. */
int aw__list_rows_upgrade(const aw__list_rows *rows, const char *index, const char *rank, aw_error *err);

/*
 * All lists of an actor.
 */

typedef enum aw__list_row_kind { AW__LIST_ROW_META, AW__LIST_ROW_INDEXED, AW__LIST_ROW_RANKED } aw__list_row_kind;

typedef struct aw__list_any_row {
    const char *list; /* its name */
    aw__list_row_kind kind;
    const char *rank;  /* or the index; "" of a meta row */
    const char *value; /* NULL when only those of meta rows were asked for */
    int64_t characters;
} aw__list_any_row;

/* Takes a row's name, "list:{name}-{tail}", apart at its last "-", since no tail has one; what it sets of the row
 * points into it. False: the row is no list's. */
bool aw__list_row_split(char *row_name, aw__list_any_row *ret_row);
/* In one query: by name of the list, then the meta row, the items by index, the items by rank. */
int aw__list_rows_every(aw_database *database, aw__arena *arena, const char *actor_id, bool values,
                        aw__list_any_row **ret_rows, size_t *ret_count, aw_error *err);
int aw__list_rows_delete_every(aw_database *database, const char *actor_id, aw_error *err);

#endif
