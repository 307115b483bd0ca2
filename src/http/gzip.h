/*
 * gzip, as a content coding of HTTP (RFC 9110, 8.4.1.3). The only file that includes zlib.h.
 */
#ifndef AW_HTTP_GZIP_H
#define AW_HTTP_GZIP_H

#include "base/buffer.h"

/* Appends the compressed bytes. AW_E_NOMEM, AW_E_TOO_LARGE (out's limit); out is then as before. */
int aw__gzip_pack(const void *data, size_t bytes, aw__buffer *out);

/* Appends what was compressed: one gzip stream, or several behind each other, and nothing else. It never makes more
 * than out's limit allows (give it one: a few bytes may stand for gigabytes). AW_E_INVALID (no gzip, damaged, cut off),
 * AW_E_TOO_LARGE, AW_E_NOMEM; out is then as before. */
int aw__gzip_unpack(const void *data, size_t bytes, aw__buffer *out);

#endif
