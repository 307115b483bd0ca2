/*
 * The allocator that everything uses, with its switch for tests. Arenas are in arena.c.
 */
#include "base/alloc.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* Set by the first aw__alloc_fail_at() and never again: a process that is no test pays one read of it per allocation
 * and shares no counter between threads. */
static atomic_bool watched;
static atomic_long allocations; /* since the last aw__alloc_fail_at() */
static atomic_long fail_at;     /* 0: never; n: the nth; -n: the nth and all after it */

static bool must_fail(void)
{
    if (!atomic_load_explicit(&watched, memory_order_relaxed))
        return false;
    long mine = atomic_fetch_add(&allocations, 1) + 1;
    long at = atomic_load(&fail_at);
    bool fails = at > 0 ? mine == at : at < 0 && mine >= -at;

    if (fails)
        errno = ENOMEM; /* as malloc() does */
    return fails;
}

void aw__alloc_fail_at(long n, bool lasting)
{
    atomic_store(&fail_at, 0);
    atomic_store(&allocations, 0);
    atomic_store(&fail_at, lasting ? -n : n);
    atomic_store(&watched, true);
}

long aw__alloc_count(void)
{
    return atomic_load(&allocations);
}

/* Zero bytes are a block like any other: NULL means failure and nothing else. */
void *aw__malloc(size_t bytes)
{
    return must_fail() ? NULL : malloc(bytes ? bytes : 1);
}

void *aw__calloc(size_t count, size_t bytes)
{
    if (bytes && count > SIZE_MAX / bytes)
        return NULL;
    return must_fail() ? NULL : calloc(count ? count : 1, bytes ? bytes : 1);
}

void *aw__realloc(void *block, size_t bytes)
{
    return must_fail() ? NULL : realloc(block, bytes ? bytes : 1);
}

char *aw__strdup(const char *text)
{
    size_t bytes = strlen(text) + 1;
    char *copy = aw__malloc(bytes);

    return copy ? memcpy(copy, text, bytes) : NULL;
}

void aw__free(void *block)
{
    free(block);
}
