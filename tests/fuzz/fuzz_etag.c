/*
 * If-Match and If-None-Match, from anybody: a list is read to its end or found broken, and what is in it is found.
 */
#include "fuzz.h"
#include "http/etag.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    char *input = text_of(data, bytes);
    char etag[AW__ETAG_BYTES];

    MUST(aw__etag_make(input, bytes, etag) == 0);
    MUST(aw__etag_list_valid(etag));
    MUST(!aw__etag_list_has(input, NULL, AW__ETAG_WEAK));
    /* A strong comparison finds nothing that a weak one does not. */
    MUST(!aw__etag_list_has(input, "\"a\"", AW__ETAG_STRONG) || aw__etag_list_has(input, "\"a\"", AW__ETAG_WEAK));
    if (aw__etag_list_valid(input)) {
        char *longer = malloc(strlen(input) + sizeof(etag) + 1);

        MUST(longer);
        strcpy(longer, input);
        strcat(longer, ",");
        strcat(longer, etag);
        /* "*" stands alone; of any other list, one more is still a list, and is found. */
        MUST(aw__etag_list_has(input, etag, AW__ETAG_STRONG) || aw__etag_list_valid(longer));
        MUST(!aw__etag_list_valid(longer) || aw__etag_list_has(longer, etag, AW__ETAG_STRONG));
        free(longer);
    }
    free(input);
    return 0;
}
