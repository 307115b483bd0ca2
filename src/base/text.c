/*
 * Questions about text, and making foreign text fit to show.
 */
#include "base/text.h"

#include <string.h>
#include <strings.h>

bool aw__text_empty(const char *text)
{
    return !text || !*text;
}

bool aw__text_starts(const char *text, const char *prefix)
{
    return text && prefix && strncmp(text, prefix, strlen(prefix)) == 0;
}

bool aw__text_equal(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

bool aw__text_equal_nocase(const char *a, const char *b)
{
    return a && b ? strcasecmp(a, b) == 0 : a == b;
}

bool aw__text_to_int(const char *text, int64_t min, int64_t max, int64_t *ret_value)
{
    if (!text)
        return false;
    bool negative = *text == '-';
    int64_t value = 0;

    text += negative;
    if (!*text)
        return false;
    for (; *text; text++) {
        if (*text < '0' || *text > '9')
            return false;
        int digit = *text - '0';

        /* Counted downwards: the negative range is the larger one. */
        if (value < (INT64_MIN + digit) / 10)
            return false;
        value = value * 10 - digit;
    }
    if (!negative && value == INT64_MIN)
        return false;
    value = negative ? value : -value;
    if (value < min || value > max)
        return false;
    *ret_value = value;
    return true;
}

/* The bytes of the well-formed UTF-8 sequence at text, or 0. The second byte's range excludes over-long forms,
 * surrogates and what lies beyond U+10FFFF (Unicode, table 3-7). */
static size_t sequence_bytes(const unsigned char *text, size_t bytes)
{
    unsigned char first = text[0];
    unsigned char low = 0x80;
    unsigned char high = 0xBF;
    size_t length;

    if (first == 0)
        return 0;
    if (first < 0x80)
        return 1;
    if (first >= 0xC2 && first <= 0xDF) {
        length = 2;
    } else if (first >= 0xE0 && first <= 0xEF) {
        length = 3;
        low = first == 0xE0 ? 0xA0 : low;
        high = first == 0xED ? 0x9F : high;
    } else if (first >= 0xF0 && first <= 0xF4) {
        length = 4;
        low = first == 0xF0 ? 0x90 : low;
        high = first == 0xF4 ? 0x8F : high;
    } else {
        return 0;
    }
    if (length > bytes || text[1] < low || text[1] > high)
        return 0;
    for (size_t i = 2; i < length; i++)
        if ((text[i] & 0xC0) != 0x80)
            return 0;
    return length;
}

bool aw__text_utf8(const char *text, size_t bytes)
{
    const unsigned char *at = (const unsigned char *)text;

    while (bytes) {
        size_t length = sequence_bytes(at, bytes);

        if (!length)
            return false;
        at += length;
        bytes -= length;
    }
    return true;
}

static bool continues_character(char c)
{
    return ((unsigned char)c & 0xC0) == 0x80;
}

/* On a mismatch only the last "*" takes one byte more, so the time is at most glob_bytes times the text's length. */
bool aw__text_matches(const char *text, const char *glob, size_t glob_bytes)
{
    const char *end = glob + glob_bytes;
    const char *star = NULL;   /* the glob after the last "*" */
    const char *resume = NULL; /* the text where that "*" ends for now */

    while (*text) {
        if (glob < end && *glob == '*') {
            star = ++glob;
            resume = text;
        } else if (glob < end && *glob == '?') {
            glob++;
            do
                text++;
            while (continues_character(*text));
        } else if (glob < end && *glob == *text) {
            glob++;
            text++;
        } else if (star) {
            glob = star;
            text = ++resume;
        } else {
            return false;
        }
    }
    while (glob < end && *glob == '*')
        glob++;
    return glob == end;
}

/* U+0080 to U+009F are C2 80 to C2 9F in UTF-8. */
static bool starts_with_control(const char *text)
{
    unsigned char first = (unsigned char)text[0];

    if (first == 0xC2)
        return (unsigned char)text[1] >= 0x80 && (unsigned char)text[1] < 0xA0;
    return first < 0x20 || first == 0x7F;
}

bool aw__text_control(const char *text)
{
    for (; *text; text++)
        if (starts_with_control(text))
            return true;
    return false;
}

void aw__text_clean(char *text)
{
    size_t bytes = strlen(text);

    while (bytes) {
        size_t length = sequence_bytes((const unsigned char *)text, bytes);

        if (!length || starts_with_control(text)) {
            *text = '?';
            length = 1;
        }
        text += length;
        bytes -= length;
    }
}
