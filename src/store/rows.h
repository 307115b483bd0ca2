/*
 * Rows on their way out of the database: into an arena, or into one block of memory.
 */
#ifndef AW_STORE_ROWS_H
#define AW_STORE_ROWS_H

#include "base/alloc.h"
#include "store/statement.h"

/* A column's text in the arena, "" for NULL. Out of memory sticks to the statement; then it is "". */
const char *aw__column_dup(aw__statement *s, aw__arena *arena, int column);

/* The array, moved when needed, with room for one row after `count`. Begin with NULL and 0. NULL when out of memory,
 * which sticks to the statement. */
void *aw__rows_grow(aw__statement *s, aw__arena *arena, void *rows, size_t count, size_t row_bytes);

/*
 * Structs of texts: `const char *` fields at these offsets, as aw_trust and aw_subscription have them.
 */

/* The field's text, "" for NULL. */
const char *aw__text_at(const void *object, size_t offset);
/* Points the fields to the columns of this row, from column 0 on. They are borrowed until the next row. */
void aw__texts_read(aw__statement *s, void *object, const size_t *offsets, size_t count);
/* A copy of the struct in one block with its texts; NULL becomes "". aw__free() it. NULL when out of memory. */
void *aw__texts_dup(const void *object, size_t bytes, const size_t *offsets, size_t count);

#endif
