/*
 * Base64 and percent-encoding: what is decoded encodes to what decodes to the same.
 */
#include "base/encode.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    char *input = text_of(data, bytes);
    aw__arena *arena = aw__arena_new();
    size_t decoded_bytes = 0, again_bytes = 0;

    MUST(arena);
    char *decoded = aw__base64_decode(arena, input, &decoded_bytes);
    if (decoded) {
        char *encoded = aw__base64_encode(arena, decoded, decoded_bytes);
        char *again = encoded ? aw__base64_decode(arena, encoded, &again_bytes) : NULL;

        MUST(again && again_bytes == decoded_bytes && !memcmp(again, decoded, decoded_bytes));
    }
    char *plain = aw__percent_decode(arena, input, strlen(input), false);
    if (plain) {
        char *encoded = aw__percent_encode(arena, plain, "");
        char *again = encoded ? aw__percent_decode(arena, encoded, strlen(encoded), false) : NULL;

        MUST(again && !strcmp(again, plain));
    }
    aw__arena_free(arena);
    free(input);
    return 0;
}
