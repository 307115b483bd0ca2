/*
 * Header lines of an answer: finding one, and reading Retry-After. Collecting them is in client_reply.c.
 */
#include "http/client.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/clock.h"
#include "base/text.h"

const char *aw__http_header(aw__arena *arena, const char *header_lines, const char *name)
{
    size_t name_bytes = strlen(name);

    for (const char *line = header_lines; line && *line;) {
        const char *end = strstr(line, "\r\n");

        if (!end)
            end = line + strlen(line);
        if (strncasecmp(line, name, name_bytes) == 0 && line[name_bytes] == ':') {
            const char *value = line + name_bytes + 1;

            while (value < end && (*value == ' ' || *value == '\t'))
                value++;
            while (end > value && (end[-1] == ' ' || end[-1] == '\t'))
                end--;
            return aw__arena_strndup(arena, value, (size_t)(end - value));
        }
        line = *end ? end + 2 : end;
    }
    return NULL;
}

/* 1 to 12, or 0. Not strptime(), which speaks the application's language. */
static int month_of(const char *name)
{
    static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

    for (int i = 0; i < 12; i++)
        if (strncmp(name, names + 3 * i, 3) == 0)
            return i + 1;
    return 0;
}

/* HTTP's three forms of a date (RFC 9110, 5.6.7); all are UTC. */
static bool parse_date(const char *text, time_t *ret_time)
{
    struct tm tm = {0};
    char month[4] = "";

    /* Sun, 06 Nov 1994 08:49:37 GMT */
    if (sscanf(text, "%*3[A-Za-z], %2d %3s %4d %2d:%2d:%2d GMT", &tm.tm_mday, month, &tm.tm_year, &tm.tm_hour,
               &tm.tm_min, &tm.tm_sec) == 6) {
        tm.tm_year -= 1900;
        /* Sunday, 06-Nov-94 08:49:37 GMT; two digits of a year are the next or last fifty years */
    } else if (sscanf(text, "%*9[A-Za-z], %2d-%3s-%2d %2d:%2d:%2d GMT", &tm.tm_mday, month, &tm.tm_year, &tm.tm_hour,
                      &tm.tm_min, &tm.tm_sec) == 6) {
        tm.tm_year += tm.tm_year < 70 ? 100 : 0;
        /* Sun Nov  6 08:49:37 1994 */
    } else if (sscanf(text, "%*3[A-Za-z] %3s %2d %2d:%2d:%2d %4d", month, &tm.tm_mday, &tm.tm_hour, &tm.tm_min,
                      &tm.tm_sec, &tm.tm_year) == 6) {
        tm.tm_year -= 1900;
    } else {
        return false;
    }
    tm.tm_mon = month_of(month) - 1;
    if (tm.tm_mon < 0 || tm.tm_mday < 1 || tm.tm_mday > 31 || tm.tm_hour < 0 || tm.tm_hour > 23 || tm.tm_min < 0 ||
        tm.tm_min > 59 || tm.tm_sec < 0 || tm.tm_sec > 60 || tm.tm_year < 70)
        return false;
    *ret_time = timegm(&tm);
    return true;
}

int aw__http_retry_after_ms(const char *value)
{
    int64_t seconds;
    time_t date;

    if (aw__text_empty(value))
        return -1;
    if (aw__text_to_int(value, 0, INT64_MAX, &seconds))
        return seconds > INT_MAX / 1000 ? INT_MAX : (int)seconds * 1000;
    if (strspn(value, "0123456789") == strlen(value))
        return INT_MAX; /* a number beyond all numbers */
    if (!parse_date(value, &date))
        return -1;
    int64_t ms = (int64_t)date * 1000 - aw__utc_us() / 1000;

    return ms < 0 ? 0 : ms > INT_MAX ? INT_MAX : (int)ms;
}
