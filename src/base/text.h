/*
 * Small questions about text.
 */
#ifndef AW_BASE_TEXT_H
#define AW_BASE_TEXT_H

#include <actingweb/common.h>

bool aw__text_empty(const char *text); /* NULL or "" */
bool aw__text_starts(const char *text, const char *prefix);
bool aw__text_equal(const char *a, const char *b); /* NULL equals only NULL; not for secrets */
bool aw__text_equal_nocase(const char *a, const char *b);
/* The whole of text is a decimal integer within [min, max]. */
bool aw__text_to_int(const char *text, int64_t min, int64_t max, int64_t *ret_value);
bool aw__text_utf8(const char *text, size_t bytes); /* well-formed UTF-8 without NUL */
/* The glob of that many bytes covers the whole text: "*" is any number of characters, "?" is one, "/" like any
 * other. */
bool aw__text_matches(const char *text, const char *glob, size_t glob_bytes);
bool aw__text_control(const char *text); /* holds control characters: C0, DEL or C1 */

/* Makes foreign text fit for one line of a log or a message, in place: "?" for control characters and broken UTF-8. */
void aw__text_clean(char *text);

#endif
