/*
 * Property paths: what is accepted can be set and got again.
 */
#include "fuzz.h"
#include "model/path.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    char *input = text_of(data, bytes);
    aw__arena *arena = aw__arena_new();
    json_t *properties = json_object(), *value = json_integer(7);
    aw_error err = {0};
    aw__path path;

    MUST(arena && properties && value);
    if (aw__path_split(arena, input, true, &path, &err) == AW_OK && path.depth > 0) {
        MUST(path.depth <= AW__PATH_MAX_DEPTH);
        if (aw__path_set(properties, path.names, path.depth, value, &err) == AW_OK) {
            MUST(json_equal(aw__path_get(properties, path.names, path.depth), value));
            MUST(aw__path_delete(properties, path.names, path.depth));
            MUST(!aw__path_get(properties, path.names, path.depth));
        }
    }
    json_decref(value);
    json_decref(properties);
    aw__arena_free(arena);
    free(input);
    return 0;
}
