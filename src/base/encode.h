/*
 * Base64 (Basic credentials) and percent-encoding (paths, forms).
 */
#ifndef AW_BASE_ENCODE_H
#define AW_BASE_ENCODE_H

#include "base/alloc.h"
#include <actingweb/common.h>

/* In the arena; NULL when out of memory. */
char *aw__base64_encode(aw__arena *arena, const void *data, size_t bytes);
/* NULL when text is not base64 (or out of memory). The result has a NUL that is not counted. */
char *aw__base64_decode(aw__arena *arena, const char *text, size_t *ret_bytes);

/* Percent-encodes all but unreserved characters (RFC 3986) and those in keep. */
char *aw__percent_encode(aw__arena *arena, const char *text, const char *keep);
/* NULL for a broken escape or an encoded NUL. With plus, "+" is a space (forms and queries). */
char *aw__percent_decode(aw__arena *arena, const char *text, size_t bytes, bool plus);

#endif
