/*
 * The growing byte buffer.
 */
#include "base/buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include <actingweb/error.h>

enum { FIRST_BYTES = 256 };

/* Room for bytes more and a NUL. Doubles, so that appending stays linear; a limit caps the doubling. */
static int reserve(aw__buffer *buffer, size_t bytes)
{
    if (bytes > SIZE_MAX / 4 - buffer->bytes)
        return AW_E_NOMEM;
    size_t needed = buffer->bytes + bytes;

    if (buffer->limit && needed > buffer->limit)
        return AW_E_TOO_LARGE;
    if (needed < buffer->capacity)
        return AW_OK;
    size_t capacity = buffer->capacity ? buffer->capacity : FIRST_BYTES;

    while (capacity <= needed)
        capacity *= 2;
    if (buffer->limit && capacity > buffer->limit)
        capacity = buffer->limit + 1;
    char *data = aw__realloc(buffer->data, capacity);

    if (!data)
        return AW_E_NOMEM;
    buffer->data = data;
    buffer->capacity = capacity;
    return AW_OK;
}

int aw__buffer_append(aw__buffer *buffer, const void *data, size_t bytes)
{
    int rc = reserve(buffer, bytes);

    if (rc)
        return rc;
    if (bytes)
        memcpy(buffer->data + buffer->bytes, data, bytes);
    buffer->bytes += bytes;
    buffer->data[buffer->bytes] = '\0';
    return AW_OK;
}

int aw__buffer_append_text(aw__buffer *buffer, const char *text)
{
    return aw__buffer_append(buffer, text, strlen(text));
}

int aw__buffer_printf(aw__buffer *buffer, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    int bytes = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (bytes < 0)
        return AW_E_NOMEM;
    int rc = reserve(buffer, (size_t)bytes);

    if (rc)
        return rc;
    va_start(args, format);
    vsnprintf(buffer->data + buffer->bytes, (size_t)bytes + 1, format, args);
    va_end(args);
    buffer->bytes += (size_t)bytes;
    return AW_OK;
}

void aw__buffer_clear(aw__buffer *buffer)
{
    buffer->bytes = 0;
    if (buffer->data)
        buffer->data[0] = '\0';
}

void aw__buffer_free(aw__buffer *buffer)
{
    aw__free(buffer->data);
    buffer->data = NULL;
    buffer->bytes = 0;
    buffer->capacity = 0;
}
