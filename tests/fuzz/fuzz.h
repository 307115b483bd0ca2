/*
 * What a fuzzer is: one function over bytes that a stranger may send.
 */
#ifndef AW_TESTS_FUZZ_H
#define AW_TESTS_FUZZ_H

#include <stdint.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

/* Ends the run: what must hold does not. */
#define MUST(condition)  \
    do {                 \
        if (!(condition)) \
            abort();     \
    } while (0)

/* The input as text; free() it. */
static inline char *text_of(const uint8_t *data, size_t bytes)
{
    char *text = malloc(bytes + 1);

    MUST(text);
    memcpy(text, data, bytes);
    text[bytes] = '\0';
    return text;
}

#endif
