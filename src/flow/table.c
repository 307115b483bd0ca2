/*
 * Tables: chains in slots, doubled when the chains get long. When there is no memory for more slots the chains grow.
 */
#include "flow/table.h"

#include <string.h>

#include "base/alloc.h"

enum { LONG_CHAIN = 2 };

/* FNV-1a. */
static uint64_t hash_of(const char *text, size_t bytes)
{
    uint64_t hash = 14695981039346656037u;

    for (size_t i = 0; i < bytes; i++)
        hash = (hash ^ (unsigned char)text[i]) * 1099511628211u;
    return hash;
}

bool aw__key_make(aw__key *key, const char *a, const char *b, const char *c)
{
    const char *const parts[] = {a, b, c};

    key->bytes = 0;
    for (size_t i = 0; i < 3 && parts[i]; i++) {
        size_t bytes = strlen(parts[i]) + 1;

        if (bytes > sizeof(key->text) - key->bytes)
            return false;
        memcpy(key->text + key->bytes, parts[i], bytes);
        key->bytes += bytes;
    }
    key->hash = hash_of(key->text, key->bytes);
    return true;
}

void aw__table_init(aw__table *table)
{
    *table = (aw__table){.slot_count = AW__TABLE_FIRST};
    table->slots = table->first;
}

void aw__table_free(aw__table *table)
{
    if (table->slots != table->first)
        aw__free(table->slots);
    aw__table_init(table);
}

static aw__entry **slot_of(const aw__table *table, uint64_t hash)
{
    return &table->slots[(hash ^ hash >> 32) & (table->slot_count - 1)];
}

aw__entry *aw__table_find(const aw__table *table, const aw__key *key)
{
    aw__entry *entry = *slot_of(table, key->hash);

    while (entry && (entry->hash != key->hash || entry->bytes != key->bytes ||
                     memcmp(entry->text, key->text, key->bytes) != 0))
        entry = entry->next;
    return entry;
}

static void push(aw__entry **slot, aw__entry *entry)
{
    entry->next = *slot;
    *slot = entry;
}

static void grow(aw__table *table)
{
    aw__table larger = *table;

    larger.slot_count = 2 * table->slot_count;
    larger.slots = aw__calloc(larger.slot_count, sizeof(*larger.slots));
    if (!larger.slots)
        return;
    for (size_t i = 0; i < table->slot_count; i++) {
        for (aw__entry *entry = table->slots[i], *next; entry; entry = next) {
            next = entry->next;
            push(slot_of(&larger, entry->hash), entry);
        }
    }
    if (table->slots != table->first)
        aw__free(table->slots);
    table->slots = larger.slots;
    table->slot_count = larger.slot_count;
}

void aw__table_add(aw__table *table, aw__entry *entry, const aw__key *key, const char *text)
{
    if (table->count >= LONG_CHAIN * table->slot_count)
        grow(table);
    entry->hash = key->hash;
    entry->bytes = key->bytes;
    entry->text = text;
    push(slot_of(table, key->hash), entry);
    table->count++;
}

void aw__table_remove(aw__table *table, aw__entry *entry)
{
    aw__entry **at = slot_of(table, entry->hash);

    while (*at != entry)
        at = &(*at)->next;
    *at = entry->next;
    table->count--;
}
