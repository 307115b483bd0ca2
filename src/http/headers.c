/*
 * Lists of header lines. Parsing a message into lines is not done here.
 */
#include "http/headers.h"

#include <string.h>
#include <strings.h>

int aw__headers_add(aw__header_list *list, aw__arena *arena, const char *name, const char *value)
{
    value += strspn(value, " \t");
    size_t name_bytes = strlen(name) + 1;
    size_t value_bytes = strlen(value);

    while (value_bytes && (value[value_bytes - 1] == ' ' || value[value_bytes - 1] == '\t'))
        value_bytes--;
    aw__header_line *line = aw__arena_alloc(arena, sizeof(*line) + name_bytes + value_bytes + 1);

    if (!line)
        return -1;
    char *text = (char *)(line + 1); /* zeroed, so that the value is terminated */

    line->name = memcpy(text, name, name_bytes);
    line->value = memcpy(text + name_bytes, value, value_bytes);
    if (list->last)
        list->last->next = line;
    else
        list->first = line;
    list->last = line;
    return 0;
}

const aw__header_line *aw__headers_find(const aw__header_line *line, const char *name)
{
    while (line && strcasecmp(line->name, name) != 0)
        line = line->next;
    return line;
}

bool aw__header_name_valid(const char *name)
{
    static const char token[] = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

    return *name && name[strspn(name, token)] == '\0';
}

bool aw__header_value_valid(const char *value)
{
    for (const unsigned char *at = (const unsigned char *)value; *at; at++) {
        if ((*at < ' ' && *at != '\t') || *at == 0x7f)
            return false;
    }
    return true;
}
