/*
 * Entity tags: which version of a representation this is, and the lists of them in If-Match and If-None-Match (RFC
 * 9110,
 * 8.8.3 and 13.1). What is done when they do not hold is not known here.
 */
#ifndef AW_HTTP_ETAG_H
#define AW_HTTP_ETAG_H

#include <actingweb/common.h>

#define AW__ETAG_BYTES 35 /* 32 hex digits in quotes, and the NUL */

/* The strong tag of these very bytes: the same in every process and on every machine. AW_OK, or AW_E_UNSUPPORTED when
 * there is no digest to be had. */
int aw__etag_make(const char *text, size_t bytes, char out[AW__ETAG_BYTES]);

/* Weak comparison (If-None-Match) takes W/"x" for "x"; strong comparison (If-Match) never finds a weak tag. */
typedef enum aw__etag_comparison { AW__ETAG_STRONG, AW__ETAG_WEAK } aw__etag_comparison;

/* The field's value is "*" or a list of one or more tags. */
bool aw__etag_list_valid(const char *list);

/* Whether the list has the tag; "*" has every one. etag NULL: there is no representation, which no list has. Of a list
 * that is not valid, what comes before its mistake. */
bool aw__etag_list_has(const char *list, const char *etag, aw__etag_comparison comparison);

#endif
