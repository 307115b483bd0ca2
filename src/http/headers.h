/*
 * Lists of header lines, of a request or of an answer to be; in an arena, in the order in which they were added.
 */
#ifndef AW_HTTP_HEADERS_H
#define AW_HTTP_HEADERS_H

#include "base/alloc.h"

typedef struct aw__header_line {
    struct aw__header_line *next;
    const char *name;
    const char *value;
} aw__header_line;

typedef struct aw__header_list {
    aw__header_line *first, *last;
} aw__header_list;

/* Copies both into the arena, the value without blanks around it. 0, or -1 when out of memory. */
int aw__headers_add(aw__header_list *list, aw__arena *arena, const char *name, const char *value);

/* The first line of this name in any case, at or after line; NULL when there is none. */
const aw__header_line *aw__headers_find(const aw__header_line *line, const char *name);

/* A name of RFC 9110's token characters. */
bool aw__header_name_valid(const char *name);
/* A value without control characters but tabs: nothing that could end its line. */
bool aw__header_value_valid(const char *value);

#endif
