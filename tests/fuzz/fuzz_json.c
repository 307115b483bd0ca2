/*
 * JSON: what is accepted can be written and read again, and is the same.
 */
#include "base/alloc.h"
#include "base/json.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    char *input = text_of(data, bytes);
    json_t *value = NULL, *again = NULL;
    aw_error err = {0};

    if (aw__json_parse(input, bytes, &value, &err) == AW_OK) {
        char *text = aw__json_text(value);

        MUST(text);
        MUST(aw__json_parse(text, strlen(text), &again, &err) == AW_OK);
        MUST(json_equal(value, again));
        aw__free(text);
    } else {
        MUST(value == NULL && err.code && *err.message);
    }
    json_decref(again);
    json_decref(value);
    free(input);
    return 0;
}
