/*
 * What a peer's answer may hold: Retry-After in any form, headers in any number.
 */
#include "fuzz.h"
#include "http/client.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    char *input = text_of(data, bytes);
    aw__arena *arena = aw__arena_new();
    aw__http_response response = {.status = 500, .body = input, .body_bytes = bytes, .header_lines = input,
                                  .location = "", .content_type = ""};

    MUST(arena);
    MUST(aw__http_retry_after_ms(input) >= -1);
    (void)aw__http_header(arena, input, "Retry-After");
    const char *reason = aw__http_reason(arena, &response);
    MUST(reason && strlen(reason) <= 160);
    aw__arena_free(arena);
    free(input);
    return 0;
}
