/*
 * Runs a fuzzer's function over files and over every prefix of each, without libFuzzer.
 */
#include <stdio.h>

#include "fuzz.h"

int main(int argc, char **argv)
{
    static uint8_t data[1 << 16];

    if (argc < 2) {
        fprintf(stderr, "no corpus\n");
        return 1;
    }
    for (int i = 1; i < argc; i++) {
        FILE *file = fopen(argv[i], "rb");

        if (!file) {
            perror(argv[i]);
            return 1;
        }
        size_t bytes = fread(data, 1, sizeof data, file);
        fclose(file);
        for (size_t prefix = 0; prefix <= bytes; prefix++)
            LLVMFuzzerTestOneInput(data, prefix);
    }
    return 0;
}
