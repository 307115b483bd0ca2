/*
 * Memory: every allocation of the library goes through here, so that tests can make any one of them fail, and arenas,
 * whose blocks all end together.
 */
#ifndef AW_BASE_ALLOC_H
#define AW_BASE_ALLOC_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <actingweb/common.h>

void *aw__malloc(size_t bytes);
void *aw__calloc(size_t count, size_t bytes);
void *aw__realloc(void *block, size_t bytes);
char *aw__strdup(const char *text);
void aw__free(void *block);

/* For tests: the nth allocation from now (1 is the next) fails, and all after it while `lasting`; 0 turns it off. */
void aw__alloc_fail_at(long n, bool lasting);
/* For tests: allocations since the last aw__alloc_fail_at(). */
long aw__alloc_count(void);

/*
 * An arena belongs to one operation or request; nothing in it is freed before the whole. Not for two threads at once.
 * A function that could not allocate returns NULL and the arena remembers it (aw__arena_failed), so a run of
 * allocations can be checked once at its end.
 */
typedef struct aw__arena aw__arena;

aw__arena *aw__arena_new(void);
void aw__arena_free(aw__arena *arena); /* runs the deferred functions, newest first; takes NULL */
void *aw__arena_alloc(aw__arena *arena, size_t bytes); /* zeroed, aligned for any type */
char *aw__arena_strdup(aw__arena *arena, const char *text); /* NULL gives NULL and is no failure */
char *aw__arena_strndup(aw__arena *arena, const char *text, size_t bytes);
char *aw__arena_printf(aw__arena *arena, const char *format, ...) AW_PRINTF(2, 3);
char *aw__arena_vprintf(aw__arena *arena, const char *format, va_list args) AW_PRINTF(2, 0);
bool aw__arena_failed(const aw__arena *arena);

/* release(value) runs when the arena ends. When it cannot be remembered, release(value) runs at once and -1 returns. */
int aw__arena_defer(aw__arena *arena, void (*release)(void *), void *value);

#endif
