/*
 * Base64 and percent-encoding. Both results live in the caller's arena.
 */
#include "base/encode.h"

#include <string.h>

static const char base64_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

char *aw__base64_encode(aw__arena *arena, const void *data, size_t bytes)
{
    const unsigned char *in = data;
    char *text = aw__arena_alloc(arena, (bytes + 2) / 3 * 4 + 1);
    char *out = text;

    if (!text)
        return NULL;
    for (; bytes >= 3; bytes -= 3, in += 3) {
        *out++ = base64_digits[in[0] >> 2];
        *out++ = base64_digits[(in[0] & 3) << 4 | in[1] >> 4];
        *out++ = base64_digits[(in[1] & 15) << 2 | in[2] >> 6];
        *out++ = base64_digits[in[2] & 63];
    }
    if (bytes) {
        unsigned char second = bytes == 2 ? in[1] : 0;

        *out++ = base64_digits[in[0] >> 2];
        *out++ = base64_digits[(in[0] & 3) << 4 | second >> 4];
        *out++ = bytes == 2 ? base64_digits[(second & 15) << 2] : '=';
        *out++ = '=';
    }
    return text;
}

static int base64_value(char c)
{
    const char *digit = c ? strchr(base64_digits, c) : NULL;

    return digit ? (int)(digit - base64_digits) : -1;
}

/* Only what an encoder writes: whole groups of four, padding at the end alone, no bits left over. */
char *aw__base64_decode(aw__arena *arena, const char *text, size_t *ret_bytes)
{
    size_t length = strlen(text);

    if (length % 4)
        return NULL;
    size_t padding = 0;

    while (padding < 2 && padding < length && text[length - 1 - padding] == '=')
        padding++;
    size_t digits = length - padding;
    char *data = aw__arena_alloc(arena, length / 4 * 3 + 1);
    size_t bytes = 0;
    unsigned bits = 0;
    int held = 0;

    if (!data)
        return NULL;
    for (size_t i = 0; i < digits; i++) {
        int value = base64_value(text[i]);

        if (value < 0)
            return NULL;
        bits = bits << 6 | (unsigned)value;
        held += 6;
        if (held >= 8) {
            held -= 8;
            data[bytes++] = (char)(bits >> held & 0xFF);
        }
    }
    if (bits & ((1u << held) - 1))
        return NULL;
    *ret_bytes = bytes;
    return data;
}

static bool unreserved(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
           c == '_' || c == '~';
}

char *aw__percent_encode(aw__arena *arena, const char *text, const char *keep)
{
    static const char digits[] = "0123456789ABCDEF";
    char *result = aw__arena_alloc(arena, 3 * strlen(text) + 1);
    char *out = result;

    if (!result)
        return NULL;
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;

        if (unreserved(*text) || (keep && strchr(keep, *text))) {
            *out++ = *text;
        } else {
            *out++ = '%';
            *out++ = digits[c >> 4];
            *out++ = digits[c & 15];
        }
    }
    return result;
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

char *aw__percent_decode(aw__arena *arena, const char *text, size_t bytes, bool plus)
{
    char *result = aw__arena_alloc(arena, bytes + 1);
    char *out = result;

    if (!result)
        return NULL;
    for (size_t i = 0; i < bytes; i++) {
        char c = text[i];

        if (c == '%') {
            int high = i + 2 < bytes ? hex_value(text[i + 1]) : -1;
            int low = high >= 0 ? hex_value(text[i + 2]) : -1;

            if (low < 0)
                return NULL;
            c = (char)(high << 4 | low);
            i += 2;
        } else if (plus && c == '+') {
            c = ' ';
        }
        if (!c)
            return NULL;
        *out++ = c;
    }
    return result;
}
