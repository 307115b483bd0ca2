/*
 * JSON that comes back from our own store: it was checked when it came in, so only the parser's own limits hold here
 * (what was accepted may since have been wrapped a few levels deeper).
 */
#ifndef AW_ACTOR_STORED_H
#define AW_ACTOR_STORED_H

#include <jansson.h>

#include <actingweb/error.h>

/* Any JSON value; the caller's. AW_E_STORE when the text is none, AW_E_NOMEM. */
int aw__stored_parse(const char *text, json_t **ret_value, aw_error *err);

/* An object, or, as the reference stores some, a text that holds one; the caller's. AW_E_STORE, AW_E_NOMEM. */
int aw__stored_object(const char *text, json_t **ret_object, aw_error *err);
/* The text to store for it: aw__free(). NULL when out of memory. */
char *aw__stored_object_text(const json_t *object);

#endif
