/*
 * Allocation failures that reach jansson as well, but for its parser.
 */
#include "support/json_memory.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/alloc.h"

static _Thread_local bool parsing;

json_t *__real_json_loadb(const char *text, size_t bytes, size_t flags, json_error_t *error);
json_t *__wrap_json_loadb(const char *text, size_t bytes, size_t flags, json_error_t *error);

json_t *__wrap_json_loadb(const char *text, size_t bytes, size_t flags, json_error_t *error)
{
    parsing = true;
    json_t *value = __real_json_loadb(text, bytes, flags, error);

    parsing = false;
    return value;
}

static void *allocate(size_t bytes)
{
    return parsing ? malloc(bytes) : aw__malloc(bytes);
}

void json_memory_use(void)
{
    json_set_alloc_funcs(allocate, aw__free);
}
