/*
 * A growing byte buffer with a limit: foreign bytes meet the limit before a parser.
 */
#ifndef AW_BASE_BUFFER_H
#define AW_BASE_BUFFER_H

#include <actingweb/common.h>

typedef struct aw__buffer {
    char *data; /* NUL-terminated when not NULL; the NUL is not counted */
    size_t bytes;
    size_t capacity;
    size_t limit; /* 0: none */
} aw__buffer;

/* AW_OK, AW_E_TOO_LARGE or AW_E_NOMEM; on failure the buffer is as before. */
int aw__buffer_append(aw__buffer *buffer, const void *data, size_t bytes);
int aw__buffer_append_text(aw__buffer *buffer, const char *text);
int aw__buffer_printf(aw__buffer *buffer, const char *format, ...) AW_PRINTF(2, 3);
void aw__buffer_clear(aw__buffer *buffer); /* keeps the memory */
void aw__buffer_free(aw__buffer *buffer);  /* and leaves it empty, with its limit */

#endif
