/*
 * Allocation failures that reach jansson as well, but for its parser: the lexer of jansson 2.14 does not look whether
 * its buffer grew, and then aborts or runs past it. aw__json_parse() makes sure that there is room before it lets it
 * begin, and that is where parsing fails here.
 *
 * The program must be linked with -Wl,--wrap=json_loadb.
 */
#ifndef TESTS_SUPPORT_JSON_MEMORY_H
#define TESTS_SUPPORT_JSON_MEMORY_H

/* From now on jansson allocates from aw__malloc(), except while it parses. */
void json_memory_use(void);

#endif
