/*
 * Reading an application's params struct, which may be older or newer than the library's.
 */
#ifndef AW_BASE_PARAMS_H
#define AW_BASE_PARAMS_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* Copies what both know; what the application does not know of is zero. params may be NULL: all zero. False when the
 * size in front was never set. */
static inline bool aw__params_read(void *out, size_t out_bytes, const void *params)
{
    size_t bytes = out_bytes;

    memset(out, 0, out_bytes);
    if (!params)
        return true;
    memcpy(&bytes, params, sizeof(bytes));
    if (bytes < sizeof(bytes))
        return false;
    memcpy(out, params, bytes < out_bytes ? bytes : out_bytes);
    return true;
}

#endif
