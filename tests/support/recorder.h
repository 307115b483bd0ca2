/*
 * Which statements requests run. What a web thread does while it serves one counts, with the writes that another thread makes
 * for it; servers' own upkeep, in threads of its own, does not. Programs that use it are linked with
 *     -Wl,--wrap=aw__sql,--wrap=aw__store_write,--wrap=aw__web_handle
 */
#ifndef TESTS_SUPPORT_RECORDER_H
#define TESTS_SUPPORT_RECORDER_H

#include <stdbool.h>

/* What this thread does now counts, too, as if it served a request. */
void recorder_serve(bool serves);
/* Everything counts, in every thread. */
void recorder_take_all(bool all);

/* Whether the text was run. */
bool recorder_has(const char *sql);

/* The index-th text, NULL at the end. Once nothing runs any more. */
const char *recorder_text(unsigned index);

#endif
