/*
 * Ranges: which sequences of one subscription are due. Sequences follow one another, so a few ranges hold any number of
 * them.
 */
#ifndef AW_FLOW_RANGES_H
#define AW_FLOW_RANGES_H

#include <stdbool.h>
#include <stdint.h>

enum { AW__RANGES_MAX = 4 };

typedef struct aw__ranges {
    int count;
    struct {
        int64_t low;
        int64_t high; /* included */
    } range[AW__RANGES_MAX + 1]; /* ascending, apart from each other; one more than max for a moment */
} aw__ranges;

/* When there is no room for a range more, the two that are nearest become one, so that what lies between them is due as
 * well: whoever receives it knows it already. */
void aw__ranges_add(aw__ranges *ranges, int64_t sequence);
/* Takes out the lowest. There must be one. */
int64_t aw__ranges_take(aw__ranges *ranges);
bool aw__ranges_empty(const aw__ranges *ranges);

#endif
