/*
 * Ranges of sequences.
 */
#include "flow/ranges.h"

#include <string.h>

static void remove_at(aw__ranges *ranges, int at)
{
    ranges->count--;
    memmove(&ranges->range[at], &ranges->range[at + 1], (size_t)(ranges->count - at) * sizeof(ranges->range[0]));
}

static void insert_at(aw__ranges *ranges, int at, int64_t sequence)
{
    memmove(&ranges->range[at + 1], &ranges->range[at], (size_t)(ranges->count - at) * sizeof(ranges->range[0]));
    ranges->range[at].low = ranges->range[at].high = sequence;
    ranges->count++;
}

/* Makes one of the range at `at` and the one behind it. */
static void merge(aw__ranges *ranges, int at)
{
    ranges->range[at].high = ranges->range[at + 1].high;
    remove_at(ranges, at + 1);
}

static void merge_nearest(aw__ranges *ranges)
{
    int best = 0;

    for (int i = 1; i + 1 < ranges->count; i++)
        if (ranges->range[i + 1].low - ranges->range[i].high < ranges->range[best + 1].low - ranges->range[best].high)
            best = i;
    merge(ranges, best);
}

void aw__ranges_add(aw__ranges *ranges, int64_t sequence)
{
    int at = 0;

    while (at < ranges->count && ranges->range[at].high < sequence)
        at++;
    if (at < ranges->count && ranges->range[at].low <= sequence)
        return;
    insert_at(ranges, at, sequence);
    if (at + 1 < ranges->count && ranges->range[at + 1].low - 1 == sequence)
        merge(ranges, at);
    if (at > 0 && ranges->range[at - 1].high + 1 == sequence)
        merge(ranges, at - 1);
    if (ranges->count > AW__RANGES_MAX)
        merge_nearest(ranges);
}

int64_t aw__ranges_take(aw__ranges *ranges)
{
    int64_t sequence = ranges->range[0].low++;

    if (ranges->range[0].low > ranges->range[0].high)
        remove_at(ranges, 0);
    return sequence;
}

bool aw__ranges_empty(const aw__ranges *ranges)
{
    return !ranges->count;
}
