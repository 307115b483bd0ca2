/*
 * Tables of what has to be found by up to three ids: entries are embedded in what they find, so adding never fails. For
 * one thread.
 */
#ifndef AW_FLOW_TABLE_H
#define AW_FLOW_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { AW__KEY_BYTES = 800, AW__TABLE_FIRST = 16 };

/* Up to three ids, each with its NUL. */
typedef struct aw__key {
    size_t bytes;
    uint64_t hash;
    char text[AW__KEY_BYTES];
} aw__key;

/* c may be NULL. False when they are too long to be anybody's ids. */
bool aw__key_make(aw__key *key, const char *a, const char *b, const char *c);

typedef struct aw__entry {
    struct aw__entry *next;
    uint64_t hash;
    const char *text;
    size_t bytes;
} aw__entry;

typedef struct aw__table {
    aw__entry **slots;
    size_t slot_count;
    size_t count;
    aw__entry *first[AW__TABLE_FIRST];
} aw__table;

void aw__table_init(aw__table *table);
void aw__table_free(aw__table *table); /* not what is in it */

aw__entry *aw__table_find(const aw__table *table, const aw__key *key);
/* text: the key's, in memory that lives as long as the entry is in the table. */
void aw__table_add(aw__table *table, aw__entry *entry, const aw__key *key, const char *text);
void aw__table_remove(aw__table *table, aw__entry *entry);

#endif
