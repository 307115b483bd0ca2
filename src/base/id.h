/*
 * Identifiers, in the forms of WIRE section 1.
 */
#ifndef AW_BASE_ID_H
#define AW_BASE_ID_H

#include <actingweb/common.h>

#define AW__ID_BYTES   33 /* 32 lowercase hex digits and the NUL */
#define AW__UUID_BYTES 37 /* with dashes */

/* An actor's id: uuid5 of the URL namespace over url and this moment; never the same twice. */
int aw__id_new(const char *url, char out[AW__ID_BYTES]);

/* The same, but it sorts behind all that were made so before this microsecond. */
int aw__id_new_later(const char *url, char out[AW__ID_BYTES]);

/* A random uuid (version 4) with dashes, for X-Request-ID. */
int aw__uuid4(char out[AW__UUID_BYTES]);

/* 1 to 255 bytes, of letters, digits, "_", "-", "." and "~"... what can stand in one path segment of ours: actor ids,
 * peer ids, subscription ids. "." and ".." are none. */
bool aw__id_valid(const char *id);

#endif
