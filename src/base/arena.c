/*
 * Arenas (alloc.h): blocks that are filled from front to back and freed together.
 */
#include "base/alloc.h"

#include <stdalign.h>
#include <stdio.h>
#include <string.h>

enum { FIRST_BYTES = 2048, BLOCK_BYTES = 8192, ALIGNMENT = alignof(max_align_t) };

struct block {
    struct block *older;
    alignas(max_align_t) char bytes[];
};

struct deferred {
    struct deferred *older;
    void (*release)(void *value);
    void *value;
};

struct aw__arena {
    struct block *blocks;      /* newest first */
    struct deferred *deferred; /* newest first */
    char *next;                /* free bytes of the newest block, or of first */
    size_t left;
    bool failed;
    alignas(max_align_t) char first[FIRST_BYTES]; /* most operations need no more */
};

aw__arena *aw__arena_new(void)
{
    aw__arena *arena = aw__malloc(sizeof(*arena));

    if (!arena)
        return NULL;
    arena->blocks = NULL;
    arena->deferred = NULL;
    arena->next = arena->first;
    arena->left = FIRST_BYTES;
    arena->failed = false;
    return arena;
}

void aw__arena_free(aw__arena *arena)
{
    if (!arena)
        return;
    /* A deferred function may still read what lives in the arena, and may defer more. */
    while (arena->deferred) {
        struct deferred *newest = arena->deferred;

        arena->deferred = newest->older;
        newest->release(newest->value);
    }
    while (arena->blocks) {
        struct block *block = arena->blocks;

        arena->blocks = block->older;
        aw__free(block);
    }
    aw__free(arena);
}

static void *fail(aw__arena *arena)
{
    arena->failed = true;
    return NULL;
}

/* A block for this allocation alone. It goes behind the newest, which may have room for the next small ones. */
static void *alloc_large(aw__arena *arena, size_t bytes)
{
    struct block *block = aw__malloc(sizeof(*block) + bytes);

    if (!block)
        return fail(arena);
    if (arena->blocks) {
        block->older = arena->blocks->older;
        arena->blocks->older = block;
    } else {
        block->older = NULL;
        arena->blocks = block;
    }
    return memset(block->bytes, 0, bytes);
}

static bool add_block(aw__arena *arena)
{
    struct block *block = aw__malloc(sizeof(*block) + BLOCK_BYTES);

    if (!block)
        return false;
    block->older = arena->blocks;
    arena->blocks = block;
    arena->next = block->bytes;
    arena->left = BLOCK_BYTES;
    return true;
}

void *aw__arena_alloc(aw__arena *arena, size_t bytes)
{
    if (bytes > SIZE_MAX / 2)
        return fail(arena);
    bytes = (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (bytes > arena->left) {
        if (bytes > BLOCK_BYTES / 4)
            return alloc_large(arena, bytes);
        if (!add_block(arena))
            return fail(arena);
    }
    char *result = arena->next;

    arena->next += bytes;
    arena->left -= bytes;
    return memset(result, 0, bytes);
}

char *aw__arena_strdup(aw__arena *arena, const char *text)
{
    return text ? aw__arena_strndup(arena, text, strlen(text)) : NULL;
}

char *aw__arena_strndup(aw__arena *arena, const char *text, size_t bytes)
{
    if (!text)
        return NULL;
    bytes = strnlen(text, bytes);
    char *copy = aw__arena_alloc(arena, bytes + 1);

    return copy ? memcpy(copy, text, bytes) : NULL;
}

char *aw__arena_printf(aw__arena *arena, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    char *text = aw__arena_vprintf(arena, format, args);
    va_end(args);
    return text;
}

char *aw__arena_vprintf(aw__arena *arena, const char *format, va_list args)
{
    va_list again;

    va_copy(again, args);
    int bytes = vsnprintf(NULL, 0, format, args);
    char *text = bytes < 0 ? fail(arena) : aw__arena_alloc(arena, (size_t)bytes + 1);

    if (text)
        vsnprintf(text, (size_t)bytes + 1, format, again);
    va_end(again);
    return text;
}

bool aw__arena_failed(const aw__arena *arena)
{
    return arena->failed;
}

int aw__arena_defer(aw__arena *arena, void (*release)(void *), void *value)
{
    struct deferred *deferred = aw__arena_alloc(arena, sizeof(*deferred));

    if (!deferred) {
        release(value);
        return -1;
    }
    deferred->release = release;
    deferred->value = value;
    deferred->older = arena->deferred;
    arena->deferred = deferred;
    return 0;
}
