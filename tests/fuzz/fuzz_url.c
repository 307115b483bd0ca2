/*
 * URLs: what is accepted is http or https with a host, a port, and a path that begins with a slash.
 */
#include "fuzz.h"
#include "http/url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    char *input = text_of(data, bytes);
    aw__arena *arena = aw__arena_new();
    aw_error err = {0};
    aw__url url;

    MUST(arena);
    if (aw__url_parse(arena, input, &url, &err) == AW_OK) {
        MUST(!strcmp(url.scheme, "http") || !strcmp(url.scheme, "https"));
        MUST(*url.host && url.port > 0 && url.port < 65536 && url.path[0] == '/');
        MUST(!strchr(url.host, '@') && !strchr(url.path, '#'));
        MUST(aw__url_same_origin(input, input));
    } else {
        MUST(err.code && *err.message);
    }
    (void)aw__url_is_loopback(input);
    aw__arena_free(arena);
    free(input);
    return 0;
}
