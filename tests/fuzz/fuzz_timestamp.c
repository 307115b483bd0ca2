/*
 * Timestamps: what is understood is the same moment in every form that we write.
 */
#include "base/clock.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    char *input = text_of(data, bytes), text[AW__TIMESTAMP_BYTES];
    int64_t at_us, again_us;

    if (aw__timestamp_parse(input, &at_us)) {
        aw__timestamp_iso(at_us, text);
        MUST(aw__timestamp_parse(text, &again_us) && again_us == at_us);
        aw__timestamp_space(at_us, text);
        MUST(aw__timestamp_parse(text, &again_us) && again_us == at_us);
    }
    free(input);
    return 0;
}
