/*
 * zlib's streams over a buffer with a limit.
 */
#include "http/gzip.h"

#include <limits.h>
#include <stdint.h>
#include <string.h>
#include <zlib.h>

#include "base/alloc.h"
#include <actingweb/error.h>

enum {
    GZIP_WINDOW = 15 + 16, /* the largest window, and a gzip header instead of zlib's */
    MEMORY_LEVEL = 8,      /* zlib's default */
    CHUNK_BYTES = 16384
};

static voidpf allocate(voidpf unused, uInt items, uInt bytes)
{
    (void)unused;
    return aw__calloc(items, bytes);
}

static void release(voidpf unused, voidpf block)
{
    (void)unused;
    aw__free(block);
}

static z_stream stream_over(const void *data, size_t bytes)
{
    /* zlib only reads what is behind next_in, though it does not say so. */
    return (z_stream){.zalloc = allocate,
                      .zfree = release,
                      .next_in = (Bytef *)(uintptr_t)data,
                      .avail_in = (uInt)bytes};
}

static int code_of(int rc)
{
    return rc == Z_MEM_ERROR ? AW_E_NOMEM : AW_E_INVALID;
}

/* Runs step (deflate or inflate) until the stream's end. */
static int run(z_stream *stream, int (*step)(z_stream *, int), aw__buffer *out)
{
    Bytef chunk[CHUNK_BYTES];
    int rc;

    do {
        stream->next_out = chunk;
        stream->avail_out = sizeof(chunk);
        rc = step(stream, Z_FINISH);
        if (rc != Z_OK && rc != Z_STREAM_END && rc != Z_BUF_ERROR)
            return code_of(rc);
        size_t made = sizeof(chunk) - stream->avail_out;

        if (!made && rc != Z_STREAM_END)
            return AW_E_INVALID; /* it wants more than there is: cut off */
        int code = aw__buffer_append(out, chunk, made);

        if (code)
            return code;
    } while (rc != Z_STREAM_END);
    return AW_OK;
}

static void cut(aw__buffer *out, size_t bytes)
{
    out->bytes = bytes;
    if (out->data)
        out->data[bytes] = '\0';
}

int aw__gzip_pack(const void *data, size_t bytes, aw__buffer *out)
{
    z_stream stream = stream_over(data, bytes);
    size_t before = out->bytes;

    if (bytes > UINT_MAX)
        return AW_E_TOO_LARGE;
    int rc = deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, GZIP_WINDOW, MEMORY_LEVEL, Z_DEFAULT_STRATEGY);

    if (rc != Z_OK)
        return code_of(rc);
    rc = run(&stream, deflate, out);
    deflateEnd(&stream);
    if (rc)
        cut(out, before);
    return rc;
}

int aw__gzip_unpack(const void *data, size_t bytes, aw__buffer *out)
{
    z_stream stream = stream_over(data, bytes);
    size_t before = out->bytes;

    if (bytes > UINT_MAX)
        return AW_E_TOO_LARGE;
    int rc = inflateInit2(&stream, GZIP_WINDOW);

    if (rc != Z_OK)
        return code_of(rc);
    rc = run(&stream, inflate, out);
    while (rc == AW_OK && stream.avail_in) {
        rc = inflateReset(&stream) == Z_OK ? AW_OK : AW_E_INVALID;
        if (rc == AW_OK)
            rc = run(&stream, inflate, out);
    }
    inflateEnd(&stream);
    if (rc)
        cut(out, before);
    return rc;
}
