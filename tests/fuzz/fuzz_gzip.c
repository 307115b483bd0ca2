/*
 * What a peer calls gzip: it is unpacked within the limit, or refused and nothing is left of it.
 */
#include "fuzz.h"
#include "http/gzip.h"
#include <actingweb/error.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    aw__buffer plain = {.limit = 65536}, packed = {0}, again = {0};

    if (aw__gzip_unpack(data, bytes, &plain)) {
        MUST(plain.bytes == 0);
    } else {
        MUST(plain.bytes <= plain.limit);
        MUST(aw__gzip_pack(plain.data, plain.bytes, &packed) == AW_OK);
        MUST(aw__gzip_unpack(packed.data, packed.bytes, &again) == AW_OK);
        MUST(again.bytes == plain.bytes && (!plain.bytes || memcmp(again.data, plain.data, plain.bytes) == 0));
    }
    aw__buffer_free(&plain);
    aw__buffer_free(&packed);
    aw__buffer_free(&again);
    return 0;
}
