/*
 * Time: monotonic for deadlines, UTC for the wire, in both forms that peers use.
 */
#ifndef AW_BASE_CLOCK_H
#define AW_BASE_CLOCK_H

#include <stdint.h>

#include <actingweb/common.h>

#define AW__TIMESTAMP_BYTES 40

uint64_t aw__now_ms(void);     /* monotonic */
uint64_t aw__elapsed_ms(void); /* likewise, and goes on while the machine sleeps, as other machines do */
int64_t aw__utc_us(void);      /* microseconds since 1970, UTC */

/* 2026-11-22T01:25:30.835806Z */
void aw__timestamp_iso(int64_t utc_us, char out[AW__TIMESTAMP_BYTES]);
/* 2026-11-22T01:25:30.835806+00:00 */
void aw__timestamp_offset(int64_t utc_us, char out[AW__TIMESTAMP_BYTES]);
/* 2026-11-22 01:25:30.835806, as callbacks carry it and as the store keeps it */
void aw__timestamp_space(int64_t utc_us, char out[AW__TIMESTAMP_BYTES]);
/* Any of these, with or without fraction, zone or "Z". False when it is none of them, or outside the years 1900 to
 * 9998. */
bool aw__timestamp_parse(const char *text, int64_t *ret_utc_us);

#endif
