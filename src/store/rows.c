/*
 * Copying rows out of the database. What the rows mean is in the file of each table.
 */
#include "store/rows.h"

#include <string.h>

enum { ROWS_FIRST = 8 };

const char *aw__column_dup(aw__statement *s, aw__arena *arena, int column)
{
    const char *text = aw__column_text(s, column);
    const char *copy = *text ? aw__arena_strdup(arena, text) : "";

    if (!copy)
        aw__statement_fail(s, AW_E_NOMEM);
    return copy ? copy : "";
}

/* Arrays double, so one is full when it holds a power of two of rows, from ROWS_FIRST on. */
void *aw__rows_grow(aw__statement *s, aw__arena *arena, void *rows, size_t count, size_t row_bytes)
{
    bool full = count == 0 || (count >= ROWS_FIRST && (count & (count - 1)) == 0);
    void *larger;

    if (!full)
        return rows;
    larger = aw__arena_alloc(arena, (count ? 2 * count : ROWS_FIRST) * row_bytes);
    if (!larger)
        aw__statement_fail(s, AW_E_NOMEM);
    else if (count)
        memcpy(larger, rows, count * row_bytes);
    return larger;
}

const char *aw__text_at(const void *object, size_t offset)
{
    const char *text;

    memcpy(&text, (const char *)object + offset, sizeof(text));
    return text ? text : "";
}

static void set_text_at(void *object, size_t offset, const char *text)
{
    memcpy((char *)object + offset, &text, sizeof(text));
}

void aw__texts_read(aw__statement *s, void *object, const size_t *offsets, size_t count)
{
    for (size_t i = 0; i < count; i++)
        set_text_at(object, offsets[i], aw__column_text(s, (int)i));
}

void *aw__texts_dup(const void *object, size_t bytes, const size_t *offsets, size_t count)
{
    size_t total = bytes;
    char *copy, *end;

    for (size_t i = 0; i < count; i++)
        total += strlen(aw__text_at(object, offsets[i])) + 1;
    copy = aw__malloc(total);
    if (!copy)
        return NULL;
    memcpy(copy, object, bytes);
    end = copy + bytes;
    for (size_t i = 0; i < count; i++) {
        const char *text = aw__text_at(object, offsets[i]);
        size_t text_bytes = strlen(text) + 1;

        memcpy(end, text, text_bytes);
        set_text_at(copy, offsets[i], end);
        end += text_bytes;
    }
    return copy;
}
