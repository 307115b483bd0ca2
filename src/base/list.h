/*
 * Doubly linked lists whose links are embedded in what they list: O(1) everywhere, nothing allocated. A list is a link
 * of its own, the ring's start; an item's link that is in no list points to itself.
 */
#ifndef AW_BASE_LIST_H
#define AW_BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

typedef struct aw__link {
    struct aw__link *next, *prev;
} aw__link;

/* The item that a link is embedded in. */
#define AW__ITEM(link, type, member) ((type *)(void *)((char *)(link) - offsetof(type, member)))

static inline void aw__list_init(aw__link *list)
{
    list->next = list->prev = list;
}

static inline bool aw__list_empty(const aw__link *list)
{
    return list->next == list;
}

static inline void aw__list_append(aw__link *list, aw__link *link)
{
    link->next = list;
    link->prev = list->prev;
    list->prev->next = link;
    list->prev = link;
}

static inline void aw__list_prepend(aw__link *list, aw__link *link)
{
    aw__list_append(list->next, link);
}

/* In no list: nothing. */
static inline void aw__list_remove(aw__link *link)
{
    link->next->prev = link->prev;
    link->prev->next = link->next;
    aw__list_init(link);
}

/* The first link, taken out. The list must not be empty. */
static inline aw__link *aw__list_pop(aw__link *list)
{
    aw__link *link = list->next;

    aw__list_remove(link);
    return link;
}

/* Appends all of from, which is empty afterwards. */
static inline void aw__list_move(aw__link *list, aw__link *from)
{
    if (aw__list_empty(from))
        return;
    from->next->prev = list->prev;
    list->prev->next = from->next;
    from->prev->next = list;
    list->prev = from->prev;
    aw__list_init(from);
}

#endif
