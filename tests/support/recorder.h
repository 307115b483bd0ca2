/*
 * Which statements requests run. What a web thread does while it serves one counts, with the writes that another thread
 * makes for it; servers' own upkeep, in threads of its own, does not. Programs that use it are linked with
 *     -Wl,--wrap=aw__sql,--wrap=aw__bind_text,--wrap=aw__store_read,--wrap=aw__store_write,--wrap=aw__web_handle
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

/* The index-th text that was run for another actor than what its transaction had run before, NULL at the end. Whose it
 * is says its first parameter, or of property_lookup the one that says it. Rows of no actor ("_actingweb_deleted") do
 * not count. */
const char *recorder_stray(unsigned index);

#endif
