/*
 * Lists of the test site's actor, as tests change and read them. Items are given and shown as JSON.
 */
#ifndef TESTS_SUPPORT_LISTS_H
#define TESTS_SUPPORT_LISTS_H

#include "actor/list.h"
#include "support/pair.h"

/* The actor of t. Each returns what the change returned; the errors' text is in list_err. */
extern aw_error list_err;
extern aw__list_change list_done; /* the last one's results; its handle is in list_handle */
extern char list_handle[200];     /* "" when it has none */

int list_create(const char *name);
int list_add(const char *name, const char *item);
int list_extend(const char *name, const char *items);
int list_insert(const char *name, int64_t position, const char *item);
int list_set(const char *name, int64_t position, const char *item);
int list_set_handle(const char *name, const char *handle, const char *item);
int list_remove(const char *name, int64_t position);
int list_remove_handle(const char *name, const char *handle);
int list_clear(const char *name);
int list_delete(const char *name);
int list_describe(const char *name, const char *description, const char *explanation);
/* [[position,item],...]; [position] deletes. */
int list_bulk(const char *name, const char *edits);

/* Of another actor's or site's, any change; frees what it made. */
int list_run(test_site *site, aw__list_change *change);

/* A list with these items, made in two steps. */
void list_with(const char *name, const char *items);

/* Compact JSON in static memory; "-" when there is no such list, or item. */
const char *list_items(const char *name);
const char *list_item(const char *name, int64_t position);
/* The handle at a position, in static memory of its own for the last few calls. */
const char *list_handle_at(const char *name, size_t position);
int64_t list_count(const char *name);

/* A row as it is in the table; "-" when it is not there. */
void list_store_row(const char *row_name, const char *value);
const char *list_row(const char *row_name);

#endif
