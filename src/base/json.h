/*
 * Helpers over jansson: foreign JSON meets limits, and both forms of flags (true, "true") are understood.
 */
#ifndef AW_BASE_JSON_H
#define AW_BASE_JSON_H

#include <jansson.h>

#include <actingweb/common.h>
#include <actingweb/error.h>

#define AW__JSON_MAX_DEPTH 64 /* arrays and objects in each other, of what others send */

/* Any JSON value; integers that an int64_t cannot hold are reals. AW_E_INVALID with the place of the mistake,
 * AW_E_TOO_LARGE when nested too deep, AW_E_NOMEM. The message holds nothing of the text. */
int aw__json_parse(const char *text, size_t bytes, json_t **ret_value, aw_error *err);

/* The same for what we wrote ourselves: as deep as jansson goes, since what was accepted may have been wrapped
 * since. */
int aw__json_parse_own(const char *text, size_t bytes, json_t **ret_value, aw_error *err);

/* Compact, UTF-8 unescaped, numbers in the fewest digits that read back the same; aw__free() it. NULL when out of
 * memory, or for a value that contains itself. */
char *aw__json_text(const json_t *value);

/* How deep arrays and objects are nested in value: 0 for a scalar, 1 for {} or [1], at most limit + 1. */
size_t aw__json_depth(const json_t *value, size_t limit);

/* The text at key of an object, or fallback when absent, null or no text. Borrowed from the object. */
const char *aw__json_get_text(const json_t *object, const char *key, const char *fallback);

/* true, "true" (any case), "1", non-zero numbers; fallback when absent. */
bool aw__json_get_flag(const json_t *object, const char *key, bool fallback);

/* An integer or a text of digits. False when absent or neither. */
bool aw__json_get_int(const json_t *object, const char *key, int64_t *ret_value);

/* Sets key to text, or to null when text is NULL (or empty with the second). 0, or -1 when out of memory. */
int aw__json_set_text(json_t *object, const char *key, const char *text);
int aw__json_set_text_or_null(json_t *object, const char *key, const char *text);

#endif
