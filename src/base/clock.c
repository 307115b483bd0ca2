/*
 * Clocks, and timestamps in the forms of the wire.
 */
#include "base/clock.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/text.h"

enum { US_PER_S = 1000000 };

/* Where there is no such clock, the monotonic one goes on. */
#ifndef CLOCK_BOOTTIME
#define CLOCK_BOOTTIME CLOCK_MONOTONIC
#endif

static uint64_t read_ms(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

uint64_t aw__now_ms(void)
{
    return read_ms(CLOCK_MONOTONIC);
}

uint64_t aw__elapsed_ms(void)
{
    return read_ms(CLOCK_BOOTTIME);
}

int64_t aw__utc_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * US_PER_S + now.tv_nsec / 1000;
}

static void format(int64_t utc_us, char separator, const char *zone, char out[AW__TIMESTAMP_BYTES])
{
    time_t seconds = utc_us / US_PER_S;
    int fraction = (int)(utc_us % US_PER_S);
    struct tm tm;

    if (fraction < 0) {
        fraction += US_PER_S;
        seconds--;
    }
    gmtime_r(&seconds, &tm);
    size_t bytes =
        strftime(out, AW__TIMESTAMP_BYTES, separator == 'T' ? "%Y-%m-%dT%H:%M:%S" : "%Y-%m-%d %H:%M:%S", &tm);

    snprintf(out + bytes, AW__TIMESTAMP_BYTES - bytes, ".%06d%s", fraction, zone);
}

void aw__timestamp_iso(int64_t utc_us, char out[AW__TIMESTAMP_BYTES])
{
    format(utc_us, 'T', "Z", out);
}

void aw__timestamp_offset(int64_t utc_us, char out[AW__TIMESTAMP_BYTES])
{
    format(utc_us, 'T', "+00:00", out);
}

void aw__timestamp_space(int64_t utc_us, char out[AW__TIMESTAMP_BYTES])
{
    format(utc_us, ' ', "", out);
}

/* Takes exactly count digits from *at; -1 when they are not there. */
static int take_digits(const char **at, int count)
{
    int value = 0;

    for (int i = 0; i < count; i++) {
        char c = **at;

        if (c < '0' || c > '9')
            return -1;
        value = value * 10 + (c - '0');
        (*at)++;
    }
    return value;
}

static bool take(const char **at, char c)
{
    if (**at != c)
        return false;
    (*at)++;
    return true;
}

/* "2026-11-22". The seconds of its midnight; false for days that no month has, and for years that a zone could push out
 * of the four digits that we write. */
static bool take_date(const char **at, int64_t *ret_seconds)
{
    int year = take_digits(at, 4);
    int month = year >= 0 && take(at, '-') ? take_digits(at, 2) : -1;
    int day = month >= 0 && take(at, '-') ? take_digits(at, 2) : -1;

    if (day < 1 || month < 1 || year < 1900 || year > 9998)
        return false;
    struct tm tm = {.tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day};
    int64_t seconds = timegm(&tm);

    if (tm.tm_mon != month - 1 || tm.tm_mday != day)
        return false;
    *ret_seconds = seconds;
    return true;
}

/* "01:25:30". A leap second counts as the next minute's first. */
static bool take_time(const char **at, int64_t *ret_seconds)
{
    int hour = take_digits(at, 2);
    int minute = hour >= 0 && take(at, ':') ? take_digits(at, 2) : -1;
    int second = minute >= 0 && take(at, ':') ? take_digits(at, 2) : -1;

    if (second < 0 || hour > 23 || minute > 59 || second > 60)
        return false;
    *ret_seconds = hour * 3600 + minute * 60 + second;
    return true;
}

/* ".835806", of any length; what is finer than a microsecond is dropped. */
static bool take_fraction(const char **at, int64_t *ret_us)
{
    *ret_us = 0;
    if (!take(at, '.'))
        return true;
    if (**at < '0' || **at > '9')
        return false;
    for (int unit = US_PER_S / 10; **at >= '0' && **at <= '9'; unit /= 10)
        *ret_us += (*(*at)++ - '0') * unit;
    return true;
}

/* "Z", "+01:00", "+0100", "+01" or nothing. */
static bool take_zone(const char **at, int64_t *ret_seconds)
{
    *ret_seconds = 0;
    if (!**at || take(at, 'Z') || take(at, 'z'))
        return true;
    int sign = **at == '-' ? -1 : 1;

    if (!take(at, '+') && !take(at, '-'))
        return false;
    int hours = take_digits(at, 2);
    int minutes = 0;

    if (hours < 0 || hours > 23)
        return false;
    if (take(at, ':') || **at)
        minutes = take_digits(at, 2);
    if (minutes < 0 || minutes > 59)
        return false;
    *ret_seconds = sign * (hours * 3600 + minutes * 60);
    return true;
}

bool aw__timestamp_parse(const char *text, int64_t *ret_utc_us)
{
    int64_t date, time_of_day, fraction, zone;

    if (!text || !take_date(&text, &date))
        return false;
    if (!take(&text, 'T') && !take(&text, 't') && !take(&text, ' '))
        return false;
    if (!take_time(&text, &time_of_day) || !take_fraction(&text, &fraction) || !take_zone(&text, &zone) || *text)
        return false;
    *ret_utc_us = (date + time_of_day - zone) * US_PER_S + fraction;
    return true;
}
